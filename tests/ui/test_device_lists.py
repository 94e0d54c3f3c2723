"""Many cameras at once: cloned, deleted, written to a file and read from one; and what the keys do."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from siapp.app import Station
from siapp.core.domain import Actor, DeviceState, Problem
from siapp.core.i18n import Language
from siapp.core.services.camera_lists import Fate
from siapp.core.specs import DeviceReport
from siapp.ui.pages.camera_import import ImportSheet
from siapp.ui.pages.clone_sheet import CloneSheet
from siapp.ui.pages.devices import DevicesPage
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.window import MainWindow
from tests.ui.conftest import URL, Jobs, Open, Stock, dialog, settle, told, until


async def _page(window: MainWindow) -> DevicesPage:
    window.shell.open(window.shell.devices)
    await settle(window)
    return window.shell.devices


def _names(window: MainWindow) -> list[str]:
    return [device.name for device in window.desk.stores.devices.all()]


def _a_list(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "cameras.csv"
    path.write_text("\n".join(["name,address", *lines]), encoding="utf-8")
    return path


async def _imported(window: MainWindow, path: Path) -> ImportSheet:
    page = await _page(window)
    page.import_from(path)
    await settle(window)
    assert isinstance(page.sheet, ImportSheet)
    return page.sheet


# ---- clone -----------------------------------------------------------------------------------------------


async def test_a_clone_is_made_by_two_keys_and_keeps_the_password(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    window = await open_window(operator)
    page = await _page(window)
    page.table.selectRow(0)
    QTest.keyClick(page, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    sheet = page.sheet
    assert isinstance(sheet, CloneSheet)
    assert sheet.name.text == "Gate 3 (2)" == sheet.name.line.selectedText()
    QTest.keyClick(sheet.name.line, Qt.Key.Key_Return)
    await settle(window)
    assert _names(window) == ["Gate 3", "Gate 3 (2)"] and told(window) == ["The camera “Gate 3 (2)” is saved."]
    (clone,) = page.table.selected()
    assert clone.name == "Gate 3 (2)" and (await station.services.devices.source(clone.id)).url == URL


async def test_a_clone_under_a_name_that_is_taken_is_told_at_the_name(
    open_window: Open, stock: Stock, operator: Actor
) -> None:
    window = await open_window(operator)
    page = await _page(window)
    page.clone(stock.device)
    sheet = page.sheet
    assert isinstance(sheet, CloneSheet)
    for name, said in (("gate 3", "is taken"), (" ", "Please give a name.")):
        sheet.name.line.setText(name)
        sheet.save()
        await settle(window)
        assert said in sheet.name.note
    assert _names(window) == ["Gate 3"]


# ---- delete ----------------------------------------------------------------------------------------------


async def test_a_camera_in_use_is_not_asked_about_and_names_its_tasks(
    open_window: Open, stock: Stock, operator: Actor
) -> None:
    window = await open_window(operator)
    (await _page(window)).ask_delete([stock.device])
    assert told(window) == ["Tasks use the camera “Gate 3”: Gate people. Delete them first."]
    await settle(window)
    assert not [each for each in window.findChildren(Confirm) if each.isVisible()]


async def test_of_several_those_in_use_stay_and_are_named_before(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    for name in ("Yard", "Roof"):
        await station.services.devices.add(operator, name, URL)
    window = await open_window(operator)
    page = await _page(window)
    page.table.selectAll()
    page.ask_delete(page.table.selected())
    question = dialog(window)
    assert isinstance(question, Confirm) and question.windowTitle() == "Delete 2 cameras?"
    text = "\n".join(part.text() for part in question.findChildren(type(page.empty._sentence)))
    assert "Yard\nRoof" in text and "tasks use them:\nGate 3: Gate people" in text
    question.yes.click()
    await settle(window)
    assert _names(window) == ["Gate 3"] and told(window) == ["Cameras deleted: 2."]


async def test_what_is_refused_after_all_is_told_and_the_others_go(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    yard = await station.services.devices.add(operator, "Yard", URL)
    window = await open_window(operator)
    (await _page(window))._delete([stock.device, yard])  # as where a task was made while the question was open
    await settle(window)
    assert _names(window) == ["Gate 3"]
    assert told(window) == ["Cameras deleted: 1.", "Tasks use this camera: Gate people. Delete them first."]


# ---- export ----------------------------------------------------------------------------------------------


async def test_the_list_is_written_without_passwords_and_that_is_said(
    open_window: Open, stock: Stock, viewer: Actor, tmp_path: Path
) -> None:
    window = await open_window(viewer)
    (await _page(window)).export_to(tmp_path / "out.csv")
    await settle(window)
    assert told(window) == ["“out.csv” is written, without user names and passwords. Cameras in it: 1."]
    text = (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    assert text.splitlines() == ["name,address,state", "Gate 3,rtsp://***:***@192.168.1.20/live,idle"]


async def test_a_place_that_can_not_be_written_is_told(
    open_window: Open, stock: Stock, operator: Actor, tmp_path: Path
) -> None:
    window = await open_window(operator)
    (await _page(window)).export_to(tmp_path / "missing" / "out.csv")
    await settle(window)
    assert len(told(window)) == 1 and "“out.csv” can't be written" in told(window)[0]


# ---- import ----------------------------------------------------------------------------------------------


async def test_a_list_is_looked_at_first_and_then_added(
    open_window: Open, stock: Stock, operator: Actor, station: Station, tmp_path: Path
) -> None:
    window = await open_window(operator)
    path = _a_list(tmp_path, f"Yard,{URL}", "gate 3,rtsp://192.168.1.21/1", "Roof,ftp://h/1", f"东门,{URL}")
    sheet = await _imported(window, path)
    assert sheet.sentence.text() == "Can be added: 2. Can't: 2; the table says why."
    model = sheet.table.model()
    rows = [[model.index(row, column).data() for column in (1, 2)] for row in range(model.rowCount())]
    assert rows == [  # what somebody has to see to comes first
        ["Name taken", "gate 3"],
        ["Wrong address", "Roof"],
        ["Will be added", "Yard"],
        ["Will be added", "东门"],
    ]
    assert _names(window) == ["Gate 3"], "so far only looked at"
    sheet.add_button.click()
    await settle(window)
    assert _names(window) == ["Gate 3", "Yard", "东门"]
    assert told(window) == ["Cameras added: 2."] and sheet.sentence.text() == "Cameras added: 2."
    assert [row.fate for row in sheet._rows] == [Fate.ADDED, Fate.NAME_TAKEN, Fate.BAD_ADDRESS, Fate.ADDED]
    assert not sheet.add_button.isEnabled()
    yard = next(device for device in window.desk.stores.devices.all() if device.name == "Yard")
    assert (await station.services.devices.source(yard.id)).url == URL


async def test_what_fails_after_the_look_is_told_and_the_others_are_added(
    open_window: Open, jobs: Jobs, operator: Actor, station: Station, tmp_path: Path
) -> None:
    window = await open_window(operator)
    sheet = await _imported(window, _a_list(tmp_path, f"Yard,{URL}", f"Roof,{URL}"))
    await station.services.devices.add(operator, "yard", URL)
    sheet.add_button.click()
    await settle(window)
    assert _names(window) == ["yard", "Roof"]
    assert told(window) == ["Cameras added: 1. Not added: 1; the table says why."]


async def test_an_import_is_cancelled_by_its_button_and_what_is_there_stays(
    open_window: Open, jobs: Jobs, operator: Actor, tmp_path: Path
) -> None:
    window = await open_window(operator)
    sheet = await _imported(window, _a_list(tmp_path, *(f"camera {n},{URL}" for n in range(200))))
    sheet.add_button.click()
    await until(lambda: sheet._added)
    assert sheet.add_button.busy and 0 < (sheet.add_button.fraction or 0) < 1
    sheet.add_button.click()
    await settle(window)
    assert told(window) == [f"The import was cancelled. Cameras added before, which stay: {sheet._added}."]
    assert 0 < len(_names(window)) < 200 and sheet.add_button.isEnabled()


async def test_a_sheet_that_is_closed_ends_its_import(
    open_window: Open, jobs: Jobs, operator: Actor, tmp_path: Path
) -> None:
    window = await open_window(operator)
    sheet = await _imported(window, _a_list(tmp_path, *(f"camera {n},{URL}" for n in range(200))))
    sheet.add_button.click()
    await until(lambda: sheet._added)
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    await settle(window)
    assert 0 < len(_names(window)) < 200 and told(window)[0].startswith("The import was cancelled.")


async def test_a_file_that_is_no_list_is_refused_in_words_and_nothing_can_be_added(
    open_window: Open, jobs: Jobs, operator: Actor, tmp_path: Path
) -> None:
    window = await open_window(operator)
    path = tmp_path / "cameras.csv"
    for content, said in (
        (b"\x89PNG\r\n\x1a\n\0\0", "This file is no text."),
        (b"x" * (10 << 20), "The file is larger than 1024 kB."),
        (b"camera,where\nYard,x\n", "The first line must name the columns"),
        (b"name,address\n", "There are no cameras in this file"),
    ):
        path.write_bytes(content)
        sheet = await _imported(window, path)
        assert said in sheet.sentence.text() and sheet.sentence.property("look") == "error"
        assert not sheet.add_button.isEnabled()
    sheet.read(_a_list(tmp_path, f"Yard,{URL}"))
    await settle(window)
    assert sheet.sentence.text() == "Can be added: 1." and sheet.add_button.isEnabled()
    window.desk.words.switch(Language.CHINESE)
    assert sheet.sentence.text() == "可添加 1 台。"


async def test_a_list_of_which_nothing_can_be_added_says_so(
    open_window: Open, stock: Stock, operator: Actor, tmp_path: Path
) -> None:
    window = await open_window(operator)
    sheet = await _imported(window, _a_list(tmp_path, f"Gate 3,{URL}"))
    assert sheet.sentence.text() == "None of these cameras can be added. The table says why."
    assert not sheet.add_button.isEnabled()


async def test_a_list_that_is_dropped_on_the_page_is_looked_at(
    open_window: Open, jobs: Jobs, operator: Actor, tmp_path: Path
) -> None:
    window = await open_window(operator)
    page = await _page(window)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(_a_list(tmp_path, f"Yard,{URL}")))])
    action, button, key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), action, data, button, key)
    page.dragEnterEvent(enter)
    assert enter.isAccepted() and page._hint.isVisible()
    page.dropEvent(QDropEvent(QPointF(9, 9), action, data, button, key))
    await settle(window)
    assert isinstance(page.sheet, ImportSheet) and page.sheet.sentence.text() == "Can be added: 1."
    assert not page._hint.isVisible()


async def test_files_are_asked_for_without_holding_anything_up(
    open_window: Open, stock: Stock, operator: Actor, tmp_path: Path
) -> None:
    window = await open_window(operator)
    page = await _page(window)
    page.export_button.click()
    (asked,) = window.findChildren(QFileDialog)
    assert asked.defaultSuffix() == "csv" and asked.selectedFiles()[0].endswith(".csv")
    asked.fileSelected.emit(str(tmp_path / "out.csv"))
    asked.close()
    await settle(window)
    assert (tmp_path / "out.csv").exists()
    page.import_button.click()
    asked = next(each for each in window.findChildren(QFileDialog) if each.isVisible())
    asked.fileSelected.emit(str(tmp_path / "out.csv"))
    asked.close()
    await settle(window)
    assert isinstance(page.sheet, ImportSheet) and page.sheet._rows[0].fate is Fate.NAME_TAKEN


# ---- the page --------------------------------------------------------------------------------------------


async def test_a_viewer_is_offered_what_only_looks(open_window: Open, stock: Stock, viewer: Actor) -> None:
    window = await open_window(viewer)
    page = await _page(window)
    shown = [made.text() for made, *_rest in page._actions if made.isVisible()]
    assert shown == ["Preview"] and page.export_button.isVisible()
    assert not page.import_button.isVisible() and not page.primary.isVisible()


async def test_trying_now_is_offered_for_cameras_that_are_away(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    window = await open_window(operator)
    page = await _page(window)
    page.table.selectRow(0)
    (retry,) = [made for made, *_rest in page._actions if made.text() == "Try now"]
    assert not retry.isEnabled()
    away = Problem("timeout", "The camera does not answer.")
    await station.services.devices.on_report(DeviceReport(stock.device.id, DeviceState.OFFLINE, away))
    assert retry.isEnabled()
    QTest.keyClick(page, Qt.Key.Key_F5)
    await settle(window)
    assert told(window) == ["The camera “Gate 3” is tried now."]


async def test_an_address_is_found_by_the_search_though_it_is_the_second_line(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    await station.services.devices.add(operator, "Yard", "http://10.0.0.7/video")
    window = await open_window(operator)
    page = await _page(window)
    page.search.setText("10.0.0")
    model = page.table.model()
    assert [model.index(row, 2).data() for row in range(model.rowCount())] == ["Yard"]


async def test_the_table_says_who_uses_a_camera_as_that_changes(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    window = await open_window(operator)
    page = await _page(window)
    cell = page.table.model().index(0, 3)
    assert cell.data() == "Gate people"
    await station.services.tasks.delete(operator, stock.task.id)
    await settle(window)
    assert cell.data() == "–"
