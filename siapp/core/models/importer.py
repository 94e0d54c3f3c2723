"""An uploaded weight file -> our own artefact. Runs in a throw-away process; see `siapp.core.models.confine`."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from siapp.core.domain import WeightFormat
from siapp.core.errors import WeightsRejected
from siapp.core.i18n import _
from siapp.core.models import memory
from siapp.core.models.archive import Archive
from siapp.core.models.artefact import FAKE_QUANTIZE, ImportedModel
from siapp.core.models.limits import MAX_FILE_BYTES
from siapp.core.models.names import class_names

if TYPE_CHECKING:
    import openvino as ov

Report = Callable[[float, str], None]
"""Takes how much is done, 0..1, and what is being done: an English sentence, marked for translation."""

_log = logging.getLogger(__name__)

_ZIP: Final = b"PK\x03\x04"
_PICKLE: Final = b"\x80"
_TAR_PLACE, _TAR = 257, b"ustar"
_HEAD_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class Draft:
    """A network on its way to becoming an artefact. `names`: what the file calls its classes, None if nothing;
    `image_size`: what it says of the size of its pictures, not yet looked at."""

    model: "ov.Model"
    format: WeightFormat
    names: tuple[str, ...] | None
    architecture: str
    image_size: object


def import_weights(source: Path, target: Path, report: Report) -> ImportedModel:
    """Check `source`, bring it to the artefact's form, try it once, and write model.xml and model.bin.

    `target` exists and is empty; nothing is left in it unless everything went well. What `source` is, its
    content tells, not its name.
    WeightsRejected: with a code and a sentence for whatever stands against it.
    """
    try:
        return _import(source, target, report)
    except WeightsRejected as error:
        if memory.ran_short():
            raise _out_of_memory() from error
        raise
    except Exception as error:
        # A hostile file drives readers that are not ours (protobuf, OpenVINO) to errors of any type. In this
        # process they all mean the same; the log keeps what it was.
        _log.info("weights not readable: %s: %.300s", type(error).__name__, error)
        if isinstance(error, MemoryError) or "bad_alloc" in str(error) or memory.ran_short():
            raise _out_of_memory() from error
        raise _unreadable() from error


def _import(source: Path, target: Path, report: Report) -> ImportedModel:
    report(0.0, _("Reading the file"))
    draft = _read(source, target, report)
    return _finish(draft, target, report)


def _read(source: Path, target: Path, report: Report) -> Draft:
    size = source.stat().st_size
    if size > MAX_FILE_BYTES:
        raise WeightsRejected(
            "file_too_large", _("The file is larger than {limit} GB, more than a network needs."), limit=2
        )
    with source.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_ZIP):
        return _read_zip(source, target, report)
    if head.startswith(_PICKLE) or head[_TAR_PLACE:].startswith(_TAR):
        raise _legacy_checkpoint()
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise _lone_xml()
    from siapp.core.models.onnx_file import read_onnx

    return read_onnx(source.read_bytes(), report)


def _read_zip(source: Path, target: Path, report: Report) -> Draft:
    from siapp.core.models.checkpoint import is_checkpoint

    with Archive(source) as archive:
        if is_checkpoint(archive):
            return _read_checkpoint(archive, source, target, report)
        from siapp.core.models.openvino_zip import read_openvino

        return read_openvino(archive, report)


def _read_checkpoint(archive: Archive, source: Path, target: Path, report: Report) -> Draft:
    from siapp.core.models import network, ultralytics_export
    from siapp.core.models.checkpoint import read_checkpoint

    checkpoint = read_checkpoint(archive)
    names = class_names(checkpoint.names)
    report(0.2, _("Building the network"))
    try:
        built = network.build(checkpoint.model)
    except WeightsRejected as error:
        if error.code != "unknown_layer" or not ultralytics_export.available():
            raise
        exported = ultralytics_export.export(checkpoint, source, target)
        architecture = network.architecture(network.stages(checkpoint.model))
        return Draft(exported, WeightFormat.PYTORCH, names, architecture, checkpoint.image_size)
    return Draft(built.model, WeightFormat.PYTORCH, names, built.architecture, checkpoint.image_size)


def _finish(draft: Draft, target: Path, report: Report) -> ImportedModel:
    from siapp.core.models.contract import (
        fixed_size,
        image_size,
        names_for,
        settle,
        try_once,
        whole_or_nothing,
        write,
    )
    from siapp.core.models.precision import keep_precision

    model = settle(draft.model)
    report(0.5, _("Trying it once"))
    trial = try_once(model)
    classes = names_for(draft.names, trial.classes)
    stride, size = max(trial.stride, 32), fixed_size(model)
    longest = image_size(max(size) if size else draft.image_size, stride)
    learnt = ImportedModel(draft.format, classes, size, stride, draft.architecture, longest)
    with whole_or_nothing(target):
        report(0.6, _("Writing"))
        write(model, target)
        int8 = any(node.get_type_name() == FAKE_QUANTIZE for node in model.get_ops())
        precision = keep_precision(target, learnt, lambda done: report(0.6 + 0.4 * done, _("Choosing the precision")))
    report(1.0, _("Done"))
    return replace(learnt, precision=precision, int8=int8)


def _unreadable() -> WeightsRejected:
    return WeightsRejected(
        "unreadable",
        _("The file can't be read as a YOLO network. It may be damaged; export it again and upload that."),
    )


def _out_of_memory() -> WeightsRejected:
    return WeightsRejected(
        "out_of_memory",
        _("Importing the network takes more memory than is allowed for it ({limit} MB)."),
        limit=memory.limit_mib() or 0,
    )


def _legacy_checkpoint() -> WeightsRejected:
    return WeightsRejected(
        "legacy_checkpoint",
        _(
            "The file was saved in the format of PyTorch before 1.6. Load it there and save it again with a current "
            "PyTorch, or export it to ONNX."
        ),
    )


def _lone_xml() -> WeightsRejected:
    return WeightsRejected(
        "not_weights",
        _("An OpenVINO network is two files. Upload a .zip with the .xml and the .bin together."),
    )
