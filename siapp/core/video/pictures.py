"""Pixel formats. Frames travel as I420 (half of BGR), networks and drawing take BGR, windows BGRA, browsers JPEG.

BGR is made by FFmpeg's scaler, as cv2.VideoCapture and so ultralytics make it. It is about one level darker than
cv2.cvtColor's; a YOLOv8n moves its scores by 0.02 for that, and its detections would not agree with theirs.
"""

from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

JPEG_QUALITY = 80
_LIMITED_RANGE = 1
_FULL_RANGE = 2


def to_i420(frame: av.VideoFrame) -> Pixels:
    """A decoded frame as I420 of limited range: uint8 (H * 3 / 2, W), the Y plane above U and V; H and W even.

    Odd sizes lose their last row or column: I420 has one colour for two by two pixels.
    """
    width, height = frame.width & ~1, frame.height & ~1
    planar = frame.format.name == "yuv420p" and frame.color_range != _FULL_RANGE
    if not planar or (width, height) != (frame.width, frame.height):
        full = frame.format.name.startswith("yuvj") or frame.color_range == _FULL_RANGE
        frame = frame.reformat(
            width,
            height,
            "yuv420p",
            src_color_range=_FULL_RANGE if full else _LIMITED_RANGE,
            dst_color_range=_LIMITED_RANGE,
        )
    return np.asarray(frame.to_ndarray(), dtype=np.uint8)


def to_bgr(frame: av.VideoFrame) -> Pixels:
    """A decoded frame as BGR, upright: uint8 (H, W, 3), a copy. Any format; colour space and range are heeded."""
    bgr = _pixels(frame.to_ndarray(format="bgr24"))
    # A telephone held upright records lying pictures, and says so.
    return np.ascontiguousarray(np.rot90(bgr, frame.rotation // 90)) if frame.rotation else bgr


def i420_to_bgr(i420: Pixels) -> Pixels:
    """uint8 (H * 3 / 2, W) of limited range to BGR (H, W, 3), a copy."""
    # Not from_numpy_buffer: PyAV 18 takes heights of multiples of 4 only.
    return to_bgr(av.VideoFrame.from_ndarray(i420, format="yuv420p"))


def bgr_to_i420(bgr: Pixels) -> Pixels:
    """BGR (H, W, 3) with even H and W to uint8 (H * 3 / 2, W)."""
    return _pixels(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420))


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


def _pixels(array: Any) -> Pixels:
    return np.asarray(array, dtype=np.uint8)
