"""What keeps the program from starting, said in a window: somebody who clicked an icon sees no terminal."""

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from siapp.core.i18n import Language, _, translate

WIDTH = 440


async def tell(text: str, language: Language, offer: str = "") -> bool:
    """Show a sentence until it is answered. `offer`: something that can be done about it, and whether it is wanted."""
    answered = asyncio.Event()
    dialog = Notice(text, translate(_("Close"), language), translate(offer, language) if offer else "")
    dialog.finished.connect(lambda _result: answered.set())
    dialog.open()
    try:
        await answered.wait()
        return dialog.taken
    finally:
        dialog.close()


class Notice(QDialog):
    """A sentence and a button that ends it; Enter and Esc do too."""

    def __init__(self, text: str, close: str, offer: str = "") -> None:
        super().__init__()
        self.taken = False
        self.offer = QPushButton(offer)
        self.offer.setVisible(bool(offer))
        self.offer.clicked.connect(self._take)
        self.setWindowTitle("siapp")
        self.sentence = QLabel(text)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.sentence.setMinimumWidth(WIDTH)
        self.button = QPushButton(close)
        self.button.setProperty("look", "primary")
        self.button.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self.offer)
        row.addStretch()
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(16)
        column.addWidget(self.sentence)
        column.addLayout(row)

    def _take(self) -> None:
        self.taken = True
        self.accept()
