"""WebSockets: the sign-in, the pictures, the state, and viewers that do not behave."""

import asyncio
import json
import os
import time
from contextlib import AsyncExitStack
from datetime import datetime
from socket import SO_RCVBUF, SOL_SOCKET
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from siapp.core.clock import now
from siapp.core.domain import (
    AccountStatus,
    DeviceState,
    Problem,
    Role,
    Severity,
    StreamKey,
    StreamKind,
    TaskState,
    TaskStats,
)
from siapp.core.events import Notice
from siapp.core.reach import SocketKind
from siapp.core.specs import Demand, DeviceReport, TaskFigures, TaskReport
from siapp.net.sockets import channel, seats, wire
from tests.net.conftest import JPEG, PATIENCE_S, Site, picture, until

FRAME_S = 0.02
SOON_S = 3.0  # well before the sessions of open sockets are looked at again
CLEAN = Demand(jpeg_clean=True, remote_width=1280)
DRAWN = Demand(jpeg=True, remote_width=1280)


async def close_code(socket: ClientWebSocketResponse, limit_s: float = PATIENCE_S) -> int:
    """Read on until the close frame; its code."""
    async with asyncio.timeout(limit_s):
        while True:
            message = await socket.receive()
            if message.type is WSMsgType.CLOSE:
                return int(message.data)
            assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY), message


async def signed_in(site: Site, socket: ClientWebSocketResponse, name: str = "vera") -> dict[str, Any]:
    """Send the token; the first message that comes."""
    await socket.send_json({"token": site.tokens[name]})
    first: dict[str, Any] = await socket.receive_json(timeout=PATIENCE_S)
    return first


async def pictures(socket: ClientWebSocketResponse, until_seq: int) -> list[int]:
    """Numbers of the pictures that come, each checked to have its detections just before it."""
    seen: list[int] = []
    announced: int | None = None
    while until_seq not in seen:
        message = await socket.receive(timeout=PATIENCE_S)
        if message.type is WSMsgType.BINARY:
            assert announced is not None, "a picture without its detections"
            assert message.data.rstrip(b"\0") == JPEG + str(announced).encode()
            seen.append(announced)
            announced = None
        else:
            said = json.loads(message.data)
            if said["type"] == "detections":
                assert announced is None, "detections without their picture"
                announced = said["seq"]
    return seen


async def deliver_many(site: Site, task_id: int, count: int) -> None:
    for seq in range(count):
        site.deliver(task_id, seq, jpeg=JPEG + str(seq).encode())
        await asyncio.sleep(FRAME_S)


# ---- signing in ----------------------------------------------------------------------------------------------


async def test_nothing_is_sent_before_the_token_and_4408_comes_where_none_does(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "TOKEN_LIMIT_S", 0.3)
    number = await site.add_task()
    async with site.open(f"/ws/tasks/{number}") as socket:
        site.deliver(number, 1)
        message = await socket.receive()
        assert (message.type, message.data) == (WSMsgType.CLOSE, 4408)


@pytest.mark.parametrize(
    "first",
    [
        '{"token": "x"}',
        '{"token": 5}',
        "{}",
        "[]",
        "not json",
        '{"token": null}',
        "[" * 4000,
        '{"token": "\\ud800"}',
        b"bytes",
    ],
)
async def test_a_bad_token_is_4401_before_4404(site: Site, first: str | bytes) -> None:
    for number in ("999", "abc"):
        async with site.open(f"/ws/tasks/{number}") as socket:
            await (socket.send_bytes(first) if isinstance(first, bytes) else socket.send_str(first))
            assert await close_code(socket) == 4401


@pytest.mark.parametrize("path", ["/ws/tasks/999", "/ws/tasks/abc", "/ws/device-preview/999", "/ws/monitor-tasks/9"])
async def test_what_is_not_there_is_4404_and_said_in_words(site: Site, path: str) -> None:
    async with site.open(path) as socket:
        said = await signed_in(site, socket)
        assert (said["type"], bool(said["message"])) == ("error", True)
        assert await close_code(socket) == 4404


