"""The page of algorithms: upload, progress, refusals in words, activate, delete."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QPushButton, QWidget

from siapp.app import Station
from siapp.core.domain import Actor, Problem, VersionState
from siapp.core.specs import JobKind
from siapp.core.workers.engine import JobFailed
from siapp.ui.commands import Command
from siapp.ui.pages.algorithm_card import AlgorithmCard
from siapp.ui.pages.algorithm_details import DetailsSheet
from siapp.ui.pages.upload_sheet import UploadSheet
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.widgets.drop import weight_file
from siapp.ui.window import MainWindow
from tests.ui.conftest import IMPORTED, Jobs, Open, Stock, dialog, settle, told, until


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "cars.pt"
    path.write_bytes(bytes(3_000_000))
    return path


@pytest.fixture
def large_file(tmp_path: Path) -> Path:
    path = tmp_path / "large.pt"
    path.write_bytes(bytes(40_000_000))
    return path


def _upload(window: MainWindow, path: Path, name: str = "") -> UploadSheet:
    window.shell.open(window.shell.algorithms)
    window.shell.algorithms.add([path])
    sheet = window.shell.algorithms.sheet
    assert isinstance(sheet, UploadSheet)
    if name:
        sheet.items[0].name.line.setText(name)
    sheet.save_button.click()
    return sheet


def _only_card(window: MainWindow) -> AlgorithmCard:
    (card,) = window.shell.algorithms.cards.values()
    return card


async def test_an_upload_is_copied_imported_and_ready(
    open_window: Open, jobs: Jobs, operator: Actor, weights: Path
) -> None:
    jobs.go_on.clear()
    window = await open_window(operator)
    sheet = _upload(window, weights)
    assert sheet.save_button.busy
    await until(lambda: window.shell.algorithms.cards and jobs.asked)
    row = _only_card(window).rows[1]
    assert row.bar.value() == 400 and row.step.text() == "Building the network"
    jobs.go_on.set()
    await until(lambda: "Version 1 of “cars” is ready." in told(window))
    version = _only_card(window).algorithm.versions[0]
    assert version.state is VersionState.READY and version.classes == ("person", "car")


async def test_an_upload_can_be_cancelled_and_leaves_nothing(
    open_window: Open, jobs: Jobs, operator: Actor, large_file: Path, station: Station
) -> None:
    window = await open_window(operator)
    sheet = _upload(window, large_file)
    await until(lambda: sheet.save_button.fraction)
    sheet.save_button.click()
    await settle(window)
    assert not sheet.save_button.busy and not window.shell.algorithms.cards
    assert not list(station.storage._incoming.iterdir())


async def test_closing_the_sheet_gives_the_upload_up(
    open_window: Open, jobs: Jobs, operator: Actor, large_file: Path, station: Station
) -> None:
    window = await open_window(operator)
    sheet = _upload(window, large_file)
    await until(lambda: sheet.save_button.fraction)
    window.shell.algorithms.close_sheet()
    await settle(window)
    assert not window.shell.algorithms.cards and not told(window)
    await until(lambda: not list(station.storage._incoming.iterdir()))


async def test_a_rejected_file_is_told_in_words(open_window: Open, jobs: Jobs, operator: Actor, weights: Path) -> None:
    jobs.answers[JobKind.IMPORT] = JobFailed(Problem("no_model", "There is no network in this file."))
    window = await open_window(operator)
    _upload(window, weights)
    await until(lambda: "Version 1 of “cars” was rejected." in told(window))
    assert _only_card(window).rows[1].reason.text() == "There is no network in this file."


async def test_a_file_that_is_no_model_is_refused_by_the_real_import(
    open_window: Open, operator: Actor, weights: Path
) -> None:
    window = await open_window(operator)
    _upload(window, weights)
    await until(lambda: "Version 1 of “cars” was rejected." in told(window), seconds=60)
    reason = _only_card(window).rows[1].reason.text()
    assert reason.endswith(".") and "/" not in reason


async def test_a_name_twice_is_told_at_the_name(
    open_window: Open, stock: Stock, operator: Actor, weights: Path
) -> None:
    window = await open_window(operator)
    sheet = _upload(window, weights, "People")
    await settle(window)
    assert "is taken" in sheet.items[0].name.note


async def test_a_file_that_is_gone_is_told_at_the_file(open_window: Open, jobs: Jobs, operator: Actor) -> None:
    window = await open_window(operator)
    sheet = _upload(window, Path("gone.pt"))
    await settle(window)
    assert "can't be opened" in sheet.items[0].note.text()


async def _taken_over(window: MainWindow, version: int) -> None:
    """Until the tasks know which version is the active one."""
    stores = window.desk.stores
    await until(lambda: all(algorithm.active_version == version for algorithm in stores.algorithms.all()))
    await until(lambda: all(task.algorithm.version == version for task in stores.tasks.all()))


async def _two_versions(open_window: Open, stock: Stock, operator: Actor, weights: Path) -> MainWindow:
    window = await open_window(operator)
    window.shell.open(window.shell.algorithms)
    await window.desk.services.algorithms.add_version_from_file(operator, stock.algorithm.id, weights)
    await until(lambda: _only_card(window).algorithm.versions[-1].state is VersionState.READY)
    return window


async def test_activating_names_the_running_tasks_and_can_be_undone(
    open_window: Open, stock: Stock, operator: Actor, weights: Path, station: Station
) -> None:
    window = await _two_versions(open_window, stock, operator, weights)
    await station.services.tasks.start(operator, stock.task.id)
    next(made for made in _only_card(window).rows[2].buttons if made.text() == "Activate").click()
    await settle(window)
    toast = window.toasts.toasts()[-1]
    assert toast.text == "Version 2 of “people” is active. Running tasks change over to it now: Gate people."
    assert [made.text() for made in _only_card(window).rows[1].buttons][-2:-1] == ["Roll back"]
    assert toast.told.offer is not None and toast.told.offer.verb == "Undo"
    toast.button.click()
    await _taken_over(window, 1)


async def test_a_version_that_a_running_test_uses_and_the_active_one_are_not_deleted(
    open_window: Open, stock: Stock, operator: Actor, weights: Path
) -> None:
    window = await _two_versions(open_window, stock, operator, weights)
    page = window.shell.algorithms
    page.acts.ask_delete_version(_only_card(window).algorithm, 1)
    assert told(window)[-1] == "Version 1 is the active one. Activate another version first."
    _only_card(window).rows[2].delete_button.click()
    question = dialog(window)
    assert isinstance(question, Confirm)
    question.yes.click()
    await settle(window)
    assert list(_only_card(window).rows) == [1] and told(window)[-1] == "Version 2 of “people” is deleted."


async def test_an_import_is_cancelled_and_takes_the_new_algorithm_along(
    open_window: Open, jobs: Jobs, operator: Actor, weights: Path
) -> None:
    jobs.go_on.clear()
    window = await open_window(operator)
    _upload(window, weights)
    await until(lambda: window.shell.algorithms.cards and jobs.asked)
    next(made for made in _only_card(window).rows[1].buttons if made.text() == "Cancel").click()
    await until(lambda: not window.shell.algorithms.cards)
    assert "Version 1 of “cars” was cancelled." in told(window)


async def test_what_tasks_use_is_not_deleted_and_its_users_are_named(
    open_window: Open, stock: Stock, operator: Actor
) -> None:
    window = await open_window(operator)
    window.shell.open(window.shell.algorithms)
    _only_card(window).delete_button.click()
    assert not [each for each in window.findChildren(QDialog) if each.isVisible()], "no question comes before"
    assert told(window) == ["“people” is used by Gate people. Delete what uses it first."]


async def test_deleting_asks_once_and_names_the_loss(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    await station.services.tasks.delete(operator, stock.task.id)
    window = await open_window(operator)
    window.shell.open(window.shell.algorithms)
    _only_card(window).delete_button.click()
    question = dialog(window)
    assert isinstance(question, Confirm) and question.yes.text() == "Delete algorithm"
    assert "Its only version and the file are lost." in [label.text() for label in question.findChildren(QLabel)]
    question.yes.click()
    await settle(window)
    assert told(window) == ["The algorithm “people” is deleted."]
    assert not window.shell.algorithms.cards and window.shell.algorithms.empty.isVisible()


# ---- dropping ------------------------------------------------------------------------------------------------


def _data(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def _drop(widget: QWidget, data: QMimeData) -> bool:
    """Drag it there and let it go; whether it was taken."""
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), copy, data, left, none)
    enter.setAccepted(False)
    widget.dragEnterEvent(enter)
    if enter.isAccepted():
        widget.dropEvent(QDropEvent(QPointF(5, 5), copy, data, left, none))
    return enter.isAccepted()


async def test_several_files_go_one_after_another_and_what_fails_stays_with_its_reason(
    open_window: Open, stock: Stock, operator: Actor, tmp_path: Path
) -> None:
    files = [tmp_path / name for name in ("fire.pt", "people.onnx", "smoke.zip")]
    for file in files:
        file.write_bytes(b"weights")
    window = await open_window(operator)
    page = window.shell.algorithms
    window.shell.open(page)
    assert _drop(page, _data(*files))
    sheet = page.sheet
    assert isinstance(sheet, UploadSheet) and [item.name.text for item in sheet.items] == ["fire", "people", "smoke"]
    sheet.save_button.click()
    await settle(window)
    assert [item.path.name for item in sheet.items] == ["people.onnx"] and "is taken" in sheet.items[0].name.note
    assert "2 files are copied and are being read." in told(window)
    sheet.items[0].name.line.setText("visitors")
    sheet.save_button.click()
    await settle(window)
    assert page.sheet is None
    assert [card.algorithm.name for card in page.list._shown()] == ["fire", "people", "smoke", "visitors"]


async def test_weights_dropped_on_a_card_are_a_new_version(
    open_window: Open, stock: Stock, operator: Actor, weights: Path
) -> None:
    window = await open_window(operator)
    page = window.shell.algorithms
    window.shell.open(page)
    assert _drop(_only_card(window), _data(weights))
    sheet = page.sheet
    assert isinstance(sheet, UploadSheet) and sheet.accessibleName() == "New version of “people”"
    assert not sheet.items[0].name.isVisible()
    sheet.save_button.click()
    await until(lambda: _only_card(window).algorithm.versions[-1].version == 2)
    await until(lambda: _only_card(window).algorithm.versions[-1].state is VersionState.READY)


async def test_other_files_are_not_taken_nor_anything_of_a_viewer(
    open_window: Open, stock: Stock, operator: Actor, viewer: Actor, weights: Path
) -> None:
    window = await open_window(operator)
    assert not _drop(window.shell.algorithms, _data(Path("notes.txt")))
    assert not _drop(_only_card(window), _data(Path("notes.txt")))
    watching = await open_window(viewer)
    assert not _drop(watching.shell.algorithms, _data(weights))
    assert not _drop(_only_card(watching), _data(weights))


# ---- looking -------------------------------------------------------------------------------------------------


async def test_all_classes_and_the_digest_of_a_version_can_be_read(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor, viewer: Actor
) -> None:
    window = await open_window(viewer)
    page = window.shell.algorithms
    window.shell.open(page)
    _only_card(window).rows[1].details_button.click()
    sheet = page.sheet
    assert isinstance(sheet, DetailsSheet)
    model = sheet.classes.model
    assert [model.index(row).data() for row in range(model.rowCount())] == ["person", "car"]
    sheet.classes.search.setText("CA")
    assert [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())] == ["1 car"]
    sheet.classes.search.setText("0")
    assert [model.index(row).data() for row in range(model.rowCount())] == ["person"]
    sheet.copy_button.click()
    assert QGuiApplication.clipboard().text() == _only_card(window).algorithm.versions[0].sha256
    assert "Try on a picture" not in [made.text() for made in sheet.findChildren(QPushButton)], "a viewer may not"


async def test_details_follow_their_version_and_close_with_it(
    open_window: Open, stock: Stock, operator: Actor, weights: Path
) -> None:
    window = await _two_versions(open_window, stock, operator, weights)
    page = window.shell.algorithms
    _only_card(window).rows[2].details_button.click()
    await window.desk.services.algorithms.activate(operator, stock.algorithm.id, 2)
    await _taken_over(window, 2)
    assert isinstance(page.sheet, DetailsSheet) and page.sheet.algorithm.active_version == 2
    await window.desk.services.algorithms.activate(operator, stock.algorithm.id, 1)
    await _taken_over(window, 1)
    await window.desk.services.algorithms.delete_version(operator, stock.algorithm.id, 2)
    await settle(window)
    assert page.sheet is None


async def test_a_rejected_version_says_what_to_try(
    open_window: Open, jobs: Jobs, operator: Actor, weights: Path
) -> None:
    jobs.answers[JobKind.IMPORT] = JobFailed(Problem("no_model", "There is no network in this file."))
    window = await open_window(operator)
    _upload(window, weights)
    await until(lambda: "Version 1 of “cars” was rejected." in told(window))
    texts = [label.text() for label in _only_card(window).rows[1].findChildren(QLabel)]
    assert "Export the network anew, best as ONNX or OpenVINO, and upload that as a new version." in texts
    assert not _only_card(window).picture_button.isEnabled()
    assert _drop(_only_card(window), _data(Path("gate.jpg")))
    assert told(window)[-1] == "“cars” has no active version that could be tried."


async def _many(window: MainWindow, operator: Actor, tmp_path: Path) -> None:
    for name in ("Zebra crossing", "ant hill", "工地安全帽检测"):
        path = tmp_path / f"{name}.pt"
        path.write_bytes(b"weights")
        await window.desk.services.algorithms.add_from_file(operator, name, path)
    await until(lambda: all(card.algorithm.active for card in window.shell.algorithms.cards.values()))


async def test_cards_stand_by_name_and_are_searched(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor, tmp_path: Path
) -> None:
    window = await open_window(operator)
    page = window.shell.algorithms
    window.shell.open(page)
    jobs.answers[JobKind.IMPORT] = {**IMPORTED, "classes": ["helmet"]}
    await _many(window, operator, tmp_path)
    names = [card.algorithm.name for card in page.list._shown()]
    assert names == ["ant hill", "people", "Zebra crossing", "工地安全帽检测"]
    for typed, found in (("ZEB", ["Zebra crossing"]), ("安全", ["工地安全帽检测"]), ("person", ["people"]), ("?", [])):
        page.list.search.setText(typed)
        assert [card.algorithm.name for card in page.list._shown()] == found
    assert page.list._nothing.isVisible() and page.list.reached is None, "no command is about what can't be seen"


async def test_a_card_of_many_versions_shows_the_newest_and_the_active_one(
    open_window: Open, stock: Stock, operator: Actor, weights: Path
) -> None:
    window = await open_window(operator)
    window.shell.open(window.shell.algorithms)
    for _version in range(6):
        await window.desk.services.algorithms.add_version_from_file(operator, stock.algorithm.id, weights)
    await until(lambda: _only_card(window).algorithm.versions[-1].state is VersionState.READY)
    shown = [number for number, row in _only_card(window).rows.items() if row.isVisible()]
    assert shown == [7, 6, 5, 4, 1]
    _only_card(window).unfold_button.click()
    assert all(row.isVisible() for row in _only_card(window).rows.values())
    await window.desk.services.algorithms.activate(operator, stock.algorithm.id, 7)
    await _taken_over(window, 7)
    assert all(row.isVisible() for row in _only_card(window).rows.values()), "it stays unfolded"


# ---- the keyboard --------------------------------------------------------------------------------------------


def _press(window: MainWindow, key: Qt.Key) -> None:
    focused = window.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key)


def _command(window: MainWindow, message: str) -> Command:
    return next(
        each for each in window.desk.commands.all() if each.message == message and each.page is window.shell.algorithms
    )


async def test_arrows_lead_over_cards_and_versions_and_commands_are_about_them(
    open_window: Open, stock: Stock, operator: Actor, weights: Path
) -> None:
    window = await _two_versions(open_window, stock, operator, weights)
    page = window.shell.algorithms
    _only_card(window).setFocus()
    _press(window, Qt.Key.Key_Down)
    assert window.focusWidget() is _only_card(window).rows[2]
    window.desk.commands.run(_command(window, "Activate version"))
    await _taken_over(window, 2)
    assert window.focusWidget() is _only_card(window).rows[2], "the keyboard stays where it was"
    assert not _command(window, "Activate version").ready()
    window.desk.commands.run(_command(window, "Roll back"))
    await _taken_over(window, 1)
    assert not _command(window, "Roll back").ready()
    window.desk.commands.run(_command(window, "Delete"))
    question = dialog(window)
    assert isinstance(question, Confirm) and question.yes.text() == "Delete version"
    question.reject()
    _press(window, Qt.Key.Key_Up)
    _press(window, Qt.Key.Key_Up)  # there is nothing above
    assert window.focusWidget() is _only_card(window)
    _press(window, Qt.Key.Key_Return)
    assert isinstance(page.sheet, DetailsSheet) and page.sheet.version.version == 1


async def test_a_viewer_has_only_what_looks(open_window: Open, stock: Stock, viewer: Actor) -> None:
    window = await open_window(viewer)
    page = window.shell.algorithms
    window.shell.open(page)
    mine = [each.message for each in window.desk.commands.all() if each.page is page]
    assert mine == ["Search", "Details"]
    card = _only_card(window)
    shown = [made for made in card.findChildren(QAbstractButton) if made.isVisible()]
    assert shown == [card.rows[1].details_button]


async def test_narrow_cards_leave_columns_away_and_keep_their_buttons(
    open_window: Open, stock: Stock, operator: Actor
) -> None:
    window = await open_window(operator)
    page = window.shell.algorithms
    window.shell.open(page)
    await settle(window)
    assert _only_card(window).picture_button.text() == "Try on a picture"
    window.resize(960, 600)
    page.add()
    await settle(window)
    card = _only_card(window)
    await until(lambda: card.picture_button.text() == "")
    assert card.picture_button.toolTip() == "Try on a picture (Ctrl+T)"
    sheet = page.sheet
    assert sheet is not None
    await until(lambda: card.mapTo(page, card.rect().topRight()).x() < sheet.x())  # nothing is cut off
    assert card.rows[1].details_button.isVisible() and not card.rows[1]._kind.isVisible()


def test_only_weight_files_may_be_dropped() -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/a/notes.txt"), QUrl.fromLocalFile("/a/cars.ONNX")])
    assert weight_file(data) == Path("/a/cars.ONNX")
    data.setUrls([QUrl("https://host/cars.pt")])
    assert weight_file(data) is None
