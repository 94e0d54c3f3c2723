"""A picture with its boxes, as large as there is room: the wheel and + and - zoom, dragging and the arrows move it."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from siapp.core.boxstyle import drawing_scale
from siapp.core.domain import Picture
from siapp.ui.live.painting import as_image, letterbox, paint_boxes, paint_picture
from siapp.ui.live.zoom import STEP, Zoom
from siapp.ui.theme import theme

KEY_STEP = 48
_NOTCH = 120.0
_MOVES = {
    Qt.Key.Key_Left: QPoint(KEY_STEP, 0),
    Qt.Key.Key_Right: QPoint(-KEY_STEP, 0),
    Qt.Key.Key_Up: QPoint(0, KEY_STEP),
    Qt.Key.Key_Down: QPoint(0, -KEY_STEP),
}


class ZoomedPicture(QWidget):
    """`show_picture` gives it a picture; another one of the same pixels keeps zoom and place."""

    def __init__(self) -> None:
        super().__init__()
        self.picture: Picture | None = None
        self._zoom = Zoom()
        self._image: QImage | None = None
        self._grabbed: QPoint | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(240, 160)

    def show_picture(self, picture: Picture) -> None:
        same = self.picture is not None and picture.bgra is self.picture.bgra
        self.picture = picture
        if not same:
            self._image = as_image(picture)
            self.fit()
        self.update()

    def fit(self) -> None:
        """All of the picture."""
        self._zoom.reset()
        self._changed()

    def zoom_by(self, factor: float, at: QPoint | None = None) -> None:
        """Closer or farther; what lies at `at` (pixels of this widget) stays there."""
        self._zoom.by(factor, at or self.rect().center(), self._view())
        self._changed()

    @property
    def place(self) -> QRect:
        """Where the whole picture lies; some of it may be out of sight."""
        return self._zoom.placed(self._view())

    def annotated(self) -> QImage | None:
        """The picture with its boxes, whole, lines and labels as thick as it is large."""
        if self.picture is None or self._image is None:
            return None
        drawn = self._image.convertToFormat(QImage.Format.Format_RGB32)
        painter = QPainter(drawn)
        paint_boxes(painter, self.picture, drawn.rect(), scale=drawing_scale(drawn.height()))
        painter.end()
        return drawn

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colours.of("stage"))
        if self.picture is not None and self._image is not None:
            view, place = self._view(), self.place
            painter.setClipRect(view)
            paint_picture(painter, self._image, place)
            paint_boxes(painter, self.picture, place, view)
            painter.setClipping(False)
        if self.hasFocus():
            painter.setPen(theme().colours.of("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().y():
            self.zoom_by(STEP ** (event.angleDelta().y() / _NOTCH), event.position().toPoint())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grabbed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            at = event.position().toPoint()
            self._move(at - self._grabbed)
            self._grabbed = at

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._grabbed = None

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_by(STEP)
            case Qt.Key.Key_Minus:
                self.zoom_by(1 / STEP)
            case Qt.Key.Key_0:
                self.fit()
            case key if (by := _MOVES.get(Qt.Key(key))) is not None:
                self._move(by)
            case _:
                super().keyPressEvent(event)

    def _view(self) -> QRect:
        """Where the picture is without zoom, and through which it is seen with it."""
        return letterbox(self.picture, self.rect(), self.devicePixelRatioF()) if self.picture else self.rect()

    def _move(self, by: QPoint) -> None:
        self._zoom.pan(by, self._view())
        self._changed()

    def _changed(self) -> None:
        self.setCursor(Qt.CursorShape.OpenHandCursor if self._zoom.active else Qt.CursorShape.ArrowCursor)
        self.update()
