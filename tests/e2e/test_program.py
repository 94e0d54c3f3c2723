"""The program as a whole: killed, hurried, closed, and looked into."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from siapp.core.domain import TaskState
from siapp.core.errors import Conflict, NotFound
from siapp.core.resources import resources
from tests.cameras import ScriptedCamera
from tests.core.video.support import read_what_plays
from tests.e2e.support import OLGA, Site, until
from tests.street import ROOT

Condition = dict[str, Any]


@contextmanager
def program(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.e2e.program", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def says(process: subprocess.Popen[str], states: dict[str, str]) -> Condition:
    """Read on until its tasks are in these states."""
    return tells(process, lambda condition: bool(condition["states"] == states))


def tells(process: subprocess.Popen[str], wanted: Callable[[Condition], bool]) -> Condition:
    """Read on until it is in a condition that is wanted."""
    assert process.stdout is not None
    heard: list[str] = []
    for line in process.stdout:
        heard.append(line)
        condition: Condition = json.loads(line)
        if wanted(condition):
            return condition
    raise AssertionError(f"it ended: {heard}")


def mapped(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc and /dev/shm")
def test_a_killed_program_leaves_nothing_and_the_next_one_knows(
    camera: ScriptedCamera, artefact: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    folder, imported = artefact
    with program(str(tmp_path), camera.url, str(folder), json.dumps(imported)) as process:
        running = says(process, {"1": "running", "2": "running"})
        pids = list(running["pids"].values())
        assert len(pids) == 3
        rings = {line.split("/dev/shm/")[1] for pid in pids for line in mapped(pid).splitlines() if "/psm_" in line}
        assert rings
        for pid in pids:
            libraries = mapped(pid)
            assert not any(name in libraries for name in ("libtorch", "PySide6", "sqlalchemy")), "a worker is small"
        process.kill()
        killed_at = time.monotonic()
        assert not psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=5)[1]
        while left := [ring for ring in rings if Path("/dev/shm", ring.split()[0]).exists()]:
            assert time.monotonic() - killed_at < 5, f"left in shared memory: {left}"
            time.sleep(0.05)
    with program(str(tmp_path)) as process:
        resumed = says(process, {"1": "running", "2": "interrupted"})
        assert len(resumed["pids"]) == 2
        assert resumed["heavy"] == [], "the main process opens no media and no network"
    log = (tmp_path / "results" / "task-2" / "process.log").read_text()
    assert "siapp was closed while this task ran" in log


def test_a_program_killed_in_a_test_leaves_a_video_that_plays_and_the_next_one_says_interrupted(
    artefact: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    clip, (folder, imported) = resources() / "demo" / "demo.mp4", artefact
    with program(str(tmp_path), str(clip), str(folder), json.dumps(imported)) as process:
        running = tells(process, lambda now: now["tests"].get("1", {"done": 0})["done"] >= 60)
        (pid,) = running["pids"].values()
        process.kill()
        killed_at = time.monotonic()
        assert not psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=5)[1]
        assert time.monotonic() - killed_at < 5
    results = tmp_path / "results" / "test-1"
    kept = read_what_plays(results / "output.mp4")
    assert len(kept) >= running["tests"]["1"]["done"] - 2 * 15, "two seconds of 15 pictures may be lost"
    with program(str(tmp_path)) as process:
        left = tells(process, lambda now: bool(now["tests"]))
        assert (left["tests"]["1"]["state"], left["pids"], left["heavy"]) == ("interrupted", {}, [])
    assert "siapp was closed while this test ran" in (results / "process.log").read_text()
    assert not (results / "error.txt").exists()


async def test_an_analysis_imports_neither_database_nor_window_nor_torch(site: Site, camera: ScriptedCamera) -> None:
    look = (
        "import sys; from siapp.core.workers.entry import _worker, WorkerRole;"
        "[_worker(role) for role in WorkerRole];"
        "print([n for n in ('torch', 'ultralytics', 'PySide6', 'sqlalchemy', 'aiohttp', 'siapp.core.services',"
        " 'siapp.core.db') if n in sys.modules])"
    )
    seen = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert seen.stdout.strip() == "[]", seen.stderr


@pytest.mark.parametrize("rounds", [12, pytest.param(50, marks=pytest.mark.full)])
async def test_four_clients_on_one_task_make_one_process_and_get_clean_answers(
    site: Site, camera: ScriptedCamera, rounds: int
) -> None:
    """Each of the four starts, stops and deletes the same task again and again: 4 x `rounds` of each."""
    tasks = site.services.tasks
    task = await site.task(camera.url)
    most, seen = 0, set[str]()

    async def client(number: int) -> None:
        for turn in range(rounds):
            for intent in (tasks.start, tasks.stop, tasks.delete):
                try:
                    await intent(OLGA, task.id)
                except Conflict as refusal:
                    assert refusal.code in ("task_in_transition", "task_running")
                except NotFound:
                    await again(number)
            await asyncio.sleep(0.01 * (number + turn % 3))

    async def again(number: int) -> None:
        nonlocal task
        if number == 0:
            task = await tasks.add(OLGA, f"cars {time.monotonic()}", task.device.id, (await site.algorithm()).id)

    async def count() -> None:
        nonlocal most, seen
        while True:
            names = [child.name for child in site.workers() if child.name.startswith("analysis")]
            seen |= set(names)
            most = max(most, len(names) - len(set(names)))
            await asyncio.sleep(0.005)

    counting = asyncio.create_task(count(), name="counting")
    await asyncio.gather(*(client(number) for number in range(4)))
    counting.cancel()
    assert seen and most == 0, "never two processes of one task"
    for left in (await tasks.page()).items:
        await tasks.stop(OLGA, left.id)
        await site.reaches(left, TaskState.STOPPED, 10)
    await until(lambda: not site.workers(), 5)
    assert all(state is not TaskState.ERROR for _number, state, _error in site.task_states)


async def test_closing_ends_everything_soon_whatever_is_under_way(site: Site, camera: ScriptedCamera) -> None:
    """The guard of all tests looks for what is left; here it must not take long either."""
    task = await site.task(camera.url)
    second = await site.second_task(task)
    await site.start(task)
    check = asyncio.create_task(site.services.devices.check(OLGA, device_id=task.device.id), name="check")
    await site.start(second)
    await asyncio.sleep(0.3)
    started = time.monotonic()
    await site.station.__aexit__()
    assert time.monotonic() - started < 8
    result = await check
    assert result.reachable or result.error is not None
    engine = site.services.tasks._engine
    await asyncio.wait_for(engine.stop_task(task.id), 1)  # afterwards everything answers at once
    engine.release_camera(task.device.id)
