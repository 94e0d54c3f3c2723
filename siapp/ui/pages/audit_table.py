"""Entries of the audit as a table that reads further as one scrolls: a million of them are never held at once."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from siapp.core.clock import rfc3339
from siapp.core.domain import AuditEntry
from siapp.core.i18n import _
from siapp.ui.marks import mark_icon
from siapp.ui.pages.audit_words import OUTCOME_MARKS, sentence
from siapp.ui.widgets.labels import plain_tip
from siapp.ui.widgets.table import ITEM_ROLE, dress
from siapp.ui.words import Words

MOST_SHOWN = 20_000
STATE, TIME, WHAT, WHERE = range(4)
NARROW = 620  # pixels below which the last column gives way
Index = QModelIndex | QPersistentModelIndex

_HEADINGS = (_("Outcome"), _("Time"), _("What happened"), _("From"))
_WIDTHS = {STATE: 108, TIME: 160, WHERE: 120}
_PLACES = {"window": _("Window"), "local": _("Command line")}


class AuditRows(QAbstractTableModel):
    """Newest first. `more_wanted` asks for older ones; none beyond the newest 20,000, which filters make fewer of."""

    more_wanted = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.entries: list[AuditEntry] = []
        self._more = self._asked = False
        words.follow(self, lambda: self._refresh())

    def show(self, entries: tuple[AuditEntry, ...], more: bool) -> None:
        """In place of what was there."""
        self.beginResetModel()
        self.entries, self._more, self._asked = list(entries), more, False
        self.endResetModel()

    def add_older(self, entries: tuple[AuditEntry, ...], more: bool) -> None:
        self._asked, self._more = False, more and len(self.entries) + len(entries) < MOST_SHOWN
        if entries:
            first = len(self.entries)
            self.beginInsertRows(QModelIndex(), first, first + len(entries) - 1)
            self.entries.extend(entries)
            self.endInsertRows()

    def add_newer(self, entries: tuple[AuditEntry, ...]) -> None:
        if entries:
            self.beginInsertRows(QModelIndex(), 0, len(entries) - 1)
            self.entries[:0] = entries
            self.endInsertRows()

    def missed(self) -> None:
        """What was asked for did not come: the next scroll may ask again."""
        self._asked = False

    @property
    def is_full(self) -> bool:
        return len(self.entries) >= MOST_SHOWN

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._more and not self._asked

    def fetchMore(self, _parent: Index) -> None:
        self._asked = True
        self.more_wanted.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_HEADINGS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry, column = self.entries[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._text(entry, column)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(f"{rfc3339(entry.at)} (UTC)" if column == TIME else self._text(entry, column))
            case Qt.ItemDataRole.DecorationRole if column == STATE:
                return mark_icon(OUTCOME_MARKS[entry.deed.outcome])
            case _ if role == ITEM_ROLE:
                return entry
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(_HEADINGS[section])
        return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter) if role == _ALIGNMENT else None

    def _text(self, entry: AuditEntry, column: int) -> str:
        match column:
            case 0:
                return self._words(OUTCOME_MARKS[entry.deed.outcome].word)
            case 1:
                return f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}"
            case 2:
                return sentence(self._words, entry)
        return place_word(self._words, entry.address)

    def _refresh(self) -> None:
        if self.entries:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.entries) - 1, WHERE))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, WHERE)


_ALIGNMENT = Qt.ItemDataRole.TextAlignmentRole


class AuditTable(QTableView):
    """`opened` tells an entry that somebody wants to see whole."""

    opened = Signal(object)

    def __init__(self, rows: AuditRows) -> None:
        super().__init__()
        self.setModel(rows)
        dress(self)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        for place in range(len(_HEADINGS)):
            stretch = QHeaderView.ResizeMode.Stretch if place == WHAT else QHeaderView.ResizeMode.Fixed
            header.setSectionResizeMode(place, stretch)
            if place in _WIDTHS:
                header.resizeSection(place, _WIDTHS[place])
        self.selectionModel().currentRowChanged.connect(lambda now, _before: self._open(now))
        self.clicked.connect(self._open)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.setColumnHidden(WHERE, self.viewport().width() < NARROW)
        super().resizeEvent(event)

    def _open(self, index: Index) -> None:
        if index.isValid() and self.hasFocus():
            self.opened.emit(index.data(ITEM_ROLE))


def place_word(words: Words, address: str) -> str:
    """From where, in words where it is this machine."""
    return words(_PLACES[address]) if address in _PLACES else address
