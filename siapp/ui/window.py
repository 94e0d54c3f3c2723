"""The window: the entrance, then the shell, and toasts over both."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QIcon
from PySide6.QtWidgets import QMainWindow, QStackedWidget

from siapp.core.domain import Actor
from siapp.core.events import Event, Notice
from siapp.core.i18n import Language
from siapp.core.resources import resources
from siapp.core.services import Services
from siapp.ui.desk import Desk, ServerInfo
from siapp.ui.entrance import Entrance
from siapp.ui.language import QtWords
from siapp.ui.operations import Operations
from siapp.ui.session import Session
from siapp.ui.shell import Shell
from siapp.ui.store import Stores
from siapp.ui.widgets.toasts import Toasts
from siapp.ui.words import Words, desktop_language

SMALLEST = (960, 600)
USUAL = (1280, 720)
SHARE_OF_SCREEN = 0.8
LOOK_AGAIN_MS = 4000


class MainWindow(QMainWindow):
    """`closed` tells that the person closed it. `shut()` ends what the window began."""

    closed = Signal()

    def __init__(self, services: Services, server: ServerInfo, language: Language | None = None) -> None:
        super().__init__()
        words = Words(language or desktop_language())
        self.toasts = Toasts(self)
        operations = Operations(words, self.toasts.show_toast)
        self.desk = Desk(
            services, server, words, Session(services), Stores(services), operations, self.toasts.show_toast
        )
        self._unsubscribe = services.bus.subscribe(self._on_event)
        self._qt_words = QtWords(words, self)
        self.entrance, self.shell = Entrance(self.desk), Shell(self.desk)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.entrance)
        self._stack.addWidget(self.shell)
        self.setCentralWidget(self._stack)
        self.toasts.raise_()
        self._dress()
        self.desk.session.changed.connect(self._enter)
        self.desk.session.ended.connect(self._leave)
        self.shell.sign_out.connect(self._sign_out)
        self._timer = QTimer(self, interval=LOOK_AGAIN_MS)
        self._timer.timeout.connect(self._look_again)
        self._timer.start()

    def begin(self, signed_in: Actor | None = None) -> None:
        """Open the desk for `signed_in`, or ask who it is."""
        if signed_in is not None:
            self.desk.session.adopt(signed_in)
        else:
            self.entrance.start()

    async def shut(self) -> None:
        """Leave no task, no listener and no subscription behind."""
        self.hide()
        self._timer.stop()
        self.desk.session.close()
        self.desk.stores.close()
        self._unsubscribe()
        await self.desk.operations.close()
        self.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self.closed.emit()

    def _dress(self) -> None:
        self.setWindowTitle("siapp")
        self.setWindowIcon(QIcon(str(resources() / "icons" / "siapp.svg")))
        self.setMinimumSize(*SMALLEST)
        room = self.screen().availableGeometry()
        width = min(room.width(), max(USUAL[0], round(room.width() * SHARE_OF_SCREEN)))
        height = min(room.height(), max(USUAL[1], round(room.height() * SHARE_OF_SCREEN)))
        self.resize(width, height)

    def _enter(self) -> None:
        """Somebody is signed in, or has another role now."""
        if self._stack.currentWidget() is not self.shell:
            self.shell.open(self.shell.wall)
            self._stack.setCurrentWidget(self.shell)
            self.desk.operations.run(self, "load", self.desk.stores.load())

    def _leave(self, why: str) -> None:
        self._stack.setCurrentWidget(self.entrance)
        self.entrance.show_sign_in(why)

    def _sign_out(self) -> None:
        self.desk.operations.run(self, "sign-out", self.desk.session.sign_out())

    def _look_again(self) -> None:
        # A database that is away for a minute says nothing about the sign-in.
        self.desk.operations.run(self, "session", self.desk.session.look_again(), failed=lambda _error: None)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Notice) and self.desk.session.signed_in:
            self.toasts.show_toast(self.desk.words.problem(event.problem), event.severity)
