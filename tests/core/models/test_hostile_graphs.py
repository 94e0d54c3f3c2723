"""ONNX and OpenVINO files that reach for other files, other operators or another task: refused by name."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import openvino as ov
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper
from openvino.preprocess import PrePostProcessor

from tests.core.models.support import DATA, GOOD, artefact, refusal, rewrite, watching

pytestmark = pytest.mark.usefixtures("warm")


def _onnx(change: Callable[[ModelProto], object], path: Path, source: Path = GOOD["onnx"]) -> Path:
    model = onnx.load(source)
    change(model)
    path.write_bytes(model.SerializeToString())
    return path


def _external(model: ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def _quietly_external(model: ModelProto) -> None:
    model.graph.initializer[0].external_data.add(key="location", value="../secret")


def _external_constant(model: ModelProto) -> None:
    tensor = numpy_helper.from_array(np.zeros(4, np.float32), "t")
    _external_tensor(tensor)
    model.graph.node.insert(0, helper.make_node("Constant", [], ["unused"], value=tensor))


def _external_tensor(tensor: TensorProto) -> None:
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def _subgraph(model: ModelProto) -> None:
    branch = helper.make_graph([], "branch", [], [])
    model.graph.node.insert(0, helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch))


def _function(model: ModelProto) -> None:
    model.functions.append(helper.make_function("custom", "f", [], [], [], [helper.make_opsetid("", 17)]))


def _foreign_operator(model: ModelProto) -> None:
    model.graph.node[3].domain = "org.openvinotoolkit"


def _nms(model: ModelProto) -> None:
    model.graph.node.append(helper.make_node("NonMaxSuppression", ["b", "s"], ["picked"]))


def _huge(model: ModelProto) -> None:
    model.graph.initializer[0].dims[0] = 1 << 40


def _negative(model: ModelProto) -> None:
    model.graph.initializer[0].dims[0] = -1


def _second_input(model: ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1, 3, 1, 1]))
    first = next(node for node in model.graph.node if "images" in node.input)
    first.input[list(first.input).index("images")] = "sum"
    model.graph.node.insert(0, helper.make_node("Add", ["images", "more"], ["sum"]))


def _second_output(model: ModelProto) -> None:
    model.graph.output.append(helper.make_tensor_value_info(model.graph.node[0].output[0], TensorProto.FLOAT, None))


def _transposed(model: ModelProto) -> None:
    """[1, boxes, 4 + classes], as YOLOv5 and some exporters give it."""
    old = model.graph.output[0].name
    model.graph.node.append(helper.make_node("Transpose", [old], ["turned"], perm=[0, 2, 1]))
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("turned", TensorProto.FLOAT, ["b", "n", "c"]))


def _logits(model: ModelProto) -> None:
    """Scores that are no probabilities."""
    old = model.graph.output[0].name
    model.graph.node.append(helper.make_node("Neg", [old], ["negative"]))
    model.graph.output[0].name = "negative"


def _metadata(key: str, value: str) -> Callable[[ModelProto], None]:
    def change(model: ModelProto) -> None:
        for entry in [entry for entry in model.metadata_props if entry.key == key]:
            model.metadata_props.remove(entry)
        model.metadata_props.add(key=key, value=value)

    return change


ONNX = {
    "external data": (_external, "external_data"),
    "external data beside its own": (_quietly_external, "external_data"),
    "external data in a constant": (_external_constant, "external_data"),
    "subgraph": (_subgraph, "unsupported_operator"),
    "function": (_function, "unsupported_operator"),
    "operator of another domain": (_foreign_operator, "unsupported_operator"),
    "NMS": (_nms, "nms_inside"),
    "shape beyond the data": (_huge, "damaged"),
    "negative shape": (_negative, "damaged"),
    "two inputs": (_second_input, "wrong_inputs"),
    "two outputs": (_second_output, "wrong_outputs"),
    "transposed": (_transposed, "wrong_outputs"),
    "logits": (_logits, "wrong_outputs"),
    "segmentation": (_metadata("task", "segment"), "unsupported_task"),
    "a name too many": (_metadata("names", "{0: 'a', 1: 'b', 2: 'c', 3: 'd'}"), "class_count"),
    "names with a gap": (_metadata("names", "{0: 'a', 2: 'b'}"), "class_names"),
    "names that run code": (_metadata("names", "__import__('os').system('true')"), "class_names"),
    "names without end": (_metadata("names", "(" * 200_000), "class_names"),
    "names that are a number": (_metadata("names", "7"), "class_names"),
}


@pytest.mark.parametrize("name", ONNX)
def test_a_hostile_or_unfit_onnx_is_refused(name: str, tmp_path: Path, target: Path) -> None:
    change, code = ONNX[name]
    source = _onnx(change, tmp_path / "model.onnx")
    with watching(target) as watch:
        assert refusal(source, target).code in {code, "unreadable" if code == "damaged" else code}
    assert watch.seen == []


def test_an_onnx_without_names_gets_numbered_classes(tmp_path: Path, target: Path) -> None:
    source = _onnx(lambda model: model.ClearField("metadata_props"), tmp_path / "model.onnx")
    assert artefact(source, target).classes == ("class0", "class1", "class2")


def test_a_batch_of_the_export_becomes_one(target: Path) -> None:
    """The dynamic export has a dynamic batch; the artefact has none."""
    batch = onnx.load(GOOD["onnx"]).graph.input[0].type.tensor_type.shape.dim[0]
    assert batch.dim_param
    artefact(GOOD["onnx"], target)


def test_names_are_cleaned(tmp_path: Path, target: Path) -> None:
    names = {0: "a\x00\x1b[31m\u202eb", 1: "x" * 500, 2: "\n"}
    source = _onnx(_metadata("names", repr(names)), tmp_path / "model.onnx")
    assert artefact(source, target).classes == ("a[31mb", "x" * 64, "class2")


# --- OpenVINO


def _xml(change: Callable[[str], str], path: Path) -> Path:
    def apply(name: str, data: bytes) -> bytes:
        return change(data.decode()).encode() if name.endswith(".xml") else data

    return rewrite(GOOD["openvino"], path, apply)


def _yaml(content: bytes, path: Path) -> Path:
    return rewrite(GOOD["openvino"], path, lambda name, data: content if name.endswith(".yaml") else data)


_ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE net [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<net name="&b;" version="11"><layers><layer id="0" type="Parameter" version="opset1"/></layers></net>'
)
_EXTERNAL_ENTITY = _ENTITIES.replace('"aaaaaaaaaa"', 'SYSTEM "file:///etc/passwd"')


def _in_first(pattern: str, replacement: str) -> Callable[[str], str]:
    def change(xml: str) -> str:
        changed, count = re.subn(pattern, replacement, xml, count=1)
        assert count == 1
        return changed

    return change


XML = {
    "entities": (lambda _xml: _ENTITIES, "xml_unsafe"),
    "external entity": (lambda _xml: _EXTERNAL_ENTITY, "xml_unsafe"),
    "document type": (lambda xml: xml.replace("<net ", "<!DOCTYPE net SYSTEM 'x'><net ", 1), "xml_unsafe"),
    "extension operator": (_in_first(r'version="opset1"', 'version="extension"'), "unsupported_operator"),
    "own opset": (_in_first(r'version="opset1"', 'version="opset1;mine"'), "unsupported_operator"),
    "loop": (_in_first(r'type="Concat"', 'type="Loop"'), "unsupported_operator"),
    "NMS": (_in_first(r'type="Concat"', 'type="NonMaxSuppression"'), "nms_inside"),
    "constant behind the end": (_in_first(r'offset="\d+"', 'offset="999999999"'), "damaged"),
    "constant of negative offset": (_in_first(r'offset="\d+"', 'offset="-8"'), "damaged"),
    "constant without end": (_in_first(r'size="\d+"', 'size="18446744073709551615"'), "damaged"),
    "depth": (lambda _xml: "<net>" * 300, "too_complex"),
    "nothing in it": (lambda _xml: "<net/>", "damaged"),
    "no XML": (lambda _xml: "hello", "damaged"),
    "another encoding": (lambda xml: xml.replace('<?xml version="1.0"?>', "\x00"), "damaged"),
}


@pytest.mark.parametrize("name", XML)
def test_a_hostile_xml_is_refused(name: str, tmp_path: Path, target: Path) -> None:
    change, code = XML[name]
    source = _xml(change, tmp_path / "model.zip")
    with watching(target) as watch:
        assert refusal(source, target).code == code
    assert watch.seen == []


_YAML_BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % (n + 1, n + 1, *[n] * 9) for n in range(97, 110)
)


@pytest.mark.parametrize(
    "content",
    [
        b"names: !!python/object/apply:os.system ['true']",
        b"!!python/object/new:os.system ['true']",
        b"[1, 2",
        b"- only\n- a list",
        b"\xff\xfe\x00",
        b"[" * 50_000,
        _YAML_BOMB + b"names: *n\n",
        b"x" * 300_000,
    ],
)
def test_hostile_metadata_is_refused(content: bytes, tmp_path: Path, target: Path) -> None:
    source = _yaml(content, tmp_path / "model.zip")
    with watching(target) as watch:
        assert refusal(source, target).code in {"class_names", "archive_too_large"}
    assert watch.seen == []


def test_metadata_of_another_task_is_refused_by_name(tmp_path: Path, target: Path) -> None:
    error = refusal(_yaml(b"task: pose\n", tmp_path / "model.zip"), target)
    assert error.code == "unsupported_task" and "pose" in str(error)


def test_half_precision_inputs_and_outputs_become_float32(tmp_path: Path, target: Path) -> None:
    model = ov.Core().read_model(GOOD["onnx"])
    steps = PrePostProcessor(model)
    steps.input().tensor().set_element_type(ov.Type.f16)
    steps.output().tensor().set_element_type(ov.Type.f16)
    ov.save_model(steps.build(), tmp_path / "half.xml")
    with zipfile.ZipFile(tmp_path / "half.zip", "w") as archive:
        for name in ("half.xml", "half.bin"):
            archive.write(tmp_path / name, name)
    artefact(tmp_path / "half.zip", target)
    model = ov.Core().read_model(target / "model.xml")
    assert model.input().element_type == model.output().element_type == ov.Type.f32
    assert (model.input().get_any_name(), model.output().get_any_name()) == ("images", "output0")


def test_nothing_of_the_senders_notes_stays_in_the_artefact(tmp_path: Path, target: Path) -> None:
    def note(xml: str) -> str:
        return xml.replace("<rt_info>", '<rt_info><secret value="left-behind"/>', 1)

    artefact(_xml(note, tmp_path / "model.zip"), target)
    assert "left-behind" not in (target / "model.xml").read_text()


def test_the_golden_onnx_is_standard(target: Path) -> None:
    assert artefact(DATA / "yolov8-tiny-fixed-320.onnx", target).stride == 32
