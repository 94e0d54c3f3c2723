"""Locking the desk, by hand and by itself; and one's own password."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from siapp.app import Station
from siapp.core.domain import SYSTEM, Action, AuditFilter, Outcome, Role, StreamKey, StreamKind
from siapp.core.errors import NotSignedIn
from siapp.ui.lock import AFTER_MINUTES, KEEP_WALL
from siapp.ui.pages.device_sheet import DeviceSheet
from siapp.ui.pages.password_sheet import PasswordSheet
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.window import MainWindow
from tests.ui.conftest import Open, Stock, settle, told, until

PASSWORD = "correct horse 9"


@pytest.fixture
async def window(station: Station, open_window: Open) -> MainWindow:
    """Olga sits at it, with a password."""
    await station.services.accounts.create_first_admin("ada", PASSWORD)
    await station.services.accounts.add_user("olga", PASSWORD, Role.OPERATOR)
    made = await open_window()
    made.desk.session.begin(await station.services.accounts.sign_in("olga", PASSWORD, "window"))
    await settle(made)
    return made


async def _unlock(window: MainWindow, password: str = PASSWORD) -> None:
    card = window.lock.screen.card
    card.password.line.setText(password)
    QTest.keyClick(card.password.line, Qt.Key.Key_Return)
    await settle(window)


async def test_a_lock_keeps_what_was_typed_and_the_same_password_opens_it(window: MainWindow) -> None:
    shell = window.shell
    shell.open(shell.devices)
    shell.devices.primary.click()
    sheet = shell.devices.sheet
    assert isinstance(sheet, DeviceSheet)
    sheet.name.line.setText("Gate 3")
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert window.lock.locked and window.lock.screen.isVisible() and not shell.isVisible()
    assert window.lock.screen.card.password.line.hasFocus()
    assert "olga" in window.lock.screen.card.sentence.text()
    await _unlock(window)
    assert not window.lock.locked and shell.isVisible() and shell.page is shell.devices
    assert shell.devices.sheet is sheet and sheet.name.text == "Gate 3"
    assert window.lock.screen.card.password.text == ""


async def test_no_key_and_no_close_reaches_past_a_lock(window: MainWindow) -> None:
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    window.lock.lock()
    page = window.shell.page
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.shell.page is page and not window.shell.palette_.isVisible()
    window.close()
    window.leave()
    assert window.isVisible() and closed == []
    window.desk.done("Told")
    assert not window.toasts.isVisible(), "what is told is not for whoever stands there"
    await _unlock(window)
    assert [each.text for each in window.desk.notices.all()] == ["Told"]


async def test_a_wrong_password_stays_outside_and_is_in_the_audit(station: Station, window: MainWindow) -> None:
    window.lock.lock()
    await _unlock(window, "wrong horse 10")
    assert window.lock.locked and window.lock.screen.card.password.note == "The password is wrong."
    await _unlock(window)
    wanted = AuditFilter(action=Action.USER_UNLOCK)
    found = await station.services.audit.older(SYSTEM, wanted)
    assert [entry.deed.outcome for entry in found] == [Outcome.DONE, Outcome.REFUSED]


async def test_somebody_else_may_sign_in_at_a_locked_desk(window: MainWindow) -> None:
    other = QWidget()
    other.show()
    window.lock.lock()
    assert not other.isVisible()
    window.lock.screen.card.other.click()
    await settle(window)
    assert window.entrance.sign_in.isVisible() and not window.lock.locked and not window.lock.screen.isVisible()
    assert not other.isVisible(), "nothing of the first person comes back"
    other.deleteLater()


async def test_a_person_who_loses_the_session_while_it_is_locked_is_out(station: Station, window: MainWindow) -> None:
    window.lock.lock()
    await station.services.accounts.delete(SYSTEM, window.desk.actor.user_id)
    assert window.entrance.sign_in.isVisible() and not window.lock.locked
    window.desk.session.begin(await station.services.accounts.sign_in("ada", PASSWORD))
    await settle(window)
    assert window.shell.isVisible() and window.shell.isEnabled()


async def test_windows_beside_it_go_and_come_back(window: MainWindow) -> None:
    other = QWidget()
    other.show()
    window.lock.lock()
    assert not other.isVisible()
    await _unlock(window)
    assert other.isVisible()
    other.close()
    other.deleteLater()


async def test_the_wall_may_stay_visible_and_nothing_of_it_can_be_used(window: MainWindow) -> None:
    window.desk.memory.put(KEEP_WALL, True)
    window.shell.open(window.shell.tasks)
    window.lock.lock()
    assert window.shell.wall.isVisible() and not window.shell.isEnabled()
    card, size = window.lock.screen.card.geometry(), window.size()
    assert card.right() > size.width() - 60 and card.bottom() > size.height() - 80
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.shell.page is window.shell.wall
    await _unlock(window)
    assert window.shell.page is window.shell.tasks and window.shell.isEnabled()


async def test_the_desk_locks_by_itself_when_nobody_has_touched_it(window: MainWindow) -> None:
    idle = window.lock.idle
    idle._touched -= timedelta(hours=9).total_seconds()
    idle.look()
    assert not window.lock.locked, "unless somebody sets it, it never does"
    window.desk.memory.put(AFTER_MINUTES, 15)
    handle = window.windowHandle()
    assert handle is not None
    QTest.mouseMove(handle)
    idle._touched -= 14 * 60
    idle.look()
    assert not window.lock.locked
    idle._touched -= 60
    QTest.keyClick(handle, Qt.Key.Key_A)
    idle.look()
    assert not window.lock.locked, "a key in a window is a person"
    idle._touched -= 15 * 60
    idle.look()
    assert window.lock.locked
    await _unlock(window)
    idle.look()
    assert not window.lock.locked


async def test_a_new_password_needs_the_old_one_and_ends_other_sessions(station: Station, window: MainWindow) -> None:
    accounts = station.services.accounts
    elsewhere = await accounts.sign_in("olga", PASSWORD)
    window.shell.account.password.trigger()
    sheet = window.shell.wall.sheet
    assert isinstance(sheet, PasswordSheet)
    sheet.current.line.setText("wrong horse 10")
    sheet.new.line.setText("better horse 11")
    sheet.save_button.click()
    assert sheet.again.note == "The two passwords differ."
    sheet.again.line.setText("better horse 11")
    sheet.save_button.click()
    await settle(window)
    assert sheet.current.note == "The current password is wrong."
    sheet.current.line.setText(PASSWORD)
    sheet.save_button.click()
    await settle(window)
    assert window.shell.wall.sheet is None and told(window) == [
        "Your password is changed. Everywhere else you are signed out."
    ]
    with pytest.raises(NotSignedIn):
        await accounts.identify(elsewhere.access_token)
    assert window.desk.session.signed_in
    window.lock.lock()
    await _unlock(window, "better horse 11")
    await until(lambda: not window.lock.locked)


async def test_tiles_in_windows_of_their_own_are_covered_and_come_back(
    window: MainWindow, station: Station, stock: Stock
) -> None:
    await until(lambda: window.shell.wall.sources.get(StreamKey(StreamKind.TASK, stock.task.id)))
    source = window.shell.wall.sources.get(StreamKey(StreamKind.TASK, stock.task.id))
    assert source is not None
    windows = window.shell.wall.windows
    windows.open(source)
    own = windows.open_ones[source.key]
    window.lock.lock()
    assert not own.isVisible()
    await _unlock(window)
    assert own.isVisible()
    window.desk.memory.put(KEEP_WALL, True)
    window.lock.lock()
    assert own.isVisible() and not own.isEnabled()
    window.lock.screen.card.other.click()
    await settle(window)
    assert windows.open_ones == {}
    window.desk.session.begin(await station.services.accounts.sign_in("olga", PASSWORD, "window"))
    await until(lambda: list(windows.open_ones) == [source.key])


async def test_nothing_comes_up_over_a_locked_desk(window: MainWindow, station: Station, stock: Stock) -> None:
    await until(lambda: window.shell.wall.sources.get(StreamKey(StreamKind.TASK, stock.task.id)))
    source = window.shell.wall.sources.get(StreamKey(StreamKind.TASK, stock.task.id))
    assert source is not None
    window.shell.wall.windows.open(source)
    own = window.shell.wall.windows.open_ones[source.key]
    window.hide()  # in the tray, where it locks by itself
    assert not own.isVisible()
    window.lock.lock()
    window.bring_up()
    await until(lambda: not own.isVisible())
    question = Confirm(window.desk.words, window, "Sure?", "It is lost.", "Lose it", lambda: None)
    question.open()
    await until(lambda: not question.isVisible())
    assert window.lock.locked and window.lock.screen.isVisible()
    await _unlock(window)
    assert own.isVisible() and own.isEnabled() and question.isVisible()
    question.reject()


async def test_who_is_no_administrator_any_more_is_not_led_back_to_a_page_of_theirs(
    station: Station, window: MainWindow
) -> None:
    services = station.services
    boss = await services.accounts.add_user("bo", PASSWORD, Role.ADMIN)
    window.desk.session.begin(await services.accounts.sign_in("bo", PASSWORD, "window"))
    await settle(window)
    window.shell.open(window.shell.users)
    window.lock.lock()
    await services.accounts.set_role(SYSTEM, boss.id, Role.VIEWER)
    await _unlock(window)
    assert not window.lock.locked and window.shell.page is window.shell.wall
