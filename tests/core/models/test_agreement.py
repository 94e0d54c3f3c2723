"""Which boxes of two networks are the same ones."""

import numpy as np
import pytest

from siapp.core.models.agreement import matches
from siapp.core.video.detections import NOTHING_FOUND, Detections


def found(*rows: tuple[float, float, float, float, float, int]) -> Detections:
    return np.array(rows, np.float32)


ONE = (10, 10, 50, 50, 0.9, 2)


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        (ONE, 1.0),
        ((10, 10, 50, 40, 0.5, 2), 0.75),
        ((10, 10, 50, 29, 0.9, 2), None),  # less than half is shared
        ((10, 10, 50, 50, 0.9, 3), None),  # another class
        ((60, 60, 90, 90, 0.9, 2), None),
    ],
)
def test_a_box_is_kept_where_class_and_place_agree(after: tuple[float, ...], kept: float | None) -> None:
    pairs = matches(found(ONE), np.array([after], np.float32))
    assert pairs == ([] if kept is None else [(0, 0, pytest.approx(kept))])


def test_a_box_is_found_again_only_once() -> None:
    twice = found(ONE, (12, 10, 50, 50, 0.8, 2))
    assert [pair[:2] for pair in matches(twice, found(ONE))] == [(0, 0)]
    assert [pair[:2] for pair in matches(twice, twice)] == [(0, 0), (1, 1)]


@pytest.mark.parametrize(("before", "after"), [(NOTHING_FOUND, found(ONE)), (found(ONE), NOTHING_FOUND)])
def test_nothing_agrees_with_nothing(before: Detections, after: Detections) -> None:
    assert matches(before, after) == []
