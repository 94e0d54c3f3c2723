"""The detection head (Detect) of YOLOv5u, YOLOv8 and YOLO11 as an OpenVINO graph.

Boxes are distances from a grid cell's centre to the four sides, each the mean of a distribution over `reg_max` bins
(distribution focal loss, https://arxiv.org/abs/2006.04388). As in ultralytics 8.4: nn/modules/head.py (Detect),
utils/tal.py (make_anchors, dist2bbox).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from openvino import opset13 as op

from siapp.core.models.checkpoint import Layer
from siapp.core.models.layers import Graph, Value, concat, constant, indices
from siapp.core.models.limits import MAX_CLASSES
from siapp.core.models.refusals import damaged, unknown_layer

_MAX_BINS: Final = 256
_STRIDES: Final = (4.0, 8.0, 16.0, 32.0, 64.0)


@dataclass(frozen=True, slots=True)
class HeadInfo:
    """`strides`: pixels per cell of each level, ascending as in the network. `bins`: reg_max."""

    classes: int
    bins: int
    strides: tuple[int, ...]


def head_info(layer: Layer) -> HeadInfo:
    """Read a Detect layer. WeightsRejected `unknown_layer` for one that picks its own boxes (end to end)."""
    if layer.has("one2one_cv2") or layer.has("one2one_cv3"):
        raise unknown_layer("Detect (end to end)")
    strides = tuple(float(stride) for stride in layer.array("stride").reshape(-1)[:8])
    if not strides or any(stride not in _STRIDES for stride in strides):
        raise damaged()
    classes, bins = layer.integer("nc", 1, MAX_CLASSES), layer.integer("reg_max", 1, _MAX_BINS)
    return HeadInfo(classes, bins, tuple(int(stride) for stride in strides))


def detect(graph: Graph, layer: Layer, levels: Sequence[Value]) -> Value:
    """Feature maps [1, C, H/stride, W/stride], one for each stride -> float32 [1, 4 + classes, N].

    Rows: centre x, centre y, width, height in pixels of the input, then a score of 0..1 for each class.
    """
    info = head_info(layer)
    boxes, scores = list(layer.child("cv2").items()), list(layer.child("cv3").items())
    if not len(levels) == len(info.strides) == len(boxes) == len(scores):
        raise damaged()
    found = [
        _level(graph, info, stride, box, score, x)
        for stride, box, score, x in zip(info.strides, boxes, scores, levels, strict=True)
    ]
    return concat(found, 2)


def _level(graph: Graph, info: HeadInfo, stride: int, box: Layer, score: Layer, x: Value) -> Value:
    sides = _distances(graph.run(box, x), info.bins)
    centres = _cell_centres(x)
    parts = op.split(sides, constant(1, np.int64), 2)
    top_left, bottom_right = op.subtract(centres, parts.output(0)), op.add(centres, parts.output(1))
    middle = op.multiply(op.add(top_left, bottom_right), constant(0.5))
    pixels = op.multiply(concat([middle, op.subtract(bottom_right, top_left)]), constant(float(stride)))
    classes = op.reshape(graph.run(score, x), indices(1, info.classes, -1), False)
    return concat([pixels, op.sigmoid(classes)])


def _distances(raw: Value, bins: int) -> Value:
    """[1, 4 * bins, H, W] -> [1, 4, H * W]: the expected bin of each side's distribution, in cells."""
    if bins == 1:
        return op.reshape(raw, indices(1, 4, -1), False)
    chances = op.softmax(op.reshape(raw, indices(1, 4, bins, -1), False), 2)
    weighted = op.multiply(chances, constant(np.arange(bins).reshape(1, 1, -1, 1)))
    return op.reduce_sum(weighted, indices(2), False)


def _cell_centres(x: Value) -> Value:
    """[1, 2, H * W]: x and y of each cell's centre, in cells, row by row."""
    shape, first = op.shape_of(x), constant(0, np.int64)
    height, width = (op.gather(shape, constant(axis, np.int64), first) for axis in (2, 3))
    size = op.concat([op.unsqueeze(height, first), op.unsqueeze(width, first)], 0)
    xs = op.broadcast(op.unsqueeze(_steps(width), first), size)
    ys = op.broadcast(op.unsqueeze(_steps(height), constant(1, np.int64)), size)
    return concat([op.reshape(axis, indices(1, 1, -1), False) for axis in (xs, ys)])


def _steps(count: Value) -> Value:
    """0.5, 1.5, ... as many as `count` (an int64 scalar) says."""
    zero, one = constant(0, np.int64), constant(1, np.int64)
    return op.add(op.range(zero, count, one, "f32"), constant(0.5))
