"""What stands where something is being made: one sentence, and the button that gives it up."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from siapp.core.i18n import _
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label
from siapp.ui.words import Words


class Waiting(QWidget):
    """For `Operations.run` as `busy`. `ended`: show something else."""

    def __init__(self, words: Words, sentence: str, ended: Callable[[], object]) -> None:
        super().__init__()
        self._cancel: Callable[[], object] = lambda: None
        self._ended = ended
        self.cancel_button = button(words, _("Cancel"), lambda: self._cancel())
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        for part in (label(words, sentence, "muted"), self.cancel_button):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def begin(self, cancel: Callable[[], object]) -> None:
        self._cancel = cancel

    def end(self) -> None:
        self._ended()
