"""One contender's process: what it says, the most memory it had, and its end, whatever happens here."""

import json
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psutil

from siapp.core.errors import SiappError
from siapp.core.i18n import _

LOOK_S = 0.1
GOODBYE_S = 10.0
LOG_NAME = "bench.log"
THEIRS = Path(__file__).parent / "contenders" / "theirs"

Said = dict[str, Any]
"""One line of a contender's JSON."""


class ContenderFailed(SiappError):
    """It ended by an error, said nothing, or took too long. The sentence fits into a table."""


def ours(name: str, given: Mapping[str, Any]) -> list[str]:
    """The command for a contender of siapp's own."""
    begin = "from siapp.bench.contenders.entry import main; main()"
    return [sys.executable, "-P", "-c", begin, name, json.dumps(given)]


def theirs(python: Path, name: str, given: Mapping[str, Any]) -> list[str]:
    """The command for a contender that knows nothing of siapp, in an environment of its own."""
    return [str(python), "-I", str(THEIRS / f"{name}.py"), json.dumps(given)]


class Workplace:
    """Where contenders run: a `folder` for their files, which goes, and a log of what went wrong in them, which
    stays. `env` is added to their environment."""

    def __init__(self, folder: Path, log: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.log = log
        self.env = env
        self._count = 0

    def new_folder(self) -> Path:
        self._count += 1
        path = self.folder / str(self._count)
        path.mkdir()
        return path

    def start(self, command: list[str]) -> "Child":
        return Child(command, self.new_folder() / "said", self.log, self.env)

    def ask(self, command: list[str], limit_s: float) -> Said:
        """The last thing that a contender says, once it has ended, with the most memory it had as `peak_bytes`.

        Raises ContenderFailed.
        """
        with self.start(command) as child:
            said = list(child.said(limit_s))
        if not said:
            raise _silent()
        return {**said[-1], "peak_bytes": child.peak_bytes}


class Child:
    """A running contender. `with ... as child`: at the end it is gone, and so is all that it started.

    A session of its own keeps the terminal's Ctrl+C away from it: it is ended from here, in order.
    """

    def __init__(self, command: list[str], said: Path, log: Path, env: Mapping[str, str]) -> None:
        self.peak_bytes = 0
        self._unfinished = ""
        self._waiting: deque[Said] = deque()
        self._files = ExitStack()
        out = self._files.enter_context(said.open("w"))
        errors = self._files.enter_context(log.open("a"))
        self._said = self._files.enter_context(said.open(encoding="utf-8"))
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=errors,
            text=True,
            env={**os.environ, **env},
            start_new_session=True,
        )

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_exception: object) -> None:
        self._end()

    def go(self) -> None:
        """A line on its stdin."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.write("\n")
                self._process.stdin.flush()

    def said(self, limit_s: float) -> Iterator[Said]:
        """What it says, as it comes, until it ends. Raises ContenderFailed where it fails or is over its time."""
        until = time.monotonic() + limit_s
        while True:
            ended = self._process.poll() is not None
            self._hear()
            while self._waiting:
                yield self._waiting.popleft()
            if ended:
                break
            if time.monotonic() > until:
                raise ContenderFailed("too_slow", _("not done after {seconds} s"), seconds=round(limit_s))
            self._weigh()
            time.sleep(LOOK_S)
        if self._process.returncode:
            raise ContenderFailed("failed", _("failed: see {name}"), name=LOG_NAME)

    def next(self, limit_s: float) -> Said:
        """The next thing that it says. Raises ContenderFailed."""
        for said in self.said(limit_s):
            return said
        raise _silent()

    def memory(self) -> int:
        """Bytes of it and all that it started, each page counted once however many share it."""
        return sum(exact_memory(process) for process in self._tree())

    def _hear(self) -> None:
        """Libraries print what they like on the same stream: a line that is no JSON is theirs."""
        *lines, self._unfinished = (self._unfinished + self._said.read()).split("\n")
        for line in lines:
            if line.startswith("{"):
                with suppress(ValueError):
                    self._waiting.append(json.loads(line))

    def _tree(self) -> list[psutil.Process]:
        try:
            process = psutil.Process(self._process.pid)
            return [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _weigh(self) -> None:
        total = 0
        for process in self._tree():
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        self.peak_bytes = max(self.peak_bytes, total)

    def _end(self) -> None:
        tree = self._tree()
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for process in tree:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._files.close()


def exact_memory(process: psutil.Process) -> int:
    """Its share of what it uses, in bytes; where the system does not share out, what it has alone."""
    try:
        memory = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
    return int(getattr(memory, "pss", memory.uss))


def _silent() -> ContenderFailed:
    return ContenderFailed("failed", _("failed: see {name}"), name=LOG_NAME)
