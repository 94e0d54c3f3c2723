"""Tests on recorded videos: a row and its files come and go together, and each run ends in one true state."""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from siapp import app
from siapp.app import Station
from siapp.core.db import audit
from siapp.core.db import tests as rows
from siapp.core.db.tables import AuditRow
from siapp.core.domain import Action, Actor, AuditEntry, Problem, TaskOptions, TaskState, TestTask
from siapp.core.errors import Conflict, Forbidden, InvalidInput, NotFound, OutOfSpace, SiappError, Unavailable
from siapp.core.events import TestDeleted, TestProgress, TestStateChanged
from siapp.core.services import Services
from siapp.core.services import tests as service
from siapp.core.services.recordings import ANALYSIS_DIED
from siapp.core.services.tests import INTERRUPTED, WAITING, TestService
from siapp.core.settings import Settings, load_settings
from siapp.core.specs import JobKind
from siapp.core.tasklog import LogEntry, LogLevel
from siapp.core.workers.engine import JobDied
from tests.core.services.conftest import ANALYSED, VIDEO, Desk, FakeEngine, heard, until

ROOT = Path(__file__).parents[3]
S = TaskState
BROKEN = Problem("bad_folder", "The results can't be written there: {reason}.", (("reason", "No space left"),))


@pytest.fixture
def tests(services: Services) -> TestService:
    return services.tests


def files(desk: Desk) -> set[str]:
    """Videos and results, and uploads that are still there."""
    folders = desk.storage.videos, desk.storage.results, desk.storage.root / "incoming"
    return {path.name for folder in folders for path in folder.iterdir()}


def results(desk: Desk, test: TestTask) -> set[str]:
    return {path.name for path in desk.storage.test_results(test.id).iterdir()}


async def running(desk: Desk, name: str = "Street") -> TestTask:
    """A test whose process does not end before the engine may answer."""
    test = await desk.test(name)
    desk.engine.may_answer.clear()
    await desk.services.tests.start(desk.operator, test.id)
    return await desk.test_in_state(test.id, S.RUNNING)


async def ended(desk: Desk, test: TestTask, *answers: Any) -> TestTask:
    """A run with this answer of its process."""
    desk.engine.answers.extend(answers)
    desk.engine.may_answer.set()
    await desk.services.tests.start(desk.operator, test.id)
    await until(desk.services.tests.page, lambda _page: not desk.services.tests._background._tasks)
    return await desk.services.tests.get(test.id)


async def deeds(desk: Desk) -> list[AuditEntry]:
    def read(session: Any) -> list[AuditEntry]:
        return [audit.entry(row) for row in session.query(AuditRow).order_by(AuditRow.seq)]

    return [entry for entry in await desk.services.tests._db.read(read) if entry.deed.action.kind == "test"]


# ---- adding --------------------------------------------------------------------------------------------------


async def test_an_uploaded_video_becomes_a_test_that_says_what_is_in_it(desk: Desk, tests: TestService) -> None:
    algorithm, events = await desk.algorithm(), heard(desk.services.bus)
    upload = await desk.upload(b"12345", "街道.mp4")
    test = await tests.add(desk.operator, "Street", algorithm.id, upload, TaskOptions(confidence=0.5))
    assert (test.state, test.error, test.created_by) == (S.STOPPED, None, "olga")
    assert (test.algorithm.name, test.algorithm.version, test.options.confidence) == ("Cars", 1, 0.5)
    assert (test.video.filename, test.video.size, test.video.info.frames) == ("街道.mp4", 5, 30)
    assert (test.progress.done, test.progress.total, test.progress.eta_s) == (0, 30, None)
    assert events == [TestStateChanged(test)]
    assert await tests.get(test.id) == test
    assert (await tests.page()).items == (test,)
    assert desk.storage.video(test.video.file).read_bytes() == b"12345"
    assert files(desk) == {test.video.file}, "and the client's name for it is nowhere on the disk"


async def test_a_video_is_looked_into_by_a_process_of_its_own(desk: Desk) -> None:
    await desk.test()
    kind, given = desk.engine.jobs[-1]
    assert kind is JobKind.PROBE and given["source"]["is_file"]


