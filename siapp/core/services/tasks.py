"""Live tasks: a camera and an algorithm together. Start, stop, change, and the state each is in."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from siapp.core.background import Background
from siapp.core.bus import Bus
from siapp.core.db import audit, tasks
from siapp.core.db.engine import Database, Session
from siapp.core.domain import (
    SYSTEM,
    Action,
    Actor,
    Deed,
    NamedRef,
    Problem,
    Role,
    StreamKey,
    StreamKind,
    Task,
    TaskOptions,
    TaskState,
    TaskStats,
    TaskTotals,
)
from siapp.core.errors import Conflict, NotFound, SiappError, Unavailable
from siapp.core.events import DeviceChanged, Event, TaskDeleted, TaskStateChanged, TaskStatsChanged
from siapp.core.history import Histories, History
from siapp.core.hub import Audience, FrameHub
from siapp.core.i18n import Language, _
from siapp.core.keyframes import KeyFrameSpec
from siapp.core.naming import clean_name
from siapp.core.page import Page
from siapp.core.problems import sentence
from siapp.core.services.access import permitted
from siapp.core.services.algorithms import AlgorithmService, not_ready
from siapp.core.services.audit import AuditService
from siapp.core.services.devices import DeviceService
from siapp.core.services.options import check_options as check_options
from siapp.core.services.results import error_text
from siapp.core.specs import AnalysisSpec, LogLine, TaskFigures, TaskReport, options_to_json
from siapp.core.storage import Storage
from siapp.core.tasklog import LogEntry, LogLevel, LogTail, TaskLogs
from siapp.core.workers.engine import Engine

logger = logging.getLogger(__name__)

LONGEST_TAIL = 5000
STORE_RETRY_S = 1.0
INTERRUPTED = Problem("interrupted", _("siapp was closed while this task ran."))


class TaskService:
    """One method for each thing a person can intend with tasks; `_set_state` is the only door to a state."""

    def __init__(
        self,
        db: Database,
        bus: Bus,
        audit: AuditService,
        devices: DeviceService,
        algorithms: AlgorithmService,
        engine: Engine,
        hub: FrameHub,
        logs: TaskLogs,
        storage: Storage,
        key_frames: KeyFrameSpec,
    ) -> None:
        self._db = db
        self._bus = bus
        self._audit = audit
        self._devices = devices
        self._algorithms = algorithms
        self._engine = engine
        self._hub = hub
        self._logs = logs
        self._storage = storage
        self._key_frames = key_frames
        # A lock lives as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._stats: dict[int, TaskStats] = {}
        self._totals: dict[int, TaskTotals] = {}
        self._histories = Histories()
        # As last announced, so that figures need no look into the database every second.
        self._known: dict[int, Task] = {}
        # What the supervisor said while the database did not answer: the newest of each task.
        self._unstored: dict[int, TaskReport] = {}
        self._storing_late: asyncio.Task[None] | None = None
        self._background = Background("task")
        algorithms.on_activation(self._take_over_version)
        bus.subscribe(self._on_event)

    def keep_frames(self, kept: KeyFrameSpec) -> None:
        """How many key frames a task keeps, from its next start on."""
        self._key_frames = kept

    async def resume(self) -> None:
        """At start: what a crash left as running is interrupted; tasks marked auto-start begin again."""
        for task in await self._db.write(lambda s: tasks.interrupt_active(s, INTERRUPTED)):
            self._logs.write(task.id, "WARNING", "siapp was closed while this task ran")
        for task in (await self.page(limit=10_000)).items:
            if task.auto_start:
                try:
                    await self.start(SYSTEM, task.id)
                except SiappError as error:
                    logger.warning("task %d can't be resumed: %s", task.id, error, extra={"task_id": task.id})

    async def close(self) -> None:
        """Stop every worker in order and store it; tasks marked auto-start come back at the next start."""
        try:
            active = [task for task in (await self.page(limit=10_000)).items if task.state.is_active]
            for outcome in await asyncio.gather(*(self._wind_down(task.id) for task in active), return_exceptions=True):
                if isinstance(outcome, Exception):
                    logger.warning("a task's end could not be stored: %s", outcome)
        except Unavailable as error:
            logger.warning("the tasks' ends could not be stored: %s", error)
        finally:
            await self._background.close()

    @permitted(Role.OPERATOR, Action.TASK_ADD)
    async def add(
        self,
        actor: Actor,
        name: str,
        device_id: int,
        algorithm_id: int,
        options: TaskOptions | None = None,
        auto_start: bool = False,
    ) -> Task:
        name, options = clean_name(name), options or TaskOptions()
        check_options(options)
        insert = audit.noted(
            actor, lambda s: tasks.insert(s, name, device_id, algorithm_id, options, auto_start), _added
        )
        return self._announced(await self._db.write(insert))

    async def get(self, task_id: int) -> Task:
        """Raises NotFound."""
        return self._with_stats(await self._db.read(lambda s: tasks.get(s, task_id)))

    async def page(self, limit: int = 100, offset: int = 0) -> Page[Task]:
        page = await self._db.read(lambda s: tasks.page(s, limit, offset))
        return Page(tuple(self._with_stats(task) for task in page.items), page.total)

    @permitted(Role.OPERATOR, Action.TASK_EDIT)
    async def update(
        self, actor: Actor, task_id: int, options: Mapping[str, Any] | None = None, auto_start: bool | None = None
    ) -> Task:
        """Applied to a running task at once, without a restart.

        `options`: the ones that change, by name. Merged under the lock, so that of two people who edit at once none
        undoes what the other changed.
        """
        async with self._lock(task_id):
            task = await self.get(task_id)
            new, start = replace(task.options, **options or {}), task.auto_start if auto_start is None else auto_start
            check_options(new)
            edit = audit.noted(
                actor, lambda s: tasks.set_options(s, task_id, new, start), lambda edited: _edited(task, edited)
            )
            task = await self._db.write(edit)
            if self._engine.runs(task_id):
                self._engine.set_options(task_id, new)
        return self._announced(task)

    @permitted(Role.OPERATOR, Action.TASK_START)
    async def start(self, actor: Actor, task_id: int) -> tuple[Task, bool]:
        """The task as it is then, and whether anything was done: starting a running task does nothing."""
        async with self._lock(task_id):
            task = await self.get(task_id)
            if task.state is TaskState.STOPPING:
                raise Conflict("task_in_transition", _("The task is just being stopped. Try again in a moment."))
            if task.state.is_active:
                return task, False
            spec = await self._spec(task)
            if self._engine.runs(task_id):  # in error, and waiting for its next try
                await self._engine.stop_task(task_id)
            task = await self._set_state(task_id, TaskState.STARTING, by=(actor, Action.TASK_START))
            self._engine.start_task(spec)
        confirming = self._devices.confirm_source(spec.device_id, spec.source)
        self._background.start(confirming, f"source-{task_id}")
        return task, True

    @permitted(Role.OPERATOR, Action.TASK_STOP)
    async def stop(self, actor: Actor, task_id: int) -> tuple[Task, bool]:
        """Answers once the task is stopping; it is stopped when its process is gone."""
        async with self._lock(task_id):
            task = await self.get(task_id)
            failing = task.state is TaskState.ERROR and self._engine.runs(task_id)
            if task.state is TaskState.STOPPING or not (task.state.is_active or failing):
                return task, False
            task = await self._set_state(task_id, TaskState.STOPPING, by=(actor, Action.TASK_STOP))
        self._background.start(self._finish_stop(task_id), f"stop-{task_id}")
        return task, True

    @permitted(Role.OPERATOR, Action.TASK_DELETE)
    async def delete(self, actor: Actor, task_id: int) -> None:
        """Raises Conflict while it runs. Its results go too."""
        async with self._lock(task_id):
            await self._delete(actor, task_id)
            if self._engine.runs(task_id):  # in error, and waiting for its next try
                await self._engine.stop_task(task_id)
        self._stats.pop(task_id, None)
        self._totals.pop(task_id, None)
        self._histories.forget(task_id)
        self._known.pop(task_id, None)  # before its files go: a late line of its log would bring them back
        await self._logs.remove(task_id)
        self._bus.publish(TaskDeleted(task_id))

    async def log(self, task_id: int, tail: int = 200, level: LogLevel = LogLevel.DEBUG) -> str:
        """The last lines of the task's process.log that are of `level` or above."""
        await self.get(task_id)
        return await self._logs.tail(task_id, max(1, min(tail, LONGEST_TAIL)), level)

    async def follow_log(self, task_id: int, on_line: Callable[[LogEntry], None], tail: int = 200) -> LogTail:
        """The last lines of the task's process.log, and from there on each new one to `on_line`, none twice.

        `on_line` is called on the loop's thread, for the first lines before the answer is there, and must not block.
        """
        await self.get(task_id)
        return await self._logs.follow(task_id, max(1, min(tail, LONGEST_TAIL)), on_line)

    def history(self, task_id: int) -> History:
        """The task's figures of the last hour, with gaps where it did not run."""
        return self._histories.of(task_id)

    def totals(self, task_id: int) -> TaskTotals | None:
        """Of the task's present or last run; None where it has not run since the station's start."""
        return self._totals.get(task_id)

    async def on_report(self, report: TaskReport) -> None:
        """The supervisor says how a task's processes do. What comes after a stop was asked for is too late.

        While the database does not answer, the newest report of each task is kept and stored once it does.
        """
        if self._storing_late is not None and not self._storing_late.done():  # nobody waits for it here
            self._unstored[report.task_id] = report
            return
        try:
            await self._take_report(report)
        except Unavailable:
            self._unstored[report.task_id] = report
            self._storing_late = self._background.start(self._store_late(), "late-reports")

    async def _take_report(self, report: TaskReport) -> None:
        async with self._lock(report.task_id):
            if report.run is not None and not self._engine.is_current(report):
                return  # of a run that was stopped meanwhile
            try:
                task = await self.get(report.task_id)
            except NotFound:
                return
            live = task.state.is_active and task.state is not TaskState.STOPPING
            tried_again = task.state is TaskState.ERROR and report.state.is_active and self._engine.runs(task.id)
            if tried_again and report.state is not TaskState.STARTING:  # which was said while nothing could be stored
                await self._set_state(task.id, TaskState.STARTING)
            if (live or tried_again) and (task.state, task.error) != (report.state, report.problem):
                await self._set_state(task.id, report.state, report.problem)

    async def _store_late(self) -> None:
        while self._unstored:
            await asyncio.sleep(STORE_RETRY_S)
            for report in tuple(self._unstored.values()):
                try:
                    await self._take_report(report)
                except Unavailable:
                    continue
                except SiappError as error:
                    logger.warning(
                        "a report on task %d came too late: %s",
                        report.task_id,
                        error,
                        extra={"task_id": report.task_id},
                    )
                if self._unstored.get(report.task_id) is report:
                    del self._unstored[report.task_id]

    def on_figures(self, figures: TaskFigures) -> None:
        task = self._known.get(figures.task_id)
        if task is not None and task.state.is_active:
            self._stats[figures.task_id] = self._with_viewers(figures)
            if task.state is TaskState.RUNNING:
                self._histories.add(figures.task_id, figures.stats)
            if figures.totals is not None:
                self._totals[figures.task_id] = figures.totals
            self._bus.publish(TaskStatsChanged(self._with_stats(task)))

    def _with_viewers(self, figures: TaskFigures) -> TaskStats:
        """The supervisor's figures, and how late the pictures reached those who watch, while there are any."""
        if not figures.stats.fps_out:
            return figures.stats
        key = StreamKey(StreamKind.TASK, figures.task_id)
        window, viewers = (self._hub.latency_ms(key, audience) for audience in (Audience.WINDOW, Audience.REMOTE))
        return replace(figures.stats, window_p95_ms=window, viewers_p95_ms=viewers)

    def on_log(self, line: LogLine) -> None:
        if line.task_id in self._known:
            self._logs.write(line.task_id, line.level, line.text)

    async def _set_state(
        self, task_id: int, state: TaskState, problem: Problem | None = None, by: tuple[Actor, Action] | None = None
    ) -> Task:
        """The one setter: checks the transition, stores it, announces it. Under the task's lock. `by`: who asked for
        it and for what, where somebody did."""
        before = await self.get(task_id)
        if before.state is not state and not before.state.may_become(state):
            raise Conflict(
                "task_in_transition", _("The task is “{state}” at present. Try again in a moment."), state=before.state
            )

        def change(session: Session) -> Task:
            task = tasks.set_state(session, task_id, state, problem)
            if by is not None:
                told = {"state": before.state.value}, {"state": state.value}
                audit.append(session, by[0], Deed(by[1], task_id, task.name, *told))
            return task

        task = await self._db.write(change)
        if not state.is_active:
            self._stats.pop(task_id, None)
        if state is not TaskState.RUNNING:
            self._histories.pause(task_id)
        reason = f": {sentence(problem, Language.ENGLISH)}" if problem else ""
        if state is TaskState.ERROR or before.state is TaskState.ERROR:
            self._logs.set_error(task_id, error_text(problem) if state is TaskState.ERROR else None)
        level = "ERROR" if state is TaskState.ERROR else "WARNING" if problem else "INFO"
        self._logs.write(task_id, level, f"{before.state} -> {state}{reason}")
        return self._announced(task)

    async def _delete(self, actor: Actor, task_id: int) -> None:
        """Row and results, both or neither, wherever siapp is killed: set aside before the commit, removed after."""
        aside: list[Path] = []

        def work(session: Session) -> Task:
            task = tasks.delete(session, task_id)
            session.flush()
            aside.append(self._storage.set_aside(self._storage.task_folder(task_id)))
            return task

        try:
            await self._db.write(audit.noted(actor, work, _deleted))
        except Exception:  # one that is cancelled may be stored all the same: the next start knows
            for folder in aside:
                await asyncio.to_thread(self._storage.bring_back, folder)
            raise

    async def _finish_stop(self, task_id: int) -> None:
        await self._engine.stop_task(task_id)
        while True:
            try:
                async with self._lock(task_id):
                    await self._set_state(task_id, TaskState.STOPPED)
                return
            except Unavailable:  # stopping for good would be a task that nobody can start again
                await asyncio.sleep(STORE_RETRY_S)

    async def _wind_down(self, task_id: int) -> None:
        async with self._lock(task_id):
            if (await self.get(task_id)).state is not TaskState.STOPPING:
                await self._set_state(task_id, TaskState.STOPPING)
            await self._engine.stop_task(task_id)
            await self._set_state(task_id, TaskState.STOPPED)

    async def _spec(self, task: Task) -> AnalysisSpec:
        if task.algorithm.version is None:
            raise not_ready(task.algorithm.name)
        folder = await asyncio.to_thread(self._storage.task_results, task.id)
        return AnalysisSpec(
            task_id=task.id,
            device_id=task.device.id,
            source=await self._devices.source(task.device.id),
            model=await self._algorithms.model(task.algorithm.id, task.algorithm.version),
            options=task.options,
            key_frames=replace(self._key_frames, folder=str(folder)),
        )

    def _take_over_version(self, algorithm_id: int) -> None:
        self._background.start(self._replace_models_at_last(algorithm_id), f"version-{algorithm_id}")

    async def _replace_models_at_last(self, algorithm_id: int) -> None:
        while True:
            try:
                return await self._replace_models(algorithm_id)
            except Unavailable:  # the new version is stored and shown: no task may go on with the old one
                await asyncio.sleep(STORE_RETRY_S)

    async def _replace_models(self, algorithm_id: int) -> None:
        for task in await self._db.read(lambda s: tasks.using_algorithm(s, algorithm_id)):
            async with self._lock(task.id):
                try:
                    fresh = await self.get(task.id)
                    if self._engine.runs(task.id):
                        self._engine.replace_model(task.id, (await self._spec(fresh)).model)
                except (NotFound, Conflict) as error:  # deleted, or the version is gone again
                    logger.warning("task %d keeps its version: %s", task.id, error, extra={"task_id": task.id})
                else:
                    self._announced(fresh)

    def _on_event(self, event: Event) -> None:
        """A camera's new name is the name that its tasks show."""
        if isinstance(event, DeviceChanged):
            camera = NamedRef(event.device.id, event.device.name)
            for task in tuple(self._known.values()):
                if task.device.id == camera.id and task.device != camera:
                    self._announced(replace(task, device=camera))

    def _lock(self, task_id: int) -> asyncio.Lock:
        return self._locks.setdefault(task_id, asyncio.Lock())

    def _with_stats(self, task: Task) -> Task:
        return replace(task, stats=self._stats.get(task.id, task.stats))

    def _announced(self, task: Task) -> Task:
        task = self._known[task.id] = self._with_stats(task)
        self._bus.publish(TaskStateChanged(task))
        return task


def _added(task: Task) -> Deed:
    return Deed(Action.TASK_ADD, task.id, task.name, after={**_made_of(task), **_told(task)})


def _edited(before: Task, after: Task) -> Deed:
    return Deed(Action.TASK_EDIT, after.id, after.name, _told(before), _told(after))


def _deleted(task: Task) -> Deed:
    return Deed(Action.TASK_DELETE, task.id, task.name, before={**_made_of(task), **_told(task)})


def _made_of(task: Task) -> dict[str, Any]:
    return {"device": task.device.name, "algorithm": task.algorithm.name}


def _told(task: Task) -> dict[str, Any]:
    return {"options": options_to_json(task.options), "auto_start": task.auto_start}
