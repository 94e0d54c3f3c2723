"""Asks for the name of a layout."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from siapp.core.i18n import _
from siapp.ui.live.plan import LONGEST_NAME
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.confirm import place_over
from siapp.ui.widgets.fields import TextField
from siapp.ui.widgets.labels import label
from siapp.ui.words import Words


class AskName(QDialog):
    """`on_name` is called with a name that is not empty. Enter confirms, Esc cancels."""

    def __init__(
        self, words: Words, parent: QWidget, title: str, verb: str, name: str, on_name: Callable[[str], object]
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.setObjectName("confirm")
        words.bind(self, self.setWindowTitle, title)
        self._words, self._on_name = words, on_name
        self.field = TextField(words, _("Name"))
        self.field.line.setMaxLength(LONGEST_NAME)
        self.field.line.setText(name)
        self.field.line.selectAll()
        self.yes = button(words, verb, self._take, look="primary")
        self.yes.setDefault(True)
        self.no = button(words, _("Cancel"), self.reject)
        self._compose(title)
        self.field.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        place_over(self, self.parentWidget())
        super().showEvent(event)

    def _take(self) -> None:
        name = self.field.text.strip()
        if not name:
            self.field.fail(self._words(_("Please give a name.")))
            return
        self.accept()
        self._on_name(name)

    def _compose(self, title: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(8)
        column.addWidget(label(self._words, title, "title"))
        column.addWidget(self.field)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.no)
        row.addWidget(self.yes)
        column.addLayout(row)
