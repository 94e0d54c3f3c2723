"""Every action by its name and its keys, and the palette that finds them."""

from collections import Counter

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from siapp.core.domain import Actor, Role
from siapp.core.i18n import Language
from siapp.ui.commands import Command
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.window import MainWindow
from tests.ui.conftest import Open, Stock, dialog, settle


def _offered(window: MainWindow) -> list[str]:
    return window.shell.palette_._found.texts


def _type(window: MainWindow, text: str) -> None:
    QTest.keyClicks(window.shell.palette_.line, text)


async def test_every_command_has_keys_and_none_shares_them_where_both_work(open_window: Open, admin: Actor) -> None:
    window = await open_window(admin)
    commands = window.desk.commands.all()
    assert [command.message for command in commands if not command.keys] == []
    everywhere = [command for command in commands if command.page is None]
    for page in window.shell.pages():
        here = everywhere + [command for command in commands if command.page is page]
        shared = Counter(QKeySequence(command.keys).toString() for command in here)
        assert [keys for keys, count in shared.items() if count > 1] == [], page.title


async def test_keys_open_the_pages(open_window: Open, admin: Actor) -> None:
    window = await open_window(admin)
    for number, page in enumerate(window.shell.pages(), start=1):
        QTest.keySequence(window, QKeySequence(f"Ctrl+{number}"))
        assert window.shell.page is page


async def test_the_palette_finds_an_action_of_another_page_and_does_it(open_window: Open, operator: Actor) -> None:
    window = await open_window(operator)
    QTest.keySequence(window, QKeySequence("Ctrl+K"))
    palette = window.shell.palette_
    assert palette.isVisible() and palette.line.hasFocus()
    _type(window, "camera add")
    assert _offered(window)[0] == "Devices › Add camera"
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.shell.page is window.shell.devices and window.shell.devices.sheet is not None


async def test_english_words_find_actions_in_a_chinese_window_too(open_window: Open, operator: Actor) -> None:
    window = await open_window(operator, Language.CHINESE)
    window.shell.show_palette()
    _type(window, "full screen")
    assert _offered(window) == ["全屏"]


async def test_what_makes_no_sense_now_is_grey_and_passed_over(
    open_window: Open, stock: Stock, operator: Actor
) -> None:
    window = await open_window(operator)
    window.shell.open(window.shell.tasks)
    window.shell.show_palette()
    _type(window, "stop")
    palette = window.shell.palette_
    place = _offered(window).index("Stop")
    assert not palette._found.flags(palette._found.index(place)) & Qt.ItemFlag.ItemIsEnabled
    assert palette.list.currentIndex().row() != place


async def test_a_viewer_is_offered_nothing_that_would_be_refused(
    open_window: Open, stock: Stock, viewer: Actor
) -> None:
    window = await open_window(viewer)
    window.shell.show_palette()
    offered = _offered(window)
    assert "Devices" in offered
    assert not [text for text in offered if "Delete" in text or "Add camera" in text or text in ("Users", "Audit")]


async def test_keys_of_a_page_sleep_while_another_is_shown(open_window: Open, stock: Stock, operator: Actor) -> None:
    window = await open_window(operator)
    window.shell.tasks.table.selectRow(0)
    QTest.keySequence(window, QKeySequence("Del"))
    assert not window.findChildren(Confirm)
    window.shell.open(window.shell.tasks)
    QTest.keySequence(window, QKeySequence("Del"))
    assert "Gate people" in dialog(window).windowTitle()


async def test_keys_do_nothing_at_the_entrance(open_window: Open, admin: Actor) -> None:
    window = await open_window()
    QTest.keySequence(window, QKeySequence("Ctrl+K"))
    assert not window.shell.palette_.isVisible()


async def test_escape_and_a_click_beside_it_close_the_palette(open_window: Open, viewer: Actor) -> None:
    window = await open_window(viewer)
    palette = window.shell.palette_
    window.shell.show_palette()
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    window.shell.show_palette()
    QTest.mouseClick(palette, Qt.MouseButton.LeftButton, pos=palette.rect().bottomLeft())
    assert not palette.isVisible()


async def test_a_command_that_is_not_allowed_is_not_run(open_window: Open, viewer: Actor) -> None:
    window = await open_window(viewer)
    done: list[str] = []
    command = Command("Nothing", lambda: done.append("x"), role=Role.ADMIN)
    window.desk.commands.run(command)
    assert done == []


async def test_a_page_with_rows_takes_the_keyboard_when_it_opens_and_when_its_sheet_closes(
    open_window: Open, stock: Stock, operator: Actor
) -> None:
    window = await open_window(operator)
    page = window.shell.devices
    QTest.keySequence(window, QKeySequence("Ctrl+2"))
    await settle(window)
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Down)
    assert [device.name for device in page.table.selected()] == [stock.device.name]
    page.clone(stock.device)
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Escape)
    assert page.sheet is None and page.table.hasFocus()
    await settle(window)


async def test_escape_empties_the_search_first_and_down_leads_to_what_was_found(
    open_window: Open, stock: Stock, operator: Actor
) -> None:
    window = await open_window(operator)
    page = window.shell.devices
    window.shell.open(page)
    page.clone(stock.device)
    await settle(window)
    QTest.keySequence(window, QKeySequence("Ctrl+F"))
    QTest.keyClicks(page.search, "gate")
    QTest.keyClick(page.search, Qt.Key.Key_Escape)
    assert page.search.text() == "" and page.sheet is not None
    QTest.keyClick(page.search, Qt.Key.Key_Escape)
    assert page.sheet is None
    QTest.keyClick(page.search, Qt.Key.Key_Down)
    assert page.table.hasFocus()
    await settle(window)


async def test_a_hasty_enter_leaves_the_notices_and_their_keys_close_them(open_window: Open, viewer: Actor) -> None:
    window = await open_window(viewer)
    window.desk.done("Told.")
    QTest.keySequence(window, QKeySequence("Ctrl+B"))
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Return)
    assert len(window.desk.notices.all()) == 1 and window.shell.notices.isVisible()
    QTest.keySequence(window, QKeySequence("Ctrl+B"))
    assert not window.shell.notices.isVisible()


async def test_the_palette_names_each_action_once_and_says_when_nothing_fits(open_window: Open, admin: Actor) -> None:
    window = await open_window(admin)
    palette = window.shell.palette_
    window.shell.show_palette()
    texts = _offered(window)
    assert [text for text, times in Counter(texts).items() if times > 1] == [] and "Settings" in texts
    _type(window, "zzz")
    assert palette.nothing.isVisible() and not palette.list.isVisible()
    palette.line.clear()
    assert palette.list.isVisible() and not palette.nothing.isVisible()
