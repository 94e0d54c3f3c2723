"""The layers of YOLOv5u, YOLOv8 and YOLO11, each as a small function that adds it to an OpenVINO graph.

A layer function takes the graph, the layer as the checkpoint has it (inert: tensors and plain attributes) and its
input, float32 [1, C, H, W] with H and W dynamic, and gives its output. Tensors enter the graph in the type in which
the checkpoint stores them, with a conversion to float32 behind it, and batch normalisation is folded by constant
arithmetic in float32 that OpenVINO does when it compiles: half-precision weights take half the space and yet
nothing is rounded twice.

What each layer computes was read in ultralytics 8.4 (nn/modules/conv.py, block.py) and torch's documentation
of torch.nn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from openvino import Node, Output
from openvino import opset13 as op

from siapp.core.models.checkpoint import Layer
from siapp.core.models.limits import MAX_LAYER_DEPTH, MAX_LAYERS
from siapp.core.models.refusals import damaged, too_complex, unknown_layer

Value: TypeAlias = Node | Output
"""Something that a layer can stand behind: a node with one output, or one output of a node."""

_CHANNELS: Final = 1
_MAX_SIDE: Final = 64
"""Largest kernel, stride, padding or dilation: real networks stay below 16."""
_MAX_HEADS: Final = 1024
_MAX_WIDTH: Final = 1 << 16


@dataclass(slots=True)
class Graph:
    """Runs layer functions and bounds their number and depth."""

    layers: int = field(default=0, init=False)
    depth: int = field(default=0, init=False)

    def run(self, layer: Layer, x: Value) -> Value:
        """Add `layer` behind `x`. WeightsRejected `unknown_layer` where no function knows its kind."""
        function = _LAYERS.get(layer.kind)
        if function is None:
            raise unknown_layer(layer.kind)
        self.layers += 1
        self.depth += 1
        if self.layers > MAX_LAYERS or self.depth > MAX_LAYER_DEPTH:
            raise too_complex()
        y = function(self, layer, x)
        self.depth -= 1
        return y

    def chain(self, layers: Sequence[Layer], x: Value) -> Value:
        for layer in layers:
            x = self.run(layer, x)
        return x


LayerFunction = Callable[[Graph, Layer, Value], Value]


def constant(values: object, kind: type[np.generic] = np.float32) -> Node:
    return op.constant(np.asarray(values, kind))


def indices(*values: int) -> Node:
    return constant(values, np.int64)


def concat(values: Sequence[Value], axis: int = _CHANNELS) -> Node:
    return op.concat(list(values), axis)


def weights(layer: Layer, name: str) -> Value:
    """A tensor in the graph: constant in its own type, converted to float32."""
    stored = layer.tensor(name)
    if stored is None or not np.isfinite(stored).all():
        raise damaged()
    if stored.dtype not in (np.float16, np.float32):
        stored = stored.astype(np.float32)
    node = op.constant(stored)
    return node if stored.dtype == np.float32 else op.convert(node, "f32")


def _per_channel(values: npt.NDArray[np.float32]) -> Node:
    return constant(values.reshape(1, -1, 1, 1))


def convolution(layer: Layer, x: Value, scale: npt.NDArray[np.float32] | None = None) -> Value:
    """Conv2d without its bias. `scale`, [C_out]: multiplies each filter, as a folded batch normalisation does."""
    if layer.attributes.get("padding_mode", "zeros") != "zeros":
        raise unknown_layer("Conv2d, padding_mode")
    groups = layer.integer("groups", 1, _MAX_WIDTH)
    filters = weights(layer, "weight")
    out, inner, height, width = list(filters.get_output_shape(0))
    if scale is not None:
        filters = op.multiply(filters, constant(scale.reshape(-1, 1, 1, 1)))
    strides = layer.pair("stride", 1, _MAX_SIDE)
    padding = layer.pair("padding", 0, _MAX_SIDE)
    dilation = layer.pair("dilation", 1, _MAX_SIDE)
    if groups == 1:
        return op.convolution(x, filters, strides, padding, padding, dilation)
    grouped = op.reshape(filters, indices(groups, out // groups, inner, height, width), False)
    return op.group_convolution(x, grouped, strides, padding, padding, dilation)


def _conv2d(_graph: Graph, layer: Layer, x: Value) -> Value:
    y = convolution(layer, x)
    return y if layer.tensor("bias") is None else op.add(y, _per_channel(layer.array("bias")))


def _normalisation(layer: Layer) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Scale and shift, each [C], of a BatchNorm2d in use: y = x * scale + shift."""
    variance = layer.array("running_var")
    if variance.min(initial=0.0) < 0:
        raise damaged()
    scale = layer.array("weight") / np.sqrt(variance + np.float32(layer.number("eps")))
    return scale, layer.array("bias") - layer.array("running_mean") * scale


