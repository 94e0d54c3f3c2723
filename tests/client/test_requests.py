"""The client's methods against a running server: answers, errors, sign-ins, lists."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing
from enum import StrEnum
from pathlib import Path

import pytest
from aiohttp import ClientTimeout

import siapp.client
from siapp.client import (
    Client,
    Conflict,
    Forbidden,
    Interruption,
    InvalidInput,
    NotFound,
    NotSignedIn,
    OutOfSpace,
    Refused,
    TooMany,
    Unavailable,
    Unreachable,
    answers,
    connection,
)
from siapp.client.answers import AccountStatus, Options, TaskState, TestOptions
from siapp.client.errors import Unexpected
from siapp.client.events import Event, Snapshot, TestChanged, TestDeleted, TestProgress
from siapp.core import domain, errors, tasklog
from siapp.core.domain import Role
from siapp.core.services.devices import DeviceService
from siapp.net.policy import POLICY, Row
from tests.net.conftest import CAMERA, PASSWORD, Site

FOR_BROWSERS = {"page", "docs"}
SOURCE = "\n".join(path.read_text() for path in sorted(Path(siapp.client.__path__[0]).glob("*.py")))


async def gathered(items: AsyncIterator[object]) -> list[object]:
    return [item async for item in items]


@pytest.mark.parametrize(
    "row",
    [row for row in POLICY if row.handler.partition(".")[0] not in FOR_BROWSERS],
    ids=lambda row: f"{row.method} {row.path}",
)
def test_the_client_has_every_route(row: Row) -> None:
    path = re.sub(r"\{[^}]+\}", "{}", row.path.replace("monitor-tasks", "tasks"))
    written = re.sub(r"\{[^}]+\}", "{}", SOURCE)
    quoted = rf'f?"{re.escape(path)}[?"]'
    ways = [rf'"{row.method}",\s*{quoted}']
    if row.method == "GET":
        ways += [rf'_page\([^"]*{quoted}', rf"(download|text)\({quoted}"]
    if row.method == "POST":
        ways += [rf'_upload\([^"]*{quoted}']
    if row.method in ("GET", "POST"):
        ways += [rf"path(, \w+)? = {quoted}"]
    assert any(re.search(way, written) for way in [*ways, *([quoted] if row.socket else [])])


def test_the_client_knows_the_levels_of_a_log() -> None:
    assert [level.value for level in answers.LogLevel] == [level.value for level in tasklog.LogLevel]


@pytest.mark.parametrize("name", ["Role", "AccountStatus", "DeviceState", "CheckCode", "VersionState", "TaskState"])
def test_the_client_knows_the_same_words_as_the_station(name: str) -> None:
    here: type[StrEnum] = getattr(answers, name)
    assert [word.value for word in here] == [word.value for word in getattr(domain, name)]


async def test_cameras_come_and_go(olga: Client) -> None:
    device = await olga.devices.add(CAMERA["name"], CAMERA["rtsp_url"])
    assert device.rtsp_url == "rtsp://***:***@192.168.1.20/live"
    renamed = await olga.devices.update(device.id, name="Yard")
    assert (renamed.id, renamed.name) == (device.id, "Yard")
    assert await olga.devices.get(device.id) == renamed
    await olga.devices.delete(device.id)
    with pytest.raises(NotFound) as raised:
        await olga.devices.get(device.id)
    assert (raised.value.code, raised.value.status) == ("device_not_found", 404)
    assert raised.value.sentence.endswith(".") and raised.value.request_id


async def test_a_list_is_read_page_by_page(olga: Client) -> None:
    for number in range(7):
        await olga.devices.add(f"camera {number}", CAMERA["rtsp_url"])
    page = await olga.devices.page(limit=3, offset=5)
    assert (page.total, [device.name for device in page.items]) == (7, ["camera 5", "camera 6"])
    small = siapp.client.api.each(lambda offset: olga.devices.page(3, offset))
    assert [device.name async for device in small] == [f"camera {number}" for number in range(7)]
    assert len(await gathered(olga.devices.all())) == 7


async def test_a_task_is_made_started_changed_and_stopped(olga: Client, tmp_path: Path) -> None:
    algorithm = await olga.algorithms.add("cars", weights_in(tmp_path))
    algorithm = await olga.algorithms.imported(algorithm.id, 10)
    assert (algorithm.active_version, algorithm.versions[0].input_size) == (1, (320, 320))
    device = await olga.devices.add("Gate", CAMERA["rtsp_url"])
    task = await olga.tasks.add("Gate cars", device.id, algorithm.id, options=Options(confidence=0.5))
    assert (task.state, task.options.confidence, task.device.name) == (TaskState.STOPPED, 0.5, "Gate")
    changed = await olga.tasks.update(task.id, auto_start=True, classes=[1])
    assert (changed.auto_start, changed.options.classes, changed.options.confidence) == (True, (1,), 0.5)
    assert (await olga.tasks.start(task.id)).state is TaskState.STARTING
    with pytest.raises(Conflict):
        await olga.tasks.delete(task.id)
    await olga.tasks.stop(task.id)
    everything, *_between, errors_alone = [await olga.tasks.log(task.id, level=level) for level in answers.LogLevel]
    assert everything and errors_alone == ""
    with pytest.raises(Conflict) as raised:
        await olga.algorithms.delete(algorithm.id)
    assert raised.value.code == "algorithm_in_use"


async def test_an_algorithm_is_tried_on_a_video(olga: Client, tmp_path: Path) -> None:
    video, heard = tmp_path / "street.mp4", list[Event]()
    video.write_bytes(b"a video")
    algorithm = await olga.algorithms.add("cars", weights_in(tmp_path))
    await olga.algorithms.imported(algorithm.id, 10)
    test = await olga.tests.add("Street", algorithm.id, video, options=TestOptions(classes=(1,), keyframe_interval=5))
    assert (test.state, test.video.filename, test.video.frames) == (TaskState.STOPPED, "street.mp4", 30)
    assert (test.options.classes, test.options.keyframe_interval) == ((1,), 5)
    async with aclosing(olga.events()) as events:
        async for event in events:
            assert not isinstance(event, Interruption)
            heard.append(event)
            match event:
                case Snapshot():
                    assert event.tests == (test,)
                    await olga.tests.start(test.id)
                case TestChanged(now) if now.state is TaskState.COMPLETED:
                    await olga.tests.delete(test.id)
                case TestDeleted():
                    break
    assert [event.progress.done for event in heard if isinstance(event, TestProgress)] == [15]
    assert (await olga.tests.page()).total == 0 and await gathered(olga.tests.all()) == []
    for call in (olga.tests.get(test.id), olga.tests.stop(test.id), olga.tests.log(test.id)):
        with pytest.raises(NotFound):
            await call


async def test_an_upload_says_how_much_is_sent(olga: Client, tmp_path: Path) -> None:
    weights = weights_in(tmp_path, b"w" * 1_000_000)
    heard: list[tuple[int, int]] = []
    algorithm = await olga.algorithms.add("cars", weights, on_progress=lambda *sent: heard.append(sent))
    assert algorithm.versions[0].size == 1_000_000
    assert heard[-1] == (1_000_000, 1_000_000) and heard == sorted(heard) and len(heard) > 2
    await olga.algorithms.imported(algorithm.id, 10)
    algorithm = await olga.algorithms.add_version(algorithm.id, weights)
    assert [version.version for version in algorithm.versions] == [1, 2]
    await olga.algorithms.imported(algorithm.id, 10)
    assert (await olga.algorithms.activate(algorithm.id, 2)).active_version == 2
    await olga.algorithms.delete_version(algorithm.id, 1)
    await olga.algorithms.delete(algorithm.id)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("录像 一.mp4", "录像 一.mp4"),
        ("50%20off; really.mp4", "50%20off; really.mp4"),
        ("..%2F..%2Fdemo.mp4", "..%2F..%2Fdemo.mp4"),
        ('the "best".mp4', "the %22best%22.mp4"),
        ("two\r\nlines.mp4", "two%0D%0Alines.mp4"),
    ],
)
async def test_a_files_name_arrives_as_a_browser_would_send_it(
    olga: Client, tmp_path: Path, name: str, shown: str
) -> None:
    (tmp_path / name).write_bytes(b"a video")
    algorithm = await olga.algorithms.add("cars", weights_in(tmp_path))
    await olga.algorithms.imported(algorithm.id, 10)
    test = await olga.tests.add("Street", algorithm.id, tmp_path / name)
    assert test.video.filename == shown


async def test_what_is_refused_by_its_fields_is_not_sent_whole(olga: Client, tmp_path: Path) -> None:
    weights, sent = weights_in(tmp_path, bytes(100 << 20)), [0]
    with pytest.raises(InvalidInput) as raised:
        await olga.algorithms.add("bad/name", weights, on_progress=lambda done, _total: sent.append(done))
    assert raised.value.code == "bad_name" and sent[-1] < 50 << 20


async def test_a_file_that_is_not_there_is_the_callers_own_affair(olga: Client, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await olga.algorithms.add("cars", tmp_path / "nothing.pt")


async def test_what_is_wrong_is_said_in_the_clients_language(site: Site) -> None:
    async with Client(site.address, language="zh") as client:
        with pytest.raises(NotSignedIn) as raised:
            await client.sign_in("olga", "a wrong password")
    assert raised.value.code == "invalid_credentials"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in raised.value.sentence)


async def test_each_refusal_has_its_kind(olga: Client, ada: Client, site: Site) -> None:
    with pytest.raises(Forbidden):
        await olga.users.page()
    with pytest.raises(InvalidInput):
        await olga.devices.add("", CAMERA["rtsp_url"])
    with pytest.raises(InvalidInput):
        await ada.register("x", "short")
    user = await ada.users.me()
    with pytest.raises(Conflict):
        await ada.users.set_status(user.id, AccountStatus.DISABLED)


@pytest.mark.parametrize(
    ("cause", "kind"), [(errors.Unavailable, Unavailable), (errors.TooMany, TooMany)], ids=["unavailable", "too many"]
)
async def test_a_refusal_that_passes_says_when_to_come_back(
    olga: Client, monkeypatch: pytest.MonkeyPatch, cause: type[errors.TooMany], kind: type[Refused]
) -> None:
    async def away(*_given: object) -> None:
        raise cause("not_now", "Please come back later.", retry_after_s=7)

    monkeypatch.setattr(DeviceService, "page", away)
    with pytest.raises(kind) as raised:
        await olga.devices.page()
    assert (raised.value.retry_after_s, raised.value.code) == (7, "not_now")


async def test_a_station_without_room_is_a_kind_of_its_own(olga: Client, site: Site, tmp_path: Path) -> None:
    site.station.services.uploads.room.quota = 10
    with pytest.raises(OutOfSpace) as raised:
        await olga.algorithms.add("cars", weights_in(tmp_path, bytes(20)))
    assert (raised.value.status, raised.value.code) == (507, "quota_exceeded")


async def test_accounts_are_registered_reviewed_and_listed(ada: Client, site: Site) -> None:
    newcomer = await ada.register("otto", PASSWORD)
    assert newcomer.status is AccountStatus.PENDING
    waiting = [user async for user in ada.users.all(status=AccountStatus.PENDING)]
    assert [user.username for user in waiting] == ["otto"]
    await ada.users.set_status(newcomer.id, AccountStatus.APPROVED)
    async with Client(site.address) as client:
        await client.sign_in("otto", PASSWORD)
        assert (await client.users.me()).role == Role.VIEWER.value
        await client.verify()
        await client.sign_out()
        with pytest.raises(NotSignedIn):
            await client.verify()


async def test_roles_passwords_and_farewells(ada: Client, site: Site) -> None:
    otto = await ada.register("otto", PASSWORD)
    await ada.users.set_status(otto.id, AccountStatus.APPROVED)
    assert (await ada.users.set_role(otto.id, answers.Role.OPERATOR)).role is answers.Role.OPERATOR
    async with Client(site.address) as client:
        await client.sign_in("otto", PASSWORD)
        with pytest.raises(Refused):
            await client.users.change_password("a wrong password", "another long secret")
        await client.users.change_password(PASSWORD, "another long secret")
        await client.verify()
    await ada.users.delete(otto.id)
    assert "otto" not in [user.username async for user in ada.users.all()]


async def test_the_audit_is_read_and_saved(ada: Client, olga: Client, tmp_path: Path) -> None:
    device = await olga.devices.add(CAMERA["name"], CAMERA["rtsp_url"])
    (entry,) = (await ada.audit.page(actor="olga", action="device.add")).items
    assert (entry.object.id, entry.object.kind, entry.outcome) == (device.id, "device", "done")
    assert [one async for one in ada.audit.all(since=entry.at)][-1] == entry
    await ada.audit.save_csv(tmp_path / "audit.csv")
    assert "device.add" in (tmp_path / "audit.csv").read_text()
    with pytest.raises(Forbidden):
        await olga.audit.save_csv(tmp_path / "mine.csv")
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".db"].count("mine.csv") == 0


@pytest.mark.parametrize("name", ["Gate people", "大门 行人", "100% sure?", "a+b&c=d;e#f", "{x}", "..."])
async def test_results_are_listed_checked_and_saved_by_any_name(
    site: Site, olga: Client, tmp_path: Path, name: str
) -> None:
    folder = site.station.storage.task_results(await site.add_task(name))
    for frame in (0, 30, 60):
        (folder / f"frame_{frame}.jpg").write_bytes(b"picture %d" % frame)
    assert [one.frame async for one in olga.results.all_frames(name)] == [0, 30, 60]
    assert (await olga.results.frames(name, limit=1, offset=1)).items[0].name == "frame_30.jpg"
    await olga.results.save(name, "frame_30.jpg", tmp_path / "saved.jpg")
    assert (tmp_path / "saved.jpg").read_bytes() == b"picture 30"
    check = await olga.results.check_video(name)
    assert (check.exists, check.playable) == (False, False)
    assert (await olga.results.access(name)).expires_in > 0
    with pytest.raises(NotFound):
        await olga.results.save(name, "../siapp.db", tmp_path / "stolen")
    assert not (tmp_path / "stolen").exists() and not (tmp_path / "stolen.part").exists()


async def test_an_administrator_reads_the_figures(ada: Client, olga: Client) -> None:
    assert "# TYPE siapp_" in await ada.metrics()
    with pytest.raises(Forbidden):
        await olga.metrics()


async def test_health_needs_no_sign_in(site: Site) -> None:
    async with Client(site.address) as client:
        assert (await client.health()).status == "ok"


async def test_the_token_is_renewed_in_time_and_once_for_all(olga: Client) -> None:
    old = olga.tokens
    assert old is not None
    olga._connection._good_until = 0.0
    await asyncio.gather(*(olga.verify() for _request in range(8)))
    assert olga.tokens is not None and olga.tokens.refresh_token != old.refresh_token
    await olga.verify()


async def test_a_token_that_is_refused_is_renewed_and_the_request_made_again(olga: Client, tmp_path: Path) -> None:
    assert olga.tokens is not None
    olga._connection._tokens = answers.Tokens("nonsense", olga.tokens.refresh_token, 1800)
    algorithm = await olga.algorithms.add("cars", weights_in(tmp_path))
    assert algorithm.name == "cars"
    await olga.algorithms.imported(algorithm.id, 10)


async def test_a_sign_in_can_be_resumed_and_ends_with_its_account(olga: Client, ada: Client, site: Site) -> None:
    assert olga.tokens is not None
    async with Client(site.address) as later:
        later.resume(olga.tokens)
        me = await later.users.me()
        await ada.users.set_status(me.id, AccountStatus.DISABLED)
        with pytest.raises(NotSignedIn):
            await later.verify()
        assert later.tokens is None
        with pytest.raises(NotSignedIn):
            await later.verify()


async def test_nobody_at_the_address_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with Client(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(Unreachable):
            await client.health()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 502 Bad\r\nContent-Length: 5\r\n\r\nhello",
        b"SSH-2.0-something\r\n",
    ],
)
async def test_something_else_at_the_address_is_said(answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, Client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as client:
        with pytest.raises(Unexpected):
            await client.health()


@pytest.mark.parametrize(
    ("end", "limit_s"), [("close", 5.0), ("abort", 5.0), ("silence", 0.3)], ids=["cut short", "reset", "silence"]
)
async def test_an_error_that_breaks_off_is_a_broken_line(
    monkeypatch: pytest.MonkeyPatch, end: str, limit_s: float
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Gone\r\nContent-Length: 500\r\n\r\n{")
        await writer.drain()
        await asyncio.sleep(0.1)
        if end == "silence":
            await reader.read()
        if end == "abort":
            writer.transport.abort()
        writer.close()

    monkeypatch.setattr(connection, "TIMEOUT", ClientTimeout(total=limit_s))
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, Client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as client:
        with pytest.raises(Unreachable):
            await client.health()


def weights_in(folder: Path, content: bytes = b"weights") -> Path:
    path = folder / "yolo.pt"
    path.write_bytes(content)
    return path
