"""When to try again: growing waits with jitter, and a limit on crashes. All by the monotonic clock."""

import random
import time
from collections import deque

WAITS_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
JITTER = 0.2
GOOD_S = 60.0
MOST_CRASHES = 5
CRASH_WINDOW_S = 600.0
AFTER_TOO_MANY_S = 300.0


class Backoff:
    """The waits between tries: 0.5, 1, 2, 4, 8, 15 s with 20 % jitter, from the start again after 60 good seconds."""

    def __init__(self) -> None:
        self.attempt = 0
        self._good_since: float | None = None

    def good(self) -> None:
        """It works at this moment."""
        self._good_since = self._good_since or time.monotonic()

    def next_wait(self) -> float:
        """It failed: seconds until the next try."""
        if self._good_since is not None and time.monotonic() - self._good_since >= GOOD_S:
            self.attempt = 0
        self._good_since = None
        wait = WAITS_S[min(self.attempt, len(WAITS_S) - 1)]
        self.attempt += 1
        return wait * random.uniform(1 - JITTER, 1 + JITTER)


class Crashes:
    """Counts a worker's crashes: too many in ten minutes, and it is left alone for five."""

    def __init__(self) -> None:
        self.most = MOST_CRASHES
        self._at: deque[float] = deque(maxlen=MOST_CRASHES)
        self._backoff = Backoff()

    def next_wait(self) -> float:
        """It crashed: seconds until it is started again."""
        now = time.monotonic()
        if self._at and now - self._at[-1] >= GOOD_S:
            self._backoff = Backoff()
        self._at.append(now)
        return AFTER_TOO_MANY_S if self.too_many else self._backoff.next_wait()

    @property
    def too_many(self) -> bool:
        return len(self._at) == self.most and time.monotonic() - self._at[0] <= CRASH_WINDOW_S
