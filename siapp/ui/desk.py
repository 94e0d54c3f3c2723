"""What every part of the window needs, in one value."""

from collections.abc import Callable
from dataclasses import dataclass

from siapp.core.domain import Actor, Role, Severity
from siapp.core.reach import ServerFacts, SocketInfo
from siapp.core.services import Services
from siapp.ui.commands import Commands
from siapp.ui.memory import Memory
from siapp.ui.notices import Notices, Offer
from siapp.ui.operations import Operations
from siapp.ui.session import Session
from siapp.ui.store import Stores
from siapp.ui.theme import Looks
from siapp.ui.words import Words


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Where the built-in server answers, how many connections are open, and whose they are."""

    address: str
    remote_viewers: Callable[[], int]
    connections: Callable[[], tuple[SocketInfo, ...]] = tuple
    facts: Callable[[], ServerFacts | None] = lambda: None


@dataclass(frozen=True, slots=True)
class Desk:
    """Services, the person, the language and the helpers that pages stand on."""

    services: Services
    server: ServerInfo
    words: Words
    session: Session
    stores: Stores
    operations: Operations
    notices: Notices
    looks: Looks
    commands: Commands
    memory: Memory

    @property
    def actor(self) -> Actor:
        return self.session.actor

    def may_operate(self) -> bool:
        return self.session.may(Role.OPERATOR)

    def tell(self, text: str, severity: Severity) -> None:
        """A finished sentence: a toast now, and in the list of what was told."""
        self.notices.tell(text, severity)

    def done(self, message: str, **values: object) -> None:
        """Tell a good outcome."""
        self.tell(self.words(message, **values), Severity.INFO)

    def offer(self, offer: Offer, message: str, **values: object) -> None:
        """Tell a good outcome with something that can be done about it, such as Undo."""
        self.notices.tell(self.words(message, **values), Severity.INFO, offer)

    def warn(self, message: str, **values: object) -> None:
        """Tell a bad one."""
        self.tell(self.words(message, **values), Severity.WARNING)
