"""Boxes and labels drawn into pixels, for those that leave for good: JPEG with boxes, key frames, result videos."""

from functools import lru_cache
from math import ceil

import cv2
import numpy as np

from siapp.core.boxstyle import (
    PLATE_PADDING_X,
    PLATE_PADDING_Y,
    RGB,
    TEXT_PX,
    Box,
    class_colour,
    drawing_scale,
    label_text,
    line_width,
    place_plates,
    scaled_box,
    text_colour,
)
from siapp.core.video.detections import Detections
from siapp.core.video.pictures import Pixels

_font = cv2.FontFace("sans")  # with Chinese glyphs, since OpenCV 5


def draw_detections(
    bgr: Pixels, found: Detections, classes: tuple[str, ...], *, scale_x: float = 1.0, scale_y: float = 1.0,
    labels: bool = True,
) -> None:  # fmt: skip
    """Draw into `bgr` (H, W, 3). `found` is in source pixels; the scales lead from there to this picture."""
    scale = drawing_scale(bgr.shape[0])
    width = line_width(scale)
    boxes: list[Box] = [scaled_box(_box(row), scale_x, scale_y) for row in found]
    for box, row in zip(boxes, found, strict=True):
        x1, y1, x2, y2 = (round(side) for side in box)
        cv2.rectangle(bgr, (x1, y1), (x2, y2), _bgr(class_colour(int(row[5]))), width, cv2.LINE_4)
    if labels and boxes:
        _draw_plates(bgr, boxes, found, classes, scale)


def _draw_plates(bgr: Pixels, boxes: list[Box], found: Detections, classes: tuple[str, ...], scale: float) -> None:
    labels = [label_text(class_name(classes, int(row[5])), float(row[4])) for row in found]
    texts = [_text(label, round(TEXT_PX * scale)) for label in labels]
    sizes = [(text.shape[1], text.shape[0]) for text in texts]
    places = place_plates(boxes, (bgr.shape[1], bgr.shape[0]), sizes, scale)
    for (x, y, width, height), label, row in zip(places, labels, found, strict=True):
        # Smaller than it should be only where the picture is: then it is cut.
        bgr[y : y + height, x : x + width] = _plate(label, class_colour(int(row[5])), scale)[:height, :width]


@lru_cache(maxsize=1024)
def _plate(label: str, colour: RGB, scale: float) -> Pixels:
    """A label on its plate: BGR (H, W, 3). Cached, because mixing the letters' edges costs more than laying it down."""
    text = _text(label, round(TEXT_PX * scale))
    across, down = round(2 * PLATE_PADDING_X * scale), round(2 * PLATE_PADDING_Y * scale)
    cover = np.zeros((text.shape[0] + down, text.shape[1] + across, 1), np.float32)
    cover[down // 2 : down // 2 + text.shape[0], across // 2 : across // 2 + text.shape[1], 0] = text / np.float32(255)
    paper, ink = np.array(_bgr(colour), np.float32), np.array(_bgr(text_colour(colour)), np.float32)
    return np.asarray((paper * (1 - cover) + ink * cover).round(), dtype=np.uint8)


def class_name(classes: tuple[str, ...], class_id: int) -> str:
    return classes[class_id] if class_id < len(classes) else f"class{class_id}"


@lru_cache(maxsize=2048)
def _text(text: str, pixels: int) -> Pixels:
    """How much of each pixel a text covers: uint8 (H, W). Cached, because setting a text costs more than a box."""
    (_x, _y, width, _height) = cv2.getTextSize((4096, 256), text, (0, 0), _font, pixels)
    # Room below the line for g and brackets, a pixel at each side for j.
    canvas = np.zeros((ceil(pixels * 1.3), max(0, width) + 2, 3), np.uint8)
    cv2.putText(canvas, text, (1, pixels), (255, 255, 255), _font, pixels)
    return np.ascontiguousarray(canvas[:, :, 0])


def _box(row: np.ndarray) -> Box:
    return float(row[0]), float(row[1]), float(row[2]), float(row[3])


def _bgr(rgb: tuple[int, int, int]) -> tuple[int, int, int]:
    return rgb[2], rgb[1], rgb[0]
