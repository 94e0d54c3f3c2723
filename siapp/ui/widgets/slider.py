"""A threshold from 0 to 1 to be dragged: what it is, how large, and the slider below."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from siapp.ui.widgets.labels import label
from siapp.ui.words import Words

_HUNDRED = 100


class CalmSlider(QSlider):
    """The wheel scrolls what is around it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Slider(QWidget):
    """`moved` tells each new value. `least`, `most` and `step` in hundredths."""

    moved = Signal(float)

    def __init__(self, words: Words, message: str, limits: tuple[int, int, int], value: float) -> None:
        super().__init__()
        least, most, self._step = limits
        name = label(words, message, "label")
        self._value = QLabel()
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.slider = CalmSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(least // self._step, most // self._step)
        self.slider.setPageStep(max(1, 10 // self._step))
        words.bind(self.slider, self.slider.setAccessibleName, message)
        name.setBuddy(self.slider)
        head = QHBoxLayout()
        head.addWidget(name)
        head.addStretch()
        head.addWidget(self._value)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.slider)
        self.slider.valueChanged.connect(self._changed)
        self.set_value(value)
        self._changed()

    @property
    def value(self) -> float:
        return self.slider.value() * self._step / _HUNDRED

    def set_value(self, value: float) -> None:
        self.slider.setValue(round(value * _HUNDRED / self._step))

    def _changed(self, _value: int = 0) -> None:
        self._value.setText(f"{self.value:.2f}")
        self.moved.emit(self.value)