@pytest.mark.parametrize("answer", [Problem("no_video", "There is no video in it."), JobDied("over its time")])
async def test_what_is_no_video_is_refused_and_not_kept(desk: Desk, tests: TestService, answer: Any) -> None:
    algorithm = await desk.algorithm()
    desk.engine.answers.append(answer)
    with pytest.raises(InvalidInput) as caught:
        await tests.add(desk.operator, "Street", algorithm.id, await desk.upload())
    assert (caught.value.code, caught.value.field) == ("not_a_video", "video_file")
    assert (files(desk), (await tests.page()).total, await deeds(desk)) == (set(), 0, [])


@pytest.mark.parametrize(
    ("name", "algorithm", "options", "error"),
    [
        ("a/b", 1, None, InvalidInput),
        ("", 1, None, InvalidInput),
        ("Street", 4711, None, NotFound),
        ("Street", 2**40, None, NotFound),
        ("Street", 1, TaskOptions(confidence=2), InvalidInput),
        ("TAKEN", 1, None, Conflict),
        ("gate CARS", 1, None, Conflict),
    ],
)
async def test_what_can_not_be_a_test_leaves_no_file(
    desk: Desk, tests: TestService, name: str, algorithm: int, options: TaskOptions | None, error: type[SiappError]
) -> None:
    await desk.task("Gate cars")  # its algorithm is number 1
    taken = await desk.test("Taken")
    with pytest.raises(error):
        await tests.add(desk.operator, name, algorithm, await desk.upload(), options)
    assert files(desk) - {"task-1"} == {taken.video.file}


async def test_no_task_gets_the_name_of_a_test_before_that_is_deleted(desk: Desk, tests: TestService) -> None:
    test = await desk.test("Street")
    with pytest.raises(Conflict) as caught:
        await desk.task("STREET")
    assert caught.value.code == "name_taken"
    await tests.delete(desk.operator, test.id)
    camera = (await desk.services.devices.page()).items[0]
    await desk.services.tasks.add(desk.operator, "Street", camera.id, test.algorithm.id)


async def test_twins_that_race_make_one_test(desk: Desk, tests: TestService) -> None:
    algorithm = await desk.algorithm()
    uploads = [await desk.upload() for _ in range(6)]
    answers = await asyncio.gather(
        *(tests.add(desk.operator, "same", algorithm.id, upload) for upload in uploads), return_exceptions=True
    )
    assert sum(isinstance(answer, TestTask) for answer in answers) == 1
    assert len(files(desk)) == (await tests.page()).total == 1


async def test_a_viewer_changes_nothing(desk: Desk, tests: TestService, viewer: Actor) -> None:
    test = await desk.test()
    upload = await desk.upload()
    for call in (
        tests.add(viewer, "mine", test.algorithm.id, upload),
        tests.start(viewer, test.id),
        tests.stop(viewer, test.id),
        tests.delete(viewer, test.id),
    ):
        with pytest.raises(Forbidden):
            await call
    assert not upload.path.exists() and await tests.get(test.id) == test


@pytest.mark.parametrize("number", [0, -1, 4711, 2**31, 2**64])
async def test_what_does_not_exist_is_not_found(desk: Desk, tests: TestService, number: int) -> None:
    for call in (
        tests.get(number),
        tests.log(number),
        tests.follow_log(number, lambda _entry: None),
        tests.start(desk.operator, number),
        tests.stop(desk.operator, number),
        tests.delete(desk.operator, number),
    ):
        with pytest.raises(NotFound):
            await call


# ---- runs ----------------------------------------------------------------------------------------------------


