"""The palette: every action by its name, with its keys; typed words find it, Enter does it."""

from collections.abc import Callable

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from siapp.core.i18n import Language, _, translate
from siapp.ui.commands import Command, Commands
from siapp.ui.icons import icon
from siapp.ui.theme import theme
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.overlay import Overlay
from siapp.ui.words import Words

WIDTH = 560
ROW_HEIGHT = 36
MOST_ROWS = 11
TOP = 72
Index = QModelIndex | QPersistentModelIndex
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

TitleOf = Callable[[QWidget], str]
"""The message that names a page."""


class _Found(QAbstractListModel):
    """The commands that fit what is typed."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[Command] = []
        self.texts: list[str] = []

    def show(self, found: list[tuple[Command, str]]) -> None:
        self.beginResetModel()
        self.commands = [command for command, _text in found]
        self.texts = [text for _command, text in found]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.commands)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.texts[index.row()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.texts[index.row()]} {self.commands[index.row()].shown_keys}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        usable = index.isValid() and self.commands[index.row()].ready()
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable if usable else Qt.ItemFlag.NoItemFlags


class _Rows(QStyledItemDelegate):
    """Glyph, name, and the keys at the right."""

    def __init__(self, found: _Found, parent: QObject) -> None:
        super().__init__(parent)
        self._found = found

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        command, colours = self._found.commands[index.row()], theme().colours
        where: QRect = option.rect
        state: QStyle.StateFlag = option.state
        usable = bool(state & QStyle.StateFlag.State_Enabled)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(where, colours.of("line"))
        inside = where.adjusted(16, 0, -16, 0)
        if command.glyph:
            place = QRect(inside.left(), inside.center().y() - 7, 16, 16)
            icon(command.glyph, "muted" if usable else "disabled").paint(painter, place)
        metrics = painter.fontMetrics()
        keys = command.shown_keys
        room = inside.adjusted(28, 0, -metrics.horizontalAdvance(keys) - 16, 0)
        text = metrics.elidedText(self._found.texts[index.row()], Qt.TextElideMode.ElideRight, room.width())
        painter.setPen(colours.of("text" if usable else "disabled"))
        painter.drawText(room, _LEFT, text)
        painter.setPen(colours.of("muted" if usable else "disabled"))
        painter.drawText(inside, _RIGHT, keys)


class Palette(Overlay):
    """Opened with `show_for(page)`: what belongs to that page comes first."""

    def __init__(
        self, over: QWidget, words: Words, commands: Commands, title_of: TitleOf, run: Callable[[Command], object]
    ) -> None:
        super().__init__(over)
        self._words, self._commands, self._title_of, self._run = words, commands, title_of, run
        self._page: QWidget | None = None
        self.line = QLineEdit()
        self.line.setProperty("look", "search")
        words.bind(self.line, self.line.setPlaceholderText, _("What do you want to do?"))
        words.bind(self.line, self.line.setAccessibleName, _("What do you want to do?"))
        self.line.textChanged.connect(lambda _text: self._search())
        self.line.installEventFilter(self)
        self._found = _Found()
        self.list = QListView()
        self.list.setObjectName("palette")
        self.list.setModel(self._found)
        self.list.setItemDelegate(_Rows(self._found, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.clicked.connect(self._take)
        words.bind(self.list, self.list.setAccessibleName, _("Actions"))
        self.nothing = label(words, _("Nothing matches the search."), "muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.hide()
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(1, 1, 1, 8)
        column.setSpacing(0)
        column.addWidget(self.line)
        column.addWidget(self.list)
        column.addWidget(self.nothing)

    def show_for(self, page: QWidget | None) -> None:
        self._page = page
        self.line.clear()
        self._search()
        self.open()
        self.line.setFocus()

    def place(self) -> None:
        width = min(WIDTH, self.width() - 32)
        rows = max(1, min(len(self._found.commands), MOST_ROWS))
        height = min(48 + rows * ROW_HEIGHT + 10, self.height() - TOP - 24)
        self.panel.setGeometry((self.width() - width) // 2, TOP, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}.get(
                Qt.Key(event.key())
            )
            if step is not None:
                self._move(step)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self.list.currentIndex())
                return True
        return super().eventFilter(watched, event)

    def _search(self) -> None:
        wanted = self.line.text().casefold().split()
        found: dict[str, Command] = {}
        for command in self._sorted():
            found.setdefault(self._text(command), command)  # a page with two keys is one action
        fitting = [(each, text) for text, each in found.items() if _fits(wanted, text, self._english(each))]
        self._found.show(fitting)
        self.nothing.setVisible(not fitting)
        self.list.setVisible(bool(fitting))
        if self.isVisible():
            self.place()
        self._move(0)

    def _sorted(self) -> list[Command]:
        """This page's first, then those for everywhere, then the other pages'; what makes no sense now comes last."""

        def rank(command: Command) -> tuple[bool, int]:
            return not command.ready(), 0 if command.page is self._page else 1 if command.page is None else 2

        return sorted(self._commands.all(), key=rank)

    def _text(self, command: Command) -> str:
        name = self._words(command.message)
        if command.page is None or command.page is self._page:
            return name
        return f"{self._words(self._title_of(command.page))} › {name}"

    def _english(self, command: Command) -> str:
        """Both languages find a command: manuals are not always in the one of the window."""
        return translate(command.message, Language.ENGLISH)

    def _move(self, step: int) -> None:
        """To the next one that can be done."""
        last = len(self._found.commands) - 1
        row = max(0, min(last, self.list.currentIndex().row() + step)) if last >= 0 else -1
        while 0 <= row <= last and not self._found.commands[row].ready():
            row += 1 if step >= 0 else -1
        if 0 <= row <= last:
            self.list.setCurrentIndex(self._found.index(row))

    def _take(self, index: Index) -> None:
        if index.isValid():
            command = self._found.commands[index.row()]
            if command.ready():
                self.shut()
                self._run(command)


def _fits(wanted: list[str], *texts: str) -> bool:
    folded = [text.casefold() for text in texts]
    return all(any(part in text for text in folded) for part in wanted)
