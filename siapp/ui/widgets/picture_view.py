"""A picture with its boxes, as large as there is room: the wheel and + and - zoom, dragging and the arrows move it."""

from dataclasses import replace

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from siapp.core.boxstyle import drawing_scale, scaled_box
from siapp.core.domain import Picture
from siapp.ui.live.painting import as_image, paint_boxes, paint_picture
from siapp.ui.theme import theme

MOST_ZOOM = 16.0
WHEEL_STEP = 1.25
KEY_STEP = 48
_NOTCH = 120.0


class PictureView(QWidget):
    """`show_picture` gives it a picture; another one of the same pixels keeps zoom and place."""

    def __init__(self) -> None:
        super().__init__()
        self.picture: Picture | None = None
        self.zoom = 1.0  # 1 shows all of it
        self._image: QImage | None = None
        self._middle = QPointF(0.5, 0.5)  # of the view, in shares of the picture
        self._grabbed: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(240, 160)

    def show_picture(self, picture: Picture | None) -> None:
        same = picture is not None and self.picture is not None and picture.bgra is self.picture.bgra
        self.picture = picture
        if not same:
            self._image = as_image(picture) if picture is not None else None
            self.fit()
        self.update()

    def fit(self) -> None:
        """All of the picture."""
        self.zoom = 1.0
        self._look_at(QPointF(0.5, 0.5))

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Closer or farther; what lies at `at` (pixels of this widget) stays there."""
        before = self.place
        at = at or QPointF(self.rect().center())
        share = QPointF((at.x() - before.x()) / before.width(), (at.y() - before.y()) / before.height())
        self.zoom = max(1.0, min(MOST_ZOOM, self.zoom * factor))
        size = self._size()
        away = at - QPointF(self.rect().center())
        self._look_at(QPointF(share.x() - away.x() / size.width(), share.y() - away.y() / size.height()))

    @property
    def place(self) -> QRect:
        """Where the whole picture lies; what is outside of the widget can't be seen."""
        size, centre = self._size(), self.rect().center()
        left = centre.x() - self._middle.x() * size.width()
        top = centre.y() - self._middle.y() * size.height()
        return QRect(round(left), round(top), size.width(), size.height())

    def annotated(self) -> QImage | None:
        """The picture with its boxes, whole, lines and labels as thick as it is large."""
        if self.picture is None or self._image is None:
            return None
        drawn = self._image.convertToFormat(QImage.Format.Format_RGB32)
        scale = drawing_scale(drawn.height())
        painter = QPainter(drawn)
        painter.scale(scale, scale)
        paint_boxes(painter, self.picture, QRect(0, 0, round(drawn.width() / scale), round(drawn.height() / scale)))
        painter.end()
        return drawn

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colours.of("ground"))
        if self.picture is not None and self._image is not None:
            place = self.place
            seen = place.intersected(self.rect())
            paint_picture(painter, self._image, place)
            paint_boxes(painter, cut_to(self.picture, place, seen), seen)
        if self.hasFocus():
            painter.setPen(theme().colours.of("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.picture is not None and event.angleDelta().y():
            self.zoom_by(WHEEL_STEP ** (event.angleDelta().y() / _NOTCH), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grabbed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._move(event.position() - self._grabbed)
            self._grabbed = event.position()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._grabbed = None

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_by(WHEEL_STEP)
            case Qt.Key.Key_Minus:
                self.zoom_by(1 / WHEEL_STEP)
            case Qt.Key.Key_0:
                self.fit()
            case Qt.Key.Key_Left:
                self._move(QPointF(KEY_STEP, 0))
            case Qt.Key.Key_Right:
                self._move(QPointF(-KEY_STEP, 0))
            case Qt.Key.Key_Up:
                self._move(QPointF(0, KEY_STEP))
            case Qt.Key.Key_Down:
                self._move(QPointF(0, -KEY_STEP))
            case _:
                super().keyPressEvent(event)

    def _size(self) -> QSize:
        if self.picture is None:
            return self.size()
        whole = QSize(self.picture.width, self.picture.height)
        return whole.scaled(self.size() * self.zoom, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))

    def _move(self, by: QPointF) -> None:
        size = self._size()
        self._look_at(self._middle - QPointF(by.x() / size.width(), by.y() / size.height()))

    def _look_at(self, middle: QPointF) -> None:
        """As far as the picture reaches: its edge never comes further in than the widget's."""
        size = self._size()
        self._middle = QPointF(
            _within(middle.x(), self.width() / size.width()), _within(middle.y(), self.height() / size.height())
        )
        self.setCursor(Qt.CursorShape.OpenHandCursor if self.zoom > 1 else Qt.CursorShape.ArrowCursor)
        self.update()


def cut_to(picture: Picture, place: QRect, seen: QRect) -> Picture:
    """The boxes of the part that can be seen, in its pixels: plates find their places there, and not out of sight."""
    scale_x, scale_y = place.width() / picture.width, place.height() / picture.height
    left, top = place.left() - seen.left(), place.top() - seen.top()
    found = []
    for one in picture.objects:
        x1, y1, x2, y2 = scaled_box(one.box, scale_x, scale_y)
        box = x1 + left, y1 + top, x2 + left, y2 + top
        if box[0] < seen.width() and box[1] < seen.height() and box[2] > 0 and box[3] > 0:
            found.append(replace(one, box=box))
    return replace(picture, width=seen.width(), height=seen.height(), objects=tuple(found))


def _within(middle: float, seen: float) -> float:
    """`seen`: the share of the picture that can be seen at once."""
    return 0.5 if seen >= 1 else max(seen / 2, min(1 - seen / 2, middle))
