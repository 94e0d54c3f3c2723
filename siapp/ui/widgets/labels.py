"""Labels: by look, and ones that end in an ellipsis with the whole text as their tooltip."""

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QStyle, QStyleOption, QWidget

from siapp.ui.words import Words


def label(words: Words, message: str, look: str = "", *, wrap: bool = False, parent: QWidget | None = None) -> QLabel:
    """A label that follows the language."""
    made = QLabel(parent)
    made.setProperty("look", look)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    words.bind(made, made.setText, message)
    return made


def plain_tip(text: str) -> str:
    """`text` for a tooltip. Qt takes what looks like HTML for HTML, and names come from people and from files."""
    return f"<p>{escape(text).replace(chr(10), '<br>')}</p>" if text else ""


def restyle(widget: QWidget) -> None:
    """Read the style sheet again after a property changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class ElidedLabel(QLabel):
    """One line that gives way: what does not fit ends in an ellipsis, and the tooltip has all of it."""

    def __init__(
        self,
        text: str = "",
        look: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("look", look)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(plain_tip(text))

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        inside = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._mode, inside.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(inside, self.alignment() | Qt.AlignmentFlag.AlignVCenter, text)
