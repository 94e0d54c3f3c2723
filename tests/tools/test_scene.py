"""The drawn street and its truth: what other tests lean on when they say that a detection lies on the known box."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.demo.scene import CAR_TRAVEL, DEMO_SEED, LABELS, PERIOD, Scene, empty_street, moving_car

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "resources" / "demo"
SIZES = [(320, 240), (640, 360), (640, 480), (1280, 720)]
Box = tuple[float, float, float, float]
NOTICED = 8
"""Levels out of 255 by which a pixel must differ to count as changed."""


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(640, 360)


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DEMO / "demo.truth.json").read_text(encoding="ascii"))
    return content


def changed(picture: NDArray[np.uint8], empty: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray(np.abs(picture.astype(int) - empty).max(axis=2) > NOTICED)


def brighter_or_coloured(picture: NDArray[np.uint8], empty: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Pixels that no shadow explains: a shadow takes the same share of each colour, at most half of it."""
    kept = (picture.astype(float) + 1) / (empty.astype(float) + 1)
    return np.asarray((kept.max(axis=2) > 1.06) | (np.ptp(kept, axis=2) > 0.12) | (kept.min(axis=2) < 0.4))


def grown(box: Box, by: float, width: int, height: int) -> tuple[slice, slice]:
    x1, y1, x2, y2 = box
    rows = slice(max(0, int(y1 - by)), min(height, int(np.ceil(y2 + by))))
    return rows, slice(max(0, int(x1 - by)), min(width, int(np.ceil(x2 + by))))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_picture_has_the_size_asked_for_and_boxes_lie_in_it(width: int, height: int) -> None:
    picture, items = Scene(width, height, seed=5).frame(0)
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.uint8
    assert items
    for item in items:
        x1, y1, x2, y2 = item.box
        assert 0 <= x1 < x2 <= width
        assert 0 <= y1 < y2 <= height
        assert LABELS[item.class_id] == item.label


def test_the_same_seed_and_index_give_the_same_picture(scene: Scene) -> None:
    picture, items = Scene(640, 360).frame(17)
    again, same_items = scene.frame(17)
    assert np.array_equal(picture, again)
    assert items == same_items


def test_another_index_or_seed_gives_another_picture(scene: Scene) -> None:
    picture, items = scene.frame(17)
    assert scene.frame(18)[1] != items
    assert not np.array_equal(Scene(640, 360, DEMO_SEED + 1).frame(17)[0], picture)


def test_the_street_comes_again_after_one_period(scene: Scene) -> None:
    assert np.array_equal(scene.frame(3)[0], scene.frame(3 + PERIOD)[0])


def test_nothing_jumps_where_the_last_frame_meets_the_first(scene: Scene) -> None:
    def step(index: int) -> float:
        following, picture = scene.frame(index + 1)[0].astype(float), scene.frame(index)[0].astype(float)
        return float(np.abs(following - picture).mean())

    assert step(PERIOD - 1) < 2 * max(step(0), step(PERIOD // 2))


def test_all_four_classes_are_seen_in_the_demo(truth: dict[str, Any]) -> None:
    seen = {int(row[0]) for frame in truth["frames"] for row in frame}
    assert seen == set(range(len(LABELS)))
    assert truth["labels"] == list(LABELS) == ["person", "bicycle", "car", "truck"]


@pytest.mark.parametrize("index", [0, 100, 200])
def test_something_stands_in_each_box_of_the_truth(scene: Scene, index: int) -> None:
    picture, items = scene.frame(index)
    different = changed(picture, scene.empty(index))
    for item in items:
        inside = different[grown(item.box, 0, 640, 360)]
        assert inside.mean() > 0.25, item
        # Two pixels, because the outermost one may show half of a dark shoe on dark ground.
        edges = inside[:2].any(), inside[-2:].any(), inside[:, :2].any(), inside[:, -2:].any()
        assert all(edges), item


@pytest.mark.parametrize("index", [0, 100, 200])
def test_outside_all_boxes_there_is_hardly_anything_but_shadow(scene: Scene, index: int) -> None:
    picture, items = scene.frame(index)
    strange = brighter_or_coloured(picture, scene.empty(index))
    assert strange.mean() > 0.03
    for item in items:
        strange[grown(item.box, 1, 640, 360)] = False
    # What is left belongs to figures that are mostly hidden or outside, which the truth leaves out on purpose.
    assert strange.mean() < 0.01


@pytest.mark.parametrize(("width", "height"), SIZES[:3])
@pytest.mark.parametrize("index", [0, 20, CAR_TRAVEL - 1, CAR_TRAVEL, CAR_TRAVEL + 30])
def test_the_moving_car_fills_its_box_and_is_nowhere_else(width: int, height: int, index: int) -> None:
    picture, box = moving_car(width, height, index)
    strange = brighter_or_coloured(picture, empty_street(width, height))
    assert strange[grown(box, 0, width, height)].mean() > 0.5
    strange[grown(box, 1, width, height)] = False
    assert not strange.any()


@pytest.mark.parametrize(("width", "height"), SIZES[:3])
def test_the_moving_car_is_whole_in_every_frame_and_never_jumps(width: int, height: int) -> None:
    boxes = np.array([moving_car(width, height, index)[1] for index in range(2 * CAR_TRAVEL + 1)])
    assert np.array_equal(boxes[0], boxes[-1])
    assert boxes.min() > 1
    assert (boxes[:, 2:] < (width - 1, height - 1)).all()
    middles = (boxes[:, 0] + boxes[:, 2]) / 2
    assert np.ptp(middles) > width * 0.55
    one_way = middles[:CAR_TRAVEL]
    assert (np.diff(one_way) > 0).all()
    assert np.abs(np.diff(middles)).max() < width * 0.1


def test_the_truth_file_is_what_the_scene_says(truth: dict[str, Any]) -> None:
    scene = Scene(truth["width"], truth["height"], truth["seed"])
    assert len(truth["frames"]) == PERIOD
    for index in (0, 77, PERIOD - 1):
        told = [(row[0], *row[1:]) for row in truth["frames"][index]]
        assert told == [(item.class_id, *item.box) for item in scene.frame(index)[1]]


def test_the_shipped_and_golden_files_stay_small() -> None:
    shipped = sum(path.stat().st_size for path in DEMO.iterdir())
    golden = sum(path.stat().st_size for path in (ROOT / "tests" / "data").rglob("*") if path.is_file())
    assert shipped < 4.5e6
    assert golden < 2.5e6