async def test_a_run_goes_through_its_states_and_says_how_far_it_is(desk: Desk, tests: TestService) -> None:
    test = await desk.test()
    events = heard(desk.services.bus)
    desk.engine.may_answer.clear()
    started, done = await tests.start(desk.operator, test.id)
    assert (started.state, done) == (S.STARTING, True)
    now = await desk.test_in_state(test.id, S.RUNNING)
    await until(tests.page, lambda page: page.items[0].progress.done == 15)
    desk.engine.may_answer.set()
    now = await desk.test_in_state(test.id, S.COMPLETED)
    assert (now.error, now.progress.done, now.progress.total) == (None, 30, 30)
    assert (now.progress.fps, now.progress.eta_s) == (20.0, 0.0)
    states = [event.test.state for event in events if isinstance(event, TestStateChanged)]
    assert states == [S.STARTING, S.RUNNING, S.COMPLETED]
    assert [event.progress.done for event in events if isinstance(event, TestProgress)] == [15]
    log = await tests.log(test.id)
    assert "street.mp4 with Street algorithm, version 1" in log
    assert "WARNING said by the process" in log and "30 frames in 1.50 s" in log
    assert "running -> completed" in log and "ERROR" not in log
    assert results(desk, test) == {"output.mp4", "process.log"}


async def test_a_run_gets_the_video_the_active_version_and_the_options(desk: Desk, tests: TestService) -> None:
    algorithm = await desk.algorithm()
    await desk.services.algorithms.add_version(desk.operator, algorithm.id, await desk.upload())
    await desk.imported(algorithm.id)
    test = await tests.add(
        desk.operator, "Street", algorithm.id, await desk.upload(), TaskOptions(classes=(1,), keyframe_interval=5)
    )
    await desk.services.algorithms.activate(desk.operator, algorithm.id, 2)
    assert (await ended(desk, test)).algorithm.version == 2
    given = desk.engine.jobs[-1][1]
    assert given["video"] == str(desk.storage.video(test.video.file))
    assert given["folder"] == str(desk.storage.test_results(test.id))
    assert (given["model"]["version"], given["options"]["classes"], given["modest"]) == (2, (1,), True)
    assert given["options"]["keyframe_interval"] == 5
    await desk.services.algorithms.activate(desk.operator, algorithm.id, 1)
    assert (await tests.get(test.id)).algorithm.version == 2, "the one that its results are of"
    await ended(desk, test)
    assert (await tests.get(test.id)).algorithm.version == 1


async def test_starting_and_stopping_twice_does_nothing_twice(desk: Desk, tests: TestService) -> None:
    test = await desk.test()
    assert await tests.stop(desk.operator, test.id) == (test, False)
    desk.engine.may_answer.clear()
    answers = await asyncio.gather(*(tests.start(desk.operator, test.id) for _ in range(20)))
    assert sum(done for _test, done in answers) == 1
    await desk.test_in_state(test.id, S.RUNNING)
    assert (await tests.start(desk.operator, test.id))[1] is False
    assert [kind for kind, _given in desk.engine.jobs].count(JobKind.ANALYZE) == 1
    answers = await asyncio.gather(*(tests.stop(desk.operator, test.id) for _ in range(20)))
    assert sum(done for _test, done in answers) == 1
    await desk.test_in_state(test.id, S.STOPPED)


async def test_a_stopped_test_keeps_what_was_done_and_is_no_error(desk: Desk, tests: TestService) -> None:
    test = await running(desk)
    stopping, done = await tests.stop(desk.operator, test.id)
    assert (stopping.state, done) == (S.STOPPING, True)
    stopped = await desk.test_in_state(test.id, S.STOPPED)
    assert (stopped.error, stopped.progress.done, stopped.progress.eta_s) == (None, 15, None)
    assert results(desk, test) == {"output.mp4", "process.log"}


async def test_who_stops_a_test_that_is_just_ending_gets_a_stopped_one(desk: Desk, tests: TestService) -> None:
    test = await running(desk)
    async with tests._lock(test.id):  # its end is stored after the stop
        stop = asyncio.create_task(tests.stop(desk.operator, test.id), name="stop")
        await asyncio.sleep(0)
        desk.engine.may_answer.set()
        await until(tests.page, lambda _page: not tests._runs)
    assert (await stop)[1] is True
    assert (await desk.test_in_state(test.id, S.STOPPED)).error is None


async def test_a_log_is_followed_while_the_test_runs(desk: Desk, tests: TestService) -> None:
    test, lines = await desk.test(), list[LogEntry]()
    tail = await tests.follow_log(test.id, lines.append)
    await tests.start(desk.operator, test.id)
    await desk.test_in_state(test.id, TaskState.COMPLETED)
    assert tail.entries == ()
    assert (LogLevel.WARNING, "said by the process") in [(entry.level, entry.text) for entry in lines]
    tail.close()


