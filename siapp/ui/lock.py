"""The locked desk: covered until the person who sits at it gives the password again.

What is under way goes on, and sheets keep what was typed. Nothing is locked by itself unless somebody sets it: an
operator may watch for an hour without touching anything, and a wall that covers itself would hide what it is for.
"""

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from siapp.core.errors import Forbidden, SiappError
from siapp.core.i18n import _
from siapp.ui.card import Card
from siapp.ui.desk import Desk
from siapp.ui.entrance import top_row
from siapp.ui.idle import Idle
from siapp.ui.memory import AFTER_MINUTES, KEEP_WALL
from siapp.ui.pages.page import Page
from siapp.ui.shell import Shell
from siapp.ui.theme import theme
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.password import PasswordField
from siapp.ui.widgets.toasts import Toasts

MARGIN = 24
LOOK_MS = 200
# What the lock's own fields and the tray open.
_PASSING = (Qt.WindowType.ToolTip, Qt.WindowType.Popup)


class LockCard(Card):
    """Asks for the password of the person who sits here. `on_right` follows the right one."""

    def __init__(self, desk: Desk, on_right: Callable[[], object]) -> None:
        super().__init__(desk, _("Locked"), "")
        self._on_right = on_right
        self.password = PasswordField(desk.words, _("Password"))
        self.add_fields(self.password)
        self.other = button(desk.words, _("Sign in as somebody else"), self._leave, look="link")
        self.add_button(_("Unlock"), _("Checking …"), self._unlock, self.other)

    @property
    def first(self) -> QWidget:
        return self.password.editor

    def begin(self) -> None:
        self.say("")
        self.password.empty()
        self.desk.words.bind(
            self.sentence, self.sentence.setText, _("{name} is signed in."), name=self.desk.actor.username
        )

    def _unlock(self) -> None:
        self.say("")
        work = self.desk.services.accounts.unlock(self.desk.actor, self.password.text)
        self.desk.operations.run(self, "unlock", work, self._right, failed=self._fail, busy=self.button)

    def _right(self, _nothing: None) -> None:
        self.password.empty()
        self._on_right()

    def _fail(self, error: SiappError) -> None:
        if isinstance(error, Forbidden):
            self.say(error.message)
        else:
            self.password.fail(self.desk.words.error(error))

    def _leave(self) -> None:
        self.desk.operations.run(self, "sign-out", self.desk.session.sign_out())


class LockScreen(QWidget):
    """Lies over all of the window. `clear`: what is under it may be seen, though not touched."""

    def __init__(self, over: QWidget, desk: Desk, on_right: Callable[[], object]) -> None:
        super().__init__(over)
        self._over = over
        self._clear = False
        self.card = LockCard(desk, on_right)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._top = QWidget()
        self._top.setLayout(top_row(desk))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._top)
        column.addStretch(2)
        self._row = QHBoxLayout()
        self._row.addStretch(1)
        self._row.addWidget(self.card)
        self._row.addStretch(1)
        column.addLayout(self._row)
        column.addStretch(3)
        self._column = column
        self.hide()
        over.installEventFilter(self)

    def cover(self, clear: bool) -> None:
        self._clear = clear
        self._top.setVisible(not clear)
        # In the corner it hides the least of the pictures.
        self._row.setStretch(2, 0 if clear else 1)
        self._column.setStretch(3, 0 if clear else 3)
        margin = MARGIN if clear else 0
        self._row.setContentsMargins(margin, 0, margin, 2 * margin)
        self.card.begin()
        self.setGeometry(self._over.rect())
        self.show()
        self.raise_()
        self.card.first.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._over.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._clear:
            painter = QPainter(self)
            painter.fillRect(self.rect(), theme().colours.of("ground"))
            painter.end()


class Lock(QObject):
    """Locks and unlocks one window, and the windows that belong to it."""

    def __init__(self, desk: Desk, window: QMainWindow, shell: Shell, toasts: Toasts) -> None:
        super().__init__(window)
        self._desk, self._window, self._shell, self._toasts = desk, window, shell, toasts
        self.locked = False
        self._hidden: list[QWidget] = []
        self._disabled: list[QWidget] = []
        self._page: Page | None = None
        self._focus: QWidget | None = None
        self._keeps_wall = False
        # A question that was on its way, or what comes back with the main window: not while it is locked.
        self._watch = QTimer(self, interval=LOOK_MS)
        self._watch.timeout.connect(self._cover_others)
        self.screen = LockScreen(window, desk, self.unlock)
        self.idle = Idle(lambda: 60.0 * desk.memory.whole(AFTER_MINUTES), self)
        self.idle.passed.connect(self.lock)
        desk.session.ended.connect(lambda _why: self._forget())
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self._look)

    def lock(self) -> None:
        """Now, whatever is open."""
        if self.locked or not self._desk.session.signed_in:
            return
        self.locked = True
        self._page, self._focus = self._shell.page, QApplication.focusWidget()
        self._shell.close_overlays()
        keep_wall = self._keeps_wall = bool(self._desk.memory.get(KEEP_WALL, False))
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()
        self._cover_others()
        self._watch.start()
        self._toasts.hold(True)
        self._shell.setEnabled(False)  # its keys are off then
        if keep_wall:
            self._shell.show_page(self._shell.wall)
        else:
            self._shell.hide()
        self.screen.cover(keep_wall)

    def unlock(self) -> None:
        """As it was."""
        if not self.locked:
            return
        self._uncover()
        self._shell.show()
        for widget in filter(shiboken6.isValid, self._hidden):
            widget.show()
        if self._page is not None and self._desk.session.may(self._page.role):  # it may be another role by now
            self._shell.show_page(self._page)
        if self._focus is not None and shiboken6.isValid(self._focus) and self._focus.isVisible():
            self._focus.setFocus()
        self._reset()

    def _forget(self) -> None:
        """The session is over: nothing of it comes back."""
        if self.locked:
            self._uncover()
            # Questions are answered with no; windows of the wall are the wall's, which remembers them for this person.
            for widget in filter(shiboken6.isValid, self._hidden):
                if isinstance(widget, QDialog):
                    widget.reject()
            self._reset()

    def _uncover(self) -> None:
        self.locked = False
        self._watch.stop()
        self.idle.touch()
        self.screen.hide()
        self._toasts.hold(False)
        self._shell.setEnabled(True)
        for widget in filter(shiboken6.isValid, self._disabled):
            widget.setEnabled(True)

    def _reset(self) -> None:
        self._hidden, self._disabled, self._page, self._focus = [], [], None, None

    def _look(self, _window: object) -> None:
        if self.locked:
            self._cover_others()

    def _cover_others(self) -> None:
        """Questions and tiles in windows of their own: out of sight, or out of reach where the wall stays."""
        for widget in QApplication.topLevelWidgets():
            if widget is self._window or not widget.isVisible() or widget.windowType() in _PASSING:
                continue
            if self._keeps_wall and not isinstance(widget, QDialog):
                if widget.isEnabled():
                    widget.setEnabled(False)
                    self._disabled.append(widget)
            else:
                widget.hide()
                self._hidden.append(widget)
