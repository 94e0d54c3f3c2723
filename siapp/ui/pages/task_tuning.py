"""A task's options while it runs: applied at once, seen at once in its picture, and undone at once."""

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from siapp.core.domain import Algorithm, Task
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.live.source import Source
from siapp.ui.live.tile import Tile
from siapp.ui.pages.task_options import OptionsForm, changes
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.scrolling import scrolling

SETTLED_MS = 250
PREVIEW_SHARE = 0.28
LEAST_PREVIEW, MOST_PREVIEW = 144, 420


class TuningTab(QWidget):
    """What a person changes is stored a quarter of a second after it rests. What somebody else changes is shown, as
    long as nothing of this person's is on its way."""

    def __init__(self, desk: Desk, task: Task) -> None:
        super().__init__()
        self._desk, self._task, self._before = desk, task, task
        self._busy = False
        self._classes: tuple[str, ...] | None = None
        self.form = OptionsForm(desk.words)
        self.auto_start = QCheckBox()
        desk.words.bind(self.auto_start, self.auto_start.setText, _("Start with siapp"))
        self.note = label(desk.words, _("Changes apply at once."), "caption")
        self.undo_button = button(desk.words, _("Undo changes"), self.undo, look="link")
        self._settle = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settle.timeout.connect(self._send)
        self.preview = Tile(desk, Source(task))
        self.unseen = label(
            desk.words, _("Once the task runs, its picture is here and shows what a change does."), wrap=True
        )
        self.unseen.setProperty("look", "notice")
        self._compose()
        self.form.changed.connect(self._settle.start)
        self.auto_start.toggled.connect(self._settle.start)
        desk.stores.algorithms.put.connect(self._on_algorithm)
        desk.session.changed.connect(self.apply_rights)
        self._show_preview()
        self._show()
        self.apply_rights()

    def show_task(self, task: Task) -> None:
        """This task as it is now; another one begins anew, with what was changed before on its way."""
        if task.id != self._task.id:
            self._flush()
            self._busy, self._before, self._classes = False, task, None
            self._replace_preview(task)
            self._task = task
            self._show_preview()
            self._show()
            return
        known, self._task = self._task, task
        self.preview.show_source(Source(task))
        self._show_preview()
        if (task.options, task.auto_start) != (known.options, known.auto_start):
            self._show()
        elif task.algorithm != known.algorithm:
            self._show_classes()

    def undo(self) -> None:
        """Back to how the options were when the task was opened here."""
        self.form.show_options(self._before.options)
        self._tick_auto_start(self._before.auto_start)
        self._settle.stop()
        self._send()

    @property
    def can_undo(self) -> bool:
        return self._desk.may_operate() and self._differs(self._before)

    def apply_rights(self) -> None:
        operate = self._desk.may_operate()
        self.form.set_editable(operate)
        self.auto_start.setEnabled(operate)
        self.note.setVisible(operate)
        self._show_undo()

    def hideEvent(self, event: QHideEvent) -> None:
        self._flush()
        super().hideEvent(event)

    def fit(self, width: int, height: int) -> None:
        """The picture as large as a sheet of this size has room for, and the form still below it."""
        wanted = min(round(height * PREVIEW_SHARE), round(width * 9 / 16))
        self.preview.setFixedHeight(max(LEAST_PREVIEW, min(MOST_PREVIEW, wanted)))

    # ---- sending ------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Nothing that was changed is lost because somebody goes on to something else."""
        if self._settle.isActive() or self._busy:
            self._settle.stop()
            self._busy = False
            self._send()

    def _send(self) -> None:
        """One at a time: a slider that is dragged on waits for the answer and sends the last of its values."""
        if self._busy or not self._desk.may_operate() or not self._differs(self._task):
            return
        task, self._busy = self._task, True
        work = self._desk.services.tasks.update(
            self._desk.actor, task.id, changes(task.options, self.form.options), self.auto_start.isChecked()
        )
        self._desk.operations.run(
            self, f"options-{task.id}", work, self._applied, failed=lambda error: self._refused(task, error)
        )

    def _applied(self, task: Task) -> None:
        if task.id != self._task.id:
            return
        self._busy, self._task = False, task
        self.note.setProperty("look", "caption")
        self._desk.words.bind(self.note, self.note.setText, _("Applied. Changes apply at once."))
        self._show_undo()
        if not self._settle.isActive():
            self._send()

    def _refused(self, task: Task, error: SiappError) -> None:
        if task.id == self._task.id:
            self._busy = False
        if not self.form.fail(error):
            reason = self._desk.words.error(error)
            self._desk.warn(_("The options of “{name}” are as they were: {reason}"), name=task.name, reason=reason)
            self._show()

    def _differs(self, task: Task) -> bool:
        shown = self.form.options, self.auto_start.isChecked()
        return shown != (task.options, task.auto_start)

    # ---- showing ------------------------------------------------------------------------------------------

    def _show(self) -> None:
        if not self._busy and not self._settle.isActive():
            self._show_classes()
            self.form.show_options(self._task.options)
            self._tick_auto_start(self._task.auto_start)
        self._show_undo()

    def _show_classes(self) -> None:
        algorithm = self._desk.stores.algorithms.get(self._task.algorithm.id)
        version = algorithm.version(self._task.algorithm.version) if algorithm is not None else None
        classes = version.classes if version is not None else ()
        if classes != self._classes:
            self._classes = classes
            self.form.set_classes(classes)
            self.form.show_options(self._task.options)

    def _on_algorithm(self, algorithm: Algorithm) -> None:
        if algorithm.id == self._task.algorithm.id:
            self._show_classes()

    def _tick_auto_start(self, on: bool) -> None:
        self.auto_start.blockSignals(True)
        self.auto_start.setChecked(on)
        self.auto_start.blockSignals(False)

    def _show_undo(self) -> None:
        self.undo_button.setVisible(self._desk.may_operate())
        self.undo_button.setEnabled(self.can_undo)

    def _replace_preview(self, task: Task) -> None:
        before, self.preview = self.preview, Tile(self._desk, Source(task))
        self.preview.setFixedHeight(before.height())
        self._column.replaceWidget(before, self.preview)
        before.hide()
        before.deleteLater()

    def _show_preview(self) -> None:
        """What does not run has no picture; why, and since when, stands above."""
        self.preview.setVisible(self._task.state.is_active)
        self.unseen.setVisible(not self._task.state.is_active)

    def _compose(self) -> None:
        inner = QWidget()
        form = QVBoxLayout(inner)
        form.setContentsMargins(0, 0, 12, 0)
        form.setSpacing(8)
        form.addWidget(self.form)
        form.addWidget(self.auto_start)
        form.addStretch()
        foot = QHBoxLayout()
        foot.addWidget(self.note, 1)
        foot.addWidget(self.undo_button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self.preview)
        self._column.addWidget(self.unseen)
        self._column.addWidget(scrolling(inner), 1)
        self._column.addLayout(foot)
