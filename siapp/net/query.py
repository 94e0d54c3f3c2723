"""Query parameters: declared once, read by handlers and shown in the OpenAPI document."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from aiohttp import web

from siapp.core.domain import AccountStatus
from siapp.core.errors import InvalidInput
from siapp.core.i18n import _
from siapp.core.services.tasks import LONGEST_TAIL
from siapp.net.bodies import LARGEST_NUMBER, query_number

E = TypeVar("E", bound=StrEnum)


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
class Window:
    """Which part of a list."""

    limit: int
    offset: int


def window(request: web.Request) -> Window:
    return Window(LIMIT.read(request), OFFSET.read(request))


Parameter = Number | Choice[Any]

LIMIT = Number("limit", "How many items at most.", 100, 1, 500)
OFFSET = Number("offset", "How many items to leave out at the beginning.", 0, 0, LARGEST_NUMBER)
TAIL = Number("tail", "How many lines at most, from the end.", 200, 1, LONGEST_TAIL)
STATUS = Choice("status", "Only accounts with this status.", AccountStatus)
WINDOW: tuple[Parameter, ...] = (LIMIT, OFFSET)
