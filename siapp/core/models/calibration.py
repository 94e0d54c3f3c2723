"""Pictures of a camera or a video, as a network sees them: what quantisation is calibrated on and judged by."""

import time
from collections.abc import Iterator
from typing import Final

import numpy as np

from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.models.importer import Report
from siapp.core.specs import CameraSource, ModelSpec
from siapp.core.video.letterbox import PADDING_GREY, fill_letterbox, letterbox_for
from siapp.core.video.pictures import Pixels, to_bgr
from siapp.core.video.source import TimedFrame, VideoSource, open_source

LEAST_PICTURES: Final = 8
"""Half of them calibrate, half of them judge; real figures take many more."""
CAMERA_PACE_S: Final = 0.2
LONGEST_S: Final = 120.0
"""A camera that is slow, or a recording of hours: what has come by then has to do."""

_COLLECTING: Final = _("Collecting pictures")


def collect(source: CameraSource, model: ModelSpec, count: int, report: Report) -> list[Pixels]:
    """At most `count` pictures, spread over a video or taken from a camera in turn, in the network's input size.

    Each is uint8 (H, W, 3), BGR, laid into the letterbox that `model` gets for pictures of the first one's size.
    MediaError where the source can't be opened or breaks; SiappError `too_few_pictures`.
    """
    pictures = _Pictures(model)
    with open_source(source) as stream:
        kept = _spread(stream, pictures, count, report) if source.is_file else _paced(stream, pictures, count, report)
    if len(kept) < LEAST_PICTURES:
        raise SiappError(
            "too_few_pictures",
            _("Only {found} pictures could be had of it, and {least} are needed."),
            found=len(kept),
            least=LEAST_PICTURES,
        )
    return kept


class _Pictures:
    """Lays frames into the letterbox of the first one."""

    def __init__(self, model: ModelSpec) -> None:
        self._model = model
        self._size: tuple[int, int] | None = None

    def take(self, frame: TimedFrame) -> Pixels | None:
        """None for one that the network would see in another size, and for a damaged one."""
        if frame.damaged:
            return None
        bgr = to_bgr(frame.picture)
        box = letterbox_for(bgr.shape[1], bgr.shape[0], self._model)
        self._size = self._size or (box.width, box.height)
        if (box.width, box.height) != self._size:
            return None
        canvas: Pixels = np.full((box.height, box.width, 3), PADDING_GREY, np.uint8)
        fill_letterbox(bgr, box, canvas)
        return canvas


def _spread(stream: VideoSource, pictures: _Pictures, count: int, report: Report) -> list[Pixels]:
    """Every n-th frame of a file, whose length need not be known: n doubles whenever there are too many."""
    kept: list[Pixels] = []
    step, length = 1, stream.info.frames
    for number, frame in enumerate(_for_a_while(stream)):
        if number % step == 0 and (picture := pictures.take(frame)) is not None:
            kept.append(picture)
            if len(kept) > count:
                kept, step = kept[::2], step * 2
            report(min(1.0, number / length) if length else 0.0, _COLLECTING)
    return kept


def _paced(stream: VideoSource, pictures: _Pictures, count: int, report: Report) -> list[Pixels]:
    """A picture of a camera now and then: two in a row are the same scene."""
    kept: list[Pixels] = []
    due = 0.0
    for frame in _for_a_while(stream):
        if frame.time_s >= due and (picture := pictures.take(frame)) is not None:
            kept.append(picture)
            due = frame.time_s + CAMERA_PACE_S
            report(len(kept) / count, _COLLECTING)
            if len(kept) >= count:
                break
    return kept


def _for_a_while(stream: VideoSource) -> Iterator[TimedFrame]:
    end = time.monotonic() + LONGEST_S
    for frame in stream.frames(lambda: time.monotonic() < end):
        yield frame
        if time.monotonic() >= end:
            return
