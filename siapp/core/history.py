"""How running tasks did over the last hour: one short series of figures for each, in the main process only."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import fmean

from siapp.core.domain import TaskStats

STEP_S = 5.0
KEPT_S = 3600.0
MOST_SAMPLES = round(KEPT_S / STEP_S)
# A camera may give a frame every ten seconds and be well; the supervisor calls nobody running who is silent longer.
LONGEST_SILENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Sample:
    """A task's figures over up to five seconds that end at `at`, seconds since the epoch.

    Rates and `latency_ms` are means, `latency_p95_ms` and `objects` the highest, `dropped` the frames left out
    meanwhile. `begins`: the task did not run just before; no line leads here from the sample before.
    """

    at: float
    fps_in: float
    fps_out: float
    latency_ms: float
    latency_p95_ms: float
    objects: int
    dropped: int
    begins: bool


@dataclass(frozen=True, slots=True)
class History:
    """The samples of the hour before `at`, oldest first."""

    at: float
    samples: tuple[Sample, ...] = ()


class Histories:
    """A bounded series for each task that ran in this hour. `steady` and `wall`: seconds, of a clock that nobody sets
    and of the one that people read."""

    def __init__(self, steady: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        self._steady, self._wall = steady, wall
        self._tracks: dict[int, _Track] = {}

    def add(self, task_id: int, stats: TaskStats) -> None:
        """The figures of a running task's last second."""
        self._tracks.setdefault(task_id, _Track()).add(stats, self._steady())

    def pause(self, task_id: int) -> None:
        """The task does not run any more: what comes next is another piece."""
        if (track := self._tracks.get(task_id)) is not None:
            track.pause()

    def forget(self, task_id: int) -> None:
        self._tracks.pop(task_id, None)

    def of(self, task_id: int) -> History:
        """Empty where the task has not run in this hour."""
        track, steady, wall = self._tracks.get(task_id), self._steady(), self._wall()
        if track is None:
            return History(wall)
        known = (sample for sample in track.samples() if steady - sample.at <= KEPT_S)
        return History(wall, tuple(replace(sample, at=wall - (steady - sample.at)) for sample in known))


class _Track:
    """One task's series, by the steady clock."""

    def __init__(self) -> None:
        self._closed: deque[Sample] = deque(maxlen=MOST_SAMPLES)
        self._open: list[TaskStats] = []
        self._opened_at = self._last_at = 0.0
        self._begins = True
        self._dropped_before: int | None = None

    def add(self, stats: TaskStats, now: float) -> None:
        if self._open and now - self._opened_at >= STEP_S:
            self._close()
        if self._dropped_before is not None and now - self._last_at > LONGEST_SILENCE_S:
            self.pause()
        if not self._open:
            self._opened_at = now
        if self._dropped_before is None:
            self._dropped_before = stats.dropped
        self._open.append(stats)
        self._last_at = now

    def pause(self) -> None:
        self._close()
        self._begins, self._dropped_before = True, None

    def samples(self) -> list[Sample]:
        """With the one that is not full yet: the first seconds of a run are seen, too."""
        return [*self._closed, self._summed_up()] if self._open else list(self._closed)

    def _close(self) -> None:
        if self._open:
            self._closed.append(self._summed_up())
            self._begins, self._dropped_before = False, self._open[-1].dropped
            self._open.clear()

    def _summed_up(self) -> Sample:
        figures = self._open
        return Sample(
            at=self._last_at,
            fps_in=fmean(one.fps_in for one in figures),
            fps_out=fmean(one.fps_out for one in figures),
            latency_ms=fmean(one.latency_ms for one in figures),
            latency_p95_ms=max(one.latency_p95_ms for one in figures),
            objects=max(one.objects for one in figures),
            # A worker that was started anew counts from 0 again.
            dropped=max(0, figures[-1].dropped - (self._dropped_before or 0)),
            begins=self._begins,
        )
