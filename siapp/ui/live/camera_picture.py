"""A camera's own live picture outside the wall. Never shows an old one as if it were live."""

import time
from collections.abc import Callable

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QImage, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from siapp.core.domain import Device, DeviceState, Picture, StreamKey, StreamKind
from siapp.core.hub import Audience
from siapp.core.i18n import _
from siapp.core.specs import Demand
from siapp.ui.desk import Desk
from siapp.ui.hints import hint_of
from siapp.ui.live.figures import Figures
from siapp.ui.live.painting import as_image, letterbox, paint_message, paint_picture, paint_stale
from siapp.ui.live.retry import next_try
from siapp.ui.live.tip import lateness
from siapp.ui.live.watching import Watching
from siapp.ui.marks import DEVICE_MARKS, Mark
from siapp.ui.theme import theme

STALE_AFTER_S = 3.0
TICK_MS = 1000
SETTLE_MS = 150
RATIO = 16 / 9


class CameraPicture(QWidget):
    """Watches its camera while it is visible. `figures` tells once a second what it gives, in words."""

    figures = Signal(str)

    def __init__(self, desk: Desk, device: Device, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._desk, self._device, self._clock = desk, device, clock
        self._measured = Figures()
        self._picture: Picture | None = None
        self._image: QImage | None = None
        self._painted_seq = -1
        self._told_at = clock()
        self._key = StreamKey(StreamKind.DEVICE, device.id)
        self._watching = Watching(desk, self, self._key, self.take)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._watching.update)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.tick)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        desk.words.follow(self, self.tick)

    @property
    def stale_s(self) -> int:
        """Whole seconds of the picture's age when it is too old to pass for live, else 0."""
        if self._picture is None:
            return 0
        age = self._clock() - self._picture.captured_monotonic
        return int(age) if age > STALE_AFTER_S else 0

    @property
    def has_picture(self) -> bool:
        return self._picture is not None

    def show_device(self, device: Device) -> None:
        """The camera's state now. What is not online shows no last picture."""
        if device.last_error != self._device.last_error:
            self._told_at = self._clock()
        self._device = device
        self.setAccessibleName(f"{device.name}: {self._desk.words(DEVICE_MARKS[device.state].word)}")
        if device.state is not DeviceState.ONLINE:
            self._picture = self._image = None
            self._measured.restart()
        self.tick()

    def take(self, picture: Picture) -> None:
        """The newest picture; painted at Qt's next turn."""
        if picture.bgra is not None:
            self._measured.arrived(self._clock())
            self._picture, self._image = picture, as_image(picture)
            self.update()

    def tick(self) -> None:
        self.figures.emit(self._figures_text())
        self.update()

    def heightForWidth(self, width: int) -> int:
        return round(width / RATIO)

    def sizeHint(self) -> QSize:
        return QSize(320, 180)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self._watching.begin(self._demand)

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        self._watching.end()
        self._picture = self._image = None
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle.start()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._picture is None or self._image is None:
            head, *lines = self._message()
            paint_message(painter, self.rect(), self._mark, head, lines)
        else:
            self._paint_live(painter, self._picture, self._image)
        painter.setPen(theme().colours.of("line"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_live(self, painter: QPainter, picture: Picture, image: QImage) -> None:
        where: QRect = letterbox(picture, self.rect(), self.devicePixelRatioF())
        painter.fillRect(self.rect(), theme().colours.of("ground"))
        if stale := self.stale_s:
            paint_picture(painter, image.convertToFormat(QImage.Format.Format_Grayscale8), where)
            paint_stale(painter, where, self._desk.words(_("STALE {seconds} s"), seconds=stale))
            return
        paint_picture(painter, image, where)
        if picture.seq != self._painted_seq:
            self._painted_seq = picture.seq
            self._measured.painted(self._clock(), picture.captured_monotonic)
            self._desk.services.live.shown(self._key, Audience.WINDOW, picture)

    def _demand(self) -> Demand:
        ratio = self.devicePixelRatioF()
        return Demand(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))

    def _message(self) -> tuple[str, ...]:
        """What stands in place of a picture: the state, why, what comes next, and what to try."""
        device, words = self._device, self._desk.words
        if device.state is DeviceState.ONLINE:
            return (words(_("Waiting for the first picture")),)
        reason = words.reason(device.last_error) if device.last_error is not None else ""
        coming = next_try(words, device.last_error, self._clock() - self._told_at)
        hint = words(hint_of(device.last_error.code)) if device.last_error is not None else ""
        return words(self._mark.word), reason, coming, hint

    @property
    def _mark(self) -> Mark:
        # It is watched: one that is not in use yet will be connecting in a moment.
        state = self._device.state
        return DEVICE_MARKS[DeviceState.CONNECTING if state is DeviceState.IDLE else state]

    def _figures_text(self) -> str:
        words, now, picture = self._desk.words, self._clock(), self._picture
        if picture is None or self.stale_s:
            return "–"
        parts = [f"{picture.width} × {picture.height}", words(_("{rate} fps"), rate=f"{self._measured.rate(now):.1f}")]
        if (late := self._measured.latency(now)) is not None:
            parts.append(lateness(words, late))
        return " · ".join(parts)
