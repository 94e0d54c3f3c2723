"""The process.log of each task, and of each test: written by one thread, rotated, read from its end."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from siapp.core.clock import now, rfc3339
from siapp.core.logs import redacted
from siapp.core.storage import Storage

logger = logging.getLogger(__name__)

LARGEST_LOG_BYTES = 1 << 20
KEPT_ROTATIONS = 2
MOST_WAITING = 1000
LONGEST_LINE = 500
LOG_NAME = "process.log"


class TaskLogs:
    """Appends lines without holding up the loop; beyond 1,000 waiting lines the newest are counted, not kept.

    `folder`: where the log with a number lies; a live task's results if not said otherwise.
    """

    def __init__(self, storage: Storage, folder: Callable[[int], Path] | None = None) -> None:
        self._storage = storage
        self._folder = folder or storage.task_results
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="task-log")
        self._room = threading.BoundedSemaphore(MOST_WAITING)
        self.dropped = 0

    def write(self, task_id: int, level: str, text: str) -> None:
        if not self._room.acquire(blocking=False):
            self.dropped += 1
            return
        line = f"{rfc3339(now())} {level:<7} {_one_line(redacted(text))[:LONGEST_LINE]}\n"
        try:
            self._thread.submit(self._append, task_id, line)
        except RuntimeError:  # closed already
            self._room.release()
            self.dropped += 1

    async def tail(self, task_id: int, lines: int) -> str:
        """The last `lines` lines, oldest first."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._read_tail, task_id, lines)

    async def remove(self, task_id: int) -> None:
        await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: self._storage.remove(self._folder(task_id))
        )

    async def written(self) -> None:
        """Answers once every line so far is in its file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, int)

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown)

    def _append(self, task_id: int, line: str) -> None:
        try:
            path = self._folder(task_id) / LOG_NAME
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

    def _read_tail(self, task_id: int, lines: int) -> str:
        path = self._folder(task_id) / LOG_NAME
        files = [_rotated(path, number) for number in range(KEPT_ROTATIONS, 0, -1)] + [path]
        text = "".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.exists())
        return "".join(text.splitlines(keepends=True)[-lines:])


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
