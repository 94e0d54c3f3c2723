"""Tests: an algorithm tried on a recorded video, in a process of its own. Start, stop, and the state each is in."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from siapp.core.background import Background
from siapp.core.bus import Bus
from siapp.core.db import audit, tests
from siapp.core.db.engine import Database, Session
from siapp.core.db.tests import NewTest
from siapp.core.db.unique import refuse_task_name
from siapp.core.domain import (
    Action,
    Actor,
    Deed,
    Problem,
    Progress,
    RecordedVideo,
    Role,
    StreamInfo,
    TaskOptions,
    TaskState,
    TestTask,
)
from siapp.core.errors import Conflict, InvalidInput, SiappError, Unavailable
from siapp.core.events import TestDeleted, TestProgress, TestStateChanged
from siapp.core.i18n import Language, _
from siapp.core.naming import clean_name
from siapp.core.page import Page
from siapp.core.problems import sentence
from siapp.core.services.access import permitted, require
from siapp.core.services.algorithms import AlgorithmService, not_ready
from siapp.core.services.audit import AuditService
from siapp.core.services.pace import Pace
from siapp.core.services.recordings import ERROR_NAME, UNFORESEEN, Analysis, Outcome
from siapp.core.services.results import error_text
from siapp.core.services.tasks import LONGEST_TAIL, STORE_RETRY_S, check_options
from siapp.core.services.uploads import Upload, Uploads, size_of, unheard
from siapp.core.space import Space
from siapp.core.specs import CameraSource, JobKind, JobProgress, ModelSpec, options_to_json
from siapp.core.storage import Storage
from siapp.core.tasklog import LogEntry, LogLevel, LogTail, TaskLogs
from siapp.core.turns import Turns
from siapp.core.workers.engine import Engine, JobDied, JobFailed

logger = logging.getLogger(__name__)

PROBE_LIMIT_S = 30.0
MOST_PROBES = 2  # at once: each is a process
# Less of what the container promises is a video that breaks off. A duration promises less exactly than a count.
WHOLE_BY_COUNT, WHOLE_BY_DURATION = 0.98, 0.9

INTERRUPTED = Problem("interrupted", _("siapp was closed while this test ran. Start it again."))
WAITING = Problem("waiting_for_turn", _("Other tests are running. This one begins when it is its turn."))


@dataclass(frozen=True, slots=True)
class _Run:
    """A test under way: the analysis, and who waits for its end and stores it."""

    analysis: "asyncio.Task[Outcome]"
    following: "asyncio.Task[None]"


@dataclass(frozen=True, slots=True)
class _Change:
    """Who changes a test's state by which intention; `version`: of the algorithm, where a run begins."""

    actor: Actor
    action: Action
    version: int | None = None


