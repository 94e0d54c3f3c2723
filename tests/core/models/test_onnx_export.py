"""Artefacts as ONNX: the same numbers as OpenVINO gives, operator by operator and network by network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import openvino as ov
import pytest
from openvino import Node, opset8, opset14
from openvino import opset13 as op

from siapp.core.errors import SiappError
from siapp.core.models.artefact import INPUT_NAME, MODEL_XML
from siapp.core.models.onnx_export import to_onnx
from siapp.core.resources import resources
from tests.core.models.support import DATA, artefact

Images = npt.NDArray[np.float32]
SHAPE = [1, 4, 6, 8]


def both(model: ov.Model, images: Images) -> tuple[Images, Images]:
    """What OpenVINO computes in float32, and what ONNX Runtime makes of the translation."""
    right = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(images)[0].copy()
    proto = to_onnx(model)
    onnx.checker.check_model(proto, full_check=True)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    return right, session.run(None, {INPUT_NAME: images})[0]


NETWORKS = (
    "yolov8-tiny.pt",
    "yolov5u-tiny.pt",
    "yolo11-tiny.pt",
    "yolov8-tiny-dynamic.onnx",
    "yolov8-tiny-fixed-320.onnx",
    "yolov8-tiny-openvino.zip",
)


@pytest.mark.parametrize(
    "source", [*(DATA / name for name in NETWORKS), resources() / "demo" / "demo.pt"], ids=lambda source: source.name
)
def test_a_network_gives_the_same_numbers(source: Path, target: Path) -> None:
    imported = artefact(source, target)
    width, height = imported.input_size or (224, 160)
    model = ov.Core().read_model(target / MODEL_XML)
    model.reshape([1, 3, height, width])
    images = np.random.default_rng(1).random((1, 3, height, width), dtype=np.float32)
    right, given = both(model, images)
    assert given.shape == right.shape
    # Boxes are in pixels of the input, a hundred times as large as scores.
    assert np.abs(given - right)[:, 4:].max() < 1e-5
    assert np.abs(given - right)[:, :4].max() < 1e-3


def weights(*shape: int) -> Node:
    return op.constant(np.random.default_rng(2).normal(size=shape).astype(np.float32))


def numbers(*values: int, kind: type = np.int64) -> Node:
    return op.constant(np.array(values, kind))


def halves(x: Node) -> Node:
    """In half precision between two conversions."""
    return op.convert(op.multiply(op.convert(x, "f16"), op.constant(np.float16(0.5))), "f32")


OPERATORS: dict[str, Callable[[Node], Any]] = {
    "convolution": lambda x: op.convolution(x, weights(5, 4, 3, 3), [2, 1], [1, 0], [1, 2], [1, 2]),
    "convolution, padded by name": lambda x: op.convolution(
        x, weights(5, 4, 3, 3), [1, 1], [0, 0], [0, 0], [1, 1], "same_upper"
    ),
    "group convolution": lambda x: op.group_convolution(x, weights(2, 3, 2, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1]),
    "max pool": lambda x: op.max_pool(x, [2, 2], [1, 1], [1, 1], [1, 1], [3, 3]).output(0),
    "max pool, rounded up": lambda x: op.max_pool(
        x, [2, 3], [1, 1], [0, 0], [0, 0], [3, 3], rounding_type="ceil"
    ).output(0),
    "max pool of opset 14": lambda x: opset14.max_pool(x, [1, 1], [1, 1], [1, 1], [1, 1], [3, 3]).output(0),
    "average pool": lambda x: op.avg_pool(x, [1, 1], [1, 1], [1, 1], [3, 3], exclude_pad=True),
    "average pool with its padding": lambda x: op.avg_pool(x, [1, 1], [1, 1], [1, 1], [3, 3], exclude_pad=False),
    "add": lambda x: op.add(x, weights(8)),
    "subtract": lambda x: op.subtract(weights(4, 1, 1), x),
    "divide": lambda x: op.divide(x, op.constant(np.float32(3))),
    "power": lambda x: op.power(x, op.constant(np.float32(2))),
    "maximum": lambda x: op.maximum(x, weights(8)),
    "minimum": lambda x: op.minimum(x, weights(8)),
    "swish": lambda x: op.swish(x),
    "swish with a factor": lambda x: op.swish(x, op.constant(np.float32(1.7))),
    "relu": lambda x: op.relu(op.subtract(x, op.constant(np.float32(0.5)))),
    "tanh": op.tanh,
    "exponential": op.exp,
    "square root": op.sqrt,
    "hard swish": op.hswish,
    "hard sigmoid": op.hsigmoid,
    "leaky relu": lambda x: op.prelu(op.subtract(x, op.constant(np.float32(0.5))), op.constant(np.array([0.1], "f"))),
    "slope for each channel": lambda x: op.prelu(op.subtract(x, op.constant(np.float32(0.5))), weights(4)),
    "clamp": lambda x: op.clamp(x, 0.2, 0.7),
    "softmax": lambda x: op.softmax(x, -1),
    "softmax of opset 1": lambda x: ov.opset1.softmax(x, 1),
    "concatenation": lambda x: op.concat([x, weights(1, 2, 6, 8)], 1),
    "split": lambda x: op.concat(op.split(x, op.constant(np.int64(1)), 2).outputs()[::-1], 1),
    "unequal split": lambda x: op.variadic_split(x, op.constant(np.int64(-1)), numbers(5, 3)).output(1),
    "reshape": lambda x: op.reshape(x, numbers(0, -1, 4), True),
    "squeeze": lambda x: op.squeeze(op.unsqueeze(x, numbers(2)), numbers(0)),
    "transpose": lambda x: op.transpose(x, numbers(0, 2, 3, 1, kind=np.int32)),
    "slice": lambda x: op.slice(x, numbers(5), numbers(0), numbers(-2), numbers(2)),
    "slice of every axis": lambda x: op.slice(x, numbers(0, 1, 1, 0), numbers(1, 3, 6, 8), numbers(1, 1, 2, 3)),
    "enlargement": lambda x: op.interpolate(
        x,
        op.constant(np.array([2, 3], np.float32)),
        "nearest",
        "scales",
        axes=numbers(2, 3),
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    ),
    "sum": lambda x: op.reduce_sum(x, numbers(1, 2), False),
    "mean": lambda x: op.reduce_mean(x, numbers(2, 3), True),
    "largest": lambda x: op.reduce_max(x, numbers(1), True),
    "matrix product": lambda x: op.matmul(x, weights(4, 6, 5), True, False),
    "matrix product, second turned": lambda x: op.matmul(x, weights(4, 5, 8), False, True),
    "half precision": halves,
}


def network(operator: Callable[[Node], Any]) -> ov.Model:
    images = op.parameter(SHAPE, ov.Type.f32, name=INPUT_NAME)
    return ov.Model([op.result(operator(images))], [images], "test")


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_operator_gives_the_same_numbers(operator: str) -> None:
    images = np.random.default_rng(3).random(SHAPE, dtype=np.float32)
    right, given = both(network(OPERATORS[operator]), images)
    assert given.shape == right.shape
    np.testing.assert_allclose(given, right, atol=2e-3 if operator == "half precision" else 1e-5)


def quantized(x: Node) -> Node:
    low, high = op.constant(np.float32(0)), op.constant(np.float32(1))
    return op.fake_quantize(x, low, high, low, high, 256)


REFUSED: dict[str, Callable[[Node], Any]] = {
    "FakeQuantize": quantized,
    "Interpolate": lambda x: op.interpolate(x, numbers(12, 16), "linear_onnx", "sizes", axes=numbers(2, 3)),
    "Convert": lambda x: op.convert(op.convert(x, "i32"), "f32"),
    "GroupConvolution": lambda x: op.group_convolution(
        x, op.reshape(x, numbers(4, 1, 1, 6, 8), False), [1, 1], [0, 0], [0, 0], [1, 1]
    ),
    "TopK": lambda x: opset8.topk(x, op.constant(np.int64(1)), -1, "max", "value").output(0),
}


@pytest.mark.parametrize("operator", REFUSED)
def test_what_is_not_known_is_refused_by_name(operator: str) -> None:
    with pytest.raises(SiappError, match=operator) as caught:
        to_onnx(network(REFUSED[operator]))
    assert caught.value.code == "not_translatable"
