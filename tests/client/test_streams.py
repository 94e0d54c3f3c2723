"""The client's sockets: pictures with what was found in them, events, and lines that break."""

import asyncio
import time
from contextlib import aclosing

import pytest

from siapp.client import Client, Forbidden, Interruption, NotFound, NotSignedIn, Refused, Unreachable, streams
from siapp.client.answers import AccountStatus, Stats, Task, read
from siapp.client.connection import RENEW_BEFORE_S
from siapp.client.errors import refusal
from siapp.client.events import (
    AlgorithmChanged,
    DeviceChanged,
    DeviceDeleted,
    Event,
    Snapshot,
    UploadProgress,
    UserDeleted,
)
from siapp.client.streams import Patience, Picture
from siapp.core.domain import StreamKey, StreamKind
from siapp.net.problem import HttpError
from siapp.net.sockets.wire import CloseCode
from tests.net.conftest import CAMERA, JPEG, Site, picture, until


async def test_pictures_come_with_what_was_found_in_them(site: Site, olga: Client) -> None:
    task = await site.add_task()
    async with aclosing(olga.tasks.watch(task)) as seen:
        state = await anext(seen)
        assert isinstance(state, Task) and state.id == task
        site.deliver(task, 7)
        shown = await anext(seen)
    assert isinstance(shown, Picture) and shown.jpeg == JPEG and shown.detections is not None
    (found,) = shown.detections.objects
    assert (shown.detections.seq, found.class_id, found.label) == (7, 2, "car")
    assert found.box == (1.0, 2.0, 30.13, 40.0)
    await until(lambda: not site.viewers(StreamKind.TASK, task))


async def test_clean_pictures_are_had_by_asking(site: Site, olga: Client) -> None:
    task = await site.add_task()
    async with aclosing(olga.tasks.pictures(task, boxes=False)) as pictures:
        first = asyncio.ensure_future(anext(pictures))
        await until(lambda: site.viewers(StreamKind.TASK, task))
        site.deliver(task, 1, jpeg_clean=b"clean")
        assert (await first).jpeg == b"clean"


async def test_a_cameras_own_pictures_have_no_detections(site: Site, olga: Client) -> None:
    device = await site.add_camera()
    async with aclosing(olga.devices.pictures(device)) as pictures:
        first = asyncio.ensure_future(anext(pictures))
        await until(lambda: site.viewers(StreamKind.DEVICE, device))
        site.station.hub.deliver(StreamKey(StreamKind.DEVICE, device), picture(1))
        seen = await first
    assert (seen.jpeg, seen.detections) == (JPEG, None)


async def test_a_line_that_breaks_is_said_and_the_pictures_come_back(site: Site, olga: Client) -> None:
    task = await site.add_task()
    broken: list[Interruption] = []
    async with aclosing(olga.tasks.pictures(task, on_interruption=broken.append)) as pictures:
        for seq in range(3):
            coming = asyncio.ensure_future(anext(pictures))
            await until(lambda: site.viewers(StreamKind.TASK, task))
            site.deliver(task, seq)
            shown = await coming
            assert shown.detections is not None and shown.detections.seq == seq
            (channel,) = site.server._gate.seats
            channel._wire._transport.abort()
            await until(lambda: not site.viewers(StreamKind.TASK, task))
    assert [interruption.attempt for interruption in broken] == [1, 2]


async def test_a_station_that_is_started_again_is_found_again(site: Site, olga: Client) -> None:
    async with aclosing(olga.events()) as events:
        assert isinstance(await anext(events), Snapshot)
        port = site.server.port
        await site.server.stop()
        seen = await anext(events)
        assert isinstance(seen, Interruption) and seen.attempt == 1
        site.server._settings = site.server._settings.model_copy(update={"port": port})
        await site.server.start()
        while isinstance(seen, Interruption):
            seen = await anext(events)
        assert isinstance(seen, Snapshot)


async def test_patience_may_have_an_end(site: Site, olga: Client) -> None:
    async with Client(site.address, patience=Patience(waits_s=(0.01,), tries=3)) as client:
        assert olga.tokens is not None
        client.resume(olga.tokens)
        async with aclosing(client.events()) as events:
            await anext(events)
            await site.server.stop()
            attempts = [(await anext(events)) for _try in range(3)]
            assert [seen.attempt for seen in attempts if isinstance(seen, Interruption)] == [1, 2, 3]
            with pytest.raises(Unreachable):
                await anext(events)


