"""Logs: to the terminal and to a rotated file, written by a thread of their own. As text, or as JSON lines."""

import json
import logging
import logging.handlers
import queue
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from siapp.core.clock import rfc3339
from siapp.core.lognote import current
from siapp.core.private import close_to_others
from siapp.core.urls import SECRET_WORDS

LARGEST_BYTES = 5 << 20
KEPT = 5
MOST_WAITING = 10_000
# Up to the last @: a password may have one in it.
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]+@")
# And our own `access`.
_SECRET_VALUES = re.compile(
    rf"((?:{SECRET_WORDS}|access)[a-z]{{0,20}}=)[^&\s\"']+?(?=_[a-z]+=|[&\s\"']|$)",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """`text` without the credentials inside addresses: they never reach a log, whoever wrote them."""
    return _SECRET_VALUES.sub(r"\1***", _CREDENTIALS.sub("***:***@", text))


class _AsText(logging.Formatter):
    """`time LEVEL logger [request id]: message`"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s%(of_request)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        request_id = _noted(record).get("request_id")
        record.of_request = f" [{request_id}]" if request_id else ""
        return redacted(super().format(record))


class _AsJson(logging.Formatter):
    """One object a line: time, level, logger, message; request_id, user, route and task_id where they are known."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": rfc3339(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "logger": record.name,
            "message": redacted(record.getMessage()),
            **_noted(record),
        }
        return json.dumps(line, ensure_ascii=False, default=str)


def _noted(record: logging.LogRecord) -> dict[str, Any]:
    noted: dict[str, Any] = getattr(record, "noted", {})
    return noted


def _add_note(record: logging.LogRecord) -> bool:
    """On the thread that logs: the one that writes knows nothing of requests. A line may bring its task itself."""
    note = current.get()
    own = {"task_id": record.task_id} if hasattr(record, "task_id") else {}
    record.noted = {**(note.known() if note else {}), **own}
    return True


class _BoundedQueueHandler(logging.handlers.QueueHandler):
    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            sys.stderr.write("siapp: log lines are lost, the disk is too slow\n")


class _PrivateFileHandler(logging.handlers.RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        close_to_others(Path(self.baseFilename))
        return stream


def set_level(level: str) -> None:
    """How much is written, from the next line on."""
    logging.getLogger().setLevel(level)


def start_logging(folder: Path, level: str, as_json: bool = False) -> Callable[[], None]:
    """Send all logs to `folder`/siapp.log and to stderr. The answer ends that and flushes."""
    close_to_others(*folder.glob("siapp.log*"))
    formatter = _AsJson() if as_json else _AsText()
    file = _PrivateFileHandler(
        folder / "siapp.log", maxBytes=LARGEST_BYTES, backupCount=KEPT, encoding="utf-8", delay=True
    )
    terminal = logging.StreamHandler()
    terminal.setLevel(logging.WARNING)
    for handler in (file, terminal):
        handler.setFormatter(formatter)
    waiting: queue.Queue[logging.LogRecord] = queue.Queue(MOST_WAITING)
    listener = logging.handlers.QueueListener(waiting, file, terminal, respect_handler_level=True)
    entry = _BoundedQueueHandler(waiting)
    entry.addFilter(_add_note)
    root = logging.getLogger()
    root.addHandler(entry)
    set_level(level)
    listener.start()

    def stop() -> None:
        root.removeHandler(entry)
        listener.stop()
        file.close()

    return stop
