"""Splits behind convolutions: gone where that changes nothing, left alone elsewhere."""

from collections.abc import Callable
from typing import Any

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as op

from siapp.core.models.unsplit import unsplit

RANDOM = np.random.default_rng(7)
CHANNELS = 6


def numbers(*shape: int) -> Any:
    return op.constant(RANDOM.normal(size=shape).astype(np.float32))


def convolution(x: Any) -> Any:
    return op.convolution(x, numbers(CHANNELS, 3, 3, 3), [2, 1], [1, 0], [1, 0], [1, 1])


def biased(x: Any) -> Any:
    return op.add(convolution(x), numbers(1, CHANNELS, 1, 1))


def halves(x: Any, axis: int = 1) -> list[Any]:
    return list(op.split(x, op.constant(np.int64(axis)), 2).outputs())


def unequal(x: Any) -> list[Any]:
    return list(op.variadic_split(x, op.constant(np.int64(1)), op.constant(np.array([2, -1]))).outputs())


def network(build: Callable[[Any], list[Any]]) -> ov.Model:
    x = op.parameter([1, 3, -1, -1], ov.Type.f32, name="images")
    return ov.Model([op.result(output) for output in build(x)], [x], "network")


def outputs(model: ov.Model, picture: Any) -> list[Any]:
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return [np.array(value) for value in compiled(picture).values()]


def runs(model: ov.Model, kind: str) -> int:
    """How many layers of `kind` take pictures: constants are cut when the network is compiled."""
    nodes = [node for node in model.get_ordered_ops() if node.get_type_name() == kind]
    return sum(node.get_output_partial_shape(0).is_dynamic for node in nodes)


SPLITS: dict[str, Callable[[Any], list[Any]]] = {
    "bare": lambda x: halves(convolution(x)),
    "bias": lambda x: halves(biased(x)),
    "swish": lambda x: halves(op.swish(biased(x))),
    "relu without bias": lambda x: halves(op.relu(convolution(x))),
    "sigmoid": lambda x: halves(op.sigmoid(biased(x))),
    "hswish": lambda x: halves(op.hswish(biased(x))),
    "unequal parts": lambda x: unequal(op.swish(biased(x))),
    "half-precision filters": lambda x: halves(
        op.convolution(
            x, op.convert(op.constant(np.ones((4, 3, 1, 1), np.float16)), "f32"), [1, 1], [0, 0], [0, 0], [1, 1]
        )
    ),
}


@pytest.mark.parametrize("build", SPLITS.values(), ids=SPLITS)
def test_a_split_behind_a_convolution_is_gone_and_the_numbers_are_the_same(
    build: Callable[[Any], list[Any]],
) -> None:
    model, picture = network(build), RANDOM.normal(size=(1, 3, 12, 16)).astype(np.float32)
    before, layers = outputs(model, picture), runs(model, "Convolution")
    assert unsplit(model) == 1
    after = outputs(model, picture)
    assert len(after) == len(before) == 2
    for old, new in zip(before, after, strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-5, atol=1e-5)
    assert runs(model, "Split") == runs(model, "VariadicSplit") == 0
    assert runs(model, "Convolution") == layers + 1
    names = [node.get_friendly_name() for node in model.get_ordered_ops()]
    assert len(set(names)) == len(names), "model.xml marks layers by their names"


def used_twice(x: Any) -> list[Any]:
    whole = op.swish(biased(x))
    return [*halves(whole), whole]


OTHERS: dict[str, Callable[[Any], list[Any]]] = {
    "used by somebody else too": used_twice,
    "rows are cut, not channels": lambda x: halves(op.swish(biased(x)), axis=2),
    "a number for each place": lambda x: halves(op.add(convolution(x), convolution(x))),
    "a slope for each channel": lambda x: halves(op.prelu(convolution(x), numbers(CHANNELS))),
    "no convolution": lambda x: halves(op.concat([x, x], 1)),
    "bias of one number": lambda x: halves(op.add(convolution(x), numbers(1, 1, 1, 1))),
}


@pytest.mark.parametrize("build", OTHERS.values(), ids=OTHERS)
def test_what_is_not_such_a_split_stays(build: Callable[[Any], list[Any]]) -> None:
    model = network(build)
    picture = RANDOM.normal(size=(1, 3, 12, 16)).astype(np.float32)
    before = outputs(model, picture)
    assert unsplit(model) == 0
    assert all(np.array_equal(old, new) for old, new in zip(before, outputs(model, picture), strict=True))
