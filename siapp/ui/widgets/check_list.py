"""A list of things to tick: searched, all or none of what the search shows, with their colours where they have one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QVBoxLayout, QWidget

from siapp.core.i18n import _
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label, plain_tip
from siapp.ui.widgets.search import SearchLine
from siapp.ui.words import Words

ROWS_SEEN = 6
ROW_HEIGHT = 28
SWATCH = 12
CHECKED, UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Choice:
    """`colour`: red, green and blue of its swatch, None for none."""

    number: int
    name: str
    colour: tuple[int, int, int] | None = None


class CheckList(QWidget):
    """`changed` tells that somebody ticked something; `set_checked` tells nobody."""

    changed = Signal()

    def __init__(self, words: Words, name: str, *, rows: int = ROWS_SEEN) -> None:
        super().__init__()
        self._words = words
        self._model = _Choices()
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self._model)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.view = _list(rows)
        self.view.setModel(self._proxy)
        self.view.activated.connect(self._toggle)
        words.bind(self.view, self.view.setAccessibleName, name)
        self.search = SearchLine(words, _("Search"))
        self.search.textChanged.connect(self._proxy.setFilterFixedString)
        self.all_button = button(words, _("All"), lambda: self._tick_shown(True), look="link")
        self.none_button = button(words, _("None"), lambda: self._tick_shown(False), look="link")
        self.count = label(words, "", "caption")
        self.setFocusProxy(self.view)
        self._compose()
        self._model.ticked.connect(self._tell)
        words.follow(self, self._write)

    @property
    def checked(self) -> tuple[int, ...]:
        """The numbers of what is ticked, in the list's order."""
        return tuple(choice.number for choice in self._model.choices if choice.number in self._model.checked)

    @property
    def all_checked(self) -> bool:
        return len(self.checked) == len(self._model.choices)

    def names(self) -> dict[int, str]:
        return {choice.number: choice.name for choice in self._model.choices}

    def set_choices(self, choices: Sequence[Choice]) -> None:
        self._model.set_choices(choices)
        self._write()

    def set_checked(self, numbers: Collection[int]) -> None:
        self._model.set_checked(numbers)
        self._write()

    def set_editable(self, editable: bool) -> None:
        """Else it only shows."""
        self._model.set_editable(editable)
        for each in (self.all_button, self.none_button):
            each.setVisible(editable)

    def tick(self, number: int, on: bool) -> None:
        """As if somebody had clicked it."""
        self._model.tick([number], on)

    def _compose(self) -> None:
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.search, 1)
        head.addWidget(self.all_button)
        head.addWidget(self.none_button)
        foot.addWidget(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.view)
        column.addLayout(foot)

    def _tick_shown(self, on: bool) -> None:
        shown = (self._proxy.mapToSource(self._proxy.index(row, 0)).row() for row in range(self._proxy.rowCount()))
        self._model.tick([self._model.choices[row].number for row in shown], on)

    def _toggle(self, index: QModelIndex) -> None:
        choice = self._model.choices[self._proxy.mapToSource(index).row()]
        self._model.tick([choice.number], choice.number not in self._model.checked)

    def _tell(self) -> None:
        self._write()
        self.changed.emit()

    def _write(self) -> None:
        total = len(self._model.choices)
        self.count.setText(self._words(_("{count} of {total} chosen"), count=len(self.checked), total=total))


class _Choices(QAbstractListModel):
    """What there is, and what of it is ticked."""

    ticked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choices: Sequence[Choice] = ()
        self.checked: set[int] = set()
        self._editable = True

    def set_choices(self, choices: Sequence[Choice]) -> None:
        self.beginResetModel()
        self.choices = choices
        self.endResetModel()

    def set_checked(self, numbers: Collection[int]) -> None:
        self.checked = set(numbers)
        self._repaint()

    def set_editable(self, editable: bool) -> None:
        self._editable = editable
        self._repaint()

    def tick(self, numbers: Collection[int], on: bool) -> None:
        checked = self.checked | set(numbers) if on else self.checked - set(numbers)
        if self._editable and checked != self.checked:
            self.set_checked(checked)
            self.ticked.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.choices)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return flags | Qt.ItemFlag.ItemIsUserCheckable if self._editable else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        choice = self.choices[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return choice.name
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(choice.name)
            case Qt.ItemDataRole.DecorationRole if choice.colour is not None:
                return _swatch(choice.colour)
            case Qt.ItemDataRole.CheckStateRole:
                return CHECKED if choice.number in self.checked else UNCHECKED
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.tick([self.choices[index.row()].number], Qt.CheckState(value) is CHECKED)
        return True

    def _repaint(self) -> None:
        if self.choices:
            self.dataChanged.emit(self.index(0), self.index(len(self.choices) - 1))


def _swatch(colour: tuple[int, int, int]) -> QIcon:
    pixmap = QPixmap(SWATCH * 2, SWATCH * 2)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(*colour))
    painter.drawRoundedRect(0, 0, SWATCH, SWATCH, 3, 3)
    painter.end()
    made = QIcon(pixmap)
    made.addPixmap(pixmap, QIcon.Mode.Selected)  # the class's colour, whatever row is selected
    return made


def _list(rows: int) -> QListView:
    view = QListView()
    view.setObjectName("checks")
    view.setUniformItemSizes(True)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setIconSize(QSize(SWATCH, SWATCH))
    view.setTextElideMode(Qt.TextElideMode.ElideRight)
    view.setFixedHeight(rows * ROW_HEIGHT + 10)
    return view
