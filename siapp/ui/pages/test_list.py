"""All tests, the newest first: state, name, what is tried on what, and how far those are that run."""

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from siapp.core.domain import Progress, TaskState, TestTask
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.marks import TASK_MARKS, paint_mark
from siapp.ui.measures import clock
from siapp.ui.theme import body_font, theme
from siapp.ui.widgets.search import SearchLine
from siapp.ui.widgets.table import ITEM_ROLE, SORT_ROLE, Column, Rows
from siapp.ui.words import Words

ROW_HEIGHT = 60
WIDTH = 304
INSIDE = 16
BAR_HEIGHT = 3

Index = QModelIndex | QPersistentModelIndex


def algorithm_text(test: TestTask) -> str:
    """Its name, and the version once it is known."""
    version = test.algorithm.version
    return f"{test.algorithm.name} v{version}" if version is not None else test.algorithm.name


def share(progress: Progress) -> float | None:
    """How much of a test is done, from 0 to 1; None where nobody knows the whole."""
    return min(1.0, progress.done / progress.total) if progress.total else None


def state_text(test: TestTask, words: Words) -> str:
    waiting = test.state is TaskState.STARTING and test.error is not None
    return words(_("Waiting for its turn")) if waiting else words(TASK_MARKS[test.state].word)


def percent(test: TestTask) -> str:
    """In words of figures: 42 %. Empty before it begins, and where nobody knows the whole."""
    done = share(test.progress) if test.state is TaskState.RUNNING else None
    return "" if done is None else f"{int(done * 100)} %"


def time_left(test: TestTask, words: Words) -> str:
    eta = test.progress.eta_s
    if test.state is not TaskState.RUNNING or eta is None:
        return ""
    return words(_("{time} left"), time=clock(eta + 0.999))


