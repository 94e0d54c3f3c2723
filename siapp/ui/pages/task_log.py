"""The end of a task's log."""

from PySide6.QtGui import QFontDatabase, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from siapp.core.domain import Task
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.widgets.buttons import ProgressButton, button
from siapp.ui.widgets.sheet import Sheet

WIDTH = 560
LINES = 500


class TaskLogSheet(Sheet):
    """Read when it is opened, on Refresh, and when the task's state changes."""

    def __init__(self, desk: Desk, task: Task) -> None:
        super().__init__(desk.words, _("Log of “{name}”"), width=WIDTH, name=task.name)
        self._desk, self._number = desk, task.id
        self._state = task.state
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.words.bind(self.text, self.text.setPlaceholderText, _("Nothing has been logged yet."))
        self.words.bind(self.text, self.text.setAccessibleName, _("Log"))
        self.body.addWidget(self.text, 1)
        self.refresh_button = ProgressButton(
            desk.words, _("Refresh"), _("Reading …"), self.refresh, look="primary", cancel=False
        )
        close = button(desk.words, _("Close"), self.closed.emit)
        self.set_buttons(close, primary=self.refresh_button)
        desk.stores.tasks.put.connect(self._on_task)
        desk.stores.tasks.removed.connect(self._on_removed)
        self.begin_at(self.text)
        self.refresh()

    def refresh(self) -> None:
        if not self.refresh_button.busy:
            work = self._desk.services.tasks.log(self._number, LINES)
            self._desk.operations.run(self, f"log-{self._number}", work, self._show, busy=self.refresh_button)

    def _show(self, text: str) -> None:
        bar = self.text.verticalScrollBar()
        at_end = bar.value() == bar.maximum()
        self.text.setPlainText(text)
        if at_end:
            self.text.moveCursor(QTextCursor.MoveOperation.End)

    def _on_task(self, task: Task) -> None:
        if task.id == self._number and task.state is not self._state:
            self._state = task.state
            self.refresh()

    def _on_removed(self, number: int) -> None:
        if number == self._number:
            self.closed.emit()
