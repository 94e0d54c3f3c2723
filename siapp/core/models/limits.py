"""How much of an untrusted file is looked at. Generous for every real YOLO network, small against a hostile one."""

from typing import Final

KIB: Final = 1 << 10
MIB: Final = 1 << 20
GIB: Final = 1 << 30

MAX_FILE_BYTES: Final = 2 * GIB
"""A YOLOv8x training checkpoint with its optimiser is about 1 GB."""

MAX_ARCHIVE_ENTRIES: Final = 20_000
MAX_UNPACKED_BYTES: Final = 2 * GIB
MAX_RATIO: Final = 200
"""Unpacked to packed size of one archive member; the .xml of a real export reaches 20."""

MAX_PICKLE_BYTES: Final = 16 * MIB
MAX_PICKLE_OPCODES: Final = 1_000_000
"""A YOLOv8x training checkpoint has about a tenth."""
MAX_PICKLE_DEPTH: Final = 200
"""Marks open at the same time: containers inside containers."""
MAX_PICKLE_STACK: Final = 200_000
MAX_INTEGER_BITS: Final = 512
PICKLE_SECONDS: Final = 20.0

MAX_LAYERS: Final = 5_000
"""Layers put into one graph. Layers may be shared in a checkpoint, so that a small file can name very many."""
MAX_LAYER_DEPTH: Final = 32
MAX_TENSOR_RANK: Final = 6

MAX_ONNX_NODES: Final = 20_000
MAX_XML_BYTES: Final = 64 * MIB
MAX_XML_ELEMENTS: Final = 1_000_000
MAX_XML_DEPTH: Final = 16
MAX_METADATA_BYTES: Final = 256 * KIB

MAX_CLASSES: Final = 4_096
MAX_CLASS_NAME: Final = 64
MIN_SIDE: Final = 32
MAX_SIDE: Final = 4_096
"""Pixels of a fixed input: one side."""
