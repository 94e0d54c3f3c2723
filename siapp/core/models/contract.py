"""Brings a network that someone else exported to the form of our artefact, tries it, and writes it.

The form is described in `siapp.core.models.artefact`. Whatever is known about an export (its metadata) is checked
against what the graph does, because only the graph will run.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino.preprocess import PrePostProcessor

from siapp.core.errors import WeightsRejected
from siapp.core.i18n import _
from siapp.core.models.artefact import INPUT_NAME, MODEL_BIN, MODEL_XML, OUTPUT_NAME
from siapp.core.models.limits import MAX_CLASSES, MAX_SIDE, MIN_SIDE
from siapp.core.models.names import numbered
from siapp.core.models.unsplit import unsplit
from siapp.core.specs import DEFAULT_IMAGE_SIZE

Size = tuple[int, int]
"""Width, height in pixels."""

_TRIAL_SIZE: Final[Size] = (192, 128)
"""For dynamic networks: small, not square, a multiple of every stride."""
_STRIDES: Final = (4, 8, 16, 32, 64)
_ROUNDING: Final = 1e-3
_SIDE: Final = re.compile(r"[0-9]{1,5}")
_CONFIG: Final = {
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "INFERENCE_PRECISION_HINT": "f32",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What one run showed. `stride`: the coarsest grid that the number of boxes fits."""

    classes: int
    stride: int


def settle(model: ov.Model) -> ov.Model:
    """The same network with batch 1, one float32 image input and one float32 output, named as the artefact says, and
    without splits that cost time.

    Everything else that came with it (its name, notes for tools) is dropped.
    WeightsRejected: `wrong_inputs` or `wrong_outputs`, saying what was found.
    """
    if len(model.inputs) != 1:
        raise _wrong_inputs(f"{len(model.inputs)}")
    if len(model.outputs) != 1:
        raise wrong_outputs(f"{len(model.outputs)}")
    model.reshape({model.input(0): _input_shape(model.input(0).partial_shape)})
    _check_output_shape(model.output(0).partial_shape)
    plain = _as_float32(ov.Model(model.get_results(), model.get_parameters(), "siapp"))
    plain.input(0).tensor.set_names({INPUT_NAME})
    plain.output(0).tensor.set_names({OUTPUT_NAME})
    plain.get_parameters()[0].set_friendly_name(INPUT_NAME)
    unsplit(plain)
    return plain


def fixed_size(model: ov.Model) -> Size | None:
    """(width, height) of a settled model, None where it takes any."""
    shape = model.input(0).partial_shape
    return None if shape.is_dynamic else (shape[3].get_length(), shape[2].get_length())


def try_once(model: ov.Model) -> Trial:
    """Run a settled model on noise and look whether what comes out can be boxes and scores.

    WeightsRejected `wrong_outputs`: for example when boxes were already picked (NMS inside the export).
    """
    width, height = fixed_size(model) or _TRIAL_SIZE
    compiled = ov.Core().compile_model(model, "CPU", _CONFIG)
    noise = np.random.default_rng(0).random((1, 3, height, width), dtype=np.float32)
    output = compiled(noise)[0]
    classes = output.shape[1] - 4 if output.ndim == 3 else 0
    stride = _coarsest_stride((width, height), output.shape[-1])
    if output.shape[0] != 1 or not 1 <= classes <= MAX_CLASSES or stride is None or not _plausible(output):
        raise wrong_outputs(_shown(output.shape))
    return Trial(classes, stride)


