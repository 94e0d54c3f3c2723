"""The station in figures, for whoever watches over it: what runs, what waits, what it takes."""

import asyncio
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import psutil

from siapp.core.db.engine import Database
from siapp.core.domain import StreamKey, StreamKind, TaskState, TaskTotals
from siapp.core.errors import Unavailable
from siapp.core.histogram import Distribution
from siapp.core.hub import FrameHub
from siapp.core.services.tasks import TaskService
from siapp.core.services.uploads import Uploads
from siapp.core.workers.engine import Engine
from siapp.core.workers.entry import WorkerRole

MOST_TASKS = 1000


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
class Reading:
    """All figures of one moment. `states` is None, and `tasks` empty, while the database does not answer."""

    states: Mapping[TaskState, int] | None
    tasks: tuple[TaskReading, ...]
    previews: int
    queues: Mapping[Queue, int]
    memory: Mapping[ProcessRole, Memory]
    database_answers: Distribution


class ReadingService:
    """Looks at all parts. Nothing here is kept."""

    def __init__(self, db: Database, tasks: TaskService, uploads: Uploads, hub: FrameHub, engine: Engine) -> None:
        self._db = db
        self._tasks = tasks
        self._uploads = uploads
        self._hub = hub
        self._engine = engine

    async def take(self) -> Reading:
        """The figures of now. Answers while the database does not, too."""
        states, tasks = await self._of_tasks()
        workers = await self._engine.processes()
        return Reading(
            states=states,
            tasks=tasks,
            previews=self._hub.viewers_of(StreamKind.DEVICE),
            queues=self._queues(),
            memory=await asyncio.to_thread(_memory, [(ProcessRole.MAIN, os.getpid()), *map(_as_process, workers)]),
            database_answers=self._db.answers.distribution(),
        )

    async def _of_tasks(self) -> tuple[Mapping[TaskState, int] | None, tuple[TaskReading, ...]]:
        try:
            found = (await self._tasks.page(limit=MOST_TASKS)).items
        except Unavailable:
            return None, ()
        states = Counter(task.state for task in found)
        readings = (
            TaskReading(
                task.id,
                task.name,
                self._tasks.totals(task.id),
                self._hub.viewers(StreamKey(StreamKind.TASK, task.id)),
            )
            for task in found
        )
        return {state: states[state] for state in TaskState}, tuple(readings)

    def _queues(self) -> Mapping[Queue, int]:
        reports, pictures = self._engine.waiting
        return {
            Queue.REPORTS: reports,
            Queue.PICTURES: pictures,
            Queue.DATABASE_READS: self._db.reads_waiting,
            Queue.DATABASE_WRITES: self._db.writes_waiting,
            Queue.UPLOADS: self._uploads.under_way,
        }


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
