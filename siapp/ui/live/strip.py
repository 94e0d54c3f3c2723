"""The line at the bottom of a tile: state mark and word, name, algorithm, frame rate, latency, objects."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter

from siapp.ui.live.painting import tile_font
from siapp.ui.marks import MARK_SIZE, Mark, paint_mark
from siapp.ui.theme import theme

HEIGHT = 28
PADDING = 8
GAP = 12
LEAST_NAME = 72
LEAST_ROOM = 64
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class StripText:
    """What the strip says, translated. `figures` pairs each text with the widest one its place must hold;
    the last ones give way to the name in a narrow tile."""

    mark: Mark
    word: str
    name: str
    algorithm: str
    figures: tuple[tuple[str, str], ...]


def paint_strip(painter: QPainter, where: QRect, text: StripText) -> None:
    """Figures keep their places at the right; name and algorithm share what is left."""
    colours = theme().colours
    painter.fillRect(where, colours.of("surface"))
    right = _paint_figures(painter, where, text) - GAP
    left = where.left() + PADDING
    paint_mark(painter, text.mark, QRectF(left, where.center().y() - MARK_SIZE / 2 + 1, MARK_SIZE, MARK_SIZE))
    left += MARK_SIZE + 6
    left = _paint_part(painter, where, left, right, text.word, tile_font(theme().caption), text.mark.token)
    left = _paint_part(painter, where, left, right, text.name, tile_font(theme().caption, True), "text")
    if right - left >= LEAST_ROOM:
        _paint_part(painter, where, left, right, text.algorithm, tile_font(theme().caption), "muted")


def _paint_part(painter: QPainter, where: QRect, left: int, right: int, text: str, font: QFont, token: str) -> int:
    """Draw `text` between `left` and `right`, with an ellipsis where it must; the answer is where the next begins."""
    room = max(0, right - left)
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
    painter.setFont(font)
    painter.setPen(theme().colours.of(token))
    painter.drawText(QRect(left, where.top(), room, where.height()), _LEFT, shown)
    return left + min(room, metrics.horizontalAdvance(shown)) + PADDING


def _paint_figures(painter: QPainter, where: QRect, text: StripText) -> int:
    """From the right edge; the answer is where they begin."""
    font = tile_font(theme().caption)
    metrics = QFontMetrics(font)
    right = where.right() - PADDING
    painter.setFont(font)
    painter.setPen(theme().colours.of("muted"))
    for figure, widest in reversed(_fitting(text, where.width(), metrics)):
        width = metrics.horizontalAdvance(widest)
        painter.drawText(QRect(right - width, where.top(), width, where.height()), _RIGHT, figure)
        right -= width + GAP
    return right + GAP


def _fitting(text: StripText, width: int, metrics: QFontMetrics) -> tuple[tuple[str, str], ...]:
    """As many figures as leave room for the state and for a readable part of the name."""
    name = min(LEAST_NAME, QFontMetrics(tile_font(theme().caption, True)).horizontalAdvance(text.name))
    room = width - 3 * PADDING - MARK_SIZE - 6 - metrics.horizontalAdvance(text.word) - name
    shown = text.figures
    while shown and sum(metrics.horizontalAdvance(widest) + GAP for _figure, widest in shown) > room:
        shown = shown[:-1]
    return shown
