"""Something small over the whole window: a shade that a click takes away, and a panel in it that Esc closes."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

SHADE = 110  # of 255


class Overlay(QWidget):
    """Covers `over` while it is shown. `panel` is placed by `place`; `closed` tells that it was left."""

    closed = Signal()

    def __init__(self, over: QWidget, *, shade: int = SHADE) -> None:
        super().__init__(over)
        self._over, self._shade = over, shade
        self._before: QWidget | None = None
        self.panel = QFrame(self)
        self.panel.setObjectName("overlay")
        self.hide()
        over.installEventFilter(self)

    def open(self) -> None:
        self._before = self.window().focusWidget()
        self.setGeometry(self._over.rect())
        self.place()
        self.show()
        self.raise_()

    def shut(self) -> None:
        """Hide, and give the keyboard back to where it was."""
        if self.isVisible():
            self.hide()
            before, self._before = self._before, None
            if before is not None and before.isVisible():
                before.setFocus()
            self.closed.emit()

    def place(self) -> None:
        """Put `panel` where it belongs; called when it opens and when the window has another size."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._over.rect())
            self.place()
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.panel.geometry().contains(event.position().toPoint()):
            self.shut()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.shut()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._shade:
            painter = QPainter(self)
            painter.fillRect(self.rect(), QColor(0, 0, 0, self._shade))
            painter.end()
