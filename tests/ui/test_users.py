"""Users: the review queue, roles, passwords, and who must stay."""

import pytest
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel

from siapp.app import Station
from siapp.core.domain import AccountStatus, Actor, Role, User
from siapp.ui.pages.user_sheets import AddUserSheet, ApproveSheet, HandOverSheet, PasswordResetSheet, UserSheet
from siapp.ui.pages.users import UsersPage
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.window import MainWindow
from tests.ui.conftest import Open, dialog, settle, told

PASSWORD = "correct horse 9"


@pytest.fixture
async def window(station: Station, open_window: Open) -> MainWindow:
    """Ada, the only administrator, sits at the page; olga operates, wang and li wait."""
    accounts = station.services.accounts
    await accounts.create_first_admin("ada", PASSWORD)
    await accounts.add_user("olga", PASSWORD, Role.OPERATOR)
    for name in ("wang", "li"):
        await accounts.register(name, PASSWORD)
    made = await open_window()
    made.desk.session.begin(await accounts.sign_in("ada", PASSWORD, "window"))
    await settle(made)
    made.shell.open(made.shell.users)
    await settle(made)
    return made


def _page(window: MainWindow) -> UsersPage:
    return window.shell.users


def _names(page: UsersPage) -> list[str]:
    model = page.table.model()
    return [str(model.index(row, 1).data()) for row in range(model.rowCount())]


def _select(page: UsersPage, *names: str) -> None:
    page.table.clearSelection()
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for name in names:
        index = page.table.model().index(_names(page).index(name), 0)
        page.table.selectionModel().select(index, flags)


def _click(page: UsersPage, text: str) -> None:
    button = next(made for made, *_rest in page._actions if made.text() == text)
    assert button.isEnabled(), text
    button.click()


async def _user(station: Station, name: str) -> User:
    return await station.services.accounts.find(name)


async def test_who_waits_stands_at_the_top_and_the_rail_counts_them(window: MainWindow) -> None:
    page = _page(window)
    assert _names(page) == ["li", "wang", "ada (you)", "olga"]
    assert window.shell._buttons[page].count == 2
    assert page.filter.button("waiting").text() == "Waiting  2"
    page.filter.choose("waiting")
    assert _names(page) == ["li", "wang"]
    page.search.setText("wan")
    assert _names(page) == ["wang"]


async def test_several_are_approved_with_a_role_in_one_step(station: Station, window: MainWindow) -> None:
    page = _page(window)
    _select(page, "li", "wang")
    _click(page, "Approve")
    sheet = page.sheet
    assert isinstance(sheet, ApproveSheet)
    sheet.role.box.setCurrentIndex(1)
    assert "manages cameras" in sheet.role.note
    sheet.save_button.click()
    await settle(window)
    for name in ("li", "wang"):
        user = await _user(station, name)
        assert (user.status, user.role) == (AccountStatus.APPROVED, Role.OPERATOR)
    assert page.sheet is None and told(window)[-1] == "“wang” is approved as Operator."
    assert window.shell._buttons[page].count == 0


async def test_a_request_is_rejected_and_that_can_be_taken_back(station: Station, window: MainWindow) -> None:
    page = _page(window)
    _select(page, "wang")
    _click(page, "Reject")
    await settle(window)
    assert (await _user(station, "wang")).status is AccountStatus.REJECTED
    assert told(window) == ["“wang”: Rejected."]
    window.toasts.toasts()[-1].button.click()
    await settle(window)
    assert (await _user(station, "wang")).status is AccountStatus.PENDING


async def test_a_new_request_is_told_wherever_the_administrator_is(station: Station, window: MainWindow) -> None:
    window.shell.open(window.shell.wall)
    await station.services.accounts.register("Zhao Min", PASSWORD)
    await settle(window)
    assert told(window) == ["Zhao Min asks for an account."] and window.desk.notices.open_count == 1
    window.toasts.toasts()[-1].button.click()
    page = _page(window)
    assert window.shell.page is page and isinstance(page.sheet, ApproveSheet)
    page.sheet.reject_button.click()
    await settle(window)
    assert (await _user(station, "Zhao Min")).status is AccountStatus.REJECTED


async def test_a_disabled_user_is_out_and_comes_back_when_enabled(station: Station, window: MainWindow) -> None:
    accounts, page = station.services.accounts, _page(window)
    await accounts.sign_in("olga", PASSWORD)
    page.look()
    await settle(window)
    row = _names(page).index("olga")
    assert page.table.model().index(row, 3).data() == "1"
    _select(page, "olga")
    _click(page, "Disable")
    await settle(window)
    assert (await _user(station, "olga")).status is AccountStatus.DISABLED
    page.look()
    await settle(window)
    assert page.table.model().index(_names(page).index("olga"), 3).data() == "–"
    _select(page, "olga")
    _click(page, "Enable")
    await settle(window)
    assert (await _user(station, "olga")).status is AccountStatus.APPROVED


