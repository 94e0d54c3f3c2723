"""A PyTorch checkpoint (.pt) opened without PyTorch: its network as a tree of inert layers with numpy tensors.

The container is the zip file of torch.save since 1.6: NAME/data.pkl holds the objects, NAME/data/KEY the raw
bytes of each tensor storage. The pickle is read by `siapp.core.models.pickles`; tensors are views that are read
from the archive only when a layer asks for them, so that a pickle can't make this process allocate by naming many.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from siapp.core.errors import WeightsRejected
from siapp.core.i18n import _
from siapp.core.models.archive import Archive
from siapp.core.models.limits import MAX_PICKLE_BYTES, MAX_TENSOR_RANK, MAX_UNPACKED_BYTES
from siapp.core.models.pickles import Global, Record, Vocabulary, read_pickle
from siapp.core.models.refusals import damaged, foreign

# bfloat16 is absent from numpy: its bits are the upper half of a float32.
_BFLOAT16: Final = "BFloat16Storage"
_STORAGES: Final[dict[str, np.dtype[Any]]] = {
    "DoubleStorage": np.dtype("<f8"),
    "FloatStorage": np.dtype("<f4"),
    "HalfStorage": np.dtype("<f2"),
    _BFLOAT16: np.dtype("<u2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "ShortStorage": np.dtype("<i2"),
    "CharStorage": np.dtype("i1"),
    "ByteStorage": np.dtype("u1"),
    "BoolStorage": np.dtype("?"),
}

_CLASSES: Final = re.compile(
    r"ultralytics(\.\w+)*\.(nn|utils|engine|cfg|models)(\.\w+)+|torch\.nn\.modules(\.\w+)+|torch\.nn\.parameter\.\w+"
)
_VALUES: Final = re.compile(
    rf"torch\.({'|'.join(_STORAGES)}|(b?float|u?int)\d+|half|bool|Size|device)|numpy\.(dtype|ndarray|float64)"
)


@dataclass(frozen=True, slots=True)
class Storage:
    """The raw bytes of tensors in the archive: `count` values of the torch type `kind` in the member `name`."""

    archive: Archive
    name: str
    kind: str
    count: int

    def read(self) -> npt.NDArray[Any]:
        raw = np.frombuffer(self.archive.read(self.name, MAX_UNPACKED_BYTES), _STORAGES[self.kind])
        if len(raw) != self.count:
            raise damaged()
        return (raw.astype(np.uint32) << 16).view(np.float32) if self.kind == _BFLOAT16 else raw


@dataclass(frozen=True, slots=True)
class Tensor:
    """A strided view into a storage; `offset` and `strides` count values, as torch does."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def read(self) -> npt.NDArray[Any]:
        """The values, in the storage's own type (bfloat16 as float32), C-contiguous and read-only."""
        flat = self.storage.read()[self.offset :]
        steps = [step * flat.itemsize for step in self.strides]
        return np.ascontiguousarray(np.lib.stride_tricks.as_strided(flat, self.shape, steps, writeable=False))


