"""A start that fails is said in a window."""

import asyncio

from PySide6.QtWidgets import QApplication

from siapp.core.i18n import Language
from siapp.ui.notice import Notice, tell
from tests.ui.conftest import until


def _shown(qapp: QApplication) -> Notice | None:
    notices = [widget for widget in qapp.topLevelWidgets() if isinstance(widget, Notice) and widget.isVisible()]
    return notices[0] if notices else None


async def test_the_reason_is_shown_until_it_is_answered(qapp: QApplication) -> None:
    telling = asyncio.create_task(tell("Port 8000 is taken.", Language.CHINESE))
    await until(lambda: _shown(qapp))
    notice = _shown(qapp)
    assert notice is not None
    assert (notice.sentence.text(), notice.button.text()) == ("Port 8000 is taken.", "关闭")
    assert not telling.done()
    notice.button.click()
    await asyncio.wait_for(telling, 5)
    assert _shown(qapp) is None
