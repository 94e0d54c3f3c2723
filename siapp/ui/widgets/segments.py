"""A row of segments of which one is chosen, each with a number beside its word where there is something to count."""

from collections.abc import Hashable
from typing import Generic, TypeVar, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from siapp.ui.words import Words

PADDING = 16

V = TypeVar("V", bound=Hashable)


class Segments(QWidget, Generic[V]):
    """`chosen` tells another value. Room for the widest number is reserved: nothing moves when one grows."""

    chosen = Signal(object)

    def __init__(self, words: Words, name: str, choices: list[tuple[V, str]], *, widest: str = "") -> None:
        """`name`: what is chosen here, for those who hear it. `widest`: the longest number there will be."""
        super().__init__()
        self._words, self._widest = words, widest
        self._values = [value for value, _message in choices]
        self._messages = dict(choices)
        self._counts: dict[V, str] = {}
        self._group = QButtonGroup(self)
        words.bind(self, self.setAccessibleName, name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for place, value in enumerate(self._values):
            row.addWidget(self._segment(place, value))
        self.button(self._values[0]).setChecked(True)

    @property
    def value(self) -> V:
        return self._values[self._group.checkedId()]

    def button(self, value: V) -> QToolButton:
        return cast(QToolButton, self._group.button(self._values.index(value)))

    def choose(self, value: V) -> None:
        """As if somebody had clicked it."""
        self.button(value).click()

    def set_counts(self, counts: dict[V, int]) -> None:
        for value, count in counts.items():
            if self._counts.get(value) != str(count):
                self._counts[value] = str(count)
                self._write(value)

    def _segment(self, place: int, value: V) -> QToolButton:
        made = QToolButton()
        made.setProperty("look", "segment")
        made.setProperty("first", place == 0)
        made.setCheckable(True)
        self._group.addButton(made, place)
        made.clicked.connect(lambda _checked=False: self.chosen.emit(value))
        self._words.follow(made, lambda: self._write(value))
        return made

    def _write(self, value: V) -> None:
        made, word = self.button(value), self._words(self._messages[value])
        count = self._counts.get(value, "")
        made.setText(f"{word}  {count}" if count else word)
        if self._widest:
            made.setMinimumWidth(made.fontMetrics().horizontalAdvance(f"{word}  {self._widest}") + PADDING)
