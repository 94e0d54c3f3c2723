"""Where somebody types what to look for, the same on all pages."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from siapp.ui.icons import icon
from siapp.ui.words import Words


class SearchLine(QLineEdit):
    """`message` says what is searched, `name` the same to those who hear it. Esc empties it, and an empty one leaves
    Esc to what is around it; Down goes `onward` to what was found."""

    def __init__(self, words: Words, message: str, name: str = "", onward: Callable[[], object] | None = None) -> None:
        super().__init__()
        self._onward = onward
        self.setClearButtonEnabled(True)
        self.addAction(icon("magnifying-glass", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        words.bind(self, self.setPlaceholderText, message)
        words.bind(self, self.setAccessibleName, name or message)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Down and self._onward is not None:
            self._onward()
        else:
            super().keyPressEvent(event)
