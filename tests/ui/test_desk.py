"""What the window keeps of what was told, what it remembers, and how it is left."""

import asyncio
import gc
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import shiboken6
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from siapp.app import Station
from siapp.core.domain import Actor, Device, Problem, Role, Severity, TaskState
from siapp.core.events import Notice, UserChanged
from siapp.core.i18n import Language
from siapp.core.page import Page as Window
from siapp.ui.closing import ClosingQuestion
from siapp.ui.icons import icon
from siapp.ui.marks import TASK_MARKS, mark_icon
from siapp.ui.memory import FILE_NAME, Memory, OnClose
from siapp.ui.notices import Offer
from siapp.ui.pages.page import Page
from siapp.ui.store import Store
from siapp.ui.theme import Scheme, theme
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.window import MainWindow
from tests.ui.conftest import SERVER, Open, Stock, dialog, settle, told, until


async def test_what_was_told_is_kept_after_its_toast(open_window: Open, viewer: Actor) -> None:
    window = await open_window(viewer)
    window.desk.tell("The camera “Gate 3” is saved.", Severity.INFO)
    window.toasts.toasts()[0].leave()
    QTest.keySequence(window, QKeySequence("Ctrl+B"))
    assert [entry.sentence.text() for entry in window.shell.notices.entries()] == ["The camera “Gate 3” is saved."]


async def test_good_news_are_not_counted_and_warnings_are_until_they_were_seen(
    open_window: Open, viewer: Actor
) -> None:
    window = await open_window(viewer)
    window.desk.tell("Good.", Severity.INFO)
    window.desk.tell("Bad.", Severity.WARNING)
    assert window.desk.notices.open_count == 1
    window.shell.notices.open()
    window.shell.notices.shut()
    assert window.desk.notices.open_count == 0


async def test_an_alarm_stays_until_somebody_answers_it(open_window: Open, station: Station, viewer: Actor) -> None:
    window = await open_window(viewer)
    station.services.bus.publish(Notice(Severity.ALARM, Problem("disk_full", "The disk is full.")))
    for number in range(6):
        window.desk.tell(f"Good {number}.", Severity.INFO)
    assert "The disk is full." in told(window)
    window.shell.notices.open()
    window.shell.notices.shut()
    assert window.desk.notices.open_count == 1, "looking at the list answers no alarm"
    window.shell.notices.open()
    window.shell.notices.clear_button.click()
    (entry,) = window.shell.notices.entries()
    entry.answer.click()
    assert window.desk.notices.open_count == 0 and "The disk is full." not in told(window)


async def test_an_offer_in_a_toast_is_taken_once(open_window: Open, viewer: Actor) -> None:
    window = await open_window(viewer)
    undone: list[bool] = []
    window.desk.offer(Offer("Undo", lambda: undone.append(True)), "Done")
    window.toasts.toasts()[0].button.click()
    assert undone == [True] and told(window) == []


async def test_notices_are_not_for_the_next_person(open_window: Open, admin: Actor) -> None:
    window = await open_window(admin)
    window.desk.tell("For the first.", Severity.WARNING)
    window.shell.sign_out.emit()
    await settle(window)
    assert window.desk.notices.all() == []


async def test_nothing_of_one_person_is_left_for_the_next(
    open_window: Open, station: Station, admin: Actor, viewer: Actor
) -> None:
    await station.services.accounts.create_first_admin("ada", "correct horse 9")
    window = await open_window(admin)
    lost: list[bool] = []
    question = Confirm(window.desk.words, window, "Sure?", "It is lost.", "Lose it", lambda: lost.append(True))
    question.open()
    window.desk.offer(Offer("Undo", lambda: lost.append(True)), "Done")
    window.desk.tell("An alarm.", Severity.ALARM)
    assert len(window.desk.stores.users) == 1
    window.desk.session._end("")
    assert not question.isVisible() and told(window) == [] and lost == []
    assert len(window.desk.stores.users) == 0
    window.desk.session.adopt(viewer)
    await settle(window)
    assert len(window.desk.stores.users) == 0


async def test_accounts_that_are_read_for_one_person_are_not_there_for_the_next(
    open_window: Open, station: Station, admin: Actor
) -> None:
    await station.services.accounts.create_first_admin("ada", "correct horse 9")
    window = await open_window()
    reading = asyncio.ensure_future(window.desk.stores.load_users(admin))
    await asyncio.sleep(0)
    window.desk.stores.forget_users()
    await reading
    assert len(window.desk.stores.users) == 0


