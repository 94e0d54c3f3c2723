"""The one table for how detections look."""

import pytest

from siapp.core.boxstyle import (
    CLASS_COLOURS,
    DARK_TEXT,
    LIGHT_TEXT,
    MOST_ARRANGED,
    class_colour,
    drawing_scale,
    label_text,
    line_width,
    place_plates,
    text_colour,
)

PICTURE = (640, 360)
TEXT = (60, 14)


def _overlap(plate: tuple[int, int, int, int], box: tuple[float, float, float, float]) -> bool:
    x, y, width, height = plate
    return x < box[2] and x + width > box[0] and y < box[3] and y + height > box[1]


def test_there_are_twelve_colours_and_each_class_keeps_its_own() -> None:
    assert len(set(CLASS_COLOURS)) == 12
    assert class_colour(3) == class_colour(15) != class_colour(4)


def test_text_is_dark_on_light_plates_and_light_on_dark_ones() -> None:
    assert text_colour((255, 255, 255)) == DARK_TEXT and text_colour((80, 0, 60)) == LIGHT_TEXT


def test_a_line_is_two_pixels_and_grows_with_large_pictures() -> None:
    assert [line_width(drawing_scale(height)) for height in (360, 1080, 2160)] == [2, 2, 4]


def test_the_label_has_whole_percents() -> None:
    assert label_text("car", 0.876) == "car 88%"


def test_a_plate_stands_on_its_box() -> None:
    assert place_plates([(100, 100, 300, 200)], PICTURE, [TEXT]) == [(100, 82, 68, 18)]


@pytest.mark.parametrize("box", [(-20, -10, 30, 40), (600, 0, 660, 30), (0, 350, 20, 380), (0, 0, 640, 360)])
def test_a_plate_never_leaves_the_picture(box: tuple[float, float, float, float]) -> None:
    ((x, y, width, height),) = place_plates([box], PICTURE, [TEXT])
    assert x >= 0 and y >= 0 and x + width <= 640 and y + height <= 360


def test_a_plate_goes_elsewhere_rather_than_over_a_neighbour() -> None:
    upper, lower = (100, 40, 200, 100), (100, 110, 200, 200)
    plates = place_plates([upper, lower], PICTURE, [TEXT, TEXT])
    assert not _overlap(plates[1], upper) and not _overlap(plates[0], lower)


def test_plates_of_one_place_do_not_cover_each_other() -> None:
    boxes = [(100.0, 100.0, 200.0, 200.0)] * 3
    plates = place_plates(boxes, PICTURE, [TEXT] * 3)
    assert len(set(plates)) == 3


def test_nothing_is_looked_for_beyond_a_crowd() -> None:
    boxes = [(100.0, 50.0, 110.0, 90.0)] * (MOST_ARRANGED + 2)
    plates = place_plates(boxes, PICTURE, [TEXT] * len(boxes))
    assert plates[-1] == plates[-2] == plates[0]


def test_plates_of_a_street_full_of_people_keep_apart() -> None:
    boxes = [(20.0 + 90 * (n % 6), 40.0 + 70 * (n // 6), 60.0 + 90 * (n % 6), 90.0 + 70 * (n // 6)) for n in range(30)]
    plates = place_plates(boxes, PICTURE, [TEXT] * 30)
    pairs = [(one, two) for number, one in enumerate(plates) for two in plates[:number]]
    assert not any(_overlap(one, (x, y, x + width, y + height)) for one, (x, y, width, height) in pairs)
