"""One task on the wall. Paints the newest picture itself and never shows an old one as if it were live."""

import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QHideEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QLabel, QWidget

from siapp.core.domain import Picture, StreamKey, StreamKind, Task, TaskState
from siapp.core.hub import Audience
from siapp.core.i18n import _
from siapp.core.specs import Demand
from siapp.ui.desk import Desk
from siapp.ui.live import strip
from siapp.ui.live.controls import TileControls
from siapp.ui.live.figures import Figures
from siapp.ui.live.painting import as_image, letterbox, paint_boxes, paint_message, paint_picture, paint_stale
from siapp.ui.live.retry import next_try
from siapp.ui.live.tip import lateness, tip_lines
from siapp.ui.live.watching import Watching
from siapp.ui.marks import STALE_MARK, TASK_MARKS
from siapp.ui.theme import theme
from siapp.ui.widgets.labels import plain_tip

STALE_AFTER_S = 3.0
SETTLE_MS = 150
SMALLEST = (200, 140)


class Tile(QLabel):
    """`show_task` gives it a task's present state; pictures come from the hub while it is visible.

    `latencies_ms`: milliseconds from the camera's frame to paint of the last pictures, for benchmarks.
    """

    toggled = Signal(object)

    def __init__(self, desk: Desk, task: Task, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._desk, self._task, self._clock = desk, task, clock
        self._figures = Figures()
        self._picture: Picture | None = None
        self._image: QImage | None = None
        self._grey: QImage | None = None
        self._painted_seq = -1
        self._told_at = clock()
        self._key = StreamKey(StreamKind.TASK, task.id)
        self._watching = Watching(desk, self, self._key, self.take)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._watching.update)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(*SMALLEST)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.controls = TileControls(desk, self, self.update, lambda: self.toggled.emit(self._task))
        # Over the strip alone: a plate over the picture would hide what is watched.
        self._tip = QWidget(self)
        self._strip, self._message = self._strip_text(), self._message_lines()
        self._stale_said = 0
        self.show_task(task)
        desk.words.follow(self, self.tick)

    @property
    def task(self) -> Task:
        return self._task

    @property
    def latencies_ms(self) -> deque[float]:
        return self._figures.latencies_ms

    @property
    def picture_room(self) -> QRect:
        """The part of the tile that pictures may use."""
        return self.rect().adjusted(0, 0, 0, -strip.HEIGHT)

    @property
    def stale_s(self) -> int:
        """Whole seconds of the shown picture's age when it is too old to pass for live, else 0."""
        if self._picture is None or self._task.state is not TaskState.RUNNING:
            return 0
        age = self._clock() - self._picture.captured_monotonic
        return int(age) if age > STALE_AFTER_S else 0

    def show_task(self, task: Task) -> None:
        """The task's state now. Leaving `running` takes the last picture away: it is not live any more."""
        was, problem = self._task.state, self._task.error
        self._task = task
        if task.error != problem:
            self._told_at = self._clock()
        if was is not task.state and task.state is not TaskState.RUNNING:
            self._picture = self._image = self._grey = None
            self._figures.restart()
        self.setAccessibleName(task.name)
        self._tip.setToolTip(plain_tip("\n".join(tip_lines(task, self._desk.words))))
        self.controls.show_state(task.state)
        if was is not task.state or task.error != problem:
            self.tick()

    def take(self, picture: Picture) -> None:
        """A new picture: kept, and painted at Qt's next turn. One that came before is dropped unseen."""
        if picture.bgra is None:
            return
        self._figures.arrived(self._clock())
        self._picture, self._image, self._grey = picture, as_image(picture), None
        self.update(self.picture_room)

    def tick(self) -> None:
        """Once a second: figures, and whether the picture has become old. Painted where that says something new."""
        before = self._strip, self._message, self._stale_said
        self._strip, self._message, self._stale_said = self._strip_text(), self._message_lines(), self.stale_s
        if before != (self._strip, self._message, self._stale_said):
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = self.picture_room
        if self._image is None or self._picture is None or self._task.state is not TaskState.RUNNING:
            self._paint_words(painter, room)
        else:
            self._paint_live(painter, room, self._picture, self._image)
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
        self.controls.place(self.width())
        self._tip.setGeometry(0, self.height() - strip.HEIGHT, self.width(), strip.HEIGHT)
        self._settle.start()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.controls.show()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.controls.setVisible(self._has_focus_inside())
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.controls.show()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        QTimer.singleShot(0, self, lambda: self.controls.setVisible(self._has_focus_inside() or self.underMouse()))

    def _has_focus_inside(self) -> bool:
        focused: QWidget | None = self.window().focusWidget()
        return focused is not None and (focused is self or self.isAncestorOf(focused)) and focused.hasFocus()

    def _demand(self) -> Demand:
        room, ratio = self.picture_room, self.devicePixelRatioF()
        return Demand(max(1, round(room.width() * ratio)), max(1, round(room.height() * ratio)))

    def _paint_live(self, painter: QPainter, room: QRect, picture: Picture, image: QImage) -> None:
        where = letterbox(picture, room, self.devicePixelRatioF())
        painter.fillRect(room, theme().colours.of("ground"))
        if stale := self.stale_s:
            if self._grey is None:
                self._grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
            paint_picture(painter, self._grey, where)
            paint_stale(painter, where, self._desk.words(_("STALE {seconds} s"), seconds=stale))
            return
        paint_picture(painter, image, where)
        if self.controls.boxes:
            paint_boxes(painter, picture, where)

    def _paint_words(self, painter: QPainter, room: QRect) -> None:
        head, *lines = self._message
        paint_message(painter, room, TASK_MARKS[self._task.state], head, lines)

    def _message_lines(self) -> tuple[str, ...]:
        """What stands in place of a picture: the state, why, what comes next, since when."""
        task, words = self._task, self._desk.words
        if task.state is TaskState.RUNNING:
            return (words(_("Waiting for the first picture")),)
        reason = words.reason(task.error) if task.error is not None else ""
        since = words(_("Since {time}"), time=task.state_since.astimezone().strftime("%H:%M:%S"))
        return words(TASK_MARKS[task.state].word), reason, self._next_try(), since

    def _next_try(self) -> str:
        return next_try(self._desk.words, self._task.error, self._clock() - self._told_at)

    def _count_painted(self) -> None:
        picture = self._picture
        if picture is not None and picture.seq != self._painted_seq and self._task.state is TaskState.RUNNING:
            self._painted_seq = picture.seq
            self._figures.painted(self._clock(), picture.captured_monotonic)
            self._desk.services.live.shown(self._key, Audience.WINDOW, picture)

    def _strip_text(self) -> strip.StripText:
        task, words = self._task, self._desk.words
        mark = STALE_MARK if self.stale_s else TASK_MARKS[task.state]
        figures = self._live_figures() if task.state is TaskState.RUNNING and self._picture is not None else ()
        return strip.StripText(mark, words(mark.word), task.name, task.algorithm.name, figures)

    def _live_figures(self) -> tuple[tuple[str, str], ...]:
        words, now = self._desk.words, self._clock()
        objects = len(self._picture.objects) if self._picture is not None else 0
        late = self._figures.latency(now)
        rate, count = _("{rate} fps"), _("{count} obj.")
        return (
            (words(rate, rate=f"{self._figures.rate(now):.1f}"), words(rate, rate="00.0")),
            ("" if late is None else lateness(words, late), words(_("{milliseconds} ms"), milliseconds="000")),
            ("" if self.stale_s else words(count, count=objects), words(count, count="000")),
        )
