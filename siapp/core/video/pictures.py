"""Pixel formats. Frames travel as I420 (half of BGR), networks and drawing take BGR, windows BGRA, browsers JPEG.

BGR is made by FFmpeg's scaler, as cv2.VideoCapture and so ultralytics make it. It is about one level darker than
cv2.cvtColor's; a YOLOv8n moves its scores by 0.02 for that, and its detections would not agree with theirs.
"""

import threading
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import Colorspace, VideoReformatter
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

JPEG_QUALITY = 80
_QUALITIES = (JPEG_QUALITY, 60, 40, 20, 5)  # until it is small enough
_LIMITED_RANGE = 1
_FULL_RANGE = 2
# The two matrices that we draw with; what does not say is taken for BT.601, as FFmpeg's scaler takes it.
_UNSAID, _SMPTE170M = 2, 6
_KNOWN_COLOURS = (Colorspace.ITU709, Colorspace.ITU601, Colorspace.FCC, _SMPTE170M, _UNSAID)


class _Own(threading.local):
    """A scaler for each thread; a frame's own one would be set up anew with every frame."""

    def __init__(self) -> None:
        self.scaler = VideoReformatter()


_own = _Own()


def to_i420(frame: av.VideoFrame) -> Pixels:
    """A decoded frame as I420 of limited range: uint8 (H * 3 / 2, W), the Y plane above U and V; H and W even.

    Odd sizes lose their last row or column: I420 has one colour for two by two pixels.
    """
    return np.asarray(_as_yuv(frame).to_ndarray(), dtype=np.uint8)


def own_yuv(frame: av.VideoFrame) -> av.VideoFrame:
    """A decoded frame, upright, as yuv420p of limited range and even size that is ours alone to draw into: the
    decoder goes on reading from its own."""
    source = _as_yuv(frame)
    turns = frame.rotation // 90
    width, height = (source.height, source.width) if turns % 2 else (source.width, source.height)
    own = av.VideoFrame(width, height, "yuv420p")
    own.colorspace = Colorspace.ITU709 if frame.colorspace == Colorspace.ITU709 else Colorspace.ITU601
    own.color_range = _LIMITED_RANGE
    for number in range(3):
        plane(own, number)[:] = np.rot90(plane(source, number), turns)
    return own


def plane(frame: av.VideoFrame, number: int) -> Pixels:
    """A plane of a yuv420p frame where it lies: uint8 (H, W), without the padding of its lines."""
    stored = frame.planes[number]
    lines = np.frombuffer(stored, np.uint8).reshape(-1, stored.line_size)  # type: ignore[call-overload]
    return _pixels(lines[: stored.height, : stored.width])


def _as_yuv(frame: av.VideoFrame) -> av.VideoFrame:
    """The frame as yuv420p of limited range with even sides and colours that everybody knows, itself where it can."""
    width, height = frame.width & ~1, frame.height & ~1
    full = frame.format.name.startswith("yuvj") or frame.color_range == _FULL_RANGE
    known = frame.colorspace in _KNOWN_COLOURS
    if frame.format.name == "yuv420p" and not full and known and (width, height) == (frame.width, frame.height):
        return frame
    return frame.reformat(
        width,
        height,
        "yuv420p",
        dst_colorspace=None if known else Colorspace.ITU601,
        src_color_range=_FULL_RANGE if full else _LIMITED_RANGE,
        dst_color_range=_LIMITED_RANGE,
    )


def to_bgr(frame: av.VideoFrame) -> Pixels:
    """A decoded frame as BGR, upright: uint8 (H, W, 3), a copy. Any format; colour space and range are heeded."""
    bgr = _pixels(_own.scaler.reformat(frame, format="bgr24").to_ndarray())
    # A telephone held upright records lying pictures, and says so.
    return np.ascontiguousarray(np.rot90(bgr, frame.rotation // 90)) if frame.rotation else bgr


def i420_to_bgr(i420: Pixels) -> Pixels:
    """uint8 (H * 3 / 2, W) of limited range to BGR (H, W, 3), a copy."""
    width, height = i420.shape[1], i420.shape[0] * 2 // 3
    pixels, quarter = i420.reshape(-1), width * height // 4
    frame = av.VideoFrame(width, height, "yuv420p")
    plane(frame, 0)[:] = pixels[: 4 * quarter].reshape(height, width)
    for number in (1, 2):
        colours = pixels[(3 + number) * quarter : (4 + number) * quarter]
        plane(frame, number)[:] = colours.reshape(height // 2, width // 2)
    return to_bgr(frame)


def fitted_size(width: int, height: int, max_width: int, max_height: int) -> tuple[int, int]:
    """(width, height) of the picture when it is shrunk, never enlarged, to fit a box, its shape kept."""
    ratio = min(1.0, max_width / width, max_height / height)
    return max(1, round(width * ratio)), max(1, round(height * ratio))


def resized(bgr: Pixels, width: int, height: int) -> Pixels:
    """The picture in another size; itself where it has that size already."""
    if (bgr.shape[1], bgr.shape[0]) == (width, height):
        return bgr
    shrinks = width < bgr.shape[1]
    return _pixels(cv2.resize(bgr, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR))


def to_bgra(bgr: Pixels) -> Pixels:
    """Qt's Format_RGB32 on little-endian machines: uint8 (H, W, 4) as B, G, R, 255."""
    return _pixels(cv2.cvtColor(bgr, cv2.COLOR_BGR2BGRA))


def to_jpeg(bgr: Pixels, quality: int = JPEG_QUALITY) -> bytes:
    good, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not good:
        raise ValueError("the picture could not be encoded")
    return encoded.tobytes()


def small_jpeg(frame: av.VideoFrame, max_width: int, max_height: int, most_bytes: int) -> bytes:
    """A decoded frame, upright and shrunk to fit a box, as a JPEG of at most `most_bytes`.

    Raises ValueError where even the poorest quality is larger.
    """
    turned = frame.rotation // 90 % 2
    box = (max_height, max_width) if turned else (max_width, max_height)
    width, height = fitted_size(frame.width, frame.height, *box)
    bgr = _pixels(_own.scaler.reformat(frame, width, height, "bgr24").to_ndarray())
    upright = np.ascontiguousarray(np.rot90(bgr, frame.rotation // 90)) if frame.rotation else bgr
    for quality in _QUALITIES:
        encoded = to_jpeg(upright, quality)
        if len(encoded) <= most_bytes:
            return encoded
    raise ValueError("the picture can't be made small enough")


def _pixels(array: Any) -> Pixels:
    return np.asarray(array, dtype=np.uint8)
