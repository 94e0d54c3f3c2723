"""A task's state in full: the word, since when, why, and what a person can try."""

from datetime import datetime

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from siapp.core.clock import now
from siapp.core.domain import Task, TaskState
from siapp.core.i18n import _
from siapp.ui.actions import can_start, can_stop, start_task, stop_task
from siapp.ui.desk import Desk
from siapp.ui.icons import icon
from siapp.ui.marks import TASK_MARKS
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.toasts import MarkLabel
from siapp.ui.words import Words

_ADVICE: dict[str, str] = {
    "auth_failed": _("Write the address with user name and password anew on the page Devices."),
    "timeout": _("siapp goes on trying by itself. Is the camera switched on, and its network cable in?"),
    "network": _("siapp goes on trying by itself. Is the camera switched on, and its network cable in?"),
    "crashing": _("Look into the log. An older version of the algorithm, or fewer tasks at once, may help."),
    "interrupted": _("Start it again. Tasks with “Start with siapp” begin by themselves next time."),
}
_ANYTHING = _("Look into the log, and start the task again.")


def advice(task: Task, words: Words) -> str:
    """What to try; nothing where nothing is wrong or somebody has stopped it."""
    if task.error is None or task.state in (TaskState.STOPPED, TaskState.STOPPING):
        return ""
    known = _ADVICE.get(task.error.code)
    return words(known) if known else words(_ANYTHING) if task.state is TaskState.ERROR else ""


def since(moment: datetime, today: datetime | None = None) -> str:
    """The time, with the date where it was not today."""
    local = moment.astimezone()
    same_day = local.date() == (today or now()).astimezone().date()
    return local.strftime("%H:%M:%S" if same_day else "%m-%d %H:%M")


class TaskStateBar(QWidget):
    """State and the button that changes it; below, in full, what is wrong."""

    def __init__(self, desk: Desk, task: Task) -> None:
        super().__init__()
        self._desk, self._task = desk, task
        self._mark = MarkLabel(TASK_MARKS[task.state])
        self.state, self.when = QLabel(), QLabel()
        self.state.setProperty("look", "strong")
        self.when.setProperty("look", "muted")
        self.why, self.advice = label(desk.words, "", wrap=True), label(desk.words, "", "caption", wrap=True)
        self.run_button = button(desk.words, _("Start"), self._toggle, glyph="play")
        self._compose()
        desk.session.changed.connect(self._show)
        desk.words.follow(self, self._show)

    def show_task(self, task: Task) -> None:
        changed = (task.id, task.state, task.error, task.state_since) != self._key
        self._task = task
        if changed:
            self._show()

    @property
    def _key(self) -> tuple[object, ...]:
        return self._task.id, self._task.state, self._task.error, self._task.state_since

    def _show(self) -> None:
        task, words = self._task, self._desk.words
        mark = TASK_MARKS[task.state]
        self._mark.set_mark(mark)
        self.state.setText(words(mark.word))
        self.when.setText(words(_("since {time}"), time=since(task.state_since)))
        self.why.setText(words.problem(task.error) if task.error is not None else "")
        self.advice.setText(advice(task, words))
        for each in (self.why, self.advice):
            each.setVisible(bool(each.text()))
        stops = can_stop(task) and task.state is not TaskState.ERROR
        words.bind(self.run_button, self.run_button.setText, _("Stop") if stops else _("Start"))
        self.run_button.setIcon(icon("stop" if stops else "play"))
        self.run_button.setEnabled(can_start(task) or can_stop(task))
        self.run_button.setVisible(self._desk.may_operate())

    def _toggle(self) -> None:
        (start_task if can_start(self._task) else stop_task)(self._desk, self._desk.stores, self._task)

    def _compose(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for part in (self._mark, self.state, self.when):
            row.addWidget(part)
        row.addStretch()
        row.addWidget(self.run_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.why)
        column.addWidget(self.advice)
