"""What the supervisor remembers of each camera, task and job."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from siapp.core.domain import DeviceState, Problem, TaskState, TaskStats
from siapp.core.specs import AnalysisSpec, CameraSource, JobProgress
from siapp.core.workers.backoff import Crashes
from siapp.core.workers.keeper import Child, Exit
from siapp.core.workers.messages import Published
from siapp.core.workers.ring import Ring

FIGURES_EVERY_S = 1.0


@dataclass(eq=False)
class CameraPost:
    """A camera in use: its capture process, its ring, and who needs it."""

    device_id: int
    source: CameraSource
    previews: int = 0
    tasks: set[int] = field(default_factory=set)
    child: Child | None = None
    ring: Ring | None = None
    picture_ring: Ring | None = None
    state: DeviceState = DeviceState.IDLE
    problem: Problem | None = None
    newest: int | None = None
    frames: int = 0
    restarting: bool = False
    crashes: Crashes = field(default_factory=Crashes)

    @property
    def needed(self) -> bool:
        return self.previews > 0 or bool(self.tasks)


class Figures:
    """Counts a task's results and says its rates about once a second."""

    def __init__(self) -> None:
        self.dropped = 0
        self._last_frame: int | None = None
        self._begin(0)

    def _begin(self, camera_frames: int) -> None:
        self._since = time.monotonic()
        self._camera_frames = camera_frames
        self._results = 0
        self._inference_ms = 0.0
        self._latency_ms = 0.0

    def add(self, result: Published, latency_ms: float) -> None:
        if self._last_frame is not None and result.frame > self._last_frame:
            self.dropped += result.frame - self._last_frame - 1
        self._last_frame = result.frame
        self._results += 1
        self._inference_ms += result.inference_ms
        self._latency_ms += latency_ms

    def due(self, camera_frames: int, objects: int) -> TaskStats | None:
        """The figures of the last second, when one is over. `camera_frames`: how many the camera gave so far."""
        seconds = time.monotonic() - self._since
        if seconds < FIGURES_EVERY_S:
            return None
        count = max(1, self._results)
        stats = TaskStats(
            fps_in=round(max(0, camera_frames - self._camera_frames) / seconds, 1),
            fps_out=round(self._results / seconds, 1),
            dropped=self.dropped,
            inference_ms=round(self._inference_ms / count, 1),
            latency_ms=round(self._latency_ms / count, 1),
            objects=objects,
        )
        self._begin(camera_frames)
        return stats


@dataclass(eq=False)
class TaskPost:
    """A task in the supervisor's hands: its analysis process and where it stands."""

    spec: AnalysisSpec
    child: Child | None = None
    ring: Ring | None = None
    state: TaskState = TaskState.STARTING
    problem: Problem | None = None
    failure: Problem | None = None
    idle: bool = False
    last_sent: int | None = None
    due_at: float = 0.0
    figures: Figures = field(default_factory=Figures)
    crashes: Crashes = field(default_factory=Crashes)
    stopping: bool = False
    on_stopped: list[Callable[[], None]] = field(default_factory=list)

    @property
    def id(self) -> int:
        return self.spec.task_id

    def may_take(self, seq: int | None) -> bool:
        """Whether the analysis can be given the camera's frame `seq` now, by its pace and its max_fps."""
        if self.child is None or not self.idle or seq is None or seq == self.last_sent:
            return False
        max_fps = self.spec.options.max_fps
        if max_fps is None:
            return True
        now = time.monotonic()
        if now < self.due_at:
            return False
        # From the plan and not from now, so that the mean rate is the wished one; never a burst after a pause.
        self.due_at = max(self.due_at + 1 / max_fps, now)
        return True


@dataclass(eq=False)
class JobPost:
    """One disposable process and who waits for it."""

    on_progress: Callable[[JobProgress], None]
    on_done: Callable[[dict[str, Any]], None]
    on_failed: Callable[[Problem], None]
    on_died: Callable[[Exit], None]
    child: Child | None = None
    answered: bool = False
    cancelled: bool = False
