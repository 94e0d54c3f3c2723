"""YOLO detection with OpenVINO on our own artefacts: letterbox, network, non-maximum suppression, boxes mapped back."""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import openvino as ov
from numpy.typing import NDArray

from siapp.core.domain import TaskOptions
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.specs import ModelSpec
from siapp.core.video.detections import Detections
from siapp.core.video.pictures import Pixels

LONGEST_SIDE = 640
PADDING_GREY = 114
MOST_DETECTIONS = 300
MOST_CANDIDATES = 30_000
KEPT_NETWORKS = 2  # compiled for different sizes of picture


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture is laid into the network's input (`width` x `height`): scaled by `ratio` to `inner_width` x
    `inner_height`, then put `left` and `top` pixels away from the corner.

    All in pixels. The rule is ultralytics' LetterBox as its predict uses it (small pictures are enlarged, the
    picture is centred, grey 114 around it), so that boxes agree with theirs.
    """

    width: int
    height: int
    inner_width: int
    inner_height: int
    left: int
    top: int
    ratio: float


def letterbox_for(width: int, height: int, model: ModelSpec) -> Letterbox:
    """The network's input for pictures of `width` x `height`.

    A dynamic network gets the smallest input that holds the picture at 640 pixels of longest side, in multiples of
    its stride: a 768 x 432 picture runs at 640 x 384 and not padded to a square. A fixed one keeps its size.
    """
    max_width, max_height = model.input_size or (LONGEST_SIDE, LONGEST_SIDE)
    ratio = min(max_width / width, max_height / height)
    # A picture 30 times as wide as high would vanish.
    inner_width, inner_height = max(1, round(width * ratio)), max(1, round(height * ratio))
    outer_width, outer_height = model.input_size or (
        _multiple(inner_width, model.stride),
        _multiple(inner_height, model.stride),
    )
    left = round((outer_width - inner_width) / 2 - 0.1)
    top = round((outer_height - inner_height) / 2 - 0.1)
    return Letterbox(outer_width, outer_height, inner_width, inner_height, left, top, ratio)


def fill_letterbox(bgr: Pixels, box: Letterbox, canvas: Pixels) -> None:
    """Lay `bgr` (H, W, 3) into `canvas` (box.height, box.width, 3), whose padding is grey already."""
    inner = canvas[box.top : box.top + box.inner_height, box.left : box.left + box.inner_width]
    if inner.shape == bgr.shape:
        inner[:] = bgr
    else:
        cv2.resize(bgr, (box.inner_width, box.inner_height), dst=inner, interpolation=cv2.INTER_LINEAR)


def decode_output(raw: NDArray[np.float32], box: Letterbox, size: tuple[int, int], options: TaskOptions) -> Detections:
    """The network's output [4 + classes, N] as detections in pixels of the picture of `size` (width, height).

    Thresholds, suppression by class and the limit of 300 follow ultralytics' non_max_suppression. The answer is
    float32 (n, 6), best first: x1, y1, x2, y2, confidence, class id.
    """
    candidates = _candidates(raw, options)
    found = candidates[suppress(candidates[:, :4], candidates[:, 5], options.iou)]
    corner = np.array([box.left, box.top, box.left, box.top], np.float32)
    edge = np.array([*size, *size], np.float32)
    found[:, :4] = ((found[:, :4] - corner) / np.float32(box.ratio)).clip(0, edge)
    return found


def _candidates(raw: NDArray[np.float32], options: TaskOptions) -> Detections:
    """Everything above the confidence and of the wanted classes, best first, in pixels of the network's input."""
    best = raw[4:].max(axis=0)
    kept = np.flatnonzero(best > options.confidence)
    kept = kept[np.isfinite(raw[:4, kept]).all(axis=0)]  # a broken network must not hide what else was found
    kept = kept[np.argsort(-best[kept], kind="stable")]
    class_ids = raw[4:, kept].argmax(axis=0)
    if options.classes is not None:
        wanted = np.isin(class_ids, options.classes)
        kept, class_ids = kept[wanted], class_ids[wanted]
    kept, class_ids = kept[:MOST_CANDIDATES], class_ids[:MOST_CANDIDATES]
    return np.column_stack((_corners(raw[:4, kept]), best[kept], class_ids)).astype(np.float32)


