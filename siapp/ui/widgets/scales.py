"""Round numbers for axes, and what a line says in four figures. Pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

Point = tuple[float, float]
"""Seconds since the epoch, and a value."""

Run = Sequence[Point]
"""Points that one line may connect."""

_MINUTES = (1, 2, 5, 10, 15, 20, 30, 60)


@dataclass(frozen=True, slots=True)
class Summary:
    """Of all points that are shown; `now` is the newest one's value."""

    now: float
    lowest: float
    mean: float
    highest: float


def summary(runs: Iterable[Run], since: float) -> Summary | None:
    """None where there is no point from `since` on."""
    values = [value for run in runs for at, value in run if at >= since]
    return Summary(values[-1], min(values), sum(values) / len(values), max(values)) if values else None


def value_ticks(highest: float, most: int, *, whole: bool = False) -> list[float]:
    """From 0 to `highest` or just above it, in steps of 1, 2 or 5 times a power of ten, at most `most` steps."""
    step = _round_step(max(highest, 1e-9) / max(1, most))
    if whole:
        step = max(1.0, step)
    return [step * number for number in range(max(1, ceil(highest / step - 1e-9)) + 1)]


def time_ticks(begin: float, end: float, most: int, utc_offset_s: float) -> list[float]:
    """Round minutes of the local clock between `begin` and `end`, at most `most` of them."""
    span = end - begin
    step = next((60.0 * each for each in _MINUTES if span / (60 * each) <= most), 3600.0 * ceil(span / 3600 / most))
    first = ceil((begin + utc_offset_s) / step) * step - utc_offset_s
    return [first + step * number for number in range(floor((end - first) / step) + 1)]


def nearest(runs: Iterable[Run], at: float, reach_s: float) -> Point | None:
    """The point that is closest in time, not farther than `reach_s`: nothing is read off a gap."""
    near = [point for run in runs for point in run if abs(point[0] - at) <= reach_s]
    return min(near, key=lambda point: abs(point[0] - at), default=None)


def _round_step(least: float) -> float:
    power = 10.0 ** floor(log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))
