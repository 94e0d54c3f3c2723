"""Clocks, waits and rates, on a clock that tests set."""

import random
import time

import pytest

from siapp.core.histogram import Distribution, Histogram
from siapp.core.workers.backoff import Backoff, Crashes
from siapp.core.workers.figures import Figures, Pace
from siapp.core.workers.frame_clock import FrameClock
from siapp.core.workers.messages import Published
from siapp.core.workers.timers import Timers


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


def result(frame: int) -> Published:
    return Published(0, frame, 1, 1, 0.0, 0.0, 10.0, [], False)


# ---- waits ---------------------------------------------------------------------------------------------------


def test_waits_grow_to_15_s_with_a_fifth_of_jitter(clock: Clock) -> None:
    backoff = Backoff()
    for wished in (0.5, 1, 2, 4, 8, 15, 15, 15):
        assert 0.8 * wished <= backoff.next_wait() <= 1.2 * wished


def test_only_60_good_seconds_begin_the_waits_anew(clock: Clock) -> None:
    backoff = Backoff()
    for _try in range(4):
        backoff.next_wait()
    backoff.good()
    clock.now += 59
    backoff.good()
    assert backoff.next_wait() > 6, "too short"
    backoff.good()
    clock.now += 60
    backoff.good()
    assert backoff.next_wait() < 1


def test_the_fifth_crash_in_ten_minutes_is_too_many_until_they_are_over(clock: Clock) -> None:
    crashes = Crashes()
    for _crash in range(4):
        assert crashes.next_wait() < 20 and not crashes.too_many
        clock.now += 10
    assert crashes.next_wait() == 300 and crashes.too_many
    clock.now += 300
    assert crashes.next_wait() == 300, "the try after five minutes failed, too"
    clock.now += 601
    assert crashes.next_wait() < 1 and not crashes.too_many


def test_a_crash_now_and_then_waits_no_longer_each_time(clock: Clock) -> None:
    crashes = Crashes()
    for _crash in range(20):
        assert crashes.next_wait() < 1
        clock.now += 3600


# ---- frames --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("interval", "limit"), [(0.04, 5), (0.9, 5), (2, 10), (5, 25), (9, 30)])
def test_a_stall_is_5_s_or_5_intervals_and_30_s_at_most(interval: float, limit: float) -> None:
    frames = FrameClock()
    for number in range(20):
        frames.tick(number * interval)
    assert frames.limit_s == pytest.approx(limit)
    last = 19 * interval
    assert frames.left_s(0.0, last + 1) == pytest.approx(limit - 1)


def test_the_first_frames_get_10_s() -> None:
    frames = FrameClock()
    assert frames.left_s(100.0, 104.0) == 6
    frames.tick(105.0)
    assert frames.left_s(100.0, 106.0) == 9
    frames.tick(105.0)  # held back by the parser, it comes with the first
    assert frames.left_s(100.0, 106.0) == 9
    frames.tick(110.0)
    assert frames.limit_s == 25


def test_a_camera_that_sends_nothing_but_damaged_frames_stalls_after_30_s() -> None:
    frames = FrameClock()
    for number in range(20):
        frames.tick(number * 0.04)
    whole = 19 * 0.04
    for number in range(1, 11):
        frames.tick(whole + number, damaged=True)
    assert frames.left_s(0.0, whole + 10) == pytest.approx(5)
    frames.tick(whole + 29.9, damaged=True)
    assert frames.left_s(0.0, whole + 30) == pytest.approx(0)
    assert frames.silent_s(0.0, whole + 30) == pytest.approx(30)
    frames.tick(whole + 30)  # a key frame
    assert frames.left_s(0.0, whole + 31) > 3


# ---- figures -------------------------------------------------------------------------------------------------


def test_figures_come_once_a_second_with_what_was_dropped(clock: Clock) -> None:
    figures = Figures(camera_frames=1000)
    for frame in (10, 11, 15):
        figures.add(result(frame), latency_ms=30.0)
        assert figures.due(1005, 0) is None
    clock.now += 1.25
    stats = figures.due(1025, objects=2)
    assert stats is not None
    assert (stats.fps_in, stats.fps_out, stats.dropped, stats.objects) == (20.0, 2.4, 3, 2)
    assert (stats.inference_ms, stats.latency_ms) == (10.0, 30.0)
    assert figures.due(1025, 2) is None


