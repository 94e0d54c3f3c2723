"""Several tasks on one machine: the plan of the cores, and frames that nobody needs."""

import asyncio
import time
from itertools import pairwise

import psutil
import pytest

from siapp.core.domain import Picture, TaskOptions, TaskState, TaskTotals
from siapp.core.services.readings import Memory, ProcessRole
from siapp.core.workers import supervisor
from siapp.core.workers.camera import Camera
from siapp.core.workers.entry import NICENESS, WorkerRole
from siapp.core.workers.frame_clock import STALL_S
from siapp.core.workers.plan import available_cores, threads_each
from tests.cameras import ScriptedCamera
from tests.e2e.support import OLGA, PATIENCE_S, WINDOW, CarClip, Site, device_key, task_key, until


async def has_threads(site: Site, task_id: int, count: str) -> None:
    """Wait for the analysis to say that its network was compiled anew."""
    async with asyncio.timeout(PATIENCE_S):
        while f"threads of the network: {count}\n" not in await site.services.tasks.log(task_id):
            await asyncio.sleep(0.05)


async def test_a_second_task_takes_cores_from_the_first_whose_pictures_go_on(
    site: Site, camera: ScriptedCamera, car: CarClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "REPLAN_AFTER_S", 0.3)
    with ScriptedCamera(car.clip) as other_camera:
        first = await site.running(camera.url)
        pid = site.pid(f"analysis-{first.id}")
        pictures: list[Picture] = []
        await site.watch(task_key(first), WINDOW, pictures)
        await until(lambda: pictures and pictures[-1].objects)

        second = await site.running(other_camera.url, "other")
        await has_threads(site, first.id, str(threads_each(2, available_cores())))
        assert "threads of" not in await site.services.tasks.log(second.id), "started with its share, compiled once"
        seen = len(pictures)
        await until(lambda: len(pictures) > seen + 5 and pictures[-1].objects)

        await site.stop(second)
        await has_threads(site, first.id, "all")
        seen = len(pictures)
        await until(lambda: len(pictures) > seen + 5 and pictures[-1].objects)

        numbers = [picture.seq for picture in pictures]
        assert numbers == sorted(set(numbers))
        pauses = [b.captured_monotonic - a.captured_monotonic for a, b in pairwise(pictures)]
        assert max(pauses) < 5, "a task that starts takes longer than this"
        assert site.pid(f"analysis-{first.id}") == pid and camera.connections_total == 1


async def test_a_camera_writes_what_its_hastiest_task_takes_and_its_own_rate_stays_known(
    site: Site, car: CarClip
) -> None:
    with ScriptedCamera(car.clip, fps=25) as camera:
        slow = await site.running(camera.url, options=TaskOptions(max_fps=2))
        shared: Camera = site.station.services.tasks._engine._supervisor._cameras[slow.device.id]

        async def measured(seconds: float = 2.0) -> tuple[float, float]:
            """Frames per second that the camera gives, and that are written."""
            began, frames, newest = time.monotonic(), shared.frames, shared.newest or 0
            await asyncio.sleep(seconds)
            took = time.monotonic() - began
            return (shared.frames - frames) / took, ((shared.newest or 0) - newest) / took

        async def come_to_write(wanted: float) -> None:
            """Until as many are written a second, while the camera goes on giving what it gives."""
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    given, written = await measured()
                    if given == pytest.approx(25, rel=0.35) and written == pytest.approx(wanted, rel=0.35):
                        return

        await come_to_write(2)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                stats = (await site.services.tasks.get(slow.id)).stats
                if stats.fps_in == pytest.approx(25, rel=0.35) and 0 < stats.fps_out <= 3.5:
                    break
                await asyncio.sleep(0.5)

        seat = await site.watch(device_key(slow.device.id), WINDOW, [])
        await come_to_write(25)  # a preview wants them all
        seat.close()

        quick = await site.second_task(slow)
        await site.services.tasks.update(OLGA, quick.id, {"max_fps": 8})
        await site.start(quick)
        await site.reaches(quick, TaskState.RUNNING)
        await come_to_write(8)
        await site.services.tasks.update(OLGA, slow.id, {"max_fps": None})
        await come_to_write(25)
        await site.stop(slow)
        await come_to_write(8)
        assert camera.connections_total == 1


