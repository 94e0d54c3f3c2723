"""The last small picture of each camera: which one, how old, and that it goes with its camera."""

import asyncio
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from siapp.app import Station
from siapp.core.domain import Actor, Device, Thumbnail
from siapp.core.errors import NotFound
from siapp.core.events import DeviceGlimpsed
from siapp.core.services import thumbnails as module
from siapp.core.services.devices import DeviceService
from siapp.core.services.thumbnails import jpeg_from
from siapp.core.settings import Settings
from siapp.core.specs import MOST_THUMBNAIL_BYTES, CameraSource, DeviceGlimpse
from tests.core.services.conftest import Desk, FakeEngine, heard

URL = "rtsp://admin:s3cret@192.168.1.20/1"
INFO = {"codec": "h264", "width": 1280, "height": 720, "fps": 25.0}


def jpeg(word: str) -> bytes:
    return b"\xff\xd8\xff" + word.encode() + b"\xff\xd9"


def text(word: str) -> str:
    return b64encode(jpeg(word)).decode()


def found(word: str) -> dict[str, Any]:
    """What a probe answers."""
    return {**INFO, "picture": text(f"large {word}"), "thumbnail": text(word)}


async def shown(service: DeviceService, device: Device) -> bytes | None:
    thumbnail = await service.thumbnail(device.id)
    return thumbnail.jpeg if thumbnail else None


async def saved(folder: Path, count: int) -> list[Path]:
    async with asyncio.timeout(10):
        while len(paths := sorted(folder.glob("*.jpg"))) != count:
            await asyncio.sleep(0.005)
    return paths


async def test_a_check_gives_its_picture_and_the_camera_keeps_the_thumbnail(desk: Desk, engine: FakeEngine) -> None:
    devices, camera = desk.services.devices, await desk.camera(url=URL)
    assert await shown(devices, camera) is None
    engine.answers.append(found("gate"))
    events = heard(desk.services.bus)
    result = await devices.check(desk.operator, device_id=camera.id)
    assert result.picture == jpeg("large gate") and "large" not in repr(result)
    assert await shown(devices, camera) == jpeg("gate") and events == [DeviceGlimpsed(camera.id)]


async def test_what_was_checked_before_it_was_saved_is_the_new_cameras(desk: Desk, engine: FakeEngine) -> None:
    devices = desk.services.devices
    engine.answers.extend([found("gate"), found("yard")])
    await devices.check(desk.operator, URL)
    camera = await devices.add(desk.operator, "gate", f" {URL} ")
    assert await shown(devices, camera) == jpeg("gate")
    moved = "rtsp://***:***@192.168.1.20/2"
    await devices.check(desk.operator, moved, camera.id)
    assert await shown(devices, camera) == jpeg("gate"), "not its address yet"
    await devices.update(desk.operator, camera.id, rtsp_url=moved)
    assert await shown(devices, camera) == jpeg("yard")
    await devices.update(desk.operator, camera.id, rtsp_url="rtsp://192.168.1.21/3")
    assert await shown(devices, camera) is None, "it looks somewhere else, and nobody knows what it sees"


async def test_a_new_name_keeps_the_picture(desk: Desk) -> None:
    devices, camera = desk.services.devices, await desk.camera()
    devices.on_glimpse(DeviceGlimpse(camera.id, text("gate")))
    await devices.update(desk.operator, camera.id, name="other")
    assert await shown(devices, camera) == jpeg("gate")


