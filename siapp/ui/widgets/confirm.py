"""Asks once before something is lost; the button says what will be done."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from siapp.core.i18n import _
from siapp.ui.widgets.buttons import button
from siapp.ui.words import Words

WIDTH = 440


class Confirm(QDialog):
    """Open it with `open()`; `on_yes` is called after the verb was pressed. Esc cancels."""

    def __init__(
        self, words: Words, parent: QWidget, title: str, text: str, verb: str, on_yes: Callable[[], object]
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setObjectName("confirm")
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.accepted.connect(on_yes)
        self.yes = button(words, verb, self.accept, look="danger")
        self.no = button(words, _("Cancel"), self.reject)
        self._compose(title, text)
        # What a hasty Enter presses must not lose anything.
        self.no.setDefault(True)
        self.no.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        place_over(self, self.parentWidget())
        super().showEvent(event)

    def _compose(self, title: str, text: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(8)
        for words, look in ((title, "title"), (text, "muted")):
            part = QLabel(words)
            part.setTextFormat(Qt.TextFormat.PlainText)
            part.setWordWrap(True)
            part.setProperty("look", look)
            column.addWidget(part)
        column.addSpacing(8)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.no)
        row.addWidget(self.yes)
        column.addLayout(row)


def place_over(dialog: QDialog, parent: QWidget | None) -> None:
    """As high as its wrapped text needs, in the middle of the window."""
    layout = dialog.layout()
    if layout is not None:
        wraps = layout.hasHeightForWidth()  # it answers -1 where nothing does
        dialog.setFixedSize(WIDTH, layout.heightForWidth(WIDTH) if wraps else layout.sizeHint().height())
    if parent is not None:
        window = parent.window()
        dialog.move(window.mapToGlobal(window.rect().center()) - dialog.rect().center())
