"""An ONNX file, parsed as plain data and checked before OpenVINO sees its bytes."""

import math
from collections.abc import Iterator
from typing import Final

import onnx
import openvino as ov
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto

from siapp.core.domain import WeightFormat
from siapp.core.errors import WeightsRejected
from siapp.core.i18n import _
from siapp.core.models.importer import Draft, Report
from siapp.core.models.limits import MAX_METADATA_BYTES, MAX_ONNX_NODES
from siapp.core.models.names import class_names, clean, from_literal
from siapp.core.models.refusals import damaged, nms_inside, too_complex, unsupported_task

_STANDARD_DOMAINS: Final = ("", "ai.onnx")
_SUBGRAPHS: Final = (AttributeProto.GRAPH, AttributeProto.GRAPHS)
_NMS: Final = "NonMaxSuppression"


def read_onnx(data: bytes, report: Report) -> Draft:
    """Check an ONNX network and give it to OpenVINO.

    WeightsRejected: `not_weights` (no ONNX at all), `external_data`, `unsupported_operator`, `unsupported_task`,
    `nms_inside`, `class_names`, `damaged`, `too_complex`.
    """
    proto = _parse(data)
    _check(proto)
    metadata = {entry.key: entry.value for entry in proto.metadata_props if len(entry.value) <= MAX_METADATA_BYTES}
    if metadata.get("task", "detect") != "detect":
        raise unsupported_task(metadata["task"])
    names = class_names(from_literal(metadata["names"])) if "names" in metadata else None
    report(0.2, _("Building the network"))
    # The proto that was checked is what is read on, not the bytes, which another parser may take differently.
    model = ov.Core().read_model(proto.SerializeToString())
    return Draft(model, WeightFormat.ONNX, names, "ONNX", metadata.get("imgsz"))


def _parse(data: bytes) -> ModelProto:
    try:
        proto = onnx.load_model_from_string(data)
    except DecodeError:
        proto = ModelProto()
    if not proto.graph.node or not proto.opset_import:
        raise WeightsRejected(
            "not_weights",
            _(
                "This is no weight file that siapp knows. Upload a YOLO .pt, an .onnx, or a .zip with an OpenVINO "
                "export."
            ),
        )
    return proto


def _check(proto: ModelProto) -> None:
    if len(proto.graph.node) > MAX_ONNX_NODES:
        raise too_complex()
    if proto.functions or proto.training_info:
        raise _unsupported("function")
    for node in proto.graph.node:
        _check_node(node)
    if proto.graph.sparse_initializer:
        raise _unsupported("sparse_initializer")
    for tensor in _tensors(proto.graph):
        _check_tensor(tensor)


def _check_node(node: NodeProto) -> None:
    if node.op_type == _NMS:
        raise nms_inside()
    if node.domain not in _STANDARD_DOMAINS:
        raise _unsupported(f"{node.domain}.{node.op_type}")
    for attribute in node.attribute:
        if attribute.type in _SUBGRAPHS or attribute.HasField("g") or attribute.graphs or attribute.sparse_tensors:
            raise _unsupported(node.op_type)
        if attribute.HasField("sparse_tensor"):
            raise _unsupported(node.op_type)


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _check_tensor(tensor: TensorProto) -> None:
    """Everything inside the file, and as many bytes as the shape says."""
    if tensor.data_location != TensorProto.DEFAULT or tensor.external_data:
        raise WeightsRejected(
            "external_data",
            _("The .onnx keeps its weights in another file. Export it as one file, below 2 GB, and upload that."),
        )
    if tensor.data_type == TensorProto.STRING or any(length < 0 for length in tensor.dims):
        raise damaged()
    if tensor.HasField("raw_data"):
        item = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
        if len(tensor.raw_data) > item * math.prod(tensor.dims):
            raise damaged()


def _unsupported(operator: str) -> WeightsRejected:
    return WeightsRejected(
        "unsupported_operator",
        _("The network uses {operator}, which is no standard ONNX operator of a YOLO network."),
        operator=clean(operator),
    )
