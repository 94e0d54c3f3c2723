"""Before the desk: the first administrator, signing in, asking for an account."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from siapp.core.domain import User
from siapp.core.errors import Forbidden, InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.core.services.accounts import SignIn
from siapp.ui.desk import Desk
from siapp.ui.language import LanguageButton
from siapp.ui.session import ADDRESS
from siapp.ui.widgets.buttons import ProgressButton, button
from siapp.ui.widgets.fields import TextField
from siapp.ui.widgets.labels import label

CARD_WIDTH = 400


class _Card(QFrame):
    """Title, a sentence, fields and one button. Enter confirms."""

    def __init__(self, desk: Desk, title: str, sentence: str, password_help: str = "") -> None:
        super().__init__()
        self.desk = desk
        self.setObjectName("card")
        self.setFixedWidth(CARD_WIDTH)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(32, 32, 32, 24)
        self.column.setSpacing(6)
        self.column.addWidget(label(desk.words, title, "head"))
        self.column.addWidget(label(desk.words, sentence, "muted", wrap=True))
        self.notice = label(desk.words, "", "notice", wrap=True)
        self.notice.hide()
        self.column.addSpacing(8)
        self.column.addWidget(self.notice)
        self.name = TextField(desk.words, _("User name"))
        self.password = TextField(desk.words, _("Password"), password_help, password=True)
        self.button: ProgressButton

    def say(self, message: str) -> None:
        """A sentence above the fields; an empty one takes it away."""
        self.desk.words.bind(self.notice, self.notice.setText, message)
        self.notice.setVisible(bool(message))

    def add_fields(self, *fields: TextField) -> None:
        for field in fields:
            self.column.addWidget(field)

    def add_button(self, message: str, busy: str, on_click: Callable[[], object], *others: QPushButton) -> None:
        self.button = ProgressButton(self.desk.words, message, busy, on_click, look="primary", cancel=False)
        row = QHBoxLayout()
        for other in others:
            row.addWidget(other)
        row.addStretch()
        row.addWidget(self.button)
        self.column.addSpacing(8)
        self.column.addLayout(row)

    def fail(self, error: SiappError) -> None:
        """At the field that is to blame."""
        text = self.desk.words.error(error)
        if isinstance(error, Forbidden):
            self.say(error.message)
        elif error.code == "name_taken" or (isinstance(error, InvalidInput) and error.field == "username"):
            self.name.fail(text)
        else:
            self.password.fail(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused = self.focusWidget()
            (focused if isinstance(focused, QPushButton) else self.button).click()
        else:
            super().keyPressEvent(event)


class _NewAccount(_Card):
    """A card that asks for a new password twice."""

    def __init__(self, desk: Desk, title: str, sentence: str) -> None:
        super().__init__(
            desk, title, sentence, _("At least 8 characters, 3 different ones among them, and not the user name.")
        )
        self.again = TextField(desk.words, _("Password again"), password=True)
        self.add_fields(self.name, self.password, self.again)

    def matches(self) -> bool:
        if self.password.text == self.again.text:
            return True
        self.again.fail(self.desk.words(_("The two passwords differ.")))
        return False

    def empty(self) -> None:
        for field in (self.password, self.again):
            field.line.clear()


class FirstAdminCard(_NewAccount):
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


class RegisterCard(_NewAccount):
    """A request for an account, which an administrator reviews."""

    def __init__(self, desk: Desk, on_made: Callable[[User], object], on_back: Callable[[], object]) -> None:
        super().__init__(
            desk, _("Ask for an account"), _("An administrator reviews each request before the first sign-in.")
        )
        self._on_made = on_made
        back = button(desk.words, _("Back to sign-in"), on_back, look="link")
        self.add_button(_("Send request"), _("Sending …"), self._register, back)

    def _register(self) -> None:
        if self.matches():
            work = self.desk.services.accounts.register(self.name.text, self.password.text, ADDRESS)
            self.desk.operations.run(self, "register", work, self._made, failed=self.fail, busy=self.button)

    def _made(self, user: User) -> None:
        self.empty()
        self._on_made(user)


class SignInCard(_Card):
    """Name and password; what is wrong is said at the field."""

    def __init__(self, desk: Desk, on_register: Callable[[], object]) -> None:
        super().__init__(desk, _("Sign in"), _("Use your account on this station."))
        self.add_fields(self.name, self.password)
        ask = button(desk.words, _("Ask for an account"), on_register, look="link")
        self.add_button(_("Sign in"), _("Signing in …"), self._sign_in, ask)

    def expect(self, username: str) -> None:
        self.name.line.setText(username)
        (self.password if username else self.name).editor.setFocus()

    def _sign_in(self) -> None:
        self.say("")
        work = self.desk.services.accounts.sign_in(self.name.text, self.password.text, ADDRESS)
        self.desk.operations.run(self, "sign-in", work, self._signed_in, failed=self.fail, busy=self.button)

    def _signed_in(self, signed_in: SignIn) -> None:
        self.password.line.clear()
        self.password.clear()
        self.desk.session.begin(signed_in)


class Entrance(QWidget):
    """Chooses between the cards."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.setProperty("look", "ground")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.first_admin = FirstAdminCard(desk, self._admin_made)
        self.sign_in = SignInCard(desk, lambda: self._show(self.register))
        self.register = RegisterCard(desk, self._registered, lambda: self._show(self.sign_in))
        self._cards = QStackedWidget()
        self._holders: dict[_Card, QWidget] = {}
        self._compose()

    def start(self) -> None:
        """Ask whether there is an administrator, and show the card that fits."""
        work = self.desk.services.accounts.needs_first_admin()
        self.desk.operations.run(self, "entrance", work, self._begin)

    def show_sign_in(self, why: str) -> None:
        """After a session's end, with the reason if there is one to tell."""
        self.sign_in.say(why)
        self._show(self.sign_in)

    def _compose(self) -> None:
        for card in (self.first_admin, self.sign_in, self.register):
            holder = self._holders[card] = QWidget()
            middle = QVBoxLayout(holder)
            # Not by alignment: a layout would then ask for the card's height at the width of the whole window.
            row = QHBoxLayout()
            row.addStretch()
            row.addWidget(card)
            row.addStretch()
            middle.addStretch(2)
            middle.addLayout(row)
            middle.addStretch(3)
            self._cards.addWidget(holder)
        blank = QWidget()
        self._cards.addWidget(blank)
        self._cards.setCurrentWidget(blank)
        top = QHBoxLayout()
        top.setContentsMargins(24, 16, 16, 0)
        top.addWidget(label(self.desk.words, "siapp", "title"))
        top.addStretch()
        top.addWidget(LanguageButton(self.desk.words))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(top)
        column.addWidget(self._cards, 1)

    def _begin(self, needs_admin: bool) -> None:
        self._show(self.first_admin if needs_admin else self.sign_in)

    def _show(self, card: _Card) -> None:
        self._cards.setCurrentWidget(self._holders[card])
        (card.password if card.name.text else card.name).editor.setFocus()

    def _admin_made(self, user: User) -> None:
        self.sign_in.say(_("The administrator is there. Please sign in."))
        self._show(self.sign_in)
        self.sign_in.expect(user.username)

    def _registered(self, user: User) -> None:
        self.sign_in.say(
            _("Your account is waiting for review. You can sign in once an administrator has approved it.")
        )
        self._show(self.sign_in)
        self.sign_in.expect(user.username)
