"""The first administrator, signing in, asking for an account, signing out, losing one's rights."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from siapp.app import Station
from siapp.core.domain import SYSTEM, AccountStatus, Actor, Role
from siapp.core.i18n import Language
from siapp.ui import waiting as waiting_module
from siapp.ui import window as window_module
from siapp.ui.language import LanguageButton
from siapp.ui.theme import Scheme
from siapp.ui.theme_button import ThemeButton
from siapp.ui.window import MainWindow
from tests.ui.conftest import Open, settle, told, until

NAME, PASSWORD = "ada", "correct horse 9"


async def _make_admin(window: MainWindow) -> None:
    card = window.entrance.first_admin
    card.name.line.setText(NAME)
    for field in (card.password, card.again):
        field.line.setText(PASSWORD)
    card.button.click()
    await settle(window)


async def _sign_in(window: MainWindow, name: str = NAME, password: str = PASSWORD) -> None:
    card = window.entrance.sign_in
    card.name.line.setText(name)
    card.password.line.setText(password)
    QTest.keyClick(card.password.line, Qt.Key.Key_Return)
    await settle(window)


async def test_the_first_start_makes_an_administrator_who_then_signs_in(open_window: Open) -> None:
    window = await open_window()
    assert window.entrance.first_admin.isVisible()
    await _make_admin(window)
    assert window.entrance.sign_in.isVisible() and window.entrance.sign_in.name.text == NAME
    await _sign_in(window)
    assert window.shell.isVisible() and window.desk.actor.role is Role.ADMIN


async def test_passwords_that_differ_or_are_weak_are_told_at_their_field(open_window: Open) -> None:
    window = await open_window()
    card = window.entrance.first_admin
    card.name.line.setText(NAME)
    card.password.line.setText("short")
    card.button.click()
    assert card.again.note == "The two passwords differ."
    card.again.line.setText("short")
    card.button.click()
    await settle(window)
    assert "too easy" in card.password.note and card.isVisible()
    # Two lines: the card grows with them, and nothing is cut off or laid over the field.
    await until(lambda: card.height() >= card.heightForWidth(card.width()))
    assert card.password.line.selectedText(), "what can't be read is typed anew"


async def test_a_wrong_password_is_told_at_the_field(station: Station, open_window: Open) -> None:
    await station.services.accounts.create_first_admin(NAME, PASSWORD)
    window = await open_window()
    await _sign_in(window, password="wrong horse 10")
    card = window.entrance.sign_in
    assert card.isVisible() and card.password.note == "The user name or the password is wrong."
    assert card.password.line.property("wrong") is True


async def _register(window: MainWindow, name: str) -> None:
    card = window.entrance.register
    card.name.line.setText(name)
    for field in (card.password, card.again):
        field.line.setText(PASSWORD)
    card.button.click()
    await settle(window)


async def test_a_new_account_waits_for_review_and_hears_that_it_is_approved(
    station: Station, open_window: Open, admin: Actor
) -> None:
    await station.services.accounts.create_first_admin(NAME, PASSWORD)
    window = await open_window()
    await _register(window, "vera")
    card = window.entrance.waiting
    assert card.isVisible() and card.state.text() == "Waiting" and "“vera”" in card.sentence.text()
    assert not card.button.isVisible() and window.entrance.register.password.text == ""
    vera = await station.services.accounts.find("vera")
    await station.services.accounts.approve(admin, vera.id, Role.OPERATOR)
    assert card.state.text() == "Approved" and card.button.hasFocus()
    card.button.click()
    assert window.entrance.sign_in.isVisible() and window.entrance.sign_in.name.text == "vera"
    await _sign_in(window, "vera")
    assert window.desk.actor.role is Role.OPERATOR


async def test_who_signs_in_before_the_review_is_led_to_where_one_waits(
    station: Station, open_window: Open, admin: Actor
) -> None:
    accounts = station.services.accounts
    await accounts.create_first_admin(NAME, PASSWORD)
    vera = await accounts.register("vera", PASSWORD)
    window = await open_window()
    await _sign_in(window, "vera")
    card = window.entrance.waiting
    assert card.isVisible() and window.entrance.sign_in.password.text == ""
    await accounts.set_status(admin, vera.id, AccountStatus.REJECTED)
    assert card.state.text() == "Rejected" and "talk to an administrator" in card.sentence.text()
    card.back.click()
    await _sign_in(window, "vera")
    assert "rejected this account" in window.entrance.sign_in.notice.text()


async def test_a_waiting_request_looks_by_itself_what_a_command_has_changed(
    station: Station, open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`siapp user status` can't publish on this program's bus."""
    monkeypatch.setattr(waiting_module, "LOOK_MS", 30)
    accounts = station.services.accounts
    await accounts.create_first_admin(NAME, PASSWORD)
    window = await open_window()
    await _register(window, "vera")
    monkeypatch.setattr(station.services.bus, "publish", lambda _event: None)
    vera = await accounts.find("vera")
    await accounts.set_status(SYSTEM, vera.id, AccountStatus.APPROVED)
    await until(lambda: window.entrance.waiting.state.text() == "Approved")
    await accounts.delete(SYSTEM, vera.id)
    await until(lambda: window.entrance.waiting.state.text() == "Deleted")