async def test_the_stations_figures_follow_its_processes_and_frames(site: Site, camera: ScriptedCamera) -> None:
    task = await site.running(camera.url)
    readings = site.services.readings

    async def seen() -> TaskTotals | None:
        return (await readings.take()).tasks[0].totals

    async with asyncio.timeout(PATIENCE_S):
        while (totals := await seen()) is None or totals.frames_out < 5:
            await asyncio.sleep(0.2)
    assert sum(totals.latency_ms.counts) == sum(totals.inference_ms.counts) == totals.frames_out
    assert totals.frames_in >= totals.frames_out and totals.latency_ms.total > totals.inference_ms.total > 0
    reading = await readings.take()
    assert {role: memory.processes for role, memory in reading.memory.items()} == {
        ProcessRole.MAIN: 1,
        ProcessRole.CAPTURE: 1,
        ProcessRole.ANALYSIS: 1,
        ProcessRole.JOB: 0,
    }
    assert all(memory.resident_bytes > 20_000_000 for memory in reading.memory.values() if memory.processes)
    assert reading.counts is not None and reading.counts.tasks[TaskState.RUNNING] == 1
    own, nice = psutil.Process().nice(), {child.role: psutil.Process(child.pid).nice() for child in site.workers()}
    assert nice == {WorkerRole.CAPTURE: own, WorkerRole.ANALYSIS: own + NICENESS}, "what computes stands back"
    await site.stop(task)
    assert (await readings.take()).memory[ProcessRole.ANALYSIS] == Memory(0, 0)
    assert (await seen()) is not None, "the figures of the last run stay until the next one"


async def test_a_preview_alone_runs_no_network_and_a_stopped_task_has_no_process(
    site: Site, camera: ScriptedCamera
) -> None:
    task = await site.running(camera.url)
    assert {child.name for child in site.workers()} == {f"analysis-{task.id}", f"capture-{task.device.id}"}
    await site.stop(task)
    await until(lambda: not site.workers())
    pictures: list[Picture] = []
    seat = await site.watch(device_key(task.device.id), WINDOW, pictures)
    await until(lambda: len(pictures) > 3)
    assert [child.name for child in site.workers()] == [f"capture-{task.device.id}"]
    seat.close()
    await until(lambda: not site.workers())


async def test_tasks_on_another_device_have_no_part_in_the_plan_until_they_change_to_the_processor(
    site: Site, camera: ScriptedCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no such device in this machine: the processor does its work, and the plan does not know of it."""
    monkeypatch.setattr(supervisor, "REPLAN_AFTER_S", 0.2)
    engine = site.services.tasks._engine
    engine.set_device("npu")
    first = await site.running(camera.url)
    second = await site.second_task(first)
    await site.start(second)
    await site.reaches(second, TaskState.RUNNING)
    await asyncio.sleep(1)  # long after the plan was made anew
    for task in (first, second):
        log = await site.services.tasks.log(task.id)
        assert "can't run on npu" in log and "threads of the network" not in log

    engine.set_device("cpu")
    for task in (first, second):
        await has_threads(site, task.id, str(threads_each(2, available_cores())))


async def test_a_camera_of_which_little_is_wanted_does_not_count_as_stalled(site: Site, camera: ScriptedCamera) -> None:
    task = await site.running(camera.url, options=TaskOptions(max_fps=0.1))
    await asyncio.sleep(STALL_S + 2)
    assert site.states_of(task) == [TaskState.STOPPED, TaskState.STARTING, TaskState.RUNNING]
    assert camera.connections_total == 1
