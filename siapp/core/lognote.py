"""What every log line of a request says of it, whichever part of siapp writes the line."""

from contextvars import ContextVar
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class Note:
    """Filled in as it becomes known; shared by all that is done for the request, also after its answer."""

    request_id: str
    route: str | None = None  # the template, never the path
    user: str | None = None
    task_id: int | None = None

    def known(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}


current: ContextVar[Note | None] = ContextVar("request", default=None)


def begin(note: Note) -> None:
    """From here on, lines of this asyncio task and of what it starts are about this request."""
    current.set(note)


def signed_in(username: str) -> None:
    """It is known who asks."""
    note = current.get()
    if note is not None:
        note.user = username
