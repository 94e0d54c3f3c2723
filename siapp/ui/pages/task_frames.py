"""A task's newest key frames: small, large, and where they lie."""

import asyncio
import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QHideEvent, QIcon, QImage, QImageReader, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QListView, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from siapp.core.domain import Task
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.keyframes import KeyFrame
from siapp.core.page import Page
from siapp.ui.desk import Desk
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label, plain_tip
from siapp.ui.widgets.picture_overlay import PictureOverlay, Shot
from siapp.ui.widgets.scrolling import QuietScrollBar

MOST = 48
THUMBNAIL = QSize(256, 144)
LEAST_WIDTH = 150
SPACING = 4
LOOK_EVERY_S = 5.0
NONE_YET = _("There are no key frames yet. A task that runs keeps some.")
FRAME_ROLE = Qt.ItemDataRole.UserRole


class FramesTab(QWidget):
    """The newest first. Looked for anew while it is seen and the task says that it runs, not more often than every
    five seconds; pictures are read and made small on a thread."""

    def __init__(self, desk: Desk, task: Task) -> None:
        super().__init__()
        self._desk, self._task = desk, task
        self._looked_at = 0.0
        self._frames: list[KeyFrame] = []
        self._icons: dict[int, QIcon] = {}
        self._large: PictureOverlay | None = None
        self.count = label(desk.words, "", "caption")
        self.folder_button = button(desk.words, _("Open the folder"), self.open_folder, glyph="folder-open")
        self.list = _frame_list()
        desk.words.bind(self.list, self.list.setAccessibleName, _("Key frames"))
        self.list.itemActivated.connect(lambda item: self.show_large(self.list.row(item)))
        self.empty = label(desk.words, NONE_YET, "muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._compose()
        desk.words.follow(self, self._write)

    def show_task(self, task: Task) -> None:
        if task.id != self._task.id:
            self._task = task
            self._frames, self._icons = [], {}
            self._fill()
            self._look()
        elif time.monotonic() - self._looked_at >= LOOK_EVERY_S:
            self._look()

    def show_large(self, row: int) -> None:
        """In full size over the window."""
        large = self._large = PictureOverlay(self._desk.words, self.window())
        large.closed.connect(self._forget_large)
        shots = [Shot(self._title(frame), partial(self._load, large, frame)) for frame in self._frames]
        large.show_shots(shots, row)

    def open_folder(self) -> None:
        """In the desktop's own file manager."""
        if self._frames:
            self._desk.operations.run(self, "frames-folder", self._path(self._frames[0]), _show_folder)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        if self._large is not None:
            self._large.shut()
        super().hideEvent(event)

    def _forget_large(self) -> None:
        if self._large is not None:
            self._large.deleteLater()
            self._large = None

    # ---- reading -----------------------------------------------------------------------------------------

    def _look(self) -> None:
        if self.isVisible():
            self._looked_at = time.monotonic()
            self._desk.operations.run(
                self, "key-frames", self._read(self._task), self._take, failed=partial(self._fail, self._task.id)
            )

    async def _read(self, task: Task) -> tuple[int, Page[KeyFrame]]:
        """Touches no widget: this one may be gone before it ends."""
        results, actor = self._desk.services.results, self._desk.actor
        page = await results.frames(actor, task.name, MOST)
        if page.total > MOST:
            page = await results.frames(actor, task.name, MOST, page.total - MOST)
        return task.id, page

    def _take(self, found: tuple[int, Page[KeyFrame]]) -> None:
        number, page = found
        frames = sorted(page.items, key=lambda frame: frame.frame, reverse=True)
        if number == self._task.id and [each.frame for each in frames] != [each.frame for each in self._frames]:
            self._frames = frames
            self._icons = {frame.frame: self._icons[frame.frame] for frame in frames if frame.frame in self._icons}
            self._fill(page.total)
            self._next_thumbnail()

    def _fail(self, number: int, error: SiappError) -> None:
        if number == self._task.id and not self._frames:
            self._desk.words.release(self.empty, self.empty.setText)
            self.empty.setText(self._desk.words.error(error))

    def _next_thumbnail(self) -> None:
        """One at a time, the newest first."""
        frame = next((each for each in self._frames if each.frame not in self._icons), None)
        if frame is not None and self.isVisible():
            self._desk.operations.run(
                self,
                "thumbnail",
                self._image(frame, THUMBNAIL),
                partial(self._take_thumbnail, self._task.id, frame),
                failed=lambda _gone: self._take_thumbnail(self._task.id, frame, QImage()),  # made room for newer ones
            )

    def _take_thumbnail(self, number: int, frame: KeyFrame, image: QImage) -> None:
        if number != self._task.id:
            return
        drawn = self._icons[frame.frame] = _blank() if image.isNull() else QIcon(QPixmap.fromImage(image))
        for row in range(self.list.count()):
            if (item := self.list.item(row)).data(FRAME_ROLE) == frame.frame:
                item.setIcon(drawn)
        self._next_thumbnail()

    async def _image(self, frame: KeyFrame, within: QSize | None) -> QImage:
        return await asyncio.to_thread(_read_image, await self._path(frame), within)

    async def _path(self, frame: KeyFrame) -> Path:
        return await self._desk.services.results.file(self._desk.actor, self._task.name, frame.name)

    def _load(self, large: PictureOverlay, frame: KeyFrame) -> None:
        def take(image: QImage) -> None:
            if self._large is large and large.title.text() == self._title(frame):
                large.take(image)

        self._desk.operations.run(self, "key-frame", self._image(frame, None), take)

    # ---- showing -----------------------------------------------------------------------------------------

    def _title(self, frame: KeyFrame) -> str:
        when = frame.taken_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        return self._desk.words(
            _("{task} · frame {number} · {time}"), task=self._task.name, number=frame.frame, time=when
        )

    def _fill(self, total: int = 0) -> None:
        chosen, place = self.list.currentItem(), self.list.verticalScrollBar().value()
        number = chosen.data(FRAME_ROLE) if chosen is not None else None
        self.list.clear()
        for frame in self._frames:
            item = QListWidgetItem(frame.taken_at.astimezone().strftime("%H:%M:%S"))
            item.setData(FRAME_ROLE, frame.frame)
            item.setIcon(self._icons.get(frame.frame, _blank()))
            item.setToolTip(plain_tip(self._title(frame)))
            self.list.addItem(item)
            if frame.frame == number:
                self.list.setCurrentItem(item)
        self.list.verticalScrollBar().setValue(place)
        self._desk.words.bind(self.empty, self.empty.setText, NONE_YET)
        self.list.setVisible(bool(self._frames))
        self.empty.setVisible(not self._frames)
        self.folder_button.setEnabled(bool(self._frames))
        self._total = total
        self._write()

    def _write(self) -> None:
        words, shown = self._desk.words, len(self._frames)
        newest = words(_("The newest {count} of {total}"), count=shown, total=getattr(self, "_total", 0))
        self.count.setText(newest if shown else "")

    def _compose(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.count, 1)
        head.addWidget(self.folder_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        column.addWidget(self.empty, 1)
        self.list.hide()
        self.folder_button.setEnabled(False)


class _FrameList(QListWidget):
    """As many in a row as there is room for, and as large as that leaves."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        room = self.viewport().width() - 4
        across = max(1, room // LEAST_WIDTH)
        width = min(THUMBNAIL.width(), room // across - 3 * SPACING)
        self.setIconSize(QSize(width, round(width * THUMBNAIL.height() / THUMBNAIL.width())))
        super().resizeEvent(event)


def _frame_list() -> QListWidget:
    made = _FrameList()
    made.setObjectName("frames")
    made.setViewMode(QListView.ViewMode.IconMode)
    made.setMovement(QListView.Movement.Static)
    made.setResizeMode(QListView.ResizeMode.Adjust)
    made.setUniformItemSizes(True)
    made.setVerticalScrollBar(QuietScrollBar())
    made.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
    made.setSpacing(SPACING)
    return made


def _blank() -> QIcon:
    """The room that a thumbnail will take: nothing moves when it comes."""
    pixmap = QPixmap(THUMBNAIL)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)


def _read_image(path: Path, within: QSize | None) -> QImage:
    """Blocks. JPEG is made small while it is read."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    if within is not None and reader.size().isValid():
        reader.setScaledSize(reader.size().scaled(within, Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()


def _show_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
