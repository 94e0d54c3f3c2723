"""Several stored cameras checked at once."""

import asyncio
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from siapp.app import Station
from siapp.core.domain import Actor, Problem
from siapp.core.services.camera_lists import CHECKS_AT_ONCE
from siapp.core.specs import JobKind
from siapp.core.workers.engine import JobFailed
from siapp.ui.pages.check_sheet import CheckSheet
from siapp.ui.window import MainWindow
from tests.ui.conftest import Jobs, Open, settle, told, until


async def _checked(window: MainWindow, station: Station, operator: Actor, count: int) -> CheckSheet:
    for number in range(count):
        await station.services.devices.add(operator, f"camera {number}", f"rtsp://192.168.1.20/{number}")
    page = window.shell.devices
    window.shell.open(page)
    await settle(window)
    page.table.selectAll()
    QTest.keyClick(page, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(page.sheet, CheckSheet)
    return page.sheet


def _rows(sheet: CheckSheet) -> list[tuple[str, str]]:
    model = sheet.table.model()
    return [(model.index(row, 0).data(), model.index(row, 1).data()) for row in range(model.rowCount())]


async def test_each_says_whether_it_answers_and_why_not(
    open_window: Open, jobs: Jobs, operator: Actor, station: Station
) -> None:
    window = await open_window(operator)
    usual = jobs.run

    async def run(kind: JobKind, params: dict[str, Any], **more: Any) -> dict[str, Any]:
        if params["source"]["url"].endswith("1"):
            raise JobFailed(Problem("refused", "The camera refuses the connection. Check its port."))
        return await usual(kind, params, **more)

    station.services.devices._engine.run_job = run  # type: ignore[method-assign, assignment]
    sheet = await _checked(window, station, operator, 3)
    await settle(window)
    expected = [("Answers", "camera 0"), ("Connection refused", "camera 1"), ("Answers", "camera 2")]
    assert _rows(sheet) == expected and sheet.sentence.text() == "Cameras that answer: 2 of 3."
    assert told(window) == ["Cameras that answer: 2 of 3."]
    tip = sheet.table.model().index(1, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert "Check its port" in tip and "RTSP has 554" in tip
    sheet.again_button.click()
    await settle(window)
    assert _rows(sheet) == expected


async def test_a_few_are_checked_at_a_time_and_the_rest_is_cancelled(
    open_window: Open, jobs: Jobs, operator: Actor, station: Station
) -> None:
    window = await open_window(operator)
    jobs.go_on.clear()
    total = CHECKS_AT_ONCE + 2
    sheet = await _checked(window, station, operator, total)
    await until(lambda: len(jobs.asked) == CHECKS_AT_ONCE)
    await asyncio.sleep(0.05)
    assert len(jobs.asked) == CHECKS_AT_ONCE and sheet.again_button.busy
    sheet.again_button.click()
    await settle(window)
    assert told(window) == ["The check was cancelled. Cameras checked before: 0."]
    assert {outcome for outcome, _name in _rows(sheet)} == {"Not checked yet"}
    jobs.go_on.set()
    sheet.again_button.click()
    await settle(window)
    assert sheet.sentence.text() == f"Cameras that answer: {total} of {total}."


async def test_a_camera_that_is_deleted_meanwhile_is_an_answer_and_no_accident(
    open_window: Open, jobs: Jobs, operator: Actor, station: Station
) -> None:
    window = await open_window(operator)
    jobs.go_on.clear()
    sheet = await _checked(window, station, operator, CHECKS_AT_ONCE + 1)
    await until(lambda: len(jobs.asked) == CHECKS_AT_ONCE)
    last = sheet._shown.all()[-1].device
    await station.services.devices.delete(operator, last.id)
    jobs.go_on.set()
    await settle(window)
    assert _rows(sheet)[-1] == ("Not checked", last.name)


async def test_a_sheet_that_is_closed_ends_its_checks(
    open_window: Open, jobs: Jobs, operator: Actor, station: Station
) -> None:
    window = await open_window(operator)
    jobs.go_on.clear()
    sheet = await _checked(window, station, operator, 2)
    await until(lambda: len(jobs.asked) == 2)
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    await settle(window)
    assert told(window) == ["The check was cancelled. Cameras checked before: 0."]