async def test_the_last_name_is_remembered_and_only_the_name(station: Station, open_window: Open) -> None:
    await station.services.accounts.create_first_admin(NAME, PASSWORD)
    window = await open_window()
    await _sign_in(window)
    assert window.desk.memory.text("username") == NAME
    window.shell.sign_out.emit()
    await settle(window)
    window.entrance.sign_in.name.line.clear()
    window.entrance.start()
    await settle(window)
    assert window.entrance.sign_in.name.text == NAME and window.entrance.sign_in.password.text == ""
    assert window.entrance.sign_in.password.line.hasFocus()


async def test_a_new_password_is_judged_in_words_while_it_is_typed(open_window: Open) -> None:
    window = await open_window()
    card = window.entrance.first_admin
    card.name.line.setText(NAME)
    judged: list[str] = []
    for password in ("ada", "horse-12", "horse-12-stap", "correct horse 9 battery"):
        card.password.line.clear()
        QTest.keyClicks(card.password.line, password)
        judged.append(card.password.note)
    assert judged[0].startswith("At least 8") and judged[1].startswith("Will do")
    assert judged[2:] == ["A good password.", "A strong password."]
    window.desk.words.switch(Language.CHINESE)
    assert card.password.note == "密码强度很高。"


async def test_caps_lock_is_told_at_the_password(station: Station, open_window: Open) -> None:
    await station.services.accounts.create_first_admin(NAME, PASSWORD)
    window = await open_window()
    line = window.entrance.sign_in.password.line
    QTest.sendKeyEvent(QTest.KeyAction.Click, line, Qt.Key.Key_A, "A", Qt.KeyboardModifier.ShiftModifier)
    assert window.entrance.sign_in.password.note == ""
    QTest.sendKeyEvent(QTest.KeyAction.Click, line, Qt.Key.Key_A, "A", Qt.KeyboardModifier.NoModifier)
    assert window.entrance.sign_in.password.note == "Caps Lock is on."
    QTest.keyClick(line, Qt.Key.Key_CapsLock)
    assert window.entrance.sign_in.password.note == ""


async def test_language_and_theme_are_switched_before_anybody_signs_in(open_window: Open) -> None:
    window = await open_window()
    (switch,) = window.entrance.findChildren(ThemeButton)
    switch.click()
    assert window.desk.looks.scheme is Scheme.LIGHT
    switch.click()
    (language,) = window.entrance.findChildren(LanguageButton)
    language.click()
    assert window.entrance.first_admin.button.text() == "创建管理员"


async def test_signing_out_leads_back_and_ends_the_session(station: Station, open_window: Open) -> None:
    await station.services.accounts.create_first_admin(NAME, PASSWORD)
    window = await open_window()
    await _sign_in(window)
    window.shell.sign_out.emit()
    await settle(window)
    assert window.entrance.sign_in.isVisible() and not window.desk.session.signed_in
    assert window.entrance.sign_in.password.text == ""


async def test_a_person_who_is_disabled_is_out_at_once(station: Station, open_window: Open) -> None:
    accounts = station.services.accounts
    admin = await accounts.create_first_admin(NAME, PASSWORD)
    user = await accounts.add_user("vera", PASSWORD, Role.OPERATOR)
    window = await open_window()
    await _sign_in(window, "vera")
    assert window.shell.devices.primary.isVisibleTo(window.shell.devices.header)
    await accounts.set_status(Actor(admin.id, NAME, Role.ADMIN), user.id, AccountStatus.DISABLED)
    assert window.entrance.sign_in.isVisible()
    assert "Your session has ended" in window.entrance.sign_in.notice.text()


async def test_what_another_process_changes_counts_at_the_desk_too(
    station: Station, open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`siapp user role` and `siapp user status` can't publish on this program's bus."""
    monkeypatch.setattr(window_module, "LOOK_AGAIN_MS", 50)
    accounts = station.services.accounts
    await accounts.create_first_admin(NAME, PASSWORD)
    user = await accounts.add_user("vera", PASSWORD, Role.OPERATOR)
    window = await open_window()
    await _sign_in(window, "vera")
    monkeypatch.setattr(station.services.bus, "publish", lambda _event: None)
    await accounts.set_role(SYSTEM, user.id, Role.VIEWER)
    await until(lambda: window.desk.actor.role is Role.VIEWER)
    await accounts.set_status(SYSTEM, user.id, AccountStatus.DISABLED)
    await until(lambda: window.entrance.sign_in.isVisible())
    assert "Your session has ended" in window.entrance.sign_in.notice.text()


async def test_a_viewer_sees_no_buttons_that_would_be_refused(open_window: Open, viewer: Actor) -> None:
    window = await open_window(viewer)
    for page in (window.shell.devices, window.shell.algorithms, window.shell.tasks):
        window.shell.open(page)
        assert not page.primary.isVisible() and not page.empty.button.isVisible()
    assert not window.shell.tasks.start_button.isVisible()


async def test_nothing_is_told_twice_and_toasts_are_few(open_window: Open, admin: Actor) -> None:
    window = await open_window(admin)
    for number in (1, 1, 2, 3, 4, 5):
        window.desk.done("{number}", number=number)
    await until(lambda: told(window) == ["2", "3", "4", "5"])
