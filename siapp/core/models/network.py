"""A whole detection network of a checkpoint -> an OpenVINO model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import openvino as ov
from openvino import opset13 as op

from siapp.core.models.artefact import INPUT_NAME
from siapp.core.models.checkpoint import Layer
from siapp.core.models.head import HeadInfo, detect, head_info
from siapp.core.models.layers import Graph, Value, concat
from siapp.core.models.refusals import damaged, unknown_layer, unsupported_task

_FAMILIES: Final = (("C3k2", "YOLO11"), ("C2f", "YOLOv8"), ("C3", "YOLOv5u"))
_TASKS: Final = {
    "Segment": "segmentation",
    "Pose": "pose estimation",
    "OBB": "rotated boxes",
    "Classify": "classification",
    "Depth": "depth",
    "SemanticSegment": "segmentation",
}


@dataclass(frozen=True, slots=True)
class Network:
    model: ov.Model
    head: HeadInfo
    architecture: str


def build(root: Layer) -> Network:
    """Put the network of a checkpoint together: input float32 [1, 3, H, W] dynamic, output as `head.detect`.

    WeightsRejected: `unsupported_task` for a head that gives no plain boxes, `unknown_layer`, `damaged`.
    """
    layers = stages(root)
    check_task(layers[-1].kind)
    if layers[-1].kind != "Detect":
        raise unknown_layer(layers[-1].kind)
    images = op.parameter([1, 3, -1, -1], ov.Type.f32, name=INPUT_NAME)
    result = op.result(_forward(Graph(), layers, images))
    return Network(ov.Model([result], [images], "siapp"), head_info(layers[-1]), architecture(layers))


def stages(root: Layer) -> list[Layer]:
    """The layers of ultralytics' `model.model`, in order; never empty."""
    layers = list(root.child("model").items())
    if not layers:
        raise damaged()
    return layers


def check_task(head: str) -> None:
    """WeightsRejected `unsupported_task` where the head's kind is known to give something else than boxes."""
    task = next((task for kind, task in _TASKS.items() if head.removeprefix("YOLOE").startswith(kind)), None)
    if task is not None:
        raise unsupported_task(task)


def architecture(layers: Sequence[Layer]) -> str:
    kinds = {layer.kind for layer in layers}
    return next((family for kind, family in _FAMILIES if kind in kinds), "YOLO")


def _forward(graph: Graph, layers: Sequence[Layer], images: Value) -> Value:
    outputs: list[Value] = []
    x = images
    for layer in layers:
        x = _stage(graph, layer, x, outputs)
        outputs.append(x)
    return x


def _stage(graph: Graph, layer: Layer, x: Value, outputs: Sequence[Value]) -> Value:
    """One stage takes the output before it (-1) or those that its `f` names, counted as in a Python list."""
    inputs = _inputs(layer.attributes.get("f", -1), x, outputs)
    if layer.kind == "Detect":
        return detect(graph, layer, inputs)
    if layer.kind == "Concat":
        return concat(inputs, layer.integer("d", 1, 1))
    if len(inputs) != 1:
        raise damaged()
    return graph.run(layer, inputs[0])


def _inputs(source: object, x: Value, outputs: Sequence[Value]) -> list[Value]:
    places = source if isinstance(source, list) else [source]
    known = range(-len(outputs), len(outputs))
    found = [
        x if place == -1 else outputs[place]
        for place in places
        if isinstance(place, int) and (place == -1 or place in known)
    ]
    if len(found) != len(places) or not 0 < len(found) <= 16:
        raise damaged()
    return found
