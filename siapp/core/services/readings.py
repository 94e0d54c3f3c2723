"""The station in figures, for whoever watches over it: what runs, what waits, what it takes."""

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import psutil

from siapp.core.db import tasks, tests
from siapp.core.db.engine import Database, Session
from siapp.core.domain import StreamKey, StreamKind, TaskState, TaskTotals
from siapp.core.errors import Unavailable
from siapp.core.histogram import Distribution
from siapp.core.hub import FrameHub
from siapp.core.services.tasks import TaskService
from siapp.core.services.uploads import Uploads
from siapp.core.workers.engine import Engine
from siapp.core.workers.entry import WorkerRole

MOST_TASKS = 1000  # with figures of their own; all are counted
TASK_STATES = tuple(state for state in TaskState if state is not TaskState.COMPLETED)
TEST_STATES = tuple(state for state in TaskState if state is not TaskState.RECONNECTING)


class ProcessRole(StrEnum):
    """What a process of siapp is there for."""

    MAIN = "main"
    CAPTURE = "capture"
    ANALYSIS = "analysis"
    JOB = "job"


class Queue(StrEnum):
    """Where something waits for its turn."""

    REPORTS = "reports"
    PICTURES = "pictures"
    DATABASE_READS = "database_reads"
    DATABASE_WRITES = "database_writes"
    UPLOADS = "uploads"


@dataclass(frozen=True, slots=True)
class Memory:
    """Of all processes of one role: how many there are, and their resident bytes; what they share counts for each."""

    processes: int
    resident_bytes: int


@dataclass(frozen=True, slots=True)
class TaskReading:
    """One task that exists. `totals` since its last start, None where it has not run since the station's."""

    id: int
    name: str
    totals: TaskTotals | None
    viewers: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many live tasks and tests there are in each state that they can be in."""

    tasks: Mapping[TaskState, int]
    tests: Mapping[TaskState, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """All figures of one moment. `counts` is None, and `tasks` empty, while the database does not answer."""

    counts: Counts | None
    tasks: tuple[TaskReading, ...]
    previews: int
    queues: Mapping[Queue, int]
    memory: Mapping[ProcessRole, Memory]
    database_answers: Distribution


class ReadingService:
    """Looks at all parts. Nothing here is kept."""

    def __init__(
        self, db: Database, tasks: TaskService, uploads: tuple[Uploads, ...], hub: FrameHub, engine: Engine
    ) -> None:
        """`uploads`: of every kind."""
        self._db = db
        self._tasks = tasks
        self._uploads = uploads
        self._hub = hub
        self._engine = engine

    async def take(self) -> Reading:
        """The figures of now. Answers while the database does not, too."""
        counts, tasks = await self._of_database()
        workers = await self._engine.processes()
        return Reading(
            counts=counts,
            tasks=tasks,
            previews=self._hub.viewers_of(StreamKind.DEVICE),
            queues=self._queues(),
            memory=await asyncio.to_thread(_memory, [(ProcessRole.MAIN, os.getpid()), *map(_as_process, workers)]),
            database_answers=self._db.answers.distribution(),
        )

    async def _of_database(self) -> tuple[Counts | None, tuple[TaskReading, ...]]:
        try:
            counts = await self._db.read(_counts)
            found = (await self._tasks.page(limit=MOST_TASKS)).items
        except Unavailable:
            return None, ()
        readings = (
            TaskReading(
                task.id,
                task.name,
                self._tasks.totals(task.id),
                self._hub.viewers(StreamKey(StreamKind.TASK, task.id)),
            )
            for task in found
        )
        return counts, tuple(readings)

    def _queues(self) -> Mapping[Queue, int]:
        reports, pictures = self._engine.waiting
        return {
            Queue.REPORTS: reports,
            Queue.PICTURES: pictures,
            Queue.DATABASE_READS: self._db.reads_waiting,
            Queue.DATABASE_WRITES: self._db.writes_waiting,
            Queue.UPLOADS: sum(kind.under_way for kind in self._uploads),
        }


def _counts(session: Session) -> Counts:
    found, of_tests = tasks.count_by_state(session), tests.count_by_state(session)
    return Counts(
        {state: found.get(state, 0) for state in TASK_STATES}, {state: of_tests.get(state, 0) for state in TEST_STATES}
    )


def _as_process(worker: tuple[WorkerRole, int]) -> tuple[ProcessRole, int]:
    role, pid = worker
    match role:
        case WorkerRole.CAPTURE:
            return ProcessRole.CAPTURE, pid
        case WorkerRole.ANALYSIS:
            return ProcessRole.ANALYSIS, pid
        case _:
            return ProcessRole.JOB, pid


def _memory(processes: Iterable[tuple[ProcessRole, int]]) -> Mapping[ProcessRole, Memory]:
    """Blocks for a look into the system's tables. A process that has just ended counts no more."""
    sizes: dict[ProcessRole, list[int]] = {role: [] for role in ProcessRole}
    for role, pid in processes:
        try:
            sizes[role].append(psutil.Process(pid).memory_info().rss)
        except psutil.Error:
            continue
    return {role: Memory(len(found), sum(found)) for role, found in sizes.items()}