async def test_a_failed_run_says_why_in_its_state_its_file_and_its_log(desk: Desk, tests: TestService) -> None:
    test = await ended(desk, await desk.test(), BROKEN)
    assert (test.state, test.error) == (S.ERROR, BROKEN)
    said = (desk.storage.test_results(test.id) / "error.txt").read_text(encoding="utf-8").splitlines()
    assert said[0] == "The results can't be written there: No space left." and len(said) == 2
    assert said[1] != said[0] and "No space left" in said[1], "in Chinese, too"
    assert f"ERROR   running -> error: {said[0]}" in await tests.log(test.id)


async def test_a_killed_process_is_an_error_with_its_reason(desk: Desk, tests: TestService) -> None:
    test = await ended(desk, await desk.test(), JobDied("SIGKILL"))
    assert test.state is S.ERROR and test.error is not None
    assert (test.error.code, dict(test.error.values)) == (ANALYSIS_DIED.code, {"cause": "SIGKILL"})
    assert "SIGKILL" in (desk.storage.test_results(test.id) / "error.txt").read_text(encoding="utf-8")


@pytest.mark.expects_errors
async def test_an_error_that_nobody_foresaw_is_an_error_without_its_details(desk: Desk, tests: TestService) -> None:
    test = await ended(desk, await desk.test(), {"secret": "detail"})
    assert test.state is S.ERROR and test.error is not None and test.error.code == "unforeseen"
    assert "secret" not in await tests.log(test.id)


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        ({}, True),
        ({"frames": 31}, True),
        ({"frames": 20}, False),
        ({"decode_errors": 2}, False),
    ],
)
async def test_a_video_that_breaks_off_is_completed_with_what_could_be_read_and_says_so(
    desk: Desk, answer: dict[str, int], whole: bool
) -> None:
    test = await ended(desk, await desk.test(), ANALYSED | answer)
    assert test.state is S.COMPLETED
    assert (test.error is None) == whole
    assert test.progress.done == answer.get("frames", 30)
    assert "error.txt" not in results(desk, test)
    if test.error is not None:
        assert (test.error.code, test.progress.total) == ("video_damaged", 30)


async def test_a_video_without_a_count_is_measured_by_its_duration(desk: Desk, tests: TestService) -> None:
    algorithm = await desk.algorithm()
    desk.engine.answers.append(VIDEO | {"frames": None})
    test = await tests.add(desk.operator, "Street", algorithm.id, await desk.upload())
    assert (test.video.info.frames, test.progress.total) == (None, 30)
    assert (await ended(desk, test, ANALYSED | {"frames": 28})).error is None
    assert (await ended(desk, test, ANALYSED | {"frames": 20})).error is not None


@pytest.mark.parametrize("first", [ANALYSED, BROKEN, JobDied("SIGKILL")])
async def test_a_test_runs_again_and_its_old_results_go_first(desk: Desk, tests: TestService, first: Any) -> None:
    test = await ended(desk, await desk.test(), first)
    (desk.storage.test_results(test.id) / "frame_990.jpg").touch()
    desk.engine.may_answer.clear()
    started, _done = await tests.start(desk.operator, test.id)
    assert (started.progress.done, started.error) == (0, None)
    await desk.test_in_state(test.id, S.RUNNING)
    # The state is told a moment before the process begins to write.
    await until(lambda: tests.log(test.id), lambda _log: results(desk, test) == {"output.mp4", "process.log"})
    desk.engine.may_answer.set()
    await desk.test_in_state(test.id, S.COMPLETED)
    assert "running -> error" not in await tests.log(test.id)


async def test_tests_wait_for_their_turn_and_say_so(desk: Desk, tests: TestService) -> None:
    others = [await desk.test("two"), await desk.test("three")]
    first = await running(desk, "one")
    for test in others:
        await tests.start(desk.operator, test.id)
        await until(lambda test=test: tests.get(test.id), lambda now: now.error == WAITING)  # type: ignore[misc]
        assert (await tests.get(test.id)).state is S.STARTING
    assert [kind for kind, _given in desk.engine.jobs].count(JobKind.ANALYZE) == 1
    await tests.stop(desk.operator, others[0].id)
    await desk.test_in_state(others[0].id, S.STOPPED)
    await tests.stop(desk.operator, first.id)
    now = await desk.test_in_state(others[1].id, S.RUNNING)
    assert now.error is None
    await tests.stop(desk.operator, now.id)
    await desk.test_in_state(now.id, S.STOPPED)


