"""When a camera counts as stalled, by the moments at which its frames come."""

from collections import deque

STALL_S = 5.0
LONGEST_STALL_S = 30.0
STALL_INTERVALS = 5
FIRST_FRAME_S = 10.0


class FrameClock:
    """When a camera counts as stalled: after 5 s or 5 of its own frame intervals, at most 30 s, without a frame, and
    after 30 s without a whole one."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._last_whole: float | None = None
        self._times: deque[float] = deque(maxlen=10)

    def tick(self, at: float, *, damaged: bool = False) -> None:
        """A frame came. One that is `damaged` shows that the camera lives, and is a picture for nobody."""
        if not damaged:
            self._last_whole = at
        # Opening a slow camera waits for its first frame, and FFmpeg's parser for the second: the two come out
        # together, and their distance says nothing of the camera.
        if self._last is not None:
            self._times.append(at)
        self._last = at

    @property
    def limit_s(self) -> float:
        if len(self._times) < 2:
            return FIRST_FRAME_S
        interval = (self._times[-1] - self._times[0]) / (len(self._times) - 1)
        return min(LONGEST_STALL_S, max(STALL_S, STALL_INTERVALS * interval))

    def left_s(self, since: float, now: float) -> float:
        """Seconds until the stall; `since` counts where no frame has come yet. Damage alone is borne for 30 s: the
        next key frame mostly ends it, and where none comes a new connection does."""
        last = since if self._last is None else self._last
        return min(last + self.limit_s, self._whole_at(since) + LONGEST_STALL_S) - now

    def silent_s(self, since: float, now: float) -> float:
        """Seconds without a picture that could be shown."""
        return now - self._whole_at(since)

    def _whole_at(self, since: float) -> float:
        return since if self._last_whole is None else self._last_whole
