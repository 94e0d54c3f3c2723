"""What an import leaves behind: model.xml and model.bin (OpenVINO IR) and what was learnt about them.

Every artefact has the same form, whatever was uploaded. Input `images`: float32 [1, 3, H, W], RGB, 0..1; H and W
are fixed or dynamic. One output `output0`: float32 [1, 4 + classes, N]: centre x, centre y, width and height in
pixels of the input, then one score of 0..1 for each class; no objectness, no non-maximum suppression.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from siapp.core.domain import WeightFormat
from siapp.core.specs import DEFAULT_IMAGE_SIZE

MODEL_XML: Final = "model.xml"
MODEL_BIN: Final = "model.bin"
INPUT_NAME: Final = "images"
OUTPUT_NAME: Final = "output0"
FAKE_QUANTIZE: Final = "FakeQuantize"
"""The kind of layer that an INT8 network has, and no other one."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How many convolutions stay in float32 on every device: `kept` of `of`. `error`: root mean square error of a
    logit that is left where the others compute in 16 bits, measured on made-up pictures; None where it was not."""

    kept: int
    of: int
    error: float | None


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """What the importer learnt. `input_size`: (width, height) in pixels, None where both are dynamic.

    `stride`: a dynamic size must be a multiple of it. `architecture`: for people, for example "YOLOv8".
    `image_size`: pixels of a picture's longest side that the network was made for. `precision`: None for INT8
    networks, and for those imported before siapp looked. `int8`: whether it was quantised before it came here.
    """

    format: WeightFormat
    classes: tuple[str, ...]
    input_size: tuple[int, int] | None
    stride: int
    architecture: str
    image_size: int = DEFAULT_IMAGE_SIZE
    precision: Precision | None = None
    int8: bool = False

    def to_json(self) -> dict[str, object]:
        return {
            "format": self.format.value,
            "classes": list(self.classes),
            "input_size": list(self.input_size) if self.input_size else None,
            "stride": self.stride,
            "architecture": self.architecture,
            "image_size": self.image_size,
            "precision": asdict(self.precision) if self.precision else None,
            "int8": self.int8,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "ImportedModel":
        """The inverse of `to_json`; rows of earlier releases lack the last three fields. ValueError where a field is of
        another type, or another one is missing."""
        match data:
            case {
                "format": str(name),
                "classes": [*classes],
                "input_size": None | [int(), int()] as size,
                "stride": int(stride),
                "architecture": str(architecture),
            }:
                fixed = (size[0], size[1]) if size else None
                image_size, precision = data.get("image_size", DEFAULT_IMAGE_SIZE), data.get("precision")
                if not isinstance(image_size, int) or not isinstance(precision, dict | None):
                    raise ValueError("not a description of an imported model")
                kept = Precision(**precision) if precision else None
                known = WeightFormat(name), tuple(map(str, classes)), fixed, stride, architecture, image_size, kept
                return cls(*known, int8=bool(data.get("int8")))
        raise ValueError("not a description of an imported model")
