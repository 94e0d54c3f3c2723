"""Everything about one task: options that apply at once, its log, its charts and its key frames."""

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QImage
from PySide6.QtTest import QTest

from siapp.app import Station
from siapp.core.domain import Actor, Problem, TaskOptions, TaskState, TaskStats
from siapp.core.errors import InvalidInput, Unavailable
from siapp.core.i18n import Language
from siapp.core.specs import LogLine, TaskFigures, TaskReport
from siapp.ui.pages import task_tuning
from siapp.ui.pages.task_charts import runs
from siapp.ui.pages.task_details import TaskDetails
from siapp.ui.widgets.scales import Point
from siapp.ui.window import MainWindow
from tests.ui.conftest import Open, Stock, settle, told, until


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No quarter of a second for each change of a test."""
    monkeypatch.setattr(task_tuning, "SETTLED_MS", 5)


async def _opened(window: MainWindow, stock: Stock, tab: str = "tuning") -> TaskDetails:
    page = window.shell.tasks
    window.shell.open(page)
    page.table.selectRow(0)
    page.open_details(window.desk.stores.tasks.get(stock.task.id) or stock.task, lambda sheet: getattr(sheet, tab))
    assert page.details is not None
    await settle(window)
    return page.details


async def _stored(station: Station, number: int) -> TaskOptions:
    return (await station.services.tasks.get(number)).options


# ---- options ----------------------------------------------------------------------------------------------------


async def test_a_changed_option_applies_at_once_to_a_running_task(
    open_window: Open, stock: Stock, operator: Actor, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, sent = station.services.tasks._engine, list[TaskOptions]()
    monkeypatch.setattr(engine, "runs", lambda _number: True)
    monkeypatch.setattr(engine, "set_options", lambda _number, options: sent.append(options))
    tuning = (await _opened(await open_window(operator), stock)).tuning
    tuning.form.confidence.slider.setValue(60)
    await until(lambda: sent)
    assert sent[-1] == TaskOptions(confidence=0.6) == await _stored(station, stock.task.id)
    assert tuning.form.confidence.spin.value() == 0.6 and tuning.note.text().startswith("Applied")


async def test_every_option_can_be_changed(open_window: Open, stock: Stock, operator: Actor, station: Station) -> None:
    window = await open_window(operator)
    tuning = (await _opened(window, stock)).tuning
    form = tuning.form
    form.iou.spin.setValue(0.5)
    form.max_fps.spin.setValue(4)
    form.interval.spin.setValue(10)
    form.labels.setChecked(False)
    form.classes.tick(0, False)
    tuning.auto_start.setChecked(True)
    await until(lambda: window.desk.stores.tasks.get(stock.task.id).auto_start)  # type: ignore[union-attr]
    await settle(window)
    assert await _stored(station, stock.task.id) == TaskOptions(
        iou=0.5, max_fps=4, keyframe_interval=10, draw_labels=False, classes=(1,)
    )
    form.classes.all_button.click()
    await until(lambda: window.desk.stores.tasks.get(stock.task.id).options.classes is None)  # type: ignore[union-attr]


async def test_a_slider_that_is_dragged_sends_few_values_and_the_last_one(
    open_window: Open, stock: Stock, operator: Actor, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, asked = station.services.tasks, list[float]()
    really, may_answer = service.update, asyncio.Event()

    async def update(actor: Actor, number: int, options: dict[str, float], auto_start: bool) -> object:
        asked.append(options["confidence"])
        await may_answer.wait()
        return await really(actor, number, options, auto_start)

    monkeypatch.setattr(service, "update", update)
    window = await open_window(operator)
    tuning = (await _opened(window, stock)).tuning
    tuning.form.confidence.slider.setValue(30)
    await until(lambda: asked == [0.3])
    for value in range(31, 81):
        tuning.form.confidence.slider.setValue(value)
    await asyncio.sleep(0.05)
    may_answer.set()
    await settle(window)
    assert asked == [0.3, 0.8] and (await _stored(station, stock.task.id)).confidence == 0.8
    assert tuning.form.confidence.value == 0.8, "the answer to the first did not move the slider back"


async def test_changes_are_undone_to_what_was_there_before(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    window = await open_window(operator)
    tuning = (await _opened(window, stock)).tuning
    assert not tuning.undo_button.isEnabled()
    for value in (0.5, 0.9):
        tuning.form.confidence.spin.setValue(value)
        await asyncio.sleep(0.02)
        await settle(window)
    tuning.form.classes.tick(1, False)
    await asyncio.sleep(0.02)
    await settle(window)
    assert await _stored(station, stock.task.id) == TaskOptions(confidence=0.9, classes=(0,))
    QTest.keyClick(window.shell.tasks, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    await settle(window)
    assert await _stored(station, stock.task.id) == TaskOptions()
    assert tuning.form.options == TaskOptions() and not tuning.undo_button.isEnabled()


async def test_what_somebody_else_changes_is_seen(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    tuning = (await _opened(await open_window(operator), stock)).tuning
    await station.services.tasks.update(operator, stock.task.id, {"confidence": 0.75, "classes": (1,)})
    assert tuning.form.confidence.value == 0.75 and tuning.form.classes.checked == (1,)


async def test_what_is_on_its_way_arrives_although_the_sheet_is_closed(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    window = await open_window(operator)
    tuning = (await _opened(window, stock)).tuning
    tuning.form.confidence.spin.setValue(0.55)
    window.shell.tasks.close_sheet()
    await settle(window)
    assert (await _stored(station, stock.task.id)).confidence == 0.55


async def test_another_row_shows_another_task_and_loses_no_change(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    device = await station.services.devices.add(operator, "Yard", "rtsp://10.0.0.2/live")
    other = await station.services.tasks.add(
        operator, "Yard people", device.id, stock.algorithm.id, TaskOptions(confidence=0.9)
    )
    window = await open_window(operator)
    details = await _opened(window, stock)
    details.tuning.form.confidence.spin.setValue(0.55)
    table = window.shell.tasks.table
    table.choose(stock.task.id)
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert details.task.id == other.id and details.accessibleName() == "Yard people"
    assert details.tuning.form.confidence.value == 0.9 and not details.tuning.can_undo
    await settle(window)
    assert (await _stored(station, stock.task.id)).confidence == 0.55
    assert (await _stored(station, other.id)).confidence == 0.9


async def test_a_refused_option_is_told_at_its_field(
    open_window: Open, stock: Stock, operator: Actor, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_arguments: object) -> None:
        raise InvalidInput("bad_option", "The IoU is a number from 0 to 1.", field="options.iou")

    monkeypatch.setattr(station.services.tasks, "update", refuse)
    window = await open_window(operator)
    tuning = (await _opened(window, stock)).tuning
    tuning.form.iou.spin.setValue(0.1)
    await until(lambda: tuning.form.iou.note == "The IoU is a number from 0 to 1.")


async def test_a_change_that_can_not_be_stored_is_taken_back_and_told(
    open_window: Open, stock: Stock, operator: Actor, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_arguments: object) -> None:
        raise Unavailable("database_unavailable", "The database does not answer.")

    monkeypatch.setattr(station.services.tasks, "update", refuse)
    window = await open_window(operator)
    tuning = (await _opened(window, stock)).tuning
    tuning.form.confidence.spin.setValue(0.9)
    await until(lambda: told(window))
    assert told(window) == ["The options of “Gate people” are as they were: The database does not answer."]
    assert tuning.form.confidence.value == 0.25


async def test_classes_are_searched_and_chosen_by_all_and_none(
    open_window: Open, stock: Stock, operator: Actor
) -> None:
    window = await open_window(operator)
    form = (await _opened(window, stock)).tuning.form
    assert form.classes.checked == (0, 1) and form.classes.count.text() == "2 of 2 chosen"
    form.classes.search.setText("CAR")
    form.classes.none_button.click()
    assert form.classes.checked == (0,), "none of those that the search shows"
    form.classes.search.clear()
    form.classes.none_button.click()
    assert form.classes_field.note == "Without a class nothing is found."
    form.classes.view.setCurrentIndex(form.classes.view.model().index(1, 0))
    QTest.keyClick(form.classes.view, Qt.Key.Key_Space)
    assert form.classes.checked == (1,) and form.classes_field.note == ""
    await settle(window)


async def test_a_viewer_looks_at_options_and_changes_none(
    open_window: Open, stock: Stock, viewer: Actor, station: Station
) -> None:
    details = await _opened(await open_window(viewer), stock)
    tuning = details.tuning
    assert not tuning.undo_button.isVisible() and not details.state.run_button.isVisible()
    assert not tuning.form.confidence.slider.isEnabled() and tuning.form.max_fps.spin.isReadOnly()
    tuning.form.classes.tick(0, False)
    await asyncio.sleep(0.02)
    assert tuning.form.classes.checked == (0, 1) and await _stored(station, stock.task.id) == TaskOptions()


# ---- state ------------------------------------------------------------------------------------------------------


async def test_state_reason_and_advice_are_told_and_the_task_is_started_from_there(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    window = await open_window(operator)
    state = (await _opened(window, stock)).state
    assert state.state.text() == "Stopped" and not state.why.isVisible()
    state.run_button.click()
    await settle(window)
    assert state.state.text() == "Starting" and state.run_button.text() == "Stop"
    problem = Problem("auth_failed", "The camera refuses the user name or the password. Check both.")
    await station.services.tasks.on_report(TaskReport(stock.task.id, TaskState.RECONNECTING, problem))
    assert state.why.text() == problem.message and "on the page Devices" in state.advice.text()
    window.desk.words.switch(Language.CHINESE)
    assert "设备" in state.advice.text() and state.run_button.text() == "停止"
    state.run_button.click()
    await until(lambda: state.state.text() == "已停止")
    await station.services.tasks.delete(operator, stock.task.id)
    assert window.shell.tasks.sheet is None, "the details of a deleted task go"


# ---- log and charts ---------------------------------------------------------------------------------------------


async def test_the_log_is_followed(open_window: Open, stock: Stock, viewer: Actor, station: Station) -> None:
    window = await open_window(viewer)
    page = window.shell.tasks
    window.shell.open(page)
    page.table.selectRow(0)
    QTest.keyClick(page, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    await settle(window)
    assert page.details is not None and page.details.tabs.shown is page.details.log
    text = page.details.log.text
    assert text.toPlainText() == "" and text.placeholderText() == "Nothing has been logged yet."
    station.services.tasks.on_log(LogLine(stock.task.id, "INFO", "the camera answers"))
    await until(lambda: "the camera answers" in text.toPlainText())
    page.close_sheet()
    assert not station.services.tasks._logs._followers


async def test_charts_show_the_last_hour_with_its_gaps(
    open_window: Open, stock: Stock, operator: Actor, station: Station
) -> None:
    tasks, number = station.services.tasks, stock.task.id
    await tasks.start(operator, number)
    for state, fps in ((TaskState.RUNNING, 12.0), (TaskState.RECONNECTING, 0.0), (TaskState.RUNNING, 14.0)):
        await tasks.on_report(TaskReport(number, state))
        tasks.on_figures(TaskFigures(number, TaskStats(25, fps, 7, 20, 40, 3, 80)))
    window = await open_window(operator)
    charts = (await _opened(window, stock, "charts")).charts
    assert charts.fps.summary is not None and charts.fps.summary.highest == 14.0
    assert [len(run) for run in charts.fps._lines[0].runs] == [1, 1], "the outage is a gap"
    assert charts.latency.figures.text() == "Now 40 · min 40 · mean 40 · max 40 ms"
    tasks.on_figures(TaskFigures(number, TaskStats(25, 14, 7, 20, 40, 9, 80)))
    assert charts.span.value == 600, "of a task that has just begun"
    charts.span.choose(3600)
    assert charts.objects.summary is not None and charts.objects.summary.highest == 9
    charts.fps.pointed.emit(1.0)
    assert charts.latency.canvas.moment == 1.0, "one moment in all of them"


def test_a_history_is_cut_where_the_task_did_not_run(station: Station) -> None:
    assert runs(station.services.tasks.history(4711), lambda sample: sample.fps_out) == list[list[Point]]()


# ---- key frames -------------------------------------------------------------------------------------------------


def _keep_frames(station: Station, stock: Stock, *numbers: int) -> Path:
    folder = station.storage.task_results(stock.task.id)
    for number in numbers:
        image = QImage(640, 360, QImage.Format.Format_RGB32)
        image.fill(QColor(number, 90, 30))
        assert image.save(str(folder / f"frame_{number}.jpg"))
    return folder


async def test_the_newest_key_frames_are_shown_small_and_large_and_in_their_folder(
    open_window: Open, stock: Stock, viewer: Actor, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, opened = _keep_frames(station, stock, 0, 30, 60), list[str]()
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(QUrl(url).toLocalFile()))
    window = await open_window(viewer)
    frames = (await _opened(window, stock, "frames")).frames
    assert frames.count.text() == "The newest 3 of 3" and frames.list.count() == 3
    icon = frames.list.item(0).icon().pixmap(64, 36).toImage()
    assert abs(icon.pixelColor(icon.rect().center()).red() - 60) < 8, "the newest comes first"
    frames.list.setCurrentRow(0)
    QTest.keyClick(frames.list, Qt.Key.Key_Return)
    await settle(window)
    large = frames._large
    assert large is not None and large.isVisible() and large.picture.image.width() == 640
    assert "frame 60" in large.title.text() and not large.back.isEnabled()
    QTest.keyClick(large.picture, Qt.Key.Key_Right)
    await settle(window)
    assert "frame 30" in large.title.text() and abs(large.picture.image.pixelColor(9, 9).red() - 30) < 8
    QTest.keyClick(large.picture, Qt.Key.Key_Escape)
    assert not large.isVisible() and frames._large is None
    frames.folder_button.click()
    await settle(window)
    assert opened == [str(folder)]


async def test_new_key_frames_come_while_the_task_runs(
    open_window: Open, stock: Stock, operator: Actor, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siapp.ui.pages.task_frames.LOOK_EVERY_S", 0.0)
    window = await open_window(operator)
    frames = (await _opened(window, stock, "frames")).frames
    assert frames.empty.isVisible() and not frames.folder_button.isEnabled()
    _keep_frames(station, stock, 0)
    await station.services.tasks.start(operator, stock.task.id)
    await until(lambda: frames.list.count() == 1)
    assert frames.list.isVisible() and not frames.empty.isVisible()
    await settle(window)


async def test_a_damaged_or_vanished_key_frame_harms_nothing(
    open_window: Open, stock: Stock, viewer: Actor, station: Station
) -> None:
    folder = _keep_frames(station, stock, 0, 30)
    (folder / "frame_60.jpg").write_bytes(b"no picture")
    window = await open_window(viewer)
    frames = (await _opened(window, stock, "frames")).frames
    assert frames.list.count() == 3
    (folder / "frame_30.jpg").unlink()
    frames.show_large(1)
    await settle(window)
    assert told(window) == ["There is no such file."]


async def test_a_sheet_that_is_closed_while_it_reads_harms_nothing(
    open_window: Open, stock: Stock, viewer: Actor, station: Station
) -> None:
    _keep_frames(station, stock, 0, 30)
    window = await open_window(viewer)
    page = window.shell.tasks
    window.shell.open(page)
    page.open_details(stock.task, lambda sheet: sheet.frames)
    page.close_sheet()
    page.open_details(stock.task, lambda sheet: sheet.frames)
    await asyncio.sleep(0.01)
    assert [task.id for task in page.table.selected()] == [stock.task.id], "its row is chosen, too"
    page.close_sheet()
    await settle(window)
    assert told(window) == []
