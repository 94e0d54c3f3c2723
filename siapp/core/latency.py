"""How late pictures are at one place: the last ones, and their percentiles."""

from collections import deque

WINDOW_S = 10.0
MOST_SAMPLES = 1000  # of fifty viewers with ten pictures a second, the last two seconds


class Latencies:
    """Milliseconds from the camera's frame to one place. `now`: seconds of any steady clock."""

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._samples: deque[tuple[float, float]] = deque(maxlen=MOST_SAMPLES)

    def add(self, late_ms: float, now: float) -> None:
        self._samples.append((now, late_ms))

    def percentile(self, share: float, now: float) -> float | None:
        """What `share` of the pictures did not exceed, 0.95 for the 95th percentile; None where there were none."""
        while self._samples and self._samples[0][0] < now - self._window_s:
            self._samples.popleft()
        late = sorted(late for _at, late in self._samples)
        return late[round(share * (len(late) - 1))] if late else None

    def clear(self) -> None:
        self._samples.clear()