async def test_an_algorithm_without_a_version_can_not_be_tried(desk: Desk, tests: TestService) -> None:
    test = await desk.test()
    desk.engine.answers.append(Problem("not_weights", "No weights."))
    rejected = await desk.services.algorithms.add(desk.operator, "Empty", await desk.upload())
    await desk.imported(rejected.id)
    waiting = await tests.add(desk.operator, "Waiting", rejected.id, await desk.upload())
    with pytest.raises(Conflict) as caught:
        await tests.start(desk.operator, waiting.id)
    assert caught.value.code == "algorithm_not_ready"
    assert (await tests.get(waiting.id)).state is S.STOPPED and (await tests.get(test.id)).state is S.STOPPED


async def test_a_full_disk_takes_no_results_and_keeps_those_of_the_last_run(desk: Desk, tests: TestService) -> None:
    test = await ended(desk, await desk.test())
    before = results(desk, test)
    tests._space.floor = 1 << 60
    with pytest.raises(OutOfSpace) as caught:
        await tests.start(desk.operator, test.id)
    assert caught.value.code == "disk_full"
    assert await tests.get(test.id) == test and results(desk, test) == before
    assert desk.engine.jobs[-1][1]["floor"] < 1 << 60, "and a process that runs keeps an eye on it"


async def test_a_video_that_somebody_took_away_is_an_error_that_says_so(desk: Desk, tests: TestService) -> None:
    test = await desk.test()
    desk.storage.video(test.video.file).unlink()
    failed = await ended(desk, test)
    assert failed.state is S.ERROR and failed.error is not None and failed.error.code == "video_gone"


