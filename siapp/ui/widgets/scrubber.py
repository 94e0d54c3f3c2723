"""Where in a video one is, to be dragged; above it how much was found at each moment."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSlider, QToolTip

from siapp.core.i18n import _
from siapp.ui.measures import exact_clock
from siapp.ui.theme import theme
from siapp.ui.words import Words

HEIGHT = 34
GROOVE = 4
HANDLE = 12
MARGIN = 8
FINDS_HEIGHT = 14
MILLI = 1000
STEP_S, PAGE_S = 1, 10


class Scrubber(QSlider):
    """`scrubbed(seconds, final)`: while it is dragged, and once more when it is let go, or at once for a key."""

    scrubbed = Signal(float, bool)

    def __init__(self, words: Words) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._finds: tuple[int, ...] = ()
        self._columns: list[float] = []
        self.setRange(0, 0)
        self.setSingleStep(STEP_S * MILLI)
        self.setPageStep(PAGE_S * MILLI)
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        words.bind(self, self.setAccessibleName, _("Position in the video"))

    def set_duration(self, seconds: float) -> None:
        if (length := round(seconds * MILLI)) != self.maximum():
            self.setRange(0, length)

    def show_position(self, seconds: float) -> None:
        """Where the player is; not while somebody drags."""
        if not self.isSliderDown():
            self.blockSignals(True)
            self.setValue(round(seconds * MILLI))
            self.blockSignals(False)
            self.update()

    def show_finds(self, per_frame: Sequence[int]) -> None:
        """How many objects were found in each frame."""
        self._finds = tuple(per_frame)
        self._columns = []
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.maximum():
            self.setSliderDown(True)
            self._drag(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._drag(event)
        elif self.maximum():
            at = event.position().toPoint()
            QToolTip.showText(self.mapToGlobal(QPoint(at.x(), -HEIGHT)), exact_clock(self._time_at(at.x())), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.isSliderDown():
            self.setSliderDown(False)
            self.scrubbed.emit(self.value() / MILLI, True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        before = self.value()
        super().keyPressEvent(event)
        if self.value() != before:
            self.scrubbed.emit(self.value() / MILLI, True)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme().colours
        self._paint_finds(painter)
        groove = self._groove()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.of("line"))
        painter.drawRoundedRect(groove, GROOVE / 2, GROOVE / 2)
        if self.isEnabled() and self.maximum():
            here = self._place(self.value() / self.maximum())
            painter.setBrush(colours.of("accent"))
            painter.drawRoundedRect(groove.adjusted(0, 0, here - groove.right(), 0), GROOVE / 2, GROOVE / 2)
            painter.setBrush(colours.of("text"))
            painter.drawEllipse(QPoint(here, groove.center().y() + 1), HANDLE // 2, HANDLE // 2)
        if self.hasFocus():
            painter.setPen(colours.of("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), theme().tile_radius, theme().tile_radius)
        painter.end()

    def _drag(self, event: QMouseEvent) -> None:
        time_s = self._time_at(event.position().toPoint().x())
        self.setValue(round(time_s * MILLI))
        self.update()
        self.scrubbed.emit(time_s, False)

    def _time_at(self, x: int) -> float:
        groove = self._groove()
        share = (x - groove.left()) / max(1, groove.width() - 1)
        return min(1.0, max(0.0, share)) * self.maximum() / MILLI

    def _groove(self) -> QRect:
        return QRect(MARGIN, HEIGHT - MARGIN - GROOVE - 2, self.width() - 2 * MARGIN, GROOVE)

    def _place(self, share: float) -> int:
        groove = self._groove()
        return groove.left() + round(share * (groove.width() - 1))

    def _paint_finds(self, painter: QPainter) -> None:
        """The most of each column's frames: a short moment is seen in a long video, too."""
        groove = self._groove()
        if len(self._columns) != groove.width():
            self._columns = _columns(self._finds, groove.width())
        colour = theme().colours.of("strong_line")
        for place, share in enumerate(self._columns):
            if share:
                high = max(1, round(share * FINDS_HEIGHT))
                painter.fillRect(groove.left() + place, groove.top() - 4 - high, 1, high, colour)


def _columns(finds: Sequence[int], width: int) -> list[float]:
    """For each pixel from 0 to 1."""
    most = max(finds, default=0)
    if not most or width <= 0:
        return [0.0] * max(0, width)
    count = len(finds)
    return [
        max(finds[x * count // width : max((x + 1) * count // width, x * count // width + 1)]) / most
        for x in range(width)
    ]
