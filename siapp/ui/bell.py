"""The bell: how many notices wait, and the list of all that was told."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from siapp.core.domain import Severity
from siapp.core.i18n import _
from siapp.ui.icons import LARGE, explain, icon
from siapp.ui.notices import Notices, Told
from siapp.ui.theme import body_font, theme
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.overlay import Overlay
from siapp.ui.widgets.toasts import SEVERITY_MARKS, MarkLabel
from siapp.ui.words import Words

WIDTH = 400
TOP = 56
BADGE = 15
MOST_SHOWN = 99


class BellButton(QToolButton):
    """A count in the colour of the worst that waits."""

    def __init__(self, words: Words, notices: Notices) -> None:
        super().__init__()
        self._notices = notices
        self.setProperty("look", "plain")
        self.setIcon(icon("bell", "muted"))
        self.setIconSize(LARGE)
        explain(words, self, _("Notices (Ctrl+B)"))
        notices.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if count := self._notices.open_count:
            painter = QPainter(self)
            paint_badge(painter, self.width() - BADGE // 2 - 3, 4, count, self._token())
            painter.end()

    def _token(self) -> str:
        alarm = any(told.open and told.severity is Severity.ALARM for told in self._notices.all())
        return "alarm" if alarm else "warning"


def paint_badge(painter: QPainter, right: int, top: int, count: int, token: str) -> None:
    """A small disc with a number, its right edge near `right`."""
    text = str(count) if count <= MOST_SHOWN else f"{MOST_SHOWN}+"
    colours = theme().colours
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(body_font(theme(), 10, strong=True))
    width = max(BADGE, painter.fontMetrics().horizontalAdvance(text) + 7)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colours.of(token))
    painter.drawRoundedRect(right - width + 5, top, width, BADGE, BADGE / 2, BADGE / 2)
    painter.setPen(QColor(colours.ground))
    painter.drawText(right - width + 5, top, width, BADGE, int(Qt.AlignmentFlag.AlignCenter), text)


class _Entry(QFrame):
    """One notice: its mark, when, the sentence, and what can be done about it."""

    def __init__(self, words: Words, notices: Notices, told: Told) -> None:
        super().__init__()
        self.setObjectName("entry")
        mark = MarkLabel(SEVERITY_MARKS[told.severity])
        words.bind(mark, mark.setAccessibleName, SEVERITY_MARKS[told.severity].word)
        self.sentence = QLabel(told.text)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        when = QLabel(f"{told.at.astimezone():%H:%M:%S}")
        when.setToolTip(f"{told.at.astimezone():%Y-%m-%d %H:%M:%S}")
        when.setProperty("look", "caption")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 10)
        row.setSpacing(8)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.sentence, 1)
        if told.severity is Severity.ALARM and told.open:
            self.answer = button(words, _("Understood"), lambda: notices.answer(told), look="link")
            row.addWidget(self.answer, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(when, 0, Qt.AlignmentFlag.AlignTop)


class NoticePanel(Overlay):
    """Under the bell, over the page; a click beside it or Esc closes it."""

    def __init__(self, over: QWidget, words: Words, notices: Notices) -> None:
        super().__init__(over, shade=0)
        self._words, self._notices = words, notices
        self.clear_button = button(words, _("Clear"), notices.clear, look="plain")
        self._empty = label(words, _("Nothing has been told since the start."), "muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._compose()
        notices.changed.connect(self._changed)
        self.closed.connect(notices.seen)

    def entries(self) -> list[_Entry]:
        found = (self._list.itemAt(place) for place in range(self._list.count()))
        widgets = (item.widget() for item in found if item is not None)
        return [widget for widget in widgets if isinstance(widget, _Entry)]

    def open(self) -> None:
        self._fill()
        super().open()
        self.panel.setFocus()  # a hasty Enter must not empty the list

    def toggle(self) -> None:
        """Open, or close what is open."""
        if self.isVisible():
            self.shut()
        else:
            self.open()

    def place(self) -> None:
        height = min(480, self.height() - TOP - 40)
        self.panel.setGeometry(self.width() - WIDTH - 12, TOP, WIDTH, height)

    def _compose(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 8, 8)
        head.addWidget(label(self._words, _("Notices"), "title"))
        head.addStretch()
        head.addWidget(self.clear_button)
        inner = QWidget()
        inner.setLayout(self._list)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._empty, 1)
        column.addWidget(scroll, 1)
        self._scroll = scroll

    def _changed(self) -> None:
        if self.isVisible():
            self._fill()

    def _fill(self) -> None:
        while (item := self._list.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        told = self._notices.all()
        for each in told:
            self._list.addWidget(_Entry(self._words, self._notices, each))
        self._list.addStretch()
        self._empty.setVisible(not told)
        self._scroll.setVisible(bool(told))
        self.clear_button.setEnabled(bool(told))
