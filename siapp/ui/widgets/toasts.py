"""Outcomes, told for four seconds in the lower left corner, away from the buttons of sheets. Under the mouse
they stay."""

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from siapp.core.domain import Severity
from siapp.ui.marks import Mark, Shape, paint_mark

SHOWN_MS = 4000
MOST = 4
WIDTH = 360
MARGIN = 16
LEFT = 88 + MARGIN  # right of the rail
FOOT = 28

_MARKS = {
    Severity.INFO: Mark(Shape.CHECK, "ok", ""),
    Severity.WARNING: Mark(Shape.TRIANGLE, "warning", ""),
    Severity.ALARM: Mark(Shape.CROSS, "alarm", ""),
}


class MarkLabel(QWidget):
    """A state mark as a small widget."""

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self._mark = mark
        self.setFixedSize(QSize(14, 18))

    def set_mark(self, mark: Mark) -> None:
        if mark != self._mark:
            self._mark = mark
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        paint_mark(QPainter(self), self._mark, QRectF(1, 3, 12, 12))


class _Toast(QFrame):
    def __init__(self, text: str, severity: Severity) -> None:
        super().__init__()
        self.setObjectName("toast")
        words = QLabel(text)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 12, 10)
        row.setSpacing(8)
        row.addWidget(MarkLabel(_MARKS[severity]), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(words, 1)
        self.text = text
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(self._leave)
        self._timer.start()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._timer.start()
        super().leaveEvent(event)

    def mousePressEvent(self, _event: object) -> None:
        self._leave()

    def _leave(self) -> None:
        self.hide()
        self.deleteLater()


class Toasts(QWidget):
    """Lies over the lower left corner of `over` and takes no clicks but those on a toast."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.setFixedWidth(WIDTH)
        self.hide()
        over.installEventFilter(self)

    def show_toast(self, text: str, severity: Severity) -> None:
        shown = self.toasts()
        if shown and shown[-1].text == text:
            shown[-1].hide()
        for old in self.toasts()[: -MOST + 1]:
            old.hide()
        toast = _Toast(text, severity)
        toast.destroyed.connect(self._place)
        self._column.addWidget(toast)
        toast.show()
        self._place()

    def toasts(self) -> list[_Toast]:
        """Those that are shown, oldest first."""
        found = (self._column.itemAt(place) for place in range(self._column.count()))
        widgets = (item.widget() for item in found if item is not None)
        return [widget for widget in widgets if isinstance(widget, _Toast) and not widget.isHidden()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        self.setVisible(bool(self.toasts()))
        height = self._column.heightForWidth(WIDTH) if self._column.hasHeightForWidth() else self.sizeHint().height()
        self.resize(WIDTH, height)
        self.move(LEFT, self._over.height() - height - MARGIN - FOOT)
        self.raise_()
