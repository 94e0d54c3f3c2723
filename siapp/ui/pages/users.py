"""People: who waits for review, who may do what, who is kept out. For administrators."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QWidget

from siapp.core.domain import AccountStatus, Role, Severity, SignIns, User
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.marks import USER_MARKS
from siapp.ui.notices import Offer
from siapp.ui.pages.table_page import TablePage
from siapp.ui.pages.user_columns import columns
from siapp.ui.pages.user_sheets import AddUserSheet, ApproveSheet, HandOverSheet, PasswordResetSheet, UserSheet
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.widgets.segments import Segments

LOOK_MS = 10_000
LAST_ADMIN = _("This is the last administrator. Appoint another one first.")

_KEPT_OUT = (AccountStatus.REJECTED, AccountStatus.DISABLED)
_FILTERS: dict[str, tuple[str, tuple[AccountStatus, ...]]] = {
    "all": (_("All"), tuple(AccountStatus)),
    "waiting": (_("Waiting"), (AccountStatus.PENDING,)),
    "approved": (_("Approved"), (AccountStatus.APPROVED,)),
    "kept_out": (_("Kept out"), _KEPT_OUT),
}


class UsersPage(TablePage[User]):
    """Who waits stands at the top. `wanted` asks for this page to be shown."""

    role = Role.ADMIN
    wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        self._sign_ins: dict[int, SignIns] = {}
        self._known_pending: set[int] = set()
        store = desk.stores.users
        shown = columns(desk, lambda user: self._sign_ins.get(user.id, SignIns()))
        super().__init__(desk, _("Users"), store, shown, parent)
        self.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self._add_filter()
        self._reasons: dict[QPushButton, Callable[[list[User]], str]] = {}
        self._add_actions()
        self.set_primary("users", _("There are no users yet."), _("Add user"), self.add)
        self.table.opened.connect(self.open_user)
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        store.reset.connect(self._take_snapshot)
        store.put.connect(self._notice)
        store.removed.connect(lambda _number: self._count())

    def add(self) -> None:
        self.open_sheet(AddUserSheet(self.desk, self.hand_over))

    def open_user(self, user: User) -> None:
        """Who waits is reviewed, everybody else edited."""
        if user.status is AccountStatus.PENDING:
            self.review([user])
        else:
            self.edit(user)

    def review(self, users: list[User]) -> None:
        self.open_sheet(ApproveSheet(self.desk, users))

    def edit(self, user: User) -> None:
        last = self.lacks_admin([user])
        self.open_sheet(UserSheet(self.desk, user, last, lambda: self.reset_password(user)))

    def reset_password(self, user: User) -> None:
        self.open_sheet(PasswordResetSheet(self.desk, user, self.hand_over))

    def hand_over(self, user: User, password: str) -> None:
        """Show a new password, once, in place of the form that it was typed in."""
        self.close_sheet()
        self.open_sheet(HandOverSheet(self.desk, user, password))

    def look(self) -> None:
        """How often everybody is signed in: nothing tells that by itself."""
        if self.desk.session.may(self.role):
            work = self.desk.services.accounts.sign_ins(self.desk.actor)
            self.desk.operations.run(self, "sign-ins", work, self._show_sign_ins, failed=lambda _error: None)

    def lacks_admin(self, without: list[User]) -> bool:
        """Whether nobody would be left who administers."""
        gone = {user.id for user in without}
        admins = {user.id for user in self._store.all() if _is_admin(user)}
        return bool(admins & gone) and not admins - gone

    def apply_rights(self) -> None:
        super().apply_rights()
        chosen = self.table.selected()
        for made, reason in self._reasons.items():
            why = reason(chosen) if chosen else ""
            made.setToolTip(self.desk.words(why) if why else self._usual_tips[made])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self.look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _add_filter(self) -> None:
        choices = [(key, word) for key, (word, _statuses) in _FILTERS.items()]
        self.filter: Segments[str] = Segments(self.desk.words, _("Which users are shown"), choices)
        self.filter.chosen.connect(self._narrow)
        self.tools.addWidget(self.filter)
        self.add_command(
            _("Show who waits for review"),
            lambda: self.filter.choose("waiting"),
            keys="Ctrl+Shift+W",
            glyph="hourglass",
        )

    def _add_actions(self) -> None:
        def act(
            message: str, glyph: str, keys: str, do: Callable[[list[User]], object], fits: Callable[[list[User]], bool]
        ) -> QPushButton:
            return self.add_action(message, glyph, do, fits, keys=keys, role=Role.ADMIN)

        act(_("Approve"), "check", "Ctrl+Shift+A", self.review, _all(AccountStatus.PENDING, AccountStatus.REJECTED))
        act(_("Reject"), "x", "Ctrl+Shift+R", partial(self._set, AccountStatus.REJECTED), _all(AccountStatus.PENDING))
        disable = act(
            _("Disable"),
            "prohibit",
            "Ctrl+Shift+D",
            self.ask_disable,
            lambda rows: _all(AccountStatus.APPROVED)(rows) and not self.lacks_admin(rows),
        )
        act(
            _("Enable"),
            "arrow-counter-clockwise",
            "Ctrl+Shift+E",
            partial(self._set, AccountStatus.APPROVED),
            _all(AccountStatus.DISABLED),
        )
        act(_("Edit"), "pencil-simple", "Ctrl+E", lambda rows: self.edit(rows[0]), lambda rows: len(rows) == 1)
        delete = act(_("Delete"), "trash", "Del", self.ask_delete, lambda rows: not self.lacks_admin(rows))
        for made in (disable, delete):
            self._reasons[made] = lambda rows: LAST_ADMIN if self.lacks_admin(rows) else ""
        self._usual_tips = {made: made.toolTip() for made in self._reasons}

    def ask_disable(self, users: list[User]) -> None:
        """Others can be enabled again at once; who disables themselves is out."""
        if not any(user.id == self.desk.actor.user_id for user in users):
            self._set(AccountStatus.DISABLED, users)
            return
        words = self.desk.words
        Confirm(
            words,
            self.window(),
            words(_("Disable your own account?")),
            words(_("You are signed out at once, and another administrator has to let you in again.")),
            _("Disable account"),
            lambda: self._set(AccountStatus.DISABLED, users),
        ).open()

    def ask_delete(self, users: list[User]) -> None:
        """Once, naming what is lost and what stays."""
        words = self.desk.words
        if len(users) == 1:
            title = words(_("Delete the user “{name}”?"), name=users[0].username)
            verb = _("Delete user")
        else:
            title = words(_("Delete {count} users?"), count=len(users))
            verb = _("Delete users")
        parts = ["\n".join(user.username for user in users[:10])] if len(users) > 1 else []
        if any(user.id == self.desk.actor.user_id for user in users):
            parts.append(words(_("This is your own account: you are signed out at once.")))
        parts.append(
            words(
                _(
                    "Account, password and layouts of the wall are lost, and every sign-in ends. Cameras, algorithms, "
                    "tasks and tests stay, and so do the entries in the audit."
                )
            )
        )
        Confirm(words, self.window(), title, "\n\n".join(parts), verb, lambda: self._delete(users)).open()

    def _delete(self, users: list[User]) -> None:
        service = self.desk.services.accounts
        for user in _own_last(users, self.desk.actor.user_id):
            told = partial(self._told, _("The user “{name}” is deleted."), user.username)
            work = service.delete(self.desk.actor, user.id)
            self.desk.operations.run(self, f"delete-user-{user.id}", work, told)

    def _set(self, status: AccountStatus, users: list[User]) -> None:
        service = self.desk.services.accounts
        for user in _own_last(users, self.desk.actor.user_id):
            work = service.set_status(self.desk.actor, user.id, status)
            self.desk.operations.run(self, f"status-{user.id}", work, partial(self._changed, user))

    def _changed(self, before: User, after: User) -> None:
        if not self.desk.session.signed_in:
            return  # it was the own account
        message = _("“{name}”: {state}.")
        state = self.desk.words(USER_MARKS[after.status].word)
        undo = Offer(_("Undo"), lambda: self._set(before.status, [before]))
        self.desk.offer(undo, message, name=after.username, state=state)

    def _told(self, message: str, name: str, _nothing: None) -> None:
        if self.desk.session.signed_in:
            self.desk.done(message, name=name)

    def _narrow(self, key: str) -> None:
        statuses = _FILTERS[key][1]
        self.table.narrow(lambda user: user.status in statuses)

    def _take_snapshot(self) -> None:
        self._known_pending = {user.id for user in self._pending()}
        self._count()

    def _notice(self, user: User) -> None:
        """A request that is new is told, wherever the administrator is."""
        new = user.status is AccountStatus.PENDING and user.id not in self._known_pending
        self._known_pending = {each.id for each in self._pending()}
        self._count()
        if new and self.desk.session.may(self.role):
            text = self.desk.words(_("{name} asks for an account."), name=user.username)
            self.desk.notices.tell(text, Severity.WARNING, Offer(_("Review"), partial(self._review, user.id)))

    def _review(self, number: int) -> None:
        user = self._store.get(number)
        self.wanted.emit()
        if user is not None and user.status is AccountStatus.PENDING:
            self.review([user])

    def _pending(self) -> list[User]:
        return [user for user in self._store.all() if user.status is AccountStatus.PENDING]

    def _count(self) -> None:
        users = self._store.all()
        self.filter.set_counts(
            {key: sum(user.status in statuses for user in users) for key, (_word, statuses) in _FILTERS.items()}
        )
        self.badge.emit(len(self._pending()))
        self.apply_rights()

    def _show_sign_ins(self, found: dict[int, SignIns]) -> None:
        if found != self._sign_ins:
            self._sign_ins = found
            self.table.refresh()


def _is_admin(user: User) -> bool:
    return user.role is Role.ADMIN and user.status is AccountStatus.APPROVED


def _all(*statuses: AccountStatus) -> Callable[[list[User]], bool]:
    return lambda rows: all(user.status in statuses for user in rows)


def _own_last(users: list[User], own: int) -> list[User]:
    """Who changes many, oneself among them, must be there until the others are done."""
    return sorted(users, key=lambda user: user.id == own)
