"""Tables over a store: columns as data, rows that follow changes, sorting, search, several rows selectable."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from siapp.core.i18n import _
from siapp.ui.marks import Mark, mark_icon
from siapp.ui.store import Identified, Store
from siapp.ui.theme import theme
from siapp.ui.widgets.labels import plain_tip
from siapp.ui.words import Words

ROW_HEIGHT = 36
LEAST_STRETCH = 200
ITEM_ROLE = Qt.ItemDataRole.UserRole
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
SECOND_ROLE = Qt.ItemDataRole.UserRole + 2
SEARCH_ROLE = Qt.ItemDataRole.UserRole + 3
ID_ROLE = Qt.ItemDataRole.UserRole + 4

T = TypeVar("T", bound=Identified)
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Column(Generic[T]):
    """One column. `width` 0 takes what is left; `tip` says more than the cell has room for. `spare`: where there is
    no room for all, columns with the lowest number above 0 go first. `second`: a line below, see two_lines.py."""

    title: str
    text: Callable[[T], str]
    width: int = 0
    order: Callable[[T], Any] | None = None
    right: bool = False
    spare: int = 0
    mark: Callable[[T], Mark] | None = None
    tip: Callable[[T], str] | None = None
    second: Callable[[T], str] | None = None

    def sought(self, item: T) -> str:
        """What a search looks at."""
        return f"{self.text(item)}\n{self.second(item)}" if self.second is not None else self.text(item)


class Rows(QAbstractTableModel, Generic[T]):
    """A store as a Qt model: its snapshot, then its changes."""

    def __init__(self, store: Store[T], columns: list[Column[T]], words: Words) -> None:
        super().__init__()
        self._store, self._columns, self.words = store, columns, words
        self._items: list[T] = store.all()
        store.reset.connect(self._take_snapshot)
        store.put.connect(self._put)
        store.removed.connect(self._remove)
        words.follow(self, self._take_snapshot)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._items)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item, column = self._items[index.row()], self._columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(item)
            case Qt.ItemDataRole.AccessibleTextRole:
                # A picture has no text; its tip says what is to be said of it.
                return column.sought(item) or (column.tip or column.text)(item)
            case _ if role == SEARCH_ROLE:
                return column.sought(item)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip((column.tip or column.text)(item))
            case Qt.ItemDataRole.DecorationRole if column.mark is not None:
                return mark_icon(column.mark(item))
            case Qt.ItemDataRole.TextAlignmentRole:
                return int(_alignment(column))
            case _ if role == ITEM_ROLE:
                return item
            case _ if role == ID_ROLE:
                return item.id
            case _ if role == SORT_ROLE:
                return (column.order or column.text)(item)
            case _ if role == SECOND_ROLE and column.second is not None:
                return column.second(item)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and section < len(self._columns):
            if role == Qt.ItemDataRole.DisplayRole:
                return self.words(self._columns[section].title)
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return int(_alignment(self._columns[section]))
        return None

    def refresh(self) -> None:
        """What columns tell has changed, though no item has."""
        if self._items:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._items) - 1, len(self._columns) - 1))

    def _take_snapshot(self) -> None:
        self.beginResetModel()
        self._items = self._store.all()
        self.endResetModel()

    def _put(self, item: T) -> None:
        row = self._row(item.id)
        if row is not None:
            self._items[row] = item
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(self._columns) - 1))
            return
        self.beginInsertRows(QModelIndex(), len(self._items), len(self._items))
        self._items.append(item)
        self.endInsertRows()

    def _remove(self, number: int) -> None:
        row = self._row(number)
        if row is not None:
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._items[row]
            self.endRemoveRows()

    def _row(self, number: int) -> int | None:
        return next((row for row, item in enumerate(self._items) if item.id == number), None)


class _Narrowed(QSortFilterProxyModel, Generic[T]):
    """Rows that the search finds, among those that are wanted at all."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._keep: Callable[[T], bool] | None = None

    def narrow(self, keep: Callable[[T], bool] | None) -> None:
        self._keep = keep
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        source = self.sourceModel()
        wanted = self._keep is None or self._keep(source.data(source.index(row, 0), ITEM_ROLE))
        return wanted and super().filterAcceptsRow(row, parent)


