"""The page of cameras, clicked through."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from siapp.app import Station
from siapp.core.domain import Actor, DeviceState, Problem
from siapp.core.specs import DeviceReport, JobKind
from siapp.core.workers.engine import JobFailed
from siapp.ui.pages.device_sheet import DeviceSheet
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.widgets.table import SECOND_ROLE
from siapp.ui.window import MainWindow
from tests.ui.conftest import URL, Jobs, Open, Stock, dialog, settle, told

REFUSED = JobFailed(Problem("auth_failed", "The camera refuses the user name or the password. Check both."))


def _cells(window: MainWindow, row: int = 0) -> dict[str, str]:
    """By the columns' titles; the lines below the first are under "below"."""
    model = window.shell.devices.table.model()
    cells = {}
    for column in range(model.columnCount()):
        title = model.headerData(column, Qt.Orientation.Horizontal)
        cells[title] = model.index(row, column).data()
        cells[f"below {title}"] = model.index(row, column).data(SECOND_ROLE)
    return cells


def _open_sheet(window: MainWindow, name: str, url: str = URL) -> DeviceSheet:
    page = window.shell.devices
    window.shell.open(page)
    page.primary.click()
    sheet = page.sheet
    assert isinstance(sheet, DeviceSheet)
    sheet.name.line.setText(name)
    sheet.address.line.setText(url)
    return sheet


async def test_a_camera_is_checked_saved_and_in_the_table(open_window: Open, jobs: Jobs, operator: Actor) -> None:
    window = await open_window(operator)
    sheet = _open_sheet(window, "Gate 3")
    assert sheet.name.line.hasFocus(), "typing begins at once"
    QTest.keyClick(sheet.name.line, Qt.Key.Key_Return)
    await settle(window)
    assert [kind for kind, _params in jobs.asked] == [JobKind.PROBE]
    cells = _cells(window)
    assert (cells["State"], cells["Camera"]) == ("Not in use", "Gate 3")
    assert cells["below Camera"] == "rtsp://***:***@192.168.1.20/live"
    assert window.shell.devices.sheet is None and told(window) == ["The camera “Gate 3” is saved."]


async def test_a_check_says_what_the_camera_sends(open_window: Open, jobs: Jobs, operator: Actor) -> None:
    window = await open_window(operator)
    sheet = _open_sheet(window, "Gate 3")
    sheet.check_button.click()
    assert sheet.check_button.busy and sheet.check_button.text() == "Checking … Cancel"
    await settle(window)
    assert not sheet.check_button.busy
    assert sheet.panel.facts.text() == "h264 · 1280 × 720 · 25 fps · answered in 0.0 s"


async def test_a_check_can_be_cancelled(open_window: Open, jobs: Jobs, operator: Actor) -> None:
    jobs.go_on.clear()
    window = await open_window(operator)
    sheet = _open_sheet(window, "Gate 3")
    sheet.check_button.click()
    sheet.check_button.click()
    await settle(window)
    assert not sheet.check_button.busy and sheet.check_button.text() == "Check connection"


async def test_a_camera_that_fails_is_saved_only_when_told_so(open_window: Open, jobs: Jobs, operator: Actor) -> None:
    jobs.answers[JobKind.PROBE] = REFUSED
    window = await open_window(operator)
    sheet = _open_sheet(window, "Gate 3")
    assert not sheet.anyway_button.isVisible()
    sheet.save_button.click()
    await settle(window)
    assert sheet.address.note == "The camera refuses the user name or the password. Check both."
    assert len(window.desk.stores.devices) == 0
    sheet.anyway_button.click()
    await settle(window)
    assert _cells(window)["Camera"] == "Gate 3"


async def test_a_name_twice_and_no_name_are_told_at_the_name(open_window: Open, stock: Stock, operator: Actor) -> None:
    window = await open_window(operator)
    sheet = _open_sheet(window, "gate 3")
    sheet.save_button.click()
    await settle(window)
    assert "is taken" in sheet.name.note
    sheet.name.line.setText("  ")
    sheet.save_button.click()
    assert sheet.name.note == "Please give a name."


async def test_an_address_that_is_none_is_told_at_the_address(open_window: Open, jobs: Jobs, operator: Actor) -> None:
    window = await open_window(operator)
    sheet = _open_sheet(window, "Gate 3", "ftp://192.168.1.20/")
    sheet.save_button.click()
    await settle(window)
    assert "not by “ftp”" in sheet.address.note and not jobs.asked


async def test_editing_keeps_the_password(open_window: Open, stock: Stock, operator: Actor, station: Station) -> None:
    window = await open_window(operator)
    window.shell.open(window.shell.devices)
    window.shell.devices.edit(stock.device)
    sheet = window.shell.devices.sheet
    assert isinstance(sheet, DeviceSheet) and "***" in sheet.address.text
    sheet.name.line.setText("东门")
    sheet.save_button.click()
    await settle(window)
    assert _cells(window)["Camera"] == "东门"
    assert (await station.services.devices.source(stock.device.id)).url == URL


