"""Tabs that follow the language. Ctrl+Tab and Ctrl+Shift+Tab go through them from inside."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from siapp.ui.words import Words


class Tabs(QWidget):
    """`turned` tells the widget that is shown now. One that is not shown is hidden and may rest."""

    turned = Signal(object)

    def __init__(self, words: Words, name: str) -> None:
        super().__init__()
        self._words = words
        self.bar = QTabBar()
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        words.bind(self.bar, self.bar.setAccessibleName, name)
        self._stack = QStackedWidget()
        self._messages: list[str] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.bar)
        column.addWidget(self._stack, 1)
        self.bar.currentChanged.connect(self._turn)
        words.follow(self, self._write)

    def add(self, message: str, widget: QWidget) -> None:
        self._messages.append(message)
        self._stack.addWidget(widget)
        self.bar.addTab(self._words(message))

    def open(self, widget: QWidget) -> None:
        self.bar.setCurrentIndex(self._stack.indexOf(widget))

    @property
    def shown(self) -> QWidget | None:
        return self._stack.currentWidget()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.NextChild):
            self._step(1)
        elif event.matches(QKeySequence.StandardKey.PreviousChild):
            self._step(-1)
        else:
            super().keyPressEvent(event)

    def _step(self, by: int) -> None:
        self.bar.setCurrentIndex((self.bar.currentIndex() + by) % self.bar.count())

    def _turn(self, place: int) -> None:
        self._stack.setCurrentIndex(place)
        self.turned.emit(self._stack.currentWidget())

    def _write(self) -> None:
        for place, message in enumerate(self._messages):
            self.bar.setTabText(place, self._words(message))
