"""How fast a test runs, and how long it will still take."""

import time
from collections import deque

from siapp.core.domain import Progress

MOST_MARKS = 20  # of the pace: the last five seconds
LOG_EVERY_S = 10.0


class Pace:
    """How fast a run goes, from the last seconds of what it told."""

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._marks: deque[tuple[float, int]] = deque(maxlen=MOST_MARKS)
        self._logged_at = time.monotonic()

    def after(self, done: int) -> Progress:
        """How far it is with `done` frames."""
        self._marks.append((time.monotonic(), done))
        total = None if self._total is None else max(self._total, done)  # there may be more than were promised
        eta_s = (total - done) / self._fps if total is not None and self._fps else None
        return Progress(done, total, self._fps, eta_s)

    def may_log(self) -> bool:
        """Whether it is time for another line in the log."""
        due = time.monotonic() - self._logged_at >= LOG_EVERY_S
        if due:
            self._logged_at = time.monotonic()
        return due

    def text(self) -> str:
        of_all = f" of {self._total}" if self._total else ""
        return f"{self._marks[-1][1]}{of_all} frames, {self._fps:.1f} frames/s"

    @property
    def _fps(self) -> float:
        if not self._marks:
            return 0.0
        (first_at, first), (last_at, last) = self._marks[0], self._marks[-1]
        return (last - first) / (last_at - first_at) if last_at > first_at else 0.0
