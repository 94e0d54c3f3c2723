"""Beside a picture that an algorithm is tried on: figures, thresholds, classes with their counts."""

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout

from siapp.core.domain import DetectedObject, TaskOptions
from siapp.core.i18n import _
from siapp.core.trials import MOST_FOUND, Trial
from siapp.ui.widgets.class_list import ClassList
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.threshold import ThresholdField
from siapp.ui.words import Words

WIDTH = 288
USUAL = TaskOptions()
LEAST = TaskOptions(confidence=0.05)
"""The network runs once with these; what the sliders ask for is a part of what it gives."""


class TrialSide(QFrame):
    """`changed` tells that other objects are to be seen."""

    changed = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.setObjectName("sheet")
        self.setFixedWidth(WIDTH)
        self.confidence = ThresholdField(
            words, _("Confidence"), USUAL.confidence, _("Less sure ones are left out"), limits=(5, 95, 1)
        )
        self.iou = ThresholdField(words, _("IoU"), USUAL.iou, _("More overlap counts as one"), limits=(5, 95, 5))
        self.classes = ClassList(words, checkable=True)
        for threshold in (self.confidence, self.iou):
            threshold.moved.connect(self.changed)
        self.classes.changed.connect(self.changed)
        self._compose(words)

    def seen(self, trial: Trial) -> tuple[DetectedObject, ...]:
        """What is to be seen of a trial by the thresholds and the classes that are shown; it is counted, too."""
        found = trial.objects(self.confidence.value, self.iou.value)
        shown = tuple(one for one in found if one.class_id not in self.classes.hidden)
        self.classes.show_counts(Counter(one.class_id for one in found))
        self.count.setText(f"{len(shown)} / {len(found)}" if len(shown) < len(found) else str(len(found)))
        self.full.setVisible(len(found) >= MOST_FOUND)
        return shown

    def show_trial(self, trial: Trial | None, usable: bool) -> None:
        """The figures that no threshold changes."""
        for part in (self.confidence, self.iou):
            part.setEnabled(usable)
        late = f"{trial.inference_ms:.1f}" if trial else ""
        self.time.setText(self._words(_("{milliseconds} ms"), milliseconds=late) if trial else "–")
        self.size_.setText(f"{trial.picture.width} × {trial.picture.height}" if trial else "–")
        if trial is None:
            self.count.setText("–")
            self.full.hide()

    def show_classes(self, names: Sequence[str], trial: Trial | None) -> None:
        """Those of which there is something come first, and stay where they are while the thresholds move."""
        objects = trial.picture.objects if trial is not None else ()
        often = [number for number, _count in Counter(one.class_id for one in objects).most_common()]
        self.classes.show_classes(names, [number for number in often if number < len(names)])
        if trial is None:
            self.classes.show_counts(None)

    def _compose(self, words: Words) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(self._facts(words))
        column.addWidget(self.confidence)
        column.addWidget(self.iou)
        hint = _("Both act at once, and show exactly what a task with them would find.")
        column.addWidget(label(words, hint, "caption", wrap=True))
        self.full = label(words, _("Only the 300 best objects are shown, as in a task."), "warning", wrap=True)
        column.addWidget(self.full)
        column.addWidget(self.classes, 1)

    def _facts(self, words: Words) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self.count, self.time, self.size_ = QLabel(), QLabel(), QLabel()
        tip = _("The network alone, on the processor of this station, without drawing.")
        words.bind(self.time, self.time.setToolTip, tip)
        for message, value in ((_("Objects"), self.count), (_("Network"), self.time), (_("Picture"), self.size_)):
            row = grid.rowCount()
            grid.addWidget(label(words, message, "muted"), row, 0)
            grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignRight)
        return grid
