"""An OpenVINO export in a zip: one .xml, one .bin and perhaps a metadata.yaml, read without unpacking to disk."""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final
from xml.parsers import expat

import openvino as ov

from siapp.core.domain import WeightFormat
from siapp.core.errors import WeightsRejected
from siapp.core.i18n import _
from siapp.core.models.archive import Archive
from siapp.core.models.importer import Draft, Report
from siapp.core.models.limits import (
    MAX_METADATA_BYTES,
    MAX_UNPACKED_BYTES,
    MAX_XML_BYTES,
    MAX_XML_DEPTH,
    MAX_XML_ELEMENTS,
)
from siapp.core.models.names import class_names, clean, from_yaml
from siapp.core.models.refusals import damaged, nms_inside, too_complex, unsupported_task

_METADATA: Final = "metadata.yaml"
_OPSET: Final = re.compile(r"opset\d{1,2}")
_WITH_BODY: Final = frozenset({"If", "Loop", "TensorIterator"})


def read_openvino(archive: Archive, report: Report) -> Draft:
    """Check an OpenVINO export and give it to OpenVINO, from memory.

    WeightsRejected: `zip_contents` (other files than the three), `xml_unsafe`, `unsupported_operator`,
    `unsupported_task`, `nms_inside`, `class_names`, `damaged`, `too_complex`.
    """
    members = _members(archive)
    metadata = from_yaml(archive.read(members.metadata, MAX_METADATA_BYTES)) if members.metadata else {}
    if metadata.get("task", "detect") != "detect":
        raise unsupported_task(str(metadata["task"]))
    names = class_names(metadata.get("names"))
    xml = archive.read(members.xml, MAX_XML_BYTES)
    report(0.1, _("Reading the file"))
    weights = archive.read(members.bin, MAX_UNPACKED_BYTES)
    check_xml(xml, len(weights))
    report(0.2, _("Building the network"))
    model = ov.Core().read_model(xml, weights)
    return Draft(model, WeightFormat.OPENVINO, names, "OpenVINO", metadata.get("imgsz"))


@dataclass(frozen=True, slots=True)
class _Members:
    xml: str
    bin: str
    metadata: str | None


def _members(archive: Archive) -> _Members:
    """The three files, all in one folder of the archive (its top, as a rule)."""
    by_kind: dict[str, list[str]] = {".xml": [], ".bin": [], _METADATA: []}
    for name in archive.names:
        path = PurePosixPath(name)
        kind = path.name if path.name == _METADATA else path.suffix.lower()
        if kind not in by_kind:
            raise _contents(name)
        by_kind[kind].append(name)
    folders = {PurePosixPath(name).parent for name in archive.names}
    if len(by_kind[".xml"]) != 1 or len(by_kind[".bin"]) != 1 or len(by_kind[_METADATA]) > 1 or len(folders) != 1:
        raise _contents(", ".join(archive.names[:5]))
    return _Members(by_kind[".xml"][0], by_kind[".bin"][0], next(iter(by_kind[_METADATA]), None))


def _contents(found: str) -> WeightsRejected:
    return WeightsRejected(
        "zip_contents",
        _(
            "The .zip must hold one .xml and one .bin of an OpenVINO export, may hold its metadata.yaml, and nothing "
            "else (found: {found})."
        ),
        found=clean(found),
    )


def check_xml(xml: bytes, weight_bytes: int) -> None:
    """Look through a network's .xml without building anything from it.

    Only elements, only standard operators (`opset1`...), constants inside the `weight_bytes` of the .bin.
    """
    walk = _Walk(weight_bytes)
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise damaged() from error
    if not walk.layers:
        raise damaged()


def _refuse_doctype(*_arguments: object) -> None:
    raise WeightsRejected(
        "xml_unsafe", _("The .xml declares a document type or entities, which no OpenVINO export does.")
    )


@dataclass(slots=True)
class _Walk:
    weight_bytes: int
    depth: int = field(default=0, init=False)
    elements: int = field(default=0, init=False)
    layers: int = field(default=0, init=False)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.elements > MAX_XML_ELEMENTS or self.depth > MAX_XML_DEPTH:
            raise too_complex()
        if tag == "layer":
            self.layers += 1
            _check_layer(attributes)
        elif tag == "data" and ("offset" in attributes or "size" in attributes):
            _check_extent(attributes, self.weight_bytes)

    def end(self, _tag: str) -> None:
        self.depth -= 1


def _check_layer(attributes: dict[str, str]) -> None:
    kind, version = attributes.get("type", ""), attributes.get("version", "")
    if kind.startswith("NonMaxSuppression"):
        raise nms_inside()
    if not _OPSET.fullmatch(version) or kind in _WITH_BODY:
        raise WeightsRejected(
            "unsupported_operator",
            _("The network uses {operator}, which is no standard OpenVINO operator of a YOLO network."),
            operator=clean(f"{version}.{kind}"),
        )


def _check_extent(attributes: dict[str, str], weight_bytes: int) -> None:
    offset, size = attributes.get("offset", ""), attributes.get("size", "")
    if not all(number.isascii() and number.isdigit() and len(number) < 16 for number in (offset, size)):
        raise damaged()
    if int(offset) + int(size) > weight_bytes:
        raise damaged()
