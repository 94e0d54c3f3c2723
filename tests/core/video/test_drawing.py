"""Boxes and labels in the right pixels, in the class's colour, and never outside the picture."""

import numpy as np
import pytest

from siapp.core.boxstyle import class_colour, drawing_scale, line_width
from siapp.core.video import drawing
from siapp.core.video.detections import Detections
from siapp.core.video.drawing import class_name, draw_detections
from siapp.core.video.pictures import Pixels

GREY = 90
CLASSES = ("person", "bicycle", "car", "行人与自行车")


def picture(width: int = 640, height: int = 360) -> Pixels:
    return np.full((height, width, 3), GREY, np.uint8)


def found(*rows: tuple[float, float, float, float, float, int]) -> Detections:
    return np.array(rows, np.float32).reshape(-1, 6)


def bgr(class_id: int) -> tuple[int, int, int]:
    red, green, blue = class_colour(class_id)
    return blue, green, red


def coloured(shown: Pixels, class_id: int) -> np.ndarray:
    """Where the class's own colour is."""
    return np.asarray((shown == bgr(class_id)).all(axis=2))


def touched(shown: Pixels) -> np.ndarray:
    return np.asarray((shown != GREY).any(axis=2))


@pytest.mark.parametrize("class_id", [0, 1, 2, 13])
def test_a_box_is_a_line_of_its_class_s_colour_on_its_edges(class_id: int) -> None:
    shown = picture()
    draw_detections(shown, found((100, 80, 300, 200, 0.9, class_id)), CLASSES, labels=False)
    line = coloured(shown, class_id)
    assert line[80, 100:301].all() and line[200, 100:301].all(), "top and bottom"
    assert line[80:201, 100].all() and line[80:201, 300].all(), "left and right"
    assert not touched(shown[83:198, 103:298]).any(), "nothing inside"
    assert not touched(shown)[:78].any() and not touched(shown)[:, :98].any(), "nothing outside"


def test_scales_lead_from_the_source_to_the_picture() -> None:
    shown = picture(320, 180)
    draw_detections(shown, found((200, 160, 600, 400, 0.9, 0)), CLASSES, scale_x=0.5, scale_y=0.25, labels=False)
    rows, columns = np.nonzero(coloured(shown, 0))
    assert abs(rows.min() - 40) <= 1 and abs(rows.max() - 100) <= 1
    assert abs(columns.min() - 100) <= 1 and abs(columns.max() - 300) <= 1


def test_lines_grow_with_pictures_that_are_shown_smaller() -> None:
    shown = picture(3840, 2160)
    draw_detections(shown, found((1000, 1000, 2000, 1500, 0.9, 0)), CLASSES, labels=False)
    thickness = coloured(shown, 0)[900:1100, 1500].sum()
    assert thickness == pytest.approx(line_width(drawing_scale(2160)), abs=1)
    assert thickness >= 3


def test_a_plate_with_its_text_stands_on_the_box() -> None:
    shown = picture()
    draw_detections(shown, found((100, 80, 300, 200, 0.9, 2)), CLASSES)
    rows, columns = np.nonzero(touched(shown[:79]))
    assert rows.min() >= 55 and columns.min() == pytest.approx(100, abs=1), "above the box, from its left edge"
    plate = shown[rows.min() : 79, columns.min() : columns.max() + 1]
    assert (plate == bgr(2)).all(axis=2).mean() > 0.4, "mostly the class's colour"
    assert np.abs(plate.astype(int) - bgr(2)).sum(axis=2).max() > 250, "with text that stands out"


def test_without_labels_there_is_no_plate() -> None:
    shown = picture()
    draw_detections(shown, found((100, 80, 300, 200, 0.9, 2)), CLASSES, labels=False)
    assert not touched(shown[:79]).any()


def test_chinese_names_are_written_and_not_replaced_by_boxes() -> None:
    texts = [drawing._text(f"{name} 90%", 12) for name in ("行人", "卡车", "公交")]
    assert not np.array_equal(texts[0], texts[1]) and not np.array_equal(texts[1], texts[2])
    missing = drawing._text("\U0010fffd\U0010fffd 90%", 12)  # no font has this
    assert all(text.shape != missing.shape or not np.array_equal(text, missing) for text in texts)
    assert all((text > 0).mean() > 0.08 for text in texts), "there is ink"


@pytest.mark.parametrize("pixels", [12, 13, 18, 24, 31])
@pytest.mark.parametrize("name", ["jgpqy()[]", "ÄÖÜ", "行人与自行车"])
def test_no_letter_is_cut_off(name: str, pixels: int) -> None:
    text = drawing._text(name, pixels)
    assert text[0].max() < 20 and text[-1].max() < 20, "a free row above and below"
    assert text[:, -1].max() < 128


@pytest.mark.parametrize(
    "box",
    [(0, 0, 40, 30), (600, 0, 640, 30), (0, 330, 40, 360), (600, 330, 640, 360), (0, 0, 640, 360), (300, 1, 301, 2)],
)
def test_a_plate_never_leaves_the_picture(box: tuple[int, int, int, int]) -> None:
    frame = np.full((400, 700, 3), GREY, np.uint8)
    inner = frame[20:380, 30:670]
    draw_detections(inner, found((*box, 0.9, 3)), CLASSES)
    around = frame.copy()
    around[20:380, 30:670] = GREY
    assert not touched(around).any()
    assert coloured(inner, 3).sum() > 200, "and it is there"


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (5, 3), (16, 16), (40, 8), (8, 40)])
def test_tiny_pictures_are_drawn_on_all_the_same(size: tuple[int, int]) -> None:
    shown = picture(*size)
    draw_detections(shown, found((0, 0, size[0], size[1], 0.9, 3), (0, 0, 1, 1, 0.5, 0)), CLASSES)
    assert shown.shape == (size[1], size[0], 3)


def test_many_objects_are_all_drawn() -> None:
    shown = picture(1280, 720)
    rows = [(x * 60.0, y * 45.0, x * 60.0 + 50, y * 45.0 + 35, 0.5, x % 3) for x in range(20) for y in range(15)]
    draw_detections(shown, found(*rows), CLASSES, labels=False)
    for x1, y1, _x2, _y2, _score, class_id in rows:
        assert coloured(shown, int(class_id))[round(y1), round(x1) + 25]


def test_nothing_found_changes_nothing() -> None:
    shown = picture()
    draw_detections(shown, found(), CLASSES)
    assert not touched(shown).any()


def test_a_class_without_a_name_is_called_by_its_number() -> None:
    assert class_name(CLASSES, 2) == "car"
    assert class_name(CLASSES, 7) == "class7"
    shown = picture()
    draw_detections(shown, found((100, 80, 300, 200, 0.9, 99)), CLASSES)
    assert coloured(shown, 99).any()
