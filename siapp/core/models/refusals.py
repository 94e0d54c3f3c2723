"""What several readers say when they refuse a file: one place for each sentence that more than one of them needs."""

from siapp.core.errors import WeightsRejected
from siapp.core.i18n import _
from siapp.core.models.names import clean


def damaged() -> WeightsRejected:
    return WeightsRejected("damaged", _("The file is damaged or incomplete. Copy or export it once more."))


def too_complex() -> WeightsRejected:
    return WeightsRejected(
        "too_complex",
        _("The file is far more complicated than a YOLO network is, and was not read to its end."),
    )


def foreign(name: str) -> WeightsRejected:
    return WeightsRejected(
        "foreign_code",
        _(
            "The file asks for {name}, which is not part of a YOLO checkpoint and could run code on this computer. "
            "Nothing of it was run. Export the network to ONNX where it was trained and upload that."
        ),
        name=clean(name),
    )


def unknown_layer(kind: str) -> WeightsRejected:
    return WeightsRejected(
        "unknown_layer",
        _(
            "The network has a layer that siapp doesn't know: {layer}. Install siapp[ultralytics] and upload the file "
            "again, or export the network to ONNX and upload that."
        ),
        layer=clean(kind),
    )


def unsupported_task(task: str) -> WeightsRejected:
    return WeightsRejected(
        "unsupported_task",
        _("This network is made for another task ({task}). siapp takes detection networks."),
        task=clean(task),
    )


def nms_inside() -> WeightsRejected:
    return WeightsRejected(
        "nms_inside",
        _("The export picks its own boxes (non-maximum suppression inside). Export it again with nms=False."),
    )
