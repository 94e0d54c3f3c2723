"""The page of tasks: a new one, starting, stopping, deleting, the log."""

from siapp.app import Station
from siapp.core.domain import Actor, TaskOptions, TaskState, TaskStats
from siapp.core.specs import LogLine, TaskFigures, TaskReport
from siapp.ui.pages.task_log import TaskLogSheet
from siapp.ui.pages.task_sheet import TaskSheet
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.window import MainWindow
from tests.ui.conftest import Jobs, Open, Stock, dialog, settle, told, until


def _cells(window: MainWindow, row: int = 0) -> list[str]:
    model = window.shell.tasks.table.model()
    return [model.index(row, column).data() for column in range(model.columnCount())]


def _new_task(window: MainWindow) -> TaskSheet:
    window.shell.open(window.shell.tasks)
    window.shell.tasks.primary.click()
    sheet = window.shell.tasks.sheet
    assert isinstance(sheet, TaskSheet)
    return sheet


async def test_a_task_is_made_of_a_camera_and_an_algorithm(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    await station.services.tasks.delete(operator, stock.task.id)
    window = await open_window(operator)
    sheet = _new_task(window)
    assert sheet.name.text == "Gate 3 – people"
    sheet.confidence.spin.setValue(0.4)
    sheet.max_fps.spin.setValue(5)
    sheet.auto_start.setChecked(True)
    sheet.save_button.click()
    await settle(window)
    (task,) = window.desk.stores.tasks.all()
    assert task.options == TaskOptions(confidence=0.4, max_fps=5) and task.auto_start
    assert _cells(window)[:4] == ["Starting", "Gate 3 – people", "Gate 3", "people v1"]


async def test_the_same_pair_twice_is_told(open_window: Open, stock: Stock, operator: Actor) -> None:
    window = await open_window(operator)
    sheet = _new_task(window)
    sheet.save_button.click()
    await settle(window)
    assert "analyses this camera with this algorithm already" in sheet.algorithm.note


async def test_without_a_camera_the_sheet_says_what_to_do(open_window: Open, jobs: Jobs, operator: Actor) -> None:
    window = await open_window(operator)
    sheet = _new_task(window)
    sheet.save_button.click()
    assert sheet.device.note == "Add a camera on the page Devices first."


async def test_a_task_is_started_and_stopped(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    window = await open_window(operator)
    page = window.shell.tasks
    window.shell.open(page)
    page.table.selectRow(0)
    assert page.start_button.isEnabled() and not page.stop_button.isEnabled()
    page.start_button.click()
    await settle(window)
    assert _cells(window)[0] == "Starting" and page.stop_button.isEnabled()
    await station.services.tasks.on_report(TaskReport(stock.task.id, TaskState.RUNNING))
    station.services.tasks.on_figures(TaskFigures(stock.task.id, TaskStats(fps_out=12.34, latency_ms=48.6)))
    assert _cells(window)[0] == "Running" and _cells(window)[4:6] == ["12.3", "49 ms"]
    page.stop_button.click()
    await until(lambda: _cells(window)[0] == "Stopped")
    assert _cells(window)[4:6] == ["–", "–"]


async def test_deleting_asks_once_for_all_selected(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    window = await open_window(operator)
    window.shell.open(window.shell.tasks)
    window.shell.tasks.ask_delete(window.desk.stores.tasks.all())
    question = dialog(window)
    assert isinstance(question, Confirm) and question.yes.text() == "Delete task"
    question.yes.click()
    await settle(window)
    assert told(window) == ["The task “Gate people” is deleted."] and window.shell.tasks.empty.isVisible()


async def test_the_log_is_shown_and_read_again(
    open_window: Open, stock: Stock, viewer: Actor, station: Station
) -> None:
    window = await open_window(viewer)
    window.shell.open(window.shell.tasks)
    window.shell.tasks.open_log(stock.task)
    sheet = window.shell.tasks.sheet
    assert isinstance(sheet, TaskLogSheet)
    await settle(window)
    assert sheet.text.toPlainText() == ""
    station.services.tasks.on_log(LogLine(stock.task.id, "INFO", "the camera answers"))
    sheet.refresh_button.click()
    await settle(window)
    assert "the camera answers" in sheet.text.toPlainText()


async def test_search_finds_by_any_column(open_window: Open, stock: Stock, viewer: Actor) -> None:
    window = await open_window(viewer)
    page = window.shell.tasks
    page.search.setText("PEOPLE")
    assert page.table.model().rowCount() == 1
    page.search.setText("nobody")
    assert page.table.model().rowCount() == 0
