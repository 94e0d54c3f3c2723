"""Which convolutions of an artefact stay in float32 where a device would rather compute in 16 bits.

Processors with bfloat16 run a network nearly twice as fast in it, but keep 8 bits of every number: scores move by
several hundredths. Most of that comes from a few convolutions at the network's beginning, whose errors every later
layer carries on, and which cost next to nothing. They are found here by measuring, and marked in model.xml with
OpenVINO's runtime attribute `precise`: a marked layer stays in float32 on every device, and where everything is
float32 anyway the marks change nothing.

What is measured are the logits of the best boxes in made-up pictures ("dead leaves": opaque things of many sizes that
cover one another), which share edges, areas and contrasts with photographs. Logits, because a network that was
trained on something else gives small scores to all of them, and small scores hardly move.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, inf, isfinite, prod
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
import openvino as ov

from siapp.core.models.artefact import FAKE_QUANTIZE, MODEL_BIN, MODEL_XML, ImportedModel, Precision

Pixels = npt.NDArray[np.float32]
Size = tuple[int, int]
"""Width, height in pixels."""

TOLERANCE: Final = 0.044
"""Root mean square error of a logit. Found with a YOLOv8n and a real video: sets that leave no more than that on
made-up pictures gave 98 of 100 boxes there a score within 0.02 of float32's; with a tenth more 96 to 98, with a third
more 94."""

_SIDE: Final = 320
"""Pixels of the pictures' longer side where the network takes any."""
_ALL_PIXELS: Final = 1_000_000
_LEAST_PICTURES: Final = 2
_BEST_BOXES: Final = 1600
"""Of all pictures together."""
_MOST_WORK: Final = 40e9
"""Multiplications for all pictures: a YOLOv8n needs 10e9, a YOLOv8s 35e9. Larger ones would take too long."""
_MOST_SECONDS: Final = 80.0
"""Of processor time, for computers slower than expected; and by the clock, for busy ones."""
_LOOKED_INTO: Final = 0.4
_KEPT_UNMEASURED: Final = 0.25
"""Shares of the convolutions, from the first on."""