async def test_an_end_that_can_not_be_stored_is_stored_once_the_database_answers(
    desk: Desk, tests: TestService, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = await running(desk)
    monkeypatch.setattr(service, "STORE_RETRY_S", 0.01)
    with monkeypatch.context() as away:

        def refuse(*_arguments: object) -> None:
            raise Unavailable("database_unavailable", "It went away just now.")

        away.setattr(rows, "set_state", refuse)
        desk.engine.may_answer.set()
        await asyncio.sleep(0.1)
        assert (await tests.get(test.id)).state is S.RUNNING
    await desk.test_in_state(test.id, S.COMPLETED)


async def test_starts_stops_and_deletes_of_many_callers_never_run_a_test_twice(desk: Desk, tests: TestService) -> None:
    test = await desk.test()

    async def one(do: Callable[[Actor, int], Any]) -> str:
        try:
            await do(desk.operator, test.id)
        except (Conflict, NotFound) as error:
            return error.code
        return "ok"

    wishes = [tests.start, tests.stop, tests.start, tests.delete] * 15
    answers = await asyncio.gather(*(one(wish) for wish in wishes))
    assert set(answers) <= {"ok", "task_in_transition", "task_running", "test_not_found"}
    await until(tests.page, lambda _page: not tests._background._tasks)


# ---- deleting ------------------------------------------------------------------------------------------------


async def test_a_running_test_is_not_deleted_and_goes_on(desk: Desk, tests: TestService) -> None:
    test = await running(desk)
    with pytest.raises(Conflict) as caught:
        await tests.delete(desk.operator, test.id)
    assert caught.value.code == "task_running"
    desk.engine.may_answer.set()
    await desk.test_in_state(test.id, S.COMPLETED)


async def test_a_deleted_test_is_gone_with_its_video_and_results(desk: Desk, tests: TestService) -> None:
    test = await ended(desk, await desk.test(), BROKEN)
    assert files(desk) == {test.video.file, f"test-{test.id}"}
    events = heard(desk.services.bus)
    await tests.delete(desk.operator, test.id)
    assert events == [TestDeleted(test.id)]
    assert files(desk) == set()
    with pytest.raises(NotFound):
        await tests.get(test.id)
    assert (await desk.test("another")).id > test.id


async def test_a_delete_that_fails_keeps_row_and_files(
    desk: Desk, tests: TestService, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = await ended(desk, await desk.test())
    before = files(desk)
    monkeypatch.setattr(desk.storage, "set_aside", _then_fail(desk.storage.set_aside))
    with pytest.raises(Unavailable):
        await tests.delete(desk.operator, test.id)
    assert await tests.get(test.id) == test
    desk.storage.prepare()
    desk.storage.tidy_videos(frozenset({test.video.file}))
    desk.storage.tidy_results(frozenset({f"test-{test.id}"}))
    assert files(desk) == before


def _then_fail(function: Callable[[Path], Path]) -> Callable[[Path], Path]:
    def failing(path: Path) -> Path:
        function(path)
        raise Unavailable("database_unavailable", "It went away just now.")

    return failing


async def test_an_upload_that_can_not_be_stored_leaves_nothing(
    desk: Desk, tests: TestService, monkeypatch: pytest.MonkeyPatch
) -> None:
    algorithm = await desk.algorithm()
    bring_in = desk.storage.bring_in

    def refuse(upload: Path, name: str) -> Path:
        bring_in(upload, name)
        raise Unavailable("database_unavailable", "It went away just now.")

    monkeypatch.setattr(desk.storage, "bring_in", refuse)
    with pytest.raises(Unavailable):
        await tests.add(desk.operator, "Street", algorithm.id, await desk.upload())
    assert (await tests.page()).total == 0
    desk.storage.tidy_videos(frozenset())
    assert files(desk) == set()


async def test_an_algorithm_in_use_is_kept_and_names_tasks_and_tests(desk: Desk, tests: TestService) -> None:
    task = await desk.task("Gate")
    test = await desk.test("Street", await desk.services.algorithms.get(task.algorithm.id))
    for call in (
        desk.services.algorithms.delete(desk.operator, test.algorithm.id),
        desk.services.algorithms.delete_version(desk.operator, test.algorithm.id, 1),
    ):
        with pytest.raises(Conflict) as caught:
            await call
        assert caught.value.code == "algorithm_in_use" and "Gate, Street" in caught.value.text()


async def test_the_version_that_a_test_runs_on_is_kept_until_it_has_ended(desk: Desk, tests: TestService) -> None:
    test = await desk.test()
    algorithms, number = desk.services.algorithms, test.algorithm.id
    await algorithms.add_version(desk.operator, number, await desk.upload())
    await desk.imported(number)
    desk.engine.may_answer.clear()
    await tests.start(desk.operator, test.id)
    await desk.test_in_state(test.id, S.RUNNING)
    await algorithms.activate(desk.operator, number, 2)
    with pytest.raises(Conflict) as caught:
        await algorithms.delete_version(desk.operator, number, 1)
    assert caught.value.code == "algorithm_in_use" and "Street" in caught.value.text()
    desk.engine.may_answer.set()
    await desk.test_in_state(test.id, S.COMPLETED)
    await algorithms.delete_version(desk.operator, number, 1)


# ---- starts of the program -----------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def crashed(settings: Settings, engines: list[FakeEngine], operator: Actor) -> AsyncIterator[TestTask]:
    """A test that ran when siapp was killed: its row says so, and files lie as they were."""
    async with Station(settings) as station:
        desk = Desk(station, engines[-1], operator)
        test = await ended(desk, await desk.test(), BROKEN)
        await station.services.tests._db.write(lambda s: rows.set_state(s, test.id, S.RUNNING, None, None))
    yield test


async def test_after_a_crash_a_running_test_is_interrupted_and_may_run_again(
    settings: Settings, engines: list[FakeEngine], operator: Actor, crashed: TestTask
) -> None:
    async with Station(settings) as station:
        desk = Desk(station, engines[-1], operator)
        test = await station.services.tests.get(crashed.id)
        assert (test.state, test.error) == (S.INTERRUPTED, INTERRUPTED)
        assert "siapp was closed while this test ran" in await station.services.tests.log(test.id)
        assert "error.txt" not in results(desk, test) and "output.mp4" in results(desk, test)
        assert (await ended(desk, test)).state is S.COMPLETED


async def test_a_test_that_runs_when_siapp_is_closed_is_interrupted(
    settings: Settings, engines: list[FakeEngine], operator: Actor
) -> None:
    async with Station(settings) as station:
        desk = Desk(station, engines[-1], operator)
        two = await desk.test("waits for its turn")
        one = await running(desk)
        await station.services.tests.start(operator, two.id)
    async with Station(settings) as station:
        for number in (one.id, two.id):
            test = await station.services.tests.get(number)
            assert (test.state, test.error) == (S.INTERRUPTED, INTERRUPTED)


async def test_a_start_brings_cut_off_uploads_and_deletes_to_one_end_and_keeps_what_is_not_ours(
    settings: Settings, engines: list[FakeEngine], operator: Actor
) -> None:
    async with Station(settings) as station:
        desk = Desk(station, engines[-1], operator)
        kept = await ended(desk, await desk.test("kept"))
        storage = station.storage
    # Killed after the row of an upload was stored, and before the row of a delete was.
    for path in (storage.video(kept.video.file), storage.test_results(kept.id)):
        storage.set_aside(path)
    # Killed before the row of an upload was stored, and after the row of a delete was.
    (storage.videos / f"{'a' * 24}.deleted").touch()
    (storage.results / "test-4711.deleted").mkdir()
    for foreign in ("holiday.deleted", "holiday.mp4", "b" * 24):
        (storage.videos / foreign).touch()
    async with Station(settings) as station:
        desk = Desk(station, engines[-1], operator)
        assert files(desk) == {kept.video.file, f"test-{kept.id}", "holiday.deleted", "holiday.mp4", "b" * 24}
        assert (await ended(desk, kept)).state is S.COMPLETED


def churn(data_dir: Path, after_s: float) -> None:
    """A siapp that adds and deletes tests without end, killed this long after it began with that."""
    command = [sys.executable, "-m", "tests.core.services.churn", str(data_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "at it\n"
        time.sleep(after_s)
        process.kill()


@pytest.mark.parametrize("kills", [6, pytest.param(50, marks=[pytest.mark.full, pytest.mark.timeout(1200)])])
async def test_wherever_siapp_is_killed_each_row_has_its_video_and_each_video_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kills: int
) -> None:
    settings = load_settings(data_dir=tmp_path / "data", port=0)
    monkeypatch.setattr(app, "Engine", FakeEngine)
    moments = random.Random(4)
    seen = 0
    for _kill in range(kills):
        churn(settings.data_dir, moments.uniform(0.0, 0.5))
        async with Station(settings) as station:
            known = await station.services.tests._db.read(rows.files)
            seen += len(known)
            assert {path.name for path in station.storage.videos.iterdir()} == set(known.values())
            assert {path.name for path in station.storage.results.iterdir()} <= {f"test-{n}" for n in known}
            assert not list((station.storage.root / "incoming").iterdir())
            assert await station.services.tests._db.read(audit.first_fault) is None
    assert seen, "there was something to disagree about"


# ---- the audit -----------------------------------------------------------------------------------------------


async def test_each_change_is_in_the_audit_and_what_changes_nothing_is_not(desk: Desk, tests: TestService) -> None:
    test = await running(desk)
    await tests.start(desk.operator, test.id)
    await tests.stop(desk.operator, test.id)
    await desk.test_in_state(test.id, S.STOPPED)
    await tests.stop(desk.operator, test.id)
    await tests.delete(desk.operator, test.id)
    kept = await deeds(desk)
    assert [entry.deed.action for entry in kept] == [
        Action.TEST_ADD,
        Action.TEST_START,
        Action.TEST_STOP,
        Action.TEST_DELETE,
    ]
    assert {(entry.actor, entry.address, entry.deed.object_name) for entry in kept} == {("olga", "test", "Street")}
    assert kept[0].deed.after is not None and kept[0].deed.after["video"] == "street.mp4"
    assert (kept[1].deed.before, kept[1].deed.after) == ({"state": "stopped"}, {"state": "starting", "version": 1})
    assert kept[3].deed.before is not None and kept[3].deed.after is None
