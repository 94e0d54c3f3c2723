"""A new task: a camera, an algorithm, and how to analyse."""

from PySide6.QtWidgets import QCheckBox, QHBoxLayout

from siapp.core.domain import Task, TaskOptions
from siapp.core.errors import InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.ui.actions import start_task
from siapp.ui.desk import Desk
from siapp.ui.widgets.buttons import ProgressButton
from siapp.ui.widgets.fields import ChoiceField, Field, NumberField, TextField
from siapp.ui.widgets.sheet import Sheet

_DEFAULT = TaskOptions()


class TaskSheet(Sheet):
    """The suggested name follows camera and algorithm until somebody writes another."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.words, _("New task"))
        self._desk = desk
        self._add_choices()
        self._add_numbers()
        self.auto_start = QCheckBox()
        self.start_now = QCheckBox()
        self.start_now.setChecked(True)
        self.words.bind(self.start_now, self.start_now.setText, _("Start at once"))
        self.words.bind(self.auto_start, self.auto_start.setText, _("Start with siapp"))
        self.body.addWidget(self.start_now)
        self.body.addWidget(self.auto_start)
        self.body.addStretch()
        self.save_button = ProgressButton(
            desk.words, _("Create task"), _("Creating …"), self.save, look="primary", cancel=False
        )
        self.set_buttons(primary=self.save_button)
        self._suggest()
        self.begin_at(self.device)

    def save(self) -> None:
        device, algorithm = self.device.value, self.algorithm.value
        if device is None:
            self.device.fail(self.words(_("Add a camera on the page Devices first.")))
        elif algorithm is None:
            self.algorithm.fail(self.words(_("Upload an algorithm on the page Algorithms first.")))
        else:
            work = self._desk.services.tasks.add(
                self._desk.actor, self.name.text, device, algorithm, self._options(), self.auto_start.isChecked()
            )
            self._desk.operations.run(self, "add-task", work, self._saved, failed=self._fail, busy=self.save_button)

    def _add_choices(self) -> None:
        words, stores = self.words, self._desk.stores
        cameras = [(device.id, device.name) for device in stores.devices.by_name()]
        ready = [(each.id, each.name) for each in stores.algorithms.by_name() if each.active is not None]
        self.device = ChoiceField(words, _("Camera"), cameras)
        self.algorithm = ChoiceField(words, _("Algorithm"), ready)
        self.name = TextField(words, _("Name"))
        self._named = False
        self.name.line.textEdited.connect(self._take_name)
        for field in (self.device, self.algorithm):
            field.box.currentIndexChanged.connect(lambda _index: self._suggest())
        for part in (self.device, self.algorithm, self.name):
            self.body.addWidget(part)

    def _add_numbers(self) -> None:
        words = self.words
        self.confidence = NumberField(words, _("Confidence"), (0, 1, 0.05), _DEFAULT.confidence, _("0 to 1"))
        self.iou = NumberField(words, _("IoU"), (0, 1, 0.05), _DEFAULT.iou, _("0 to 1"))
        self.max_fps = NumberField(words, _("Highest fps"), (0, 240, 1), 0, _("0 takes all"), decimals=1)
        row = QHBoxLayout()
        row.setSpacing(12)
        for field in (self.confidence, self.iou, self.max_fps):
            row.addWidget(field, 1)
        self.body.addLayout(row)

    def _options(self) -> TaskOptions:
        return TaskOptions(
            confidence=round(self.confidence.value, 2),
            iou=round(self.iou.value, 2),
            max_fps=round(self.max_fps.value, 1) or None,
        )

    def _take_name(self, text: str) -> None:
        self._named = bool(text)

    def _suggest(self) -> None:
        if not self._named and self.device.value is not None and self.algorithm.value is not None:
            self.name.line.setText(f"{self.device.box.currentText()} – {self.algorithm.box.currentText()}"[:100])
            self.name.line.setCursorPosition(0)

    def _saved(self, task: Task) -> None:
        self._desk.done(_("The task “{name}” is there."), name=task.name)
        if self.start_now.isChecked():
            start_task(self._desk, self._desk.stores, task)
        self.closed.emit()

    def _fail(self, error: SiappError) -> None:
        self._blamed(error).fail(self.words.error(error))

    def _blamed(self, error: SiappError) -> Field:
        fields: dict[str, Field] = {
            "options.confidence": self.confidence,
            "options.iou": self.iou,
            "options.max_fps": self.max_fps,
        }
        if isinstance(error, InvalidInput) and error.field in fields:
            return fields[error.field]
        return self.algorithm if error.code == "duplicate_task" else self.name
