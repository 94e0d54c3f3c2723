"""H.264 over WebSockets: what each viewer gets of a video whose pictures need one another."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from siapp.core.domain import StreamKey, StreamKind, VideoFormat, VideoPicture
from siapp.core.specs import Demand
from siapp.net.sockets import channel, video, wire
from tests.net import document
from tests.net.conftest import PATIENCE_S, Site, picture, until
from tests.net.test_sockets import close_code, signed_in

WIDE = VideoFormat("avc1.42c01f", 1280, 720, b"init 1280")
SMALL = VideoFormat("avc1.42c01e", 640, 360, b"init 640")


def key_of(task: int) -> StreamKey:
    return StreamKey(StreamKind.TASK, task)


def deliver(site: Site, task: int, number: int, form: VideoFormat = WIDE, size: int = 0) -> None:
    """A picture of a video in which every tenth is a key frame; at least `size` bytes of it."""
    name = "key" if number % 10 == 0 else "inter"
    made = VideoPicture(form, number, 100 + number / 10, name == "key", f"{name} {number}".encode().ljust(size, b"\0"))
    site.station.hub.deliver(key_of(task), replace(picture(number), jpeg=None, video=made))


async def names(socket: ClientWebSocketResponse, until_name: str) -> list[str]:
    """The binary messages that come, up to one of this name, each checked to follow the text that belongs to it."""
    seen: list[str] = []
    said: dict[str, Any] = {}
    while until_name not in seen:
        message = await socket.receive(timeout=PATIENCE_S)
        if message.type is WSMsgType.TEXT:
            said = json.loads(message.data)
            continue
        seen.append(message.data.rstrip(b"\0").decode())
        kind, number = seen[-1].split()
        if kind == "init":
            assert (said["type"], said["width"]) == ("video", int(number))
        else:
            assert (said["type"], said["seq"], said["time"]) == ("detections", int(number), 100 + int(number) / 10)
        said = {}
    return seen


@pytest.fixture
def asked(site: Site) -> list[StreamKey]:
    """Of which streams a key frame was asked for, each time."""
    wanted: list[StreamKey] = []
    site.station.hub.on_key_frame_wanted = wanted.append
    return wanted


async def test_the_messages_are_as_the_document_says(site: Site) -> None:
    task = await site.add_task()
    async with site.open(f"/ws/tasks/{task}?format=h264") as socket:
        await signed_in(site, socket)
        deliver(site, task, 0)
        begins = await socket.receive_json()
        assert begins == {"type": "video", "codec": "avc1.42c01f", "width": 1280, "height": 720}
        assert await socket.receive_bytes() == WIDE.init
        found = await socket.receive_json()
        assert (found["type"], found["time"], len(found["objects"])) == ("detections", 100, 1)
        assert await socket.receive_bytes() == b"key 0"
    schemas = {"VideoFormat": begins, "Detections": found}
    for name, message in schemas.items():
        document._check_schema({"$ref": f"#/components/schemas/{name}"}, message, name)


async def test_a_viewer_begins_at_a_key_frame_and_asks_for_one(site: Site, asked: list[StreamKey]) -> None:
    task = await site.add_task()
    async with site.open(f"/ws/tasks/{task}?format=h264") as early:
        await signed_in(site, early)
        assert asked == [key_of(task)]
        for number in range(8, 12):
            deliver(site, task, number)
        assert await names(early, "inter 11") == ["init 1280", "key 10", "inter 11"]
        async with site.open(f"/ws/tasks/{task}?format=h264") as late:
            await signed_in(site, late)
            assert asked == [key_of(task)] * 2
            for number in range(12, 22):
                deliver(site, task, number)
                await asyncio.sleep(0)
            assert await names(late, "inter 21") == ["init 1280", "key 20", "inter 21"]
            assert len(await names(early, "inter 21")) == 10


async def test_after_a_gap_nothing_comes_until_the_next_key_frame(
    site: Site, asked: list[StreamKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "ASK_AGAIN_S", 0.0)
    task = await site.add_task()
    async with site.open(f"/ws/tasks/{task}?format=h264") as socket:
        await signed_in(site, socket)
        for number in (0, 1, 3, 4, 10, 11):
            deliver(site, task, number)
            await asyncio.sleep(0.02)
        assert await names(socket, "inter 11") == ["init 1280", "key 0", "inter 1", "key 10", "inter 11"]
        assert len(asked) == 3, "at the beginning, and at each picture of no use"


async def test_another_size_begins_with_its_own_init_even_where_numbers_go_on(site: Site) -> None:
    task = await site.add_task()
    async with site.open(f"/ws/tasks/{task}?format=h264") as socket:
        await signed_in(site, socket)
        for number, form in ((0, WIDE), (1, WIDE), (2, SMALL), (10, SMALL), (11, SMALL)):
            deliver(site, task, number, form)
        expected = ["init 1280", "key 0", "inter 1", "init 640", "key 10", "inter 11"]
        assert await names(socket, "inter 11") == expected


async def test_a_viewer_that_falls_behind_goes_on_at_a_key_frame_and_asks_once_it_has_caught_up(
    site: Site, asked: list[StreamKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "ASK_AGAIN_S", 0.2)
    task, size = await site.add_task(), 200_000
    async with site.open(f"/ws/tasks/{task}?format=h264") as good, site.open(f"/ws/tasks/{task}?format=h264") as slow:
        for socket in (good, slow):
            await signed_in(site, socket)
        asked.clear()
        slow._conn.protocol.transport.pause_reading()  # type: ignore[union-attr]
        for number in range(100, 138):  # more than all that lies between here and there holds
            deliver(site, task, number, size=size)
            assert (await names(good, f"{'key' if number % 10 == 0 else 'inter'} {number}"))[-1].endswith(str(number))
        await asyncio.sleep(0.3)
        deliver(site, task, 138, size=size)
        assert not asked, "it would be lost, too"
        slow._conn.protocol.transport.resume_reading()  # type: ignore[union-attr]
        reading = asyncio.create_task(names(slow, "inter 141"))
        viewers = list(site.server._gate.seats)
        await until(lambda: all(one.has_caught_up for one in viewers))
        deliver(site, task, 139, size=size)
        assert asked == [key_of(task)]
        for number in (140, 141):
            deliver(site, task, number, size=size)
        seen = await reading
        assert max(one.dropped for one in viewers) > 0
    assert_plays(seen)
    assert seen[0] == "init 1280" and seen[-2:] == ["key 140", "inter 141"]
    assert len(seen) < 38


def assert_plays(seen: list[str]) -> None:
    """Every picture but a key frame follows the one before it."""
    last = -1
    for name in seen:
        kind, number = name.split()
        if kind != "init":
            assert kind == "key" or int(number) == last + 1, seen
            last = int(number)


async def test_a_burst_after_a_busy_moment_is_not_lost(site: Site) -> None:
    task = await site.add_task()
    async with site.open(f"/ws/tasks/{task}?format=h264") as socket:
        await signed_in(site, socket)
        for number in range(channel.MOST_VIDEO_WAITING):
            deliver(site, task, number)
        assert len(await names(socket, f"inter {channel.MOST_VIDEO_WAITING - 1}")) == channel.MOST_VIDEO_WAITING + 1


async def test_what_a_picture_says_is_made_once_for_all_its_viewers(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    write = wire.Wire.frames

    def note(self: wire.Wire, frames: bytes) -> None:
        written.append(frames)
        write(self, frames)

    monkeypatch.setattr(wire.Wire, "frames", note)
    task = await site.add_task()
    async with AsyncExitStack() as stack:
        viewers = [await stack.enter_async_context(site.open(f"/ws/tasks/{task}?format=h264")) for _viewer in range(3)]
        for viewer in viewers:
            await signed_in(site, viewer)
        for number in range(5):
            deliver(site, task, number)
        for viewer in viewers:
            await names(viewer, "inter 4")
    assert len(written) == 15
    assert len({id(frames) for frames in written if b"init" not in frames}) == 4


async def test_a_viewer_says_what_it_wants_and_how_wide_it_shows_it(site: Site) -> None:
    task = await site.add_task()
    wishes = {
        "format=h264": Demand(h264=True, remote_width=1280),
        "format=h264&width=640": Demand(h264=True, remote_width=640),
        "format=jpeg&width=320&boxes=0": Demand(jpeg_clean=True, remote_width=320),
        "width=4096": Demand(jpeg=True, remote_width=4096),
    }
    for query, wanted in wishes.items():
        async with site.open(f"/ws/tasks/{task}?{query}") as socket:
            await signed_in(site, socket)
            assert site.station.hub.demand(key_of(task)) == wanted
        await until(lambda: site.station.hub.demand(key_of(task)).nothing)


async def test_a_preview_can_be_smaller_too(site: Site) -> None:
    camera = await site.add_camera()
    async with site.open(f"/ws/device-preview/{camera}?width=160") as socket:
        await signed_in(site, socket)
        demand = site.station.hub.demand(StreamKey(StreamKind.DEVICE, camera))
        assert demand == Demand(jpeg_clean=True, remote_width=160)


async def test_a_parameter_that_does_not_hold_is_4422_after_the_sign_in(site: Site) -> None:
    task = await site.add_task()
    for query in ("format=foo", "format=", "width=abc", "width=15", "width=4097", "width=-1"):
        async with site.open(f"/ws/tasks/{task}?{query}") as stranger, site.open(f"/ws/tasks/{task}?{query}") as socket:
            await stranger.send_json({"token": "x"})
            assert await close_code(stranger) == 4401
            said = await signed_in(site, socket)
            assert (said["type"], said["code"]) == ("error", "bad_parameter")
            assert await close_code(socket) == 4422
    assert not site.viewers(StreamKind.TASK, task)


async def test_where_no_h264_can_be_made_its_viewers_are_told_and_those_of_jpeg_go_on(site: Site) -> None:
    task = await site.add_task()
    async with site.open(f"/ws/tasks/{task}?format=h264") as socket, site.open(f"/ws/tasks/{task}") as other:
        for viewer in (socket, other):
            await signed_in(site, viewer)
        site.station.hub.deliver(key_of(task), replace(picture(1), no_video=True))
        said = await socket.receive_json()
        assert (said["type"], said["code"], bool(said["message"])) == ("error", "no_h264", True)
        assert await close_code(socket) == 1003
        assert (await other.receive_json())["seq"] == 1
