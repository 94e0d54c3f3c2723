"""How a task analyses, as a form: for a new task, and for one that runs."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from siapp.core.boxstyle import class_colour
from siapp.core.domain import TaskOptions
from siapp.core.errors import InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.ui.widgets.check_list import CheckList, Choice
from siapp.ui.widgets.fields import Field, NumberField
from siapp.ui.widgets.threshold import ThresholdField
from siapp.ui.words import Words

_DEFAULT = TaskOptions()
LONGEST_INTERVAL = 100_000


class OptionsForm(QWidget):
    """`changed` tells that a person changed something, `show_options` changes without a word."""

    changed = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words, self._quiet = words, False
        self.confidence = ThresholdField(words, _("Confidence"), _DEFAULT.confidence, _("Less sure ones are left out"))
        self.iou = ThresholdField(words, _("IoU"), _DEFAULT.iou, _("More overlap counts as one"))
        self.max_fps = NumberField(words, _("Highest fps"), (0, 240, 1), 0, _("0 takes all"), decimals=1)
        self.interval = NumberField(
            words,
            _("Key frame every"),
            (1, LONGEST_INTERVAL, 10),
            _DEFAULT.keyframe_interval,
            _("frames analysed"),
            decimals=0,
        )
        self.labels = QCheckBox()
        words.bind(self.labels, self.labels.setText, _("Draw labels on key frames and pictures for browsers"))
        self.classes = CheckList(words, _("Classes to keep"))
        self.classes_field = Field(words, _("Classes to keep"), self.classes)
        self._compose()
        self._listen()

    def set_classes(self, names: Sequence[str]) -> None:
        """What the algorithm's version can find. All are kept until somebody chooses."""
        known = self.classes.names()
        everything = self.classes.all_checked
        self.classes.set_choices([Choice(number, name, class_colour(number)) for number, name in enumerate(names)])
        if everything or not known:
            self.classes.set_checked(range(len(names)))
        self._say_classes()

    def show_options(self, options: TaskOptions) -> None:
        self._quiet = True
        self.confidence.set_value(options.confidence)
        self.iou.set_value(options.iou)
        self.max_fps.spin.setValue(options.max_fps or 0)
        self.interval.spin.setValue(options.keyframe_interval)
        self.labels.setChecked(options.draw_labels)
        self.classes.set_checked(self.classes.names() if options.classes is None else options.classes)
        self._say_classes()
        self._quiet = False

    @property
    def options(self) -> TaskOptions:
        """As the form shows them."""
        return TaskOptions(
            confidence=round(self.confidence.value, 2),
            iou=round(self.iou.value, 2),
            classes=None if self.classes.all_checked else self.classes.checked,
            max_fps=round(self.max_fps.value, 1) or None,
            keyframe_interval=round(self.interval.value),
            draw_labels=self.labels.isChecked(),
        )

    def set_editable(self, editable: bool) -> None:
        for field in (self.confidence, self.iou, self.max_fps, self.interval):
            field.spin.setReadOnly(not editable)
        for slider in (self.confidence.slider, self.iou.slider):
            slider.setEnabled(editable)
        self.labels.setEnabled(editable)
        self.classes.set_editable(editable)

    def fail(self, error: SiappError) -> bool:
        """Say it at the field that is to blame; False where that is none of these."""
        fields: dict[str, Field] = {
            "options.confidence": self.confidence,
            "options.iou": self.iou,
            "options.max_fps": self.max_fps,
            "options.keyframe_interval": self.interval,
            "options.classes": self.classes_field,
        }
        field = fields.get(error.field or "") if isinstance(error, InvalidInput) else None
        if field is not None:
            field.fail(self._words.error(error))
        return field is not None

    def _compose(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for pair in ((self.confidence, self.iou), (self.max_fps, self.interval)):
            row = QHBoxLayout()
            row.setSpacing(16)
            for field in pair:
                row.addWidget(field, 1)
            column.addLayout(row)
        column.addWidget(self.classes_field)
        column.addWidget(self.labels)

    def _listen(self) -> None:
        for field in (self.confidence, self.iou):
            field.moved.connect(self._tell)
        for number in (self.max_fps, self.interval):
            number.spin.valueChanged.connect(lambda _value: self._tell())
        self.labels.toggled.connect(lambda _on: self._tell())
        self.classes.changed.connect(self._tell)

    def _tell(self) -> None:
        self._say_classes()
        if not self._quiet:
            self.changed.emit()

    def _say_classes(self) -> None:
        if self.classes.names() and not self.classes.checked:
            self.classes_field.say(self._words(_("Without a class nothing is found.")), "error")
        else:
            self.classes_field.clear()


def changes(before: TaskOptions, after: TaskOptions) -> dict[str, Any]:
    """The options that differ, by name, as `after` has them."""
    return {
        name: getattr(after, name) for name in TaskOptions.__slots__ if getattr(before, name) != getattr(after, name)
    }
