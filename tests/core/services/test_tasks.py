"""Live tasks: states, twins, crashes, and what many callers at once do to them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace

import pytest

from siapp.app import Station
from siapp.core.db import tasks as task_rows
from siapp.core.db.engine import Database
from siapp.core.domain import Actor, Problem, TaskOptions, TaskState, TaskStats
from siapp.core.errors import Conflict, Forbidden, InvalidInput, NotFound, SiappError, Unavailable
from siapp.core.events import TaskDeleted, TaskStateChanged, TaskStatsChanged
from siapp.core.i18n import Language
from siapp.core.problems import sentence
from siapp.core.services import Services
from siapp.core.services import tasks as task_service
from siapp.core.services.tasks import check_options
from siapp.core.settings import Settings
from siapp.core.specs import AnalysisSpec, CameraSource, LogLine, TaskFigures, TaskReport
from siapp.core.tasklog import LogEntry, LogLevel
from tests.core.services.conftest import Desk, FakeEngine, heard, until

BROKEN = Problem("network", "The connection to the camera broke. Check the network.")


async def test_a_new_task_is_stopped_and_names_its_parts(desk: Desk, services: Services) -> None:
    events = heard(services.bus)
    task = await desk.task("Gate cars")
    assert task.state is TaskState.STOPPED
    assert (task.device.name, task.algorithm.name, task.algorithm.version) == (
        "Gate cars camera",
        "Gate cars algorithm",
        1,
    )
    assert events[-1] == TaskStateChanged(task)
    assert await services.tasks.get(task.id) == task
    assert (await services.tasks.page()).items == (task,)


async def test_a_started_task_runs_with_the_address_the_model_and_the_options(desk: Desk, engine: FakeEngine) -> None:
    task = await desk.task()
    started, done = await desk.services.tasks.start(desk.operator, task.id)
    assert (started.state, done) == (TaskState.STARTING, True)
    spec = engine.specs[task.id]
    assert spec.source.url == "rtsp://admin:s3cret@192.168.1.20/1"
    assert spec.model.classes == ("car", "person")
    assert (spec.model.input_size, spec.model.version, spec.options) == ((320, 320), 1, task.options)


async def test_states_go_as_the_supervisor_says(desk: Desk, engine: FakeEngine, services: Services) -> None:
    task = await desk.task()
    events = heard(services.bus)
    await services.tasks.start(desk.operator, task.id)
    for state, problem in [
        (TaskState.RUNNING, None),
        (TaskState.RECONNECTING, BROKEN),
        (TaskState.RUNNING, None),
        (TaskState.STARTING, None),
        (TaskState.ERROR, BROKEN),
        (TaskState.STARTING, None),
        (TaskState.RUNNING, None),
    ]:
        await engine.report(TaskReport(task.id, state, problem))
        now = await services.tasks.get(task.id)
        assert (now.state, now.error) == (state, problem)
    seen = [event.task.state for event in events if isinstance(event, TaskStateChanged)]
    assert seen == ["starting", "running", "reconnecting", "running", "starting", "error", "starting", "running"]


async def test_the_time_of_a_state_is_when_it_began(desk: Desk, engine: FakeEngine, services: Services) -> None:
    task = await desk.running_task()
    await engine.report(TaskReport(task.id, TaskState.RECONNECTING, BROKEN))
    first = await services.tasks.get(task.id)
    await engine.report(TaskReport(task.id, TaskState.RECONNECTING, Problem("timeout", "still not")))
    second = await services.tasks.get(task.id)
    assert second.state_since == first.state_since > task.state_since
    assert second.error != first.error


async def test_a_stopped_task_is_stopped_when_its_process_is_gone(desk: Desk, engine: FakeEngine) -> None:
    task = await desk.running_task()
    engine.may_stop.clear()
    stopping, done = await desk.services.tasks.stop(desk.operator, task.id)
    assert (stopping.state, done) == (TaskState.STOPPING, True)
    again, done = await desk.services.tasks.stop(desk.operator, task.id)
    assert (again.state, done) == (TaskState.STOPPING, False)
    engine.may_stop.set()
    await desk.in_state(task.id, TaskState.STOPPED)
    assert not engine.runs(task.id)


async def test_a_task_that_is_being_stopped_can_not_be_started_nor_deleted(desk: Desk, engine: FakeEngine) -> None:
    task = await desk.running_task()
    engine.may_stop.clear()
    await desk.services.tasks.stop(desk.operator, task.id)
    with pytest.raises(Conflict) as caught:
        await desk.services.tasks.start(desk.operator, task.id)
    assert caught.value.code == "task_in_transition"
    with pytest.raises(Conflict):
        await desk.services.tasks.delete(desk.operator, task.id)
    engine.may_stop.set()
    await desk.in_state(task.id, TaskState.STOPPED)


async def test_what_is_reported_after_a_stop_is_too_late(desk: Desk, engine: FakeEngine, services: Services) -> None:
    task = await desk.running_task()
    await services.tasks.stop(desk.operator, task.id)
    await desk.in_state(task.id, TaskState.STOPPED)
    for state in (TaskState.RUNNING, TaskState.RECONNECTING, TaskState.ERROR, TaskState.STARTING):
        await engine.report(TaskReport(task.id, state, None))
    assert (await services.tasks.get(task.id)).state is TaskState.STOPPED


async def test_stopping_and_starting_twice_does_nothing_twice(desk: Desk, engine: FakeEngine) -> None:
    task = await desk.task()
    assert (await desk.services.tasks.stop(desk.operator, task.id))[1] is False
    assert (await desk.services.tasks.start(desk.operator, task.id))[1] is True
    assert (await desk.services.tasks.start(desk.operator, task.id))[1] is False
    assert engine.calls.count(("start", task.id)) == 1


async def test_twenty_callers_start_a_task_once(desk: Desk, engine: FakeEngine) -> None:
    task = await desk.task()
    answers = await asyncio.gather(*(desk.services.tasks.start(desk.operator, task.id) for _ in range(20)))
    assert sum(done for _task, done in answers) == 1
    assert {task.state for task, _done in answers} == {TaskState.STARTING}
    assert engine.calls == [("start", task.id)]


async def test_starts_stops_and_deletes_of_many_callers_never_run_a_task_twice(desk: Desk, engine: FakeEngine) -> None:
    task = await desk.task()
    tasks = desk.services.tasks

    async def one(do: Callable[[Actor, int], Awaitable[object]]) -> str:
        try:
            await do(desk.operator, task.id)
        except (Conflict, NotFound) as error:
            return error.code
        return "ok"

    # FakeEngine.start_task asserts that no task is started while it runs.
    wishes = [tasks.start, tasks.stop, tasks.start, tasks.delete] * 15
    answers = await asyncio.gather(*(one(wish) for wish in wishes))
    assert set(answers) <= {"ok", "task_in_transition", "task_running", "task_not_found"}


async def test_a_running_task_is_not_deleted_and_goes_on(desk: Desk, engine: FakeEngine) -> None:
    task = await desk.running_task()
    with pytest.raises(Conflict) as caught:
        await desk.services.tasks.delete(desk.operator, task.id)
    assert caught.value.code == "task_running"
    assert engine.runs(task.id)
    assert (await desk.services.tasks.get(task.id)).state is TaskState.RUNNING


async def test_a_deleted_task_is_gone_with_its_files(desk: Desk, services: Services) -> None:
    task = await desk.running_task()
    await services.tasks.stop(desk.operator, task.id)
    await desk.in_state(task.id, TaskState.STOPPED)
    folder = desk.storage.task_results(task.id)
    assert "stopping -> stopped" in await services.tasks.log(task.id)
    events = heard(services.bus)
    await services.tasks.delete(desk.operator, task.id)
    assert events == [TaskDeleted(task.id)]
    services.tasks.on_log(LogLine(task.id, "INFO", "said by a process that was just ending"))
    await services.tasks.log((await desk.task("another")).id)  # the same thread writes what there is to write
    assert not folder.exists()
    with pytest.raises(NotFound):
        await services.tasks.get(task.id)


async def test_a_task_that_waits_in_error_can_be_started_stopped_and_deleted(desk: Desk, engine: FakeEngine) -> None:
    task = await desk.running_task()
    await engine.report(TaskReport(task.id, TaskState.ERROR, BROKEN))
    await desk.services.tasks.start(desk.operator, task.id)
    assert engine.calls[-2:] == [("stop", task.id), ("start", task.id)]
    await engine.report(TaskReport(task.id, TaskState.ERROR, BROKEN))
    assert (await desk.services.tasks.stop(desk.operator, task.id))[1] is True
    await desk.in_state(task.id, TaskState.STOPPED)
    await desk.services.tasks.start(desk.operator, task.id)
    await engine.report(TaskReport(task.id, TaskState.ERROR, BROKEN))
    await desk.services.tasks.delete(desk.operator, task.id)
    assert not engine.runs(task.id)


async def test_numbers_of_deleted_tasks_are_not_given_again(desk: Desk, services: Services) -> None:
    first = await desk.task("one")
    await services.tasks.delete(desk.operator, first.id)
    second = await services.tasks.add(desk.operator, "two", first.device.id, first.algorithm.id)
    assert second.id > first.id


async def test_a_name_is_taken_once_in_every_spelling(desk: Desk) -> None:
    task = await desk.task("Straße")
    camera = await desk.camera("another")
    with pytest.raises(Conflict) as caught:
        await desk.services.tasks.add(desk.operator, "STRASSE", camera.id, task.algorithm.id)
    assert caught.value.code == "name_taken"


async def test_the_same_camera_and_algorithm_make_one_task(desk: Desk) -> None:
    task = await desk.task("one")
    with pytest.raises(Conflict) as caught:
        await desk.services.tasks.add(desk.operator, "two", task.device.id, task.algorithm.id)
    assert caught.value.code == "duplicate_task"
    assert "one" in caught.value.text()


async def test_twins_that_race_are_refused_by_name_and_by_parts(desk: Desk) -> None:
    task = await desk.task("first")
    cameras = [await desk.camera(f"camera {number}") for number in range(8)]
    add = desk.services.tasks.add
    by_name = await asyncio.gather(
        *(add(desk.operator, "same", camera.id, task.algorithm.id) for camera in cameras), return_exceptions=True
    )
    by_parts = await asyncio.gather(
        *(add(desk.operator, f"{n}", task.device.id, task.algorithm.id) for n in range(8)), return_exceptions=True
    )
    assert codes(by_name) == ["name_taken"] * 7
    assert codes(by_parts) == ["duplicate_task"] * 8


def codes(answers: list[object | BaseException]) -> list[str]:
    return [
        answer.code if isinstance(answer, SiappError) else repr(answer)
        for answer in answers
        if isinstance(answer, BaseException)
    ]


@pytest.mark.parametrize(
    ("device", "algorithm", "code"),
    [
        (0, None, "device_not_found"),
        (-1, None, "device_not_found"),
        (2**31, None, "device_not_found"),
        (10**30, None, "device_not_found"),
        (None, 4711, "algorithm_not_found"),
        (None, 2**63, "algorithm_not_found"),
    ],
)
async def test_parts_that_do_not_exist_are_not_found(
    desk: Desk, device: int | None, algorithm: int | None, code: str
) -> None:
    task = await desk.task()
    with pytest.raises(NotFound) as caught:
        await desk.services.tasks.add(
            desk.operator,
            "other",
            task.device.id if device is None else device,
            task.algorithm.id if algorithm is None else algorithm,
        )
    assert caught.value.code == code


@pytest.mark.parametrize("number", [0, -1, 4711, 2**31, 2**63, 10**30])
async def test_a_task_that_does_not_exist_is_not_found(desk: Desk, number: int) -> None:
    tasks = desk.services.tasks
    for call in (tasks.start, tasks.stop, tasks.delete, tasks.update):
        with pytest.raises(NotFound):
            await call(desk.operator, number)
    with pytest.raises(NotFound):
        await tasks.log(number)
    with pytest.raises(NotFound):
        await tasks.follow_log(number, lambda _entry: None)


async def test_a_viewer_may_look_and_nothing_else(desk: Desk, viewer: Actor) -> None:
    task = await desk.task()
    tasks = desk.services.tasks
    assert await tasks.get(task.id) == task
    for call in (
        lambda: tasks.start(viewer, task.id),
        lambda: tasks.stop(viewer, task.id),
        lambda: tasks.delete(viewer, task.id),
        lambda: tasks.update(viewer, task.id, auto_start=True),
        lambda: tasks.add(viewer, "mine", task.device.id, task.algorithm.id),
    ):
        with pytest.raises(Forbidden):
            await call()
    assert await tasks.get(task.id) == task


async def test_an_algorithm_without_a_ready_version_starts_nothing(desk: Desk, engine: FakeEngine) -> None:
    engine.answers.append(BROKEN)
    algorithm = await desk.algorithm()
    camera = await desk.camera()
    task = await desk.services.tasks.add(desk.operator, "x", camera.id, algorithm.id)
    with pytest.raises(Conflict) as caught:
        await desk.services.tasks.start(desk.operator, task.id)
    assert caught.value.code == "algorithm_not_ready"
    assert (await desk.services.tasks.get(task.id)).state is TaskState.STOPPED


GOOD = TaskOptions()


@pytest.mark.parametrize(
    "options",
    [
        GOOD,
        TaskOptions(confidence=0.0, iou=1.0, max_fps=0.1, keyframe_interval=1, classes=()),
        TaskOptions(confidence=1.0, iou=0.0, max_fps=240, keyframe_interval=100_000, classes=(0, 9999)),
    ],
)
def test_options_in_their_ranges_are_taken(options: TaskOptions) -> None:
    check_options(options)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (TaskOptions(confidence=-0.01), "confidence"),
        (TaskOptions(confidence=1.01), "confidence"),
        (TaskOptions(confidence=float("nan")), "confidence"),
        (TaskOptions(iou=float("inf")), "iou"),
        (TaskOptions(iou=-1), "iou"),
        (TaskOptions(max_fps=0), "max_fps"),
        (TaskOptions(max_fps=241), "max_fps"),
        (TaskOptions(max_fps=float("nan")), "max_fps"),
        (TaskOptions(keyframe_interval=0), "keyframe_interval"),
        (TaskOptions(keyframe_interval=100_001), "keyframe_interval"),
        (TaskOptions(classes=(-1,)), "classes"),
        (TaskOptions(classes=(10_000,)), "classes"),
    ],
)
async def test_options_out_of_range_are_refused_by_name(desk: Desk, options: TaskOptions, field: str) -> None:
    task = await desk.task()
    with pytest.raises(InvalidInput) as caught:
        await desk.services.tasks.update(desk.operator, task.id, asdict(options))
    assert caught.value.field == f"options.{field}"
    assert (await desk.services.tasks.get(task.id)).options == GOOD


async def test_options_reach_a_running_task_without_a_restart(desk: Desk, engine: FakeEngine) -> None:
    task = await desk.running_task()
    options = TaskOptions(confidence=0.5, classes=(1,), max_fps=5)
    updated = await desk.services.tasks.update(desk.operator, task.id, asdict(options), auto_start=True)
    assert (updated.options, updated.auto_start, updated.state) == (options, True, TaskState.RUNNING)
    assert engine.calls == [("start", task.id), ("options", task.id, options)]
    assert await desk.services.tasks.get(task.id) == updated


async def test_options_of_a_stopped_task_are_kept_for_its_start(desk: Desk, engine: FakeEngine) -> None:
    task = await desk.task()
    await desk.services.tasks.update(desk.operator, task.id, {"iou": 0.5})
    await desk.services.tasks.update(desk.operator, task.id, auto_start=True)
    await desk.services.tasks.start(desk.operator, task.id)
    assert engine.specs[task.id].options == TaskOptions(iou=0.5)


async def test_two_who_change_different_options_at_once_both_succeed(desk: Desk) -> None:
    task = await desk.task()
    await asyncio.gather(
        desk.services.tasks.update(desk.operator, task.id, {"iou": 0.5}),
        desk.services.tasks.update(desk.operator, task.id, {"confidence": 0.5}),
    )
    assert (await desk.services.tasks.get(task.id)).options == TaskOptions(confidence=0.5, iou=0.5)


async def test_another_active_version_reaches_running_tasks(desk: Desk, engine: FakeEngine, services: Services) -> None:
    task = await desk.running_task()
    await services.algorithms.add_version(desk.operator, task.algorithm.id, await desk.upload())
    await desk.imported(task.algorithm.id)
    events = heard(services.bus)
    await services.algorithms.activate(desk.operator, task.algorithm.id, 2)
    await until(lambda: services.tasks.get(task.id), lambda _task: ("model", task.id, 2) in engine.calls)
    assert events[-1] == TaskStateChanged(await services.tasks.get(task.id))
    assert events[-1].task.algorithm.version == 2


async def test_another_active_version_reaches_running_tasks_after_an_outage(
    desk: Desk, engine: FakeEngine, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_service, "STORE_RETRY_S", 0.01)
    task = await desk.running_task()
    await services.algorithms.add_version(desk.operator, task.algorithm.id, await desk.upload())
    await desk.imported(task.algorithm.id)

    def refuse(*_arguments: object) -> None:
        raise Unavailable("database_unavailable", "The database does not answer.")

    with monkeypatch.context() as outage:
        outage.setattr(task_rows, "using_algorithm", refuse)
        await services.algorithms.activate(desk.operator, task.algorithm.id, 2)
        await asyncio.sleep(0.05)
        assert ("model", task.id, 2) not in engine.calls
    async with asyncio.timeout(10):
        while ("model", task.id, 2) not in engine.calls:
            await asyncio.sleep(0.005)


async def test_a_renamed_camera_is_renamed_in_its_tasks(desk: Desk, services: Services) -> None:
    task = await desk.running_task()
    events = heard(services.bus)
    await services.devices.update(desk.operator, task.device.id, name="South gate")
    changes = [event.task.device.name for event in events if isinstance(event, TaskStateChanged)]
    assert changes == ["South gate"]
    assert (await services.tasks.get(task.id)).device.name == "South gate"


async def test_figures_are_shown_while_a_task_runs_and_not_after(desk: Desk, engine: FakeEngine) -> None:
    task, figures = await desk.running_task(), TaskStats(fps_in=25, fps_out=24.5, objects=3)
    events = heard(desk.services.bus)
    await engine.report(TaskFigures(task.id, figures))
    assert events == [TaskStatsChanged(replace(task, stats=figures))]
    assert (await desk.services.tasks.get(task.id)).stats == figures
    await desk.services.tasks.stop(desk.operator, task.id)
    await desk.in_state(task.id, TaskState.STOPPED)
    await engine.report(TaskFigures(task.id, figures))
    assert (await desk.services.tasks.get(task.id)).stats == TaskStats()


async def test_the_last_hour_has_a_gap_where_the_task_did_not_run(desk: Desk, engine: FakeEngine) -> None:
    task, figures = await desk.running_task(), TaskStats(fps_in=25, fps_out=24.5, objects=3)
    await engine.report(TaskFigures(task.id, figures))
    await engine.report(TaskReport(task.id, TaskState.RECONNECTING))
    await engine.report(TaskFigures(task.id, TaskStats()))
    await engine.report(TaskReport(task.id, TaskState.RUNNING))
    await engine.report(TaskFigures(task.id, figures))
    samples = desk.services.tasks.history(task.id).samples
    assert [(sample.fps_out, sample.objects, sample.begins) for sample in samples] == [(24.5, 3, True)] * 2
    await desk.services.tasks.stop(desk.operator, task.id)
    await desk.in_state(task.id, TaskState.STOPPED)
    assert len(desk.services.tasks.history(task.id).samples) == 2, "it is kept while the task is there"
    await desk.services.tasks.delete(desk.operator, task.id)
    assert desk.services.tasks.history(task.id).samples == ()


async def test_figures_of_unknown_tasks_are_nothing(engine: FakeEngine, services: Services) -> None:
    events = heard(services.bus)
    await engine.report(TaskFigures(4711, TaskStats()))
    await engine.report(TaskReport(4711, TaskState.RUNNING))
    assert events == []


async def test_the_log_tells_states_with_their_reasons(desk: Desk, engine: FakeEngine) -> None:
    task = await desk.running_task()
    await engine.report(
        TaskReport(task.id, TaskState.RECONNECTING, Problem("stall", "No picture for {seconds} s.", (("seconds", 5),)))
    )
    await engine.report(LogLine(task.id, "INFO", "attempt 1"))
    log = await desk.services.tasks.log(task.id)
    lines = [line.split(maxsplit=2)[1:] for line in log.splitlines()]
    assert lines == [
        ["INFO", "stopped -> starting"],
        ["INFO", "starting -> running"],
        ["WARNING", "running -> reconnecting: No picture for 5 s."],
        ["INFO", "attempt 1"],
    ]
    assert await desk.services.tasks.log(task.id, tail=1) == log.splitlines(keepends=True)[-1]


async def test_a_log_is_followed_from_where_it_is(desk: Desk, engine: FakeEngine) -> None:
    task, lines = await desk.running_task(), list[LogEntry]()
    tail = await desk.services.tasks.follow_log(task.id, lines.append, tail=1)
    await engine.report(LogLine(task.id, "WARNING", "a slow disk"))
    assert [entry.text for entry in tail.entries] == ["starting -> running"]
    assert [(entry.level, entry.text) for entry in lines] == [(LogLevel.WARNING, "a slow disk")]
    tail.close()
    await engine.report(LogLine(task.id, "INFO", "nobody hears it"))
    assert len(lines) == 1


async def test_each_attempt_to_reconnect_is_told_and_logged_with_the_next(desk: Desk, engine: FakeEngine) -> None:
    task = await desk.running_task()
    events, since = heard(desk.services.bus), None
    for attempt, wait in ((1, 0.5), (2, 15.2)):
        values = (("attempt", attempt), ("next_in_s", wait))
        await engine.report(TaskReport(task.id, TaskState.RECONNECTING, Problem("timeout", "No answer.", values)))
        shown = await desk.services.tasks.get(task.id)
        since = since or shown.state_since
        assert shown.state_since == since
    told = [sentence(event.task.error, Language.ENGLISH) for event in events if isinstance(event, TaskStateChanged)]
    assert told == ["No answer. Attempt 1, next try in 1 s.", "No answer. Attempt 2, next try in 16 s."]
    assert sentence(shown.error, Language.CHINESE) == "No answer.第 2 次连接失败，16 秒后重试。"
    lines = (await desk.services.tasks.log(task.id, tail=2)).splitlines()
    assert [line.split(maxsplit=2)[2] for line in lines] == [
        "running -> reconnecting: No answer. Attempt 1, next try in 1 s.",
        "reconnecting -> reconnecting: No answer. Attempt 2, next try in 16 s.",
    ]


async def test_a_crash_leaves_tasks_interrupted_and_resumes_those_marked(
    settings: Settings, engines: list[FakeEngine], operator: Actor
) -> None:
    async with Station(settings) as station:
        desk = Desk(station, engines[-1], operator)
        plain, marked = await desk.running_task("plain"), await desk.running_task("marked", auto_start=True)
        idle = await desk.task("idle")
    crash(settings, plain.id, marked.id)
    async with Station(settings) as station:
        tasks = station.services.tasks
        interrupted = await tasks.get(plain.id)
        assert (interrupted.state, interrupted.error) == (TaskState.INTERRUPTED, task_service.INTERRUPTED)
        assert (await tasks.get(marked.id)).state is TaskState.STARTING
        assert (await tasks.get(idle.id)).state is TaskState.STOPPED
        assert engines[-1].calls == [("start", marked.id)]
        assert (await tasks.start(operator, plain.id))[1] is True


def crash(settings: Settings, *task_ids: int) -> None:
    """Write what a killed program leaves: rows that still say running."""
    engine = Database(settings.sqlalchemy_url).engine
    with engine.begin() as connection:
        for number in task_ids:
            connection.exec_driver_sql(f"UPDATE tasks SET state = 'running' WHERE id = {number}")
    engine.dispose()


async def test_a_task_in_error_marked_for_it_begins_again_at_the_next_start(
    settings: Settings, engines: list[FakeEngine], operator: Actor
) -> None:
    async with Station(settings) as station:
        task = await Desk(station, engines[-1], operator).running_task(auto_start=True)
        await engines[-1].report(TaskReport(task.id, TaskState.ERROR, BROKEN))
    async with Station(settings) as station:
        assert (await station.services.tasks.get(task.id)).state is TaskState.STARTING


async def test_a_marked_task_that_can_not_begin_does_not_keep_siapp_from_starting(
    settings: Settings, engines: list[FakeEngine], operator: Actor
) -> None:
    async with Station(settings) as station:
        desk = Desk(station, engines[-1], operator)
        task, good = await desk.task("bad", auto_start=True), await desk.task("good", auto_start=True)
    engine = Database(settings.sqlalchemy_url).engine
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE algorithms SET active_version = NULL WHERE id = {task.algorithm.id}")
    engine.dispose()
    async with Station(settings) as station:
        assert (await station.services.tasks.get(task.id)).state is TaskState.STOPPED
        assert (await station.services.tasks.get(good.id)).state is TaskState.STARTING


async def test_the_end_of_the_program_stops_every_task_in_order(
    settings: Settings, engines: list[FakeEngine], operator: Actor
) -> None:
    async with Station(settings) as station:
        desk = Desk(station, engines[-1], operator)
        one, two = await desk.running_task("one"), await desk.running_task("two")
        await desk.services.tasks.stop(operator, two.id)
    assert engines[-1].specs == {}
    async with Station(settings) as station:
        assert {task.state for task in (await station.services.tasks.page()).items} == {TaskState.STOPPED}
    assert one.id != two.id


async def test_reports_during_an_outage_are_stored_after_it(
    desk: Desk, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_service, "STORE_RETRY_S", 0.01)
    one, two = await desk.running_task("one"), await desk.running_task("two")
    await engine.report(TaskReport(two.id, TaskState.ERROR, BROKEN))
    outage = Outage(monkeypatch)
    await engine.report(TaskReport(one.id, TaskState.RECONNECTING, BROKEN))
    await engine.report(TaskReport(one.id, TaskState.ERROR, BROKEN))
    await engine.report(TaskReport(two.id, TaskState.STARTING))
    await engine.report(TaskReport(two.id, TaskState.RUNNING))
    await until(outage.tries, lambda tries: tries >= 3)
    outage.end()
    assert (await desk.in_state(one.id, TaskState.ERROR)).error == BROKEN
    await desk.in_state(two.id, TaskState.RUNNING)


async def test_a_stop_during_an_outage_ends_after_it(
    desk: Desk, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_service, "STORE_RETRY_S", 0.01)
    task = await desk.running_task()
    engine.may_stop.clear()
    await desk.services.tasks.stop(desk.operator, task.id)
    outage = Outage(monkeypatch)
    engine.may_stop.set()
    await until(outage.tries, lambda tries: tries >= 2)
    outage.end()
    await desk.in_state(task.id, TaskState.STOPPED)


class Outage:
    """A database whose tasks can't be changed until `end`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._set_state, self._tries = task_rows.set_state, 0
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(task_rows, "set_state", self._refuse)

    def _refuse(self, *_arguments: object) -> None:
        self._tries += 1
        raise Unavailable("database_unavailable", "The database does not answer.")

    async def tries(self) -> int:
        return self._tries

    def end(self) -> None:
        self._monkeypatch.setattr(task_rows, "set_state", self._set_state)


async def test_an_address_that_is_edited_while_a_task_starts_arrives(
    desk: Desk, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await desk.task()
    started = engine.start_task

    def edited_meanwhile(spec: AnalysisSpec) -> None:
        started(spec)
        monkeypatch.setattr(desk.services.devices, "source", _elsewhere)

    monkeypatch.setattr(engine, "start_task", edited_meanwhile)
    await desk.services.tasks.start(desk.operator, task.id)
    async with asyncio.timeout(10):
        while ("source", task.device.id, "rtsp://10.0.0.9/new") not in engine.calls:
            await asyncio.sleep(0.01)


async def _elsewhere(_device_id: int) -> CameraSource:
    return CameraSource("rtsp://10.0.0.9/new")