async def test_a_toast_that_has_left_leaves_no_ghost(open_window: Open, viewer: Actor) -> None:
    """A wrapper of what is being destroyed takes the program down when something else comes to lie at its address."""

    def ghosts() -> int:
        gc.collect()
        return sum(type(each) is QWidget and not shiboken6.isValid(each) for each in gc.get_objects())

    window = await open_window(viewer)
    before = ghosts()
    for number in range(3):
        window.desk.done(f"Done {number}")
        window.toasts.toasts()[0].leave()
        await asyncio.sleep(0.01)
    assert told(window) == [] and ghosts() == before


async def test_the_list_is_bounded(open_window: Open, viewer: Actor) -> None:
    window = await open_window(viewer)
    for number in range(300):
        window.desk.notices.tell(str(number))
    assert len(window.desk.notices.all()) == 200 and window.desk.notices.all()[0].text == "299"


async def test_the_theme_switches_at_once_icons_and_marks_included(open_window: Open, viewer: Actor) -> None:
    window = await open_window(viewer)
    glyph, mark = icon("bell"), mark_icon(TASK_MARKS[TaskState.RUNNING])
    dark = glyph.pixmap(32, 32).toImage(), mark.pixmap(24, 24).toImage(), window.grab().toImage()
    window.desk.looks.switch(Scheme.LIGHT)
    assert theme().scheme is Scheme.LIGHT
    light = glyph.pixmap(32, 32).toImage(), mark.pixmap(24, 24).toImage(), window.grab().toImage()
    assert all(before != after for before, after in zip(dark, light, strict=True))
    corner = light[2].pixelColor(4, light[2].height() - 4).name()
    assert corner == theme(Scheme.LIGHT).colours.surface
    window.desk.looks.switch(Scheme.DARK)


async def test_language_theme_and_place_are_remembered(station: Station, viewer: Actor, tmp_path: Path) -> None:
    async def opened() -> MainWindow:
        memory = Memory(tmp_path / FILE_NAME)
        await memory.load()
        window = MainWindow(station.services, SERVER, memory=memory)
        window.show()
        window.begin(viewer)
        await settle(window)
        return window

    window = await opened()
    window.desk.words.switch(Language.CHINESE)
    window.desk.looks.switch(Scheme.LIGHT)
    window.resize(960, 640)
    await window.shut()
    window = await opened()
    assert window.desk.words.language is Language.CHINESE and theme().scheme is Scheme.LIGHT
    # Qt fits a window to the screen, which is small without a display: height tells whether it came back.
    assert abs(window.height() - 640) < 20
    window.desk.looks.switch(Scheme.DARK)
    await window.shut()


