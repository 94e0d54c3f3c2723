"""A camera looked at: its live picture, how it does and since when, and which tasks use it."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from siapp.core.domain import Device, DeviceState, Task
from siapp.core.i18n import _
from siapp.ui.ages import moment_text
from siapp.ui.desk import Desk
from siapp.ui.hints import hint_of
from siapp.ui.live.preview import PreviewTile
from siapp.ui.live.verbs import Verb
from siapp.ui.marks import DEVICE_MARKS, TASK_MARKS
from siapp.ui.pages.device_uses import Uses
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import ElidedLabel, label, plain_tip
from siapp.ui.widgets.sheet import Sheet
from siapp.ui.widgets.toasts import MarkLabel

WIDTH, LEAST_WIDTH = 480, 420
MOST_TASKS = 20


def in_trouble(device: Device) -> bool:
    """Whether the next try could be made at once."""
    return device.state in (DeviceState.RECONNECTING, DeviceState.OFFLINE)


class DeviceView(Sheet):
    """`task_wanted` asks for a task's page, `edit_wanted` for the form, `retry_wanted` for a try."""

    task_wanted = Signal(int)
    edit_wanted = Signal(object)
    retry_wanted = Signal(object)

    def __init__(self, desk: Desk, device: Device, uses: Uses, verbs: Sequence[Verb] = ()) -> None:
        super().__init__(desk.words, _("Camera “{name}”"), width=WIDTH, least=LEAST_WIDTH, name=device.name)
        self._desk, self._uses, self.device = desk, uses, device
        self.tile = PreviewTile(desk, device, verbs)
        self.state, self.address = ElidedLabel(), ElidedLabel()
        self.hint = label(desk.words, "", "caption", wrap=True)
        self._tasks = QVBoxLayout()
        self._listed: list[tuple[object, ...]] | None = None
        self._compose_body()
        self._compose_foot()
        desk.stores.devices.put.connect(self._on_device)
        desk.stores.devices.removed.connect(self._on_removed)
        uses.changed.connect(self._show_tasks)
        desk.stores.tasks.put.connect(self._on_task)  # a lambda would outlive the sheet
        desk.session.changed.connect(self._show)
        desk.words.follow(self, self._show, "view")

    def _compose_body(self) -> None:
        tasks = QWidget()
        tasks.setLayout(self._tasks)
        self._tasks.setSpacing(0)
        self._tasks.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(self.tile)
        self.body.addSpacing(8)
        self._add_part(_("State"), self.state)
        self._add_part(_("Address"), self.address)
        self._add_part(_("Used by"), tasks)
        # Last, so that nothing moves when trouble comes or goes.
        self._hint_part = self._add_part(_("What to try"), self.hint)
        self.body.addStretch()

    def _compose_foot(self) -> None:
        words = self.words
        self.retry_button = button(words, _("Try now"), lambda: self.retry_wanted.emit(self.device))
        self.edit_button = button(words, _("Edit"), lambda: self.edit_wanted.emit(self.device))
        close = button(words, _("Close"), self.closed.emit)
        self.set_buttons(self.retry_button, self.edit_button, primary=close)
        self.begin_at(close)

    def _add_part(self, title: str, part: QWidget) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(4)
        column.addWidget(label(self.words, title, "label"))
        column.addWidget(part)
        self.body.addWidget(holder)
        return holder

    def _show(self) -> None:
        device, operate = self.device, self._desk.may_operate()
        self.set_title(_("Camera “{name}”"), name=device.name)
        self.state.setText(state_since(self._desk, device))
        self.address.setText(device.rtsp_url)
        hint = hint_of(device.last_error.code) if device.last_error is not None else ""
        self.hint.setText(self.words(hint))
        self._hint_part.setVisible(bool(hint))
        self.retry_button.setVisible(operate and in_trouble(device))
        self.edit_button.setVisible(operate)
        self.tile.show_device(device)
        self._show_tasks()

    def _show_tasks(self) -> None:
        """Anew only where a line reads otherwise: the keyboard may be on one."""
        if self._listed == (lines := self._lines()):
            return
        self._listed = lines
        while (old := self._tasks.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        tasks = self._uses.of(self.device)
        for task in tasks[:MOST_TASKS]:
            self._tasks.addWidget(_TaskLine(self._desk, task, lambda number: self.task_wanted.emit(number)))
        if not tasks:
            self._tasks.addWidget(label(self.words, _("No task uses this camera."), "muted"))
        elif len(tasks) > MOST_TASKS:
            more = len(tasks) - MOST_TASKS
            rest = QLabel(self.words(_("and {count} more"), count=more))
            rest.setProperty("look", "muted")
            self._tasks.addWidget(rest)

    def _on_device(self, device: Device) -> None:
        if device.id == self.device.id:
            self.device = device
            self._show()

    def _on_task(self, _task: Task) -> None:
        self._show_tasks()

    def _on_removed(self, number: int) -> None:
        if number == self.device.id:
            self.closed.emit()

    def _lines(self) -> list[tuple[object, ...]]:
        tasks = self._uses.of(self.device)
        return [(self.words.language, len(tasks)), *((task.id, task.name, task.state) for task in tasks)]


class _TaskLine(QWidget):
    """A task with its state; its name leads to it."""

    def __init__(self, desk: Desk, task: Task, on_open: Callable[[int], object]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        state = QLabel(desk.words(TASK_MARKS[task.state].word))
        state.setProperty("look", "muted")
        name = task.name if len(task.name) <= 40 else f"{task.name[:39]}…"
        link = button(desk.words, "", lambda: on_open(task.id), look="link")
        link.setText(name.replace("&", "&&"))
        link.setToolTip(plain_tip(task.name))
        row.addWidget(MarkLabel(TASK_MARKS[task.state]))
        row.addWidget(link)
        row.addWidget(state)
        row.addStretch()


def state_since(desk: Desk, device: Device) -> str:
    """The state in words, with its beginning."""
    word = desk.words(DEVICE_MARKS[device.state].word)
    if device.since is None:
        return word
    return desk.words(_("{state} since {time}"), state=word, time=moment_text(device.since))
