"""How far two artefacts agree on the same pictures, and how fast each of them is."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from siapp.core.domain import OptimizationReport, TaskOptions
from siapp.core.i18n import _
from siapp.core.models.importer import Report
from siapp.core.specs import ModelSpec
from siapp.core.video.detections import Detections
from siapp.core.video.detector import Detector
from siapp.core.video.network import Network, Purpose
from siapp.core.video.pictures import Pixels

KEPT_IOU: Final = 0.5
CLOSE_IOU: Final = 0.9
TURNS: Final = 3
TURN_S: Final = 0.7

_CLASS: Final = 5
_SCORE: Final = 4


def compare(before: ModelSpec, after: ModelSpec, pictures: Sequence[Pixels], report: Report) -> OptimizationReport:
    """Run both on `pictures` (uint8 (H, W, 3), BGR, all of one size, in the network's input size) as tasks would by
    default. SiappError `model_unusable` where one can't be opened."""
    height, width = pictures[0].shape[:2]
    networks = [Detector(model, Purpose.THROUGHPUT).network(width, height) for model in (before, after)]
    tally = _Tally()
    options = TaskOptions()
    for number, picture in enumerate(pictures):
        report(0.8 * number / len(pictures), _("Comparing with the original"))
        tally.add(*(network.detect(picture, options) for network in networks))
    report(0.8, _("Measuring the speed"))
    fps_before, fps_after = _speeds(networks, pictures[0])
    return OptimizationReport(
        pictures=len(pictures),
        boxes=tally.boxes,
        kept=tally.kept,
        kept_closely=tally.kept_closely,
        added=tally.added,
        score_change=tally.score_change / tally.kept if tally.kept else 0.0,
        fps_before=fps_before,
        fps_after=fps_after,
    )


@dataclass(slots=True)
class _Tally:
    boxes: int = 0
    kept: int = 0
    kept_closely: int = 0
    added: int = 0
    score_change: float = 0.0

    def add(self, before: Detections, after: Detections) -> None:
        """The detections of one picture, (n, 6) each."""
        pairs = matches(before, after)
        self.boxes += len(before)
        self.kept += len(pairs)
        self.kept_closely += sum(shared > CLOSE_IOU for _first, _second, shared in pairs)
        self.added += len(after) - len(pairs)
        self.score_change += sum(float(after[j, _SCORE] - before[i, _SCORE]) for i, j, _shared in pairs)


def matches(before: Detections, after: Detections) -> list[tuple[int, int, float]]:
    """Pairs of the same class that share more than half of their union, each detection once: the best ones of
    `before` choose first. Each pair: row in `before`, row in `after`, intersection over union."""
    shared = _iou(before[:, :4], after[:, :4])
    shared[before[:, None, _CLASS] != after[None, :, _CLASS]] = 0.0
    pairs: list[tuple[int, int, float]] = []
    for i in range(len(before)):
        j = int(shared[i].argmax()) if len(after) else 0
        if len(after) and shared[i, j] > KEPT_IOU:
            pairs.append((i, j, float(shared[i, j])))
            shared[:, j] = 0.0
    return pairs


def _iou(some: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Boxes as corners, (N, 4) and (M, 4), to (N, M)."""
    top_left = np.maximum(some[:, None, :2], others[None, :, :2])
    bottom_right = np.minimum(some[:, None, 2:], others[None, :, 2:])
    inside = (bottom_right - top_left).clip(0).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (some, others)]
    union = areas[0][:, None] + areas[1][None, :] - inside
    iou: NDArray[np.float32] = inside / np.maximum(union, np.float32(1e-9))
    return iou


def _speeds(networks: Sequence[Network], picture: Pixels) -> list[float]:
    """Frames per second of each, in turns: what else the machine does meets them alike."""
    frames, seconds = [0] * len(networks), [0.0] * len(networks)
    for _turn in range(TURNS):
        for place, network in enumerate(networks):
            done, took = _run(network, picture)
            frames[place] += done
            seconds[place] += took
    return [done / took for done, took in zip(frames, seconds, strict=True)]


def _run(network: Network, picture: Pixels) -> tuple[int, float]:
    """As many pictures as come through in a turn, with as many in flight as keep the device busy."""
    requests = [network.compiled.request() for _place in range(network.compiled.parallel)]
    for request in requests:
        request.canvas[:] = picture
        request.start()
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < TURN_S:
        for request in requests:
            request.result()
            request.start()
            done += 1
    took = time.perf_counter() - began
    for request in requests:
        request.result()
    return done, took
