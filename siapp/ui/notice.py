"""What keeps the program from starting, said in a window: somebody who clicked an icon sees no terminal."""

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from siapp.core.i18n import Language, _, translate

WIDTH = 440


async def tell(text: str, language: Language) -> None:
    """Show a sentence until it is answered."""
    answered = asyncio.Event()
    dialog = Notice(text, translate(_("Close"), language))
    dialog.finished.connect(lambda _result: answered.set())
    dialog.open()
    try:
        await answered.wait()
    finally:
        dialog.close()


class Notice(QDialog):
    """A sentence and a button that ends it; Enter and Esc do too."""

    def __init__(self, text: str, close: str) -> None:
        super().__init__()
        self.setWindowTitle("siapp")
        self.sentence = QLabel(text)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.sentence.setMinimumWidth(WIDTH)
        self.button = QPushButton(close)
        self.button.setProperty("look", "primary")
        self.button.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(16)
        column.addWidget(self.sentence)
        column.addLayout(row)
