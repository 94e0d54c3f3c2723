"""The picture of a recorded video, as its player's process gives it. What moves it is a Transport."""

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from siapp.core.domain import Picture, StreamInfo
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.services.player import Film, Playback
from siapp.core.specs import PlayerPosition
from siapp.ui.desk import Desk
from siapp.ui.live.painting import as_image, letterbox, paint_message, paint_picture
from siapp.ui.marks import Mark, Shape
from siapp.ui.operations import Work
from siapp.ui.theme import theme
from siapp.ui.widgets.buttons import button

SETTLE_MS = 150
OPEN_AFTER_S = 0.06  # who goes through a list with the arrow keys opens only the last
SMALLEST = (240, 135)
BUTTON_BELOW = 64
_WAITING = Mark(Shape.HALF, "muted", "")
_FAILED = Mark(Shape.CROSS, "alarm", "")


class VideoPane(QWidget):
    """`show_video` opens a test's video, paused at its first frame. While it is hidden it holds no process; shown
    again it is where it was. `changed` tells another position, or that it has opened or ended; `pressed` a click,
    `doubled` two."""

    changed = Signal()
    pressed = Signal()
    doubled = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._wanted: tuple[str, Film] | None = None
        self._playback: Playback | None = None
        self._picture: Picture | None = None
        self._image: QImage | None = None
        self._still: QImage | None = None
        self._why: Callable[[], str] | None = None
        self._turn = 0
        self._returning = False  # to where it was
        self._speed = 1.0
        self.info: StreamInfo | None = None
        self.position = PlayerPosition()
        self.again = button(desk.words, _("Try again"), self._begin, parent=self)
        self.again.hide()
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._resize_player)
        self._opening: Work | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(*SMALLEST)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        desk.words.bind(self, self.setAccessibleName, _("Video"))
        desk.words.follow(self, self.update, "paint")

    @property
    def ready(self) -> bool:
        """Whether it obeys."""
        return self._playback is not None and not self._playback.ended

    @property
    def failed(self) -> bool:
        return self._why is not None

    def show_video(self, name: str, film: Film, at_s: float = 0.0) -> None:
        """The result or the original of the test `name`, from `at_s` on."""
        self._end()
        self._wanted, self.info = (name, film), None
        self.position = PlayerPosition(time_s=at_s)
        self._forget_picture()
        self.changed.emit()
        self._begin()

    def show_still(self, image: QImage | None) -> None:
        """A picture in place of a video; None for nothing."""
        if self._wanted is not None or self._playback is not None:
            self._end()
            self._wanted, self.info, self.position = None, None, PlayerPosition()
            self._forget_picture()
            self.changed.emit()
        self._still = image
        self.update()

    # ---- what a person wants -------------------------------------------------------------------------------

    def play(self) -> None:
        if self._playback is not None:
            self._playback.play()

    def pause(self) -> None:
        if self._playback is not None:
            self._playback.pause()

    def seek(self, time_s: float, *, exact: bool = True) -> None:
        if self._playback is not None:
            self._playback.seek(time_s, exact=exact)

    def seek_frame(self, number: int) -> None:
        if self._playback is not None:
            self._playback.seek_frame(number)

    def step(self, frames: int) -> None:
        if self._playback is not None:
            self._playback.step(frames)

    def set_speed(self, speed: float) -> None:
        self._speed = speed
        if self._playback is not None:
            self._playback.set_speed(speed)

    # ---- its process ---------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._playback is None:
            self._begin()

    def hideEvent(self, event: QHideEvent) -> None:
        self._end()
        super().hideEvent(event)

    def _begin(self) -> None:
        self._end()
        self._say(None)
        if self._wanted is None or not self.isVisible() or not self._desk.session.signed_in:
            return
        name, film = self._wanted
        turn = self._turn

        def failed(error: SiappError) -> None:
            if turn == self._turn:
                self._say(lambda: self._desk.words.error(error))

        work = self._open(name, film, turn)
        self._opening = self._desk.operations.run(self, "open-player", work, failed=failed)

    async def _open(self, name: str, film: Film, turn: int) -> None:
        await asyncio.sleep(OPEN_AFTER_S)
        size = self._pixels()
        playback = await self._desk.services.player.open(self._desk.actor, name, film, (size.width(), size.height()))
        if turn != self._turn:  # hidden, or another one is wanted meanwhile
            await playback.close()
            return
        self._playback = playback
        playback.on_change, playback.on_picture = self._hear, self._take
        playback.set_speed(self._speed)
        self._returning = self.position.time_s > 0
        if self._returning:
            playback.seek(self.position.time_s)
        self._resize_player()
        if playback.picture is not None:
            self._take(playback.picture)
        self._hear()

    def _end(self) -> None:
        self._turn += 1
        if self._opening is not None:
            self._opening.cancel()
        playback, self._playback = self._playback, None
        if playback is not None:
            playback.on_change = playback.on_picture = _deaf
            self._desk.operations.run(self, "close-player", playback.close())

    def _hear(self) -> None:
        playback = self._playback
        if playback is None:
            return
        self.info = playback.info
        if playback.position.answered:
            self._returning = False
        if not self._returning:
            self.position = playback.position
        if playback.ended and (problem := playback.problem) is not None:
            self.position = PlayerPosition(self.position.time_s, self.position.frame)
            self._say(lambda: self._desk.words.problem(problem))
        self.changed.emit()

    def _take(self, picture: Picture) -> None:
        if picture.bgra is not None and not self._returning:
            self._picture, self._image = picture, as_image(picture)
            self.update()

    def _resize_player(self) -> None:
        if self._playback is not None:
            size = self._pixels()
            self._playback.resize(size.width(), size.height())

    def _pixels(self) -> QSize:
        ratio = self.devicePixelRatioF()
        return QSize(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))

    # ---- painting ------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_button()
        self._settle.start()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)  # takes back what the first click did
        self.doubled.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = self.rect()
        painter.fillRect(room, theme().colours.of("stage"))
        if self._why is not None:
            paint_message(painter, room, _FAILED, self._desk.words(_("The video can't be shown")), [self._why()])
        elif self._image is not None and self._picture is not None:
            paint_picture(painter, self._image, letterbox(self._picture, room, self.devicePixelRatioF()))
        elif self._still is not None:
            paint_picture(painter, self._still, _centred(self._still.size(), room))
        elif self._wanted is not None:
            paint_message(painter, room, _WAITING, self._desk.words(_("Opening …")), [])
        if self.hasFocus():
            painter.setPen(theme().colours.of("accent"))
            painter.drawRect(room.adjusted(0, 0, -1, -1))
        painter.end()

    def _say(self, why: Callable[[], str] | None) -> None:
        """Why there is no video; None where nothing is wrong."""
        self._why = why
        self.again.setVisible(why is not None)
        self._place_button()
        self.update()
        self.changed.emit()

    def _forget_picture(self) -> None:
        self._picture = self._image = self._still = None
        self.update()

    def _place_button(self) -> None:
        self.again.adjustSize()
        middle = self.rect().center()
        below = min(middle.y() + BUTTON_BELOW, self.height() - self.again.height() - 8)
        self.again.move(middle.x() - self.again.width() // 2, below)


def _centred(size: QSize, room: QRect) -> QRect:
    place = QRect(room.topLeft(), size.scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio))
    place.moveCenter(room.center())
    return place


def _deaf(*_news: object) -> None:
    """Nobody listens any more."""
