"""Logs: to the terminal and to a rotated file, written by a thread of their own."""

import logging
import logging.handlers
import queue
import re
import sys
from collections.abc import Callable
from pathlib import Path

LARGEST_BYTES = 5 << 20
KEPT = 5
MOST_WAITING = 10_000
# Up to the last @: a password may have one in it.
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]+@")
# The words that urls.py hides in a camera's address, and our own `access`.
_SECRET_VALUES = re.compile(
    r"((?:pass|pwd|psw|user|usr|login|token|auth|key|secret|access)[a-z]{0,20}=)[^&\s\"']+?(?=_[a-z]+=|[&\s\"']|$)",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """`text` without the credentials inside addresses: they never reach a log, whoever wrote them."""
    return _SECRET_VALUES.sub(r"\1***", _CREDENTIALS.sub("***:***@", text))


class _Redact(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


class _BoundedQueueHandler(logging.handlers.QueueHandler):
    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            sys.stderr.write("siapp: log lines are lost, the disk is too slow\n")


def start_logging(folder: Path, level: str) -> Callable[[], None]:
    """Send all logs to `folder`/siapp.log and to stderr. The answer ends that and flushes."""
    formatter = _Redact("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    file = logging.handlers.RotatingFileHandler(
        folder / "siapp.log", maxBytes=LARGEST_BYTES, backupCount=KEPT, encoding="utf-8", delay=True
    )
    terminal = logging.StreamHandler()
    terminal.setLevel(logging.WARNING)
    for handler in (file, terminal):
        handler.setFormatter(formatter)
    waiting: queue.Queue[logging.LogRecord] = queue.Queue(MOST_WAITING)
    listener = logging.handlers.QueueListener(waiting, file, terminal, respect_handler_level=True)
    entry = _BoundedQueueHandler(waiting)
    root = logging.getLogger()
    root.addHandler(entry)
    root.setLevel(level)
    listener.start()

    def stop() -> None:
        root.removeHandler(entry)
        listener.stop()
        file.close()

    return stop