def suppress(boxes: NDArray[np.float32], class_ids: NDArray[np.float32], iou: float) -> NDArray[np.int64]:
    """Greedy non-maximum suppression within each class: of two boxes that share more than `iou` of their union,
    the better one stays.

    `boxes` (N, 4) as corners, best first; `class_ids` (N,). The answer: which to keep, best first, at most 300.
    """
    x1, y1, x2, y2 = boxes.T
    areas = (x2 - x1) * (y2 - y1)
    alive = np.arange(len(boxes))
    kept: list[int] = []
    while alive.size and len(kept) < MOST_DETECTIONS:
        first, rest = alive[0], alive[1:]
        kept.append(int(first))
        across = np.minimum(x2[first], x2[rest]) - np.maximum(x1[first], x1[rest])
        down = np.minimum(y2[first], y2[rest]) - np.maximum(y1[first], y1[rest])
        shared = across.clip(0) * down.clip(0)
        near = shared > iou * (areas[first] + areas[rest] - shared)
        alive = rest[~near | (class_ids[rest] != class_ids[first])]
    return np.array(kept, dtype=np.int64)


class Network:
    """An artefact compiled for pictures of one size, with its letterbox. `settings`: OpenVINO's for the processor."""

    def __init__(self, core: ov.Core, model: ModelSpec, width: int, height: int, settings: dict[str, str]) -> None:
        self.size = width, height
        self.box = letterbox_for(width, height, model)
        network = core.read_model(Path(model.folder) / "model.xml")
        network.reshape([1, 3, self.box.height, self.box.width])
        self.compiled: Any = core.compile_model(_takes_bgr_bytes(network), "CPU", settings)
        self._request: Any = self.compiled.create_infer_request()
        self._canvas = self.canvas()

    def canvas(self) -> Pixels:
        """An input (H, W, 3) of uint8 BGR with grey padding, to be filled by `fill_letterbox` again and again."""
        return np.full((self.box.height, self.box.width, 3), PADDING_GREY, np.uint8)

    def detect(self, bgr: Pixels, options: TaskOptions) -> Detections:
        """The objects in one picture (H, W, 3) of this network's size; waits for the answer."""
        fill_letterbox(bgr, self.box, self._canvas)
        self._request.infer({0: self._canvas[None]}, share_inputs=True)
        return self.decode(self._request, options)

    def decode(self, request: Any, options: TaskOptions) -> Detections:
        """What a finished inference request found, in pixels of the source picture."""
        return decode_output(request.get_output_tensor().data[0], self.box, self.size, options)


class Detector:
    """Finds objects in BGR pictures of any size; networks are compiled when a size is first seen and kept.

    `hint`: LATENCY for one picture at a time, THROUGHPUT for several. `exact`: compute in float32 also where the
    processor has something faster; bfloat16 moves scores by up to 0.03.
    """

    def __init__(self, model: ModelSpec, hint: str = "LATENCY", *, exact: bool = False) -> None:
        self._core = ov.Core()
        self._model = model
        self._settings = {"PERFORMANCE_HINT": hint} | ({"INFERENCE_PRECISION_HINT": "f32"} if exact else {})
        self._networks: OrderedDict[tuple[int, int], Network] = OrderedDict()

    def network(self, width: int, height: int) -> Network:
        """Raises SiappError where the artefact can't be opened or does not take this size."""
        size = width, height
        if size not in self._networks:
            self._networks[size] = self._compiled(width, height)
            if len(self._networks) > KEPT_NETWORKS:
                self._networks.popitem(last=False)
        self._networks.move_to_end(size)
        return self._networks[size]

    def _compiled(self, width: int, height: int) -> Network:
        try:
            return Network(self._core, self._model, width, height, self._settings)
        except RuntimeError as error:
            raise SiappError(
                "model_unusable",
                _("The algorithm's network could not be opened for pictures of {width} x {height}."),
                width=width,
                height=height,
            ) from error


def _takes_bgr_bytes(network: ov.Model) -> ov.Model:
    """The network with its pre-processing inside: uint8 BGR rows in, instead of float RGB planes."""
    steps = ov.preprocess.PrePostProcessor(network)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC")).set_color_format(
        ov.preprocess.ColorFormat.BGR
    )
    steps.input().model().set_layout(ov.Layout("NCHW"))
    steps.input().preprocess().convert_element_type(ov.Type.f32).convert_color(ov.preprocess.ColorFormat.RGB).scale(
        255.0
    )
    return steps.build()


def _multiple(value: int, of: int) -> int:
    return -(-value // of) * of


def _corners(centred: NDArray[np.float32]) -> NDArray[np.float32]:
    """(4, N) of centre and size to (N, 4) of corners."""
    x, y, width, height = centred
    return np.stack((x - width / 2, y - height / 2, x + width / 2, y + height / 2), axis=1)
