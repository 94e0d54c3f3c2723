"""Tiles moved, swapped and resized by hand. Esc, while the button is down, leaves everything as it was."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

from siapp.ui.live.canvas import Spot, WallCanvas
from siapp.ui.live.layout import Area
from siapp.ui.live.tile import Tile

EDGE = 7
Sides = frozenset[Qt.Edge]
NO_SIDES: Sides = frozenset()
_DIAGONALS = ({Qt.Edge.LeftEdge, Qt.Edge.TopEdge}, {Qt.Edge.RightEdge, Qt.Edge.BottomEdge})
_LEVEL = {Qt.Edge.LeftEdge, Qt.Edge.RightEdge}


@dataclass
class _Hold:
    """A tile under the pressed button. `sides`: those that are pulled, none moves the tile."""

    tile: Tile
    began: QPoint
    area: Area
    sides: Sides
    under_way: bool = False
    spot: Spot | None = None
    reshaped: Area | None = field(default=None)


class Dragging(QObject):
    """`moved` tells a tile and the Spot where it was dropped, `reshaped` a tile of a free layout and its new area."""

    moved = Signal(object, object)
    reshaped = Signal(object, object)

    def __init__(self, canvas: WallCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._hold: _Hold | None = None

    def watch(self, tile: Tile) -> None:
        tile.setMouseTracking(True)
        tile.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(watched, Tile):
            return False
        match event.type():
            case QEvent.Type.MouseButtonPress if isinstance(event, QMouseEvent):
                return self._press(watched, event)
            case QEvent.Type.MouseMove if isinstance(event, QMouseEvent):
                return self._move(watched, event)
            case QEvent.Type.MouseButtonRelease if isinstance(event, QMouseEvent):
                return self._release()
            case QEvent.Type.KeyPress if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
                return self._cancel()
            case QEvent.Type.Hide:
                self._cancel()
        return False

    def _press(self, tile: Tile, event: QMouseEvent) -> bool:
        at, area = event.position().toPoint(), self._canvas.area_of(tile)
        if event.button() is not Qt.MouseButton.LeftButton or area is None or self._canvas.alone is not None:
            return False
        sides = self._sides(tile, at)
        if not sides and tile.pans_at(at):
            return False
        self._hold = _Hold(tile, self._on_canvas(tile, at), area, sides)
        return bool(sides)

    def _move(self, tile: Tile, event: QMouseEvent) -> bool:
        at, hold = event.position().toPoint(), self._hold
        if hold is None or not event.buttons() & Qt.MouseButton.LeftButton:
            self._point(tile, at)
            return False
        here = self._on_canvas(tile, at)
        if not hold.under_way:
            hold.under_way = (here - hold.began).manhattanLength() >= QApplication.startDragDistance()
        if hold.under_way:
            if hold.sides:
                self._resize(hold, here)
            else:
                self._carry(hold, here)
        return True

    def _release(self) -> bool:
        hold, self._hold = self._hold, None
        if hold is None or not hold.under_way:
            return False
        self._canvas.ghost.hide()
        hold.tile.unsetCursor()
        if hold.reshaped is not None:
            self.reshaped.emit(hold.tile, hold.reshaped)
        elif hold.spot is not None:
            self.moved.emit(hold.tile, hold.spot)
        return True

    def _cancel(self) -> bool:
        hold, self._hold = self._hold, None
        if hold is None or not hold.under_way:
            return False
        self._canvas.ghost.hide()
        hold.tile.unsetCursor()
        return True

    def _carry(self, hold: _Hold, here: QPoint) -> None:
        """Onto another place, or over the free grid."""
        hold.tile.setCursor(Qt.CursorShape.ClosedHandCursor)
        spot = self._canvas.spot(here)
        own = spot.place is not None and self._canvas.landing(spot) == hold.tile.geometry()
        hold.spot = hold.reshaped = None
        if spot.place is not None and not own:
            hold.spot = spot
            self._canvas.ghost.show_at(self._canvas.landing(spot))
        elif self._canvas.free:
            hold.reshaped = self._shifted(hold, here)
            self._canvas.ghost.show_at(self._canvas.rect_of(hold.reshaped) if hold.reshaped else None)
        else:
            self._canvas.ghost.hide()

    def _shifted(self, hold: _Hold, here: QPoint) -> Area | None:
        corner = self._canvas.nearest_line(hold.tile.pos() + here - hold.began)
        area = replace(hold.area, x=corner[0], y=corner[1])
        return area if self._has_room(hold, area) else None

    def _resize(self, hold: _Hold, here: QPoint) -> None:
        """As far as there is room: where it ends, the tile stops at its neighbour."""
        start, end = self._canvas.nearest_line(hold.began), self._canvas.nearest_line(here)
        ways = (_pulled(hold.area, hold.sides, line) for line in _lines_back(end, start))
        hold.reshaped = next((area for area in ways if self._has_room(hold, area)), hold.area)
        self._canvas.ghost.show_at(self._canvas.rect_of(hold.reshaped))

    def _has_room(self, hold: _Hold, area: Area) -> bool:
        return area.fits and not any(area.overlaps(other) for other in self._canvas.others(hold.tile))

    def _point(self, tile: Tile, at: QPoint) -> None:
        """The cursor says what a press would do."""
        sides = self._sides(tile, at)
        if not sides:
            tile.unsetCursor()
        elif len(sides) == 2:
            falling = set(sides) in _DIAGONALS
            tile.setCursor(Qt.CursorShape.SizeFDiagCursor if falling else Qt.CursorShape.SizeBDiagCursor)
        else:
            tile.setCursor(Qt.CursorShape.SizeHorCursor if sides & _LEVEL else Qt.CursorShape.SizeVerCursor)

    def _sides(self, tile: Tile, at: QPoint) -> Sides:
        if not self._canvas.free or self._canvas.alone is not None:
            return NO_SIDES
        near = (
            (Qt.Edge.LeftEdge, at.x() < EDGE),
            (Qt.Edge.RightEdge, at.x() >= tile.width() - EDGE),
            (Qt.Edge.TopEdge, at.y() < EDGE),
            (Qt.Edge.BottomEdge, at.y() >= tile.height() - EDGE),
        )
        return frozenset(side for side, is_near in near if is_near)

    def _on_canvas(self, tile: Tile, at: QPoint) -> QPoint:
        return tile.mapTo(self._canvas, at)


def _lines_back(end: tuple[int, int], start: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """From where the mouse is back to where it began, line by line."""
    across, down = end[0] - start[0], end[1] - start[1]
    steps = max(abs(across), abs(down))
    for step in range(steps, 0, -1):
        yield start[0] + round(across * step / steps), start[1] + round(down * step / steps)


def _pulled(area: Area, sides: Sides, to: tuple[int, int]) -> Area:
    """`area` with these sides on the lines of `to`."""
    left, right = (to[0] if side in sides else usual for side, usual in _ends(area.x, area.right, _ACROSS))
    top, bottom = (to[1] if side in sides else usual for side, usual in _ends(area.y, area.bottom, _DOWN))
    return Area(left, top, right - left, bottom - top)


_ACROSS = (Qt.Edge.LeftEdge, Qt.Edge.RightEdge)
_DOWN = (Qt.Edge.TopEdge, Qt.Edge.BottomEdge)


def _ends(first: int, last: int, sides: tuple[Qt.Edge, Qt.Edge]) -> tuple[tuple[Qt.Edge, int], tuple[Qt.Edge, int]]:
    return (sides[0], first), (sides[1], last)
