"""The loop's side of the supervisor: plain calls in, reports and pictures out, all on the loop's thread."""

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from siapp.core.background import Background
from siapp.core.domain import Problem, StreamKey, TaskOptions
from siapp.core.errors import SiappError
from siapp.core.hub import FrameHub
from siapp.core.settings import forget_secrets
from siapp.core.specs import (
    AnalysisSpec,
    CameraSource,
    Demand,
    InferenceSpec,
    JobKind,
    JobProgress,
    ModelSpec,
    Report,
    TaskReport,
)
from siapp.core.workers.entry import WorkerRole
from siapp.core.workers.errand import Errand, log_as_ours
from siapp.core.workers.messages import PlayerCommand
from siapp.core.workers.outbox import Outbox
from siapp.core.workers.players import Screening
from siapp.core.workers.supervisor import Supervisor

logger = logging.getLogger(__name__)

T = TypeVar("T")


class JobFailed(Exception):
    """A disposable process answered with a reason."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class JobDied(Exception):
    """A disposable process ended without an answer: killed, crashed, or over its time."""


class Engine:
    """Starts and stops work in other processes. Methods return at once unless they are awaited."""

    clock = staticmethod(time.monotonic)

    def __init__(self, hub: FrameHub) -> None:
        self._hub = hub
        self._numbers = itertools.count(1)
        self._running: dict[int, int] = {}  # the number of each task's run
        self._inference = InferenceSpec()
        self._background = Background("report")
        self._reports_wait = asyncio.Event()
        self.on_report: Callable[[Report], Awaitable[None]] | None = None

    async def start(self) -> None:
        forget_secrets()  # workers inherit the environment, and open what is not trusted
        self._loop = asyncio.get_running_loop()
        self._outbox = Outbox(self._loop, self._serve)
        self._supervisor = Supervisor(self._outbox.put_report, self._outbox.put_picture)
        self._supervisor.start()
        self._hub.on_demand = self._set_demand
        self._hub.on_key_frame_wanted = partial(self._call, self._supervisor.want_key_frame)
        self._background.start(self._tell_reports(), "teller")

    async def close(self) -> None:
        """End every worker, and answer once they are reaped."""
        self._hub.on_demand = lambda _key, _demand: None
        self._hub.on_key_frame_wanted = lambda _key: None
        await asyncio.to_thread(self._supervisor.close)
        await self._background.close()

    # ---- where networks run ------------------------------------------------------------------------------

    @property
    def inference(self) -> InferenceSpec:
        """How jobs run their networks."""
        return self._inference

    def set_device(self, name: str) -> None:
        """The accelerator (see settings) of jobs that are started from now on, and of all analyses."""
        self._inference = InferenceSpec(device=name)
        self._call(self._supervisor.set_device, name)

    # ---- tasks -------------------------------------------------------------------------------------------

    def start_task(self, spec: AnalysisSpec) -> None:
        number = self._running[spec.task_id] = next(self._numbers)
        self._call(self._supervisor.start_task, spec, number)

    async def stop_task(self, task_id: int) -> None:
        """Answers once the task's process is reaped."""
        stopped = self._loop.create_future()
        self._call(self._supervisor.stop_task, task_id, self._resolver(stopped))
        await stopped
        self._running.pop(task_id, None)

    def runs(self, task_id: int) -> bool:
        """Whether a task is in the supervisor's hands."""
        return task_id in self._running

    def is_current(self, report: TaskReport) -> bool:
        """Whether it speaks of the task's present run, and not of one that was stopped meanwhile."""
        return self._running.get(report.task_id) == report.run

    def set_options(self, task_id: int, options: TaskOptions) -> None:
        self._call(self._supervisor.set_options, task_id, options)

    def replace_model(self, task_id: int, model: ModelSpec) -> None:
        self._call(self._supervisor.replace_model, task_id, model)

    # ---- cameras -----------------------------------------------------------------------------------------

    def set_source(self, device_id: int, source: CameraSource) -> None:
        self._call(self._supervisor.set_source, device_id, source)

    def retry_camera(self, device_id: int) -> None:
        """Have a camera that is away tried at once; nothing where it is not in use or not away."""
        self._call(self._supervisor.retry_camera, device_id)

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
        on_log: Callable[[str, str], None] | None = None,
        gently: bool = False,
    ) -> dict[str, Any]:
        """Run one piece of work in a disposable process. Raises JobFailed or JobDied.

        `on_log` hears the level and text of what it says, which is in the program's own log otherwise. Cancelling
        kills it; `gently` asks it first to bring its files to an end, and waits until it is gone, at most 4 s.
        """
        answer: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        gone: asyncio.Future[None] = self._loop.create_future()

        def settle(error: Exception | None, result: dict[str, Any]) -> None:
            if answer.done():
                return
            if error:
                answer.set_exception(error)
            else:
                answer.set_result(result)

        def on_loop(function: Callable[..., None], *values: Any) -> None:
            _soon(self._loop, partial(function, *values))

        errand = Errand(
            on_progress=partial(on_loop, on_progress),
            on_done=lambda result: on_loop(settle, None, result),
            on_failed=lambda problem: on_loop(settle, JobFailed(problem), {}),
            on_died=lambda cause: on_loop(settle, JobDied(cause), {}),
            on_log=partial(on_loop, on_log) if on_log is not None else log_as_ours,
            on_gone=self._resolver(gone),
        )
        self._call(self._supervisor.run_job, kind, params, limit_s, errand)
        try:
            await asyncio.wait([answer])  # unlike `await answer` it leaves the future alone where it is cancelled
            return answer.result()
        except asyncio.CancelledError:
            if gently:
                self._call(self._supervisor.stop_job, errand)
                await gone
            raise
        finally:
            if not errand.answered:
                self._call(self._supervisor.cancel_job, errand)
            if not answer.cancel():
                answer.exception()  # of a job that was cancelled nobody asks for it any more

    # ---- players -----------------------------------------------------------------------------------------

    def open_player(self, screening: Screening) -> None:
        """Its functions are called on another thread than the loop's."""
        self._call(self._supervisor.open_player, screening)

    def tell_player(self, screening: Screening, command: PlayerCommand) -> None:
        self._call(self._supervisor.tell_player, screening, command)

    def resize_player(self, screening: Screening, demand: Demand) -> None:
        self._call(self._supervisor.resize_player, screening, demand)

    def close_player(self, screening: Screening) -> None:
        self._call(self._supervisor.close_player, screening)

    # ---- for those who watch over it ---------------------------------------------------------------------

    async def processes(self) -> tuple[tuple[WorkerRole, int], ...]:
        """Role and process id of every worker."""
        answer: asyncio.Future[tuple[tuple[WorkerRole, int], ...]] = self._loop.create_future()
        self._call(lambda: _soon(self._loop, partial(_settle, answer, self._supervisor.processes())))
        return await answer

    @property
    def waiting(self) -> tuple[int, int]:
        """How many reports and how many pictures of the workers the loop has not taken yet."""
        return self._outbox.waiting

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
        for key, waiting in self._outbox.take_pictures().items():
            for picture in waiting:
                self._hub.deliver(key, picture)
        self._reports_wait.set()

    async def _tell_reports(self) -> None:
        """One after the other, so that states arrive in the order in which they came about."""
        while True:
            await self._reports_wait.wait()
            self._reports_wait.clear()
            for report in self._outbox.take_reports():
                await self._tell(report)

    async def _tell(self, report: Report) -> None:
        try:
            if self.on_report is not None:
                await self.on_report(report)
        except Exception:
            logger.exception("a report could not be taken: %s", type(report).__name__)


async def answer_of(
    engine: Engine,
    kind: JobKind,
    params: dict[str, Any],
    *,
    limit_s: float,
    died: Problem,
    on_progress: Callable[[JobProgress], None] = lambda _progress: None,
    on_log: Callable[[str, str], None] | None = None,
    gently: bool = False,
) -> dict[str, Any]:
    """`Engine.run_job` for whom there is no way on without the answer.

    Raises SiappError: the process's own reason, or `died`, whose sentence may name the {cause}.
    """
    try:
        return await engine.run_job(
            kind, params, limit_s=limit_s, on_progress=on_progress, on_log=on_log, gently=gently
        )
    except JobFailed as failure:
        problem = failure.problem
    except JobDied as death:
        problem = replace(died, values=(*died.values, ("cause", str(death))))
    raise SiappError(problem.code, problem.message, **dict(problem.values))


def _settle(answer: "asyncio.Future[T]", value: T) -> None:
    if not answer.done():
        answer.set_result(value)


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody is there to hear
        loop.call_soon_threadsafe(call)
