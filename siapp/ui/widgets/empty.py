"""What stands where nothing is yet: one sentence and the button that ends it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from siapp.ui.icons import IconLabel
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label
from siapp.ui.words import Words

GLYPH_PX = 40
SENTENCE_WIDTH = 400


class EmptyState(QWidget):
    """`verb` is left away for people who may not do it."""

    def __init__(self, words: Words, glyph: str, sentence: str, verb: str, on_click: Callable[[], object]) -> None:
        super().__init__()
        self._words = words
        picture = IconLabel(glyph, "strong_line", GLYPH_PX)
        self._sentence = label(words, sentence, "muted", wrap=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setFixedWidth(SENTENCE_WIDTH)
        self.button = button(words, verb, on_click, look="primary")
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        # Not by alignment: what is aligned gets one line's height, also for a sentence that needs two.
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self._sentence)
        row.addStretch()
        column.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(row)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def say(self, sentence: str, **values: object) -> None:
        self._words.bind(self._sentence, self._sentence.setText, sentence, **values)
