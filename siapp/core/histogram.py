"""How values are spread: counts by upper bound, cheap enough for every frame, small enough to be sent each second."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

TIMES_MS = (5.0, 10.0, 20.0, 30.0, 50.0, 75.0, 100.0, 150.0, 250.0, 500.0, 1000.0, 2500.0)
"""Bounds for what a frame takes, in milliseconds."""
SHORT_TIMES_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds for what an answer takes, in seconds."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """`counts[i]`: values up to `bounds[i]` and above the bound before; the last one: above all bounds."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float


class Histogram:
    """Counts values. Not for two threads at once."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._total = 0.0

    def add(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._total += value

    def distribution(self) -> Distribution:
        return Distribution(self._bounds, tuple(self._counts), self._total)