def _batch_norm(_graph: Graph, layer: Layer, x: Value) -> Value:
    scale, shift = _normalisation(layer)
    return op.add(op.multiply(x, _per_channel(scale)), _per_channel(shift))


def _conv(graph: Graph, layer: Layer, x: Value) -> Value:
    """Conv: convolution, batch normalisation, activation. A fused one has a bias in place of the second."""
    conv = layer.child("conv")
    if conv.kind != "Conv2d":
        raise unknown_layer(conv.kind)
    if layer.has("bn"):
        scale, shift = _normalisation(layer.child("bn"))
        if conv.tensor("bias") is not None:
            shift = shift + conv.array("bias") * scale
        y: Value = op.add(convolution(conv, x, scale), _per_channel(shift))
    else:
        y = _conv2d(graph, conv, x)
    return graph.run(layer.child("act"), y) if layer.has("act") else y


def _bottleneck(graph: Graph, layer: Layer, x: Value) -> Value:
    y = graph.chain([layer.child("cv1"), layer.child("cv2")], x)
    return op.add(x, y) if layer.flag("add") else y


def _halves(x: Value) -> tuple[Output, Output]:
    parts = op.split(x, constant(_CHANNELS, np.int64), 2)
    return parts.output(0), parts.output(1)


def _c2f(graph: Graph, layer: Layer, x: Value) -> Value:
    """C2f and C3k2: two halves, then every block on the one before, all of them joined."""
    parts: list[Value] = list(_halves(graph.run(layer.child("cv1"), x)))
    for block in layer.child("m").items():
        parts.append(graph.run(block, parts[-1]))
    return graph.run(layer.child("cv2"), concat(parts))


def _c3(graph: Graph, layer: Layer, x: Value) -> Value:
    """C3 and C3k: a branch with blocks, one without, joined."""
    blocks = graph.chain([layer.child("cv1"), layer.child("m")], x)
    return graph.run(layer.child("cv3"), concat([blocks, graph.run(layer.child("cv2"), x)]))


def _c2(graph: Graph, layer: Layer, x: Value) -> Value:
    """C2 and C2PSA: blocks on one half, nothing on the other, joined; they differ in which half that is."""
    a, b = _halves(graph.run(layer.child("cv1"), x))
    if layer.kind == "C2PSA":
        return graph.run(layer.child("cv2"), concat([a, graph.run(layer.child("m"), b)]))
    return graph.run(layer.child("cv2"), concat([graph.run(layer.child("m"), a), b]))


def _psa_block(graph: Graph, layer: Layer, x: Value) -> Value:
    """Attention, then a feed-forward pair, each added to its input where `add` is set."""
    for name in ("attn", "ffn"):
        y = graph.run(layer.child(name), x)
        x = op.add(x, y) if layer.flag("add") else y
    return x


