"""A test under way: how far it is, how fast, and how long it will still take."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from siapp.core.domain import TaskState, TestTask
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.pages.test_list import percent, share, state_text, time_left
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import ElidedLabel, label

WHOLE = 1000


class RunPanel(QWidget):
    """In place of the player's controls, and as high as they are."""

    def __init__(self, desk: Desk, stop: Callable[[], object]) -> None:
        super().__init__()
        self._desk = desk
        self.state, self.figures = label(desk.words, "", "strong"), ElidedLabel("", "muted")
        self.figures.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, WHOLE)
        desk.words.bind(self.bar, self.bar.setAccessibleName, _("Progress"))
        self.stop_button = button(desk.words, _("Stop"), stop, glyph="stop")
        above = QHBoxLayout()
        above.addWidget(self.state)
        above.addWidget(self.figures, 1)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(above)
        left.addWidget(self.bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 8, 0, 8)
        row.setSpacing(16)
        row.addLayout(left, 1)
        row.addWidget(self.stop_button, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_test(self, test: TestTask) -> None:
        words, done = self._desk.words, share(test.progress)
        self.state.setText(" · ".join(part for part in (state_text(test, words), percent(test)) if part))
        self.figures.setText(self._figures(test))
        self.bar.setValue(round((done or 0.0) * WHOLE))
        self.stop_button.setVisible(self._desk.may_operate())
        self.stop_button.setEnabled(test.state is not TaskState.STOPPING)

    def _figures(self, test: TestTask) -> str:
        words, progress = self._desk.words, test.progress
        if test.state is not TaskState.RUNNING or not progress.done:
            return words.problem(test.error) if test.error is not None else ""
        frames = (
            words(_("{done} of {total} frames"), done=f"{progress.done:,}", total=f"{progress.total:,}")
            if progress.total
            else words(_("{done} frames"), done=f"{progress.done:,}")
        )
        rate = words(_("{rate} frames/s"), rate=f"{progress.fps:.1f}")
        return " · ".join(part for part in (frames, rate, time_left(test, words)) if part)
