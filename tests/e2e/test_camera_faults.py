"""Cameras that go away, stall, change and refuse, seen by a running task."""

import asyncio
import time

import pytest

from siapp.core.domain import DeviceState, Picture, TaskState
from siapp.core.specs import Demand
from tests.cameras import Behaviour, ScriptedCamera, counting_clip
from tests.e2e.support import OLGA, WINDOW, CarClip, Site, device_key, jpeg_index, task_key, until, window_index

RUNNING, RECONNECTING = TaskState.RUNNING, TaskState.RECONNECTING
START = [TaskState.STOPPED, TaskState.STARTING, RUNNING]


async def test_a_camera_that_goes_for_3_s_costs_no_reload_of_the_model(site: Site, camera: ScriptedCamera) -> None:
    task = await site.running(camera.url)
    analysis, capture = site.pid(f"analysis-{task.id}"), site.pid(f"capture-{task.device.id}")
    await asyncio.to_thread(camera.stop)
    await site.reaches(task, RECONNECTING, 6)
    assert (await site.services.devices.get(task.device.id)).state is DeviceState.RECONNECTING
    await asyncio.sleep(3)
    await asyncio.to_thread(camera.come_back)
    await site.reaches(task, RUNNING)
    assert site.states_of(task) == [*START, RECONNECTING, RUNNING]
    assert (site.pid(f"analysis-{task.id}"), site.pid(f"capture-{task.device.id}")) == (analysis, capture)
    log = await site.services.tasks.log(task.id)
    assert "running -> reconnecting" in log and "reconnecting -> running" in log


async def test_a_stalled_camera_is_noticed_and_taken_up_again(site: Site, camera: ScriptedCamera) -> None:
    task = await site.running(camera.url)
    await asyncio.to_thread(camera.stall)
    stalled_at = time.monotonic()
    await site.reaches(task, RECONNECTING, 10)
    assert time.monotonic() - stalled_at > 4, "a dip of less than 5 s is no fault"
    assert "sent no picture for 5 s" in site.errors_of(task)[0]
    await asyncio.to_thread(camera.resume)
    await site.reaches(task, RUNNING)
    assert site.states_of(task) == [*START, RECONNECTING, RUNNING]


async def test_a_camera_sees_one_client_whoever_looks(site: Site, camera: ScriptedCamera) -> None:
    one = await site.running(camera.url)
    two = await site.second_task(one)
    await site.start(two)
    await site.reaches(two, RUNNING)
    preview: list[Picture] = []
    await site.watch(device_key(one.device.id), Demand(jpeg_clean=True, width=640, height=352), preview)
    await until(lambda: len([picture for picture in preview if picture.jpeg_clean]) >= 3)
    assert (camera.clients_playing, camera.connections_total) == (1, 1)
    assert jpeg_index(preview[-1].jpeg_clean or b"") == window_index(preview[-1]) is not None
    await site.stop(one)
    pictures: list[Picture] = []
    await site.watch(task_key(two), WINDOW, pictures)
    await until(lambda: len(pictures) >= 5)
    assert site.states_of(two) == START
    assert camera.connections_total == 1


async def test_another_resolution_in_the_middle_is_shown_and_analysed(
    site: Site, camera: ScriptedCamera, car: CarClip
) -> None:
    task = await site.running(camera.url)
    pictures: list[Picture] = []
    await site.watch(task_key(task), Demand(1920, 1080, jpeg=True), pictures)
    await until(lambda: pictures)
    for size in ((1280, 720), (320, 240)):
        await asyncio.to_thread(camera.change_clip, counting_clip(*size, fps=10))
        await until(lambda size=size: (pictures[-1].width_shown, pictures[-1].height_shown) == size)  # type: ignore[misc]
        assert (pictures[-1].width, pictures[-1].height) == size
        assert window_index(pictures[-1]) == jpeg_index(pictures[-1].jpeg or b"") is not None
    assert camera.connections_total == 1
    assert site.states_of(task) == START


async def test_a_wrong_password_is_tried_twice_and_then_left_alone(site: Site, car: CarClip) -> None:
    with ScriptedCamera(car.clip, username="admin", password="right") as camera:
        task = await site.task(camera.url_with_login.replace("right", "wrong"))
        await site.start(task)
        await site.reaches(task, RECONNECTING)
        await until(lambda: camera.logins_refused == 2)
        await asyncio.sleep(4)  # a third try would come after 1 s
        assert camera.logins_refused == 2
        assert set(site.errors_of(task)) == {"The camera refuses the user name or the password. Check both."}
        error = (await site.services.tasks.get(task.id)).error
        assert error is not None and dict(error.values)["next_in_s"] == 300

        # The right one is tried at once.
        await site.services.devices.update(OLGA, task.device.id, rtsp_url=camera.url_with_login)
        await site.reaches(task, RUNNING)


async def test_a_camera_that_nobody_reaches_says_why_and_is_there_once_it_answers(site: Site, car: CarClip) -> None:
    with ScriptedCamera(car.clip, behaviour=Behaviour.NOT_FOUND) as camera:
        task = await site.task(camera.url)
        await site.start(task)
        await site.reaches(task, RECONNECTING)
        await asyncio.to_thread(camera.stop)
        await until(lambda: len(set(site.errors_of(task))) > 1)
        await asyncio.to_thread(camera.behave, Behaviour.NORMAL)
        await asyncio.to_thread(camera.come_back)
        await site.reaches(task, RUNNING)
    assert list(dict.fromkeys(site.errors_of(task)))[:2] == [
        "The camera does not know this path. Check the end of the address.",
        "The camera refuses the connection. Check its port.",
    ]
    assert site.states_of(task) == [*START[:2], RECONNECTING, RUNNING]


async def test_a_task_is_stopped_whatever_it_waits_for(site: Site, car: CarClip) -> None:
    with ScriptedCamera(car.clip, behaviour=Behaviour.SILENT) as camera:
        task = await site.task(camera.url)
        for moment in ("loading", "opening", "waiting"):
            await site.start(task)
            if moment != "loading":
                await until(lambda: camera.connections == 1)
            if moment == "waiting":
                await asyncio.to_thread(camera.stop)
                await site.reaches(task, RECONNECTING)
            await site.stop(task, within_s=5)
            await until(lambda: not site.workers(), 5)
            assert (await site.services.devices.get(task.device.id)).state is DeviceState.IDLE


async def test_another_address_takes_the_capture_and_leaves_the_analysis(
    site: Site, camera: ScriptedCamera, car: CarClip
) -> None:
    task = await site.running(camera.url)
    analysis, capture = site.pid(f"analysis-{task.id}"), site.pid(f"capture-{task.device.id}")
    with ScriptedCamera(car.clip) as other:
        await site.services.devices.update(OLGA, task.device.id, rtsp_url=other.url)
        await site.new_pid(f"capture-{task.device.id}", capture)
        await asyncio.to_thread(other.wait_until, lambda: other.clients_playing == 1)
        await site.reaches(task, RUNNING)
        await asyncio.to_thread(camera.wait_until, lambda: camera.clients_playing == 0)
        assert site.pid(f"analysis-{task.id}") == analysis


@pytest.mark.full
async def test_a_picture_every_5_s_is_a_running_camera(site: Site, camera: ScriptedCamera) -> None:
    task = await site.running(camera.url)
    await asyncio.to_thread(camera.set_fps, 0.2)
    await asyncio.sleep(25)
    states = site.states_of(task)
    await asyncio.sleep(25)
    assert site.states_of(task) == states, "one reconnect at most, when the rate falls from 10 to 0.2"
    assert await site.state(task) is RUNNING