class TestService:
    """One method for each thing a person can intend with tests; `_set_state` is the only door to a state."""

    def __init__(
        self,
        db: Database,
        bus: Bus,
        audit: AuditService,
        storage: Storage,
        space: Space,
        algorithms: AlgorithmService,
        engine: Engine,
        logs: TaskLogs,
        videos: Uploads,
        at_once: int,
    ) -> None:
        """`videos`: the way in for them. `at_once`: how many run at the same time; a test takes all the processor that
        live tasks leave."""
        self._db = db
        self._bus = bus
        self._audit = audit
        self._storage = storage
        self._space = space
        self._algorithms = algorithms
        self._engine = engine
        self._logs = logs
        self._videos = videos
        self._turns = Turns(at_once)
        self._probes = asyncio.Semaphore(MOST_PROBES)
        # A lock lives as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._runs: dict[int, _Run] = {}
        self._progress: dict[int, Progress] = {}
        self._closing = False
        self._background = Background("test")

    def run_at_once(self, number: int) -> None:
        """So many from now on; those that run go on."""
        self._turns.allow(number)

    async def resume(self) -> None:
        """At start: what ran when siapp ended is interrupted, and videos are as the rows say."""
        for test in await self._db.write(lambda s: tests.interrupt_active(s, INTERRUPTED)):
            self._logs.write(test.id, "WARNING", "siapp was closed while this test ran")
            await asyncio.to_thread(self._remove_error, test.id)
        known = await self._db.read(tests.files)
        await asyncio.to_thread(self._storage.tidy_videos, frozenset(known.values()))

    async def close(self) -> None:
        """End every run with a video that plays, and store that it was interrupted."""
        self._closing = True
        runs = tuple(self._runs.items())
        for test_id, run in runs:
            async with self._lock(test_id):  # not while its state is being stored
                run.analysis.cancel()
        await asyncio.gather(*(run.following for _number, run in runs), return_exceptions=True)
        await self._background.close()

    @permitted(Role.OPERATOR, Action.TEST_ADD)
    async def refuse_name(self, _actor: Actor, name: str) -> None:
        """Raises InvalidInput or Conflict where a new test can't have this name: before gigabytes are sent for nothing.
        Somebody may take it until then, so `add` looks again."""
        await self._refuse_name(name)

    async def _refuse_name(self, name: str) -> None:
        cleaned = clean_name(name)
        await self._db.read(lambda s: refuse_task_name(s, cleaned))

    # Whoever is no operator is refused inside, where the file is taken away.
    @permitted(Role.VIEWER, Action.TEST_ADD)
    async def add(
        self, actor: Actor, name: str, algorithm_id: int, upload: Upload, options: TaskOptions | None = None
    ) -> TestTask:
        """Keep an uploaded video to try an algorithm on. Whatever goes wrong leaves no file.

        Raises InvalidInput `not_a_video` for a file that can't be opened and read as one.
        """
        try:
            require(actor, Role.OPERATOR)
            name, options = clean_name(name), options or TaskOptions()
            check_options(options)
            await self._algorithms.get(algorithm_id)  # before the trouble of a look into the file
            info = await self._probed(upload.path)
            video = RecordedVideo(upload.filename, self._storage.new_video_name(), upload.size, info)
            new = NewTest(name, algorithm_id, video, options, actor.username)
            return self._announced(await self._stored(actor, new, upload.path))
        except BaseException:
            await asyncio.to_thread(self._storage.remove, upload.path)
            raise

    @permitted(Role.OPERATOR, Action.TEST_ADD)
    async def add_from_file(
        self,
        actor: Actor,
        name: str,
        algorithm_id: int,
        path: Path,
        options: TaskOptions | None = None,
        on_bytes: Callable[[int], None] = unheard,
    ) -> TestTask:
        """The same for a video of this machine, as the window takes it. `on_bytes` hears how much is copied."""
        await self._refuse_name(name)
        check_options(options or TaskOptions())
        async with self._videos.place(actor, await size_of(path)) as place:
            upload = await self._videos.receive_file(path, on_bytes, place)
            return await self.add(actor, name, algorithm_id, upload, options)

    @permitted(Role.OPERATOR, Action.TEST_ADD)
    async def add_again(
        self, actor: Actor, test_id: int, name: str, options: TaskOptions, algorithm_id: int | None = None
    ) -> TestTask:
        """A new test of the same video, with other options or another algorithm, to be compared with the first one.

        Both have the one file in videos/, which goes with the last of its tests; each person's quota counts it once.
        """
        name = clean_name(name)
        check_options(options)
        test = await self.get(test_id)
        if not await asyncio.to_thread(self._storage.video(test.video.file).is_file):
            raise video_gone()
        async with self._videos.place(actor) as place:
            if test.created_by != actor.username:
                place.refuse(test.video.size)
            again = NewTest(name, algorithm_id or test.algorithm.id, test.video, options, actor.username)
            made = await self._db.write(audit.noted(actor, lambda s: tests.insert_again(s, test_id, again), _added))
        await self._logs.remove(made.id)
        return self._announced(made)

    @permitted(Role.OPERATOR, Action.TEST_EDIT)
    async def update_options(self, actor: Actor, test_id: int, options: TaskOptions) -> TestTask:
        """For its next run. Raises Conflict while it runs: results are of one set of options."""
        check_options(options)
        async with self._lock(test_id):
            before = await self.get(test_id)
            if before.options == options:
                return before
            change = audit.noted(actor, lambda s: tests.set_options(s, test_id, options), partial(_edited, before))
            return self._announced(self._with_progress(await self._db.write(change)))

    async def get(self, test_id: int) -> TestTask:
        """Raises NotFound."""
        return self._with_progress(await self._db.read(lambda s: tests.get(s, test_id)))

    async def page(self, limit: int = 100, offset: int = 0) -> Page[TestTask]:
        page = await self._db.read(lambda s: tests.page(s, limit, offset))
        return Page(tuple(self._with_progress(test) for test in page.items), page.total)

    @permitted(Role.OPERATOR, Action.TEST_START)
    async def start(self, actor: Actor, test_id: int) -> tuple[TestTask, bool]:
        """The test as it is then, and whether anything was done: starting a running test does nothing.

        The results of an earlier run go. With others under way it waits for its turn, and says so. Raises OutOfSpace
        where the disk has no room for results.
        """
        async with self._lock(test_id):
            test = await self.get(test_id)
            if test.state is TaskState.STOPPING:
                raise Conflict("task_in_transition", _("The test is just being stopped. Try again in a moment."))
            if test.state.is_active:
                return test, False
            model = await self._model(test)
            await asyncio.to_thread(self._space.refuse, 0)
            change = _Change(actor, Action.TEST_START, model.version)
            test = await self._set_state(test_id, TaskState.STARTING, by=change)
            await self._logs.remove(test_id)
            self._begin(test, model)
        return test, True

    @permitted(Role.OPERATOR, Action.TEST_STOP)
    async def stop(self, actor: Actor, test_id: int) -> tuple[TestTask, bool]:
        """Answers once the test is stopping; it is stopped when its process is gone and its video plays."""
        async with self._lock(test_id):
            test = await self.get(test_id)
            if test.state is TaskState.STOPPING or not test.state.is_active:
                return test, False
            test = await self._set_state(test_id, TaskState.STOPPING, by=_Change(actor, Action.TEST_STOP))
            if (run := self._runs.get(test_id)) is not None:  # else it has just ended, and its end is to be stored
                run.analysis.cancel()
        return test, True

    @permitted(Role.OPERATOR, Action.TEST_DELETE)
    async def delete(self, actor: Actor, test_id: int) -> None:
        """Its results go too, and its video where no other test has it. Raises Conflict while it runs."""
        async with self._lock(test_id):
            await self._logs.written()  # a line that comes later would bring its folder back
            await self._delete(actor, test_id)
        self._bus.publish(TestDeleted(test_id))

    async def log(self, test_id: int, tail: int = 200, level: LogLevel = LogLevel.DEBUG) -> str:
        """The last lines of the test's process.log that are of `level` or above."""
        await self.get(test_id)
        return await self._logs.tail(test_id, max(1, min(tail, LONGEST_TAIL)), level)

    async def follow_log(self, test_id: int, on_line: Callable[[LogEntry], None], tail: int = 200) -> LogTail:
        """The last lines of the test's process.log, and from there on each new one, as for live tasks.

        A run takes the log of the one before away: follow anew where another one begins.
        """
        await self.get(test_id)
        return await self._logs.follow(test_id, max(1, min(tail, LONGEST_TAIL)), on_line)

    # ---- files and rows ----------------------------------------------------------------------------------

    async def _probed(self, path: Path) -> StreamInfo:
        given = {"source": CameraSource(str(path), is_file=True).to_json()}
        try:
            async with self._probes:
                return StreamInfo(**await self._engine.run_job(JobKind.PROBE, given, limit_s=PROBE_LIMIT_S))
        except (JobFailed, JobDied) as error:
            logger.info("an uploaded file is no video: %s", error)
            raise InvalidInput(
                "not_a_video",
                _("This file is not a video that siapp can read. MP4 with H.264 always works."),
                field="video_file",
            ) from None

    async def _stored(self, actor: Actor, new: NewTest, upload: Path) -> TestTask:
        """Row and file, both or neither, wherever siapp is killed: the file is set aside until the row is there."""
        aside: list[Path] = []

        def insert(session: Session) -> TestTask:
            test = tests.insert(session, new)
            aside.append(self._storage.bring_in(upload, new.video.file))
            return test

        try:
            test = await self._db.write(audit.noted(actor, insert, _added))
        except Exception:  # one that is cancelled may be stored all the same: the next start knows
            for path in aside:
                await asyncio.to_thread(self._storage.remove, path)
            raise
        await asyncio.to_thread(self._storage.bring_back, aside[0])
        await self._logs.remove(test.id)  # of a test with this number in another database
        return test

    async def _delete(self, actor: Actor, test_id: int) -> None:
        """Row and files, both or neither, wherever siapp is killed: set aside before the commit, removed after."""
        paths: list[Path] = []

        def delete(session: Session) -> TestTask:
            shared = tests.shares_video(session, test_id)
            test = tests.delete(session, test_id)
            paths.append(self._storage.test_results(test_id))
            if not shared:
                paths.append(self._storage.video(test.video.file))
            for path in paths:
                self._storage.set_aside(path)
            return test

        try:
            await self._db.write(audit.noted(actor, delete, _deleted))
        except Exception:  # as above
            for path in paths:
                await asyncio.to_thread(self._storage.bring_back, self._storage.aside(path))
            raise
        self._progress.pop(test_id, None)
        for path in paths:
            await asyncio.to_thread(self._storage.remove_set_aside, path)

    # ---- a run -------------------------------------------------------------------------------------------

    async def _model(self, test: TestTask) -> ModelSpec:
        algorithm = await self._algorithms.get(test.algorithm.id)
        if algorithm.active_version is None:
            raise not_ready(algorithm.name)
        return await self._algorithms.model(algorithm.id, algorithm.active_version)

    def _begin(self, test: TestTask, model: ModelSpec) -> None:
        """Under the test's lock, so that nothing of the run is stored before this is announced."""
        analysing = asyncio.get_running_loop().create_task(self._analyse(test, model), name=f"test-run-{test.id}")
        following = self._background.start(self._follow(test, analysing), f"end-{test.id}")
        self._runs[test.id] = _Run(analysing, following)

    async def _analyse(self, test: TestTask, model: ModelSpec) -> Outcome:
        self._log(test.id, logging.INFO, f"{test.video.filename} with {test.algorithm.name}, version {model.version}")
        if self._turns.full:
            await self._set_at_last(test.id, TaskState.STARTING, WAITING)
        async with self._turns:
            await self._set_at_last(test.id, TaskState.RUNNING)
            return await self._analysis(test, model)

    async def _analysis(self, test: TestTask, model: ModelSpec) -> Outcome:
        video = self._storage.video(test.video.file)
        if not await asyncio.to_thread(video.is_file):
            raise video_gone()
        folder = await asyncio.to_thread(self._storage.test_results, test.id)
        pace = Pace(test.video.frames)

        def on_progress(job: JobProgress) -> None:
            if self._progress_of(test.id, pace.after(job.done)) and pace.may_log():
                self._log(test.id, logging.INFO, pace.text())

        def on_log(level: str, text: str) -> None:
            self._logs.write(test.id, level, text)

        analysis = Analysis(video, folder, model, test.options, modest=True, floor=self._space.floor)
        return await analysis.run(self._engine, on_progress, on_log, gently=True)

    def _progress_of(self, test_id: int, progress: Progress) -> bool:
        """Note and announce how far a test is; False where it has ended."""
        if test_id not in self._runs:
            return False
        self._progress[test_id] = progress
        self._bus.publish(TestProgress(test_id, progress))
        return True

    async def _follow(self, test: TestTask, analysing: "asyncio.Task[Outcome]") -> None:
        """Store how a run ended."""
        await asyncio.wait([analysing])
        del self._runs[test.id]
        state, problem = self._end_of(test, analysing)
        if problem is not None and state is TaskState.ERROR:
            await asyncio.to_thread(self._write_error, test.id, problem)
        await self._set_at_last(test.id, state, problem)

    def _end_of(self, test: TestTask, analysing: "asyncio.Task[Outcome]") -> tuple[TaskState, Problem | None]:
        last = self._progress.get(test.id, Progress(total=test.video.frames))
        self._progress[test.id] = replace(last, eta_s=None)
        if analysing.cancelled():
            self._log(test.id, logging.INFO, _so_far(last))
            return (TaskState.INTERRUPTED, INTERRUPTED) if self._closing else (TaskState.STOPPED, None)
        match analysing.exception():
            case None:
                return TaskState.COMPLETED, self._completed(test, analysing.result())
            case SiappError() as error:
                return TaskState.ERROR, Problem(error.code, error.message, tuple(error.values.items()))  # type: ignore[arg-type]
            case unforeseen:
                logger.error("test %d failed", test.id, exc_info=unforeseen)
                return TaskState.ERROR, UNFORESEEN

    def _completed(self, test: TestTask, outcome: Outcome) -> Problem | None:
        """What there is to say of a run that came to its end: nothing where it had all of the video."""
        for level, text in outcome.story():
            self._log(test.id, level, text)
        problem = _broken_off(test.video, outcome)
        total = outcome.frames if problem is None else test.video.frames
        self._progress[test.id] = Progress(outcome.frames, total, outcome.fps, 0.0)
        return problem

    def _write_error(self, test_id: int, problem: Problem) -> None:
        """error.txt, before anybody hears of the error."""
        try:
            path = self._storage.test_results(test_id) / ERROR_NAME
            path.write_text(f"{error_text(problem)}\n", encoding="utf-8")
        except OSError as error:
            logger.warning("the error of test %d can't be written: %s", test_id, error.strerror)

    def _remove_error(self, test_id: int) -> None:
        """Of a run before the one that was interrupted, or of that one where it was just about to end in error."""
        self._storage.remove(self._storage.test_results(test_id) / ERROR_NAME)

    # ---- states ------------------------------------------------------------------------------------------

    async def _set_state(
        self, test_id: int, state: TaskState, problem: Problem | None = None, by: _Change | None = None
    ) -> TestTask:
        """The one setter: checks the transition, stores it, announces it. Under the test's lock."""
        before = await self.get(test_id)
        if before.state is not state and not before.state.may_become(state):
            raise Conflict(
                "task_in_transition", _("The test is “{state}” at present. Try again in a moment."), state=before.state
            )
        if state is TaskState.STARTING:
            self._progress.pop(test_id, None)
        progress = self._progress.get(test_id)

        def change(session: Session) -> TestTask:
            if by is not None and by.version is not None:
                tests.use_version(session, test_id, by.version)
            test = tests.set_state(session, test_id, state, problem, progress)
            if by is not None:
                audit.append(session, by.actor, _deed(by.action, before, test))
            return test

        test = await self._db.write(change)
        if not state.is_active:
            self._progress.pop(test_id, None)
        level = logging.ERROR if state is TaskState.ERROR else logging.WARNING if problem else logging.INFO
        if before.state.is_active or not state.is_active:  # the line of a start goes with the old results
            self._log(test_id, level, f"{before.state} -> {state}{_reason(problem)}")
        return self._announced(test)

    async def _set_at_last(self, test_id: int, state: TaskState, problem: Problem | None = None) -> None:
        """What a run came to, stored as soon as the database answers. Who asked for a stop gets one."""
        while True:
            try:
                async with self._lock(test_id):
                    if (await self.get(test_id)).state is not TaskState.STOPPING:
                        await self._set_state(test_id, state, problem)
                    elif not state.is_active:
                        await self._set_state(test_id, TaskState.STOPPED)
                return
            except Unavailable:
                if self._closing:  # the next start says that it was interrupted
                    logger.warning("the end of test %d could not be stored", test_id)
                    return
                await asyncio.sleep(STORE_RETRY_S)

    def _lock(self, test_id: int) -> asyncio.Lock:
        return self._locks.setdefault(test_id, asyncio.Lock())

    def _log(self, test_id: int, level: int, text: str) -> None:
        self._logs.write(test_id, logging.getLevelName(level), text)

    def _with_progress(self, test: TestTask) -> TestTask:
        return replace(test, progress=self._progress.get(test.id, test.progress))

    def _announced(self, test: TestTask) -> TestTask:
        self._bus.publish(TestStateChanged(test))
        return test


