"""Cells of a table with a second, quieter line under the first."""

from functools import lru_cache

from PySide6.QtCore import QObject, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QIcon, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from siapp.ui.marks import MARK_SIZE
from siapp.ui.theme import body_font, theme
from siapp.ui.widgets.table import SECOND_ROLE, Index

PADDING = 11
GAP = 2
MARK_GAP = 8


class TwoLineDelegate(QStyledItemDelegate):
    """The column's `text` above its `second`, both with an ellipsis where they must; one line where there is no
    second one. A mark stands before the first."""

    def __init__(self, parent: QObject, *, strong: bool = False) -> None:
        super().__init__(parent)
        self._strong = strong

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.text, option.icon = "", QIcon()
        option.features &= ~QStyleOptionViewItem.ViewItemFeature.HasDecoration

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        mark = index.data(Qt.ItemDataRole.DecorationRole)
        first, second = index.data(Qt.ItemDataRole.DisplayRole), index.data(SECOND_ROLE)
        room = option.rect.adjusted(PADDING, 0, -PADDING, -1)
        painter.save()
        upper, lower = _font(theme().body, self._strong), _font(theme().caption, False)
        height = QFontMetrics(upper).height()
        top = room.center().y() - (height + (GAP + QFontMetrics(lower).height() if second else 0)) // 2
        if isinstance(mark, QIcon):
            mark.paint(painter, QRect(room.left(), top + (height - MARK_SIZE) // 2 + 1, MARK_SIZE, MARK_SIZE))
            room.setLeft(room.left() + MARK_SIZE + MARK_GAP)
        _write(painter, QRect(room.left(), top, room.width(), height), first, upper, "text")
        if second:
            _write(painter, QRect(room.left(), top + height + GAP, room.width(), height), second, lower, "muted")
        painter.restore()


@lru_cache(maxsize=8)
def _font(size: int, strong: bool) -> QFont:
    return body_font(theme(), size, strong=strong)


def _write(painter: QPainter, where: QRect, text: str, font: QFont, token: str) -> None:
    painter.setFont(font)
    painter.setPen(theme().colours.of(token))
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, where.width())
    painter.drawText(where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, shown)
