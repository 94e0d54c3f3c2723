"""Icons of one family (Phosphor), drawn from QtAwesome's font in the colours of the theme that is shown."""

import os
from dataclasses import dataclass

# qtpy, under QtAwesome, must not choose another binding that happens to be installed.
os.environ["QT_API"] = "pyside6"

import qtawesome
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QWidget

from siapp.ui.theme import theme
from siapp.ui.words import Words

SIZE = QSize(16, 16)
LARGE = QSize(20, 20)
# Phosphor leaves a margin inside its em square.
SCALE = 1.15
_EM = 0.875


@dataclass(frozen=True, slots=True)
class _Tokens:
    """Colour tokens by what the button is: as usual, under the mouse or switched on, and unusable."""

    usual: str
    lit: str

    def of(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        if mode is QIcon.Mode.Disabled:
            return "disabled"
        return self.lit if state is QIcon.State.On or mode is QIcon.Mode.Active else self.usual


class _Glyph(QIconEngine):
    """Paints a character in the present theme each time, so that a switch of the theme reaches every icon."""

    def __init__(self, name: str, tokens: _Tokens) -> None:
        super().__init__()
        self._name, self._tokens = name, tokens
        self._character = qtawesome.charmap(f"ph.{name}")

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        painter.save()
        painter.setPen(theme().colours.of(self._tokens.of(mode, state)))
        painter.setFont(qtawesome.font("ph", round(_EM * SCALE * rect.height())))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), self._character)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        drawn = QPixmap(size)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return drawn

    def clone(self) -> QIconEngine:
        return _Glyph(self._name, self._tokens)


def icon(name: str, token: str = "text") -> QIcon:
    """The Phosphor glyph `name` in the colour of a token; disabled ones are dimmed."""
    return QIcon(_Glyph(name, _Tokens(token, token)))


def rail_icon(name: str) -> QIcon:
    """Muted, and bright when its page is shown."""
    return QIcon(_Glyph(name, _Tokens("muted", "text")))


class IconLabel(QWidget):
    """A glyph that stands by itself, `size` pixels high."""

    def __init__(self, name: str, token: str = "text", size: int = 16) -> None:
        super().__init__()
        self._icon = icon(name, token)
        self.setFixedSize(size, size)

    def show_icon(self, name: str, token: str = "text") -> None:
        self._icon = icon(name, token)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._icon.paint(painter, self.rect())
        painter.end()


def explain(words: Words, button: QAbstractButton, message: str) -> None:
    """A tooltip and an accessible name: no icon stands alone."""
    words.bind(button, button.setToolTip, message)
    words.bind(button, button.setAccessibleName, message)
