"""Our artefact as an ONNX model, for devices that OpenVINO does not drive.

Shapes are fixed by then, so everything that only computes with shapes is folded away first. What is left is a few
dozen operators; each has a small function here. Numbers are float32 throughout: half-precision constants are
widened, and conversions between the two fall away.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from openvino import Model, Node, Output
from openvino.passes import ConstantFolding, Manager

from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.models.artefact import INPUT_NAME, OUTPUT_NAME
from siapp.core.models.names import clean

OPSET: Final = 17
_IR_VERSION: Final = 8
"""The file format of that operator set: readers of then and now know it."""
_FLOATS: Final = ("f16", "f32")
_AUTO_PADS: Final = {"explicit": "NOTSET", "same_upper": "SAME_UPPER", "same_lower": "SAME_LOWER", "valid": "VALID"}


def to_onnx(model: Model) -> onnx.ModelProto:
    """`model`: an artefact's network, reshaped to [1, 3, H, W]; its constants are folded in place. The answer has
    the same input and output.

    SiappError `not_translatable`: it has an operator that is not known here.
    """
    passes = Manager()
    passes.register_pass(ConstantFolding())
    passes.run_passes(model)
    graph = _Graph()
    for node in model.get_ordered_ops():
        graph.translate(node)
    proto = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "siapp",
            [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, list(model.input(0).shape))],
            [helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, list(model.output(0).shape))],
            graph.initializers(),
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    proto.ir_version = _IR_VERSION
    return proto


class _Graph:
    """Collects nodes and constants. A value is called after the node that gives it."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, npt.NDArray[Any]] = {}

    def translate(self, node: Node) -> None:
        function = _OPERATORS.get(node.get_type_name())
        if function is None:
            raise _not_translatable(node)
        function(self, node)

    def add(
        self, node: Node, operator: str, inputs: Sequence[str] | None = None, *, step: str = "", **attributes: Any
    ) -> str:
        """One ONNX node for `node`'s first output, or with `step` one on the way to it. The answer: its name.

        `inputs`: all of the node's own where they are not given.
        """
        output = f"{node.get_name()}.{step}" if step else _name(node.output(0))
        self.append(operator, self.inputs(node) if inputs is None else inputs, [output], **attributes)
        return output

    def append(self, operator: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any) -> None:
        self.nodes.append(helper.make_node(operator, inputs, outputs, **attributes))

    def inputs(self, node: Node) -> list[str]:
        return [_name(port.get_source_output()) for port in node.inputs()]

    def constant(self, node: Node, values: npt.NDArray[Any], what: str) -> str:
        """A constant of `node`'s own, beside those of the network."""
        return self.store(f"{node.get_name()}.{what}", values)

    def store(self, name: str, values: npt.NDArray[Any]) -> str:
        self._constants[name] = values
        return name

    def initializers(self) -> list[onnx.TensorProto]:
        """The constants that a node takes: many have become attributes."""
        taken = {name for node in self.nodes for name in node.input}
        return [_tensor(name, values) for name, values in self._constants.items() if name in taken]


def _tensor(name: str, values: npt.NDArray[Any]) -> onnx.TensorProto:
    kind = np.float32 if np.issubdtype(values.dtype, np.floating) else np.int64
    return numpy_helper.from_array(np.ascontiguousarray(values, dtype=kind), name)


Translation = Callable[[_Graph, Node], object]


def _name(output: Output) -> str:
    return f"{output.get_node().get_name()}:{output.get_index()}"


def _values(node: Node, place: int) -> npt.NDArray[Any]:
    """What the input number `place` holds, which must be a constant."""
    source: Any = node.input_value(place).get_node()
    if source.get_type_name() != "Constant":
        raise _not_translatable(node)
    values: npt.NDArray[Any] = source.data
    return values


def _integers(node: Node, place: int) -> list[int]:
    return [int(value) for value in _values(node, place).reshape(-1)]


def _check(node: Node, fits: bool) -> None:
    if not fits:
        raise _not_translatable(node)


def _not_translatable(node: Node) -> SiappError:
    return SiappError(
        "not_translatable",
        _("The algorithm's network uses {operator}, with which siapp can run it on the processor only."),
        operator=clean(node.get_type_name()),
    )