def _broken_off(video: RecordedVideo, outcome: Outcome) -> Problem | None:
    """What was wrong with the video, where not all of it could be read."""
    share = WHOLE_BY_DURATION if video.info.frames is None else WHOLE_BY_COUNT
    if not outcome.decode_errors and outcome.frames >= share * (video.frames or 0):
        return None
    return Problem(
        "video_damaged",
        _(
            "The video is damaged or breaks off. {done} frames could be read, and the results are of these. "
            "Copy the video anew if there should be more."
        ),
        (("done", outcome.frames),),
    )


def video_gone() -> InvalidInput:
    return InvalidInput("video_gone", _("The video of this test is gone. Delete the test and add it again."))


def _so_far(progress: Progress) -> str:
    of_all = f" of {progress.total}" if progress.total else ""
    return f"ended after {progress.done}{of_all} frames"


def _reason(problem: Problem | None) -> str:
    return f": {sentence(problem, Language.ENGLISH)}" if problem else ""


def _described(test: TestTask) -> dict[str, Any]:
    """What the audit keeps of a test."""
    return {
        "algorithm": test.algorithm.name,
        "video": test.video.filename,
        "size": test.video.size,
        "options": options_to_json(test.options),
    }


def _added(test: TestTask) -> Deed:
    return Deed(Action.TEST_ADD, test.id, test.name, after=_described(test))


def _edited(before: TestTask, after: TestTask) -> Deed:
    then, now = options_to_json(before.options), options_to_json(after.options)
    changed = [name for name in now if then[name] != now[name]]
    return Deed(
        Action.TEST_EDIT,
        after.id,
        after.name,
        {name: then[name] for name in changed},
        {name: now[name] for name in changed},
    )


def _deleted(test: TestTask) -> Deed:
    return Deed(Action.TEST_DELETE, test.id, test.name, before=_described(test))


def _deed(action: Action, before: TestTask, after: TestTask) -> Deed:
    said: dict[str, Any] = {"state": after.state.value}
    if action is Action.TEST_START:
        said["version"] = after.algorithm.version
    return Deed(action, after.id, after.name, {"state": before.state.value}, said)
