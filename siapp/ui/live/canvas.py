"""The wall's surface: widgets on a grid, one of them alone, and where something that is dragged would land."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QWidget

from siapp.ui.live.layout import Area, free_area
from siapp.ui.live.source import dragged_key
from siapp.ui.theme import theme

GAP = 4
GHOST_SHADE = 40  # of 255


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is dropped: on the widget of a place, or on the grid at column `x` and row `y`."""

    place: int | None
    x: int = 0
    y: int = 0


class WallCanvas(QFrame):
    """`dropped` tells a stream and its Spot."""

    dropped = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("wall")
        self.setAcceptDrops(True)
        self.free = False
        self._columns = self._rows = 1
        self._laid: list[tuple[Area, QWidget]] = []
        self._alone: QWidget | None = None
        self.ghost = Ghost(self)

    @property
    def alone(self) -> QWidget | None:
        return self._alone

    def lay(self, columns: int, rows: int, widgets: list[tuple[Area, QWidget]], *, free: bool = False) -> None:
        """Show these, each in its area of a grid of so many columns and rows. `free`: gaps take drops too."""
        self._columns, self._rows, self._laid, self.free = columns, rows, widgets, free
        if self._alone is not None and all(widget is not self._alone for _area, widget in widgets):
            self._alone = None
        for _area, widget in widgets:
            widget.setParent(self)
        for (_area, first), (_other, second) in pairwise(widgets):
            QWidget.setTabOrder(first, second)
        self._place()

    def show_alone(self, widget: QWidget | None) -> None:
        self._alone = widget
        self._place()

    def rect_of(self, area: Area) -> QRect:
        """In pixels; the gaps between neighbours are all as wide."""
        left, right = (
            self._line(area.x, self._columns, self.width()),
            self._line(area.right, self._columns, self.width()),
        )
        top, bottom = self._line(area.y, self._rows, self.height()), self._line(area.bottom, self._rows, self.height())
        return QRect(left, top, right - left - GAP, bottom - top - GAP)

    def area_of(self, widget: QWidget) -> Area | None:
        return next((area for area, laid in self._laid if laid is widget), None)

    def others(self, widget: QWidget) -> list[Area]:
        return [area for area, laid in self._laid if laid is not widget]

    def nearest_line(self, at: QPoint) -> tuple[int, int]:
        """The grid's lines that are nearest to a point."""
        return (
            round((at.x() - GAP / 2) * self._columns / max(1, self.width() - GAP)),
            round((at.y() - GAP / 2) * self._rows / max(1, self.height() - GAP)),
        )

    def spot(self, at: QPoint) -> Spot:
        if self._alone is not None:
            return Spot(next((place for place, (_area, laid) in enumerate(self._laid) if laid is self._alone), None))
        place = next((place for place, (area, _laid) in enumerate(self._laid) if self.rect_of(area).contains(at)), None)
        x = min(self._columns - 1, max(0, at.x() * self._columns // max(1, self.width())))
        y = min(self._rows - 1, max(0, at.y() * self._rows // max(1, self.height())))
        return Spot(place, x, y)

    def landing(self, spot: Spot) -> QRect | None:
        """What a drop there would take; None where there is no room."""
        if self._alone is not None:
            return self._alone.geometry()
        if spot.place is not None:
            return self.rect_of(self._laid[spot.place][0])
        area = free_area(spot.x, spot.y, self._taken()) if self.free else None
        return None if area is None else self.rect_of(area)

    def focus_beside(self, across: int, down: int) -> None:
        """The keyboard goes to the nearest widget in a direction."""
        shown = [widget for _area, widget in self._laid if widget.isVisible()]
        here = next((widget for widget in shown if widget is self._focused()), None)
        if here is None:
            if shown:
                shown[0].setFocus()
            return
        start = here.geometry().center()
        ways = [(widget, widget.geometry().center() - start) for widget in shown if widget is not here]
        ahead = [(widget, way) for widget, way in ways if way.x() * across + way.y() * down > 0]
        if ahead:
            # Straight ahead counts for more than near and aslant.
            min(ahead, key=lambda each: _effort(each[1], across, down))[0].setFocus()

    # ---- Qt ----------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dragged_key(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        landing = self.landing(self.spot(event.position().toPoint()))
        self.ghost.show_at(landing)
        if landing is None:
            event.ignore()
        else:
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.ghost.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self.ghost.hide()
        key = dragged_key(event.mimeData())
        if key is not None:
            event.acceptProposedAction()
            self.dropped.emit(key, self.spot(event.position().toPoint()))

    # ---- inside ------------------------------------------------------------------------------------------

    def _focused(self) -> QWidget | None:
        focused: QWidget | None = self.window().focusWidget()
        while focused is not None and focused.parentWidget() is not self:
            focused = focused.parentWidget()
        return focused

    def _taken(self) -> Collection[Area]:
        return [area for area, _widget in self._laid]

    @staticmethod
    def _line(number: int, lines: int, length: int) -> int:
        return GAP + round(number * (length - GAP) / lines)

    def _place(self) -> None:
        for area, widget in self._laid:
            if self._alone is None or widget is self._alone:
                whole = self.rect().adjusted(GAP, GAP, -GAP, -GAP)
                widget.setGeometry(whole if widget is self._alone else self.rect_of(area))
                widget.show()
            else:
                widget.hide()
        self.ghost.raise_()


def _effort(way: QPoint, across: int, down: int) -> int:
    ahead, aside = (abs(way.x()), abs(way.y())) if across else (abs(way.y()), abs(way.x()))
    return ahead + 2 * aside


class Ghost(QWidget):
    """Where a tile would be."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_at(self, where: QRect | None) -> None:
        if where is None:
            self.hide()
            return
        self.setGeometry(where)
        self.show()
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        accent = theme().colours.of("accent")
        painter.setPen(QPen(accent, 2))
        accent.setAlpha(GHOST_SHADE)
        painter.setBrush(accent)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), theme().tile_radius, theme().tile_radius)
