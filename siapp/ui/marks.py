"""State in colour, shape and words: nobody has to tell colours apart to read a state."""

from dataclasses import dataclass
from enum import Enum, auto
from functools import cache

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QIcon, QIconEngine, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from siapp.core.domain import AccountStatus, DeviceState, TaskState, VersionState
from siapp.core.i18n import _
from siapp.ui.theme import theme

MARK_SIZE = 12


class Shape(Enum):
    DISC = auto()
    RING = auto()
    HALF = auto()
    TRIANGLE = auto()
    CROSS = auto()
    CHECK = auto()


@dataclass(frozen=True, slots=True)
class Mark:
    """How one state looks: shape, colour token, and its word for translation."""

    shape: Shape
    token: str
    word: str


TASK_MARKS: dict[TaskState, Mark] = {
    TaskState.STOPPED: Mark(Shape.RING, "muted", _("Stopped")),
    TaskState.STARTING: Mark(Shape.HALF, "info", _("Starting")),
    TaskState.RUNNING: Mark(Shape.DISC, "ok", _("Running")),
    TaskState.RECONNECTING: Mark(Shape.TRIANGLE, "warning", _("Reconnecting")),
    TaskState.STOPPING: Mark(Shape.HALF, "muted", _("Stopping")),
    TaskState.COMPLETED: Mark(Shape.CHECK, "ok", _("Completed")),
    TaskState.INTERRUPTED: Mark(Shape.TRIANGLE, "muted", _("Interrupted")),
    TaskState.ERROR: Mark(Shape.CROSS, "alarm", _("Error")),
}

# Running by its word, but what is shown is old.
STALE_MARK = Mark(Shape.TRIANGLE, "warning", _("Stale"))

DEVICE_MARKS: dict[DeviceState, Mark] = {
    DeviceState.IDLE: Mark(Shape.RING, "muted", _("Not in use")),
    DeviceState.CONNECTING: Mark(Shape.HALF, "info", _("Connecting")),
    DeviceState.ONLINE: Mark(Shape.DISC, "ok", _("Online")),
    DeviceState.RECONNECTING: Mark(Shape.TRIANGLE, "warning", _("Reconnecting")),
    DeviceState.OFFLINE: Mark(Shape.CROSS, "alarm", _("Offline")),
}

USER_MARKS: dict[AccountStatus, Mark] = {
    AccountStatus.PENDING: Mark(Shape.TRIANGLE, "warning", _("Waiting")),
    AccountStatus.APPROVED: Mark(Shape.DISC, "ok", _("Approved")),
    AccountStatus.REJECTED: Mark(Shape.CROSS, "muted", _("Rejected")),
    AccountStatus.DISABLED: Mark(Shape.RING, "muted", _("Disabled")),
}

VERSION_MARKS: dict[VersionState, Mark] = {
    VersionState.IMPORTING: Mark(Shape.HALF, "info", _("Importing")),
    VersionState.READY: Mark(Shape.DISC, "ok", _("Ready")),
    VersionState.REJECTED: Mark(Shape.CROSS, "alarm", _("Rejected")),
}


class _MarkEngine(QIconEngine):
    """Paints a mark in the present theme. A selected row shows the same colour: it means a state, not a selection."""

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self._mark = mark

    def paint(self, painter: QPainter, rect: QRect, _mode: QIcon.Mode, _state: QIcon.State) -> None:
        paint_mark(painter, self._mark, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        drawn = QPixmap(size)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return drawn

    def actualSize(self, _size: QSize, _mode: QIcon.Mode, _state: QIcon.State) -> QSize:
        return QSize(MARK_SIZE, MARK_SIZE)

    def clone(self) -> QIconEngine:
        return _MarkEngine(self._mark)


@cache
def mark_icon(mark: Mark) -> QIcon:
    """The mark as an icon, sharp at any scale."""
    return QIcon(_MarkEngine(mark))


def paint_mark(painter: QPainter, mark: Mark, where: QRectF) -> None:
    """Draw `mark` into the square `where`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = theme().colours.of(mark.token)
    unit = where.width() / MARK_SIZE
    pen = QPen(colour, 2 * unit, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.translate(where.topLeft())
    painter.scale(unit, unit)
    pen.setWidthF(2)
    painter.setPen(pen)
    _draw(painter, mark.shape, QBrush(colour))
    painter.restore()


def _draw(painter: QPainter, shape: Shape, fill: QBrush) -> None:
    """On a field of 12 by 12."""
    circle = QRectF(2, 2, 8, 8)
    match shape:
        case Shape.DISC:
            painter.setBrush(fill)
            painter.drawEllipse(circle)
        case Shape.RING:
            painter.drawEllipse(circle)
        case Shape.HALF:
            painter.drawEllipse(circle)
            half = QPainterPath(QPointF(6, 6))
            half.arcTo(circle, 90, 180)
            painter.fillPath(half, fill)
        case Shape.TRIANGLE:
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF([QPointF(6, 2.5), QPointF(10, 9.5), QPointF(2, 9.5)]))
        case Shape.CROSS:
            painter.drawLine(QPointF(2.5, 2.5), QPointF(9.5, 9.5))
            painter.drawLine(QPointF(9.5, 2.5), QPointF(2.5, 9.5))
        case Shape.CHECK:
            painter.drawPolyline([QPointF(2, 6.5), QPointF(5, 9.5), QPointF(10.5, 3)])
