"""A start that fails is said in a window."""

import asyncio

from PySide6.QtWidgets import QApplication, QMessageBox

from siapp.core.i18n import Language
from siapp.ui.notice import tell
from tests.ui.conftest import until


async def test_the_reason_is_shown_until_it_is_answered(qapp: QApplication) -> None:
    telling = asyncio.create_task(tell("Port 8000 is taken.", Language.CHINESE))
    await until(lambda: isinstance(qapp.activeModalWidget(), QMessageBox))
    box = qapp.activeModalWidget()
    assert isinstance(box, QMessageBox)
    assert box.text() == "Port 8000 is taken."
    assert [button.text() for button in box.buttons()] == ["关闭"]
    assert not telling.done()
    box.buttons()[0].click()
    await asyncio.wait_for(telling, 5)
