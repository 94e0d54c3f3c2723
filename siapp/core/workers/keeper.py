"""Child processes from the parent's side: spawned, heard, watched for silence, stopped in three steps, reaped.

Knows nothing of cameras or tasks. Everything runs on one long-lived thread: the kernel ties a child's life to the
thread that spawned it, and one `wait` over all pipes and process ends needs no polling.
"""

import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import wait
from typing import Any

from siapp.core.workers.entry import WorkerRole, begin
from siapp.core.workers.messages import Command, Crashed, Log, Message, Stop, WarmingUp, decode, encode
from siapp.core.workers.pipes import Incoming, Outgoing
from siapp.core.workers.timers import Timers

logger = logging.getLogger(__name__)

SILENT_S = 10.0
SILENT_AT_WORK_S = 20.0  # while it opens or warms up
ASK_S = 2.0
TERMINATE_S = 1.5
MOST_LAST_READS = 10_000  # what a pipe can hold, even where each read gives one small message

NOT_RESPONDING = "not responding"

_spawn = get_context("spawn")


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: `asked` where it was told to; `code` None where it could not even begin; `reason`
    where we ended it for one."""

    asked: bool
    code: int | None
    reason: str = ""

    @property
    def cause(self) -> str:
        """In words, for a log or a problem."""
        if self.reason:
            return self.reason
        if self.code is None:
            return "it could not be started"
        return _signal_name(-self.code) if self.code < 0 else f"exit code {self.code}"


@dataclass(eq=False)
class Child:
    """One running process and its pipes. Made by `Keeper.spawn`; used on the keeper's thread only."""

    role: WorkerRole
    name: str
    on_message: Callable[[Message], None]
    on_exit: Callable[[Exit], None]
    process: Any
    commands: Outgoing
    reports: Incoming
    heard_at: float = field(default_factory=time.monotonic)
    at_work: bool = True  # opening or warming up: more patience
    asked: bool = False
    ended: bool = False
    reason: str = ""

    @property
    def pid(self) -> int:
        return int(self.process.pid or 0)

    def send(self, command: Command) -> None:
        """Tell the worker something. One that is just ending is told nothing; one that takes nothing is ended."""
        if self.ended:
            return
        try:
            listens = self.commands.put(encode(command))
        except OSError:
            return
        if not listens:
            self.kill(NOT_RESPONDING)

    def kill(self, reason: str = "") -> None:
        """End it at once. `reason` stands in what `on_exit` is told."""
        if not self.ended:
            self.reason = self.reason or reason
            self.process.kill()

    def terminate(self) -> None:
        if not self.ended:
            self.process.terminate()


class Keeper:
    """All child processes. `turn()` serves whatever happened; its thread calls it again and again."""

    def __init__(self) -> None:
        self.timers = Timers()
        self._by_pipe: dict[Any, Child] = {}
        self._by_sentinel: dict[Any, Child] = {}

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
        """Start a worker. `on_exit` is called exactly once, after the last message, also where it can't be started.

        `watched`: whether silence is taken for death; jobs have a limit of their own instead.
        """
        their_commands, our_commands = _spawn.Pipe(duplex=False)
        our_reports, their_reports = _spawn.Pipe(duplex=False)
        process = _spawn.Process(
            target=begin,
            args=(role, os.getpid(), their_commands, their_reports, given),
            name=f"siapp-{name}",
        )
        child = Child(role, name, on_message, on_exit, process, Outgoing(our_commands), Incoming(our_reports))
        try:
            process.start()
        except OSError as error:
            logger.error("%s can't be started: %s", name, error)
            child.ended = True
            self.timers.after(0.0, lambda: self._end(child, Exit(False, None)))
        else:
            self._by_pipe[our_reports] = child
            self._by_sentinel[process.sentinel] = child
            if watched:
                self._watch(child)
        finally:
            # Ours alone keeps the pipe open: when a side dies, the other reads an end.
            their_commands.close()
            their_reports.close()
        return child

    def stop(self, child: Child) -> None:
        """Ask; after 2 s terminate; 1.5 s later kill. Its end is told by `on_exit` as always."""
        if child.asked or child.ended:
            return
        child.asked = True
        child.send(Stop())
        self.timers.after(ASK_S, child.terminate)
        self.timers.after(ASK_S + TERMINATE_S, child.kill)

    def turn(self, longest_s: float, also: Any) -> bool:
        """Wait for news, at most `longest_s`, and serve it. Whether `also` is ready."""
        timeout = self.timers.until_next(longest_s)
        ready = wait([*self._by_pipe, *self._by_sentinel, also], timeout)
        for source in ready:
            if (child := self._by_pipe.get(source)) is not None:
                self._hear(child)
        for source in ready:
            if (child := self._by_sentinel.get(source)) is not None:
                self._bury(child)
        self.timers.run_due()
        return also in ready

    def _hear(self, child: Child) -> bool:
        """Take some of what it said, so that one that floods keeps the others waiting only a moment. Whether there
        may be more."""
        try:
            taken = child.reports.take()
            for data in taken or ():
                self._take(child, decode(data))
            return taken is not None
        except (EOFError, OSError):
            pass
        except ValueError:
            logger.error("%s said something that is no message and is ended", child.name)
            child.kill("it said something that is no message")
        self._by_pipe.pop(child.reports.connection, None)
        return False

    def _take(self, child: Child, message: Message) -> None:
        child.heard_at = time.monotonic()
        if not isinstance(message, Log):
            child.at_work = isinstance(message, WarmingUp)
        if isinstance(message, Crashed):
            logger.error("%s crashed:\n%s", child.name, message.trace)
            return
        try:
            child.on_message(message)
        except Exception:
            logger.exception("%s from %s could not be served", type(message).__name__, child.name)
            child.kill("its report could not be served")

    def _bury(self, child: Child) -> None:
        for _again in range(MOST_LAST_READS):
            if child.reports.connection not in self._by_pipe or not self._hear(child):
                break  # that was the last of what it said before it ended
        self._by_pipe.pop(child.reports.connection, None)
        self._by_sentinel.pop(child.process.sentinel, None)
        child.process.join()
        how = Exit(child.asked, child.process.exitcode, child.reason)
        child.process.close()
        self._end(child, how)

    @staticmethod
    def _end(child: Child, how: Exit) -> None:
        child.ended = True
        child.commands.close()
        child.reports.close()
        try:
            child.on_exit(how)
        except Exception:
            logger.exception("the end of %s could not be served", child.name)

    def _watch(self, child: Child) -> None:
        """Kill a worker that has been silent for too long; look again when it could next be so."""
        if child.ended:
            return
        limit = SILENT_AT_WORK_S if child.at_work else SILENT_S
        left = child.heard_at + limit - time.monotonic()
        if left <= 0:
            logger.warning("%s has been silent for %.0f s and is ended", child.name, limit)
            child.kill(NOT_RESPONDING)
        else:
            # The limit may become the shorter one before that.
            self.timers.after(min(left, SILENT_S), lambda: self._watch(child))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal has no name
        return f"signal {number}"
