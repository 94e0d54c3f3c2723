"""Results as services see them: names, error.txt, deletes that a crash cut off, and what everything takes."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from siapp.app import Station
from siapp.core.clock import now
from siapp.core.db.tables import TestRow
from siapp.core.db.unique import claim_task_name
from siapp.core.domain import Actor, Problem, Severity, Task, TaskState
from siapp.core.errors import Conflict, NotFound
from siapp.core.events import Notice
from siapp.core.keyframes import KeyFrames, KeyFrameSpec, numbers
from siapp.core.naming import name_key
from siapp.core.services.housekeeping import Housekeeping
from siapp.core.settings import Settings
from siapp.core.space import Space
from siapp.core.specs import TaskReport
from siapp.core.tasklog import LogLevel
from tests.core.services.conftest import Desk, FakeEngine, heard

CRASHING = Problem("crashing", "The analysis crashed {count} times.", (("count", 5),))
SYSTEM = Actor(0, "siapp", "admin")  # type: ignore[arg-type]


async def settled(desk: Desk, task: Task) -> None:
    """Once everything that was sent to the log's thread is written."""
    await desk.services.tasks.log(task.id)


async def error_of(desk: Desk, task: Task) -> str | None:
    await settled(desk, task)
    path = desk.storage.task_folder(task.id) / "error.txt"
    return path.read_text() if path.exists() else None


async def add_test(desk: Desk, name: str, created_by: str = "olga", size: int = 10) -> int:
    """A test's row, as its service would store it."""
    algorithm = await desk.algorithm(f"{name} algorithm")

    def insert(session: Any) -> int:
        claim_task_name(session, name)
        row = TestRow(
            name=name,
            name_key=name_key(name),
            algorithm_id=algorithm.id,
            options={},
            video_name="x.mp4",
            video_file="0" * 24,
            video_size=size,
            info={},
            state="stopped",
            state_since=now(),
            error=None,
            progress=None,
            created_by=created_by,
            created_at=now(),
        )
        session.add(row)
        session.flush()
        return row.id

    return await desk.services.tasks._db.write(insert)


# ---- names ---------------------------------------------------------------------------------------------------


async def test_results_are_found_by_the_name_of_a_task_or_a_test(desk: Desk, viewer: Actor) -> None:
    task = await desk.task("大门")
    test_id = await add_test(desk, "Recorded gate")
    for name, folder in (
        ("大门", desk.storage.task_results(task.id)),
        ("Recorded gate", desk.storage.test_results(test_id)),
        ("RECORDED GATE", desk.storage.test_results(test_id)),
    ):
        (folder / "process.log").write_text("one line")
        assert await desk.services.results.file(viewer, name, "process.log") == folder / "process.log"


@pytest.mark.parametrize("name", ["", "nobody", "a\0b", "\ud800", "x" * 5000, "../task-1", "task-1"])
async def test_a_name_that_nobody_has_is_not_found(desk: Desk, viewer: Actor, name: str) -> None:
    await desk.task("Gate")
    with pytest.raises(NotFound):
        await desk.services.results.frames(viewer, name, 10)


async def test_reading_results_makes_no_folder(desk: Desk, viewer: Actor) -> None:
    await desk.task("Gate")
    assert (await desk.services.results.frames(viewer, "Gate", 10)).total == 0
    assert await desk.services.tasks.log(1) == ""
    assert list(desk.storage.results.iterdir()) == []


# ---- error.txt -----------------------------------------------------------------------------------------------


async def test_error_txt_is_there_exactly_while_the_last_run_ended_in_error(desk: Desk) -> None:
    task = await desk.running_task()
    assert await error_of(desk, task) is None
    await desk.engine.report(TaskReport(task.id, TaskState.ERROR, CRASHING))
    said = await error_of(desk, task)
    assert said is not None and said.splitlines()[0] == "The analysis crashed 5 times."
    await desk.engine.report(TaskReport(task.id, TaskState.STARTING))
    assert await error_of(desk, task) is None
    await desk.engine.report(TaskReport(task.id, TaskState.ERROR, CRASHING))
    await desk.services.tasks.stop(desk.operator, task.id)
    await desk.in_state(task.id, TaskState.STOPPED)
    assert await error_of(desk, task) is None


