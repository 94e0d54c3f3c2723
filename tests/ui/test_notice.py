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


async def test_what_can_be_done_about_it_is_offered_and_the_answer_is_known(qapp: QApplication) -> None:
    asking = asyncio.create_task(tell("The port is taken.", Language.ENGLISH, offer="Put it back and start again"))
    await until(lambda: _shown(qapp))
    notice = _shown(qapp)
    assert notice is not None and notice.offer.text() == "Put it back and start again"
    notice.offer.click()
    assert await asyncio.wait_for(asking, 5) is True
