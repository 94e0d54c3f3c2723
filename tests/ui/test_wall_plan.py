"""What is where on a wall: placing, moving and resizing as pure values, and documents of any age."""

import json
from itertools import combinations
from typing import Any

import pytest

from siapp.core.domain import StreamKey, StreamKind
from siapp.ui.live.layout import FIXED, FREE_GRID, Area, WallLayout, any_free_area, cells, free_area, grid, widened
from siapp.ui.live.plan import FreeLayout, Plan, Slot, from_json, to_json
from siapp.ui.live.source import key_text, parse_key

A, B, C, D = (StreamKey(StreamKind.TASK, number) for number in (1, 2, 3, 4))
CAMERA = StreamKey(StreamKind.DEVICE, 1)
FOUR = Plan(WallLayout.FOUR, {WallLayout.FOUR: (A, B, None, CAMERA)})
FREE = Plan(WallLayout.FREE, free=(FreeLayout("Night", (Slot(Area(0, 0, 6, 6), A), Slot(Area(6, 0, 6, 6), B))),))


def keys(plan: Plan) -> list[StreamKey | None]:
    return [slot.key for slot in plan.slots()]


def test_what_is_placed_takes_the_place_of_what_was_there() -> None:
    assert keys(FOUR.placed(C, 1)) == [A, C, None, CAMERA]
    assert keys(FREE.placed(C, 1)) == [A, C]


def test_what_is_on_the_wall_already_changes_places() -> None:
    assert keys(FOUR.placed(A, 3)) == [CAMERA, B, None, A]
    assert keys(FOUR.placed(A, 2)) == [None, B, A, CAMERA]
    assert keys(FREE.placed(A, 1)) == [B, A]


def test_a_tile_that_is_put_there_takes_the_first_room() -> None:
    assert (put := FOUR.put(C)) is not None and keys(put) == [A, B, C, CAMERA]
    assert put.put(D) is None
    put = FREE.put(C)
    assert put is not None and put.slots()[-1] == Slot(Area(0, 6, 4, 4), C)


def test_a_tile_of_a_free_layout_stays_on_the_grid_and_off_its_neighbours() -> None:
    assert FREE.reshaped(0, Area(0, 6, 6, 6)) is not None
    for wrong in (Area(1, 0, 6, 6), Area(-1, 6, 6, 6), Area(0, 7, 6, 6), Area(0, 6, 1, 6), Area(0, 6, 6, 2)):
        assert FREE.reshaped(0, wrong) is None, wrong


def test_what_is_removed_leaves_a_cell_or_room() -> None:
    assert keys(FOUR.removed(B)) == [A, None, None, CAMERA]
    assert keys(FREE.removed(A)) == [B]


def test_what_no_longer_exists_leaves_every_layout() -> None:
    both = Plan(WallLayout.FOUR, FOUR.cells, FREE.free)
    known = both.known(lambda key: key == B)
    assert keys(known) == [None, B, None, None]
    assert keys(known.showing(WallLayout.FREE)) == [B]


def test_a_free_layout_begins_as_what_was_seen() -> None:
    plan = Plan().with_free("Mine", FOUR.slots(), 2, 2)
    assert plan.layout is WallLayout.FREE
    assert plan.slots() == (
        Slot(Area(0, 0, 6, 6), A),
        Slot(Area(6, 0, 6, 6), B),
        Slot(Area(6, 6, 6, 6), CAMERA),
    )


@pytest.mark.parametrize("layout", [*FIXED, WallLayout.AUTO])
@pytest.mark.parametrize("count", [1, 3, 7, 16])
def test_every_layout_fits_into_the_free_grid(layout: WallLayout, count: int) -> None:
    columns, rows = grid(layout, count)
    areas = [widened(area, columns, rows) for area in cells(columns, layout.tiles or count)]
    assert all(area.fits for area in areas)
    assert not any(one.overlaps(other) for one, other in combinations(areas, 2))


def test_the_next_free_layout_follows_one_that_is_deleted() -> None:
    plan = FREE.with_free("Day", (), 1, 1)
    assert [each.name for each in plan.free] == ["Night", "Day"] and plan.chosen == 1
    plan = plan.renamed("Noon").without_free()
    assert plan.free_layout == FREE.free_layout and plan.layout is WallLayout.FREE
    assert plan.without_free() == Plan()


def test_a_new_tile_is_as_large_as_there_is_room_around_the_drop() -> None:
    assert free_area(5, 5, []) == Area(5, 5, 4, 4)
    assert free_area(11, 11, []) == Area(8, 8, 4, 4)
    left = [Area(0, 0, 10, FREE_GRID)]
    assert free_area(11, 0, left) == Area(10, 0, 2, 4)
    assert free_area(11, 0, [Area(0, 0, 11, FREE_GRID)]) is None
    assert any_free_area([Area(0, 0, FREE_GRID, FREE_GRID)]) is None


def test_a_plan_comes_back_from_its_document() -> None:
    plan = Plan(WallLayout.FREE, FOUR.cells, (*FREE.free, FreeLayout("白天", ())), 1)
    assert from_json(json.loads(json.dumps(to_json(plan)))) == plan


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (None, Plan()),
        ([], Plan()),
        ({"layout": "hexagons", "chosen": "x", "cells": 3, "free": {}}, Plan()),
        ({"layout": "free"}, Plan()),
        ({"layout": "free", "free": [{"tiles": [["task:1", 0, 0, 99, 3], ["x", 0, 0, 3, 3], 7]}], "chosen": 5},
         Plan(WallLayout.FREE, free=(FreeLayout("–"),))),
        ({"layout": "4", "cells": {"4": ["task:1", "task:1", 5, "device:1", "task:2"], "5": ["task:1"]}},
         Plan(WallLayout.FOUR, {WallLayout.FOUR: (A, None, None, CAMERA)})),
        ({"free": [{"name": "N", "tiles": [["task:1", 0, 0, 4, 4], ["task:2", 2, 2, 4, 4], ["task:1", 8, 8, 4, 4]]}]},
         Plan(free=(FreeLayout("N", (Slot(Area(0, 0, 4, 4), A),)),))),
    ],
)  # fmt: skip
def test_of_a_strange_document_what_makes_sense_is_taken(stored: Any, expected: Plan) -> None:
    assert from_json(stored) == expected


@pytest.mark.parametrize("text", ["", "task", "task:", "task:x", "tasks:1", "task:-1", "task:١", "task:1:2", 7, None])
def test_what_is_no_key_is_none(text: Any) -> None:
    assert parse_key(text) is None


def test_a_key_comes_back_from_its_text() -> None:
    assert parse_key(key_text(CAMERA)) == CAMERA
