"""The loop's side of the supervisor: plain calls in, reports and pictures out, all on the loop's thread."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from siapp.core.background import Background
from siapp.core.domain import Picture, Problem, StreamKey, TaskOptions
from siapp.core.hub import FrameHub
from siapp.core.specs import AnalysisSpec, CameraSource, Demand, JobKind, JobProgress, ModelSpec, Report
from siapp.core.workers.keeper import Exit
from siapp.core.workers.posts import JobPost
from siapp.core.workers.supervisor import Outgoing, Supervisor

logger = logging.getLogger(__name__)

MOST_PENDING_PICTURES = 4  # of one stream, while the loop is busy


class JobFailed(Exception):
    """A disposable process answered with a reason."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class JobDied(Exception):
    """A disposable process ended without an answer: killed, crashed, or over its time."""


class _Outbox:
    """The one door from the supervisor's thread to the loop: one wake-up, however much is waiting."""

    def __init__(self, loop: asyncio.AbstractEventLoop, serve: Callable[[], None]) -> None:
        self._loop = loop
        self._serve = serve
        self._lock = threading.Lock()
        self._woken = False
        self._reports: list[Report] = []
        self._pictures: dict[StreamKey, deque[Picture]] = {}

    def put(self, item: Outgoing) -> None:
        with self._lock:
            if isinstance(item, tuple):
                key, picture = item
                self._pictures.setdefault(key, deque(maxlen=MOST_PENDING_PICTURES)).append(picture)
            else:
                self._reports.append(item)
            if self._woken:
                return
            self._woken = True
        self._loop.call_soon_threadsafe(self._serve)

    def take(self) -> tuple[list[Report], dict[StreamKey, deque[Picture]]]:
        with self._lock:
            self._woken = False
            taken = self._reports, self._pictures
            self._reports, self._pictures = [], {}
            return taken


class Engine:
    """Starts and stops work in other processes. Methods return at once unless they are awaited."""

    clock = staticmethod(time.monotonic)

    def __init__(self, hub: FrameHub) -> None:
        self._hub = hub
        self._running: set[int] = set()
        self._background = Background("report")
        self._waiting_reports: asyncio.Queue[Report] = asyncio.Queue()
        self.on_report: Callable[[Report], Awaitable[None]] | None = None

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._outbox = _Outbox(self._loop, self._serve)
        self._supervisor = Supervisor(self._outbox.put)
        self._supervisor.start()
        self._hub.on_demand = self._set_demand
        self._background.start(self._tell_reports(), "teller")

    async def close(self) -> None:
        """End every worker, and answer once they are reaped."""
        self._hub.on_demand = lambda _key, _demand: None
        await asyncio.to_thread(self._supervisor.close)
        await self._background.close()

    # ---- tasks -------------------------------------------------------------------------------------------

    def start_task(self, spec: AnalysisSpec) -> None:
        self._running.add(spec.task_id)
        self._call(self._supervisor.start_task, spec)

    async def stop_task(self, task_id: int) -> None:
        """Answers once the task's process is reaped."""
        stopped = self._loop.create_future()
        self._call(self._supervisor.stop_task, task_id, self._resolver(stopped))
        await stopped
        self._running.discard(task_id)

    def runs(self, task_id: int) -> bool:
        """Whether a task is in the supervisor's hands."""
        return task_id in self._running

    def set_options(self, task_id: int, options: TaskOptions) -> None:
        self._call(self._supervisor.set_options, task_id, options)

    def replace_model(self, task_id: int, model: ModelSpec) -> None:
        self._call(self._supervisor.replace_model, task_id, model)

    # ---- cameras -----------------------------------------------------------------------------------------

    def set_source(self, device_id: int, source: CameraSource) -> None:
        self._call(self._supervisor.set_source, device_id, source)

    def hold_camera(self, device_id: int, source: CameraSource) -> None:
        self._call(self._supervisor.hold_camera, device_id, source)

    def release_camera(self, device_id: int) -> None:
        self._call(self._supervisor.release_camera, device_id)

    # ---- jobs --------------------------------------------------------------------------------------------

    async def run_job(
        self,
        kind: JobKind,
        params: dict[str, Any],
        *,
        limit_s: float,
        on_progress: Callable[[JobProgress], None] = lambda _progress: None,
    ) -> dict[str, Any]:
        """Run one piece of work in a disposable process. Raises JobFailed or JobDied; cancelling kills it."""
        answer: asyncio.Future[dict[str, Any]] = self._loop.create_future()

        def settle(error: Exception | None, result: dict[str, Any]) -> None:
            if answer.done():
                return
            if error:
                answer.set_exception(error)
            else:
                answer.set_result(result)

        def on_loop(function: Callable[..., None], *values: Any) -> None:
            self._loop.call_soon_threadsafe(function, *values)

        def died(how: Exit) -> None:
            on_loop(settle, JobDied(how.cause), {})

        job = JobPost(
            on_progress=partial(on_loop, on_progress),
            on_done=lambda result: on_loop(settle, None, result),
            on_failed=lambda problem: on_loop(settle, JobFailed(problem), {}),
            on_died=died,
        )
        self._call(self._supervisor.run_job, kind, params, limit_s, job)
        try:
            return await answer
        finally:
            if not job.answered:
                self._call(self._supervisor.cancel_job, job)

    # ---- inside ------------------------------------------------------------------------------------------

    def _call(self, function: Callable[..., None], *values: Any) -> None:
        self._supervisor.submit(partial(function, *values))

    def _resolver(self, future: "asyncio.Future[None]") -> Callable[[], None]:
        def resolve() -> None:
            if not future.done():
                future.set_result(None)

        return lambda: _soon(self._loop, resolve)

    def _set_demand(self, key: StreamKey, demand: Demand) -> None:
        self._call(self._supervisor.set_demand, key, demand)

    def _serve(self) -> None:
        reports, pictures = self._outbox.take()
        for report in reports:
            self._waiting_reports.put_nowait(report)
        for key, waiting in pictures.items():
            for picture in waiting:
                self._hub.deliver(key, picture)

    async def _tell_reports(self) -> None:
        """One after the other, so that states arrive in the order in which they came about."""
        while True:
            report = await self._waiting_reports.get()
            try:
                if self.on_report is not None:
                    await self.on_report(report)
            except Exception:
                logger.exception("a report could not be taken: %s", type(report).__name__)


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