async def test_an_authorization_header_signs_in_too(site: Site) -> None:
    async with site.open("/ws/events", headers=site.headers("vera")) as socket:
        assert (await socket.receive_json())["type"] == "snapshot"
    for header in ("Bearer nonsense", "Basic abc", ""):
        async with site.open("/ws/events", headers={"Authorization": header}) as socket:
            assert await close_code(socket) == 4401


async def test_signing_out_closes_the_socket_at_once(site: Site) -> None:
    async with site.open("/ws/events") as socket:
        await signed_in(site, socket)
        await site.ask("POST", "/logout", "vera")
        assert await close_code(socket, SOON_S) == 4401


async def test_a_rejection_closes_the_socket_at_once(site: Site) -> None:
    me = await site.good("GET", "/users/me", "vera")
    async with site.open("/ws/events") as socket:
        await signed_in(site, socket)
        await site.good("PUT", f"/users/{me['id']}/status", "ada", json={"status": "rejected"})
        assert await close_code(socket, SOON_S) == 4401


async def test_a_session_that_ended_unannounced_is_found_within_five_seconds(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site.open("/ws/events") as socket:
        await signed_in(site, socket)
        monkeypatch.setattr(site.station.services.bus, "publish", lambda _event: None)
        await site.ask("POST", "/logout", "vera")
        began = time.monotonic()
        assert await close_code(socket) == 4401
        assert time.monotonic() - began < 5


async def test_a_new_token_on_an_open_socket_keeps_it_open(site: Site) -> None:
    again = (await site.sign_in("vera"))["access_token"]
    async with site.open("/ws/events") as socket:
        await signed_in(site, socket)
        await socket.send_json({"token": again})
        await until(lambda: any(c.token == again for c in site.server._gate.seats))
        await asyncio.sleep(0.1)
        await site.ask("POST", "/logout", "vera")
        with pytest.raises(TimeoutError):
            await close_code(socket, 0.5)


async def test_a_token_of_somebody_else_does_not_take_a_socket_over(site: Site) -> None:
    async with site.open("/ws/events") as socket:
        await signed_in(site, socket)
        await socket.send_json({"token": site.tokens["ada"]})
        assert await close_code(socket) == 4401


# ---- pictures ------------------------------------------------------------------------------------------------


async def test_each_picture_follows_its_detections(site: Site) -> None:
    number = await site.add_task()
    async with site.open(f"/ws/tasks/{number}") as socket:
        await signed_in(site, socket)
        site.deliver(number, 7)
        assert await socket.receive_json() == {
            "type": "detections",
            "seq": 7,
            "at": "2026-01-31T12:00:00.000Z",
            "latency_ms": 41.25,
            "width": 1280,
            "height": 720,
            "objects": [{"class": 2, "label": "car", "confidence": 0.8765, "box": [1, 2, 30.13, 40]}],
        }
        assert await socket.receive_bytes() == JPEG


@pytest.mark.parametrize(
    ("query", "wanted", "content"),
    [("", DRAWN, b"drawn"), ("?boxes=1", DRAWN, b"drawn"), ("?boxes=0", CLEAN, b"clean")],
)
@pytest.mark.parametrize("path", ["tasks", "monitor-tasks"])
async def test_boxes_are_drawn_unless_clean_is_asked_for(
    site: Site, path: str, query: str, wanted: Demand, content: bytes
) -> None:
    number = await site.add_task()
    async with site.open(f"/ws/{path}/{number}{query}") as socket:
        await signed_in(site, socket)
        assert site.station.hub.demand(StreamKey(StreamKind.TASK, number)) == wanted
        site.deliver(number, 1, jpeg=b"drawn", jpeg_clean=b"clean")
        await socket.receive_json()
        assert await socket.receive_bytes() == content


async def test_three_viewers_each_get_the_pictures_in_order(site: Site) -> None:
    number = await site.add_task()
    async with AsyncExitStack() as stack:
        viewers = [await stack.enter_async_context(site.open(f"/ws/tasks/{number}")) for _ in range(3)]
        for viewer in viewers:
            await signed_in(site, viewer)
        reading = [asyncio.create_task(pictures(viewer, 99)) for viewer in viewers]
        await deliver_many(site, number, 100)
        for seen in await asyncio.gather(*reading):
            assert seen == sorted(seen) and len(seen) >= 95


@pytest.mark.parametrize("count", [1, 20])
async def test_what_a_picture_says_is_made_once_for_all_its_viewers(
    site: Site, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    write = wire.Wire.frames

    def note(self: wire.Wire, frames: bytes) -> None:
        written.append(frames)
        write(self, frames)

    monkeypatch.setattr(wire.Wire, "frames", note)
    number = await site.add_task()
    async with AsyncExitStack() as stack:
        viewers = [await stack.enter_async_context(site.open(f"/ws/tasks/{number}")) for _ in range(count)]
        for viewer in viewers:
            await signed_in(site, viewer)
        for seq in range(5):
            site.deliver(number, seq, jpeg=JPEG + str(seq).encode())
            for viewer in viewers:
                assert (await viewer.receive_json())["seq"] == seq
                assert await viewer.receive_bytes() == JPEG + str(seq).encode()
    assert len(written) == 5 * count
    assert len({id(frames) for frames in written}) == 5, "made anew for a viewer"


@pytest.mark.parametrize("size", [1, 125, 126, 65_535, 65_536, 300_000])
async def test_pictures_of_every_size_arrive_whole(site: Site, size: int) -> None:
    number, jpeg = await site.add_task(), os.urandom(size)
    async with site.open(f"/ws/tasks/{number}") as socket:
        await signed_in(site, socket)
        site.deliver(number, 1, jpeg=jpeg)
        await socket.receive_json()
        assert await socket.receive_bytes() == jpeg


async def test_how_late_pictures_reach_viewers_stands_in_the_figures(site: Site) -> None:
    number = await site.add_task()
    tasks = site.station.services.tasks
    await site.good("POST", f"/tasks/{number}/start")
    await tasks.on_report(TaskReport(number, TaskState.RUNNING))
    async with site.open(f"/ws/tasks/{number}") as socket:
        await signed_in(site, socket)
        site.deliver(number, 1, captured_monotonic=time.monotonic() - 0.5)
        await socket.receive_json()
        await socket.receive_bytes()
        tasks.on_figures(TaskFigures(number, TaskStats(fps_out=25)))
        said = await socket.receive_json()
        assert 500 <= said["viewers_p95_ms"] < 5000 and said["window_p95_ms"] is None


async def test_a_burst_after_a_busy_moment_keeps_the_newest(site: Site) -> None:
    number = await site.add_task()
    async with site.open(f"/ws/tasks/{number}") as socket:
        await signed_in(site, socket)
        for seq in range(10):
            site.deliver(number, seq, jpeg=JPEG + str(seq).encode())
        assert await pictures(socket, 9) == [7, 8, 9]


async def test_a_line_that_is_slow_holds_few_pictures(site: Site) -> None:
    """What waits in buffers comes first, however old: on a line of 20 kB/s each 20 kB of it are a second."""
    number, size = await site.add_task(), 20_000
    async with site.open(f"/ws/tasks/{number}") as slow:
        slow.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
        await signed_in(site, slow)
        slow._conn.protocol.transport.pause_reading()  # type: ignore[union-attr]
        for seq in range(40):
            site.deliver(number, seq, jpeg=JPEG + str(seq).encode() + bytes(size))
            await asyncio.sleep(FRAME_S)
        slow._conn.protocol.transport.resume_reading()  # type: ignore[union-attr]
        assert len(await pictures(slow, 39)) < 12


async def test_the_camera_is_given_back_when_the_viewer_goes(site: Site) -> None:
    number = await site.add_camera()
    async with site.open(f"/ws/device-preview/{number}") as socket:
        state = await signed_in(site, socket)
        assert (state["type"], state["state"], state["name"]) == ("state", "idle", "Gate")
        site.station.hub.deliver(StreamKey(StreamKind.DEVICE, number), picture(1, jpeg_clean=b"raw"))
        assert await socket.receive_bytes() == b"raw"
        await site.station.services.devices.on_report(DeviceReport(number, DeviceState.ONLINE))
        assert (await socket.receive_json())["state"] == "online"
    await until(lambda: not site.viewers(StreamKind.DEVICE, number))
    assert [call[0] for call in site.engine.calls] == ["hold", "release"]


async def test_a_deleted_camera_ends_its_preview(site: Site) -> None:
    number = await site.add_camera()
    async with site.open(f"/ws/device-preview/{number}") as socket:
        await signed_in(site, socket)
        await site.ask("DELETE", f"/devices/{number}")
        assert await close_code(socket) == 4404


# ---- state ---------------------------------------------------------------------------------------------------


async def test_a_socket_follows_its_task_through_every_state(site: Site) -> None:
    number = await site.add_task()
    tasks = site.station.services.tasks
    async with site.open(f"/ws/tasks/{number}") as socket:
        assert (await signed_in(site, socket))["state"] == "stopped"
        await site.good("POST", f"/tasks/{number}/start")
        assert (await socket.receive_json())["state"] == "starting"
        problem = Problem("timeout", "It does not answer.", (("attempt", 2), ("next_in_s", 1.0)))
        await tasks.on_report(TaskReport(number, TaskState.RECONNECTING, problem))
        said = await socket.receive_json()
        assert (said["type"], said["state"], said["error"]["code"]) == ("state", "reconnecting", "timeout")
        assert said["error"]["message"] == "It does not answer. Attempt 2, next try in 1 s."
        await tasks.on_report(TaskReport(number, TaskState.RUNNING))
        assert (await socket.receive_json())["state"] == "running"
        tasks.on_figures(TaskFigures(number, (await tasks.get(number)).stats))
        assert (await socket.receive_json())["type"] == "stats"


async def test_a_deleted_task_ends_its_sockets(site: Site) -> None:
    number = await site.add_task()
    async with site.open(f"/ws/tasks/{number}") as socket:
        await signed_in(site, socket)
        await site.ask("DELETE", f"/tasks/{number}")
        assert await close_code(socket) == 4404


async def test_events_begin_with_a_snapshot_and_go_on_with_changes(site: Site) -> None:
    number = await site.add_task()
    async with site.open("/ws/events") as socket:
        snapshot = await signed_in(site, socket)
        assert snapshot["type"] == "snapshot"
        assert [len(snapshot[kind]) for kind in ("devices", "algorithms", "tasks")] == [1, 1, 1]
        await site.good("PUT", f"/tasks/{number}", json={"auto_start": True})
        change = await socket.receive_json()
        assert (change["type"], change["task"]["auto_start"]) == ("task", True)
        await site.ask("DELETE", f"/tasks/{number}")
        assert await socket.receive_json() == {"type": "task_deleted", "id": number}
        site.station.services.bus.publish(Notice(Severity.ALARM, Problem("disk_full", "The disk is full.")))
        assert await socket.receive_json() == {
            "type": "notice",
            "severity": "alarm",
            "code": "disk_full",
            "message": "The disk is full.",
        }


async def test_an_import_is_followed_step_by_step(site: Site) -> None:
    async with site.open("/ws/events") as socket:
        await signed_in(site, socket)
        await site.add_algorithm()
        states = [(await socket.receive_json())["algorithm"]["versions"][0]["state"] for _ in range(2)]
        assert states == ["importing", "ready"]


async def test_everybody_hears_of_their_own_account(site: Site) -> None:
    async with site.open("/ws/events") as socket:
        await signed_in(site, socket)
        user = await site.station.services.accounts.find("vera")
        await site.good("PUT", f"/users/{user.id}/role", "ada", json={"role": "operator"})
        assert (await socket.receive_json())["user"]["role"] == "operator"


async def test_only_administrators_hear_of_other_users(site: Site) -> None:
    async with site.open("/ws/events") as viewer, site.open("/ws/events") as admin:
        await signed_in(site, viewer)
        await signed_in(site, admin, "ada")
        await site.station.services.accounts.add_user("nina", "a long enough secret", Role.VIEWER)
        await site.add_camera()
        assert (await admin.receive_json())["user"]["username"] == "nina"
        assert (await viewer.receive_json())["type"] == "device"


# ---- viewers that do not behave ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [4097, 70_000, 10_000_000])
@pytest.mark.parametrize("after_sign_in", [True, False])
async def test_a_message_that_is_too_large_is_4413(site: Site, size: int, after_sign_in: bool) -> None:
    async with site.open("/ws/events") as socket, site.open("/ws/events") as other:
        await signed_in(site, other)
        if after_sign_in:
            await signed_in(site, socket)
        await socket.send_str("x" * size)
        assert await close_code(socket) == 4413
        await site.add_camera()
        assert (await other.receive_json())["type"] == "device"


async def test_a_flood_of_messages_is_4429(site: Site) -> None:
    async with site.open("/ws/events") as socket:
        await signed_in(site, socket)
        for _number in range(1000):
            await socket.send_str("{}")
        assert await close_code(socket) == 4429


async def test_messages_now_and_then_do_no_harm(site: Site) -> None:
    async with site.open("/ws/events") as socket:
        await signed_in(site, socket)
        for message in ("{}", '{"token": 1}', '{"type": "hello"}'):
            await socket.send_str(message)
        await socket.ping()
        await site.add_camera()
        assert (await socket.receive_json())["type"] == "device"


@pytest.mark.parametrize("message", ["hello", "[]", "[" * 4000, "\0", b"\x00", b"{}"])
async def test_what_no_socket_here_understands_is_1003_and_others_go_on(site: Site, message: str | bytes) -> None:
    number = await site.add_task()
    async with site.open(f"/ws/tasks/{number}") as socket, site.open(f"/ws/tasks/{number}") as other:
        for viewer in (socket, other):
            await signed_in(site, viewer)
        await (socket.send_bytes(message) if isinstance(message, bytes) else socket.send_str(message))
        assert await close_code(socket) == 1003
        site.deliver(number, 1)
        assert (await other.receive_json())["seq"] == 1


async def test_text_that_is_not_utf_8_is_1007(site: Site) -> None:
    async with site.open("/ws/events") as socket:
        await signed_in(site, socket)
        await socket._writer.send_frame(b"\xff\xfe", WSMsgType.TEXT)
        assert await close_code(socket) == 1007


@pytest.mark.parametrize("address", ["/ws/events", "/ws/tasks/{}", "/ws/device-preview/{}"])
async def test_a_quiet_line_is_told_from_a_dead_one(site: Site, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script of a browser hears no pings, and a line that is cut says nothing."""
    monkeypatch.setattr(channel, "CLOCK_S", 0.05)
    number = await (site.add_camera() if "device" in address else site.add_task())
    async with site.open(address.format(number)) as socket:
        assert (await signed_in(site, socket))["type"] in ("snapshot", "state")
        for _beat in range(2):
            message = await socket.receive_json(timeout=PATIENCE_S)
            assert message["type"] == "clock"
            assert datetime.fromisoformat(message["at"]).tzinfo is not None


async def test_a_peer_that_is_gone_without_a_word_is_4429(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half open: the line stands, nobody is at its other end. A client that answers no ping looks the same."""
    monkeypatch.setattr(channel, "SEND_LIMIT_S", 3.0)  # long enough to sign in on a machine with much to do
    monkeypatch.setattr(channel, "PING_S", 0.1)
    async with site.open("/ws/events", autoping=False) as gone:
        await signed_in(site, gone)
        async with asyncio.timeout(20):
            while (message := await gone.receive()).type in (WSMsgType.PING, WSMsgType.TEXT):
                pass  # where the machine has much to do, the clock may be told meanwhile
        assert (message.type, message.data) == (WSMsgType.CLOSE, 4429)


async def test_a_loop_that_stands_still_is_not_taken_for_a_viewer_that_does(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine with too much to do: whoever answers as soon as there is a ping to answer stays."""
    monkeypatch.setattr(channel, "SEND_LIMIT_S", 0.5)
    monkeypatch.setattr(channel, "PING_S", 0.1)
    async with site.open("/ws/events") as socket:
        await signed_in(site, socket)
        reading = asyncio.ensure_future(socket.receive_json())
        for _pause in range(3):
            await asyncio.sleep(0.25)
            time.sleep(0.8)  # noqa: ASYNC251  the loop stands still, on purpose
        await asyncio.sleep(0.25)
        await site.add_camera()
        assert (await reading)["type"] == "device"


async def test_a_viewer_that_stops_reading_is_closed_and_the_others_go_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (wire, channel):
        monkeypatch.setattr(module, "SEND_LIMIT_S", 4.0)
    monkeypatch.setattr(channel, "PING_S", 0.2)
    number, content = await site.add_task(), os.urandom(100_000)
    async with site.open(f"/ws/tasks/{number}") as good, site.open(f"/ws/tasks/{number}") as slow:
        for socket in (good, slow):
            await signed_in(site, socket)
        slow._conn.protocol.transport.pause_reading()  # type: ignore[union-attr]
        began, seen, count = time.monotonic(), 0, 0
        while site.viewers(StreamKind.TASK, number) == 2:
            assert time.monotonic() - began < PATIENCE_S
            site.deliver(number, count, jpeg=content)
            count += 1
            assert (await good.receive_json(timeout=3))["seq"] == count - 1
            assert len(await good.receive_bytes(timeout=3)) == len(content)
            seen += 1
            await asyncio.sleep(FRAME_S)
        assert seen == count
        slow._conn.protocol.transport.resume_reading()  # type: ignore[union-attr]
        assert await close_code(slow) == 4429


async def test_a_viewer_that_never_reads_again_is_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, seconds in ((wire, "SEND_LIMIT_S", 0.5), (wire, "GOODBYE_LIMIT_S", 0.3)):
        monkeypatch.setattr(module, name, seconds)
    number = await site.add_task()
    async with site.open(f"/ws/tasks/{number}") as dead:
        await signed_in(site, dead)
        dead._conn.protocol.transport.pause_reading()  # type: ignore[union-attr]
        began = time.monotonic()
        while site.server.sockets:
            assert time.monotonic() - began < PATIENCE_S
            site.deliver(number, 1, jpeg=bytes(500_000))
            await asyncio.sleep(FRAME_S)
        await until(lambda: not any(c.transport for c in _connections_to(site, dead)))


def _connections_to(site: Site, socket: ClientWebSocketResponse) -> list[Any]:
    port = socket.get_extra_info("sockname")[1]
    runner = site.server._runner
    assert runner is not None and runner.server is not None
    return [c for c in runner.server.connections if c.transport and c.transport.get_extra_info("peername")[1] == port]


async def test_too_many_sockets_at_once_are_4429(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "MOST_SOCKETS", 1)
    async with site.open("/ws/events") as first:
        await signed_in(site, first)
        async with site.open("/ws/events") as second:
            assert await close_code(second) == 4429


async def test_strangers_who_say_nothing_shut_nobody_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "MOST_SOCKETS", 2)
    monkeypatch.setattr(seats, "MOST_STRANGERS", 3)
    async with AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(site.open("/ws/events")) for _number in range(5)]
        await until(lambda: site.server.sockets == 3)
        async with site.open("/ws/events") as socket, site.open("/ws/events", headers=site.headers("ada")) as other:
            await signed_in(site, socket)
            assert (await other.receive_json(timeout=PATIENCE_S))["type"] == "snapshot"
            assert [await close_code(one) for one in silent[:3]] == [4429] * 3, "who waited longest goes first"


async def test_one_account_leaves_seats_to_the_others(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "MOST_OF_ONE_ACCOUNT", 2)
    async with site.open("/ws/events") as first, site.open("/ws/events") as second:
        await signed_in(site, first)
        await signed_in(site, second)
        async with site.open("/ws/events", headers=site.headers("vera")) as third:
            said = await third.receive_json(timeout=PATIENCE_S)
            assert (said["type"], said["code"]) == ("error", "too_many_sockets")
            assert await close_code(third) == 4429
        async with site.open("/ws/events", headers=site.headers("ada")) as other:
            assert (await other.receive_json(timeout=PATIENCE_S))["type"] == "snapshot"


async def test_a_listener_that_lets_too_much_wait_is_4429(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel, "MOST_TEXTS_WAITING", 5)
    async with site.open("/ws/events") as socket:
        await signed_in(site, socket)
        for _number in range(20):
            site.station.services.bus.publish(Notice(Severity.INFO, Problem("note", "A note.")))
        assert await close_code(socket) == 4429


async def test_a_database_that_is_away_closes_no_socket(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from siapp.core.errors import Unavailable

    async def away(_token: str) -> None:
        raise Unavailable("database_unavailable", "The database does not answer.")

    monkeypatch.setattr(channel, "PING_S", 0.05)
    async with site.open("/ws/events") as socket:
        await signed_in(site, socket)
        monkeypatch.setattr(site.station.services.accounts, "identify", away)
        await asyncio.sleep(0.3)
        assert site.server.sockets == 1
    async with site.open("/ws/events") as socket:
        await socket.send_json({"token": site.tokens["vera"]})
        assert await close_code(socket) == 1013


async def test_an_idle_socket_has_no_task_of_its_own(site: Site) -> None:
    """Only the two that aiohttp has for every request; and nothing of HTTP is kept that nobody reads."""
    before = asyncio.all_tasks()
    async with site.open("/ws/events") as socket:
        await signed_in(site, socket)
        await until(lambda: len(asyncio.all_tasks() - before) <= 2)
        (channel,) = site.server._gate.seats
        assert channel.call.request.raw_headers == ()
        assert [connection._parser for connection in _connections_to(site, socket)] == [None]


@pytest.mark.expects_errors
async def test_a_failure_inside_is_1011_and_says_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_values: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(site.station.services.devices, "page", fail)
    async with site.open("/ws/events") as socket:
        await socket.send_json({"token": site.tokens["vera"]})
        message = await socket.receive()
        assert (message.data, message.extra) == (1011, "internal_error")


async def test_disabling_an_account_ends_all_its_sockets(site: Site) -> None:
    me = await site.good("GET", "/users/me", "vera")
    async with site.open("/ws/events") as first, site.open("/ws/events") as second:
        for socket in (first, second):
            await signed_in(site, socket)
        await site.good("PUT", f"/users/{me['id']}/status", "ada", json={"status": AccountStatus.DISABLED})
        assert [await close_code(socket, SOON_S) for socket in (first, second)] == [4401, 4401]


async def test_the_window_is_told_who_is_connected(site: Site) -> None:
    task = await site.add_task()
    async with site.session.ws_connect(f"/ws/tasks/{task}") as watching, site.session.ws_connect("/ws/events") as idle:
        await until(lambda: len(site.server.connections()) == 2)
        assert {one.user for one in site.server.connections()} == {None}, "nobody has signed in yet"
        await signed_in(site, watching)
        await signed_in(site, idle, "olga")
        await until(lambda: all(one.sent_bytes for one in site.server.connections()))
        one, other = site.server.connections()
        assert (one.user, one.address, one.kind, one.object_id) == ("vera", "127.0.0.1", SocketKind.TASK, task)
        assert (other.user, other.kind, other.object_id) == ("olga", SocketKind.EVENTS, None)
        assert one.since <= now() and one.id != other.id
    await until(lambda: not site.server.connections())