def test_waits_grow_up_to_the_last() -> None:
    patience = Patience(jitter=0)
    assert [patience.wait(attempt) for attempt in range(1, 9)] == [0.5, 1, 2, 4, 8, 15, 15, 15]
    waits = [Patience().wait(3) for _try in range(200)]
    assert 1.6 <= min(waits) < 1.8 and 2.2 < max(waits) <= 2.4


async def test_events_are_values(site: Site, olga: Client) -> None:
    async with aclosing(olga.events()) as events:
        assert isinstance(await anext(events), Snapshot)
        device = await olga.devices.add(CAMERA["name"], CAMERA["rtsp_url"])
        await olga.devices.delete(device.id)
        assert await anext(events) == DeviceChanged(device)
        assert await anext(events) == DeviceDeleted(device.id)
        number = await site.add_algorithm()
        happened: Event | Interruption = await anext(events)
        while isinstance(happened, UploadProgress):
            happened = await anext(events)
        assert isinstance(happened, AlgorithmChanged) and happened.algorithm.id == number


async def test_an_object_that_is_not_there_ends_the_stream(olga: Client) -> None:
    with pytest.raises(NotFound) as raised:
        await anext(olga.tasks.pictures(99))
    assert raised.value.code == "task_not_found" and raised.value.sentence.endswith(".")


@pytest.mark.parametrize("status", [401, 403, 404, 421, 426])
async def test_an_upgrade_that_is_refused_for_good_ends_the_stream(
    site: Site, olga: Client, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    async def refuse(*_given: object) -> None:
        raise HttpError(status, "not_here", "Not here.")

    monkeypatch.setattr(site.server._gate, "_run_socket", refuse)
    async with asyncio.timeout(5), aclosing(olga.events()) as events:
        with pytest.raises(Refused) as raised:
            await anext(events)
    assert raised.value.status == status and str(status) in raised.value.sentence


async def test_an_upgrade_that_fails_for_now_is_tried_again(
    site: Site, olga: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_given: object) -> None:
        raise HttpError(502, "not_now", "Not now.")

    with monkeypatch.context() as patch:
        patch.setattr(site.server._gate, "_run_socket", refuse)
        events = olga.events()
        assert isinstance(await anext(events), Interruption)
    async with aclosing(events):
        assert isinstance(await anext(events), Snapshot)


async def test_a_name_that_the_station_does_not_go_by_ends_the_stream(site: Site, olga: Client) -> None:
    elsewhere = {"Host": "elsewhere.example"}
    olga._connection._session.headers.update(elsewhere)
    async with asyncio.timeout(5):
        with pytest.raises(Refused) as raised:
            await anext(olga.events())
    assert raised.value.status == 421


async def test_an_account_that_is_disabled_ends_the_stream(site: Site, olga: Client, ada: Client) -> None:
    async with aclosing(olga.events()) as events:
        await anext(events)
        await ada.users.set_status((await olga.users.me()).id, AccountStatus.DISABLED)
        with pytest.raises(NotSignedIn):
            await anext(events)


async def test_a_new_token_is_told_to_open_sockets(site: Site, olga: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LEAST_RENEWAL_S", 0.05)
    olga._connection._good_until = time.monotonic() + RENEW_BEFORE_S + 0.2
    async with aclosing(olga.events()) as events:
        await anext(events)
        (channel,) = site.server._gate.seats
        first = channel.token
        await until(lambda: channel.token != first)
        assert olga.tokens is not None and olga.tokens.access_token == channel.token


async def test_a_sign_in_that_ended_is_renewed_and_the_stream_goes_on(site: Site, olga: Client) -> None:
    async with aclosing(olga.events()) as events:
        await anext(events)
        (channel,) = site.server._gate.seats
        channel.end(CloseCode.NOT_SIGNED_IN, "expired")
        assert isinstance(await anext(events), Interruption)
        assert isinstance(await anext(events), Snapshot)


def test_figures_are_values() -> None:
    stats = read(Stats, {"fps_in": 25, "fps_out": 9.5, "dropped": 3, "inference_ms": 1, "latency_ms": 2, "objects": 0})
    assert (stats.fps_out, stats.window_p95_ms) == (9.5, None)


def test_forbidden_is_a_kind_of_its_own() -> None:
    assert isinstance(refusal(403, "forbidden", "No."), Forbidden)


async def test_administrators_hear_of_an_accounts_end(ada: Client) -> None:
    nina = await ada.register("nina", "a long enough secret")
    async with aclosing(ada.events()) as events:
        assert isinstance(await anext(events), Snapshot)
        await ada.users.delete(nina.id)
        assert await anext(events) == UserDeleted(nina.id)
