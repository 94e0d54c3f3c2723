"""A share from 0 to 1: dragged, or written exactly."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from siapp.ui.widgets.fields import NumberField
from siapp.ui.widgets.slider import CalmSlider
from siapp.ui.words import Words

HUNDRED = 100
SPIN_WIDTH = 64


class ThresholdField(NumberField):
    """A number beside its name, and a slider below. `moved` tells what a person changed, not what `set_value` did."""

    moved = Signal()

    def __init__(self, words: Words, message: str, value: float, help_message: str = "") -> None:
        super().__init__(words, message, (0, 1, 0.05), value, help_message)
        self.slider = CalmSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, HUNDRED)
        self.slider.setPageStep(10)
        self.slider.setValue(round(value * HUNDRED))
        words.bind(self.slider, self.slider.setAccessibleName, message)
        self.spin.setFixedWidth(SPIN_WIDTH)
        self.slider.valueChanged.connect(lambda place: self.spin.setValue(place / HUNDRED))
        self.spin.valueChanged.connect(self._take)
        self._compose()

    def set_value(self, value: float) -> None:
        for each in (self.spin, self.slider):
            each.blockSignals(True)
        self.spin.setValue(value)
        self.slider.setValue(round(value * HUNDRED))
        for each in (self.spin, self.slider):
            each.blockSignals(False)
        self.clear()

    def _take(self, value: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(value * HUNDRED))
        self.slider.blockSignals(False)
        self.moved.emit()

    def _compose(self) -> None:
        column = self.layout()
        if isinstance(column, QVBoxLayout):
            head = QHBoxLayout()
            head.addWidget(self._label, 1)
            head.addWidget(self.spin)
            column.insertLayout(0, head)
            column.insertWidget(1, self.slider)
