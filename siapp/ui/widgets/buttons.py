"""Buttons that follow the language, and one that turns into its own progress."""

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from siapp.core.i18n import _
from siapp.ui.icons import SIZE, explain, icon
from siapp.ui.theme import theme
from siapp.ui.widgets.labels import restyle
from siapp.ui.words import Words

BAR_HEIGHT = 3
TICK_MS = 100


def button(
    words: Words,
    message: str,
    on_click: Callable[[], object],
    *,
    look: str = "",
    glyph: str = "",
    parent: QWidget | None = None,
) -> QPushButton:
    """A push button with a sentence on it."""
    made = QPushButton(parent)
    made.setProperty("look", look)
    made.setAutoDefault(False)
    if glyph:
        made.setIcon(icon(glyph, "on_accent" if look == "primary" else "text"))
        made.setIconSize(SIZE)
    words.bind(made, made.setText, message)
    made.clicked.connect(lambda _checked=False: on_click())
    return made


def icon_button(
    words: Words,
    message: str,
    glyph: str,
    on_click: Callable[[], object],
    *,
    look: str = "plain",
    parent: QWidget | None = None,
) -> QToolButton:
    """An icon with a tooltip and an accessible name."""
    made = QToolButton(parent)
    made.setProperty("look", look)
    made.setIcon(icon(glyph))
    made.setIconSize(SIZE)
    explain(words, made, message)
    made.clicked.connect(lambda _checked=False: on_click())
    return made


class ProgressButton(QPushButton):
    """While its work is under way it says so, shows how far it is, and a click on it cancels.

    Progress is `fraction` where it is known, else the share of `limit_s` that has passed.
    """

    def __init__(
        self,
        words: Words,
        message: str,
        busy_message: str,
        on_click: Callable[[], object],
        *,
        look: str = "",
        limit_s: float = 0.0,
        cancel: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._words, self._look, self._limit_s = words, look, limit_s
        self._message, self._busy_message, self._may_cancel = message, busy_message, cancel
        self._on_click = on_click
        self._cancel: Callable[[], object] | None = None
        self._began = 0.0
        self.fraction: float | None = None
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.update)
        self.setProperty("look", look)
        self.setAutoDefault(False)
        self.clicked.connect(lambda _checked=False: self._clicked())
        words.follow(self, self._write)

    @property
    def busy(self) -> bool:
        return self._cancel is not None

    def begin(self, cancel: Callable[[], object]) -> None:
        # The width stays as it was: nothing beside the button moves.
        self.setMinimumWidth(max(self.width() if self.isVisible() else 0, self._busy_width()))
        self._cancel, self._began, self.fraction = cancel, time.monotonic(), None
        self._timer.start()
        self._show_look("busy")

    def end(self) -> None:
        self._cancel = None
        self._timer.stop()
        self._show_look(self._look)

    def progress(self, fraction: float) -> None:
        """From 0 to 1."""
        self.fraction = fraction
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.busy:
            painter = QPainter(self)
            inside = self.rect().adjusted(2, 0, -2, -2)
            inside.setTop(inside.bottom() - BAR_HEIGHT + 1)
            inside.setWidth(round(inside.width() * min(1.0, self._share())))
            painter.fillRect(inside, theme().colours.of("accent"))

    def _share(self) -> float:
        if self.fraction is not None:
            return self.fraction
        return (time.monotonic() - self._began) / self._limit_s if self._limit_s else 0.0

    def _clicked(self) -> None:
        if self._cancel is None:
            self._on_click()
        elif self._may_cancel:
            self._cancel()

    def _show_look(self, look: str) -> None:
        self.setProperty("look", look)
        restyle(self)
        self._write()

    def _write(self) -> None:
        if not self.busy:
            self.setText(self._words(self._message))
            self.setToolTip("")
            self.setMinimumWidth(self._busy_width())  # room for either sentence from the start
            return
        self.setText(self._words(self._busy_message))
        self.setToolTip(self._words(_("Click to cancel")) if self._may_cancel else "")

    def _busy_width(self) -> int:
        return self.fontMetrics().horizontalAdvance(self._words(self._busy_message)) + 40
