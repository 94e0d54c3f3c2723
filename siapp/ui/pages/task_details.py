"""Everything about one task at the side of the table: its options, log, charts and key frames."""

from collections.abc import Coroutine
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent

from siapp.core.domain import Task
from siapp.core.i18n import _
from siapp.core.tasklog import LogTail, OnLine
from siapp.ui.desk import Desk
from siapp.ui.pages.task_charts import ChartsTab
from siapp.ui.pages.task_frames import FramesTab
from siapp.ui.pages.task_state import TaskStateBar
from siapp.ui.pages.task_tuning import TuningTab
from siapp.ui.widgets.labels import ElidedLabel
from siapp.ui.widgets.log_view import LogSource, LogView
from siapp.ui.widgets.sheet import Sheet
from siapp.ui.widgets.tabs import Tabs

NARROW, WIDE, SHARE = 424, 760, 0.42


class TaskDetails(Sheet):
    """Follows one task; `show_task` turns to another one, with the same tab open."""

    turned = Signal()

    def __init__(self, desk: Desk, task: Task) -> None:
        super().__init__(desk.words, "{name}", width=NARROW, scrolls=False, name=task.name)
        self._desk, self.task = desk, task
        self.parts = ElidedLabel("", "muted")
        self.state = TaskStateBar(desk, task)
        self.tuning, self.charts, self.frames = TuningTab(desk, task), ChartsTab(desk, task), FramesTab(desk, task)
        self.log = LogView(desk, f"{task.name}.log")
        self.tabs = Tabs(desk.words, _("Details"))
        for message, tab in (
            (_("Options"), self.tuning),
            (_("Log"), self.log),
            (_("Charts"), self.charts),
            (_("Key frames"), self.frames),
        ):
            self.tabs.add(message, tab)
        self.tabs.turned.connect(lambda _tab: self.turned.emit())
        self.body.addWidget(self.parts)
        self.body.addWidget(self.state)
        self.body.addWidget(self.tabs, 1)
        desk.stores.tasks.put.connect(self._on_task)
        desk.stores.tasks.removed.connect(self._on_removed)
        self._turn_to(task)

    def show_task(self, task: Task) -> None:
        """As it is now, or another one."""
        another = task.id != self.task.id
        self.task = task
        for each in (self.state, self.tuning, self.charts, self.frames):
            each.show_task(task)
        if another:
            self._turn_to(task)
        else:
            self._show_parts()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.tuning.fit(self.width(), self.height())

    def fit(self, room: int) -> None:
        """As wide as the page has room for: half of it at the most."""
        self.setFixedWidth(max(NARROW, min(WIDE, round(room * SHARE))))

    def _turn_to(self, task: Task) -> None:
        self.set_title("{name}", name=task.name)
        self.log.file_name = f"{task.name}.log"
        self.log.follow(_log_of(self._desk, task.id))
        self._show_parts()

    def _show_parts(self) -> None:
        version = f" v{self.task.algorithm.version}" if self.task.algorithm.version is not None else ""
        self.parts.setText(f"{self.task.device.name} · {self.task.algorithm.name}{version}")

    def _on_task(self, task: Task) -> None:
        if task.id == self.task.id:
            self.show_task(task)

    def _on_removed(self, number: int) -> None:
        if number == self.task.id:
            self.closed.emit()


def _log_of(desk: Desk, number: int) -> LogSource:
    def follow(on_line: OnLine, lines: int) -> Coroutine[Any, Any, LogTail]:
        return desk.services.tasks.follow_log(number, on_line, lines)

    return follow