async def test_the_last_administrator_can_not_be_sent_away_and_the_page_says_why(
    station: Station, window: MainWindow
) -> None:
    page = _page(window)
    for rows in (("ada (you)",), ("ada (you)", "olga")):
        _select(page, *rows)
        for made, *_rest in page._actions:
            if made.text() in ("Disable", "Delete"):
                assert not made.isEnabled() and "last administrator" in made.toolTip()
    _select(page, "ada (you)")
    _click(page, "Edit")
    assert isinstance(page.sheet, UserSheet)
    assert not page.sheet.role.box.isEnabled() and "last administrator" in page.sheet.role.note
    await station.services.accounts.add_user("grace", PASSWORD, Role.ADMIN)
    await settle(window)
    _select(page, "ada (you)")
    made = next(made for made, *_rest in page._actions if made.text() == "Delete")
    assert made.isEnabled() and "last" not in made.toolTip()


async def test_disabling_oneself_asks_first_and_then_leads_out(station: Station, window: MainWindow) -> None:
    await station.services.accounts.add_user("grace", PASSWORD, Role.ADMIN)
    await settle(window)
    page = _page(window)
    _select(page, "ada (you)")
    _click(page, "Disable")
    question = dialog(window)
    assert isinstance(question, Confirm)
    question.yes.click()
    await settle(window)
    assert window.entrance.sign_in.isVisible()


async def test_a_new_role_counts_at_once(station: Station, window: MainWindow) -> None:
    page = _page(window)
    _select(page, "olga")
    _click(page, "Edit")
    sheet = page.sheet
    assert isinstance(sheet, UserSheet)
    sheet.role.box.setCurrentIndex(2)
    sheet.save_button.click()
    await settle(window)
    assert (await _user(station, "olga")).role is Role.ADMIN
    assert told(window) == ["“olga” is Administrator now."]


async def test_a_lost_password_is_replaced_and_shown_once(station: Station, window: MainWindow) -> None:
    page = _page(window)
    page.edit(await _user(station, "olga"))
    assert isinstance(page.sheet, UserSheet)
    page.sheet.reset_button.click()
    sheet = page.sheet
    assert isinstance(sheet, PasswordResetSheet)
    sheet.password.line.setText("short")
    sheet.save_button.click()
    await settle(window)
    assert "too easy" in sheet.password.note
    sheet.password.generate()
    password = sheet.password.text
    sheet.save_button.click()
    await settle(window)
    shown = page.sheet
    assert isinstance(shown, HandOverSheet) and shown.password.text == password
    shown.copy_button.click()
    assert QGuiApplication.clipboard().text() == password
    shown.done_button.click()
    assert page.sheet is None
    await station.services.accounts.sign_in("olga", password)


async def test_a_user_is_added_with_a_generated_password(station: Station, window: MainWindow) -> None:
    page = _page(window)
    page.primary.click()
    sheet = page.sheet
    assert isinstance(sheet, AddUserSheet)
    sheet.name.line.setText("olga")
    sheet.save_button.click()
    await settle(window)
    assert "olga" in sheet.name.note and page.sheet is sheet
    sheet.name.line.setText("Zhao")
    sheet.role.box.setCurrentIndex(1)
    password = sheet.password.text
    sheet.save_button.click()
    await settle(window)
    assert isinstance(page.sheet, HandOverSheet)
    assert (await station.services.accounts.sign_in("Zhao", password)).user.role is Role.OPERATOR


async def test_deleting_names_what_is_lost_and_what_stays(station: Station, window: MainWindow) -> None:
    page = _page(window)
    _select(page, "olga", "wang")
    _click(page, "Delete")
    question = dialog(window)
    assert isinstance(question, Confirm) and question.yes.text() == "Delete users"
    said = "\n".join(part.text() for part in question.findChildren(QLabel))
    assert "olga" in said and "wang" in said and "tasks and tests stay" in said
    question.yes.click()
    await settle(window)
    assert _names(page) == ["li", "ada (you)"]


async def test_others_do_not_see_the_page_nor_hear_of_requests(
    station: Station, open_window: Open, operator: Actor
) -> None:
    window = await open_window(operator)
    await station.services.accounts.register("wang", PASSWORD)
    await settle(window)
    assert told(window) == [] and len(window.desk.stores.users) == 0
    assert not window.shell._buttons[window.shell.users].isVisible()
    assert window.findChildren(QDialog) == []
