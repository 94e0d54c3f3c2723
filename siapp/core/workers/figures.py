"""A task's rates, and the pace that its options allow."""

import time

from siapp.core.domain import TaskStats, TaskTotals
from siapp.core.histogram import TIMES_MS, Histogram
from siapp.core.latency import Latencies
from siapp.core.workers.messages import Published

FIGURES_EVERY_S = 1.0


class Figures:
    """Counts a task's results and says its rates about once a second."""

    def __init__(self, camera_frames: int) -> None:
        self.dropped = 0
        self._last_frame: int | None = None
        self._latencies = Latencies()
        self._first_camera_frame = camera_frames
        self._all_results = 0
        self._inference_times = Histogram(TIMES_MS)
        self._latency_times = Histogram(TIMES_MS)
        self._begin(camera_frames)

    def _begin(self, camera_frames: int) -> None:
        self._since = time.monotonic()
        self._camera_frames = camera_frames
        self._results = 0
        self._inference_ms = 0.0
        self._latency_ms = 0.0

    def add(self, result: Published, latency_ms: float) -> None:
        if self._last_frame is not None and result.frame > self._last_frame:
            self.dropped += result.frame - self._last_frame - 1
        self._last_frame = result.frame  # a capture that began anew counts from 0 again
        self._results += 1
        self._inference_ms += result.inference_ms
        self._latency_ms += latency_ms
        self._latencies.add(latency_ms, time.monotonic())
        self._all_results += 1
        self._inference_times.add(result.inference_ms)
        self._latency_times.add(latency_ms)

    def totals(self, camera_frames: int) -> TaskTotals:
        """Of the whole run so far."""
        return TaskTotals(
            frames_in=camera_frames - self._first_camera_frame,
            frames_out=self._all_results,
            dropped=self.dropped,
            inference_ms=self._inference_times.distribution(),
            latency_ms=self._latency_times.distribution(),
        )

    def due(self, camera_frames: int, objects: int) -> TaskStats | None:
        """The figures of the last second, when one is over. `camera_frames`: how many the camera gave so far."""
        now = time.monotonic()
        seconds = now - self._since
        if seconds < FIGURES_EVERY_S:
            return None
        count = max(1, self._results)
        stats = TaskStats(
            fps_in=round((camera_frames - self._camera_frames) / seconds, 1),
            fps_out=round(self._results / seconds, 1),
            dropped=self.dropped,
            inference_ms=round(self._inference_ms / count, 1),
            latency_ms=round(self._latency_ms / count, 1),
            objects=objects,
            latency_p95_ms=round(self._latencies.percentile(0.95, now) or 0.0, 1),
        )
        self._begin(camera_frames)
        return stats


class Pace:
    """Lets through as many frames a second as the options allow, on the mean."""

    def __init__(self) -> None:
        self._due_at = 0.0

    def lets_through(self, max_fps: float | None) -> bool:
        """Whether a frame may be taken now; if so, it is counted as taken."""
        if max_fps is None:
            return True
        now = time.monotonic()
        if now < self._due_at:
            return False
        # From the plan and not from now, so that the mean rate is the wished one; after a pause from now.
        self._due_at = max(self._due_at + 1 / max_fps, now)
        return True