@dataclass(frozen=True, slots=True)
class Layer:
    """One torch module of the checkpoint: its class's name, tensors, children and plain attributes.

    Every getter checks what it hands out and raises WeightsRejected `damaged` for anything else.
    """

    record: Record

    @property
    def kind(self) -> str:
        """The class's name without its package: "Conv2d"."""
        return self.record.kind

    @property
    def path(self) -> str:
        return self.record.path

    @property
    def attributes(self) -> Mapping[object, object]:
        if not isinstance(self.record.state, dict):
            raise damaged()
        return self.record.state

    @property
    def children(self) -> "dict[str, Layer]":
        """The sub-modules in their order; those that are None are left out."""
        modules = self._table("_modules")
        return {str(name): Layer(module) for name, module in modules.items() if isinstance(module, Record)}

    def has(self, name: str) -> bool:
        return name in self.children

    def child(self, name: str) -> "Layer":
        try:
            return self.children[name]
        except KeyError:
            raise damaged() from None

    def items(self) -> "Iterator[Layer]":
        """The children of a Sequential or ModuleList."""
        return iter(self.children.values())

    def tensor(self, name: str) -> npt.NDArray[Any] | None:
        """A parameter, buffer or tensor attribute as an array of its own type; None where there is none."""
        for table in (self._table("_parameters"), self._table("_buffers"), self.attributes):
            found = table.get(name)
            if isinstance(found, Tensor):
                return found.read()
        return None

    def array(self, name: str) -> npt.NDArray[np.float32]:
        """A tensor as float32; it must be there and finite."""
        values = self.tensor(name)
        if values is None or not np.isfinite(values).all():
            raise damaged()
        return values.astype(np.float32)

    def integer(self, name: str, low: int, high: int, default: int | None = None) -> int:
        value = self.attributes.get(name, default)
        if not isinstance(value, int) or not low <= value <= high:
            raise damaged()
        return int(value)

    def number(self, name: str) -> float:
        value = self.attributes.get(name)
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise damaged()
        return float(value)

    def flag(self, name: str) -> bool:
        return self.attributes.get(name, False) is True

    def pair(self, name: str, low: int, high: int) -> list[int]:
        """An integer or two of them (height, width), as torch takes for kernels, strides and paddings."""
        value = self.attributes.get(name)
        both = value if isinstance(value, tuple | list) else (value, value)
        if len(both) != 2:
            raise damaged()
        pair = [side for side in both if isinstance(side, int) and low <= side <= high]
        if len(pair) != 2:
            raise damaged()
        return pair

    def _table(self, name: str) -> Mapping[object, object]:
        table = self.attributes.get(name) or {}
        if not isinstance(table, dict):
            raise damaged()
        return table


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The network of a .pt, its class names and the size of its pictures as the file has them, and every global that
    its pickle names."""

    model: Layer
    names: object
    image_size: object
    globals: tuple[str, ...]


def is_checkpoint(archive: Archive) -> bool:
    return any(_is_pickle(name) for name in archive.names)


def read_checkpoint(archive: Archive) -> Checkpoint:
    """The network in a torch.save archive; averaged weights (`ema`) are preferred, as ultralytics does.

    WeightsRejected: as `read_pickle`, and `damaged`, `torchscript`, `state_dict_only`, `archive_unsafe`.
    The archive must stay open while tensors are read.
    """
    prefix = _prefix(archive)
    reader = _StorageReader(archive, prefix)
    content = read_pickle(archive.read(f"{prefix}/data.pkl", MAX_PICKLE_BYTES), _vocabulary(), reader.load)
    model = _network(content.value)
    return Checkpoint(model, model.attributes.get("names"), _image_size(content.value, model), content.globals)


def _is_pickle(name: str) -> bool:
    return name.endswith("/data.pkl") and len(PurePosixPath(name).parts) == 2


def _prefix(archive: Archive) -> str:
    """The one folder of the archive; everything that makes it no plain torch.save is refused here."""
    pickles = [name for name in archive.names if _is_pickle(name)]
    if len(pickles) != 1 or not archive.all_stored:
        raise damaged()
    prefix = pickles[0].partition("/")[0]
    if f"{prefix}/constants.pkl" in archive.names:
        raise WeightsRejected(
            "torchscript",
            _("This is a TorchScript file. Upload the .pt it was made from, or an export to ONNX or OpenVINO."),
        )
    order = f"{prefix}/byteorder"
    if order in archive.names and archive.read(order, 16) != b"little":
        raise WeightsRejected(
            "byte_order", _("The file was written on a big-endian computer. Export the network to ONNX there.")
        )
    return prefix


@dataclass(frozen=True, slots=True)
class _StorageReader:
    archive: Archive
    prefix: str

    def load(self, key: tuple[object, ...]) -> Storage:
        """("storage", torch.FloatStorage, "17", "cpu", 432), as torch.save writes a persistent id."""
        match key:
            case ("storage", Global(path=path), str(number), str(), int(count)) if number.isdigit():
                return self._storage(path.removeprefix("torch."), number, count)
        raise damaged()

    def _storage(self, kind: str, number: str, count: int) -> Storage:
        name = f"{self.prefix}/data/{number}"
        if kind not in _STORAGES or self.archive.size(name) != count * _STORAGES[kind].itemsize:
            raise damaged()
        return Storage(self.archive, name, kind, count)


def _rebuild_tensor(arguments: tuple[object, ...]) -> Tensor:
    """torch._utils._rebuild_tensor_v2(storage, offset, size, stride, ...), with every bound checked."""
    match arguments:
        case (Storage() as storage, int(offset), tuple(size), tuple(stride), *_rest):
            shape, strides = _lengths(size), _lengths(stride)
        case _:
            raise damaged()
    if len(shape) != len(strides) or not 0 <= offset <= storage.count:
        raise damaged()
    if math.prod(shape) > storage.count or _reach(shape, strides) > storage.count - offset:
        raise damaged()
    return Tensor(storage, offset, shape, strides)


def _lengths(values: tuple[object, ...]) -> tuple[int, ...]:
    lengths = tuple(value for value in values if isinstance(value, int) and 0 <= value < 1 << 40)
    if len(lengths) != len(values) or len(values) > MAX_TENSOR_RANK:
        raise damaged()
    return lengths


def _reach(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """How many values from its offset on a strided tensor touches."""
    if 0 in shape:
        return 0
    return 1 + sum((length - 1) * stride for length, stride in zip(shape, strides, strict=True))


def _parameter(arguments: tuple[object, ...]) -> object:
    """torch._utils._rebuild_parameter(data, requires_grad, hooks): the data."""
    if not arguments:
        raise damaged()
    return arguments[0]


def _ordered_dict(arguments: tuple[object, ...]) -> object:
    if arguments:
        raise damaged()
    return {}


def _attribute(arguments: tuple[object, ...]) -> object:
    """A fused network's `forward` is pickled as getattr(module, "forward_fuse"): noted, never looked up."""
    match arguments:
        case (Record(), str()):
            return Record("builtins.getattr", arguments)
    raise foreign("getattr")


