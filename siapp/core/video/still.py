"""One picture file that nobody vouches for: decoded within limits, and what a network finds in it."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from siapp.core.domain import TaskOptions
from siapp.core.errors import InvalidInput
from siapp.core.i18n import _
from siapp.core.specs import ModelSpec
from siapp.core.trials import MOST_BYTES, MOST_PIXELS, MOST_SHOWN
from siapp.core.video.detections import Detections
from siapp.core.video.detector import Detector
from siapp.core.video.pictures import Pixels, fitted_size, resized, to_bgra
from siapp.core.video.yolo import decode_output

_NOT_A_PICTURE = _("This file is not a picture that siapp can read. It takes JPEG, PNG, BMP and WebP.")
_TOO_MANY_PIXELS = _("The picture has too many pixels; {most} million are allowed. Save it smaller and try again.")


@dataclass(frozen=True, slots=True)
class Finding:
    """`found`: float32 (n, 6) as in `yolo`, each row once; `kept`: rows of `found` for each IoU, best first."""

    found: Detections
    kept: dict[float, list[int]]
    inference_ms: float


def read_picture(path: Path) -> Pixels:
    """A picture file as BGR, upright: uint8 (H, W, 3). Of animations the first picture.

    The file's first bytes choose one of four decoders; its name says nothing. OpenCV, and not FFmpeg, because
    ultralytics reads pictures with it. Raises InvalidInput `not_a_picture` or `too_many_pixels`.
    """
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES or not _is_known(data):
        raise InvalidInput("not_a_picture", _NOT_A_PICTURE)
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        # OPENCV_IO_MAX_IMAGE_PIXELS and its sisters, compared with the header before a byte is allocated.
        if "MAX_IMAGE" in str(error):
            raise InvalidInput("too_many_pixels", _TOO_MANY_PIXELS, most=MOST_PIXELS // 1_000_000) from None
        raise InvalidInput("not_a_picture", _NOT_A_PICTURE) from None
    if pixels is None:
        raise InvalidInput("not_a_picture", _NOT_A_PICTURE)
    return np.asarray(pixels, np.uint8)


def look(bgr: Pixels, model: ModelSpec, options: TaskOptions, ious: Iterable[float]) -> Finding:
    """What the network finds, suppressed for each of `ious`. It runs twice: the first time is no measure."""
    height, width = bgr.shape[:2]
    network = Detector(model).network(width, height)
    request = network.compiled.request()
    network.start(request, bgr)
    request.result()
    started = time.perf_counter()
    request.start()
    raw = request.result()
    spent_ms = (time.perf_counter() - started) * 1000
    rows: dict[tuple[float, ...], int] = {}
    kept: dict[float, list[int]] = {}
    for iou in ious:
        found = decode_output(raw, network.box, network.size, replace(options, iou=iou))
        kept[iou] = [rows.setdefault(tuple(row), len(rows)) for row in found.tolist()]
    return Finding(np.array(list(rows), np.float32).reshape(-1, 6), kept, spent_ms)


def for_display(bgr: Pixels) -> Pixels:
    """BGRA, shrunk to MOST_SHOWN where it is larger: uint8 (H, W, 4)."""
    width, height = fitted_size(bgr.shape[1], bgr.shape[0], MOST_SHOWN, MOST_SHOWN)
    return to_bgra(resized(bgr, width, height))


def _is_known(data: bytes) -> bool:
    """JPEG, PNG, BMP or WebP by its first bytes, which is how OpenCV chooses, too."""
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM")) or (
        data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    )
