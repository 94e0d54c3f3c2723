"""The search for the most cameras that are carried."""

import pytest

from siapp.bench.contenders.cameras import _grows, next_count
from siapp.core.domain import TaskStats


@pytest.mark.parametrize(
    ("limit", "most", "tried"),
    [
        (0, 64, [1]),
        (1, 64, [1, 2]),
        (5, 64, [1, 2, 4, 8, 6, 5]),
        (12, 64, [1, 2, 4, 8, 16, 12, 14, 13]),
        (9, 6, [1, 2, 4, 6]),
        (1, 2, [1, 2]),
    ],
)
def test_numbers_double_until_it_is_too_much_and_then_close_in(limit: int, most: int, tried: list[int]) -> None:
    carried, too_many, seen = 0, most + 1, []
    while count := next_count(carried, too_many, most):
        seen.append(count)
        carried, too_many = (count, too_many) if count <= limit else (carried, count)
    assert seen == tried
    assert carried == min(limit, most)


@pytest.mark.parametrize(
    ("latencies", "grows"),
    [
        ([20, 20, 21, 19], False),
        ([20, 20, 60, 60], False),  # three times as much, and still nothing that anybody sees
        ([100, 120, 200, 240], True),
        ([300, 300, 360, 360], False),
        ([900], False),
    ],
)
def test_a_latency_that_grows_is_told_from_one_that_varies(latencies: list[float], grows: bool) -> None:
    assert _grows([TaskStats(latency_ms=one) for one in latencies]) is grows
