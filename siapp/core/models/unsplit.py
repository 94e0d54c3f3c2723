"""Convolutions whose channels are split afterwards, as one convolution for each part.

C2f and its kin compute both their halves in one convolution and cut the result in two. OpenVINO keeps pictures with
the channels last, where a cut along them copies both halves and turns them to another order and back: in a YOLOv8n
7 % of its time. Filters don't depend on one another, so that two convolutions with half of the filters each give the
same numbers without a cut.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import openvino as ov
from openvino import opset13 as op

_FILTERS: Final = 0
_CHANNELS: Final = 1
_SPLITS: Final = frozenset({"Split", "VariadicSplit"})
_ACTIVATIONS: Final = {"Swish": op.swish, "Relu": op.relu, "Sigmoid": op.sigmoid, "HSwish": op.hswish}


def unsplit(model: ov.Model) -> int:
    """Change `model` in place, wherever a convolution, with or without a bias and an activation behind it, is used for
    nothing but a split of its channels. The answer: how many splits are gone."""
    return sum(_unsplit(node) for node in model.get_ordered_ops() if node.get_type_name() in _SPLITS)


def _unsplit(split: ov.Node) -> bool:
    chain = list(_behind_convolution(split))
    if not chain or _number(split.input_value(1)) != _CHANNELS:
        return False
    convolution, *rest = reversed(chain)
    parts = _cut(convolution.input_value(1), split, _FILTERS)
    for number, filters in enumerate(parts):
        part = op.convolution(convolution.input_value(0), filters, **convolution.get_attributes())
        part.set_friendly_name(f"{convolution.get_friendly_name()}/{number}")
        for node in rest:
            part = _again(node, part, split, number)
        split.output(number).replace(part.output(0))
    return True


def _behind_convolution(split: ov.Node) -> Iterator[ov.Node]:
    """What stands before the split, back to the convolution; nothing where it is something else, or used twice."""
    chain: list[ov.Node] = []
    node = split
    while len(chain) < 3:
        source = node.input_value(0)
        node = source.get_node()
        if len(source.get_target_inputs()) != 1:
            return
        chain.append(node)
        if node.get_type_name() == "Convolution":
            yield from chain
            return
        if not _is_activation(node) and not _is_bias(node):
            return


def _is_activation(node: ov.Node) -> bool:
    """One of the same for every channel: Swish has a second input, one number."""
    numbers = node.input_values()[1:]
    return node.get_type_name() in _ACTIVATIONS and all(
        _is_constant(number) and list(number.get_partial_shape().get_min_shape()) in ([], [1]) for number in numbers
    )


def _is_bias(node: ov.Node) -> bool:
    """An addition of one constant number to each channel, as the second operand."""
    if node.get_type_name() != "Add":
        return False
    bias, channels = node.input_value(1), node.get_output_partial_shape(0)[_CHANNELS]
    shape = list(bias.get_partial_shape().get_min_shape())
    return _is_constant(bias) and channels.is_static and shape == [1, channels.get_length(), 1, 1]


def _is_constant(value: ov.Output) -> bool:
    node = value.get_node()
    return node.get_type_name() == "Constant" or (
        node.get_input_size() > 0 and all(_is_constant(source) for source in node.input_values())
    )


def _again(node: ov.Node, x: ov.Node, split: ov.Node, number: int) -> ov.Node:
    """The same bias or activation for one part."""
    kind, others = node.get_type_name(), node.input_values()[1:]
    same = op.add(x, _cut(others[0], split, _CHANNELS)[number]) if kind == "Add" else _ACTIVATIONS[kind](x, *others)
    same.set_friendly_name(f"{node.get_friendly_name()}/{number}")
    return same


def _cut(values: ov.Output, split: ov.Node, axis: int) -> Sequence[ov.Output]:
    """Constants, cut along `axis` as the split cuts channels."""
    where = op.constant(np.int64(axis))
    if split.get_type_name() == "Split":
        parts = op.split(values, where, split.get_output_size())
    else:
        parts = op.variadic_split(values, where, split.input_value(2))
    return [parts.output(number) for number in range(split.get_output_size())]


def _number(value: ov.Output) -> int | None:
    node = value.get_node()
    return int(node.data.reshape(-1)[0]) if node.get_type_name() == "Constant" else None
