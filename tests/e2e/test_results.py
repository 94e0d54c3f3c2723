"""Key frames of a real camera, fetched as a browser does, and a disk that fills up under it."""

import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from aiohttp import ClientSession

from siapp.core.domain import Role, TaskOptions
from siapp.core.keyframes import numbers
from siapp.core.resources import resources
from siapp.core.settings import Settings
from siapp.net.server import Server
from tests.cameras import ScriptedCamera
from tests.e2e.support import CarClip, Site, decoded_jpeg, jpeg_index, until

PASSWORD = "a long enough secret"
DEMO = resources() / "demo" / "demo.mp4"
OFTEN = TaskOptions(keyframe_interval=5)


@pytest_asyncio.fixture
async def browser(site: Site, settings: Settings) -> AsyncIterator[ClientSession]:
    """Somebody who may look and add, signed in at the station's server."""
    server = Server(site.services, settings)
    address = await server.start()
    await site.services.accounts.add_user("vera", PASSWORD, Role.OPERATOR)
    try:
        async with ClientSession(address) as session:
            form = {"username": "vera", "password": PASSWORD}
            async with session.post("/token", data=form) as response:
                token = (await response.json())["access_token"]
            async with ClientSession(address, headers={"Authorization": f"Bearer {token}"}) as signed_in:
                yield signed_in
    finally:
        await server.stop()


async def asked(session: ClientSession, method: str, path: str, **options: Any) -> tuple[int, Any]:
    async with session.request(method, path, **options) as response:
        return response.status, await response.json(content_type=None)


async def test_key_frames_of_a_camera_are_fetched_with_an_access_key(
    site: Site, browser: ClientSession, camera: ScriptedCamera, car: CarClip
) -> None:
    task = await site.running(camera.url, "北门 cars", OFTEN)
    folder = site.station.storage.task_folder(task.id)
    await until(lambda: len(numbers(folder)) >= 4)
    await site.stop(task)
    kept = numbers(folder)
    assert kept == list(range(0, kept[-1] + 1, 5))

    _status, listed = await asked(browser, "GET", "/results/北门 cars/frames")
    _status, granted = await asked(browser, "POST", "/results/北门 cars/access")
    assert [frame["frame"] for frame in listed["frames"]] == kept
    shown = []
    async with ClientSession(browser._base_url) as image:  # an <img> sends no token
        for frame in listed["frames"]:
            async with image.get(frame["url"]) as response:
                assert response.status == 401
            async with image.get(f"{frame['url']}?access={granted['access']}") as response:
                jpeg = await response.read()
                assert (response.status, response.content_type) == (200, "image/jpeg")
            assert decoded_jpeg(jpeg).shape == (352, 640, 3)
            shown.append(jpeg_index(jpeg))
    assert any(index is not None for index in shown)  # of this camera; a drawn box hides the mark of some

    await site.start(task)
    await until(lambda: len(numbers(folder)) > len(kept))
    await site.stop(task)
    assert numbers(folder)[: len(kept) + 1] == [*kept, kept[-1] + 5]  # goes on, and overwrites none


async def test_a_video_is_read_in_a_process_of_its_own(site: Site, browser: ClientSession) -> None:
    task = await site.task("rtsp://192.168.1.20/live", "cars")
    output = site.station.storage.task_results(task.id) / "output.mp4"
    shutil.copy(DEMO, output)
    _status, good = await asked(browser, "GET", "/results/cars/check-video")
    assert (good["exists"], good["playable"], good["codec"], good["error"]) == (True, True, "h264", None)
    assert good["frames"] > 0 and good["duration_s"] > 0
    output.write_bytes(b"not a video at all")
    _status, bad = await asked(browser, "GET", "/results/cars/check-video")
    assert (bad["exists"], bad["playable"], bad["error"]["code"]) == (True, False, "not_a_video")
