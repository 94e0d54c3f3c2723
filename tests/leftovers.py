"""What a test may not leave behind: asyncio tasks, threads, child processes, shared memory, ERROR lines."""

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

PATIENCE_S = 5.0
SHARED_MEMORY = Path("/dev/shm")

# Python's own helpers, which live until the interpreter ends.
_LASTING_CHILDREN = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")


class ErrorLines(logging.Handler):
    """Keeps what was logged as ERROR or worse, by any logger of this process."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")


class Snapshot:
    """What there is now; `left_behind()` waits a while and names what is there in addition."""

    def __init__(self) -> None:
        self._threads = set(threading.enumerate())
        self._children = {child.pid for child in _children()}
        self._blocks = _shared_memory()

    def left_behind(self) -> list[str]:
        found: list[str] = []
        for look in (self._new_threads, self._new_children, self._new_blocks):
            found += once_empty(look)
        return found

    def _new_threads(self) -> list[str]:
        # Dummies stand for threads of libraries (Qt's, say) that called into Python once; they are not ours to end.
        ours = [thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)]
        return [f"thread {thread.name}" for thread in ours if thread not in self._threads]

    def _new_children(self) -> list[str]:
        return [
            f"process {child.pid}: {_command(child)[:120]}" for child in _children() if child.pid not in self._children
        ]

    def _new_blocks(self) -> list[str]:
        new = _shared_memory() - self._blocks
        return [f"shared memory {name}" for name in sorted(new) if not _belongs_to_others(name)]


def own_blocks() -> set[str]:
    """Names of the shared memory that no process outside this test run has mapped."""
    return {name for name in _shared_memory() if not _belongs_to_others(name)}


def tasks_left_behind() -> list[str]:
    """Names of the running loop's tasks, but for the one that asks."""
    return [task.get_name() for task in asyncio.all_tasks() - {asyncio.current_task()} if not task.done()]


def once_empty(look: Callable[[], list[str]]) -> list[str]:
    """What `look` still finds when patience ends; nothing as soon as it finds nothing."""
    end = time.monotonic() + PATIENCE_S
    while (found := look()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def _children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if not any(name in _command(child) for name in _LASTING_CHILDREN)
    ]


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()) or process.name()
    except psutil.Error:
        return "(ended)"


def _shared_memory() -> set[str]:
    return {path.name for path in SHARED_MEMORY.glob("psm_*")} if sys.platform == "linux" else set()


def _belongs_to_others(name: str) -> bool:
    """Whether a process outside this test run has the block mapped: several runs may share a machine."""
    own = {psutil.Process().pid, *(child.pid for child in _children())}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(folder.name) not in own and name in (folder / "maps").read_text():
                return True
        except OSError:
            continue
    return False
