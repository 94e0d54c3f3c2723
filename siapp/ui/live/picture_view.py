"""The picture of a tile: the newest one, how it is zoomed, and what of its detections is painted over it."""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter

from siapp.core.domain import Picture
from siapp.core.specs import Demand
from siapp.ui.live.painting import (
    as_image,
    letterbox,
    paint_badge,
    paint_bars,
    paint_boxes,
    paint_picture,
    paint_stale,
    unscaled,
)
from siapp.ui.live.zoom import Zoom

BADGE = QRect(8, 8, 48, 22)


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is painted over a picture."""

    boxes: bool = True
    labels: bool = True


class PictureView:
    """Keeps one picture, and paints it into the room that it is given."""

    def __init__(self) -> None:
        self.picture: Picture | None = None
        self.zoom = Zoom()
        self.overlay = Overlay()
        self._image: QImage | None = None
        self._grey: QImage | None = None

    def take(self, picture: Picture) -> None:
        self.picture, self._image, self._grey = picture, as_image(picture), None

    def clear(self) -> None:
        self.picture = self._image = self._grey = None

    def fitted(self, room: QRect, ratio: float) -> QRect:
        """Where the picture goes without zoom; also the view into a zoomed one."""
        return letterbox(self.picture, room, ratio) if self.picture is not None else room

    def demand(self, room: QRect, ratio: float) -> Demand:
        """As many pixels as are painted, and no more than the camera has."""
        wide, high = room.width() * ratio, room.height() * ratio
        if self.picture is not None and self.zoom.active:
            fitted, scale = self.fitted(room, ratio), self.zoom.scale * ratio
            wide = max(wide, min(fitted.width() * scale, self.picture.width))
            high = max(high, min(fitted.height() * scale, self.picture.height))
        return Demand(max(1, round(wide)), max(1, round(high)))

    def on_badge(self, at: QPoint) -> bool:
        return self.zoom.active and self.picture is not None and BADGE.contains(at)

    def paint(self, painter: QPainter, room: QRect, ratio: float, stale: str) -> None:
        """`stale` says how old the picture is, where it is too old to pass for live: then it is grey."""
        if self.picture is None or self._image is None:
            return
        view = self.fitted(room, ratio)
        where = unscaled(self.zoom.placed(view), self.picture, ratio)
        paint_bars(painter, room, view.intersected(where))
        painter.setClipRect(view)
        if stale:
            if self._grey is None:
                self._grey = self._image.convertToFormat(QImage.Format.Format_Grayscale8)
            paint_picture(painter, self._grey, where)
            paint_stale(painter, view, stale)
        else:
            paint_picture(painter, self._image, where)
            if self.overlay.boxes and self.picture.objects:
                paint_boxes(painter, self.picture, where, view, labels=self.overlay.labels)
        painter.setClipping(False)
        if self.zoom.active:
            paint_badge(painter, BADGE, f"{self.zoom.scale:.1f}×")