async def test_deleting_asks_and_names_the_loss(
    open_window: Open, jobs: Jobs, operator: Actor, station: Station
) -> None:
    device = await station.services.devices.add(operator, "Gate 3", URL)
    window = await open_window(operator)
    window.shell.open(window.shell.devices)
    window.shell.devices.table.selectRow(0)
    window.shell.devices.table.setFocus()
    QTest.keyClick(window.shell.devices.table, Qt.Key.Key_Delete)
    question = dialog(window)
    assert isinstance(question, Confirm)
    assert question.windowTitle() == "Delete the camera “Gate 3”?" and question.yes.text() == "Delete camera"
    QTest.keyClick(question, Qt.Key.Key_Escape)
    await settle(window)
    assert len(window.desk.stores.devices) == 1
    window.shell.devices.ask_delete([device])
    question = dialog(window)
    assert isinstance(question, Confirm)
    question.yes.click()
    await settle(window)
    assert len(window.desk.stores.devices) == 0 and window.shell.devices.empty.isVisible()


async def test_a_state_that_changes_is_in_the_table_at_once(
    open_window: Open, stock: Stock, viewer: Actor, station: Station
) -> None:
    window = await open_window(viewer)
    problem = Problem("timeout", "The camera does not answer.", (("attempt", 3), ("next_in_s", 4.0)))
    await station.services.devices.on_report(DeviceReport(stock.device.id, DeviceState.RECONNECTING, problem))
    cells = _cells(window)
    said = "The camera does not answer. Attempt 3, next try in 4 s."
    assert (cells["State"], cells["Last problem"]) == ("Reconnecting", said)
    assert cells["below State"].startswith("since ")


async def test_escape_closes_the_sheet(open_window: Open, jobs: Jobs, operator: Actor) -> None:
    window = await open_window(operator)
    sheet = _open_sheet(window, "Gate 3")
    QTest.keyClick(sheet.address.line, Qt.Key.Key_Escape)
    assert window.shell.devices.sheet is None
    QApplication.processEvents()


async def test_escape_on_the_page_closes_the_sheet_though_the_keyboard_is_elsewhere(
    open_window: Open, jobs: Jobs, stock: Stock, operator: Actor
) -> None:
    window = await open_window(operator)
    page = window.shell.devices
    _open_sheet(window, "Gate 3")
    await settle(window)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Escape)
    assert page.sheet is None
    await settle(window)


async def test_a_form_that_somebody_typed_into_is_left_only_after_a_question(
    open_window: Open, jobs: Jobs, operator: Actor
) -> None:
    window = await open_window(operator)
    page, sheet = window.shell.devices, _open_sheet(window, "")
    QTest.keyClicks(sheet.name.line, "Gate 3")
    QTest.keyClick(sheet.name.line, Qt.Key.Key_Escape)
    question = dialog(window)
    assert question.windowTitle() == "Discard what you typed?"
    question.reject()
    assert page.sheet is sheet and sheet.name.text == "Gate 3"
    await settle(window)
    page.add()
    assert page.sheet is sheet
    QTest.mouseClick(_discard(window), Qt.MouseButton.LeftButton)
    assert page.sheet is not sheet and page.sheet is not None


async def test_signing_out_and_quitting_lead_back_to_a_half_filled_form_and_ask(
    open_window: Open, jobs: Jobs, operator: Actor
) -> None:
    window = await open_window(operator)
    sheet = _open_sheet(window, "")
    QTest.keyClicks(sheet.name.line, "Gate 3")
    window.shell.open(window.shell.wall)
    ended: list[bool] = []
    window.closed.connect(lambda: ended.append(True))
    window.shell.sign_out.emit()
    assert window.shell.page is window.shell.devices
    dialog(window).reject()
    await settle(window)
    assert window.desk.session.signed_in and sheet.name.text == "Gate 3"
    window.leave()
    QTest.mouseClick(_discard(window), Qt.MouseButton.LeftButton)
    assert ended == [True]
    await settle(window)


async def test_what_the_program_wrote_into_a_form_is_no_loss(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor
) -> None:
    window = await open_window(operator)
    page = window.shell.devices
    page.edit(stock.device)
    assert isinstance(page.sheet, DeviceSheet)
    QTest.keyClick(page.sheet.name.line, Qt.Key.Key_Escape)
    assert page.sheet is None
    await settle(window)


def _discard(window: MainWindow) -> QPushButton:
    question = dialog(window)
    assert isinstance(question, Confirm)
    return question.yes