async def test_a_crash_between_row_and_file_is_mended_at_the_next_start(
    desk: Desk, settings: Settings, engines: list[FakeEngine], station: Station
) -> None:
    failed, well = await desk.running_task("Failed"), await desk.task("Well")
    await desk.engine.report(TaskReport(failed.id, TaskState.ERROR, CRASHING))
    assert await error_of(desk, failed)
    (desk.storage.task_folder(failed.id) / "error.txt").unlink()
    (desk.storage.task_results(well.id) / "error.txt").write_text("of a run before")
    await station.services.results.prepare()
    assert "The analysis crashed 5 times." in (await error_of(desk, failed) or "")
    assert await error_of(desk, well) is None


# ---- deletes -------------------------------------------------------------------------------------------------


async def test_a_deleted_tasks_results_are_gone(desk: Desk) -> None:
    task = await desk.running_task()
    await desk.services.tasks.stop(desk.operator, task.id)
    await desk.in_state(task.id, TaskState.STOPPED)
    (desk.storage.task_results(task.id) / "frame_0.jpg").write_bytes(b"x")
    await desk.services.tasks.delete(desk.operator, task.id)
    assert list(desk.storage.results.iterdir()) == []


async def test_a_delete_that_is_refused_leaves_the_results_where_they_are(desk: Desk) -> None:
    task = await desk.running_task()
    (desk.storage.task_results(task.id) / "frame_0.jpg").write_bytes(b"x")
    with pytest.raises(Conflict):
        await desk.services.tasks.delete(desk.operator, task.id)
    assert numbers(desk.storage.task_folder(task.id)) == [0]


async def test_a_delete_that_the_database_can_not_keep_brings_the_results_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await desk.task()
    (desk.storage.task_results(task.id) / "frame_0.jpg").write_bytes(b"x")
    write = desk.services.tasks._db.write

    async def breaks(change: Any) -> Any:
        def fails(session: Any) -> Any:
            change(session)
            if desk.storage.task_folder(task.id).exists():
                return None  # the audit's note of the refusal
            raise Conflict("conflict", "not now")

        return await write(fails)

    monkeypatch.setattr(desk.services.tasks._db, "write", breaks)
    with pytest.raises(Conflict):
        await desk.services.tasks.delete(desk.operator, task.id)
    assert numbers(desk.storage.task_folder(task.id)) == [0]


async def test_a_delete_that_is_cancelled_after_its_commit_brings_no_results_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await desk.task()
    (desk.storage.task_results(task.id) / "frame_0.jpg").write_bytes(b"x")
    write = desk.services.tasks._db.write

    async def written_and_cancelled(change: Any) -> None:
        await write(change)
        raise asyncio.CancelledError

    monkeypatch.setattr(desk.services.tasks._db, "write", written_and_cancelled)
    with pytest.raises(asyncio.CancelledError):
        await desk.services.tasks.delete(desk.operator, task.id)
    assert (await desk.services.tasks.page()).total == 0
    assert not desk.storage.task_folder(task.id).exists()


async def test_a_delete_that_was_killed_is_brought_to_the_end_that_its_row_has(desk: Desk, viewer: Actor) -> None:
    kept = await desk.task("Kept")
    test_id = await add_test(desk, "Kept test")
    storage = desk.storage
    for folder in (storage.task_results(kept.id), storage.test_results(test_id), storage.task_results(99)):
        (folder / "frame_0.jpg").write_bytes(b"x")
        storage.set_aside(folder)
    assert (await desk.services.results.frames(viewer, "Kept", 10)).total == 0  # nothing half-deleted is served
    await desk.services.results.prepare()
    assert sorted(path.name for path in storage.results.iterdir()) == [f"task-{kept.id}", f"test-{test_id}"]
    assert (await desk.services.results.frames(viewer, "Kept", 10)).total == 1


