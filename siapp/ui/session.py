"""Who sits at the desk, and what that person may do right now."""

from PySide6.QtCore import QObject, Signal

from siapp.core.domain import AccountStatus, Actor, Role, User
from siapp.core.errors import NotSignedIn
from siapp.core.events import Event, SessionEnded, UserChanged
from siapp.core.i18n import _
from siapp.core.services import Services
from siapp.core.services.accounts import Identity, SignIn

ADDRESS = "window"


class Session(QObject):
    """The signed-in person. Follows the bus: a role or a status that changes applies at once."""

    changed = Signal()
    ended = Signal(str)

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._actor: Actor | None = None
        self._session_id: str | None = None
        self._user: User | None = None
        self.close = services.bus.subscribe(self._on_event)

    @property
    def actor(self) -> Actor:
        """Who acts. Only asked for while somebody is signed in."""
        if self._actor is None:
            raise RuntimeError("nobody is signed in")
        return self._actor

    @property
    def identity(self) -> Identity | None:
        """Account and session, for what is done to oneself; None where nobody signed in with a password."""
        if self._user is None or self._session_id is None:
            return None
        return Identity(self._user, self._session_id)

    @property
    def signed_in(self) -> bool:
        return self._actor is not None

    def may(self, role: Role) -> bool:
        return self._actor is not None and self._actor.role.covers(role)

    def begin(self, signed_in: SignIn) -> None:
        user = signed_in.user
        self._user, self._session_id = user, signed_in.session_id
        self.adopt(Actor(user.id, user.username, user.role, ADDRESS))

    def adopt(self, actor: Actor) -> None:
        """Take somebody as signed in who needed no password, as in the demo."""
        self._actor = actor
        self.changed.emit()

    async def sign_out(self) -> None:
        """The session ends everywhere; the bus tells us too, which does nothing twice."""
        user, session_id = self._user, self._session_id
        self._end("")
        if user is not None and session_id is not None:
            await self._services.accounts.sign_out(Identity(user, session_id), ADDRESS)

    async def look_again(self) -> None:
        """Ask the database: a command of this machine can end a session or change a role without a word on the bus."""
        user, session_id = self._user, self._session_id
        if user is None or session_id is None:
            return
        try:
            found = await self._services.accounts.holder(user.id, session_id)
        except NotSignedIn:
            if self._session_id == session_id:
                self._end(_("Your session has ended. Please sign in again."))
        else:
            if self._session_id == session_id:
                self._take_over(found.user)

    def _on_event(self, event: Event) -> None:
        match event:
            case UserChanged(user) if self._actor is not None and user.id == self._actor.user_id:
                self._take_over(user)
            case SessionEnded(user_id, session_id) if self._is_ours(user_id, session_id):
                self._end(_("Your session has ended. Please sign in again."))

    def _take_over(self, user: User) -> None:
        if user.status is not AccountStatus.APPROVED:
            self._end(_("Your session has ended. Please sign in again."))
        elif self._actor is not None and self._actor.role is not user.role:
            self._actor = Actor(user.id, user.username, user.role, ADDRESS)
            self.changed.emit()

    def _is_ours(self, user_id: int, session_id: str | None) -> bool:
        ours = self._actor is not None and self._actor.user_id == user_id
        return ours and (session_id is None or session_id == self._session_id)

    def _end(self, why: str) -> None:
        if self._actor is not None:
            self._actor = self._user = self._session_id = None
            self.ended.emit(why)
