"""Outcomes, told for four seconds in the lower left corner, away from the buttons of sheets. Under the mouse
they stay, and an alarm stays until somebody answers it."""

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from siapp.core.domain import Severity
from siapp.core.i18n import _
from siapp.ui.marks import Mark, Shape, paint_mark
from siapp.ui.notices import Notices, Told
from siapp.ui.widgets.buttons import button
from siapp.ui.words import Words

SHOWN_MS = 4000
MOST = 4
WIDTH = 360
MARGIN = 16
LEFT = 88 + MARGIN  # right of the rail
FOOT = 28

SEVERITY_MARKS = {
    Severity.INFO: Mark(Shape.CHECK, "ok", _("Done")),
    Severity.WARNING: Mark(Shape.TRIANGLE, "warning", _("Warning")),
    Severity.ALARM: Mark(Shape.CROSS, "alarm", _("Alarm")),
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
    """One sentence; a click takes it away. `answered` tells that somebody did, not that its time was over; `left` that
    it is gone from sight."""

    answered = Signal()
    left = Signal(object)

    def __init__(self, words: Words, told: Told) -> None:
        super().__init__()
        self.setObjectName("toast")
        self.told, self.text = told, told.text
        sentence = QLabel(told.text)
        sentence.setTextFormat(Qt.TextFormat.PlainText)
        sentence.setWordWrap(True)
        sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 12, 10)
        row.setSpacing(8)
        row.addWidget(MarkLabel(SEVERITY_MARKS[told.severity]), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(sentence, 1)
        self._add_button(words, row)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(self.leave)
        self._wait()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._wait()
        super().leaveEvent(event)

    def mousePressEvent(self, _event: object) -> None:
        self._answer()

    def leave(self) -> None:
        self.hide()
        self.left.emit(self)
        self.deleteLater()

    def _wait(self) -> None:
        if self.told.severity is not Severity.ALARM:
            self._timer.start()

    def _add_button(self, words: Words, row: QHBoxLayout) -> None:
        offer = self.told.offer
        if offer is not None:
            self.button = button(words, offer.verb, self._take_offer, look="link")
        elif self.told.severity is Severity.ALARM:
            self.button = button(words, _("Understood"), self._answer, look="link")
        else:
            return
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)

    def _take_offer(self) -> None:
        if self.told.offer is not None:
            self.told.offer.run()
        self._answer()

    def _answer(self) -> None:
        self.answered.emit()
        self.leave()


class Toasts(QWidget):
    """Lies over the lower left corner of `over` and takes no clicks but those on a toast."""

    def __init__(self, over: QWidget, words: Words, notices: Notices) -> None:
        super().__init__(over)
        self._over, self._words, self._notices = over, words, notices
        self._held = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.setFixedWidth(WIDTH)
        self.hide()
        over.installEventFilter(self)
        notices.told.connect(self._show)
        notices.changed.connect(self._drop_settled)

    def hold(self, held: bool) -> None:
        """Show nothing while it is held: what is told meanwhile stands in the list."""
        self._held = held
        self._place()

    def _show(self, told: Told) -> None:
        shown = self.toasts()
        if shown and shown[-1].text == told.text:
            shown[-1].leave()
        # Alarms are not pushed out by good news.
        for old in [each for each in self.toasts() if each.told.severity is not Severity.ALARM][: -MOST + 1]:
            old.leave()
        toast = _Toast(self._words, told)
        toast.answered.connect(lambda: self._notices.answer(told))
        toast.left.connect(self._take_away)
        self._column.addWidget(toast)
        toast.show()
        self._place()

    def _take_away(self, toast: _Toast) -> None:
        """Now: while it is being destroyed the layout must not show it to Python, which would keep a wrapper of it and
        take what comes to lie at its address for it."""
        self._column.removeWidget(toast)
        self._place()

    def _drop_settled(self) -> None:
        """What was answered in the list needs no toast any more, nor what was told to somebody who has left."""
        kept = {id(told) for told in self._notices.all()}
        for toast in self.toasts():
            answered = toast.told.severity is Severity.ALARM and not toast.told.open
            if answered or id(toast.told) not in kept:
                toast.leave()
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
        self.setVisible(bool(self.toasts()) and not self._held)
        height = self._column.heightForWidth(WIDTH) if self._column.hasHeightForWidth() else self.sizeHint().height()
        self.resize(WIDTH, height)
        self.move(LEFT, self._over.height() - height - MARGIN - FOOT)
        self.raise_()
