"""The first administrator, signing in, asking for an account, signing out, losing one's rights."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from siapp.app import Station
from siapp.core.domain import SYSTEM, AccountStatus, Actor, Role
from siapp.ui import window as window_module
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


async def test_a_new_account_waits_for_review(station: Station, open_window: Open) -> None:
    await station.services.accounts.create_first_admin(NAME, PASSWORD)
    window = await open_window()
    card = window.entrance.register
    card.name.line.setText("vera")
    for field in (card.password, card.again):
        field.line.setText(PASSWORD)
    card.button.click()
    await settle(window)
    assert "waiting for review" in window.entrance.sign_in.notice.text()
    await _sign_in(window, "vera")
    assert "still has to approve" in window.entrance.sign_in.notice.text()


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
