"""A request for an account that waits for review: a calm card that looks by itself how it stands."""

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout

from siapp.core.domain import AccountStatus, User
from siapp.core.errors import NotFound, SiappError
from siapp.core.events import Event, UserChanged, UserDeleted
from siapp.core.i18n import _
from siapp.ui.card import Card
from siapp.ui.desk import Desk
from siapp.ui.marks import USER_MARKS
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.toasts import MarkLabel

LOOK_MS = 10_000

_SENTENCES: dict[AccountStatus, str] = {
    AccountStatus.PENDING: _(
        "An administrator has to approve the account “{name}”. This page looks by itself, you need not do anything."
    ),
    AccountStatus.APPROVED: _("The account “{name}” is approved. You can sign in now."),
    AccountStatus.REJECTED: _("The request for “{name}” was rejected. Please talk to an administrator."),
    AccountStatus.DISABLED: _("The account “{name}” is disabled. Please talk to an administrator."),
}
_GONE = _("The request for “{name}” was deleted. You can ask anew, or talk to an administrator.")


class WaitingCard(Card):
    """Knows the account by its number only; no password is kept for it. `on_sign_in` gets the name when it is let in.

    The bus tells what this program changes, a look every ten seconds what a command of this machine does.
    """

    def __init__(self, desk: Desk, on_sign_in: Callable[[str], object]) -> None:
        super().__init__(desk, _("Waiting for review"), "")
        self._on_sign_in = on_sign_in
        self._user: User | None = None
        self.mark = MarkLabel(USER_MARKS[AccountStatus.PENDING])
        self.state = label(desk.words, "", "strong")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.mark)
        row.addWidget(self.state)
        row.addStretch()
        self.column.addLayout(row)
        self.back = button(desk.words, _("Back to sign-in"), lambda: on_sign_in(self._name), look="link")
        self.add_button(_("Sign in"), _("Sign in"), lambda: on_sign_in(self._name), self.back)
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        unsubscribe = desk.services.bus.subscribe(self._on_event)
        self.destroyed.connect(lambda: unsubscribe())

    def wait_for(self, user: User) -> None:
        self._show(user)

    def look(self) -> None:
        """Ask how it stands; a database that is away for a moment says nothing about it."""
        if self._user is not None:
            work = self.desk.services.accounts.user(self._user.id)
            self.desk.operations.run(self, "waiting", work, self._show, failed=self._failed)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    @property
    def _name(self) -> str:
        return self._user.username if self._user is not None else ""

    def _on_event(self, event: Event) -> None:
        match event:
            case UserChanged(user) if self._user is not None and user.id == self._user.id:
                self._show(user)
            case UserDeleted(number) if self._user is not None and number == self._user.id:
                self._show_gone()

    def _failed(self, error: SiappError) -> None:
        if isinstance(error, NotFound):
            self._show_gone()

    def _show(self, user: User) -> None:
        self._user = user
        mark, words = USER_MARKS[user.status], self.desk.words
        self.mark.set_mark(mark)
        words.bind(self.state, self.state.setText, mark.word)
        words.bind(self.sentence, self.sentence.setText, _SENTENCES[user.status], name=user.username)
        approved = user.status is AccountStatus.APPROVED
        waits = user.status is AccountStatus.PENDING
        title = _("Waiting for review") if waits else _("Your account is approved") if approved else _("No account yet")
        words.bind(self.heading, self.heading.setText, title)
        self._offer(approved)

    def _show_gone(self) -> None:
        words = self.desk.words
        self.mark.set_mark(USER_MARKS[AccountStatus.REJECTED])
        words.bind(self.state, self.state.setText, _("Deleted"))
        words.bind(self.heading, self.heading.setText, _("No account yet"))
        words.bind(self.sentence, self.sentence.setText, _GONE, name=self._name)
        self._offer(False)

    def _offer(self, approved: bool) -> None:
        self.button.setVisible(approved)
        self.back.setVisible(not approved)
        if approved and self.isVisible():
            self.button.setFocus()
