"""H.264 from a real camera through a real analysis to real sockets, and what a decoder makes of it."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import av
import pytest_asyncio
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from siapp.core.domain import Role, Task, TaskState
from siapp.core.workers import messages as m
from siapp.core.workers.live_video import LONGEST_GAP_S
from siapp.net.server import Server
from tests.cameras import ScriptedCamera
from tests.e2e.support import Site, task_key, until

PASSWORD = "a long enough secret"
SMALL = "format=h264&width=320"


@dataclass
class Video:
    """What came of one format: its init segment, the segments, and the detections that came with each."""

    width: int
    init: bytes
    segments: list[bytes] = field(default_factory=list)
    found: list[dict[str, Any]] = field(default_factory=list)

    def frames(self) -> list[av.VideoFrame]:
        with av.open(io.BytesIO(self.init + b"".join(self.segments))) as container:
            return list(container.decode(video=0))

    def check(self) -> None:
        """All of it can be decoded from the first picture on, at the times that were told."""
        frames = self.frames()
        assert len(frames) == len(self.segments) == len(self.found) > 0
        assert frames[0].key_frame
        told = [one["time"] for one in self.found]
        assert all(abs((frame.time or 0) - time) < 1e-4 for frame, time in zip(frames, told, strict=True))
        assert told == sorted(set(told))


class Viewer:
    """A page that shows a task, whatever becomes of that."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.videos: list[Video] = []
        self.states: list[str] = []
        self._reading = asyncio.create_task(self._read())

    @property
    def now(self) -> Video:
        return self.videos[-1]

    def has(self, pictures: int) -> Callable[[], bool]:
        """Whether so many have come in the present format."""
        return lambda: bool(self.videos) and len(self.now.segments) >= pictures

    async def leave(self) -> None:
        await self.socket.close()
        await self._reading

    async def _read(self) -> None:
        said: dict[str, Any] = {}
        async for message in self.socket:
            if message.type is WSMsgType.TEXT:
                said = json.loads(message.data)
                if said["type"] == "state":
                    self.states.append(said["state"])
            elif said["type"] == "video":
                self.videos.append(Video(said["width"], message.data))
            else:
                assert said["type"] == "detections"
                self.now.found.append(said)
                self.now.segments.append(message.data)


class Page:
    """Opens viewers of one task."""

    def __init__(self, session: ClientSession, token: str) -> None:
        self._session = session
        self._token = token
        self._open: list[Viewer] = []

    async def watch(self, task: Task, query: str = "format=h264") -> Viewer:
        socket = await self._session.ws_connect(
            f"/ws/tasks/{task.id}?{query}", headers={"Authorization": f"Bearer {self._token}"}
        )
        self._open.append(Viewer(socket))
        return self._open[-1]

    async def close(self) -> None:
        for viewer in self._open:
            await viewer.leave()


@pytest_asyncio.fixture
async def page(site: Site) -> AsyncIterator[Page]:
    server = Server(site.services, site.station.settings)
    await site.services.accounts.add_user("vera", PASSWORD, Role.VIEWER)
    token = (await site.services.accounts.sign_in("vera", PASSWORD)).access_token
    try:
        async with ClientSession(await server.start()) as session:
            opened = Page(session, token)
            yield opened
            await opened.close()
    finally:
        await server.stop()


async def test_viewers_share_one_video_as_wide_as_the_widest_shows_it_made_while_somebody_watches(
    site: Site, page: Page, camera: ScriptedCamera
) -> None:
    task = await site.running(camera.url)
    results = hear(site, task)
    first = await page.watch(task, SMALL)
    await until(first.has(8))
    late = await page.watch(task, SMALL)
    await until(late.has(8))
    segments = {found["seq"]: segment for found, segment in zip(first.now.found, first.now.segments, strict=True)}
    shared = [found["seq"] for found in late.now.found if found["seq"] in segments]
    assert len(shared) >= 6
    assert all(
        segments.get(found["seq"], one) == one for found, one in zip(late.now.found, late.now.segments, strict=True)
    )
    numbers = [int(result.video[0]) for result in results if result.video]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "one encoder, whoever watches"

    wide = await page.watch(task, "format=h264&width=480")
    await until(wide.has(3))
    await wide.leave()
    await until(lambda: len(first.videos) == 3 and first.has(3)())
    for viewer in (first, late):
        assert [(video.width, video.frames()[0].height) for video in viewer.videos] == [
            (320, 176),
            (480, 264),
            (320, 176),
        ]
        await viewer.leave()
    for viewer in (first, late, wide):
        for video in viewer.videos:
            video.check()

    await until(lambda: site.station.hub.demand(task_key(task)).nothing)
    await asyncio.sleep(0.5)
    results.clear()
    await until(lambda: len(results) >= 5)
    assert not any(result.video for result in results)


async def test_a_socket_outlives_a_stop_and_a_camera_that_goes_away(
    site: Site, page: Page, camera: ScriptedCamera
) -> None:
    task = await site.running(camera.url)
    viewer = await page.watch(task)
    await until(viewer.has(3))
    await site.stop(task)
    await site.start(task)
    await until(lambda: len(viewer.videos) == 2 and viewer.has(3)())
    await asyncio.to_thread(camera.stop)
    await site.reaches(task, TaskState.RECONNECTING)
    seen = len(viewer.now.segments)
    await asyncio.sleep(LONGEST_GAP_S)
    await asyncio.to_thread(camera.come_back)
    await until(viewer.has(seen + 3))
    assert len(viewer.videos) == 2, "the analysis goes on with the encoder that it has"
    for video in viewer.videos:
        video.check()
    assert viewer.videos[0].found[-1]["time"] < viewer.videos[1].found[0]["time"]
    keys = [frame.key_frame for frame in viewer.now.frames()]
    assert keys[0] and any(keys[1:]), "after a gap a browser needs one"
    await until(lambda: viewer.states[-1] == "running")


def hear(site: Site, task: Task) -> list[m.Published]:
    """What its analysis says of each picture, from now on."""
    results: list[m.Published] = []
    run: Any = site.station.services.tasks._engine._supervisor._runs[task.id]
    child = next(child for child in site.workers() if child.name == f"analysis-{task.id}")

    def note(message: m.Message) -> None:
        if isinstance(message, m.Published):
            results.append(message)
        run._on_message(message)

    child.on_message = note
    return results
