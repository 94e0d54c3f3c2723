"""Optimising a version from its card: the sheet, the progress, the outcome in words."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from siapp.app import Station
from siapp.core.domain import Actor, Problem, VersionState
from siapp.core.i18n import Language
from siapp.core.models import quantize
from siapp.core.resources import resources
from siapp.core.specs import CameraSource, JobKind
from siapp.core.workers.engine import JobFailed
from siapp.ui.pages.algorithm_card import VersionRow
from siapp.ui.pages.optimize_sheet import OptimizeSheet
from siapp.ui.window import MainWindow
from tests.ui.conftest import IMPORTED, URL, Jobs, Open, Stock, settle, told, until

CLIP = resources() / "demo" / "demo.mp4"
REPORT: dict[str, Any] = {
    "pictures": 150, "boxes": 1000, "kept": 984, "kept_closely": 950, "added": 7,
    "score_change": -0.0042, "fps_before": 35.0, "fps_after": 66.5,
}  # fmt: skip


def row(window: MainWindow, version: int) -> VersionRow:
    (card,) = window.shell.algorithms.cards.values()
    return card.rows[version]


def button(row: VersionRow, text: str) -> Any:
    return next(made for made in row.buttons if made.text() == text)


def opened_sheet(window: MainWindow) -> OptimizeSheet:
    window.shell.open(window.shell.algorithms)
    row(window, 1).optimize_button.click()
    sheet = window.shell.algorithms.sheet
    assert isinstance(sheet, OptimizeSheet)
    return sheet


async def begun(open_window: Open, jobs: Jobs, operator: Actor) -> MainWindow:
    """Version 2 is being made for the stock's camera."""
    jobs.answers[JobKind.OPTIMIZE] = REPORT
    window = await open_window(operator)
    sheet = opened_sheet(window)
    jobs.go_on.clear()
    sheet.save_button.click()
    await until(lambda: jobs.asked[-1][0] is JobKind.OPTIMIZE)
    await settle(window)
    return window


async def test_a_version_is_optimized_for_a_camera_and_waits_to_be_activated(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor
) -> None:
    window = await begun(open_window, jobs, operator)
    assert "Version 2 is being made. This takes some minutes." in told(window)
    assert jobs.asked[-1][1]["source"] == CameraSource(URL).to_json()
    assert window.shell.algorithms.sheet is None
    making = row(window, 2)
    assert making.bar.value() == 400 and making.step.text() == "Building the network"
    assert "Optimising" in [part.text() for part in making.findChildren(QLabel)]
    jobs.go_on.set()
    await until(lambda: "Version 2 of “people” is ready." in told(window))
    made = row(window, 2)
    assert made.report.text() == ("INT8 · from version 1 · 1.9 times as fast · 98.4 % of boxes kept · scores −0.004")
    assert "1000 boxes in 150 pictures 984 are kept, 950 of them in place; 7 are new" in made.report.toolTip()
    assert not hasattr(made, "optimize_button")
    window.desk.words.switch(Language.CHINESE)
    assert made.report.text() == "INT8 · 由版本 1 生成 · 速度为 1.9 倍 · 保留 98.4 % 的目标框 · 得分 −0.004"
    window.desk.words.switch(Language.ENGLISH)
    assert window.desk.stores.algorithms.all()[0].active_version == 1
    button(made, "Activate").click()
    await until(lambda: window.desk.stores.algorithms.all()[0].active_version == 2)
    await until(lambda: all(task.algorithm.version == 2 for task in window.desk.stores.tasks.all()))


async def test_the_making_is_cancelled_without_a_question(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor
) -> None:
    window = await begun(open_window, jobs, operator)
    button(row(window, 2), "Cancel").click()
    await until(lambda: len(window.desk.stores.algorithms.all()[0].versions) == 1)
    assert not window.desk.services.algorithms._works


async def test_a_video_file_can_be_chosen(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor, tmp_path: Path
) -> None:
    jobs.answers[JobKind.OPTIMIZE] = REPORT
    window = await open_window(operator)
    sheet = opened_sheet(window)
    assert not sheet.file.isVisible()
    sheet.source.box.setCurrentIndex(sheet.source.box.count() - 1)
    assert sheet.file.isVisible()
    sheet.save_button.click()
    assert sheet.file.note == "Choose a video file first."
    sheet.drop.take(tmp_path / "gone.mp4")
    sheet.save_button.click()
    await settle(window)
    assert "can't be opened" in sheet.file.note
    sheet.drop.take(CLIP)
    sheet.save_button.click()
    await until(lambda: "Version 2 of “people” is ready." in told(window))
    assert jobs.asked[-1][1]["source"] == CameraSource(str(CLIP), is_file=True).to_json()


async def test_what_went_wrong_stands_in_the_row(open_window: Open, stock: Stock, jobs: Jobs, operator: Actor) -> None:
    window = await begun(open_window, jobs, operator)
    jobs.answers[JobKind.OPTIMIZE] = JobFailed(Problem("timeout", "The camera does not answer."))
    jobs.go_on.set()
    await until(lambda: "Version 2 of “people” was rejected." in told(window))
    assert row(window, 2).reason.text() == "The camera does not answer."


async def test_without_the_extra_the_sheet_says_what_to_install(
    open_window: Open, stock: Stock, operator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantize, "available", lambda: False)
    window = await open_window(operator)
    sheet = opened_sheet(window)
    sheet.save_button.click()
    await settle(window)
    assert "pip install siapp[optimize]" in sheet.source.note


async def test_where_nothing_was_found_the_row_claims_nothing(
    open_window: Open, stock: Stock, jobs: Jobs, operator: Actor
) -> None:
    window = await begun(open_window, jobs, operator)
    jobs.answers[JobKind.OPTIMIZE] = {**REPORT, "boxes": 0, "kept": 0, "kept_closely": 0, "score_change": 0.0}
    jobs.go_on.set()
    await until(lambda: window.desk.stores.algorithms.all()[0].versions[-1].state is VersionState.READY)
    assert row(window, 2).report.text().endswith("nothing was found in the pictures, so no boxes are compared")


async def test_an_upload_that_is_int8_has_no_button(
    open_window: Open, station: Station, jobs: Jobs, operator: Actor, tmp_path: Path
) -> None:
    jobs.answers[JobKind.IMPORT] = {**IMPORTED, "int8": True}
    (tmp_path / "int8.zip").write_bytes(b"weights")
    await station.services.algorithms.add_from_file(operator, "people", tmp_path / "int8.zip")
    window = await open_window(operator)
    window.shell.open(window.shell.algorithms)
    await until(lambda: window.desk.stores.algorithms.all()[0].versions[0].state is VersionState.READY)
    await settle(window)
    assert not hasattr(row(window, 1), "optimize_button")


async def test_who_only_watches_has_no_button(open_window: Open, stock: Stock, viewer: Actor) -> None:
    window = await open_window(viewer)
    window.shell.open(window.shell.algorithms)
    assert not row(window, 1).optimize_button.isVisible()
