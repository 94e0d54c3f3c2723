"""Sheets of the page of users: review, edit, add, a new password, and handing it over."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from siapp.core.domain import AccountStatus, Role, User
from siapp.core.errors import InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.ui.account import ROLES
from siapp.ui.desk import Desk
from siapp.ui.marks import USER_MARKS
from siapp.ui.widgets.buttons import ProgressButton, button
from siapp.ui.widgets.fields import ChoiceField, TextField
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.password import GivenPasswordField
from siapp.ui.widgets.sheet import Sheet
from siapp.ui.words import Words

MOST_NAMES = 12
HandOver = Callable[[User, str], object]
"""Gets a new password and whose it is, to show them once."""

_MAY: dict[Role, str] = {
    Role.VIEWER: _("Sees everything, changes nothing."),
    Role.OPERATOR: _("Also manages cameras, algorithms, tasks and tests."),
    Role.ADMIN: _("Also manages users and settings, and reads the audit."),
}


class RoleField(ChoiceField):
    """A role, with what it may do below."""

    def __init__(self, words: Words, role: Role = Role.VIEWER) -> None:
        choices = [(place, words(ROLES[each])) for place, each in enumerate(Role)]
        super().__init__(words, _("Role"), choices)
        self.box.currentIndexChanged.connect(lambda _place: self._explain())
        self.box.setCurrentIndex(list(Role).index(role))
        self._explain()

    @property
    def role(self) -> Role:
        return list(Role)[self.value or 0]

    def _explain(self) -> None:
        self.hint(_MAY[self.role])


class ApproveSheet(Sheet):
    """One role for everybody who is let in here; or they are rejected."""

    def __init__(self, desk: Desk, users: list[User]) -> None:
        one = len(users) == 1
        title = _("Approve “{name}”?") if one else _("Approve {count} users?")
        super().__init__(desk.words, title, name=users[0].username, count=len(users))
        self._desk, self._users = desk, users
        words = desk.words
        if one:
            asked = f"{users[0].created_at.astimezone():%Y-%m-%d %H:%M}"
            about = label(words, "", "muted", wrap=True)
            words.bind(about, about.setText, _("Asked for an account on {date}."), date=asked)
            self.body.addWidget(about)
        else:
            self.body.addWidget(_names(users))
        self.body.addSpacing(8)
        self.role = RoleField(words)
        self.body.addWidget(self.role)
        self.body.addStretch()
        self.reject_button = button(words, _("Reject"), self.reject, look="danger")
        self.reject_button.setVisible(any(user.status is AccountStatus.PENDING for user in users))
        self.save_button = ProgressButton(words, _("Approve"), _("Saving …"), self.save, look="primary", cancel=False)
        self.set_buttons(self.reject_button, primary=self.save_button)
        self.begin_at(self.role.box)

    def save(self) -> None:
        self._desk.operations.run(self, "approve", self._approve(), self._approved, busy=self.save_button)

    def reject(self) -> None:
        self._desk.operations.run(self, "reject", self._reject(), self._rejected, busy=self.save_button)

    async def _approve(self) -> list[User]:
        service, actor = self._desk.services.accounts, self._desk.actor
        return [await service.approve(actor, user.id, self.role.role) for user in self._users]

    async def _reject(self) -> list[User]:
        service, actor = self._desk.services.accounts, self._desk.actor
        return [await service.set_status(actor, user.id, AccountStatus.REJECTED) for user in self._users]

    def _approved(self, users: list[User]) -> None:
        role = self.words(ROLES[users[0].role])
        for user in users:
            self._desk.done(_("“{name}” is approved as {role}."), name=user.username, role=role)
        self.closed.emit()

    def _rejected(self, users: list[User]) -> None:
        for user in users:
            self._desk.done(_("“{name}” is rejected."), name=user.username)
        self.closed.emit()


class UserSheet(Sheet):
    """Role, and the way to a new password. `last_admin`: then the role stays."""

    def __init__(self, desk: Desk, user: User, last_admin: bool, on_reset: Callable[[], object]) -> None:
        super().__init__(desk.words, _("Edit “{name}”"), name=user.username)
        self._desk, self._user = desk, user
        words = desk.words
        about = label(words, "", "muted", wrap=True)
        since = f"{user.created_at.astimezone():%Y-%m-%d %H:%M}"
        words.follow(about, lambda: about.setText(f"{words(USER_MARKS[user.status].word)} · {since}"))
        self.body.addWidget(about)
        self.body.addSpacing(8)
        self.role = RoleField(words, user.role)
        if last_admin:
            self.role.box.setEnabled(False)
            self.role.hint(_("This is the last administrator. Appoint another one first."), "warning")
        self.body.addWidget(self.role)
        self.body.addWidget(label(words, _("Password"), "label"))
        self.body.addWidget(
            label(words, _("Nobody can read it. Who has forgotten it gets a new one."), "caption", wrap=True)
        )
        self.reset_button = button(words, _("Set a new password"), on_reset, glyph="key")
        self.body.addWidget(self.reset_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addStretch()
        self.save_button = ProgressButton(words, _("Save"), _("Saving …"), self.save, look="primary", cancel=False)
        self.save_button.setEnabled(not last_admin)
        self.set_buttons(primary=self.save_button)
        self.begin_at(self.reset_button if last_admin else self.role.box)

    def save(self) -> None:
        if self.role.role is self._user.role:
            self.closed.emit()
            return
        work = self._desk.services.accounts.set_role(self._desk.actor, self._user.id, self.role.role)
        self._desk.operations.run(self, "role", work, self._saved, failed=self._fail, busy=self.save_button)

    def _saved(self, user: User) -> None:
        role = self.words(ROLES[user.role])
        self._desk.done(_("“{name}” is {role} now."), name=user.username, role=role)
        self.closed.emit()

    def _fail(self, error: SiappError) -> None:
        self.role.fail(self.words.error(error))


class AddUserSheet(Sheet):
    """An account that needs no review."""

    def __init__(self, desk: Desk, hand_over: HandOver) -> None:
        super().__init__(desk.words, _("Add user"))
        self._desk, self._hand_over = desk, hand_over
        words = desk.words
        self.name = TextField(words, _("User name"))
        self.role = RoleField(words)
        self.password = GivenPasswordField(words)
        for field in (self.name, self.role, self.password):
            self.body.addWidget(field)
        self.body.addStretch()
        self.save_button = ProgressButton(words, _("Add user"), _("Saving …"), self.save, look="primary", cancel=False)
        self.set_buttons(primary=self.save_button)
        self.begin_at(self.name)

    def save(self) -> None:
        service, actor = self._desk.services.accounts, self._desk.actor
        work = service.add(actor, self.name.text, self.password.text, self.role.role)
        self._desk.operations.run(self, "add-user", work, self._added, failed=self._fail, busy=self.save_button)

    def _added(self, user: User) -> None:
        self._desk.done(_("The user “{name}” is there."), name=user.username)
        self._hand_over(user, self.password.text)

    def _fail(self, error: SiappError) -> None:
        named = error.code == "name_taken" or (isinstance(error, InvalidInput) and error.field != "password")
        (self.name if named else self.password).fail(self.words.error(error))


class PasswordResetSheet(Sheet):
    """A new password for somebody who has lost theirs."""

    def __init__(self, desk: Desk, user: User, hand_over: HandOver) -> None:
        super().__init__(desk.words, _("New password for “{name}”"), name=user.username)
        self._desk, self._user, self._hand_over = desk, user, hand_over
        words = desk.words
        own = user.id == desk.actor.user_id
        sentence = _("You are signed out everywhere, here too.") if own else _("Every sign-in of this account ends.")
        self.body.addWidget(label(words, sentence, "muted", wrap=True))
        self.body.addSpacing(8)
        self.password = GivenPasswordField(words)
        self.body.addWidget(self.password)
        self.body.addStretch()
        self.save_button = ProgressButton(
            words, _("Set password"), _("Saving …"), self.save, look="primary", cancel=False
        )
        self.set_buttons(primary=self.save_button)
        self.begin_at(self.password)

    def save(self) -> None:
        service = self._desk.services.accounts
        work = service.reset_password(self._desk.actor, self._user.id, self.password.text)
        self._desk.operations.run(self, "reset-password", work, self._saved, failed=self._fail, busy=self.save_button)

    def _saved(self, _nothing: None) -> None:
        if self._desk.session.signed_in:  # it may have been the own one
            self._desk.done(_("“{name}” has a new password."), name=self._user.username)
            self._hand_over(self._user, self.password.text)

    def _fail(self, error: SiappError) -> None:
        self.password.fail(self.words.error(error))


class HandOverSheet(Sheet):
    """The only time that a new password can be read."""

    def __init__(self, desk: Desk, user: User, password: str) -> None:
        super().__init__(desk.words, _("Password of “{name}”"), name=user.username)
        words = desk.words
        self.body.addWidget(
            label(
                words,
                _("Hand it over now: it is shown only this once. Its owner should change it after signing in."),
                "muted",
                wrap=True,
            )
        )
        self.body.addSpacing(8)
        self.password = TextField(words, _("Password"))
        self.password.line.setText(password)
        self.password.line.setReadOnly(True)
        self.password.line.setCursorPosition(0)
        self.body.addWidget(self.password)
        self.body.addStretch()
        self.copy_button = button(words, _("Copy"), self.copy, glyph="copy")
        self.done_button = button(words, _("Close"), self.closed.emit, look="primary")
        self.set_buttons(self.copy_button, primary=self.done_button)
        self.begin_at(self.copy_button)

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.password.text)
        self.password.hint(_("Copied."), "good")


def _names(users: list[User]) -> QLabel:
    names = [user.username for user in users[:MOST_NAMES]]
    shown = QLabel("\n".join([*names, "…"] if len(users) > MOST_NAMES else names))
    shown.setTextFormat(Qt.TextFormat.PlainText)
    return shown
