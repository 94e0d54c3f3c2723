"""What keeps the program from starting, said in a window: somebody who clicked an icon sees no terminal."""

import asyncio

from PySide6.QtWidgets import QMessageBox

from siapp.core.i18n import Language, _, translate


async def tell(text: str, language: Language) -> None:
    """Show a sentence until it is answered."""
    answered = asyncio.Event()
    box = QMessageBox(QMessageBox.Icon.Warning, "siapp", text)
    box.addButton(translate(_("Close"), language), QMessageBox.ButtonRole.AcceptRole)
    box.finished.connect(answered.set)
    box.open()
    try:
        await answered.wait()
    finally:
        box.close()
        box.deleteLater()
