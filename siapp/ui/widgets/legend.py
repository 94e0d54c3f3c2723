"""What the lines of a chart are: a piece of each with its word."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from siapp.ui.theme import theme
from siapp.ui.widgets.labels import label
from siapp.ui.words import Words


def legend(words: Words, lines: Sequence[tuple[str, bool]]) -> QWidget:
    """What the full and the dotted line are, side by side."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for word, main in lines:
        row.addWidget(_Sample(main))
        row.addWidget(label(words, word, "caption"))
    return made


class _Sample(QWidget):
    """A piece of a line."""

    def __init__(self, main: bool) -> None:
        super().__init__()
        self._main = main
        self.setFixedSize(20, 12)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        style = Qt.PenStyle.SolidLine if self._main else Qt.PenStyle.DotLine
        painter.setPen(QPen(theme().colours.of("text" if self._main else "muted"), 1.5, style))
        painter.drawLine(QPointF(0, 6.5), QPointF(20, 6.5))
