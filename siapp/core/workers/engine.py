"""The loop's side of the supervisor: plain calls in, reports and pictures out, all on the loop's thread."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from siapp.core.domain import Problem, TaskOptions
from siapp.core.hub import FrameHub
from siapp.core.specs import AnalysisSpec, CameraSource, JobKind, ModelSpec, Report


class JobFailed(Exception):
    """A disposable process answered with a reason."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class JobDied(Exception):
    """A disposable process ended without an answer: killed, crashed, or over its time."""


class Engine:
    """To be filled by the supervisor."""

    clock = staticmethod(time.monotonic)

    def __init__(self, hub: FrameHub) -> None:
        self._hub = hub
        self.on_report: Callable[[Report], Awaitable[None]] | None = None

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def run_job(
        self,
        kind: JobKind,
        params: dict[str, Any],
        *,
        limit_s: float,
        on_progress: Callable[[float, str], None] | None = None,
    ) -> dict[str, Any]:
        """Run one piece of work in a disposable process. Raises JobFailed or JobDied."""
        raise NotImplementedError

    def start_task(self, spec: AnalysisSpec) -> None: ...

    async def stop_task(self, task_id: int) -> None: ...

    def runs(self, task_id: int) -> bool:
        """Whether a task is in the supervisor's hands."""
        return False

    def set_options(self, task_id: int, options: TaskOptions) -> None: ...

    def replace_model(self, task_id: int, model: ModelSpec) -> None: ...

    def set_source(self, device_id: int, source: CameraSource) -> None: ...

    def forget_device(self, device_id: int) -> None: ...

    def hold_camera(self, device_id: int, source: CameraSource) -> None: ...

    def release_camera(self, device_id: int) -> None: ...
