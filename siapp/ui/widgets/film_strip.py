"""Key frames in a row. Only those in sight are read, off the loop; a few hundred are kept."""

import asyncio
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QImage, QImageReader, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from siapp.core.domain import Actor
from siapp.core.errors import NotFound, SiappError
from siapp.core.i18n import _
from siapp.core.keyframes import name_of
from siapp.ui.desk import Desk
from siapp.ui.theme import body_font, theme
from siapp.ui.widgets.scrolling import QuietScrollBar

THUMBNAIL = QSize(112, 63)
CELL = QSize(THUMBNAIL.width() + 8, THUMBNAIL.height() + 22)
HEIGHT = CELL.height() + 18
MOST_KEPT = 300
MOST_AT_ONCE = 24
PAGE = 2000
MOST_FRAMES = 50_000
SCALE = 2  # sharp at twice its size

Index = QModelIndex | QPersistentModelIndex
FRAME_ROLE, IMAGE_ROLE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class Frames(QAbstractListModel):
    """Numbers of key frames, and those of their pictures that were read. `missing` is told of a number whose picture
    was asked for in vain."""

    missing = Signal()

    def __init__(self, describe: Callable[[int], str]) -> None:
        super().__init__()
        self.numbers: list[int] = []
        self._describe = describe
        self._pictures: OrderedDict[int, QImage] = OrderedDict()

    def set_numbers(self, numbers: list[int]) -> None:
        """What came at the end is added; anything else is another video."""
        known = len(self.numbers)
        if known and numbers[:known] == self.numbers:
            if len(numbers) > known:
                self.beginInsertRows(QModelIndex(), known, len(numbers) - 1)
                self.numbers = numbers
                self.endInsertRows()
            return
        self.beginResetModel()
        self.numbers = numbers
        self._pictures.clear()
        self.endResetModel()

    def lacks(self, number: int) -> bool:
        return number not in self._pictures

    def take(self, number: int, picture: QImage) -> None:
        self._pictures[number] = picture
        if len(self._pictures) > MOST_KEPT:
            self._pictures.popitem(last=False)
        row = self.row_of(number)
        if row is not None:
            self.dataChanged.emit(self.index(row), self.index(row))

    def row_of(self, number: int) -> int | None:
        """The key frame at or before a frame."""
        row = bisect_right(self.numbers, number) - 1
        return row if row >= 0 else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.numbers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        number = self.numbers[index.row()]
        if role == FRAME_ROLE:
            return number
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self._describe(number)
        if role == IMAGE_ROLE:
            if self.lacks(number):
                self.missing.emit()
                return None
            self._pictures.move_to_end(number)
            return self._pictures[number]
        return None


class FilmStrip(QListView):
    """`show_frames` reads which key frames a test has; `chosen` tells the number of one that was clicked."""

    chosen = Signal(int)
    counted = Signal(int)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._name = ""
        self._turn = 0
        self._reading = False
        self.frames = Frames(lambda number: desk.words(_("Key frame {number}"), number=number))
        self.frames.missing.connect(self._look_soon)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._read_visible)
        self.setModel(self.frames)
        self.setItemDelegate(_Cell(self))
        self._dress()
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)
        desk.words.bind(self, self.setAccessibleName, _("Key frames"))

    def show_frames(self, name: str) -> None:
        """The key frames of the test `name`; called again for the same one it adds what is new."""
        if name != self._name:
            self._name = name
            self._turn += 1
            self.frames.set_numbers([])
        if name:
            self._desk.operations.run(
                self, "key-frames", self._count(self._desk.actor, name, self._turn), failed=_not_there
            )

    def mark(self, frame: int) -> None:
        """Show which key frame the player stands at, or has passed last. The strip follows, unless somebody is just
        looking for another one there."""
        row = self.frames.row_of(frame)
        if row is not None and row != self.currentIndex().row():
            self.setAutoScroll(not self.underMouse())
            self.setCurrentIndex(self.frames.index(row))
            self.setAutoScroll(True)

    async def _count(self, actor: Actor, name: str, turn: int) -> None:
        numbers: list[int] = []
        while len(numbers) < MOST_FRAMES:
            page = await self._desk.services.results.frames(actor, name, PAGE, len(numbers))
            numbers += [frame.frame for frame in page.items]
            if not page.items or len(numbers) >= page.total:
                break
        if turn == self._turn:
            self.frames.set_numbers(numbers)
            self.counted.emit(len(numbers))

    # ---- pictures ------------------------------------------------------------------------------------------

    def _look_soon(self) -> None:
        if not self._reading and not self._soon.isActive():
            self._soon.start()

    def _read_visible(self) -> None:
        wanted = [number for number in self._visible() if self.frames.lacks(number)][:MOST_AT_ONCE]
        if wanted and not self._reading and self._desk.session.signed_in:
            self._reading = True
            work = self._read(self._desk.actor, self._name, wanted)
            self._desk.operations.run(self, "thumbnails", work, self._next, failed=self._next)

    def _visible(self) -> list[int]:
        first = self.horizontalScrollBar().value() // CELL.width()
        count = self.viewport().width() // CELL.width() + 2
        return self.frames.numbers[max(0, first) : first + count]

    async def _read(self, actor: Actor, name: str, numbers: list[int]) -> None:
        turn = self._turn
        for number in numbers:
            picture = await self._picture(actor, name, number)
            if turn != self._turn:
                return
            self.frames.take(number, picture)

    async def _picture(self, actor: Actor, name: str, number: int) -> QImage:
        """An empty one where it is gone meanwhile."""
        try:
            path = await self._desk.services.results.file(actor, name, name_of(number))
        except NotFound:
            return QImage()
        return await asyncio.to_thread(read_picture, path, THUMBNAIL * SCALE)

    def _next(self, _outcome: object) -> None:
        self._reading = False
        self._look_soon()

    # ---- the list ------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())
        self._look_soon()

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(index.data(FRAME_ROLE))

    def _dress(self) -> None:
        self.setObjectName("filmStrip")
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setFixedHeight(HEIGHT)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBar(QuietScrollBar())
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)


class _Cell(QStyledItemDelegate):
    """A thumbnail above its number."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return CELL

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours, rect = theme().colours, option.rect
        room = QRect(rect.left() + 4, rect.top() + 2, THUMBNAIL.width(), THUMBNAIL.height())
        painter.save()
        painter.fillRect(room, colours.of("raised"))
        picture = index.data(IMAGE_ROLE)
        if isinstance(picture, QImage) and not picture.isNull():
            place = QRect(room.topLeft(), picture.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio))
            place.moveCenter(room.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, picture)
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(colours.of("accent" if chosen else "strong_line"))
            painter.drawRect(room.adjusted(-1, -1, 0, 0))
            painter.drawRect(room.adjusted(-2, -2, 1, 1))
        painter.setPen(colours.of("text" if chosen else "muted"))
        painter.setFont(body_font(theme(), theme().caption))
        below = QRect(rect.left(), room.bottom() + 2, rect.width(), rect.bottom() - room.bottom() - 2)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(index.data(FRAME_ROLE)))
        painter.restore()


def read_picture(path: Path, size: QSize) -> QImage:
    """A JPEG, no larger than `size`; empty where it can't be read. Blocks."""
    reader = QImageReader(str(path))
    whole = reader.size()
    if whole.isValid() and (whole.width() > size.width() or whole.height() > size.height()):
        reader.setScaledSize(whole.scaled(size, Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()


def _not_there(_error: SiappError) -> None:
    """The test is gone meanwhile, and whoever shows it hears of that."""
