"""The window: the entrance, then the shell, and toasts over both."""

from PySide6.QtCore import QByteArray, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeyEvent, Qt
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QStackedWidget

from siapp.core.domain import Actor
from siapp.core.errors import SiappError
from siapp.core.events import Event, Notice
from siapp.core.i18n import Language, _
from siapp.core.resources import resources
from siapp.core.services import Services
from siapp.ui.closing import ClosingQuestion
from siapp.ui.commands import Command, Commands
from siapp.ui.desk import Desk, ServerInfo
from siapp.ui.entrance import Entrance
from siapp.ui.language import QtWords, other_language
from siapp.ui.lock import Lock
from siapp.ui.memory import Memory, OnClose
from siapp.ui.news import StartNews
from siapp.ui.notices import Notices
from siapp.ui.operations import Operations
from siapp.ui.session import Session
from siapp.ui.shell import Shell
from siapp.ui.store import Stores
from siapp.ui.theme import Looks
from siapp.ui.tray import Tray
from siapp.ui.widgets.toasts import Toasts
from siapp.ui.words import Words, desktop_language

SMALLEST = (960, 600)
USUAL = (1280, 720)
SHARE_OF_SCREEN = 0.8
LOOK_AGAIN_MS = 4000


class MainWindow(QMainWindow):
    """`closed` tells that siapp is to end. `shut()` ends what the window began."""

    closed = Signal()

    def __init__(
        self, services: Services, server: ServerInfo, language: Language | None = None, memory: Memory | None = None
    ) -> None:
        super().__init__()
        memory = memory or Memory()
        words = Words(language or memory.language or desktop_language())
        notices, looks, session = Notices(), Looks(), Session(services)
        looks.switch(memory.scheme)
        operations = Operations(words, notices.tell)
        self.desk = Desk(
            services, server, words, session, Stores(services), operations, notices, looks, Commands(session), memory
        )
        self._unsubscribe = services.bus.subscribe(self._on_event)
        self._qt_words = QtWords(words, self)
        # What is put elsewhere is dressed anew with all that is in it: so from the outside to the inside.
        self._stack = QStackedWidget()
        self.setCentralWidget(self._stack)
        self.entrance, self.shell = Entrance(self.desk, self._stack), Shell(self.desk, self._stack)
        self._stack.addWidget(self.entrance)
        self._stack.addWidget(self.shell)
        self.toasts = Toasts(self, words, notices)
        self.toasts.raise_()
        self.lock = Lock(self.desk, self, self.shell, self.toasts)
        self.tray = Tray(self.desk, self, self.bring_up, self.leave)
        self._news = StartNews(self.desk, self)
        self._dress()
        self._add_commands()
        self._connect()

    def begin(self, signed_in: Actor | None = None) -> None:
        """Open the desk for `signed_in`, or ask who it is."""
        self.tray.begin()
        if signed_in is not None:
            self.desk.session.adopt(signed_in)
        else:
            self.entrance.start()
            # The tray tells of it, and whoever closes the window is asked.
            self.desk.operations.run(self, "work", self.desk.stores.load_work(), failed=lambda _error: None)

    def bring_up(self) -> None:
        """Before all other windows, from the tray or the task bar too."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized | Qt.WindowState.WindowActive)
        self.show()
        self.raise_()
        self.activateWindow()

    def leave(self) -> None:
        """End siapp; where tasks run, ask first."""
        self.bring_up()
        if self.lock.locked:
            return  # whoever stands there has not said who it is
        if not self.shell.may_leave(self.leave):
            return
        if self._under_way():
            self._ask()
        else:
            self._end()

    def toggle_full_screen(self) -> None:
        """The shown page alone on the whole screen, and back."""
        full = not self.isFullScreen()
        self.shell.set_chrome(not full)
        if full:
            self._was_maximized = self.isMaximized()
            self.showFullScreen()
        elif self._was_maximized:
            self.showMaximized()
        else:
            self.showNormal()

    async def shut(self) -> None:
        """Leave no task, no listener and no subscription behind."""
        self._remember_place()
        self.hide()
        self.tray.end()
        self._timer.stop()
        self.desk.session.close()
        self.desk.stores.close()
        self._unsubscribe()
        await self.shell.wall.memory.settle()
        await self.desk.operations.close()
        await self.desk.memory.close()
        self.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The cross at the corner: what is under way is not lost by it."""
        choice = self.desk.memory.on_close
        if self.lock.locked or not self.shell.may_leave(self.close):
            event.ignore()
        elif not self._under_way() or choice is OnClose.STOP:
            event.accept()
            self._end()
        elif choice is OnClose.TRAY and self.tray.available:
            event.ignore()
            self._take(OnClose.TRAY, False)
        else:
            event.ignore()
            self._ask()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self.toggle_full_screen()
        else:
            super().keyPressEvent(event)

    def _connect(self) -> None:
        desk = self.desk
        desk.session.changed.connect(self._enter)
        desk.session.ended.connect(self._leave)
        desk.words.changed.connect(lambda: desk.memory.put("language", desk.words.language))
        desk.looks.changed.connect(lambda: desk.memory.put("theme", desk.looks.scheme))
        self.shell.sign_out.connect(self._sign_out)
        self.shell.lock_wanted.connect(self.lock.lock)
        self.shell.wall.full_screen_wanted.connect(self.toggle_full_screen)
        self._timer = QTimer(self, interval=LOOK_AGAIN_MS)
        self._timer.timeout.connect(self._look_again)
        self._timer.start()

    def _add_commands(self) -> None:
        desk, words = self.desk, self.desk.words
        for command in (
            Command(_("Full screen"), self.toggle_full_screen, "F11", "corners-out"),
            Command(_("Switch the language"), lambda: words.switch(other_language(words)), "Ctrl+Alt+L", "translate"),
            Command(
                _("Switch between dark and light"),
                lambda: desk.looks.switch(desk.looks.other),
                "Ctrl+Alt+T",
                "circle-half",
            ),
            Command(_("Quit siapp"), self.leave, "Ctrl+Q", "power"),
        ):
            desk.commands.add(self.shell, command)

    def _dress(self) -> None:
        self._was_maximized = False
        self.setWindowTitle("siapp")
        self.setWindowIcon(QIcon(str(resources() / "icons" / "siapp.svg")))
        self.setMinimumSize(*SMALLEST)
        room = self.screen().availableGeometry()
        width = min(room.width(), max(USUAL[0], round(room.width() * SHARE_OF_SCREEN)))
        height = min(room.height(), max(USUAL[1], round(room.height() * SHARE_OF_SCREEN)))
        self.resize(width, height)
        # Qt brings a window back that would lie on a screen which is gone.
        if place := self.desk.memory.text("geometry"):
            self.restoreGeometry(QByteArray.fromBase64(QByteArray(place.encode("ascii", "ignore"))))

    def _remember_place(self) -> None:
        if not self.isFullScreen():
            self.desk.memory.put("geometry", bytes(self.saveGeometry().toBase64().data()).decode("ascii"))

    def _under_way(self) -> int:
        stores = self.desk.stores
        states = [task.state for task in stores.tasks.all()] + [test.state for test in stores.tests.all()]
        return sum(state.is_active for state in states)

    def _ask(self) -> None:
        ClosingQuestion(self.desk.words, self, self._under_way(), self.tray.available, self._take).open()

    def _take(self, choice: OnClose, remember: bool) -> None:
        if remember:
            self.desk.memory.put("on_close", choice)
        if choice is OnClose.STOP:
            self._end()
        else:
            self._remember_place()
            self.hide()

    def _end(self) -> None:
        self._remember_place()
        self.closed.emit()

    def _enter(self) -> None:
        """Somebody is signed in, or has another role now."""
        if self._stack.currentWidget() is not self.shell:
            self.shell.open(self.shell.wall)
            self._stack.setCurrentWidget(self.shell)
            self.desk.operations.run(self, "load", self.desk.stores.load(self.desk.actor))
        else:
            self.desk.operations.run(self, "users", self.desk.stores.load_users(self.desk.actor))

    def _leave(self, why: str) -> None:
        if self.isFullScreen():
            self.toggle_full_screen()
        self.shell.close_overlays()
        self._drop_questions()
        self.desk.notices.forget()
        self.desk.stores.forget_users()
        self._stack.setCurrentWidget(self.entrance)
        self.entrance.show_sign_in(why)

    def _drop_questions(self) -> None:
        """The next person must not answer for the one before."""
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()
        for question in QApplication.topLevelWidgets():
            if isinstance(question, QDialog) and question.isVisible():
                question.reject()

    def _sign_out(self) -> None:
        if self.shell.may_leave(self._sign_out):
            self.desk.operations.run(self, "sign-out", self.desk.session.sign_out())

    def _look_again(self) -> None:
        # A database that is away for a minute says nothing about the sign-in.
        self.desk.operations.run(
            self,
            "session",
            self.desk.session.look_again(),
            lambda _nothing: self.shell.status.show_database(True),
            failed=self._database_away,
        )

    def _database_away(self, _error: SiappError) -> None:
        self.shell.status.show_database(False)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Notice) and self.desk.session.signed_in:
            self.desk.notices.tell(self.desk.words.problem(event.problem), event.severity)
