"""What a tile measures of its own pictures: their true rate and how late they are painted."""

from collections import deque

from siapp.core.latency import Latencies

RATE_WINDOW_S = 3.0
MOST_SAMPLES = 2000


class Figures:
    """Rate of the pictures that arrived in the last seconds, and milliseconds from the camera's frame to paint."""

    def __init__(self) -> None:
        self.latencies_ms: deque[float] = deque(maxlen=MOST_SAMPLES)
        self._arrivals: deque[float] = deque(maxlen=1024)
        self._recent = Latencies(RATE_WINDOW_S)

    def arrived(self, now: float) -> None:
        self._arrivals.append(now)

    def painted(self, now: float, captured: float) -> None:
        late = (now - captured) * 1000
        self.latencies_ms.append(late)
        self._recent.add(late, now)

    def rate(self, now: float) -> float:
        """Pictures per second over the last three seconds, 0 where there were none."""
        _drop_older(self._arrivals, now - RATE_WINDOW_S)
        if len(self._arrivals) < 2:
            return len(self._arrivals) / RATE_WINDOW_S
        span = self._arrivals[-1] - self._arrivals[0]
        # What has not come since the last picture counts too, so that a stall shows at once.
        silence = now - self._arrivals[-1]
        usual = span / (len(self._arrivals) - 1)
        return (len(self._arrivals) - 1) / (span + max(0.0, silence - usual)) if span else 0.0

    def latency(self, now: float) -> float | None:
        """Milliseconds, the median of the last three seconds; None where nothing was painted."""
        return self._recent.percentile(0.5, now)

    def restart(self) -> None:
        """Another run of the task: its rate begins anew. The latencies for a benchmark are kept."""
        self._arrivals.clear()
        self._recent.clear()


def _drop_older(moments: deque[float], limit: float) -> None:
    while moments and moments[0] < limit:
        moments.popleft()
