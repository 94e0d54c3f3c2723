"""An algorithm's classes: number, name, and the colour of their boxes; searched, counted, shown or hidden."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from siapp.core.boxstyle import class_colour
from siapp.core.i18n import _
from siapp.ui.theme import theme
from siapp.ui.widgets.labels import plain_tip
from siapp.ui.widgets.search import SearchLine
from siapp.ui.words import Words

ROW_HEIGHT = 28
SWATCH = 12
NUMBER_ROLE = Qt.ItemDataRole.UserRole
COUNT_ROLE = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _Classes(QAbstractListModel):
    """The classes that fit the search, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.names: Sequence[str] = ()
        self.order: list[int] = []
        self.shown: list[int] = []
        self.counts: Mapping[int, int] | None = None
        self.hidden: set[int] = set()
        self.checkable = False

    def fill(self, typed: str) -> None:
        """A number finds its class, anything else the names that it is part of."""
        typed = typed.strip().casefold()
        self.beginResetModel()
        self.shown = [number for number in self.order if typed in self.names[number].casefold() or typed == str(number)]
        self.endResetModel()

    def refresh(self) -> None:
        if self.shown:
            self.dataChanged.emit(self.index(0), self.index(len(self.shown) - 1))

    def toggle(self, number: int) -> None:
        self.hidden ^= {number}
        self.refresh()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        number = self.shown[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.names[number]
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(f"{number} · {self.names[number]}")
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{number} {self.names[number]} {self._count(number) or ''}".strip()
            case Qt.ItemDataRole.CheckStateRole if self.checkable:
                return Qt.CheckState.Unchecked if number in self.hidden else Qt.CheckState.Checked
            case _ if role == NUMBER_ROLE:
                return number
            case _ if role == COUNT_ROLE:
                return self._count(number)
        return None

    def _count(self, number: int) -> int | None:
        return None if self.counts is None else self.counts.get(number, 0)


class _Row(QStyledItemDelegate):
    """Colour, number, name, and how many at the right."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(120, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, colours, metrics = option.rect, theme().colours, QFontMetrics(option.font)
        number, count = index.data(NUMBER_ROLE), index.data(COUNT_ROLE)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(row, colours.of("raised"))
        hidden = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked
        _paint_swatch(painter, row, number, hidden)
        painter.setPen(colours.of("muted"))
        left = row.left() + 8 + SWATCH + 8
        width = metrics.horizontalAdvance("0000")
        painter.drawText(QRect(left, row.top(), width, row.height()), _RIGHT, str(number))
        right = row.right() - 8
        if count is not None:
            painter.setPen(colours.of("text" if count and not hidden else "disabled"))
            painter.drawText(row.adjusted(0, 0, -8, 0), _RIGHT, str(count))
            right -= width
        left += width + 12
        name = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, right - left)
        painter.setPen(colours.of("disabled" if hidden else "muted" if count == 0 else "text"))
        painter.drawText(QRect(left, row.top(), right - left, row.height()), _LEFT, name)
        painter.restore()


def _paint_swatch(painter: QPainter, row: QRect, number: int, hidden: bool) -> None:
    """Filled where boxes of the class are shown, a frame where they are hidden."""
    square = QRect(row.left() + 8, row.center().y() - SWATCH // 2 + 1, SWATCH, SWATCH)
    colour = QColor(*class_colour(number))
    if hidden:
        painter.setPen(QPen(colour, 2))
        painter.drawRect(square.adjusted(1, 1, -1, -1))
    else:
        painter.fillRect(square, colour)


class ClassList(QWidget):
    """`changed` tells that other classes are hidden."""

    changed = Signal()

    def __init__(self, words: Words, *, checkable: bool = False) -> None:
        super().__init__()
        self.model = _Classes()
        self.model.checkable = checkable
        self.search = SearchLine(words, _("Search classes"))
        self.search.textChanged.connect(self.model.fill)
        self.view = QListView()
        self.view.setObjectName("classes")
        self.view.setModel(self.model)
        self.view.setItemDelegate(_Row(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        words.bind(self.view, self.view.setAccessibleName, _("Classes"))
        if checkable:
            self.view.clicked.connect(self._toggle)
            self.view.activated.connect(self._toggle)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.search)
        column.addWidget(self.view, 1)

    @property
    def hidden(self) -> frozenset[int]:
        """The classes that are not to be seen."""
        return frozenset(self.model.hidden)

    def show_classes(self, names: Sequence[str], first: Sequence[int] = ()) -> None:
        """All of them in the order of their numbers, with `first` before the others."""
        leading = dict.fromkeys(first)
        self.model.names = names
        self.model.order = [*leading, *(number for number in range(len(names)) if number not in leading)]
        self.model.hidden &= set(self.model.order)
        self.model.fill(self.search.text())

    def show_counts(self, counts: Mapping[int, int] | None) -> None:
        self.model.counts = counts
        self.model.refresh()

    def _toggle(self, index: QModelIndex) -> None:
        self.model.toggle(index.data(NUMBER_ROLE))
        self.changed.emit()