def _vocabulary() -> Vocabulary:
    def noted(path: str) -> tuple[str, Any]:
        return path, lambda arguments: Record(path, arguments)

    scalars = (f"numpy.{core}.multiarray.{name}" for core in ("core", "_core") for name in ("scalar", "_reconstruct"))
    paths = (f"pathlib.{name}Path" for name in ("Posix", "Windows", "PurePosix", "PureWindows", "_local.Posix"))
    return Vocabulary(
        classes=_CLASSES,
        values=_VALUES,
        callables={
            "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
            "torch._utils._rebuild_parameter": _parameter,
            "torch._utils._rebuild_parameter_with_state": _parameter,
            "collections.OrderedDict": _ordered_dict,
            "__builtin__.getattr": _attribute,
            "builtins.getattr": _attribute,
            **dict(map(noted, ("__builtin__.set", "builtins.set", "_codecs.encode", "numpy.dtype", "torch.Size"))),
            **dict(map(noted, ("torch.device", "torch._utils._get_layout"))),
            **dict(map(noted, scalars)),
            **dict(map(noted, paths)),
        },
    )


def _network(value: object) -> Layer:
    """The pickled object is the network itself or a dict with it, as ultralytics' trainer writes."""
    if isinstance(value, dict):
        value = value.get("ema") or value.get("model")
    if not isinstance(value, Record):
        raise WeightsRejected(
            "state_dict_only",
            _("The file holds no whole network, perhaps only its tensors. Save it whole, as ultralytics does."),
        )
    return Layer(value)


def _image_size(value: object, model: Layer) -> object:
    """What the training was told (`imgsz`); ultralytics keeps it beside the network and inside it."""
    beside = value.get("train_args") if isinstance(value, dict) else None
    for arguments in (beside, model.attributes.get("args")):
        if isinstance(arguments, dict) and "imgsz" in arguments:
            return arguments["imgsz"]
    return None
