"""Cameras' small pictures in a table: read when a row is painted, and grey where they are not of this moment."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from PySide6.QtCore import QBuffer, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader, QPainter, QPainterPath
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from siapp.core.clock import now
from siapp.core.domain import Device, DeviceState, Thumbnail
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.specs import THUMBNAIL
from siapp.ui.ages import age_text, moment_text
from siapp.ui.desk import Desk
from siapp.ui.icons import icon
from siapp.ui.theme import theme
from siapp.ui.widgets.table import ITEM_ROLE, Index
from siapp.ui.widgets.two_lines import PADDING

SIZE = QSize(80, 45)
LIVE_FOR_S = 30.0  # a camera in use sends one every ten seconds
DIM = 0.5
GLYPH_PX = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A thumbnail as it is painted, and without its colours."""

    image: QImage
    grey: QImage
    taken_at: datetime

    def is_live(self, device: Device) -> bool:
        age = (now() - self.taken_at).total_seconds()
        return device.state is DeviceState.ONLINE and age <= LIVE_FOR_S


class Thumbnails(QObject):
    """Those that were asked for. `changed` tells that one of them is another now, or was read."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shown: dict[int, Shown | None] = {}
        self._asked: set[int] = set()
        self._dated: set[int] = set()
        desk.stores.glimpsed.connect(self._date)
        desk.stores.devices.removed.connect(self._forget)

    def get(self, device: Device) -> Shown | None:
        """What is known, at once; what is not, or not any more, is read for the next time."""
        if device.id not in self._shown or device.id in self._dated:
            self._read(device.id)
        return self._shown.get(device.id)

    def tip(self, device: Device) -> str:
        """Of when it is, in words."""
        words, shown = self._desk.words, self.get(device)
        if shown is None:
            return words(_("There is no picture yet. It comes with a check or with a use of the camera."))
        when = {"time": moment_text(shown.taken_at), "age": age_text(words, shown.taken_at)}
        if shown.is_live(device):
            return words(_("Picture of {time}, {age}"), **when)
        return words(_("Not live: the last picture, of {time}, {age}"), **when)

    def _read(self, number: int) -> None:
        if number in self._asked:
            return
        self._asked.add(number)
        self._dated.discard(number)
        work = self._desk.services.devices.thumbnail(number)
        # Deleted meanwhile, or the database is away: the next paint asks again.
        failed = partial(self._give_up, number)
        self._desk.operations.run(self, f"thumbnail-{number}", work, partial(self._take, number), failed=failed)

    def _take(self, number: int, thumbnail: Thumbnail | None) -> None:
        self._asked.discard(number)
        self._shown[number] = _as_shown(thumbnail) if thumbnail is not None else None
        self.changed.emit()

    def _give_up(self, number: int, _error: SiappError) -> None:
        self._asked.discard(number)

    def _date(self, number: int) -> None:
        self._dated.add(number)
        self.changed.emit()

    def _forget(self, number: int) -> None:
        self._shown.pop(number, None)
        self._dated.discard(number)


class ThumbnailDelegate(QStyledItemDelegate):
    """Paints the cell as the table does, and the picture in its middle."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        device = index.data(ITEM_ROLE)
        room = QRect(0, 0, SIZE.width(), SIZE.height())
        room.moveCenter(option.rect.center())
        room.moveLeft(option.rect.left() + PADDING)
        painter.save()
        paint_thumbnail(painter, room, self._thumbnails.get(device), device)
        painter.restore()


def paint_thumbnail(painter: QPainter, room: QRect, shown: Shown | None, device: Device) -> None:
    """In `room`, with round corners; a glyph where there is none."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    frame = QPainterPath()
    frame.addRoundedRect(room, theme().tile_radius, theme().tile_radius)
    painter.fillPath(frame, theme().colours.of("raised"))
    if shown is None:
        glyph = QRect(0, 0, GLYPH_PX, GLYPH_PX)
        glyph.moveCenter(room.center())
        icon("video-camera", "disabled").paint(painter, glyph)
        return
    painter.setClipPath(frame)
    live = shown.is_live(device)
    painter.setOpacity(1.0 if live else DIM)
    place = QRect(room.topLeft(), shown.image.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio))
    place.moveCenter(room.center())
    painter.drawImage(place, shown.image if live else shown.grey)


def _as_shown(thumbnail: Thumbnail) -> Shown | None:
    image = small_image(thumbnail.jpeg, max(THUMBNAIL))
    if image.isNull():
        return None
    return Shown(image, image.convertToFormat(QImage.Format.Format_Grayscale8), thumbnail.taken_at)


def small_image(jpeg: bytes, side: int) -> QImage:
    """A worker's picture of at most `side` pixels each way; an empty one for what claims to be larger: a few kilobytes
    may say that they are a hundred million pixels, and this is the window's thread."""
    buffer = QBuffer()
    buffer.setData(jpeg)
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, b"jpeg")
    size = reader.size()
    return reader.read() if size.isValid() and max(size.width(), size.height()) <= side else QImage()
