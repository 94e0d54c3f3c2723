"""A task's process.log: one line each, rotated, read from its end, without secrets."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from siapp.core import tasklog
from siapp.core.storage import Storage
from siapp.core.tasklog import LogEntry, LogLevel, TaskLogs, entries_of


@pytest.fixture
async def logs(tmp_path: Path) -> AsyncIterator[TaskLogs]:
    storage = Storage(tmp_path)
    storage.prepare()
    logs = TaskLogs(storage)
    yield logs
    await logs.close()


async def test_the_tail_is_the_last_lines_oldest_first(logs: TaskLogs) -> None:
    for number in range(10):
        logs.write(1, "INFO", f"line {number}")
    lines = (await logs.tail(1, 3)).splitlines()
    assert [line.rpartition("line ")[2] for line in lines] == ["7", "8", "9"]


async def test_a_line_has_a_time_a_level_and_its_text(logs: TaskLogs) -> None:
    logs.write(1, "WARNING", "摄像机 no answer")
    moment, level, text = (await logs.tail(1, 1)).rstrip("\n").split(maxsplit=2)
    assert moment.endswith("Z")
    assert (level, text) == ("WARNING", "摄像机 no answer")


async def test_a_task_without_a_log_has_an_empty_one(logs: TaskLogs) -> None:
    assert await logs.tail(1, 100) == ""


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\u2028b", "a\x85b", "a\x1b[2Jb", "a\x00b", "a\x0bb"])
async def test_whatever_a_camera_says_stays_one_plain_line(logs: TaskLogs, text: str) -> None:
    logs.write(1, "INFO", text)
    logs.write(1, "INFO", "next")
    first, second = (await logs.tail(1, 10)).splitlines()
    assert first.isprintable()
    assert second.endswith("next")


async def test_half_characters_do_not_lose_the_line(logs: TaskLogs) -> None:
    logs.write(1, "INFO", "broken \ud800 text")
    assert "broken" in await logs.tail(1, 1)


async def test_a_line_that_a_full_disk_cut_within_a_character_can_be_read(logs: TaskLogs, tmp_path: Path) -> None:
    logs.write(1, "INFO", "摄像机")
    await logs.tail(1, 1)
    path = Storage(tmp_path).task_results(1) / tasklog.LOG_NAME
    path.write_bytes(path.read_bytes()[:-2])
    logs.write(1, "INFO", "and on it goes")
    assert "and on it goes" in await logs.tail(1, 10)


async def test_long_lines_are_cut(logs: TaskLogs) -> None:
    logs.write(1, "INFO", "x" * 100_000)
    assert len(await logs.tail(1, 1)) < tasklog.LONGEST_LINE + 50


async def test_passwords_in_addresses_do_not_reach_the_log(logs: TaskLogs) -> None:
    logs.write(1, "ERROR", "can't open rtsp://admin:s3@cret@camera/1?password=s3cret&x=1")
    assert "s3" not in await logs.tail(1, 1)


async def test_a_full_log_is_rotated_and_the_oldest_part_is_dropped(
    logs: TaskLogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasklog, "LARGEST_LOG_BYTES", 1000)
    for number in range(300):
        logs.write(1, "INFO", f"line {number}")
    lines = (await logs.tail(1, 1000)).splitlines()
    numbers = [int(line.rpartition(" ")[2]) for line in lines]
    assert numbers == list(range(numbers[0], 300))
    assert numbers[0] > 0
    assert sorted(path.name for path in (tmp_path / "results" / "task-1").iterdir()) == [
        "process.log",
        "process.log.1",
        "process.log.2",
    ]


async def test_a_slow_disk_costs_lines_and_not_memory(logs: TaskLogs, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = threading.Event()
    logs._thread.submit(disk.wait)
    for _line in range(tasklog.MOST_WAITING + 7):
        logs.write(1, "INFO", "x")
    assert logs.dropped == 7
    disk.set()
    assert len((await logs.tail(1, 10_000)).splitlines()) == tasklog.MOST_WAITING


async def test_a_line_after_the_end_is_counted(tmp_path: Path) -> None:
    logs = TaskLogs(Storage(tmp_path))
    await logs.close()
    logs.write(1, "INFO", "too late")
    assert logs.dropped == 1


async def test_logs_of_tasks_are_apart_and_go_with_them(logs: TaskLogs, tmp_path: Path) -> None:
    logs.write(1, "INFO", "one")
    logs.write(2, "INFO", "two")
    await logs.remove(1)
    assert "two" in await logs.tail(2, 10)
    assert not (tmp_path / "results" / "task-1").exists()


async def test_reading_does_not_hold_up_the_loop(logs: TaskLogs) -> None:
    disk = threading.Event()
    logs._thread.submit(disk.wait)
    reading = asyncio.ensure_future(logs.tail(1, 1))
    await asyncio.sleep(0)
    assert not reading.done()
    disk.set()
    assert await reading == ""


async def test_logs_of_tests_lie_in_folders_of_their_own(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    storage.prepare()
    logs = TaskLogs(storage, storage.test_results)
    try:
        logs.write(7, "INFO", "said")
        await logs.written()
        assert (storage.results / "test-7" / "process.log").read_text().endswith("INFO    said\n")
        await logs.remove(7)
        assert list(storage.results.iterdir()) == []
    finally:
        await logs.close()


# ---- following --------------------------------------------------------------------------------------------------


async def test_who_follows_has_every_line_once(logs: TaskLogs) -> None:
    heard: list[LogEntry] = []
    for number in range(5):
        logs.write(1, "INFO", f"line {number}")
    following = asyncio.ensure_future(logs.follow(1, 3, heard.append))
    await asyncio.sleep(0)  # it has begun, and has no answer yet
    for number in range(5, 200):
        logs.write(1, "INFO", f"line {number}")
    tail = await following
    assert [entry.text for entry in (*tail.entries, *heard)] == [f"line {number}" for number in range(2, 200)]
    tail.close()


async def test_a_followed_line_is_as_it_is_in_the_file(logs: TaskLogs) -> None:
    heard: list[LogEntry] = []
    tail = await logs.follow(1, 10, heard.append)
    logs.write(1, "WARNING", "rtsp://root:hunter2@192.168.1.20/1\ndoes not answer")
    logs.write(1, "CRITICAL", "worse than an error")
    (line, worst) = heard
    assert line.level is LogLevel.WARNING and "hunter2" not in line.text and "\n" not in line.text
    assert worst.level is LogLevel.ERROR
    again = await logs.follow(1, 10, heard.append)
    assert [(entry.level, entry.text) for entry in again.entries] == [
        (line.level, line.text),
        (worst.level, worst.text),
    ]
    assert abs((again.entries[0].at - line.at).total_seconds()) < 0.001
    for each in (tail, again):
        each.close()


async def test_a_closed_follower_hears_nothing_more_and_others_do(logs: TaskLogs) -> None:
    first, second, other = [], [], []  # type: ignore[var-annotated]
    tail = await logs.follow(1, 10, first.append)
    kept = await logs.follow(1, 10, second.append)
    elsewhere = await logs.follow(2, 10, other.append)
    tail.close()
    tail.close()
    logs.write(1, "INFO", "said")
    assert (len(first), len(second), len(other)) == (0, 1, 0)
    for each in (kept, elsewhere):
        each.close()
    assert not logs._followers


@pytest.mark.expects_errors
async def test_a_follower_that_fails_keeps_the_line_from_nobody(logs: TaskLogs) -> None:
    heard: list[LogEntry] = []

    def fail(_entry: LogEntry) -> None:
        raise RuntimeError("gone")

    broken, good = await logs.follow(1, 10, fail), await logs.follow(1, 10, heard.append)
    logs.write(1, "INFO", "said")
    assert [entry.text for entry in heard] == ["said"]
    assert "said" in await logs.tail(1, 1)
    for each in (broken, good):
        each.close()


def test_a_line_that_does_not_begin_as_ours_goes_with_the_one_before_it() -> None:
    (one, two) = entries_of(
        "cut off\n2026-01-31T12:00:00.123Z ERROR   it broke\n  File x\n2026-01-31T12:00:01.000Z INFO    \n"
    )
    assert (one.level, one.text) == (LogLevel.ERROR, "it broke File x")
    assert (two.level, two.text, two.at.second) == (LogLevel.INFO, "", 1)