async def test_a_camera_in_use_shows_its_newest_picture_and_saves_one_a_minute(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices, camera, folder = desk.services.devices, await desk.camera(), desk.storage.thumbnails
    now = [1000.0]
    monkeypatch.setattr(devices._thumbnails, "_clock", lambda: now[0])
    devices.on_glimpse(DeviceGlimpse(camera.id, text("one")))
    (path,) = await saved(folder, 1)
    now[0] += 10
    devices.on_glimpse(DeviceGlimpse(camera.id, text("two")))
    await devices._thumbnails._background.settle(5)
    assert await shown(devices, camera) == jpeg("two") and path.read_bytes() == jpeg("one")
    now[0] += 60
    devices.on_glimpse(DeviceGlimpse(camera.id, text("three")))
    await devices._thumbnails._background.settle(5)
    assert path.read_bytes() == jpeg("three") and path.stat().st_mode & 0o077 == 0


async def test_a_picture_outlives_a_restart_with_its_age_and_goes_with_its_camera(
    settings: Settings, engines: list[FakeEngine], operator: Actor
) -> None:
    taken_at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    folder = settings.data_dir / "thumbnails"
    async with Station(settings) as station:
        devices = station.services.devices
        kept = await devices.add(operator, "kept", URL)
        gone = await devices.add(operator, "gone", URL)
        for camera in (kept, gone):
            devices._thumbnails.put(camera.id, Thumbnail(jpeg(camera.name), taken_at))
        await saved(folder, 2)
        await devices.delete(operator, gone.id)
        await saved(folder, 1)
    (folder / "device-4711-0123.jpg").write_bytes(jpeg("of another database"))
    (folder / "half.new").write_bytes(b"what a crash left")
    async with Station(settings) as station:
        assert await station.services.devices.thumbnail(kept.id) == Thumbnail(jpeg("kept"), taken_at)
        assert len(list(folder.iterdir())) == 1
        with pytest.raises(NotFound):
            await station.services.devices.thumbnail(gone.id)


async def test_another_camera_under_the_same_number_does_not_get_the_picture(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    """As where the data folder meets another database, or one from a backup."""
    devices, camera = desk.services.devices, await desk.camera(url=URL)
    devices.on_glimpse(DeviceGlimpse(camera.id, text("gate")))
    (path,) = await saved(desk.storage.thumbnails, 1)
    path.rename(path.with_name(f"device-{camera.id}-{'0' * 24}.jpg"))
    devices._thumbnails._known.clear()
    assert await shown(devices, camera) is None


async def test_a_clone_shows_what_its_original_showed(desk: Desk) -> None:
    devices, camera = desk.services.devices, await desk.camera()
    old = Thumbnail(jpeg("gate"), datetime.now(UTC) - timedelta(days=3))
    devices._thumbnails.put(camera.id, old)
    clone = await devices.clone(desk.operator, camera.id, "Gate 3 (2)")
    assert await devices.thumbnail(clone.id) == old


async def test_a_picture_of_a_camera_that_is_deleted_meanwhile_is_not_kept(desk: Desk) -> None:
    devices, camera = desk.services.devices, await desk.camera()
    await devices.delete(desk.operator, camera.id)
    devices.on_glimpse(DeviceGlimpse(camera.id, text("gate")))
    await devices._thumbnails._background.settle(5)
    assert not devices._thumbnails._known and not list(desk.storage.thumbnails.iterdir())


async def test_a_disk_that_takes_nothing_costs_the_file_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_write", refuse)
    devices, camera = desk.services.devices, await desk.camera()
    devices.on_glimpse(DeviceGlimpse(camera.id, text("gate")))
    await devices._thumbnails._background.settle(5)
    assert await shown(devices, camera) == jpeg("gate") and "could not be saved" in caplog.text


async def test_a_file_that_somebody_put_there_is_no_picture(desk: Desk) -> None:
    devices, camera = desk.services.devices, await desk.camera()
    devices.on_glimpse(DeviceGlimpse(camera.id, text("gate")))
    (path,) = await saved(desk.storage.thumbnails, 1)
    for content in (b"", b"text", jpeg("x" * MOST_THUMBNAIL_BYTES)):
        path.write_bytes(content)
        devices._thumbnails._known.clear()
        assert await shown(devices, camera) is None
    path.unlink()
    path.symlink_to("/proc/self/mem")
    devices._thumbnails._known.clear()
    assert await shown(devices, camera) is None


@pytest.mark.parametrize(
    "sent", [None, 4711, "", "no base64 !", b64encode(b"GIF89a").decode(), b64encode(b"\xff\xd8\xff").decode()]
)
def test_what_a_worker_sends_is_looked_at_before_it_is_kept(sent: object) -> None:
    assert jpeg_from(sent, MOST_THUMBNAIL_BYTES) is None


def test_what_is_larger_than_agreed_is_not_kept() -> None:
    assert jpeg_from(text("x" * 100), 200) is not None
    assert jpeg_from(text("x" * 300), 200) is None


async def test_checks_of_many_addresses_are_not_all_remembered(desk: Desk) -> None:
    thumbnails = desk.services.devices._thumbnails
    for number in range(module.MOST_CHECKED + 10):
        thumbnails.note_check(f"rtsp://192.168.1.20/{number}", jpeg("x"))
    assert len(thumbnails._checked) == module.MOST_CHECKED
    assert CameraSource("rtsp://192.168.1.20/59").url in thumbnails._checked
