"""Over a whole page while something is dragged that may be dropped there."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from siapp.ui.words import Words

MARGIN = 16


class DropHint(QLabel):
    """`open()` shows it over `page`."""

    def __init__(self, words: Words, page: QWidget, message: str) -> None:
        super().__init__(page)
        self._page = page
        self.setProperty("look", "dropHint")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        words.bind(self, self.setText, message)
        self.hide()

    def open(self) -> None:
        self.setGeometry(self._page.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN))
        self.show()
        self.raise_()
