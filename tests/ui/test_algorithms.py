"""The page of algorithms: upload, progress, refusals in words, activate, delete."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl

from siapp.app import Station
from siapp.core.domain import Actor, Problem, VersionState
from siapp.core.specs import JobKind
from siapp.core.workers.engine import JobFailed
from siapp.ui.pages.algorithm_card import AlgorithmCard
from siapp.ui.pages.upload_sheet import UploadSheet
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.widgets.drop import weight_file
from siapp.ui.window import MainWindow
from tests.ui.conftest import Jobs, Open, Stock, dialog, settle, told, until


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
    window.shell.algorithms.add(path)
    sheet = window.shell.algorithms.sheet
    assert isinstance(sheet, UploadSheet)
    if name:
        sheet.name.line.setText(name)
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
    assert "is taken" in sheet.name.note


async def test_a_file_that_is_gone_is_told_at_the_file(open_window: Open, jobs: Jobs, operator: Actor) -> None:
    window = await open_window(operator)
    sheet = _upload(window, Path("gone.pt"))
    await settle(window)
    assert "can't be opened" in sheet.file.note


async def test_another_version_is_activated(
    open_window: Open, stock: Stock, operator: Actor, weights: Path, station: Station
) -> None:
    await station.services.algorithms.add_version_from_file(operator, stock.algorithm.id, weights)
    window = await open_window(operator)
    await until(lambda: _only_card(window).algorithm.versions[1].state is VersionState.READY)
    activate = next(
        made for row in _only_card(window).rows.values() for made in row.buttons if made.text() == "Activate"
    )
    before = _only_card(window).algorithm.active_version
    activate.click()
    await settle(window)
    assert _only_card(window).algorithm.active_version != before


async def test_deleting_asks_and_a_used_algorithm_stays(open_window: Open, stock: Stock, operator: Actor) -> None:
    window = await open_window(operator)
    window.shell.open(window.shell.algorithms)
    _only_card(window).delete_button.click()
    question = dialog(window)
    assert isinstance(question, Confirm) and question.yes.text() == "Delete algorithm"
    question.yes.click()
    await settle(window)
    assert told(window) == ["Tasks use this algorithm: Gate people. Delete them first."]


def test_only_weight_files_may_be_dropped() -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/a/notes.txt"), QUrl.fromLocalFile("/a/cars.ONNX")])
    assert weight_file(data) == Path("/a/cars.ONNX")
    data.setUrls([QUrl("https://host/cars.pt")])
    assert weight_file(data) is None
