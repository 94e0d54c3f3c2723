"""Cameras: names, addresses, credentials, and what becomes of them."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from siapp.app import Station
from siapp.core.db import devices as device_rows
from siapp.core.db.engine import Database
from siapp.core.domain import Action, Actor, AuditFilter, Device, DeviceState, Problem, StreamInfo
from siapp.core.errors import Conflict, Forbidden, InvalidInput, NotFound, SiappError, TooMany, Unavailable
from siapp.core.events import DeviceChanged, DeviceDeleted
from siapp.core.services import Services
from siapp.core.services import devices as device_service
from siapp.core.services.checks import CHECK_TIMEOUT, MOST_CHECKS
from siapp.core.services.devices import DeviceService
from siapp.core.settings import Settings
from siapp.core.specs import CameraSource, DeviceReport, JobKind
from siapp.core.workers.engine import JobDied
from tests.core.services.conftest import Desk, FakeEngine, heard

URL = "rtsp://admin:s3cret@192.168.1.20/1"
PUBLIC = "rtsp://***:***@192.168.1.20/1"


@pytest.fixture
def devices(services: Services) -> DeviceService:
    return services.devices


async def test_a_camera_is_added_and_shown_without_its_credentials(
    devices: DeviceService, services: Services, operator: Actor
) -> None:
    events = heard(services.bus)
    device = await devices.add(operator, " North gate ", f" {URL} ")
    assert (device.name, device.rtsp_url, device.state) == ("North gate", PUBLIC, DeviceState.IDLE)
    assert events == [DeviceChanged(device)]
    assert await devices.get(device.id) == device
    assert (await devices.page()).items == (device,)
    assert await devices.source(device.id) == CameraSource(URL)


async def test_credentials_are_sealed_at_rest(
    devices: DeviceService, operator: Actor, settings: Settings, tmp_path: Path
) -> None:
    device = await devices.add(
        operator, "gate", "rtsp://topsecretuser:topsecretpassword@192.168.1.20/1?token=topsecrettoken"
    )
    await devices.update(operator, device.id, rtsp_url="rtsp://***:topsecretother@192.168.1.20/2")
    engine = Database(settings.sqlalchemy_url).engine
    with engine.connect() as connection:
        assert "topsecret" not in str(connection.execute(text("SELECT * FROM devices")).all())
    engine.dispose()
    assert files_with(tmp_path, b"") != []
    assert files_with(tmp_path, b"topsecret") == []


def files_with(folder: Path, content: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and content in path.read_bytes()]


@pytest.mark.parametrize("twin", ["north GATE", "Ｎｏｒｔｈ gate", "north\u00a0gate", "No\ufe00rth gate"])
async def test_a_name_is_taken_in_every_spelling(devices: DeviceService, operator: Actor, twin: str) -> None:
    await devices.add(operator, "North gate", URL)
    with pytest.raises(Conflict) as caught:
        await devices.add(operator, twin, URL)
    assert caught.value.code == "name_taken"


async def test_names_that_race_make_one_camera(devices: DeviceService, operator: Actor) -> None:
    answers = await asyncio.gather(*(devices.add(operator, "gate", URL) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(answer, Device) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, SiappError)} == {"name_taken"}


async def test_new_names_that_race_are_refused_as_taken(devices: DeviceService, operator: Actor) -> None:
    cameras = [await devices.add(operator, f"camera {n}", URL) for n in range(8)]
    answers = await asyncio.gather(
        *(devices.update(operator, camera.id, name="gate") for camera in cameras), return_exceptions=True
    )
    assert sum(isinstance(answer, Device) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, SiappError)} == {"name_taken"}


async def test_a_camera_keeps_its_own_name_in_another_spelling(devices: DeviceService, operator: Actor) -> None:
    device = await devices.add(operator, "gate", URL)
    assert (await devices.update(operator, device.id, name="GATE")).name == "GATE"


async def test_a_new_name_keeps_the_address(devices: DeviceService, operator: Actor, engine: FakeEngine) -> None:
    device = await devices.add(operator, "gate", URL)
    await devices.update(operator, device.id, name="south")
    assert await devices.source(device.id) == CameraSource(URL)
    assert engine.calls == []


async def test_stars_keep_the_stored_credentials(devices: DeviceService, operator: Actor, engine: FakeEngine) -> None:
    device = await devices.add(operator, "gate", URL)
    changed = await devices.update(operator, device.id, rtsp_url=PUBLIC.replace("/1", "/2"))
    assert changed.rtsp_url == PUBLIC.replace("/1", "/2")
    assert await devices.source(device.id) == CameraSource(URL.replace("/1", "/2"))
    assert engine.calls == [("source", device.id, URL.replace("/1", "/2"))]


@pytest.mark.parametrize("host", ["203.0.113.9", "192.168.1.20:8554", "192.168.1.20@203.0.113.9"])
async def test_stored_credentials_are_not_sent_to_another_host(
    devices: DeviceService, operator: Actor, engine: FakeEngine, host: str
) -> None:
    device = await devices.add(operator, "gate", URL)
    elsewhere = f"rtsp://***:***@{host}/1"
    with pytest.raises(InvalidInput):
        await devices.update(operator, device.id, rtsp_url=elsewhere)
    with pytest.raises(InvalidInput):
        await devices.check(operator, elsewhere, device.id)
    assert (engine.jobs, engine.calls) == ([], [])
    assert await devices.source(device.id) == CameraSource(URL)


async def test_stars_without_a_stored_camera_are_refused(devices: DeviceService, operator: Actor) -> None:
    with pytest.raises(InvalidInput):
        await devices.add(operator, "gate", PUBLIC)
    with pytest.raises(InvalidInput):
        await devices.check(operator, PUBLIC)


async def test_edits_that_race_do_not_undo_each_other(devices: DeviceService, operator: Actor) -> None:
    device = await devices.add(operator, "gate", URL)
    new = "rtsp://bob:other@203.0.113.9/9"
    await asyncio.gather(
        devices.update(operator, device.id, rtsp_url=new),
        *(devices.update(operator, device.id, name=f"gate {n}") for n in range(10)),
    )
    assert await devices.source(device.id) == CameraSource(new)


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://169.254.169.254/",
        "http://0xA9FEA9FE/",
        "http://127.0.0.1:8000/",
        "rtsp://127.0.0.1:8000",
        "http://[::ffff:127.0.0.1]:8000/",
        "ftp://camera/",
        "file:///../siapp.db",
        "file:///%2e%2e%2fsecret.key",
        "file:////etc/passwd",
    ],
)
async def test_addresses_that_are_no_camera_are_refused_everywhere(
    devices: DeviceService, operator: Actor, engine: FakeEngine, url: str
) -> None:
    devices.own_ports = frozenset({8000})
    device = await devices.add(operator, "gate", URL)
    for call in (
        lambda: devices.add(operator, "other", url),
        lambda: devices.update(operator, device.id, rtsp_url=url),
        lambda: devices.check(operator, url),
        lambda: devices.check(operator, url, device.id),
    ):
        with pytest.raises(InvalidInput):
            await call()
    assert engine.jobs == []
    assert (await devices.page()).total == 1


async def test_a_worker_knows_where_siapp_listens(devices: DeviceService, operator: Actor) -> None:
    devices.own_ports = frozenset({8000})
    device = await devices.add(operator, "gate", URL)
    assert (await devices.source(device.id)).own_ports == (8000,)


async def test_a_file_camera_is_a_video_in_the_sandbox(desk: Desk, devices: DeviceService) -> None:
    device = await devices.add(desk.operator, "street", "file:///my%20street.mp4")
    source = await devices.source(device.id)
    assert source == CameraSource(str(desk.storage.videos.resolve() / "my street.mp4"), is_file=True)


async def test_a_link_in_the_sandbox_does_not_lead_out_of_it(desk: Desk, devices: DeviceService) -> None:
    (desk.storage.videos / "link.mp4").symlink_to(desk.storage.root / "secret.key")
    with pytest.raises(SiappError):
        await devices.add(desk.operator, "street", "file:///link.mp4")


async def test_a_clone_has_the_same_credentials_and_nobody_sees_them(
    devices: DeviceService, services: Services, operator: Actor, admin: Actor
) -> None:
    device = await devices.add(operator, "gate", URL)
    events = heard(services.bus)
    clone = await devices.clone(operator, device.id, " gate (2) ")
    assert (clone.name, clone.rtsp_url) == ("gate (2)", PUBLIC) and events == [DeviceChanged(clone)]
    assert await devices.source(clone.id) == CameraSource(URL)
    await devices.update(operator, clone.id, rtsp_url="rtsp://bob:other@192.168.1.21/1")
    assert await devices.source(device.id) == CameraSource(URL), "they have nothing to do with each other"
    entry = (await services.audit.page(admin, AuditFilter(action=Action.DEVICE_ADD))).items[0]
    assert entry.deed.object_id == clone.id and "s3cret" not in str(entry)
    assert entry.deed.after == {"name": "gate (2)", "rtsp_url": PUBLIC, "clone_of": device.id}


async def test_a_clone_needs_a_name_of_its_own_and_an_original(devices: DeviceService, operator: Actor) -> None:
    device = await devices.add(operator, "gate", URL)
    with pytest.raises(Conflict):
        await devices.clone(operator, device.id, "GATE")
    with pytest.raises(InvalidInput):
        await devices.clone(operator, device.id, " ")
    with pytest.raises(NotFound):
        await devices.clone(operator, 4711, "other")
    assert (await devices.page()).total == 1


async def test_a_camera_that_is_away_is_tried_at_once_when_somebody_asks(
    devices: DeviceService, operator: Actor, engine: FakeEngine
) -> None:
    device = await devices.add(operator, "gate", URL)
    await devices.try_now(operator, device.id)
    assert engine.calls == [("retry", device.id)]
    with pytest.raises(NotFound):
        await devices.try_now(operator, 4711)


async def test_trouble_is_as_old_as_its_first_try_in_vain(
    desk: Desk, engine: FakeEngine, devices: DeviceService, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera, moments = await desk.camera(), iter(range(10))
    began = datetime(2026, 1, 31, tzinfo=UTC)
    monkeypatch.setattr(device_service, "now", lambda: began + timedelta(seconds=next(moments)))

    async def since(state: DeviceState, attempt: int = 0) -> float | None:
        problem = Problem("timeout", "The camera does not answer.", (("attempt", attempt),)) if attempt else None
        await engine.report(DeviceReport(camera.id, state, problem))
        found = (await devices.get(camera.id)).since
        return None if found is None else (found - began).total_seconds()

    assert camera.since is None
    assert await since(DeviceState.CONNECTING) == 0
    assert [await since(DeviceState.RECONNECTING, 1), await since(DeviceState.OFFLINE, 5)] == [1, 1]
    assert await since(DeviceState.CONNECTING, 5) == 1, "its process is started again, and it is still away"
    assert [await since(DeviceState.ONLINE), await since(DeviceState.ONLINE)] == [2, 2]
    assert await since(DeviceState.IDLE) is None


async def test_a_check_says_what_is_in_the_camera(devices: DeviceService, operator: Actor, engine: FakeEngine) -> None:
    engine.answers.append({"codec": "h264", "width": 1280, "height": 720, "fps": 25.0})
    result = await devices.check(operator, URL)
    assert (result.reachable, result.info, result.error) == (True, StreamInfo("h264", 1280, 720, 25.0), None)
    assert engine.jobs == [(JobKind.PROBE, {"source": CameraSource(URL).to_json(), "picture": True})]


async def test_a_check_of_a_stored_camera_uses_its_credentials(
    devices: DeviceService, operator: Actor, engine: FakeEngine
) -> None:
    device = await devices.add(operator, "gate", URL)
    answer = {"codec": "h264", "width": 1, "height": 1, "fps": 1.0}
    engine.answers.extend([dict(answer), dict(answer)])
    await devices.check(operator, device_id=device.id)
    await devices.check(operator, PUBLIC.replace("/1", "/2"), device.id)
    asked = [job["source"]["url"] for _kind, job in engine.jobs]
    assert asked == [URL, URL.replace("/1", "/2")]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Problem("auth_failed", "The camera refuses the user name or the password. Check both."), None),
        (JobDied("killed after 9.5 s"), CHECK_TIMEOUT),
    ],
)
async def test_a_failed_check_is_an_answer_with_a_reason(
    devices: DeviceService, operator: Actor, engine: FakeEngine, answer: Any, problem: Problem | None
) -> None:
    engine.answers.append(answer)
    result = await devices.check(operator, URL)
    assert (result.reachable, result.info, result.error) == (False, None, problem or answer)


async def test_a_check_answers_with_none_but_its_own_codes(
    devices: DeviceService, operator: Actor, engine: FakeEngine
) -> None:
    engine.answers.append(Problem("unforeseen", "Something went wrong."))
    error = (await devices.check(operator, URL)).error
    assert error == Problem("unsupported", "Something went wrong.")


async def test_a_check_of_nothing_is_refused(devices: DeviceService, operator: Actor) -> None:
    with pytest.raises(InvalidInput):
        await devices.check(operator)


async def test_a_camera_in_use_is_not_deleted_and_names_its_tasks(desk: Desk, devices: DeviceService) -> None:
    task = await desk.task("Gate cars")
    with pytest.raises(Conflict) as caught:
        await devices.delete(desk.operator, task.device.id)
    assert caught.value.code == "device_in_use"
    assert "Gate cars" in caught.value.text()
    await desk.services.tasks.delete(desk.operator, task.id)
    events = heard(desk.services.bus)
    await devices.delete(desk.operator, task.device.id)
    assert events == [DeviceDeleted(task.device.id)]


async def test_a_camera_that_gets_a_task_while_it_is_deleted_is_gone_or_in_use(desk: Desk) -> None:
    algorithm = await desk.algorithm()
    for number in range(10):
        camera = await desk.camera(f"camera {number}")
        _task, deleted = await asyncio.gather(
            desk.services.tasks.add(desk.operator, f"task {number}", camera.id, algorithm.id),
            desk.services.devices.delete(desk.operator, camera.id),
            return_exceptions=True,
        )
        left = [task for task in (await desk.services.tasks.page()).items if task.device.id == camera.id]
        assert bool(left) == isinstance(deleted, Conflict)


async def test_only_so_many_cameras_are_checked_at_once(desk: Desk, engine: FakeEngine, devices: DeviceService) -> None:
    engine.may_answer.clear()
    engine.answers.extend(JobDied("over its time") for _check in range(MOST_CHECKS + 1))
    checks = [asyncio.create_task(devices.check(desk.operator, URL)) for _check in range(MOST_CHECKS)]
    await asyncio.sleep(0.01)
    with pytest.raises(TooMany):
        await devices.check(desk.operator, URL)
    engine.may_answer.set()
    await asyncio.gather(*checks)
    assert (await devices.check(desk.operator, URL)).error == CHECK_TIMEOUT


async def test_states_come_from_the_supervisor_and_go_with_the_use(
    desk: Desk, engine: FakeEngine, devices: DeviceService, services: Services
) -> None:
    camera = await desk.camera()
    events = heard(services.bus)
    broken = Problem("timeout", "The camera does not answer.")
    await engine.report(DeviceReport(camera.id, DeviceState.RECONNECTING, broken))
    shown = await devices.get(camera.id)
    assert (shown.state, shown.last_error) == (DeviceState.RECONNECTING, broken)
    assert (await devices.page()).items == (shown,)
    await engine.report(DeviceReport(camera.id, DeviceState.ONLINE))
    await engine.report(DeviceReport(camera.id, DeviceState.IDLE))
    assert [event.device.state for event in events if isinstance(event, DeviceChanged)] == [
        "reconnecting",
        "online",
        "idle",
    ]


async def test_a_camera_that_goes_away_during_an_outage_is_told_of_after_it(
    desk: Desk, engine: FakeEngine, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_service, "ANNOUNCE_RETRY_S", 0.01)
    camera = await desk.camera()
    await engine.report(DeviceReport(camera.id, DeviceState.ONLINE))
    events = heard(services.bus)

    def refuse(*_arguments: object) -> None:
        raise Unavailable("database_unavailable", "The database does not answer.")

    with monkeypatch.context() as outage:
        outage.setattr(device_rows, "get", refuse)
        await engine.report(DeviceReport(camera.id, DeviceState.RECONNECTING))
        await engine.report(DeviceReport(camera.id, DeviceState.OFFLINE))
        await asyncio.sleep(0.05)
        assert events == []
    async with asyncio.timeout(10):
        while not events:
            await asyncio.sleep(0.005)
    assert [event.device.state for event in events if isinstance(event, DeviceChanged)] == [DeviceState.OFFLINE]


async def test_a_report_on_a_deleted_camera_is_nothing(desk: Desk, engine: FakeEngine, services: Services) -> None:
    camera = await desk.camera()
    await services.devices.delete(desk.operator, camera.id)
    events = heard(services.bus)
    await engine.report(DeviceReport(camera.id, DeviceState.ONLINE))
    assert events == []


async def test_numbers_of_deleted_cameras_are_not_given_again(desk: Desk) -> None:
    first = await desk.camera("one")
    await desk.services.devices.delete(desk.operator, first.id)
    assert (await desk.camera("two")).id > first.id


@pytest.mark.parametrize("number", [0, -1, 4711, 2**31, 2**64])
async def test_a_camera_that_does_not_exist_is_not_found(devices: DeviceService, operator: Actor, number: int) -> None:
    for call in (
        lambda: devices.get(number),
        lambda: devices.update(operator, number, name="x"),
        lambda: devices.delete(operator, number),
        lambda: devices.check(operator, device_id=number),
    ):
        with pytest.raises(NotFound):
            await call()


async def test_a_viewer_may_look_and_nothing_else(desk: Desk, devices: DeviceService, viewer: Actor) -> None:
    camera = await desk.camera()
    for call in (
        lambda: devices.add(viewer, "mine", URL),
        lambda: devices.update(viewer, camera.id, name="mine"),
        lambda: devices.delete(viewer, camera.id),
        lambda: devices.check(viewer, device_id=camera.id),
        lambda: devices.clone(viewer, camera.id, "mine"),
        lambda: devices.try_now(viewer, camera.id),
    ):
        with pytest.raises(Forbidden):
            await call()
    assert await devices.get(camera.id) == camera


async def test_after_a_change_of_the_secret_key_a_camera_is_listed_and_can_be_entered_again(
    settings: Settings, engines: list[FakeEngine], operator: Actor
) -> None:
    async with Station(settings) as station:
        camera = await station.services.devices.add(operator, "gate", URL)
    (settings.data_dir / "secret.key").unlink()
    async with Station(settings) as station:
        devices = station.services.devices
        assert (await devices.page()).items == (camera,)
        for call in (
            lambda: devices.source(camera.id),
            lambda: devices.update(operator, camera.id, rtsp_url=PUBLIC.replace("/1", "/2")),
        ):
            with pytest.raises(Conflict) as caught:
                await call()
            assert caught.value.code == "secret_key_changed"
        assert (await devices.update(operator, camera.id, name="renamed")).name == "renamed"
        seen = {"codec": "h264", "width": 1, "height": 1, "fps": 1.0, "thumbnail": "/9j/4P/Z"}
        engines[-1].answers.append(seen)
        assert (await devices.check(operator, URL, camera.id)).reachable
        await devices.update(operator, camera.id, rtsp_url=URL)
        assert await devices.source(camera.id) == CameraSource(URL)
        assert await devices.thumbnail(camera.id) is not None
