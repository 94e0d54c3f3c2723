"""A sheet at the side of a page: details and forms without a modal window. Esc leaves, Enter confirms."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from siapp.core.i18n import _
from siapp.ui.widgets.buttons import icon_button
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.widgets.fields import Field
from siapp.ui.widgets.scrolling import scrolling
from siapp.ui.words import Words

WIDTH = 400


@dataclass(frozen=True, slots=True)
class Loss:
    """What goes with a sheet that is left too early, as a question; `text` names the `form`."""

    title: str
    text: str
    verb: str


TYPED = Loss(_("Discard what you typed?"), _("“{form}” is not saved yet."), _("Discard"))
COPY = Loss(_("Stop the copy?"), _("“{form}” is not finished. What is copied so far is lost."), _("Stop copying"))


class Sheet(QFrame):
    """Title and close button, a body that scrolls, and buttons at the foot with the primary one at the right.

    `least`: how narrow it may become in a small window, as wide as usual where it is 0. `scrolls`: False for a body
    whose parts scroll by themselves.
    """

    closed = Signal()

    def __init__(
        self,
        words: Words,
        title: str,
        *,
        width: int = WIDTH,
        least: int = 0,
        scrolls: bool = True,
        **values: object,
    ) -> None:
        super().__init__()
        self._width = width
        self.words = words
        self._primary: QPushButton | None = None
        self._first: QWidget | None = None
        self._heading = QLabel()
        self._foot_frame = QFrame()
        self.setObjectName("sheet")
        self.setMinimumWidth(least or width)
        self.setMaximumWidth(width)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(24, 8, 24, 16)
        self.body.setSpacing(8)
        self._foot = QHBoxLayout()
        self._foot.setContentsMargins(24, 12, 24, 12)
        self._foot.setSpacing(8)
        self._compose(title, values, scrolls)

    def set_buttons(self, *buttons: QPushButton, primary: QPushButton) -> None:
        """At the foot: `buttons`, then at the right the one that Enter presses."""
        self._primary = primary
        self._foot_frame.show()
        for made in buttons:
            self._foot.addWidget(made)
        self._foot.addStretch()
        self._foot.addWidget(primary)

    def set_title(self, title: str, **values: object) -> None:
        self.words.bind(self._heading, self._heading.setText, title, **values)
        self.words.bind(self, self.setAccessibleName, title, **values)

    @property
    def title(self) -> str:
        return self._heading.text()

    def begin_at(self, first: QWidget) -> None:
        """Where the keyboard is when the sheet appears; a hidden widget can't take it yet."""
        self._first = first

    def loss(self) -> Loss | None:
        """What is lost with the sheet: what somebody typed and the primary button would have kept."""
        typed = self._primary is not None and any(field.typed for field in self.findChildren(Field))
        return TYPED if typed else None

    def leave(self, then: Callable[[], object] | None = None) -> None:
        """Close, or do `then` instead; what would be lost is lost only after a question."""
        leave, loss, words = then or self.closed.emit, self.loss(), self.words
        if loss is None:
            leave()
        else:
            text = words(loss.text, form=self.title)
            Confirm(words, self, words(loss.title), text, loss.verb, leave).open()

    def sizeHint(self) -> QSize:
        return QSize(self._width, super().sizeHint().height())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._first is not None:
            self._first.setFocus()
            self._first = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._primary is not None:
            pressed = self.focusWidget()
            chosen = pressed if isinstance(pressed, QPushButton) else self._primary
            chosen.click()
        else:
            super().keyPressEvent(event)

    def _compose(self, title: str, values: dict[str, object], scrolls: bool) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head(title, values))
        inner = QWidget()
        inner.setLayout(self.body)
        column.addWidget(scrolling(inner) if scrolls else inner, 1)
        self._foot_frame.setObjectName("sheetFoot")
        self._foot_frame.setLayout(self._foot)
        self._foot_frame.hide()
        column.addWidget(self._foot_frame)

    def _head(self, title: str, values: dict[str, object]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(24, 12, 12, 4)
        self._heading.setProperty("look", "title")
        self._heading.setTextFormat(Qt.TextFormat.PlainText)
        self._heading.setWordWrap(True)
        self.set_title(title, **values)
        close: QToolButton = icon_button(self.words, _("Close"), "x", self.leave)
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row.addWidget(self._heading, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        return row
