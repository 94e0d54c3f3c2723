"""A share from 0 to 1: dragged, or written exactly."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout

from siapp.ui.widgets.fields import NumberField
from siapp.ui.words import Words

HUNDRED = 100
SPIN_STEP = 0.05
SPIN_WIDTH = 64


class CalmSlider(QSlider):
    """The wheel scrolls what is around it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ThresholdField(NumberField):
    """A number beside its name, and a slider below. `limits`: least, most and step, in hundredths.

    `moved` tells what a person changed, not what `set_value` did.
    """

    moved = Signal()

    def __init__(
        self,
        words: Words,
        message: str,
        value: float,
        help_message: str = "",
        *,
        limits: tuple[int, int, int] = (0, HUNDRED, 1),
    ) -> None:
        least, most, self._step = limits
        super().__init__(words, message, (least / HUNDRED, most / HUNDRED, SPIN_STEP), value, help_message)
        self.slider = CalmSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(least // self._step, most // self._step)
        self.slider.setPageStep(max(1, 10 // self._step))
        self.slider.setValue(self._place(value))
        words.bind(self.slider, self.slider.setAccessibleName, message)
        self.spin.setFixedWidth(SPIN_WIDTH)
        self.slider.valueChanged.connect(lambda place: self.spin.setValue(place * self._step / HUNDRED))
        self.spin.valueChanged.connect(self._take)
        self._compose()

    def set_value(self, value: float) -> None:
        self._set_both(value)
        self.clear()

    def _take(self, value: float) -> None:
        self._set_both(self._place(value) * self._step / HUNDRED)
        self.moved.emit()

    def _set_both(self, value: float) -> None:
        with QSignalBlocker(self.spin), QSignalBlocker(self.slider):
            self.spin.setValue(value)
            self.slider.setValue(self._place(value))

    def _place(self, value: float) -> int:
        """Of the slider: the step that is nearest."""
        return round(value * HUNDRED / self._step)

    def _compose(self) -> None:
        column = self.layout()
        if isinstance(column, QVBoxLayout):
            head = QHBoxLayout()
            head.addWidget(self._label, 1)
            head.addWidget(self.spin)
            column.insertLayout(0, head)
            column.insertWidget(1, self.slider)
