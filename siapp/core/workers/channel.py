"""A worker's end of its two pipes: commands come in, reports go out. If the supervisor is gone, so are we."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, NoReturn

from siapp.core.errors import SiappError
from siapp.core.workers.messages import Command, Crashed, Failed, Heartbeat, Log, Message, Ready, decode, encode

HEARTBEAT_S = 1.0
LONGEST_TEXT = 4000  # of a log line or a trace: a few KB fit any pipe


class Channel:
    """Sends from any thread; receives on the worker's main thread, which beats while it waits."""

    def __init__(self, commands: Connection, reports: Connection) -> None:
        self._commands = commands
        self._reports = reports
        self._sending = threading.Lock()
        self._said_at = time.monotonic()

    def ready(self) -> None:
        self.send(Ready())

    def send(self, message: Message) -> None:
        data = encode(message)
        try:
            with self._sending:
                self._reports.send_bytes(data)
                self._said_at = time.monotonic()
        except OSError:
            leave()

    def beat(self) -> None:
        """Say "alive" if nothing else was said for a while."""
        if time.monotonic() - self._said_at >= HEARTBEAT_S:
            self.send(Heartbeat())

    def log(self, level: str, text: str) -> None:
        self.send(Log(level, text[:LONGEST_TEXT]))

    def crashed(self, trace: str) -> None:
        self.send(Crashed(trace[-LONGEST_TEXT:]))

    def fail(self, error: SiappError) -> None:
        self.send(Failed(error.code, error.message, dict(error.values)))

    def receive(self, timeout_s: float, *also: Any) -> Iterator[Command]:
        """The commands that are there, after at most `timeout_s` of waiting for one, or for something in `also`."""
        self.beat()
        ready = wait([self._commands, *also], max(0.0, min(timeout_s, HEARTBEAT_S)))
        if self._commands not in ready:
            return
        while self._commands.poll():
            try:
                yield decode(self._commands.recv_bytes())  # type: ignore[misc]
            except (EOFError, OSError):
                leave()


def leave(code: int = 0) -> NoReturn:
    """End at once. There is nothing to keep, and the interpreter's own way out takes a second where OpenVINO or
    FFmpeg's threads are in it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
