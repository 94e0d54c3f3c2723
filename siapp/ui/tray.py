"""The icon beside the clock: what the tasks do, also while no window is shown."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from siapp.core.domain import Severity, Task, TaskState
from siapp.core.i18n import _
from siapp.core.resources import resources
from siapp.ui.desk import Desk
from siapp.ui.marks import TASK_MARKS, Mark, paint_mark

SIZE = 64
MESSAGE_MS = 8000
# The worst comes first: one word for all tasks together.
_ORDER = (TaskState.ERROR, TaskState.RECONNECTING, TaskState.STARTING, TaskState.RUNNING)


class Tray(QObject):
    """Shown only where the desktop has a place for it. Without a window, warnings and alarms are told here."""

    def __init__(
        self, desk: Desk, window: QWidget, bring_up: Callable[[], object], leave: Callable[[], object]
    ) -> None:
        super().__init__(window)
        self._desk, self._window = desk, window
        self.icon = QSystemTrayIcon(self)
        self.menu = QMenu(window)
        self.status = QAction("", self.menu)
        self.status.setEnabled(False)
        self.menu.addAction(self.status)
        self.menu.addSeparator()
        self._add(_("Show siapp"), bring_up)
        self._add(_("Quit siapp"), leave)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(lambda why: bring_up() if why is QSystemTrayIcon.ActivationReason.Trigger else None)
        store = desk.stores.tasks
        self._state: TaskState | None = None
        self._running = self._total = -1
        for signal in (store.reset, store.put, store.removed):
            signal.connect(self._show)
        desk.notices.told.connect(lambda told: self._tell(told.text, told.severity))
        desk.words.follow(self, self._write)

    @property
    def available(self) -> bool:
        return QSystemTrayIcon.isSystemTrayAvailable()

    def begin(self) -> None:
        self._show()
        if self.available:
            self.icon.show()

    def end(self) -> None:
        self.icon.hide()

    def _add(self, message: str, run: Callable[[], object]) -> None:
        action = QAction("", self.menu)
        self._desk.words.bind(action, action.setText, message)
        action.triggered.connect(lambda _checked=False: run())
        self.menu.addAction(action)

    def _show(self, *_change: object) -> None:
        """Figures come every second; the icon is drawn anew only for another state."""
        tasks = self._desk.stores.tasks.all()
        state, running = _worst(tasks), sum(task.state is TaskState.RUNNING for task in tasks)
        if (state, running, len(tasks)) == (self._state, self._running, self._total):
            return
        self._state, self._running, self._total = state, running, len(tasks)
        self.icon.setIcon(_drawn(TASK_MARKS[state] if state is not None else None))
        self._write()

    def _write(self) -> None:
        words = self._desk.words
        text = words(_("{running} of {total} tasks running"), running=max(0, self._running), total=max(0, self._total))
        if self._state in (TaskState.ERROR, TaskState.RECONNECTING):
            text = f"{text} · {words(TASK_MARKS[self._state].word)}"
        self.status.setText(text)
        self.icon.setToolTip(f"siapp\n{text}")

    def _tell(self, text: str, severity: Severity) -> None:
        if severity is not Severity.INFO and not self._window.isVisible() and self.icon.isVisible():
            self.icon.showMessage("siapp", text, QSystemTrayIcon.MessageIcon.Warning, MESSAGE_MS)


def _worst(tasks: list[Task]) -> TaskState | None:
    states = {task.state for task in tasks}
    return next((state for state in _ORDER if state in states), None)


def _drawn(mark: Mark | None) -> QIcon:
    """The program's icon, with the mark in its corner where there is one."""
    drawn = QIcon(str(resources() / "icons" / "siapp.svg")).pixmap(QSize(SIZE, SIZE))
    if mark is None:
        return QIcon(drawn)
    picture = QPixmap(drawn)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    corner = QRectF(SIZE * 0.5, SIZE * 0.5, SIZE * 0.5, SIZE * 0.5)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
    painter.setBrush(Qt.GlobalColor.black)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(corner)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
    paint_mark(painter, mark, corner)
    painter.end()
    return QIcon(picture)
