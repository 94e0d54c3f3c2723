"""Workers that are killed, crash or hang: back with the reason told, and nobody else is disturbed."""

import asyncio
import os
import signal

import pytest

from siapp.core.domain import DeviceState, Picture, TaskState
from siapp.core.workers import backoff, keeper
from tests.cameras import ScriptedCamera
from tests.e2e.support import WINDOW, CarClip, Site, task_key, until
from tests.leftovers import own_blocks

RUNNING, STARTING, RECONNECTING = TaskState.RUNNING, TaskState.STARTING, TaskState.RECONNECTING
RINGS_OF_ONE_TASK = 2  # the camera's and the pictures'


async def test_killed_workers_are_back_and_the_other_task_goes_on(
    site: Site, camera: ScriptedCamera, car: CarClip
) -> None:
    with ScriptedCamera(car.clip) as quiet_camera:
        before = own_blocks()
        task, other = await site.running(camera.url), await site.running(quiet_camera.url, "other")
        others: list[Picture] = []
        mine: list[Picture] = []
        await site.watch(task_key(other), WINDOW, others)
        await site.watch(task_key(task), WINDOW, mine)
        await until(lambda: len(others) >= 3 and len(mine) >= 3)
        untouched = site.pid(f"analysis-{other.id}"), site.pid(f"capture-{other.device.id}")

        for name, number in (
            (f"analysis-{task.id}", signal.SIGKILL),
            (f"analysis-{task.id}", signal.SIGSEGV),
            (f"capture-{task.device.id}", signal.SIGKILL),
            (f"capture-{task.device.id}", signal.SIGABRT),
        ):
            pid, seen = site.pid(name), len(mine)
            os.kill(pid, number)
            await site.new_pid(name, pid)
            await site.reaches(task, RUNNING)
            await until(lambda seen=seen: len(mine) > seen + 2)  # type: ignore[misc]
            assert number.name in site.errors_of(task)[-1]
        log = await site.services.tasks.log(task.id)
        assert all(name in log for name in ("SIGKILL", "SIGSEGV", "SIGABRT")) and "Traceback" not in log
        assert site.states_of(task)[3:] == [STARTING, RUNNING] * 2 + [RECONNECTING, RUNNING] * 2

        assert (site.pid(f"analysis-{other.id}"), site.pid(f"capture-{other.device.id}")) == untouched
        assert site.states_of(other)[-1] is RUNNING and not site.errors_of(other)
        lost = others[-1].seq - others[0].seq + 1 - len(others)
        assert lost <= 0.05 * len(others)
        assert len(own_blocks() - before) == 2 * RINGS_OF_ONE_TASK
        assert len(site.workers()) == 4


@pytest.mark.parametrize("role", ["capture", "analysis"])
async def test_a_stopped_process_is_noticed_as_not_responding_and_replaced(
    site: Site, camera: ScriptedCamera, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "SILENT_S", 4.0)
    task = await site.running(camera.url)
    name = f"{role}-{task.id if role == 'analysis' else task.device.id}"
    pid = site.pid(name)
    os.kill(pid, signal.SIGSTOP)
    await site.new_pid(name, pid, within_s=30)
    await site.reaches(task, RUNNING)
    assert any("not responding" in error for error in site.errors_of(task))


@pytest.mark.parametrize("role", ["capture", "analysis"])
async def test_five_crashes_are_an_error_and_a_later_try_heals_it(
    site: Site, camera: ScriptedCamera, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "WAITS_S", (0.05,))
    monkeypatch.setattr(backoff, "AFTER_TOO_MANY_S", 2.0)
    task = await site.running(camera.url)
    name, pid = f"{role}-{task.id if role == 'analysis' else task.device.id}", 0
    for _crash in range(backoff.MOST_CRASHES):
        pid = await site.new_pid(name, pid)
        os.kill(pid, signal.SIGKILL)
    await site.reaches(task, TaskState.ERROR)
    assert "crashed 5 times in ten minutes, last by SIGKILL" in site.errors_of(task)[-1]
    await site.new_pid(name, pid)
    await site.reaches(task, RUNNING)


async def test_a_task_in_error_can_be_started_again_by_hand_and_the_old_runs_word_counts_no_more(
    site: Site, camera: ScriptedCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "WAITS_S", (0.05,))
    task = await site.running(camera.url)
    pid = 0
    for _crash in range(backoff.MOST_CRASHES):
        pid = await site.new_pid(f"analysis-{task.id}", pid)
        os.kill(pid, signal.SIGKILL)
    await site.reaches(task, TaskState.ERROR)
    await site.start(task)
    await site.reaches(task, RUNNING)
    assert len(site.workers()) == 2


async def test_a_camera_that_is_let_go_while_it_waits_for_its_restart_is_taken_up_at_once(
    site: Site, camera: ScriptedCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await site.running(camera.url)
    monkeypatch.setattr(backoff, "WAITS_S", (1.0,))
    os.kill(site.pid(f"capture-{task.device.id}"), signal.SIGKILL)
    await site.reaches(task, RECONNECTING)
    await site.stop(task, within_s=5)
    await site.device_is(task.device.id, DeviceState.IDLE)
    await site.start(task)
    await site.reaches(task, RUNNING)
    await asyncio.sleep(1.2)  # the old timer's time comes and nothing happens
    assert len(site.workers()) == 2 and camera.clients_playing == 1


async def test_an_analysis_that_is_restarted_while_the_camera_is_away_says_that_the_camera_is(
    site: Site, camera: ScriptedCamera
) -> None:
    task = await site.running(camera.url)
    await asyncio.to_thread(camera.stop)
    await site.reaches(task, RECONNECTING)
    pid = site.pid(f"analysis-{task.id}")
    os.kill(pid, signal.SIGKILL)
    await site.new_pid(f"analysis-{task.id}", pid)
    assert await site.state(task) is RECONNECTING
    assert "SIGKILL" in await site.services.tasks.log(task.id)
    await asyncio.to_thread(camera.come_back)
    await site.reaches(task, RUNNING)


async def test_a_full_shared_memory_is_a_reason_and_no_bus_error(
    site: Site, camera: ScriptedCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        f_bavail, f_frsize = 1, 4096

    with monkeypatch.context() as patched:
        patched.setattr(os, "statvfs", lambda _path: Full())
        task = await site.task(camera.url)
        await site.start(task)
        await site.reaches(task, RECONNECTING)
        assert "no shared memory for its pictures: No space left on device" in site.errors_of(task)[-1]
    await site.reaches(task, RUNNING)
