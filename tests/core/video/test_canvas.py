"""Drawing into YUV looks as drawing into BGR does."""

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace

from siapp.core.boxstyle import CLASS_COLOURS, RGB
from siapp.core.video.canvas import Canvas, Form, bgr_canvas, patch_in, yuv_canvas
from siapp.core.video.detections import Detections
from siapp.core.video.drawing import draw
from siapp.core.video.pictures import Pixels, own_yuv, plane, to_bgr

CLASSES = ("person", "bicycle", "car", "行人与自行车")
FOUND: Detections = np.array(
    [(100, 80, 300, 200, 0.9, 0), (311.4, 90.7, 500.2, 301.9, 0.5, 2), (0, 300, 640, 360, 0.77, 3)], np.float32
)


def grey(width: int = 640, height: int = 360) -> Pixels:
    return np.full((height, width, 3), 90, np.uint8)


def yuv(bgr: Pixels, colorspace: Colorspace = Colorspace.ITU601) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(bgr, format="bgr24").reformat(format="yuv420p", dst_colorspace=colorspace)
    frame.colorspace = colorspace
    return own_yuv(frame)


@pytest.mark.parametrize("colour", CLASS_COLOURS)
@pytest.mark.parametrize("colorspace", [Colorspace.ITU601, Colorspace.ITU709])
def test_a_line_has_the_colour_in_each_matrix(colorspace: Colorspace, colour: RGB) -> None:
    frame = yuv(grey(64, 48), colorspace)
    yuv_canvas(frame).outline(0, 0, 64, 48, 24, colour)  # so wide that nothing is left in the middle
    assert np.abs(to_bgr(frame).reshape(-1, 3).mean(axis=0) - colour[::-1]).max() < 4


@pytest.mark.parametrize(
    "box", [(-10, -10, 16, 16), (50, 30, 90, 90), (10, 10, 20, 20), (70, 0, 90, 9), (0, 0, 64, 48)]
)
def test_an_outline_is_as_wide_as_said_and_cut_at_the_edges(box: tuple[int, int, int, int]) -> None:
    picture = grey(64, 48)
    bgr_canvas(picture).outline(*box, 2, (255, 255, 255))
    expected = grey(64, 48)
    x1, y1, x2, y2 = box
    for y in range(48):
        for x in range(64):
            inside = x1 + 2 <= x < x2 - 2 and y1 + 2 <= y < y2 - 2
            if x1 <= x < x2 and y1 <= y < y2 and not inside:
                expected[y, x] = 255
    assert (picture == expected).all()


@pytest.mark.parametrize("labels", [True, False])
def test_boxes_and_labels_are_where_bgr_has_them(labels: bool) -> None:
    shown, frame = grey(), yuv(grey())
    draw(bgr_canvas(shown), FOUND, CLASSES, labels=labels)
    draw(yuv_canvas(frame), FOUND, CLASSES, labels=labels)
    apart = np.abs(to_bgr(frame).astype(int) - shown).max(axis=2)
    in_bgr, in_yuv = (shown != 90).any(axis=2), np.abs(to_bgr(frame).astype(int) - 90).max(axis=2) > 12
    assert in_yuv.sum() == pytest.approx(in_bgr.sum(), rel=0.1)
    # Lines may lie a pixel beside each other, since two by two pixels share a colour.
    grown = np.zeros_like(in_bgr)
    for dy in (-2, -1, 0, 1, 2):
        for dx in (-2, -1, 0, 1, 2):
            grown |= np.roll(in_bgr, (dy, dx), (0, 1))
    assert not (in_yuv & ~grown).any()
    assert (apart > 60).mean() < 0.03


def test_the_text_of_a_label_can_be_read_in_yuv() -> None:
    frame = yuv(grey())
    draw(yuv_canvas(frame), FOUND[:1], CLASSES)
    brightness = plane(frame, 0)[60:79, 100:170].astype(int)
    assert brightness.max() - brightness.min() > 80


@pytest.mark.parametrize("size", [(2, 2), (4, 6), (16, 16), (40, 8)])
def test_tiny_pictures_are_drawn_on_all_the_same(size: tuple[int, int]) -> None:
    frame = yuv(grey(*size))
    draw(yuv_canvas(frame), FOUND, CLASSES)
    assert plane(frame, 0).shape == (size[1], size[0])


def test_a_patch_keeps_its_size_in_every_form() -> None:
    patch = np.zeros((6, 10, 3), np.uint8)
    assert [part.shape for part in patch_in(Form.BGR, patch)] == [(6, 10, 3)]
    assert [part.shape for part in patch_in(Form.YUV_709, patch)] == [(6, 10), (3, 5), (3, 5)]


def test_a_patch_that_leaves_the_picture_is_cut() -> None:
    picture = grey(20, 10)
    Canvas((picture,), Form.BGR).paste(16, 8, (np.full((6, 10, 3), 255, np.uint8),))
    assert (picture[8:, 16:] == 255).all() and (picture == 255).all(axis=2).sum() == 8
