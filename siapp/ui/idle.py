"""How long nobody has touched mouse or keyboard in any of siapp's windows."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

LOOK_MS = 5000

_TOUCHES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseMove,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonDblClick,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.TabletMove,
    }
)


class Idle(QObject):
    """`passed` tells, once each time, that nobody has touched anything for as long as `limit_s` says; 0 never.

    It listens to windows, not to the application: what arrives there is what the desktop sends, some hundred events a
    second at most, while all of Qt's own events would cost a step through Python each.
    """

    passed = Signal()

    def __init__(self, limit_s: Callable[[], float], parent: QObject) -> None:
        super().__init__(parent)
        self._limit_s = limit_s
        self._touched = time.monotonic()
        self._told = False
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        # A window that is new since the last look is heard from its first key on.
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self._listen)  # ends with this object, as a lambda would not
        self._listen()

    def touch(self) -> None:
        """Somebody is there."""
        self._touched, self._told = time.monotonic(), False

    def look(self) -> None:
        self._listen()
        limit = self._limit_s()
        if limit > 0 and not self._told and time.monotonic() - self._touched >= limit:
            self._told = True
            self.passed.emit()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in _TOUCHES:
            self.touch()
        return False

    def _listen(self, _window: QWindow | None = None) -> None:
        for window in QGuiApplication.allWindows():
            window.installEventFilter(self)  # a second time changes nothing
