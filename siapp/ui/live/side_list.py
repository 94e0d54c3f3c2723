"""Cameras and tasks beside the wall, to be dragged onto it or put there with Enter."""

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from siapp.core.domain import StreamKey
from siapp.core.i18n import _
from siapp.ui.icons import icon
from siapp.ui.live.painting import tile_font
from siapp.ui.live.source import GLYPHS, KINDS, Source, Sources, dragged
from siapp.ui.live.telling import described
from siapp.ui.marks import MARK_SIZE, paint_mark
from siapp.ui.theme import theme
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label, plain_tip
from siapp.ui.widgets.search import SearchLine
from siapp.ui.widgets.sheet import Sheet
from siapp.ui.words import Words

WIDTH = 320
ROW_HEIGHT = 44
SOURCE_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class SideList(Sheet):
    """`chosen` tells the stream that is to be put on the wall."""

    chosen = Signal(object)

    def __init__(self, words: Words, sources: Sources) -> None:
        super().__init__(words, _("Cameras and tasks"), width=WIDTH)
        self.search = SearchLine(words, _("Search"), _("Search cameras and tasks"))
        self.view = SourceView(words, sources)
        self.search.textChanged.connect(self.view.search)
        self.view.activated.connect(lambda _index: self._put())
        self._hint = label(words, _("Drag one onto a tile, or press Enter."), "caption", wrap=True)
        self.body.addWidget(self.search)
        self.body.addWidget(self._hint)
        self.body.addWidget(self.view, 1)
        self._button = button(words, _("Put on the wall"), self._put, look="primary")
        self.set_buttons(primary=self._button)
        self.begin_at(self.search)
        self.view.selectionModel().selectionChanged.connect(lambda *_sets: self._show_state())
        self._show_state()

    def _put(self) -> None:
        key = self.view.current_key()
        if key is not None:
            self.chosen.emit(key)

    def _show_state(self) -> None:
        self._button.setEnabled(self.view.current_key() is not None)


class SourceModel(QAbstractListModel):
    """Cameras, then tasks, each by name, with their states as they change."""

    def __init__(self, words: Words, sources: Sources) -> None:
        super().__init__()
        self._words, self._sources = words, sources
        self._rows: list[Source] = sources.all()
        sources.reset.connect(self._take_snapshot)
        sources.gone.connect(self._drop)  # a lambda would outlive the model
        sources.changed.connect(self._put)
        words.follow(self, self._take_snapshot)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        source = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return source.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{source.name}, {self.caption(source)}"
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(f"{source.name}\n{self.caption(source)}")
            case _ if role == SOURCE_ROLE:
                return source
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]  # PySide's stub says Sequence
        return dragged(self._rows[indexes[0].row()].key)

    def caption(self, source: Source) -> str:
        words = self._words
        kind = words(KINDS[source.key.kind])
        what = described(source, words)
        return f"{words(source.mark.word)} · {kind if source.task is None else f'{kind} · {what}'}"

    def _put(self, source: Source) -> None:
        row = next((row for row, known in enumerate(self._rows) if known.key == source.key), None)
        if row is None or self._rows[row].name != source.name:
            self._take_snapshot()
            return
        self._rows[row] = source
        self.dataChanged.emit(self.index(row), self.index(row))

    def _drop(self, _key: StreamKey) -> None:
        self._take_snapshot()

    def _take_snapshot(self) -> None:
        self.beginResetModel()
        self._rows = self._sources.all()
        self.endResetModel()


class SourceView(QListView):
    """The list itself, with search."""

    def __init__(self, words: Words, sources: Sources) -> None:
        super().__init__()
        self._words = words
        self.model_ = SourceModel(words, sources)
        self.model_.setParent(self)  # it follows the language until it is destroyed
        self._proxy = _BySource(self)
        self._proxy.setSourceModel(self.model_)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setModel(self._proxy)
        self.setItemDelegate(_Delegate(self.model_, self))
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setProperty("look", "sources")
        words.bind(self, self.setAccessibleName, _("Cameras and tasks"))

    def search(self, text: str) -> None:
        self._proxy.setFilterFixedString(text)
        if text and self._proxy.rowCount():
            self.setCurrentIndex(self._proxy.index(0, 0))

    def current_key(self) -> StreamKey | None:
        source = self.currentIndex().data(SOURCE_ROLE) if self.selectionModel().hasSelection() else None
        return source.key if isinstance(source, Source) else None

    def paintEvent(self, event: Any) -> None:
        super().paintEvent(event)
        if not self._proxy.rowCount():
            nothing = _("Nothing matches the search.") if self.model_.rowCount() else _("There are no cameras yet.")
            painter = QPainter(self.viewport())
            painter.setPen(theme().colours.of("muted"))
            painter.drawText(
                self.viewport().rect().adjusted(0, 24, 0, 0), Qt.AlignmentFlag.AlignHCenter, self._words(nothing)
            )
            painter.end()


class _BySource(QSortFilterProxyModel):
    """Drags what its own rows are."""

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]
        return dragged(indexes[0].data(SOURCE_ROLE).key)


class _Delegate(QStyledItemDelegate):
    """What it is, its name, and below it its state in colour and words."""

    def __init__(self, model: SourceModel, parent: QListView) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        source, colours = index.data(SOURCE_ROLE), theme().colours
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, colours.of("raised"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, colours.of("line"))
        icon(GLYPHS[source.key.kind], "muted").paint(painter, QRect(rect.left() + 8, rect.top() + 4, 16, 18))
        self._text(painter, QRect(rect.left() + 32, rect.top() + 4, rect.width() - 40, 18), source.name, "text", True)
        paint_mark(painter, source.mark, QRectF(rect.left() + 32, rect.top() + 26, MARK_SIZE, MARK_SIZE))
        below = QRect(rect.left() + 50, rect.top() + 23, rect.width() - 58, 18)
        self._text(painter, below, self._model.caption(source), "muted", False)
        painter.restore()

    @staticmethod
    def _text(painter: QPainter, where: QRect, text: str, token: str, strong: bool) -> None:
        font = tile_font(theme().body if strong else theme().caption)
        painter.setFont(font)
        painter.setPen(theme().colours.of(token))
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, where.width())
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
