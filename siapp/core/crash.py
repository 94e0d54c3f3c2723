"""Ends that were not meant: a mark says that siapp runs, and whoever finds it at the next start knows of a crash.

What a crash says itself, native stacks included, goes to crash.log. Functions that touch the disk block.
"""

import faulthandler
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from siapp import __version__
from siapp.core.clock import now, rfc3339
from siapp.core.private import close_to_others

logger = logging.getLogger(__name__)

CRASH_LOG = "crash.log"
MARK_NAME = "running.json"
REPORT_NAME = "last-crash.json"
LARGEST_LOG_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Crash:
    """When siapp was last seen alive. `told`: somebody at the desk has read of it."""

    at: datetime
    version: str
    told: bool = False


class RunMark:
    """In the folder of the logs, while a station runs there. Only for who holds the data folder's lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mark = folder / MARK_NAME
        self._report = folder / REPORT_NAME
        self._meant = True

    def begin(self) -> Crash | None:
        """The answer is the last run's end, where that was no orderly one. Before anything is logged."""
        crash = self._found()
        if crash is not None:
            self._write(self._report, {"at": rfc3339(crash.at), "version": crash.version, "told": False})
        self._write(self._mark, {"version": __version__, "started_at": rfc3339(now()), "pid": os.getpid()})
        return crash

    def alive(self) -> None:
        """Say so now and then: a kill leaves nothing else that tells when it came."""
        with suppress(OSError):
            os.utime(self._mark)

    def unforeseen(self) -> None:
        """What is under way now is no orderly end."""
        self._meant = False

    def end(self) -> None:
        if self._meant:
            self._mark.unlink(missing_ok=True)

    def last_crash(self) -> Crash | None:
        """The last one that is known, told or not."""
        stored = _read(self._report)
        try:
            return Crash(datetime.fromisoformat(stored["at"]), str(stored["version"]), bool(stored["told"]))
        except (KeyError, TypeError, ValueError):
            return None

    def told(self) -> None:
        """Somebody has read of the last crash."""
        stored = _read(self._report)
        if stored:
            self._write(self._report, {**stored, "told": True})

    def _found(self) -> Crash | None:
        if not self._mark.exists():
            return None
        traces = (self._mark, self._folder / "siapp.log", self._folder / CRASH_LOG)
        last = max(path.stat().st_mtime for path in traces if path.exists())
        return Crash(datetime.fromtimestamp(last, UTC), str(_read(self._mark).get("version", "?")))

    def _write(self, path: Path, values: dict[str, Any]) -> None:
        """A full disk must not keep siapp from starting; then there is no mark."""
        try:
            path.write_text(json.dumps(values), encoding="utf-8")
            close_to_others(path)
        except OSError as error:
            logger.warning("%s can't be written: %s", path.name, error.strerror)


def _read(path: Path) -> dict[str, Any]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


@contextmanager
def crashes_logged(folder: Path) -> Iterator[None]:
    """While it lasts, a fatal signal writes every thread's stack into `folder`/crash.log, and an exception that nobody
    catches goes into the log. For a whole program, not for each station in it."""
    path = folder / CRASH_LOG
    if path.exists() and path.stat().st_size > LARGEST_LOG_BYTES:
        path.replace(path.with_name(f"{CRASH_LOG}.1"))
    hooks = sys.excepthook, threading.excepthook
    with path.open("a", encoding="utf-8") as file:
        close_to_others(path)
        faulthandler.enable(file)
        sys.excepthook, threading.excepthook = _uncaught, _uncaught_in_thread
        try:
            yield
        finally:
            sys.excepthook, threading.excepthook = hooks
            faulthandler.disable()


def _uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, Exception):
        logger.critical("nobody caught this", exc_info=(kind, error, traceback))
    else:  # Ctrl+C and the like mean something
        sys.__excepthook__(kind, error, traceback)


def _uncaught_in_thread(hook: threading.ExceptHookArgs) -> None:
    if hook.exc_value is not None:
        name = hook.thread.name if hook.thread else "?"
        logger.critical("nobody caught this in %s", name, exc_info=(hook.exc_type, hook.exc_value, hook.exc_traceback))