def _plain(operator: str, **attributes: Any) -> Translation:
    """The same operator under ONNX's name, its inputs in the same order."""
    return lambda graph, node: graph.add(node, operator, **attributes)


def _input(graph: _Graph, node: Node) -> None:
    graph.add(node, "Identity", [INPUT_NAME])


def _result(graph: _Graph, node: Node) -> None:
    graph.append("Identity", graph.inputs(node), [OUTPUT_NAME])


def _constant(graph: _Graph, node: Node) -> None:
    constant: Any = node
    graph.store(_name(node.output(0)), constant.data)


def _convert(graph: _Graph, node: Node) -> None:
    kinds = (node.input(0).get_element_type(), node.output(0).get_element_type())
    _check(node, all(kind.get_type_name() in _FLOATS for kind in kinds))
    graph.add(node, "Identity")


def _binary(operator: str) -> Translation:
    def translation(graph: _Graph, node: Node) -> None:
        _check(node, node.get_attributes()["auto_broadcast"] == "numpy")
        graph.add(node, operator)

    return translation


def _window(node: Node) -> dict[str, Any]:
    """How a convolution or pooling moves over its input."""
    attributes = node.get_attributes()
    window: dict[str, Any] = {"strides": attributes["strides"], "auto_pad": _AUTO_PADS[attributes["auto_pad"]]}
    if attributes["auto_pad"] == "explicit":
        window["pads"] = [*attributes["pads_begin"], *attributes["pads_end"]]
    if "dilations" in attributes:
        window["dilations"] = attributes["dilations"]
    return window


def _group_convolution(graph: _Graph, node: Node) -> None:
    """OpenVINO's filters are [G, out, in, height, width], ONNX's [G * out, in, height, width]."""
    filters = _values(node, 1)
    groups, out, *rest = filters.shape
    joined = graph.constant(node, filters.reshape(groups * out, *rest), "filters")
    graph.add(node, "Conv", [graph.inputs(node)[0], joined], group=groups, **_window(node))


def _pool(node: Node) -> dict[str, Any]:
    attributes = node.get_attributes()
    _check(node, attributes["rounding_type"] in ("floor", "ceil"))
    return {
        "kernel_shape": attributes["kernel"],
        "ceil_mode": int(attributes["rounding_type"] == "ceil"),
        **_window(node),
    }


def _average_pool(graph: _Graph, node: Node) -> None:
    counted = not node.get_attributes()["exclude-pad"]
    graph.add(node, "AveragePool", count_include_pad=int(counted), **_pool(node))


def _swish(graph: _Graph, node: Node) -> None:
    x, *beta = graph.inputs(node)
    scaled = graph.add(node, "Mul", [x, *beta], step="scaled") if beta and _values(node, 1) != 1 else x
    graph.add(node, "Mul", [x, graph.add(node, "Sigmoid", [scaled], step="sigmoid")])


def _prelu(graph: _Graph, node: Node) -> None:
    """A slope for each channel stands at OpenVINO's second axis, at ONNX's last."""
    slope = _values(node, 1)
    shape = (-1, *[1] * (len(node.get_input_shape(0)) - 2)) if slope.size > 1 else (1,)
    graph.add(node, "PRelu", [graph.inputs(node)[0], graph.constant(node, slope.reshape(shape), "slope")])


def _clamp(graph: _Graph, node: Node) -> None:
    limits = node.get_attributes()
    least, most = (graph.constant(node, np.array(limits[end], np.float32), end) for end in ("min", "max"))
    graph.add(node, "Clip", [graph.inputs(node)[0], least, most])


def _softmax(graph: _Graph, node: Node) -> None:
    graph.add(node, "Softmax", axis=node.get_attributes()["axis"])


def _concat(graph: _Graph, node: Node) -> None:
    graph.add(node, "Concat", axis=node.get_attributes()["axis"])


def _split(graph: _Graph, node: Node) -> None:
    (axis,) = _integers(node, 1)
    sizes = np.array([output.shape[axis] for output in node.outputs()])
    inputs = [graph.inputs(node)[0], graph.constant(node, sizes, "sizes")]
    graph.append("Split", inputs, [_name(output) for output in node.outputs()], axis=axis)


