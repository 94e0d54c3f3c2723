"""The figures of the last hour: summed up, bounded, and with a gap wherever a task did not run."""

from dataclasses import dataclass
from itertools import pairwise

import pytest

from siapp.core.domain import TaskStats
from siapp.core.history import KEPT_S, MOST_SAMPLES, STEP_S, Histories, Sample

WALL = 1_790_000_000.0


@dataclass
class Clock:
    now: float = 100.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def histories(clock: Clock) -> Histories:
    return Histories(steady=lambda: clock.now, wall=lambda: WALL + clock.now)


def _run(histories: Histories, clock: Clock, seconds: int, stats: TaskStats | None = None) -> None:
    """A figure a second, as the supervisor gives them."""
    for _second in range(seconds):
        histories.add(1, stats or TaskStats(fps_in=25, fps_out=10))
        clock.now += 1


def _samples(histories: Histories) -> tuple[Sample, ...]:
    return histories.of(1).samples


def test_five_seconds_become_one_sample(histories: Histories, clock: Clock) -> None:
    for fps, late, worst, objects, dropped in (
        (10, 40, 60, 1, 7),
        (12, 50, 90, 4, 9),
        (14, 60, 70, 0, 10),
        (10, 40, 60, 1, 10),
        (14, 60, 70, 2, 12),
    ):
        histories.add(1, TaskStats(25, fps, dropped, 5, late, objects, worst))
        clock.now += 1
    (sample,) = _samples(histories)
    assert (sample.fps_in, sample.fps_out, sample.latency_ms) == (25, 12, 50)
    assert (sample.latency_p95_ms, sample.objects, sample.dropped) == (90, 4, 5)
    assert sample.begins and sample.at == WALL + 104


def test_the_first_second_is_seen_at_once(histories: Histories, clock: Clock) -> None:
    _run(histories, clock, 1)
    assert len(_samples(histories)) == 1


def test_samples_follow_one_another_without_a_gap_while_the_task_runs(histories: Histories, clock: Clock) -> None:
    _run(histories, clock, 20)
    assert [sample.begins for sample in _samples(histories)] == [True, False, False, False]


def test_no_line_bridges_an_outage_however_short(histories: Histories, clock: Clock) -> None:
    _run(histories, clock, 7)
    histories.pause(1)
    _run(histories, clock, 3)
    before, last_before, after = _samples(histories)
    assert before.begins and not last_before.begins
    assert after.begins


def test_a_silence_that_nobody_reported_is_a_gap_too(histories: Histories, clock: Clock) -> None:
    _run(histories, clock, 5)
    clock.now += 40
    _run(histories, clock, 1)
    assert [sample.begins for sample in _samples(histories)] == [True, True]


def test_a_camera_with_a_frame_in_ten_seconds_has_a_line(histories: Histories, clock: Clock) -> None:
    for _frame in range(4):
        histories.add(1, TaskStats(fps_in=0.1, fps_out=0.1))
        clock.now += 10
    assert [sample.begins for sample in _samples(histories)] == [True, False, False, False]


def test_a_worker_that_began_anew_drops_nothing_below_zero(histories: Histories, clock: Clock) -> None:
    _run(histories, clock, 5, TaskStats(dropped=1000))
    _run(histories, clock, 5, TaskStats(dropped=3))
    assert [sample.dropped for sample in _samples(histories)] == [0, 0]


def test_an_hour_is_kept_and_no_more(histories: Histories, clock: Clock) -> None:
    _run(histories, clock, 2 * round(KEPT_S))
    samples = _samples(histories)
    assert MOST_SAMPLES - 1 <= len(samples) <= MOST_SAMPLES + 1
    assert samples[0].at >= WALL + clock.now - KEPT_S - STEP_S


def test_what_is_older_than_an_hour_is_not_shown(histories: Histories, clock: Clock) -> None:
    _run(histories, clock, 60)
    histories.pause(1)
    clock.now += KEPT_S - 30
    assert 5 <= len(_samples(histories)) <= 7
    clock.now += 60
    assert _samples(histories) == ()


def test_a_clock_that_somebody_sets_tears_nothing_apart(clock: Clock) -> None:
    wall = Clock(WALL)
    histories = Histories(steady=lambda: clock.now, wall=lambda: wall.now)
    _run(histories, clock, 10)
    wall.now -= 86_400
    _run(histories, clock, 10)
    moments = [sample.at for sample in _samples(histories)]
    assert [round(later - earlier) for earlier, later in pairwise(moments)] == [5, 5, 5]
    assert moments[-1] == wall.now - 1


def test_a_task_that_is_gone_leaves_nothing(histories: Histories, clock: Clock) -> None:
    _run(histories, clock, 5)
    histories.forget(1)
    assert _samples(histories) == ()
