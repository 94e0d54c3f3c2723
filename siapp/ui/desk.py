"""What every part of the window needs, in one value."""

from collections.abc import Callable
from dataclasses import dataclass

from siapp.core.domain import Actor, Role, Severity
from siapp.core.services import Services
from siapp.ui.operations import Operations
from siapp.ui.session import Session
from siapp.ui.store import Stores
from siapp.ui.words import Words


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Where the built-in server answers, and how many people watch through it."""

    address: str
    remote_viewers: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Desk:
    """Services, the person, the language and the helpers that pages stand on."""

    services: Services
    server: ServerInfo
    words: Words
    session: Session
    stores: Stores
    operations: Operations
    tell: Callable[[str, Severity], None]

    @property
    def actor(self) -> Actor:
        return self.session.actor

    def may_operate(self) -> bool:
        return self.session.may(Role.OPERATOR)

    def done(self, message: str, **values: object) -> None:
        """Tell a good outcome."""
        self.tell(self.words(message, **values), Severity.INFO)

    def warn(self, message: str, **values: object) -> None:
        """Tell a bad one."""
        self.tell(self.words(message, **values), Severity.WARNING)
