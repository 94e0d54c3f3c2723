"""What stands where nothing is yet: one sentence and the button that ends it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from siapp.ui.icons import IconLabel
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label
from siapp.ui.words import Words

GLYPH_PX = 40


class EmptyState(QWidget):
    """`verb` is left away for people who may not do it."""

    def __init__(self, words: Words, glyph: str, sentence: str, verb: str, on_click: Callable[[], object]) -> None:
        super().__init__()
        self._words = words
        picture = IconLabel(glyph, "strong_line", GLYPH_PX)
        self._sentence = label(words, sentence, "muted", wrap=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setMaximumWidth(420)
        self._sentence.setMinimumWidth(320)
        self.button = button(words, verb, on_click, look="primary")
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        for part in (picture, self._sentence, self.button):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def say(self, sentence: str, **values: object) -> None:
        self._words.bind(self._sentence, self._sentence.setText, sentence, **values)