class TestList(QListView):
    """`chosen` tells that another test is the present one, or that others are selected."""

    __test__ = False  # no test of pytest's

    chosen = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        words = self._words = desk.words

        def text(test: TestTask) -> str:
            return f"{test.name}, {state_text(test, words)}, {algorithm_text(test)}, {test.video.filename}"

        column: Column[TestTask] = Column(_("Test"), text, order=lambda test: -test.id)
        self._rows = Rows(desk.stores.tests, [column], words)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self._rows)
        self._proxy.setSortRole(SORT_ROLE)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._proxy.sort(0)
        self.setModel(self._proxy)
        self.setItemDelegate(_Row(words, self))
        self._dress()
        self.selectionModel().selectionChanged.connect(lambda *_sets: self.chosen.emit())
        self.selectionModel().currentChanged.connect(lambda *_two: self.chosen.emit())
        # Another language is another snapshot: what was selected stays so.
        self._kept: tuple[int | None, set[int]] = (None, set())
        self._proxy.modelAboutToBeReset.connect(self._keep)
        self._proxy.modelReset.connect(self._restore)
        words.bind(self, self.setAccessibleName, _("Tests"))

    def search(self, text: str) -> None:
        self._proxy.setFilterFixedString(text)

    @property
    def current(self) -> TestTask | None:
        """The one whose details are shown."""
        selected = self.selectionModel()
        index = selected.currentIndex()
        if index.isValid() and selected.isSelected(index):
            found: TestTask = index.data(ITEM_ROLE)
            return found
        return next(iter(self.selected()), None)

    def selected(self) -> list[TestTask]:
        """From top to bottom."""
        indexes = sorted(self.selectionModel().selectedIndexes(), key=lambda index: index.row())
        return [index.data(ITEM_ROLE) for index in indexes]

    def open(self, test_id: int) -> bool:
        """Select this one alone; False where it is not in the list."""
        for row in range(self._proxy.rowCount()):
            index = self._proxy.index(row, 0)
            if index.data(ITEM_ROLE).id == test_id:
                self.clearSelection()
                self.setCurrentIndex(index)
                self.scrollTo(index)
                return True
        return False

    def _keep(self) -> None:
        current = self.current
        self._kept = current.id if current is not None else None, {test.id for test in self.selected()}

    def _restore(self) -> None:
        current, kept = self._kept
        flags = QItemSelectionModel.SelectionFlag
        for row in range(self._proxy.rowCount()):
            index = self._proxy.index(row, 0)
            number = index.data(ITEM_ROLE).id
            if number == current:
                self.selectionModel().setCurrentIndex(index, flags.Select)
            elif number in kept:
                self.selectionModel().select(index, flags.Select)
        self.chosen.emit()

    def open_first(self) -> None:
        if self._proxy.rowCount():
            self.setCurrentIndex(self._proxy.index(0, 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._proxy.rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(theme().colours.of("muted"))
            room = self.viewport().rect().adjusted(INSIDE, 24, -INSIDE, 0)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(room, int(flags), self._words(_("Nothing matches the search.")))
            painter.end()

    def _dress(self) -> None:
        self.setObjectName("testList")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)


class TestMaster(QFrame):
    """The list below its search."""

    __test__ = False

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("master")
        self.setFixedWidth(WIDTH)
        self.list = TestList(desk)
        self.search = SearchLine(desk.words, _("Search"), onward=self.list.setFocus)
        self.search.textChanged.connect(self.list.search)
        above = QHBoxLayout()
        above.setContentsMargins(12, 12, 12, 12)
        above.addWidget(self.search)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(above)
        column.addWidget(self.list, 1)


class _Row(QStyledItemDelegate):
    """State, name and percent; below them what is tried on what, and the time that is left."""

    def __init__(self, words: Words, parent: QListView) -> None:
        super().__init__(parent)
        self._words = words

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(WIDTH - 16, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        test: TestTask = index.data(ITEM_ROLE)
        rect: QRect = option.rect
        painter.save()
        self._paint_ground(painter, option)
        paint_mark(painter, TASK_MARKS[test.state], QRectF(rect.left() + INSIDE, rect.top() + 14, 12, 12))
        upper = QRect(rect.left() + INSIDE + 20, rect.top() + 8, rect.width() - 2 * INSIDE - 20, 24)
        lower = upper.translated(0, 22)
        state = percent(test) or state_text(test, self._words)
        self._paint_line(painter, upper, (test.name, True, "text"), state)
        about = f"{algorithm_text(test)} · {test.video.filename}"
        self._paint_line(painter, lower, (about, False, "muted"), time_left(test, self._words))
        if test.state.is_active:
            self._paint_progress(painter, rect, share(test.progress))
        painter.restore()

    @staticmethod
    def _paint_ground(painter: QPainter, option: QStyleOptionViewItem) -> None:
        colours, rect = theme().colours, option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, colours.of("raised" if chosen else "surface"))
        if chosen:
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), colours.of("accent"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), colours.of("line"))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(colours.of("accent"))
            painter.drawRect(rect.adjusted(0, 0, -1, -2))

    @staticmethod
    def _paint_line(painter: QPainter, room: QRect, left: tuple[str, bool, str], right: str) -> None:
        text, strong, token = left
        caption = body_font(theme(), theme().caption)
        taken = QFontMetrics(caption).horizontalAdvance(right) + 12 if right else 0
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(caption)
        painter.setPen(theme().colours.of("muted"))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | middle), right)
        font = body_font(theme(), theme().body if strong else theme().caption, strong=strong)
        painter.setFont(font)
        painter.setPen(theme().colours.of(token))
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width() - taken)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | middle), shown)

    @staticmethod
    def _paint_progress(painter: QPainter, rect: QRect, done: float | None) -> None:
        groove = QRect(rect.left() + 3, rect.bottom() - BAR_HEIGHT + 1, rect.width() - 3, BAR_HEIGHT)
        painter.fillRect(groove, theme().colours.of("line"))
        groove.setWidth(round(groove.width() * (done or 0.0)))
        painter.fillRect(groove, theme().colours.of("accent"))