_CONVOLUTIONS: Final = frozenset({"Convolution", "GroupConvolution"})
_PASSIVE: Final = frozenset({"Const", "Parameter", "Result"})
_REDUCED: Final = frozenset({"bf16", "f16"})
_SETTINGS: Final = {"INFERENCE_NUM_THREADS": 2, "NUM_STREAMS": 1}
_SURE: Final = 1e-9

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Layers that stay in float32, and the error that is left, None where it was not measured."""

    kept: frozenset[str]
    error: float | None


def keep_precision(folder: Path, model: ImportedModel, report: Callable[[float], None]) -> Precision | None:
    """Mark what stays in float32 in the artefact in `folder`; None for an INT8 network, which is left alone.

    `report` takes how much is done, 0..1. Takes some seconds on a processor with 16-bit floating point; elsewhere the
    first part of the network is marked unmeasured, because the artefact may be carried to such a processor.
    """
    network = _Network.read(folder, model.input_size or _size(model.stride))
    if FAKE_QUANTIZE in network.kinds:
        return None
    choice = _choose(network, report)
    (folder / MODEL_XML).write_bytes(network.marked(choice.kept))
    found = Precision(len(network.work.keys() & choice.kept), len(network.work), choice.error)
    _log.info("in float32 on every device: %s", found)
    return found


def _size(stride: int) -> Size:
    """About 5:3, both multiples of the stride."""
    return -(-_SIDE // stride) * stride, -(-_SIDE * 3 // 5 // stride) * stride


def _choose(network: "_Network", report: Callable[[float], None]) -> _Choice:
    names = list(network.work)
    unmeasured = _Choice(frozenset(names[: ceil(_KEPT_UNMEASURED * len(names))]), None)
    if sum(network.work.values()) * _picture_count(network.size) > _MOST_WORK or not _reduces_here():
        return unmeasured
    try:
        return _measured(_Trial(network, _pictures(network.size)), report)
    except TimeoutError:
        _log.info("this computer is too slow for measuring which layers need float32")
    except RuntimeError as error:  # OpenVINO's; the network itself has been tried already
        _log.warning("which layers need float32 could not be measured: %.300s", error)
    return unmeasured


def _reduces_here() -> bool:
    """Whether OpenVINO computes in 16 bits on this processor unless it is told otherwise."""
    preferred = ov.Core().get_property("CPU", "INFERENCE_PRECISION_HINT")
    return preferred.get_type_name() in _REDUCED


def _measured(trial: "_Trial", report: Callable[[float], None]) -> _Choice:
    """As few multiplications in float32 as hold the tolerance; everything, where the network's first part alone does
    not help."""
    report(0.0)
    first = frozenset(list(trial.network.work)[:1])  # often enough, and found without looking at each one
    for kept in (frozenset[str](), first):
        error = trial.error(kept)
        if error <= TOLERANCE:
            return _Choice(kept, error)
    for kept in trial.worth_keeping(report):
        error = trial.error(kept)
        if error <= TOLERANCE:
            return _Choice(kept, error)
    everything = trial.network.layers
    return _Choice(everything, trial.error(everything))


class _Trial:
    """The same pictures with other layers in float32."""

    def __init__(self, network: "_Network", pictures: Sequence[Pixels]) -> None:
        self.network = network
        self._pictures = pictures
        self._deadline = time.process_time() + _MOST_SECONDS, time.monotonic() + _MOST_SECONDS
        self._exact = self._scores(network.compiled(frozenset(), "f32"))
        self._best = [
            np.argsort(-scores.max(axis=0), kind="stable")[: _BEST_BOXES // len(pictures)] for scores in self._exact
        ]

    def error(self, kept: Collection[str]) -> float:
        """Root mean square error of the best boxes' logits, infinite where something is no number.

        TimeoutError where measuring has taken too long already.
        """
        if time.process_time() > self._deadline[0] or time.monotonic() > self._deadline[1]:
            raise TimeoutError
        found = self._scores(self.network.compiled(kept))
        errors = np.concatenate(
            [
                _logits(scores, exact, best) - _logits(exact, exact, best)
                for scores, exact, best in zip(found, self._exact, self._best, strict=True)
            ]
        )
        error = float(np.sqrt(np.mean(errors**2)))
        return error if isfinite(error) else inf

    def worth_keeping(self, report: Callable[[float], None]) -> Iterator[frozenset[str]]:
        """Growing sets of convolutions that take away the most error for their price, from the first one on that
        should hold the tolerance.

        How much each one harms is seen when it alone computes in 16 bits; errors of several add up as squares. One
        measurement of a set may be good by chance, so that alone it would not do.
        """
        work, layers = self.network.work, self.network.layers
        candidates = list(work)[: ceil(_LOOKED_INTO * len(work))]
        least = self.error(layers) ** 2
        harm: dict[str, float] = {}
        for number, name in enumerate(candidates):
            report(number / len(candidates))
            harm[name] = max(0.0, self.error(layers - {name}) ** 2 - least)
        ranked = sorted(candidates, key=lambda name: -harm[name] / work[name])
        for count in range(1, len(ranked) + 1):
            if least + sum(harm[name] for name in ranked[count:]) <= TOLERANCE**2:
                yield frozenset(ranked[:count])

    def _scores(self, compiled: ov.CompiledModel) -> list[Pixels]:
        """[classes, N] for each picture."""
        request = compiled.create_infer_request()
        return [request.infer([picture])[0][0, 4:].copy() for picture in self._pictures]


def _logits(scores: Pixels, exact: Pixels, boxes: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Of the class that is the best one in `exact`."""
    chances = scores[exact[:, boxes].argmax(axis=0), boxes].astype(np.float64).clip(_SURE, 1 - _SURE)
    logits: npt.NDArray[np.float64] = np.log(chances / (1 - chances))
    return logits


