"""The process.log of each task, and of each test: written by one thread, rotated, read from its end."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from siapp.core.clock import now, rfc3339
from siapp.core.logs import redacted
from siapp.core.storage import Storage

logger = logging.getLogger(__name__)

LARGEST_LOG_BYTES = 1 << 20
KEPT_ROTATIONS = 2
MOST_WAITING = 1000
LONGEST_LINE = 500
MOST_READ_BYTES = 4 << 20
LOG_NAME = "process.log"
ERROR_NAME = "error.txt"


class LogLevel(StrEnum):
    """How much a line matters, the least first."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


_RANKS = {**{level.name: rank for rank, level in enumerate(LogLevel)}, "CRITICAL": len(LogLevel)}


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of a log, for people who watch it. What is worse than an error counts as one."""

    at: datetime
    level: LogLevel
    text: str


OnLine = Callable[[LogEntry], None]


@dataclass(frozen=True, slots=True)
class LogTail:
    """What a log ended with, oldest first, when somebody began to follow it. `close()` ends it; twice does no harm."""

    entries: tuple[LogEntry, ...]
    close: Callable[[], None]


class TaskLogs:
    """Appends lines without holding up the loop; beyond 1,000 waiting lines the newest are counted, not kept.

    `folder`: where the log with a number lies, a live task's if not said otherwise. It is made for the first line.
    """

    def __init__(self, storage: Storage, folder: Callable[[int], Path] | None = None) -> None:
        self._storage = storage
        self._folder = folder or storage.task_folder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="task-log")
        self._room = threading.BoundedSemaphore(MOST_WAITING)
        self._followers: dict[int, list[OnLine]] = {}
        self.dropped = 0

    def write(self, task_id: int, level: str, text: str) -> None:
        if not self._room.acquire(blocking=False):
            self.dropped += 1
            return
        moment, text = now(), _one_line(redacted(text))[:LONGEST_LINE]
        try:
            self._thread.submit(self._append, task_id, f"{rfc3339(moment)} {level:<7} {text}\n")
        except RuntimeError:  # closed already
            self._room.release()
            self.dropped += 1
        else:
            self._tell(task_id, moment, level, text)

    def set_error(self, task_id: int, text: str | None) -> None:
        """The task's error.txt is there with this sentence, or is not there."""
        with suppress(RuntimeError):  # closed already; the next start sees to it
            self._thread.submit(self._write_error, task_id, text)

    async def tail(self, task_id: int, lines: int, level: LogLevel = LogLevel.DEBUG) -> str:
        """The last `lines` lines of `level` or above, oldest first."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, tail_of, self._folder(task_id), lines, level
        )

    async def follow(self, task_id: int, lines: int, on_line: OnLine) -> LogTail:
        """The last `lines` lines, and each later one to `on_line` as it is written: none twice and none left out,
        because what was written before stands in front of the reading in the queue of the one thread."""
        followers = self._followers.setdefault(task_id, [])
        followers.append(on_line)

        def close() -> None:
            if on_line in followers:
                followers.remove(on_line)
            if not followers and self._followers.get(task_id) is followers:
                del self._followers[task_id]

        try:
            return LogTail(entries_of(await self.tail(task_id, lines)), close)
        except BaseException:
            close()
            raise

    async def remove(self, task_id: int) -> None:
        """All of its results."""
        await asyncio.get_running_loop().run_in_executor(
            self._thread, self._storage.remove_set_aside, self._folder(task_id)
        )

    async def written(self) -> None:
        """Answers once every line so far is in its file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, int)

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown)

    def _tell(self, task_id: int, moment: datetime, level: str, text: str) -> None:
        if followers := self._followers.get(task_id):
            entry = LogEntry(moment, _level_of(level) or LogLevel.INFO, text)
            for on_line in tuple(followers):
                try:
                    on_line(entry)
                except Exception:
                    logger.exception("who follows the log of task %d failed", task_id)

    def _append(self, task_id: int, line: str) -> None:
        try:
            path = self._made(task_id) / LOG_NAME
            if path.exists() and path.stat().st_size > LARGEST_LOG_BYTES:
                _rotate(path)
            with path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError as error:
            logger.warning(
                "a line for the log of task %d is lost: %s", task_id, error.strerror, extra={"task_id": task_id}
            )
        finally:
            self._room.release()

    def _made(self, task_id: int) -> Path:
        folder = self._folder(task_id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def _write_error(self, task_id: int, text: str | None) -> None:
        try:
            if text is None:
                (self._folder(task_id) / ERROR_NAME).unlink(missing_ok=True)
            else:
                (self._made(task_id) / ERROR_NAME).write_text(f"{redacted(text)}\n", encoding="utf-8")
        except OSError as error:
            logger.warning("error.txt of task %d is not as it should be: %s", task_id, error.strerror)


def tail_of(folder: Path, lines: int, level: LogLevel = LogLevel.DEBUG) -> str:
    """The last `lines` lines of `level` or above in a folder's process.log and what was rotated from it. Blocks."""
    path = folder / LOG_NAME
    files = [_rotated(path, number) for number in range(KEPT_ROTATIONS, 0, -1)] + [path]
    text = "".join(_read_end(file) for file in files)
    return "".join(list(_at_least(text, level))[-lines:])


def entries_of(text: str) -> tuple[LogEntry, ...]:
    """The lines of a log; one that does not begin as ours do goes with the one before it."""
    entries: list[LogEntry] = []
    for line in text.splitlines():
        if (entry := _entry(line)) is not None:
            entries.append(entry)
        elif entries:
            entries[-1] = replace(entries[-1], text=f"{entries[-1].text} {line.strip()}")
    return tuple(entries)


def _entry(line: str) -> LogEntry | None:
    at, _space, rest = line.partition(" ")
    name, _space, text = rest.partition(" ")
    level = _level_of(name)
    try:
        return None if level is None else LogEntry(datetime.fromisoformat(at), level, text.strip())
    except ValueError:
        return None


def _level_of(name: str) -> LogLevel | None:
    """None for a word that is no level."""
    return LogLevel.ERROR if name == "CRITICAL" else LogLevel.__members__.get(name)


def _at_least(text: str, level: LogLevel) -> Iterator[str]:
    """Lines of `level` or above; one that does not begin as ours do, as in a trace, goes with the one before it."""
    wanted, rank = _RANKS[level.name], 0
    for line in text.splitlines(keepends=True):
        parts = line.split(maxsplit=2)
        rank = _RANKS.get(parts[1], rank) if len(parts) > 1 and parts[0].endswith("Z") else rank
        if rank >= wanted:
            yield line


def _read_end(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - MOST_READ_BYTES))
            return file.read(MOST_READ_BYTES).decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _one_line(text: str) -> str:
    """What a camera says of itself must not break lines or drive the terminal that shows the log."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _rotated(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def _rotate(path: Path) -> None:
    for number in range(KEPT_ROTATIONS, 1, -1):
        older = _rotated(path, number - 1)
        if older.exists():
            older.replace(_rotated(path, number))
    path.replace(_rotated(path, 1))
