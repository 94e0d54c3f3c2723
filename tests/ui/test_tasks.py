"""The page of tasks: new ones, starting, stopping, deleting many at once, and what is found among them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from siapp.app import Station
from siapp.core.domain import Actor, Problem, Task, TaskOptions, TaskState, TaskStats
from siapp.core.errors import Conflict
from siapp.core.i18n import Language
from siapp.core.specs import TaskFigures, TaskReport
from siapp.ui.pages.task_columns import Group
from siapp.ui.pages.task_sheet import TaskSheet
from siapp.ui.pages.tasks import TasksPage
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.window import MainWindow
from tests.ui.conftest import Jobs, Open, Stock, dialog, settle, told, until


def _page(window: MainWindow) -> TasksPage:
    window.shell.open(window.shell.tasks)
    return window.shell.tasks


def _choose_first(page: TasksPage) -> None:
    """With the mouse: it knows of no key that an earlier test has held."""
    where = page.table.visualRect(page.table.model().index(0, 1)).center()
    QTest.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)


def _cells(window: MainWindow, row: int = 0) -> list[str]:
    model = window.shell.tasks.table.model()
    return [model.index(row, column).data() for column in range(model.columnCount())]


def _names(window: MainWindow) -> list[str]:
    return [_cells(window, row)[1] for row in range(window.shell.tasks.table.model().rowCount())]


def _new_task(window: MainWindow) -> TaskSheet:
    page = _page(window)
    page.primary.click()
    assert isinstance(page.sheet, TaskSheet)
    return page.sheet


async def _more_tasks(station: Station, operator: Actor, stock: Stock, *cameras: str) -> list[Task]:
    """One for each of some more cameras."""
    services, made = station.services, []
    for number, camera in enumerate(cameras):
        device = await services.devices.add(operator, camera, f"rtsp://10.0.0.{number + 1}/live")
        made.append(await services.tasks.add(operator, f"{camera} people", device.id, stock.algorithm.id))
    return made


# ---- a new one --------------------------------------------------------------------------------------------------


async def test_a_task_is_made_of_a_camera_and_an_algorithm(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    await station.services.tasks.delete(operator, stock.task.id)
    window = await open_window(operator)
    sheet = _new_task(window)
    assert sheet.name.text == "Gate 3 – people", "the only camera is chosen already"
    sheet.form.confidence.spin.setValue(0.4)
    sheet.form.max_fps.spin.setValue(5)
    sheet.form.interval.spin.setValue(60)
    sheet.form.labels.setChecked(False)
    sheet.form.classes.tick(1, False)
    sheet.auto_start.setChecked(True)
    sheet.save_button.click()
    await settle(window)
    (task,) = window.desk.stores.tasks.all()
    assert task.auto_start and task.options == TaskOptions(
        confidence=0.4, max_fps=5, classes=(0,), keyframe_interval=60, draw_labels=False
    )
    assert _cells(window)[:4] == ["Starting", "Gate 3 – people", "Gate 3", "people v1"]
    assert told(window) == ["The task “Gate 3 – people” is there."]


async def test_one_algorithm_is_put_on_several_cameras_at_once(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    await station.services.tasks.delete(operator, stock.task.id)
    yard = await station.services.devices.add(operator, "Yard", "rtsp://10.0.0.2/live")
    window = await open_window(operator)
    sheet = _new_task(window)
    sheet.cameras.tick(yard.id, True)
    sheet.cameras.tick(stock.device.id, True)
    assert not sheet.name.line.isEnabled() and "named after its camera" in sheet.name.note
    sheet.start_now.setChecked(False)
    sheet.save_button.click()
    await settle(window)
    assert _names(window) == ["Gate 3 – people", "Yard – people"]
    assert {task.state for task in window.desk.stores.tasks.all()} == {TaskState.STOPPED}
    assert told(window) == ["2 tasks are there."]


async def test_of_several_those_that_are_refused_stay_in_the_form_with_the_reason(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    yard = await station.services.devices.add(operator, "Yard", "rtsp://10.0.0.2/live")
    window = await open_window(operator)
    sheet = _new_task(window)
    sheet.cameras.all_button.click()
    sheet.save_button.click()
    await settle(window)
    (text,) = told(window)
    assert text.startswith("1 of 2 tasks are there.\n“Gate 3”: ") and "already" in text
    assert window.shell.tasks.sheet is sheet and sheet.cameras.checked == (stock.device.id,) != (yard.id,)


async def test_the_same_pair_twice_is_told_and_no_camera_at_all_too(
    open_window: Open, stock: Stock, operator: Actor
) -> None:
    window = await open_window(operator)
    sheet = _new_task(window)
    sheet.save_button.click()
    await settle(window)
    assert "analyses this camera with this algorithm already" in sheet.algorithm.note
    sheet.cameras.none_button.click()
    sheet.save_button.click()
    assert sheet.device.note == "Choose at least one camera."


async def test_without_a_camera_the_sheet_says_what_to_do(open_window: Open, jobs: Jobs, operator: Actor) -> None:
    window = await open_window(operator)
    sheet = _new_task(window)
    sheet.save_button.click()
    assert sheet.device.note == "Add a camera on the page Devices first."


# ---- what the table tells ---------------------------------------------------------------------------------------


async def test_a_task_is_started_and_stopped(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    window = await open_window(operator)
    page = _page(window)
    page.table.selectRow(0)
    assert page.start_button.isEnabled() and not page.stop_button.isEnabled()
    page.start_button.click()
    await settle(window)
    assert _cells(window)[0] == "Starting" and page.stop_button.isEnabled()
    await station.services.tasks.on_report(TaskReport(stock.task.id, TaskState.RUNNING))
    station.services.tasks.on_figures(TaskFigures(stock.task.id, TaskStats(fps_out=12.34, latency_ms=48.6, objects=3)))
    assert _cells(window)[0] == "Running" and _cells(window)[4:7] == ["12.3", "49 ms", "3"]
    page.stop_button.click()
    await until(lambda: _cells(window)[0] == "Stopped")
    assert _cells(window)[4:7] == ["–", "–", "–"]
    assert told(window) == [], "of one task the table shows it"


async def test_why_a_task_is_in_error_and_what_to_try_is_in_its_row(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    await station.services.tasks.start(operator, stock.task.id)
    problem = Problem("crashing", "The analysis crashed {count} times.", (("count", 5),))
    await station.services.tasks.on_report(TaskReport(stock.task.id, TaskState.ERROR, problem))
    badges: list[int] = []
    window = await open_window(operator)
    window.shell.tasks.badge.connect(badges.append)
    assert _cells(window)[0] == "Error" and _cells(window)[8] == "The analysis crashed 5 times."
    tip = window.shell.tasks.table.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "crashed 5 times" in tip and "Look into the log" in tip
    await station.services.tasks.start(operator, stock.task.id)
    assert badges[-1] == 0, "the rail counts tasks in error"


async def test_tasks_are_looked_at_by_their_state(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    yard, roof = await _more_tasks(station, operator, stock, "Yard", "Roof")
    for task in (yard, roof):
        await station.services.tasks.start(operator, task.id)
    await station.services.tasks.on_report(TaskReport(roof.id, TaskState.RECONNECTING, Problem("timeout", "Away.")))
    window = await open_window(operator)
    page = _page(window)
    assert [page.groups.button(group).text() for group in Group] == [
        "All  3",
        "Running  1",
        "Need attention  1",
        "Stopped  1",
    ]
    page.groups.choose(Group.ATTENTION)
    assert _names(window) == ["Roof people"]
    await station.services.tasks.on_report(TaskReport(roof.id, TaskState.RUNNING))
    assert _names(window) == [], "who is well again goes"
    page.groups.choose(Group.RUNNING)
    assert _names(window) == ["Yard people", "Roof people"]
    page.search.setText("roof")
    assert _names(window) == ["Roof people"]


async def test_search_finds_by_any_column(open_window: Open, stock: Stock, viewer: Actor) -> None:
    window = await open_window(viewer)
    page = _page(window)
    page.search.setText("PEOPLE")
    assert page.table.model().rowCount() == 1
    page.search.setText("nobody")
    assert page.table.model().rowCount() == 0


# ---- several at once --------------------------------------------------------------------------------------------


async def test_several_tasks_start_and_stop_with_one_sentence_each(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    await _more_tasks(station, operator, stock, "Yard", "Roof")
    window = await open_window(operator)
    page = _page(window)
    page.table.selectAll()
    QTest.keyClick(page, Qt.Key.Key_F5)
    await settle(window)
    assert told(window) == ["3 tasks are starting."]
    QTest.keyClick(page, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    await until(lambda: [_cells(window, row)[0] for row in range(3)] == ["Stopped"] * 3)
    assert told(window)[-1] == "3 tasks are stopping."


async def test_of_several_it_is_said_which_did_not_and_why(
    open_window: Open, stock: Stock, operator: Actor, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = await _more_tasks(station, operator, stock, *(f"Gate {number}" for number in range(4, 10)))
    window = await open_window(operator)
    tasks, really = station.services.tasks, station.services.tasks.start
    broken = {task.id for task in more[:5]}

    async def start(actor: Actor, number: int) -> object:
        if number in broken:
            raise Conflict("task_in_transition", "The task is just being stopped.")
        return await really(actor, number)

    monkeypatch.setattr(tasks, "start", start)
    _page(window).start(window.desk.stores.tasks.all())
    await settle(window)
    assert told(window) == [
        "2 of 7 tasks are starting.\n"
        "“Gate 4 people”: The task is just being stopped.\n"
        "“Gate 5 people”: The task is just being stopped.\n"
        "“Gate 6 people”: The task is just being stopped.\n"
        "And 2 more."
    ]


async def test_deleting_asks_once_for_all_selected(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    await _more_tasks(station, operator, stock, "Yard", "Roof")
    window = await open_window(operator)
    page = _page(window)
    for choose, verb, said in (
        (lambda: _choose_first(page), "Delete task", "The task “Gate people” is deleted."),
        (page.table.selectAll, "Delete tasks", "2 tasks are deleted."),
    ):
        window.activateWindow()
        await until(window.isActiveWindow)
        choose()
        QTest.keyClick(page, Qt.Key.Key_Delete)
        question = dialog(window)
        assert isinstance(question, Confirm) and question.yes.text() == verb
        question.yes.click()
        await settle(window)
        assert told(window)[-1] == said
    assert page.empty.isVisible()


# ---- rights and room --------------------------------------------------------------------------------------------


async def test_a_viewer_sees_what_looks_and_nothing_that_changes(
    open_window: Open, stock: Stock, viewer: Actor
) -> None:
    window = await open_window(viewer)
    page = _page(window)
    page.table.selectRow(0)
    shown = {made.toolTip().partition(" (")[0] for made, *_rest in page._actions if made.isVisible()}
    assert shown == {"Details", "Log"} and not page.primary.isVisible()
    QTest.keyClick(page, Qt.Key.Key_F5)
    assert _cells(window)[0] == "Stopped"


async def test_actions_keep_their_words_only_where_there_is_room(
    open_window: Open, stock: Stock, operator: Actor
) -> None:
    window = await open_window(operator)
    page = _page(window)
    await until(lambda: page.start_button.text() == "Start")
    window.resize(960, 600)
    page.open_details(stock.task)
    await until(lambda: page.start_button.text() == "")
    assert page.start_button.accessibleName() == "Start" and page.start_button.toolTip() == "Start (F5)"
    window.desk.words.switch(Language.CHINESE)
    assert page.start_button.accessibleName() == "启动"
    page.close_sheet()
    await until(lambda: page.start_button.text() == "启动")
