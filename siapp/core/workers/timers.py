"""Calls at a later time, by the monotonic clock, on the thread that asks what is due."""

import heapq
import itertools
import logging
import math
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Timer:
    """One call to come. `cancel()` takes it back; twice, or too late, does no harm."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call

    def cancel(self) -> None:
        self._call = None

    def fire(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call()


class Timers:
    """All calls to come, the next one first."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._count = itertools.count()

    def after(self, seconds: float, call: Callable[[], None]) -> Timer:
        """`seconds` may be infinite: never."""
        timer = Timer(call)
        if not math.isinf(seconds):
            heapq.heappush(self._heap, (time.monotonic() + seconds, next(self._count), timer))
        return timer

    def until_next(self, longest: float) -> float:
        """Seconds until something is due, at most `longest`."""
        if not self._heap:
            return longest
        return max(0.0, min(longest, self._heap[0][0] - time.monotonic()))

    def run_due(self) -> None:
        """Make the calls whose time has come. One that fails is logged and keeps none of the others from theirs."""
        while self._heap and self._heap[0][0] <= time.monotonic():
            timer = heapq.heappop(self._heap)[2]
            try:
                timer.fire()
            except Exception:
                logger.exception("a call at its time failed")