def _attention(graph: Graph, layer: Layer, x: Value) -> Value:
    """Multi-head self-attention over the H*W places, with a depth-wise convolution of v as position encoding."""
    heads = layer.integer("num_heads", 1, _MAX_HEADS)
    key, head = layer.integer("key_dim", 1, _MAX_WIDTH), layer.integer("head_dim", 1, _MAX_WIDTH)
    shape = op.shape_of(x)
    joined = op.reshape(graph.run(layer.child("qkv"), x), indices(1, heads, 2 * key + head, -1), False)
    parts = op.variadic_split(joined, constant(2, np.int64), indices(key, key, head))
    q, k, v = (parts.output(place) for place in range(3))
    scaled = op.multiply(q, constant(layer.number("scale")))
    attention = op.softmax(op.matmul(scaled, k, transpose_a=True, transpose_b=False), -1)
    mixed = op.reshape(op.matmul(v, attention, transpose_a=False, transpose_b=True), shape, False)
    position = graph.run(layer.child("pe"), op.reshape(v, shape, False))
    return graph.run(layer.child("proj"), op.add(mixed, position))


def _max_pool(_graph: Graph, layer: Layer, x: Value) -> Value:
    if layer.flag("ceil_mode") or layer.integer("dilation", 1, _MAX_SIDE, 1) != 1:
        raise unknown_layer("MaxPool2d, ceil_mode or dilation")
    kernel, padding = layer.pair("kernel_size", 1, _MAX_SIDE), layer.pair("padding", 0, _MAX_SIDE)
    return op.max_pool(x, layer.pair("stride", 1, _MAX_SIDE), [1, 1], padding, padding, kernel).output(0)


def _sppf(graph: Graph, layer: Layer, x: Value) -> Value:
    """The same pooling `n` times in a row (3 before ultralytics could choose), all results joined."""
    parts = [graph.run(layer.child("cv1"), x)]
    for _time in range(layer.integer("n", 1, 16, 3)):
        parts.append(graph.run(layer.child("m"), parts[-1]))
    y = graph.run(layer.child("cv2"), concat(parts))
    return op.add(y, x) if layer.flag("add") else y


def _sequential(graph: Graph, layer: Layer, x: Value) -> Value:
    return graph.chain(list(layer.items()), x)


def _upsample(_graph: Graph, layer: Layer, x: Value) -> Value:
    if layer.attributes.get("mode") != "nearest" or layer.attributes.get("size") is not None:
        raise unknown_layer("Upsample, mode or size")
    factor = layer.attributes.get("scale_factor")
    height, width = factor if isinstance(factor, tuple) and len(factor) == 2 else (factor, factor)
    if height not in (1, 2, 4) or width not in (1, 2, 4):
        raise unknown_layer("Upsample, scale_factor")
    return op.interpolate(
        x,
        constant([height, width]),
        "nearest",
        "scales",
        axes=indices(2, 3),
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )


def _leaky_relu(_graph: Graph, layer: Layer, x: Value) -> Value:
    return op.prelu(x, constant([layer.number("negative_slope")]))


def _plain(function: Callable[[Value], Any]) -> LayerFunction:
    """A layer without parameters."""

    def layer_function(_graph: Graph, _layer: Layer, x: Value) -> Value:
        y: Value = function(x)
        return y

    return layer_function


_LAYERS: Final[dict[str, LayerFunction]] = {
    "Conv": _conv,
    "DWConv": _conv,
    "Conv2d": _conv2d,
    "BatchNorm2d": _batch_norm,
    "Bottleneck": _bottleneck,
    "C2f": _c2f,
    "C3k2": _c2f,
    "C3": _c3,
    "C3k": _c3,
    "C2": _c2,
    "C2PSA": _c2,
    "PSABlock": _psa_block,
    "Attention": _attention,
    "SPPF": _sppf,
    "MaxPool2d": _max_pool,
    "Sequential": _sequential,
    "Upsample": _upsample,
    "SiLU": _plain(op.swish),
    "ReLU": _plain(op.relu),
    "Sigmoid": _plain(op.sigmoid),
    "Hardswish": _plain(op.hswish),
    "LeakyReLU": _leaky_relu,
    "Identity": _plain(lambda x: x),
    "Dropout": _plain(lambda x: x),
}