@dataclass(frozen=True, slots=True)
class _Network:
    """An artefact in memory, for pictures of `size`. `work`: the multiplications of each convolution, by name, in the
    order in which they run; `layers`: every layer that computes; `kinds`: of all layers."""

    xml: ElementTree.Element
    weights: ov.Tensor
    size: Size
    work: dict[str, float]
    layers: frozenset[str]
    kinds: frozenset[str]

    @classmethod
    def read(cls, folder: Path, size: Size) -> "_Network":
        xml = ElementTree.fromstring((folder / MODEL_XML).read_bytes())
        weights = ov.Tensor(np.fromfile(folder / MODEL_BIN, np.uint8))
        model = _shaped(ElementTree.tostring(xml), weights, size)
        work = {
            node.get_friendly_name(): _multiplications(node)
            for node in model.get_ordered_ops()
            if node.get_type_name() in _CONVOLUTIONS
        }
        layers = [(layer.get("name", ""), layer.get("type", "")) for layer in xml.iterfind("layers/layer")]
        computing = frozenset(name for name, kind in layers if kind not in _PASSIVE)
        return cls(xml, weights, size, work, computing, frozenset(kind for _name, kind in layers))

    def compiled(self, kept: Collection[str], precision: str | None = None) -> ov.CompiledModel:
        """With these layers in float32, the others in what the processor prefers, or all in `precision`."""
        model = _shaped(self.marked(kept), self.weights, self.size)
        settings = _SETTINGS | ({"INFERENCE_PRECISION_HINT": precision} if precision else {})
        return ov.Core().compile_model(model, "CPU", settings)

    def marked(self, kept: Collection[str]) -> bytes:
        """model.xml with these layers marked and no others. OpenVINO 2026.4 ignores marks that Python sets."""
        for layer in self.xml.iterfind("layers/layer"):
            notes = layer.find("rt_info")
            if notes is None:
                notes = ElementTree.Element("rt_info")
                # Behind <data> where there is one, as OpenVINO writes it.
                layer.insert(0 if layer.find("data") is None else 1, notes)
            for mark in notes.findall("attribute[@name='precise']"):
                notes.remove(mark)
            if layer.get("name") in kept:
                ElementTree.SubElement(notes, "attribute", {"name": "precise", "version": "0"})
            if not len(notes):
                layer.remove(notes)
        written: bytes = ElementTree.tostring(self.xml, encoding="utf-8", xml_declaration=True)
        return written


def _shaped(xml: bytes, weights: ov.Tensor, size: Size) -> ov.Model:
    model = ov.Core().read_model(xml, weights)
    model.reshape([1, 3, size[1], size[0]])
    return model


def _multiplications(convolution: ov.Node) -> float:
    """Filters are [out, in, h, w], grouped ones [groups, out, in, h, w]."""
    filters = list(convolution.input_value(1).get_shape())
    return float(prod(convolution.get_output_shape(0)) * prod(filters[-3:]))


# --- Pictures

_LEAVES: Final = 15
_SMALLEST, _LARGEST = 8.0, 0.35
"""Radii: pixels, and share of the picture's height."""


@lru_cache(maxsize=1)
def _pictures(size: Size) -> list[Pixels]:
    return [dead_leaves(*size, seed) for seed in range(_picture_count(size))]


def _picture_count(size: Size) -> int:
    return max(_LEAST_PICTURES, _ALL_PIXELS // (size[0] * size[1]))


def dead_leaves(width: int, height: int, seed: int) -> Pixels:
    """Shaded ellipses and rectangles that cover one another, before a shaded ground: float32 [1, 3, H, W], 0..1.

    Few and large ones: it is in wide smooth places, such as roads and walls, that neighbours are rounded alike and
    errors do not cancel.
    """
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    ground = 1 + _slope(random) * (columns / width - 0.5) + _slope(random) * (rows / height - 0.5)
    picture = np.repeat(random.uniform(0.3, 0.7) * ground[..., None], 3, axis=2)
    range_of_sizes = 1 - (_SMALLEST / (_LARGEST * height)) ** 2
    for _leaf in range(_LEAVES):
        # In nature the number of things falls with the cube of their size.
        radius = _SMALLEST / np.sqrt(1 - random.random() * range_of_sizes)
        x, y = random.random(2) * (width, height)
        stretched = random.uniform(0.5, 2.0)
        u, v = (columns - x) / (radius * stretched), (rows - y) / radius * stretched
        colour = (random.beta(1.5, 1.5) + random.normal(0, 0.03, 3)).clip(0, 1)
        shade = 1 + _slope(random) * u + _slope(random) * v
        inside = u * u + v * v <= 1 if random.random() < 0.6 else np.maximum(abs(u), abs(v)) <= 0.85
        picture[inside] = (shade[..., None] * colour)[inside]
    bytes_of_a_camera = (_soft(_soft(picture).swapaxes(0, 1)).swapaxes(0, 1).clip(0, 1) * 255).round()
    return np.ascontiguousarray(bytes_of_a_camera.transpose(2, 0, 1)[None], np.float32) / np.float32(255)


def _slope(random: np.random.Generator) -> float:
    return random.uniform(-0.3, 0.3)


def _soft(picture: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Each row mixed with its neighbours, as a lens does."""
    padded = np.pad(picture, ((1, 1), (0, 0), (0, 0)), mode="edge")
    mixed: npt.NDArray[np.floating] = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return mixed
