"""Names at the left, values at the right, to be selected and copied."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from siapp.ui.widgets.labels import ElidedLabel, label, restyle
from siapp.ui.words import Words

NAME_WIDTH = 140

Fact = tuple[str, str]
"""A word for translation, and what stands beside it."""


class Facts(QWidget):
    """A row for each name, in the order in which they came. `one_line`: long values end in an ellipsis, else they
    are wrapped."""

    def __init__(self, words: Words, *, one_line: bool = False) -> None:
        super().__init__()
        self._words, self._one_line = words, one_line
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnMinimumWidth(0, NAME_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self._values: dict[str, QLabel] = {}

    def put(self, name: str, text: str, look: str = "") -> QLabel:
        """A finished value under a name for translation, in the place where that name was before."""
        value = self._values.get(name) or self._add(name)
        if value.text() != text:
            value.setText(text)
        if value.property("look") != look:
            value.setProperty("look", look)
            restyle(value)
        return value

    def put_all(self, facts: Iterable[Fact]) -> None:
        for name, text in facts:
            self.put(name, text)

    def has(self, name: str) -> bool:
        return name in self._values

    def value(self, name: str) -> str:
        return self._values[name].text()

    def text(self) -> str:
        """All of it, a line each."""
        return "\n".join(f"{self._words(name)}: {value.text()}" for name, value in self._values.items())

    def _add(self, name: str) -> QLabel:
        place = self._grid.rowCount()
        self._grid.addWidget(label(self._words, name, "muted"), place, 0, Qt.AlignmentFlag.AlignTop)
        value = ElidedLabel() if self._one_line else QLabel()
        value.setTextFormat(Qt.TextFormat.PlainText)
        value.setWordWrap(not self._one_line)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(value, place, 1)
        self._values[name] = value
        return value