async def test_a_damaged_memory_is_none(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    for text in ("", "{", "[1]", '{"theme": "pink", "language": 7, "on_close": [], "lock_after_min": true}'):
        path.write_text(text, encoding="utf-8")
        memory = Memory(path)
        await memory.load()
        assert (memory.scheme, memory.language, memory.on_close) == (Scheme.DARK, None, OnClose.ASK)
        assert memory.whole("lock_after_min", 15) == 15


async def test_memory_is_written_a_moment_after_a_change(tmp_path: Path) -> None:
    memory = Memory(tmp_path / FILE_NAME)
    memory.put("theme", Scheme.LIGHT)
    await until(lambda: (tmp_path / FILE_NAME).exists())
    assert json.loads((tmp_path / FILE_NAME).read_text(encoding="utf-8")) == {"theme": "light"}
    await memory.close()


async def test_closing_while_a_task_runs_asks_and_cancel_keeps_all(
    open_window: Open, station: Station, stock: Stock, operator: Actor
) -> None:
    window = await open_window(operator)
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    await station.services.tasks.start(operator, stock.task.id)
    await asyncio.sleep(0)
    window.close()
    question = dialog(window)
    assert isinstance(question, ClosingQuestion) and window.isVisible()
    question.cancel.click()
    assert not closed and window.isVisible()
    window.close()
    question = dialog(window)
    assert isinstance(question, ClosingQuestion)
    question.remember.setChecked(True)
    question.stop.click()
    assert closed == [True] and window.desk.memory.on_close is OnClose.STOP


async def test_closing_before_anybody_has_signed_in_asks_too(
    open_window: Open, stock: Stock, station: Station, operator: Actor
) -> None:
    await station.services.tasks.start(operator, stock.task.id)
    window = await open_window()
    window.close()
    assert isinstance(dialog(window), ClosingQuestion) and window.isVisible()
    dialog(window).reject()


async def test_what_is_told_while_several_look_at_once_stays() -> None:
    store: Store[Device] = Store()
    old, new = (Device(1, name, "rtsp://camera", datetime.now(UTC)) for name in ("old", "new"))
    answers: list[asyncio.Future[Window[Device]]] = [asyncio.get_running_loop().create_future() for _look in range(2)]
    waiting = list(answers)

    async def page(_limit: int, _offset: int) -> Window[Device]:
        return await waiting.pop(0)

    looks = [asyncio.ensure_future(store.load(page)) for _look in range(2)]
    await asyncio.sleep(0)
    answers[0].set_result(Window((old,), 1))
    await looks[0]
    store.change(new)
    answers[1].set_result(Window((old,), 1))
    await looks[1]
    assert store.get(1) == new


async def test_going_on_in_the_tray_hides_the_window_and_ends_nothing(
    open_window: Open, station: Station, stock: Stock, operator: Actor
) -> None:
    window = await open_window(operator)
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    await station.services.tasks.start(operator, stock.task.id)
    window.close()
    question = dialog(window)
    assert isinstance(question, ClosingQuestion)
    question.go_on.click()
    assert not window.isVisible() and not closed
    window.bring_up()
    assert window.isVisible()


async def test_closing_with_nothing_under_way_just_closes(open_window: Open, stock: Stock, operator: Actor) -> None:
    window = await open_window(operator)
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    window.close()
    assert closed == [True]


async def test_the_tray_says_what_the_tasks_do(
    open_window: Open, station: Station, stock: Stock, operator: Actor
) -> None:
    window = await open_window(operator)
    assert window.tray.status.text() == "0 of 1 tasks running"
    before = window.tray.icon.icon().pixmap(64, 64).toImage()
    await station.services.tasks.start(operator, stock.task.id)
    await until(lambda: window.tray.icon.icon().pixmap(64, 64).toImage() != before)
    window.desk.words.switch(Language.CHINESE)
    assert "任务" in window.tray.icon.toolTip()


async def test_pages_of_administrators_come_and_go_with_the_role(
    open_window: Open, station: Station, admin: Actor
) -> None:
    user = await station.services.accounts.add_user("li", "correct horse 3", Role.VIEWER)
    window = await open_window(admin)
    shell = window.shell
    assert shell._buttons[shell.users].isVisible() and len(window.desk.stores.users) > 0
    shell.open(shell.audit)
    station.services.bus.publish(UserChanged(replace(user, id=admin.user_id, role=Role.OPERATOR)))
    await settle(window)
    assert shell.page is shell.wall
    assert not shell._buttons[shell.users].isVisible() and len(window.desk.stores.users) == 0


async def test_full_screen_leaves_the_page_alone_and_escape_leaves_it(open_window: Open, viewer: Actor) -> None:
    window = await open_window(viewer)
    QTest.keySequence(window, QKeySequence("F11"))
    assert window.isFullScreen() and not window.shell.rail.isVisible() and window.shell.wall.isVisible()
    QTest.keySequence(window, QKeySequence("Esc"))
    assert not window.isFullScreen() and window.shell.rail.isVisible()


async def test_a_count_on_the_rail_is_what_its_page_says(open_window: Open, admin: Actor) -> None:
    window = await open_window(admin)
    window.shell.users.badge.emit(3)
    assert window.shell._buttons[window.shell.users].count == 3


async def test_what_is_opened_and_closed_is_all_gone(open_window: Open, stock: Stock, operator: Actor) -> None:
    """Over a shift each of these is opened some hundred times."""
    window = await open_window(operator)
    shell, words = window.shell, window.desk.words

    async def left(opened: Callable[[], object], page: Page) -> int:
        before = -1
        for _time in range(2):  # what is made once, at the first time, is not counted
            before = len(words._followers)
            shell.open(page)
            opened()
            page.close_sheet()
            await settle(window)
            gc.collect()
        return len(words._followers) - before

    assert await left(shell.wall.open_list, shell.wall) == 0
    assert await left(lambda: shell.devices.check([stock.device]), shell.devices) == 0
    assert await left(lambda: shell.devices.view(stock.device), shell.devices) == 0
    assert await left(lambda: shell.devices.edit(stock.device), shell.devices) == 0
    assert await left(lambda: shell.tasks.open_details(stock.task), shell.tasks) == 0
    assert await left(shell.tests.add, shell.tests) == 0