async def test_results_that_this_database_does_not_know_are_kept(desk: Desk) -> None:
    (desk.storage.task_results(77) / "process.log").write_text("of another database")
    (desk.storage.task_results(78)).exists()
    (desk.storage.task_results(77) / ".frame_0.jpg.part").write_bytes(b"half")
    await desk.services.results.prepare()
    assert [path.name for path in desk.storage.results.iterdir()] == ["task-77"]


async def test_half_written_key_frames_are_tidied_at_the_next_start(desk: Desk) -> None:
    task = await desk.task()
    (desk.storage.task_results(task.id) / ".frame_0.jpg.part").write_bytes(b"half")
    await desk.services.results.prepare()
    assert list(desk.storage.task_folder(task.id).iterdir()) == []


# ---- logs ----------------------------------------------------------------------------------------------------


async def test_the_log_can_be_read_from_a_level_on(desk: Desk) -> None:
    task = await desk.running_task()
    await desk.engine.report(TaskReport(task.id, TaskState.ERROR, CRASHING))
    levels = {level: (await desk.services.tasks.log(task.id, level=level)).split()[1] for level in LogLevel}
    assert levels == {"debug": "INFO", "info": "INFO", "warning": "ERROR", "error": "ERROR"}


# ---- a start's key frames ------------------------------------------------------------------------------------


async def test_a_start_says_where_key_frames_go_and_how_many_are_kept(desk: Desk, settings: Settings) -> None:
    task = await desk.running_task()
    kept = desk.engine.specs[task.id].key_frames
    assert kept is not None
    assert Path(kept.folder) == desk.storage.task_folder(task.id)
    assert Path(kept.folder).is_dir()
    assert (kept.most, kept.most_bytes) == (settings.keyframes_most, settings.keyframes_most_bytes)
    assert kept.longest_s == settings.keyframes_days * 86400


# ---- housekeeping --------------------------------------------------------------------------------------------


class Disk:
    free = 10**12

    def __call__(self, _folder: Path) -> int:
        return self.free


async def test_a_disk_that_fills_up_is_told_once_and_its_end_once(desk: Desk, tmp_path: Path) -> None:
    disk, events = Disk(), heard(desk.services.bus)
    keeper = Housekeeping(desk.services.bus, desk.storage, Space(tmp_path, 1000, disk), KeyFrameSpec("", 1, 1, 1.0, 0))
    for free in (5000, 999, 500, 0, 999, 5000, 5000):
        disk.free = free
        await keeper.look()
    notices = [(event.severity, event.problem.code) for event in events if isinstance(event, Notice)]
    assert notices == [(Severity.WARNING, "disk_full"), (Severity.INFO, "disk_free")]


async def test_old_key_frames_of_stopped_tasks_go_too(desk: Desk, tmp_path: Path) -> None:
    kept = KeyFrameSpec("", most=2, most_bytes=1 << 30, longest_s=3600.0, floor=0)
    moment = now().timestamp()
    for task_id, ages in ((1, (7200, 7000, 10)), (2, (30, 20, 10)), (3, ())):
        folder = desk.storage.task_results(task_id)
        frames = KeyFrames(replace(kept, folder=str(folder), most=100, longest_s=1e9))
        for number, age in enumerate(ages):
            frames.add(number, b"x", moment - age)
    keeper = Housekeeping(desk.services.bus, desk.storage, Space(tmp_path, 0), kept)
    await keeper.tidy()
    assert [numbers(desk.storage.task_folder(task_id)) for task_id in (1, 2, 3)] == [[2], [1, 2], []]


# ---- what everything takes -----------------------------------------------------------------------------------


async def test_use_of_storage_is_told_by_kind(desk: Desk) -> None:
    before = await desk.services.results.usage()
    (desk.storage.videos / "a").write_bytes(bytes(1000))
    (desk.storage.task_results(5) / "frame_0.jpg").write_bytes(bytes(300))
    (desk.storage.new_weights_folder() / "model.bin").write_bytes(bytes(50))
    after = await desk.services.results.usage()
    grown = (after.videos - before.videos, after.results - before.results, after.weights - before.weights)
    assert grown == (1000, 300, 50)
    assert after.database > 10_000
    assert after.free > 0
