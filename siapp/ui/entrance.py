"""Before the desk: the first administrator, signing in, asking for an account, waiting for review."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from siapp.core.domain import User
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.services.accounts import SignIn
from siapp.ui.card import Card, CredentialsCard, NewAccountCard, centred
from siapp.ui.desk import Desk
from siapp.ui.language import LanguageButton
from siapp.ui.session import ADDRESS
from siapp.ui.theme_button import ThemeButton
from siapp.ui.waiting import WaitingCard
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label

REMEMBERED = "username"


class FirstAdminCard(NewAccountCard):
    """Shown once in a station's life."""

    def __init__(self, desk: Desk, on_made: Callable[[User], object]) -> None:
        super().__init__(
            desk,
            _("Welcome to siapp"),
            _("This station has no administrator yet. Choose a name and a password for the first one."),
        )
        self._on_made = on_made
        self.add_button(_("Create administrator"), _("Creating …"), self._create)

    def _create(self) -> None:
        if self.matches():
            work = self.desk.services.accounts.create_first_admin(self.name.text, self.password.text, ADDRESS)
            self.desk.operations.run(self, "first-admin", work, self._made, failed=self.fail, busy=self.button)

    def _made(self, user: User) -> None:
        self.empty()
        self._on_made(user)


class RegisterCard(NewAccountCard):
    """A request for an account, which an administrator reviews."""

    def __init__(self, desk: Desk, on_made: Callable[[User], object], on_back: Callable[[], object]) -> None:
        super().__init__(
            desk, _("Ask for an account"), _("An administrator reviews each request before the first sign-in.")
        )
        self._on_made = on_made
        self.back = button(desk.words, _("Back to sign-in"), on_back, look="link")
        self.add_button(_("Send request"), _("Sending …"), self._register, self.back)

    def _register(self) -> None:
        if self.matches():
            work = self.desk.services.accounts.register(self.name.text, self.password.text, ADDRESS)
            self.desk.operations.run(self, "register", work, self._made, failed=self.fail, busy=self.button)

    def _made(self, user: User) -> None:
        self.empty()
        self._on_made(user)


class SignInCard(CredentialsCard):
    """Name and password; what is wrong is said at the field. `on_pending` hears of an account that waits."""

    def __init__(self, desk: Desk, on_register: Callable[[], object], on_pending: Callable[[User], object]) -> None:
        super().__init__(desk, _("Sign in"), _("Use your account on this station."))
        self._on_pending = on_pending
        self.add_fields(self.name, self.password)
        self.ask = button(desk.words, _("Ask for an account"), on_register, look="link")
        self.add_button(_("Sign in"), _("Signing in …"), self._sign_in, self.ask)

    def expect(self, username: str) -> None:
        self.name.line.setText(username)
        self.password.empty()

    def fail(self, error: SiappError) -> None:
        if error.code == "account_pending":
            # Only who has given the right password comes here.
            work = self.desk.services.accounts.find(self.name.text)
            self.desk.operations.run(self, "pending", work, self._pending)
        else:
            super().fail(error)

    def _sign_in(self) -> None:
        self.say("")
        work = self.desk.services.accounts.sign_in(self.name.text, self.password.text, ADDRESS)
        self.desk.operations.run(self, "sign-in", work, self._signed_in, failed=self.fail, busy=self.button)

    def _pending(self, user: User) -> None:
        self.password.empty()
        self._on_pending(user)

    def _signed_in(self, signed_in: SignIn) -> None:
        self.password.empty()
        self.desk.memory.put(REMEMBERED, signed_in.user.username)
        self.desk.session.begin(signed_in)


class Entrance(QWidget):
    """Chooses between the cards."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setProperty("look", "ground")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.first_admin = FirstAdminCard(desk, self._admin_made)
        self.sign_in = SignInCard(desk, lambda: self.show_card(self.register), self.wait_for)
        self.register = RegisterCard(desk, self.wait_for, lambda: self.show_card(self.sign_in))
        self.waiting = WaitingCard(desk, self._approved)
        self._cards = QStackedWidget()
        self._holders: dict[Card, QWidget] = {}
        self._compose()

    def start(self) -> None:
        """Ask whether there is an administrator, and show the card that fits."""
        self.sign_in.expect(self.desk.memory.text(REMEMBERED))
        work = self.desk.services.accounts.needs_first_admin()
        self.desk.operations.run(self, "entrance", work, self._begin)

    def show_sign_in(self, why: str) -> None:
        """After a session's end, with the reason if there is one to tell."""
        self.sign_in.say(why)
        self.show_card(self.sign_in)

    def show_card(self, card: Card) -> None:
        self._cards.setCurrentWidget(self._holders[card])
        card.first.setFocus()

    def wait_for(self, user: User) -> None:
        """Somebody has asked for an account, or signs in before it is approved."""
        self.waiting.wait_for(user)
        self.show_card(self.waiting)

    def _compose(self) -> None:
        for card in (self.first_admin, self.sign_in, self.register, self.waiting):
            holder = self._holders[card] = centred(card)
            self._cards.addWidget(holder)
        blank = QWidget()
        self._cards.addWidget(blank)
        self._cards.setCurrentWidget(blank)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(top_row(self.desk))
        column.addWidget(self._cards, 1)

    def _begin(self, needs_admin: bool) -> None:
        self.show_card(self.first_admin if needs_admin else self.sign_in)

    def _admin_made(self, user: User) -> None:
        self.sign_in.say(_("The administrator is there. Please sign in."))
        self.sign_in.expect(user.username)
        self.show_card(self.sign_in)

    def _approved(self, username: str) -> None:
        self.sign_in.say("")
        self.sign_in.expect(username)
        self.show_card(self.sign_in)


def top_row(desk: Desk) -> QHBoxLayout:
    """The program's name, and what a stranger may switch."""
    row = QHBoxLayout()
    row.setContentsMargins(24, 16, 16, 0)
    row.addWidget(label(desk.words, "siapp", "title"))
    row.addStretch()
    row.addWidget(LanguageButton(desk.words))
    row.addWidget(ThemeButton(desk.words, desk.looks))
    return row
