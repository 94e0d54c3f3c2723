"""Digital zoom: which part of a picture a tile shows. Fractions of the picture, so that its size may change."""

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF

STEP = 1.25
MOST = 8.0


class Zoom:
    """`scale` 1 shows all of the picture; `centre` is the picture's point in the middle of the view."""

    def __init__(self) -> None:
        self.scale = 1.0
        self._centre = QPointF(0.5, 0.5)

    @property
    def active(self) -> bool:
        return self.scale > 1.0

    def reset(self) -> None:
        self.scale, self._centre = 1.0, QPointF(0.5, 0.5)

    def placed(self, fitted: QRect) -> QRect:
        """Where the whole picture goes, whose place without zoom is `fitted`."""
        if not self.active:
            return fitted
        width, height = fitted.width() * self.scale, fitted.height() * self.scale
        left = fitted.center().x() - self._centre.x() * width
        top = fitted.center().y() - self._centre.y() * height
        return QRectF(left, top, width, height).toRect()

    def by(self, factor: float, at: QPoint, fitted: QRect) -> None:
        """Nearer or farther; what is under `at` stays there."""
        scale = max(1.0, min(self.scale * factor, MOST))
        under = self._fraction(at, fitted)
        self.scale = scale
        offset = QPointF(at - fitted.center())
        self._centre = QPointF(
            under.x() - offset.x() / (fitted.width() * scale), under.y() - offset.y() / (fitted.height() * scale)
        )
        self._keep_inside()

    def pan(self, delta: QPoint, fitted: QRect) -> None:
        """The picture follows the hand."""
        self._centre -= QPointF(delta.x() / (fitted.width() * self.scale), delta.y() / (fitted.height() * self.scale))
        self._keep_inside()

    def visible(self) -> QRectF:
        """The part of the picture that is seen, in fractions of it."""
        side = 1 / self.scale
        return QRectF(self._centre.x() - side / 2, self._centre.y() - side / 2, side, side)

    def _fraction(self, at: QPoint, fitted: QRect) -> QPointF:
        offset = QPointF(at - fitted.center())
        return QPointF(
            self._centre.x() + offset.x() / (fitted.width() * self.scale),
            self._centre.y() + offset.y() / (fitted.height() * self.scale),
        )

    def _keep_inside(self) -> None:
        """No edge of the picture comes into the view."""
        if not self.active:
            self.reset()
            return
        half = 0.5 / self.scale
        self._centre = QPointF(max(half, min(self._centre.x(), 1 - half)), max(half, min(self._centre.y(), 1 - half)))