def _reshape(graph: _Graph, node: Node) -> None:
    """Reshape, Squeeze, Unsqueeze: shapes are known, so that all are the same."""
    shape = graph.constant(node, np.array(list(node.get_output_shape(0)), np.int64), "shape")
    graph.add(node, "Reshape", [graph.inputs(node)[0], shape])


def _transpose(graph: _Graph, node: Node) -> None:
    graph.add(node, "Transpose", graph.inputs(node)[:1], perm=_integers(node, 1) or _backwards(node))


def _backwards(node: Node) -> list[int]:
    return list(range(len(node.get_input_shape(0))))[::-1]


def _slice(graph: _Graph, node: Node) -> None:
    """OpenVINO: data, starts, stops, steps, axes (all axes where there are none). ONNX: steps come last."""
    data, starts, stops, steps, *axes = graph.inputs(node)
    every = graph.constant(node, np.arange(len(_integers(node, 1))), "axes") if not axes else axes[0]
    graph.add(node, "Slice", [data, starts, stops, every, steps])


def _interpolate(graph: _Graph, node: Node) -> None:
    attributes = node.get_attributes()
    _check(node, attributes["mode"] == "nearest" and attributes["nearest_mode"] != "simple")
    _check(node, not any(attributes["pads_begin"]) and not any(attributes["pads_end"]))
    before, after = (np.array(list(shape), np.float32) for shape in (node.get_input_shape(0), node.get_output_shape(0)))
    graph.add(
        node,
        "Resize",
        [graph.inputs(node)[0], "", graph.constant(node, after / before, "scales")],
        mode="nearest",
        nearest_mode=attributes["nearest_mode"],
        coordinate_transformation_mode=attributes["coordinate_transformation_mode"],
    )


def _reduce_sum(graph: _Graph, node: Node) -> None:
    graph.add(node, "ReduceSum", keepdims=int(node.get_attributes()["keep_dims"]))


def _reduce(operator: str) -> Translation:
    """The others have their axes as an attribute in this operator set."""

    def translation(graph: _Graph, node: Node) -> None:
        keep = int(node.get_attributes()["keep_dims"])
        graph.add(node, operator, graph.inputs(node)[:1], axes=_integers(node, 1), keepdims=keep)

    return translation


def _matmul(graph: _Graph, node: Node) -> None:
    inputs = graph.inputs(node)
    for place, side in enumerate(("a", "b")):
        if node.get_attributes()[f"transpose_{side}"]:
            *outer, rows, columns = range(len(node.get_input_shape(place)))
            inputs[place] = graph.add(node, "Transpose", [inputs[place]], step=side, perm=[*outer, columns, rows])
    graph.add(node, "MatMul", inputs)


_OPERATORS: Final[dict[str, Translation]] = {
    "Parameter": _input,
    "Result": _result,
    "Constant": _constant,
    "Convert": _convert,
    "Convolution": lambda graph, node: graph.add(node, "Conv", **_window(node)),
    "GroupConvolution": _group_convolution,
    "MaxPool": lambda graph, node: graph.add(node, "MaxPool", **_pool(node)),
    "AvgPool": _average_pool,
    "Add": _binary("Add"),
    "Subtract": _binary("Sub"),
    "Multiply": _binary("Mul"),
    "Divide": _binary("Div"),
    "Power": _binary("Pow"),
    "Maximum": _binary("Max"),
    "Minimum": _binary("Min"),
    "Swish": _swish,
    "Sigmoid": _plain("Sigmoid"),
    "Relu": _plain("Relu"),
    "Tanh": _plain("Tanh"),
    "Exp": _plain("Exp"),
    "Sqrt": _plain("Sqrt"),
    "HSwish": _plain("HardSwish"),
    "HSigmoid": _plain("HardSigmoid", alpha=1 / 6, beta=0.5),
    "PRelu": _prelu,
    "Clamp": _clamp,
    "Softmax": _softmax,
    "Concat": _concat,
    "Split": _split,
    "VariadicSplit": _split,
    "Reshape": _reshape,
    "Squeeze": _reshape,
    "Unsqueeze": _reshape,
    "Transpose": _transpose,
    "Slice": _slice,
    "Interpolate": _interpolate,
    "ReduceSum": _reduce_sum,
    "ReduceMean": _reduce("ReduceMean"),
    "ReduceMax": _reduce("ReduceMax"),
    "MatMul": _matmul,
}
