"""Child processes from the parent's side: spawned, heard, watched for silence, stopped in three steps, reaped.

Knows nothing of cameras or tasks. Everything runs on one long-lived thread: the kernel ties a child's life to the
thread that spawned it, and one `wait` over all pipes and process ends needs no polling.
"""

import heapq
import itertools
import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from siapp.core.workers.entry import WorkerRole, begin
from siapp.core.workers.messages import Command, Message, Ready, Stop, decode, encode

logger = logging.getLogger(__name__)

SILENT_S = 10.0
SILENT_AT_WORK_S = 20.0  # while it opens or warms up
ASK_S = 2.0
TERMINATE_S = 1.5

_spawn = get_context("spawn")


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended, as something to read: `asked` where it was told to, `cause` in words for a log."""

    asked: bool
    silent: bool
    code: int | None

    @property
    def clean(self) -> bool:
        return self.code == 0

    @property
    def cause(self) -> str:
        if self.silent:
            return "not responding"
        if self.code is not None and self.code < 0:
            return signal.Signals(-self.code).name
        return f"exit code {self.code}"


@dataclass(eq=False)
class Child:
    """One running process and its pipes. Made by `Keeper.spawn`; used on the keeper's thread only."""

    name: str
    role: WorkerRole
    on_message: Callable[[Message], None]
    on_exit: Callable[[Exit], None]
    process: Any
    commands: Connection
    reports: Connection
    heard_at: float = field(default_factory=time.monotonic)
    busy: bool = True  # opening or warming up: more patience
    asked: bool = False
    silent: bool = False
    ended: bool = False

    @property
    def pid(self) -> int:
        return int(self.process.pid or 0)

    def send(self, command: Command) -> None:
        """Tell the worker something; one that is just ending is told nothing."""
        if self.ended:
            return
        try:
            self.commands.send_bytes(encode(command))
        except OSError:
            logger.debug("%s no longer listens", self.name)


class Timers:
    """Calls at a time, by the monotonic clock."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (time.monotonic() + seconds, next(self._count), call))

    def until_next(self, longest: float) -> float:
        if not self._heap:
            return longest
        return max(0.0, min(longest, self._heap[0][0] - time.monotonic()))

    def run_due(self) -> None:
        while self._heap and self._heap[0][0] <= time.monotonic():
            heapq.heappop(self._heap)[2]()


class Keeper:
    """All child processes. `turn()` serves whatever happened; its thread calls it again and again."""

    def __init__(self) -> None:
        self.timers = Timers()
        self._by_pipe: dict[Connection, Child] = {}
        self._by_sentinel: dict[int, Child] = {}

    @property
    def children(self) -> tuple[Child, ...]:
        return tuple(self._by_sentinel.values())

    def spawn(
        self,
        role: WorkerRole,
        name: str,
        given: dict[str, Any],
        on_message: Callable[[Message], None],
        on_exit: Callable[[Exit], None],
        *,
        watched: bool = True,
    ) -> Child:
        """Start a worker. `on_exit` is called exactly once, after the last message.

        `watched`: whether silence is taken for death; jobs have a limit of their own instead.
        """
        their_commands, our_commands = _spawn.Pipe(duplex=False)
        our_reports, their_reports = _spawn.Pipe(duplex=False)
        process = _spawn.Process(
            target=begin,
            args=(role, os.getpid(), their_commands, their_reports, given),
            name=f"siapp-{name}",
        )
        process.start()
        # Ours alone keeps the pipe open: when a side dies, the other reads an end.
        their_commands.close()
        their_reports.close()
        child = Child(name, role, on_message, on_exit, process, our_commands, our_reports)
        self._by_pipe[our_reports] = child
        self._by_sentinel[process.sentinel] = child
        if watched:
            self._watch(child)
        return child

    def stop(self, child: Child) -> None:
        """Ask; after 2 s terminate; 1.5 s later kill. Its end is told by `on_exit` as always."""
        if child.asked or child.ended:
            return
        child.asked = True
        child.send(Stop())
        self.timers.after(ASK_S, lambda: self._signal(child, signal.SIGTERM))
        self.timers.after(ASK_S + TERMINATE_S, lambda: self.kill(child))

    def kill(self, child: Child) -> None:
        if not child.ended:
            child.process.kill()

    def turn(self, longest_s: float, *also: Any) -> bool:
        """Wait for news, at most `longest_s`, and serve it. Whether something in `also` is ready."""
        timeout = self.timers.until_next(longest_s)
        ready = wait([*self._by_pipe, *self._by_sentinel, *also], timeout)
        for source in ready:
            if isinstance(source, Connection) and (child := self._by_pipe.get(source)) is not None:
                self._hear(child)
        for source in ready:
            if isinstance(source, int) and (child := self._by_sentinel.get(source)) is not None:
                self._bury(child)
        self.timers.run_due()
        return any(source in also for source in ready)

    def _hear(self, child: Child) -> None:
        """Take every message that is there; a broken or strange one ends the worker."""
        try:
            while child.reports.poll():
                message = decode(child.reports.recv_bytes())
                child.heard_at = time.monotonic()
                if isinstance(message, Ready):
                    child.busy = False
                child.on_message(message)
        except (EOFError, OSError):
            self._by_pipe.pop(child.reports, None)
        except ValueError:
            logger.error("%s said something that is no message and is ended", child.name)
            self.kill(child)

    def _bury(self, child: Child) -> None:
        if child.reports in self._by_pipe:
            self._hear(child)  # what it said before it ended
        self._by_pipe.pop(child.reports, None)
        self._by_sentinel.pop(child.process.sentinel, None)
        child.ended = True
        child.process.join()
        how = Exit(child.asked, child.silent, child.process.exitcode)
        child.process.close()
        child.commands.close()
        child.reports.close()
        child.on_exit(how)

    def _watch(self, child: Child) -> None:
        """Kill a worker that has been silent for too long; look again when it could next be so."""
        if child.ended:
            return
        limit = SILENT_AT_WORK_S if child.busy else SILENT_S
        left = child.heard_at + limit - time.monotonic()
        if left <= 0:
            logger.warning("%s has been silent for %.0f s and is ended", child.name, limit)
            child.silent = True
            self.kill(child)
        else:
            self.timers.after(left, lambda: self._watch(child))

    @staticmethod
    def _signal(child: Child, number: signal.Signals) -> None:
        if not child.ended and child.pid:
            os.kill(child.pid, number)