class TableView(QTableView, Generic[T]):
    """Rows with search and sorting. `chosen` tells that another set of rows is selected."""

    chosen = Signal()
    opened = Signal(object)

    def __init__(self, rows: Rows[T], columns: list[Column[T]]) -> None:
        super().__init__()
        self._rows, self._columns = rows, columns
        rows.setParent(self)  # it follows the language until it is destroyed, and nobody else would destroy it
        self._proxy: _Narrowed[T] = _Narrowed(self)
        self._proxy.setSourceModel(rows)
        self._proxy.setSortRole(SORT_ROLE)
        self._proxy.setFilterRole(SEARCH_ROLE)
        self._proxy.setFilterKeyColumn(-1)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setModel(self._proxy)
        self._dress()
        self._size(columns)
        self.selectionModel().selectionChanged.connect(lambda *_sets: self.chosen.emit())
        rows.modelReset.connect(self.chosen)
        self.activated.connect(lambda index: self.opened.emit(index.data(ITEM_ROLE)))

    def search(self, text: str) -> None:
        self._proxy.setFilterFixedString(text)

    def narrow(self, keep: Callable[[T], bool] | None) -> None:
        """Show only what `keep` is true of; None shows all. What is searched is searched among those."""
        self._proxy.narrow(keep)
        self.chosen.emit()

    def refresh(self) -> None:
        self._rows.refresh()

    def choose(self, number: int) -> None:
        """Select the row of the item with this number and bring it into sight."""
        found = self._proxy.match(self._proxy.index(0, 0), ID_ROLE, number, 1, Qt.MatchFlag.MatchExactly)
        if found:
            self.setCurrentIndex(found[0])
            self.selectRow(found[0].row())
            self.scrollTo(found[0])

    def selected(self) -> list[T]:
        """The items of the selected rows, from top to bottom."""
        found = sorted(self.selectionModel().selectedRows(), key=lambda index: index.row())
        return [index.data(ITEM_ROLE) for index in found]

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._proxy.rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(theme().colours.of("muted"))
            room = self.viewport().rect().adjusted(0, 0, 0, -self.viewport().height() // 3)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, self._rows.words(_("Nothing matches the search.")))
            painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The first arrow chooses the row where the keyboard is, not the one after it."""
        here, arrow = self.currentIndex(), event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if arrow and here.isValid() and not self.selectionModel().hasSelection():
            self.selectRow(here.row())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._spare_columns(self.viewport().width())
        super().resizeEvent(event)

    def _spare_columns(self, room: int) -> None:
        """Hide what matters least until the rest fits: scrolling sideways in a table is lost time."""
        shown = set(range(len(self._columns)))
        order = sorted((place for place in shown if self._columns[place].spare), key=lambda p: self._columns[p].spare)
        for place in order:
            if sum(self._columns[each].width or LEAST_STRETCH for each in shown) <= room:
                break
            shown.discard(place)
        for place in range(len(self._columns)):
            self.setColumnHidden(place, place not in shown)

    def _dress(self) -> None:
        dress(self)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setSortingEnabled(True)

    def _size(self, columns: list[Column[T]]) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(56)
        for place, column in enumerate(columns):
            stretch = QHeaderView.ResizeMode.Stretch if not column.width else QHeaderView.ResizeMode.Interactive
            header.setSectionResizeMode(place, stretch)
            if column.width:
                header.resizeSection(place, column.width)
        # As they came, until somebody clicks a heading.
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)


def dress(view: QTableView) -> None:
    """What all tables of siapp have in common: whole rows of one height, without a grid."""
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setMouseTracking(True)
    view.setTabKeyNavigation(False)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)


def _alignment(column: Column[T]) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
