"""A YOLO network's raw output as detections: thresholds, non-maximum suppression, boxes mapped back."""

import numpy as np
from numpy.typing import NDArray

from siapp.core.domain import TaskOptions
from siapp.core.video.detections import Detections
from siapp.core.video.letterbox import Letterbox

MOST_DETECTIONS = 300
MOST_CANDIDATES = 30_000


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


def _corners(centred: NDArray[np.float32]) -> NDArray[np.float32]:
    """(4, N) of centre and size to (N, 4) of corners."""
    x, y, width, height = centred
    return np.stack((x - width / 2, y - height / 2, x + width / 2, y + height / 2), axis=1)
