"""Closing the window while tasks run: go on in the tray, or stop. Asked once, remembered if wanted."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from siapp.core.i18n import _
from siapp.ui.memory import OnClose
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.confirm import place_over
from siapp.ui.widgets.labels import label
from siapp.ui.words import Words


class ClosingQuestion(QDialog):
    """`chosen(choice, remember)` is called with what the person wants; Esc and Cancel leave everything as it is."""

    def __init__(
        self, words: Words, parent: QWidget, active: int, tray: bool, chosen: Callable[[OnClose, bool], object]
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.setObjectName("confirm")
        self._chosen = chosen
        words.bind(self, self.setWindowTitle, _("Close siapp?"))
        self.remember = QCheckBox()
        words.bind(self.remember, self.remember.setText, _("Do the same next time (Settings can change it)"))
        self.stop = button(words, _("Stop and quit"), lambda: self._take(OnClose.STOP), look="danger")
        self.go_on = button(words, _("Go on in the tray"), lambda: self._take(OnClose.TRAY), look="primary")
        self.go_on.setVisible(tray)
        self.cancel = button(words, _("Cancel"), self.reject)
        self._compose(words, active, tray)
        (self.go_on if tray else self.cancel).setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        place_over(self, self.parentWidget())
        super().showEvent(event)

    def _compose(self, words: Words, active: int, tray: bool) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(8)
        column.addWidget(label(words, _("Close siapp?"), "title"))
        text = label(words, "", "muted", wrap=True)
        words.bind(text, text.setText, _("{count} tasks and tests are under way."), count=active)
        column.addWidget(text)
        what = (
            _("In the tray they go on, and people at a browser go on watching. Quitting stops them all.")
            if tray
            else _("Quitting stops them all; those that start with siapp are taken up again at the next start.")
        )
        column.addWidget(label(words, what, "muted", wrap=True))
        column.addWidget(self.remember)
        column.addSpacing(8)
        row = QHBoxLayout()
        row.addWidget(self.cancel)
        row.addStretch()
        row.addWidget(self.stop)
        row.addWidget(self.go_on)
        column.addLayout(row)

    def _take(self, choice: OnClose) -> None:
        self.accept()
        self._chosen(choice, self.remember.isChecked())
