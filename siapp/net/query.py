"""Query parameters: declared once, read by handlers and shown in the OpenAPI document."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from aiohttp import web

from siapp.core.domain import AccountStatus, Action, Outcome
from siapp.core.errors import InvalidInput
from siapp.core.i18n import _
from siapp.core.naming import LONGEST_NAME
from siapp.core.services.tasks import LONGEST_TAIL
from siapp.core.specs import WIDEST_REMOTE
from siapp.core.tasklog import LogLevel
from siapp.net.bodies import LARGEST_NUMBER, query_number

E = TypeVar("E", bound=StrEnum)


class PictureFormat(StrEnum):
    """As what a WebSocket carries pictures."""

    JPEG = "jpeg"
    H264 = "h264"


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number from `least` to `most`."""

    name: str
    text: str
    default: int
    least: int
    most: int

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most, "default": self.default}

    def read(self, request: web.Request) -> int:
        """Raises InvalidInput `bad_parameter`."""
        return query_number(request, self.name, self.default, self.least, self.most)


@dataclass(frozen=True, slots=True)
class Choice(Generic[E]):
    """One of an enum's values, or nothing."""

    name: str
    text: str
    values: type[E]

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": [value.value for value in self.values]}

    def read(self, request: web.Request) -> E | None:
        """Raises InvalidInput `bad_parameter`."""
        text = request.query.get(self.name)
        try:
            return self.values(text) if text is not None else None
        except ValueError:
            raise InvalidInput(
                "bad_parameter",
                _("The parameter “{name}” is one of: {allowed}."),
                field=self.name,
                name=self.name,
                allowed=", ".join(self.values),
            ) from None


@dataclass(frozen=True, slots=True)
class Words:
    """A text of at most `longest` characters, or nothing."""

    name: str
    text: str
    longest: int

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.longest}

    def read(self, request: web.Request) -> str | None:
        """Raises InvalidInput `bad_parameter`."""
        text = request.query.get(self.name)
        if text is not None and (len(text) > self.longest or not text.isprintable()):
            raise InvalidInput(
                "bad_parameter",
                _("The parameter “{name}” is a text of at most {longest} characters."),
                field=self.name,
                name=self.name,
                longest=self.longest,
            )
        return text


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in RFC 3339, UTC where it names no zone; or nothing."""

    name: str
    text: str

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    def read(self, request: web.Request) -> datetime | None:
        """Raises InvalidInput `bad_parameter`."""
        text = request.query.get(self.name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign in a query reads as a space
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise InvalidInput(
                "bad_parameter",
                _("The parameter “{name}” is a time such as 2026-01-31T12:00:00Z."),
                field=self.name,
                name=self.name,
            ) from None


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list."""

    limit: int
    offset: int


def window(request: web.Request, limit: Number) -> Window:
    return Window(limit.read(request), OFFSET.read(request))


Parameter = Number | Choice[Any] | Words | Moment

LIMIT = Number("limit", "How many items at most.", 100, 1, 500)
OFFSET = Number("offset", "How many items to leave out at the beginning.", 0, 0, LARGEST_NUMBER)
FRAMES_LIMIT = Number("limit", "How many key frames at most.", 1000, 1, 1000)
LEVEL = Choice("level", "Only lines of this level and above.", LogLevel)
TAIL = Number("tail", "How many lines at most, from the end.", 200, 1, LONGEST_TAIL)
STATUS = Choice("status", "Only accounts with this status.", AccountStatus)
ACTOR = Words("actor", "Only what this account did or was refused.", LONGEST_NAME)
ACTION = Choice("action", "Only this action.", Action)
SINCE = Moment("since", "Only from this time on.")
UNTIL = Moment("until", "Only before this time.")
OUTCOME = Choice("outcome", "Only what was done, or only what was refused.", Outcome)
FORMAT = Choice("format", "As what pictures are sent; JPEG unless said otherwise.", PictureFormat)
WIDTH = Number("width", "How many pixels wide the pictures are shown.", WIDEST_REMOTE, 16, 4096)
WINDOW: tuple[Parameter, ...] = (LIMIT, OFFSET)
