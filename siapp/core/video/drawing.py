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
from siapp.core.video.canvas import Canvas, Form, Patch, bgr_canvas, patch_in
from siapp.core.video.detections import Detections
from siapp.core.video.pictures import Pixels

_font = cv2.FontFace("sans")  # with Chinese glyphs, since OpenCV 5


def draw_detections(
    bgr: Pixels, found: Detections, classes: tuple[str, ...], *, scale_x: float = 1.0, scale_y: float = 1.0,
    labels: bool = True,
) -> None:  # fmt: skip
    """Draw into `bgr` (H, W, 3). `found` is in source pixels; the scales lead from there to this picture."""
    draw(bgr_canvas(bgr), found, classes, scale_x=scale_x, scale_y=scale_y, labels=labels)


def draw(
    canvas: Canvas, found: Detections, classes: tuple[str, ...], *, scale_x: float = 1.0, scale_y: float = 1.0,
    labels: bool = True,
) -> None:  # fmt: skip
    """The same for any canvas."""
    rows = found.tolist()
    boxes: list[Box] = [scaled_box((row[0], row[1], row[2], row[3]), scale_x, scale_y) for row in rows]
    width = _line_width(canvas)
    for box, row in zip(boxes, rows, strict=True):
        _draw_box(canvas, box, class_colour(int(row[5])), width)
    if labels and boxes:
        names = [label_text(class_name(classes, int(row[5])), row[4]) for row in rows]
        _draw_plates(canvas, boxes, names, [class_colour(int(row[5])) for row in rows])


def _line_width(canvas: Canvas) -> int:
    """Of whole steps, so that no plane has a line that another one lacks."""
    width = line_width(drawing_scale(canvas.height))
    return -(-width // canvas.step) * canvas.step


def _draw_box(canvas: Canvas, box: Box, colour: RGB, width: int) -> None:
    """A line with its middle on the box's sides, and inside the picture."""
    limits = (canvas.width - width, canvas.height - width) * 2
    x1, y1, x2, y2 = (
        max(0, canvas.snapped(min(side - width // 2, limit))) for side, limit in zip(box, limits, strict=True)
    )
    canvas.outline(x1, y1, x2 + width, y2 + width, width, colour)


def _draw_plates(canvas: Canvas, boxes: list[Box], labels: list[str], colours: list[RGB]) -> None:
    scale = drawing_scale(canvas.height)
    texts = [_text(label, round(TEXT_PX * scale)) for label in labels]
    sizes = [(text.shape[1], text.shape[0]) for text in texts]
    places = place_plates(boxes, (canvas.width, canvas.height), sizes, scale)
    for (x, y, _width, _height), label, colour in zip(places, labels, colours, strict=True):
        # Smaller than it should be only where the picture is: then it is cut.
        canvas.paste(x - x % canvas.step, y - y % canvas.step, _plate(label, colour, scale, canvas.form))


@lru_cache(maxsize=1024)
def _plate(label: str, colour: RGB, scale: float, form: Form) -> Patch:
    """A label on its plate, of even size. Cached, because mixing the letters' edges costs more than laying it down."""
    text = _text(label, round(TEXT_PX * scale))
    across, down = round(2 * PLATE_PADDING_X * scale), round(2 * PLATE_PADDING_Y * scale)
    height, width = text.shape[0] + down, text.shape[1] + across
    cover = np.zeros((height + height % 2, width + width % 2, 1), np.float32)
    cover[down // 2 : down // 2 + text.shape[0], across // 2 : across // 2 + text.shape[1], 0] = text / np.float32(255)
    paper, ink = np.array(colour[::-1], np.float32), np.array(text_colour(colour)[::-1], np.float32)
    return patch_in(form, np.asarray((paper * (1 - cover) + ink * cover).round(), dtype=np.uint8))


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