def image_size(raw: object, stride: int) -> int:
    """The longest side in what a file says of the size of its pictures, 640, [480, 640] or "[480, 640]", as a multiple
    of the stride; ultralytics' default where it says nothing that can be used."""
    match raw:
        case bool():
            sides: list[object] = []
        case str():
            sides = [int(number) for number in _SIDE.findall(raw[:64])]
        case list() | tuple():
            sides = list(raw)
        case _:
            sides = [raw]
    longest = max((side for side in sides if isinstance(side, int)), default=0)
    return -(-(longest if MIN_SIDE <= longest <= MAX_SIDE else DEFAULT_IMAGE_SIZE) // stride) * stride


def names_for(names: tuple[str, ...] | None, count: int) -> tuple[str, ...]:
    """The file's class names, or class0, ... WeightsRejected `class_count` where there are more or fewer."""
    if names is not None and len(names) != count:
        raise WeightsRejected(
            "class_count",
            _(
                "The file names {named} classes, but its network gives {found} scores for each box. It may be made "
                "for another task than detection."
            ),
            named=len(names),
            found=count,
        )
    return numbered(count) if names is None else names


def write(model: ov.Model, target: Path) -> None:
    """Write model.xml and model.bin into `target`. Constants keep the type they have in `model`."""
    ov.save_model(model, target / MODEL_XML, compress_to_fp16=False)


@contextmanager
def whole_or_nothing(target: Path) -> Iterator[None]:
    """Removes the artefact from `target` where the work on it fails."""
    try:
        yield
    except BaseException:
        for name in (MODEL_XML, MODEL_BIN):
            (target / name).unlink(missing_ok=True)
        raise


def wrong_outputs(found: str) -> WeightsRejected:
    return WeightsRejected(
        "wrong_outputs",
        _(
            "The network's output is not that of a detection export (found: {found}, needed: one of "
            "1 x 4 + classes x boxes). Export it with nms=False from a YOLO detection network."
        ),
        found=found,
    )


def _wrong_inputs(found: str) -> WeightsRejected:
    return WeightsRejected(
        "wrong_inputs",
        _("The network's input is not one RGB picture (found: {found}, needed: one of 1 x 3 x height x width)."),
        found=found,
    )


def _input_shape(shape: ov.PartialShape) -> ov.PartialShape:
    """[1, 3, H, W]: batch and channels made fixed, H and W both fixed or both dynamic."""
    if shape.rank.is_dynamic or len(shape) != 4:
        raise _wrong_inputs(_shape_text(shape))
    batch, channels, height, width = shape
    fits = _is(batch, 1) and _is(channels, 3) and height.is_dynamic == width.is_dynamic
    sides = [side.get_length() for side in (height, width) if side.is_static]
    if not fits or not all(MIN_SIDE <= side <= MAX_SIDE for side in sides):
        raise _wrong_inputs(_shape_text(shape))
    return ov.PartialShape([1, 3, *(sides or [-1, -1])])


def _is(dimension: ov.Dimension, length: int) -> bool:
    return bool(dimension.is_dynamic or dimension.get_length() == length)


def _check_output_shape(shape: ov.PartialShape) -> None:
    """Before it runs: three axes, the second at least one class. Shapes that only running shows come later."""
    if shape.rank.is_dynamic or len(shape) != 3 or not _is(shape[0], 1):
        raise wrong_outputs(_shape_text(shape))
    if shape[1].is_static and not 5 <= shape[1].get_length() <= 4 + MAX_CLASSES:
        raise wrong_outputs(_shape_text(shape))


def _as_float32(model: ov.Model) -> ov.Model:
    """Half-precision exports take and give float16: conversions go in front and behind."""
    if model.input(0).element_type == model.output(0).element_type == ov.Type.f32:
        return model
    if {model.input(0).element_type, model.output(0).element_type} - {ov.Type.f32, ov.Type.f16}:
        raise _wrong_inputs(str(model.input(0).element_type.get_type_name()))
    steps = PrePostProcessor(model)
    steps.input(0).tensor().set_element_type(ov.Type.f32)
    steps.output(0).tensor().set_element_type(ov.Type.f32)
    return steps.build()


def _coarsest_stride(size: Size, boxes: int) -> int | None:
    """YOLO gives one box for each cell of 1 to 4 grids whose cells double in size; this finds which grids."""
    width, height = size
    for first in range(len(_STRIDES)):
        for last in range(first, len(_STRIDES)):
            cells = sum(-(-width // step) * -(-height // step) for step in _STRIDES[first : last + 1])
            if cells == boxes:
                return _STRIDES[last]
    return None


def _plausible(output: npt.NDArray[Any]) -> bool:
    scores = output[0, 4:]
    in_range = scores.min(initial=0.0) >= -_ROUNDING and scores.max(initial=0.0) <= 1 + _ROUNDING
    return bool(np.isfinite(output).all() and in_range)


def _shape_text(shape: ov.PartialShape) -> str:
    if shape.rank.is_dynamic:
        return "?"
    return _shown("?" if side.is_dynamic else side.get_length() for side in shape)


def _shown(sides: Iterable[object]) -> str:
    return " x ".join(map(str, sides))
