"""One task or camera on the wall. Paints the newest picture itself and never shows an old one as if it were live."""

import time
from collections import deque
from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QLabel, QWidget

from siapp.core.domain import Picture, StreamKey, Task
from siapp.core.hub import Audience
from siapp.core.i18n import _
from siapp.core.specs import Demand
from siapp.ui.desk import Desk
from siapp.ui.live import strip
from siapp.ui.live.controls import TileControls
from siapp.ui.live.figures import Figures
from siapp.ui.live.painting import paint_message
from siapp.ui.live.picture_view import Overlay, PictureView
from siapp.ui.live.source import Source
from siapp.ui.live.telling import message_lines, spoken, strip_text
from siapp.ui.live.tip import tip_lines
from siapp.ui.live.verbs import Verb
from siapp.ui.live.watching import Watching
from siapp.ui.live.zoom import STEP
from siapp.ui.theme import theme
from siapp.ui.widgets.labels import plain_tip

STALE_AFTER_S = 3.0
SETTLE_MS = 150
WHEEL_NOTCH = 120


class Tile(QLabel):
    """`show_source` gives it a source's present state; pictures come from the hub while it is visible.

    `alone_wanted`: this one only, or all again. `menu_wanted`: at a place of the screen. `latencies_ms`: milliseconds
    from the camera's frame to paint of the last pictures, for benchmarks.
    """

    alone_wanted = Signal()
    menu_wanted = Signal(object)
    overlay_changed = Signal()
    focused = Signal()

    def __init__(
        self,
        desk: Desk,
        source: Source,
        verbs: Sequence[Verb] = (),
        overlay: Overlay | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._desk, self._source, self._clock = desk, source, clock
        self.key: StreamKey = source.key
        self.view = PictureView()
        self.view.overlay = overlay or Overlay()
        self._figures = Figures()
        self._painted_seq = -1
        self._told_at = clock()
        self._full: Demand | None = None
        self._grabbed: QPoint | None = None
        self._watching = Watching(desk, self, self.key, self.take)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._watching.update)
        # So that nothing below it is painted with each picture. A rule of the style sheet that gives all labels a
        # background, even a transparent one, would take it away.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Over the strip alone: a plate over the picture would hide what is watched.
        self._tip = QWidget(self)
        self._tip.setMouseTracking(True)  # the mouse over it is over the tile
        self.controls = TileControls(desk, self, verbs)
        self._strip, self._message = self._strip_text(), self._message_lines()
        self._stale_said = 0
        self.show_source(source)
        desk.session.changed.connect(self.controls.refresh)
        desk.words.follow(self, self.tick)

    # ---- what it shows -----------------------------------------------------------------------------------

    @property
    def source(self) -> Source:
        return self._source

    @property
    def task(self) -> Task | None:
        return self._source.task

    @property
    def latencies_ms(self) -> deque[float]:
        return self._figures.latencies_ms

    @property
    def picture_room(self) -> QRect:
        """The part of the tile that pictures may use."""
        return self.rect().adjusted(0, 0, 0, -strip.HEIGHT)

    @property
    def is_live(self) -> bool:
        """Whether what is seen is of this moment."""
        return self._source.is_live and self.view.picture is not None and not self.stale_s

    @property
    def stale_s(self) -> int:
        """Whole seconds of the shown picture's age when it is too old to pass for live, else 0."""
        if self.view.picture is None or not self._source.is_live:
            return 0
        age = self._clock() - self.view.picture.captured_monotonic
        return int(age) if age > max(STALE_AFTER_S, 2 * self._source.pause_s) else 0

    def show_source(self, source: Source) -> None:
        """The source's state now. When it is no longer live its last picture is taken away."""
        before = self._source
        self._source = source
        if source.problem != before.problem:
            self._told_at = self._clock()
        if before.state is not source.state and not source.is_live:
            self.view.clear()
            self.view.zoom.reset()
            self._figures.restart()
        self._tip.setToolTip(plain_tip("\n".join(tip_lines(source, self._desk.words))))
        if (before.state, before.problem, before.name) != (source.state, source.problem, source.name):
            self.tick()
            self.controls.refresh()
            self._speak()

    def take(self, picture: Picture) -> None:
        """A new picture: kept, and painted at Qt's next turn. One that came before is dropped unseen."""
        if picture.bgra is None:
            return
        was_live = self.is_live
        self._figures.arrived(self._clock())
        self.view.take(picture)
        self.update(self.picture_room)
        if self.is_live is not was_live:
            self.controls.refresh()

    def tick(self) -> None:
        """Once a second: figures, and whether the picture has become old. Painted where that says something new."""
        before = self._strip, self._message, self._stale_said
        self._strip, self._message, self._stale_said = self._strip_text(), self._message_lines(), self.stale_s
        if before != (self._strip, self._message, self._stale_said):
            self._speak()
            self.update()
        if bool(before[2]) is not bool(self._stale_said):
            self.controls.refresh()

    def set_overlay(self, overlay: Overlay) -> None:
        self.view.overlay = overlay
        self.controls.refresh()
        self.update()
        self.overlay_changed.emit()

    def want_all_pixels(self, demand: Demand | None) -> None:
        """For a moment more than it shows, as for a snapshot; None: what it shows."""
        self._full = demand
        self._watching.update()

    # ---- zoom --------------------------------------------------------------------------------------------

    def zoom_by(self, factor: float, at: QPoint | None = None) -> None:
        """Nearer or farther around `at`, or around the middle."""
        if self.view.picture is None or not self._source.is_live:
            return
        fitted = self.view.fitted(self.picture_room, self.devicePixelRatioF())
        self.view.zoom.by(factor, fitted.center() if at is None else at, fitted)
        self._zoomed()

    def reset_zoom(self) -> None:
        self.view.zoom.reset()
        self._zoomed()

    def pans_at(self, at: QPoint) -> bool:
        """Whether dragging there moves the picture inside the tile, and not the tile."""
        return self.view.zoom.active and self.picture_room.contains(at)

    def _zoomed(self) -> None:
        self._settle.start()
        self.controls.refresh()
        self.update()

    # ---- Qt ----------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = self.picture_room
        if self.view.picture is None or not self._source.is_live:
            head, *lines = self._message
            paint_message(painter, room, self._source.mark, head, lines)
        else:
            stale = self.stale_s
            said = self._desk.words(_("STALE {seconds} s"), seconds=stale) if stale else ""
            self.view.paint(painter, room, self.devicePixelRatioF(), said)
        below = QRect(0, room.bottom() + 1, self.width(), strip.HEIGHT)
        # A new picture repaints the picture alone.
        if event.rect().intersects(below):
            strip.paint_strip(painter, below, self._strip)
        painter.setPen(theme().colours.of("accent" if self.hasFocus() else "line"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
        self._count_painted()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._watching.begin(self._demand)

    def hideEvent(self, event: QHideEvent) -> None:
        self._watching.end()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tip.setGeometry(0, self.height() - strip.HEIGHT, self.width(), strip.HEIGHT)
        self._settle.start()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.focused.emit()
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.alone_wanted.emit()
            case Qt.Key.Key_0:
                self.reset_zoom()
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_by(STEP)
            case Qt.Key.Key_Minus:
                self.zoom_by(1 / STEP)
            case _:
                super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / WHEEL_NOTCH
        if notches:
            self.zoom_by(STEP**notches, event.position().toPoint())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if event.button() is Qt.MouseButton.LeftButton and self.pans_at(at):
            self._grabbed = at
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._grabbed is not None:
            fitted = self.view.fitted(self.picture_room, self.devicePixelRatioF())
            self.view.zoom.pan(at - self._grabbed, fitted)
            self._grabbed = at
            self.update(self.picture_room)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.view.on_badge(event.position().toPoint()):
            self.reset_zoom()
        elif event.button() is Qt.MouseButton.LeftButton:
            self.alone_wanted.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.setFocus()
        self.menu_wanted.emit(event.globalPos())

    # ---- inside ------------------------------------------------------------------------------------------

    def _demand(self) -> Demand:
        shown = self.view.demand(self.picture_room, self.devicePixelRatioF())
        return shown if self._full is None else shown | self._full

    def _count_painted(self) -> None:
        picture = self.view.picture
        if picture is not None and picture.seq != self._painted_seq and self._source.is_live:
            self._painted_seq = picture.seq
            self._figures.painted(self._clock(), picture.captured_monotonic)
            self._desk.services.live.shown(self.key, Audience.WINDOW, picture)

    def _message_lines(self) -> tuple[str, ...]:
        return message_lines(self._source, self._desk.words, self._clock() - self._told_at)

    def _strip_text(self) -> strip.StripText:
        return strip_text(self._source, self.view.picture, self.stale_s, self._figures, self._desk.words, self._clock())

    def _speak(self) -> None:
        """What a screen reader says; told only where it is another thing."""
        said = spoken(self._source, self.stale_s, self._desk.words)
        if said != self.accessibleName():
            self.setAccessibleName(said)