def test_totals_grow_over_the_whole_run_and_say_how_long_frames_took(clock: Clock) -> None:
    figures = Figures(camera_frames=1000)
    for frame, late in ((10, 30.0), (11, 30.0), (15, 9000.0)):
        figures.add(result(frame), late)
        clock.now += 2
        figures.due(1005, 0)
    totals = figures.totals(1025)
    assert (totals.frames_in, totals.frames_out, totals.dropped) == (25, 3, 3)
    assert (sum(totals.latency_ms.counts), totals.latency_ms.total, totals.latency_ms.counts[-1]) == (3, 9060.0, 1)
    assert totals.inference_ms.counts[totals.inference_ms.bounds.index(10.0)] == 3


def test_a_value_on_a_bound_counts_below_it() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.0, 1.0, 1.5, 2.0, 2.1, -1.0):
        histogram.add(value)
    assert histogram.distribution() == Distribution((1.0, 2.0), (3, 2, 1), 5.6)


def test_the_worst_latencies_show_for_ten_seconds(clock: Clock) -> None:
    figures = Figures(0)
    for frame, late in enumerate([30.0] * 10 + [400.0]):
        figures.add(result(frame), late)
    for second in range(1, 12):
        clock.now = 1000 + second
        stats = figures.due(0, 0)
        assert stats is not None
        assert stats.latency_p95_ms == (400.0 if second <= 10 else 0.0)


def test_a_capture_that_counts_from_0_again_has_dropped_nothing() -> None:
    figures = Figures(0)
    for frame in (500, 0, 1):
        figures.add(result(frame), 1.0)
    assert figures.dropped == 0


@pytest.mark.parametrize(("max_fps", "taken"), [(None, 250), (50, 250), (10, 100), (5, 50), (0.5, 5)])
def test_the_pace_keeps_the_wished_rate_on_the_mean(clock: Clock, max_fps: float | None, taken: int) -> None:
    pace, count = Pace(), 0
    for frame in range(250):  # 10 s of 25 frames a second
        clock.now = 1000 + frame / 25
        count += pace.lets_through(max_fps)
    assert count == pytest.approx(taken, abs=1)


@pytest.mark.parametrize(
    ("camera_fps", "most", "own"), [(25, 5, 5), (25, 10, 10), (30, 7, 7), (25, 10, 4), (10, 10, 10)]
)
def test_a_pace_after_a_pace_takes_nothing_more_away(clock: Clock, camera_fps: int, most: int, own: int) -> None:
    """The capture's for the hastiest task, then the task's own, and frames that come a little early or late."""
    chance, in_capture, in_task = random.Random(0), Pace(), Pace()
    count = 0
    for frame in range(60 * camera_fps):
        clock.now = 1000 + frame / camera_fps
        written = in_capture.lets_through(most)
        clock.now += chance.uniform(0, 0.01)
        count += written and in_task.lets_through(own)
    assert count / 60 == pytest.approx(own, rel=0.02)


def test_there_is_no_burst_after_a_pause(clock: Clock) -> None:
    pace = Pace()
    assert pace.lets_through(1)
    clock.now += 60
    assert [pace.lets_through(1) for _frame in range(5)].count(True) <= 2


# ---- timers --------------------------------------------------------------------------------------------------


def test_timers_call_in_order_once_and_not_when_taken_back(clock: Clock) -> None:
    timers, called = Timers(), list[str]()
    timers.after(2, lambda: called.append("late"))
    timers.after(1, lambda: called.append("early"))
    timers.after(1.5, lambda: called.append("never")).cancel()
    timers.after(float("inf"), lambda: called.append("never"))
    assert timers.until_next(60) == 1
    clock.now += 5
    timers.run_due()
    timers.run_due()
    assert called == ["early", "late"]
    assert timers.until_next(60) == 60
