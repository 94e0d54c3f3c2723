"""What is seen of cameras: thumbnails in the table, the picture of a check, the live preview. Old is never as live."""

import asyncio
import gc
import weakref
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from siapp.app import Station
from siapp.core.domain import (
    Actor,
    CheckCode,
    Device,
    DeviceState,
    Problem,
    StreamKey,
    StreamKind,
    TaskState,
    Thumbnail,
)
from siapp.core.i18n import Language
from siapp.core.specs import DeviceGlimpse, DeviceReport, JobKind, TaskReport
from siapp.core.workers.engine import JobFailed
from siapp.ui.hints import head_of, hint_of
from siapp.ui.pages import thumbnails as thumbnails_module
from siapp.ui.pages.device_sheet import DeviceSheet
from siapp.ui.pages.device_view import DeviceView
from siapp.ui.pages.thumbnails import Shown, Thumbnails, paint_thumbnail
from siapp.ui.window import MainWindow
from tests.cameras import ScriptedCamera
from tests.ui.conftest import FOUND, URL, Jobs, Open, Stock, picture, settle, told, until

GREY = 40  # of saturation: the dimmed picture lies on a surface that is bluish itself
AWAY = Problem(
    "auth_failed", "The camera refuses the user name or the password. Check both.", (("attempt", 2), ("next_in_s", 9.0))
)


def _jpeg(colour: str, width: int = 160, height: int = 90) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, "JPG")
    return bytes(buffer.data().data())


def _glimpse(device: Device, colour: str) -> DeviceGlimpse:
    return DeviceGlimpse(device.id, b64encode(_jpeg(colour)).decode())


def _thumbnails(window: MainWindow) -> Thumbnails:
    return window.desk.stores.findChildren(Thumbnails)[0]


def _painted(shown: Shown | None, device: Device) -> QColor:
    """The colour in the middle of its lower left quarter, where no glyph is."""
    image = QImage(80, 45, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    paint_thumbnail(painter, QRect(0, 0, 80, 45), shown, device)
    painter.end()
    return image.pixelColor(20, 34)


async def _report(station: Station, device: Device, state: DeviceState, problem: Problem | None = None) -> Device:
    await station.services.devices.on_report(DeviceReport(device.id, state, problem))
    return await station.services.devices.get(device.id)


async def test_a_camera_that_is_online_shows_its_newest_picture_in_colour(
    open_window: Open, stock: Stock, viewer: Actor, station: Station
) -> None:
    window = await open_window(viewer)
    window.shell.open(window.shell.devices)
    device = await _report(station, stock.device, DeviceState.ONLINE)
    for colour in ("#ff8000", "#0080ff"):
        station.services.devices.on_glimpse(_glimpse(device, colour))
        window.shell.devices.table.viewport().repaint()
        await settle(window)
        shown = _thumbnails(window).get(device)
        assert shown is not None and shown.is_live(device)
        assert abs(_painted(shown, device).hue() - QColor(colour).hue()) < 8
    assert _thumbnails(window).tip(device).startswith("Picture of ")
    cell = window.shell.devices.table.model().index(0, 1)
    assert cell.data(Qt.ItemDataRole.AccessibleTextRole) == _thumbnails(window).tip(device)
    assert device.rtsp_url in cell.siblingAtColumn(2).data(Qt.ItemDataRole.AccessibleTextRole)


async def test_a_picture_of_a_camera_that_is_not_online_is_grey_and_says_how_old_it_is(
    open_window: Open, stock: Stock, viewer: Actor, station: Station
) -> None:
    window = await open_window(viewer)
    window.shell.open(window.shell.devices)
    taken_at = datetime.now(UTC) - timedelta(hours=3, minutes=5)
    station.services.devices._thumbnails.put(stock.device.id, Thumbnail(_jpeg("#ff8000"), taken_at))
    await until(lambda: _thumbnails(window).get(stock.device) is not None)
    for state in DeviceState:
        device = await _report(station, stock.device, state)
        assert _painted(_thumbnails(window).get(device), device).saturation() < GREY, state
    tip = _thumbnails(window).tip(device)
    assert tip.startswith("Not live: the last picture, of ") and tip.endswith(", 3 h ago")
    await settle(window)


async def test_a_picture_that_nothing_replaces_turns_grey_though_its_camera_is_online(
    open_window: Open, stock: Stock, viewer: Actor, station: Station
) -> None:
    window = await open_window(viewer)
    window.shell.open(window.shell.devices)
    device = await _report(station, stock.device, DeviceState.ONLINE)
    old = datetime.now(UTC) - timedelta(seconds=thumbnails_module.LIVE_FOR_S + 1)
    station.services.devices._thumbnails.put(device.id, Thumbnail(_jpeg("#ff8000"), old))
    await until(lambda: _thumbnails(window).get(device) is not None)
    assert _painted(_thumbnails(window).get(device), device).saturation() < GREY
    await settle(window)


async def test_what_is_no_picture_and_a_camera_without_one_show_a_glyph(
    open_window: Open, stock: Stock, viewer: Actor, station: Station
) -> None:
    window = await open_window(viewer)
    window.shell.open(window.shell.devices)
    await settle(window)
    assert _thumbnails(window).get(stock.device) is None
    assert "There is no picture yet" in _thumbnails(window).tip(stock.device)
    broken = Thumbnail(b"\xff\xd8\xff no picture \xff\xd9", datetime.now(UTC))
    station.services.devices._thumbnails.put(stock.device.id, broken)
    window.shell.devices.table.viewport().repaint()
    await settle(window)
    assert _thumbnails(window).get(stock.device) is None
    huge = Thumbnail(_jpeg("white", 4000, 3000), datetime.now(UTC))
    station.services.devices._thumbnails.put(stock.device.id, huge)
    window.shell.devices.table.viewport().repaint()
    await settle(window)
    assert _thumbnails(window).get(stock.device) is None, "it is not what a worker was asked for"


async def test_a_thumbnail_goes_with_its_camera(
    open_window: Open, jobs: Jobs, operator: Actor, station: Station
) -> None:
    device = await station.services.devices.add(operator, "Gate 3", URL)
    window = await open_window(operator)
    station.services.devices.on_glimpse(_glimpse(device, "#ff8000"))
    await until(lambda: _thumbnails(window).get(device) is not None)
    await station.services.devices.delete(operator, device.id)
    assert not _thumbnails(window)._shown


# ---- the picture of a check ------------------------------------------------------------------------------


async def _checked(window: MainWindow) -> DeviceSheet:
    window.shell.open(window.shell.devices)
    window.shell.devices.add()
    sheet = window.shell.devices.sheet
    assert isinstance(sheet, DeviceSheet)
    sheet.name.line.setText("Gate 3")
    sheet.address.line.setText(URL)
    sheet.check_button.click()
    await settle(window)
    return sheet


async def test_a_check_shows_the_picture_until_another_address_is_typed(
    open_window: Open, jobs: Jobs, operator: Actor
) -> None:
    jobs.answers[JobKind.PROBE] = {**FOUND, "picture": b64encode(_jpeg("#ff8000", 480, 270)).decode()}
    window = await open_window(operator)
    sheet = await _checked(window)
    assert sheet.panel.picture.has_picture and sheet.panel.facts.text().startswith("h264 · 1280 × 720 · 25 fps")
    middle = sheet.panel.picture.grab().toImage().pixelColor(100, 60)
    assert abs(middle.hue() - QColor("#ff8000").hue()) < 8
    QTest.keyClick(sheet.address.line, Qt.Key.Key_2)
    assert not sheet.panel.picture.has_picture and sheet.panel.facts.text() == ""


async def test_a_saved_camera_has_the_picture_of_its_check_as_thumbnail(
    open_window: Open, jobs: Jobs, operator: Actor
) -> None:
    answer = {**FOUND, "thumbnail": b64encode(_jpeg("#ff8000")).decode()}
    jobs.answers[JobKind.PROBE] = answer
    window = await open_window(operator)
    sheet = await _checked(window)
    sheet.save_button.click()
    await settle(window)
    (device,) = window.desk.stores.devices.all()
    await until(lambda: _thumbnails(window).get(device) is not None)
    assert window.shell.devices.table.selected() == [device]


async def test_each_reason_has_its_own_words_and_something_to_try(
    open_window: Open, jobs: Jobs, operator: Actor
) -> None:
    window = await open_window(operator)
    words = window.desk.words
    for code in CheckCode:
        jobs.answers[JobKind.PROBE] = JobFailed(Problem(code.value, "The camera does not answer."))
        sheet = await _checked(window)
        shown = sheet.panel.picture
        assert (shown.head, shown.text) == (words(head_of(code)), words(hint_of(code)))
        assert shown.accessibleName() == f"{shown.head}. {shown.text}"
        assert sheet.address.note == words("The camera does not answer.")


def test_no_two_reasons_are_told_alike() -> None:
    for told_of in (head_of, hint_of):
        assert len({told_of(code) for code in CheckCode} - {""}) == len(CheckCode)
    assert hint_of("crashing") == "", "not the camera's fault"


async def test_the_words_of_a_check_follow_the_language(open_window: Open, jobs: Jobs, operator: Actor) -> None:
    jobs.answers[JobKind.PROBE] = JobFailed(Problem("timeout", "The camera does not answer."))
    window = await open_window(operator)
    sheet = await _checked(window)
    window.desk.words.switch(Language.CHINESE)
    assert sheet.panel.picture.head == "无应答"


# ---- the preview -----------------------------------------------------------------------------------------


@pytest.fixture
def held(station: Station, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the engine is asked for, instead of a process."""
    asked: list[str] = []
    engine = station.services.devices._engine
    monkeypatch.setattr(engine, "hold_camera", lambda number, _source: asked.append(f"hold {number}"))
    monkeypatch.setattr(engine, "release_camera", lambda number: asked.append(f"release {number}"))
    monkeypatch.setattr(engine, "retry_camera", lambda number: asked.append(f"retry {number}"))
    return asked


async def _viewed(window: MainWindow, device: Device) -> DeviceView:
    window.shell.open(window.shell.devices)
    window.shell.devices.table.opened.emit(device)
    await settle(window)
    sheet = window.shell.devices.sheet
    assert isinstance(sheet, DeviceView)
    return sheet


async def test_a_preview_watches_while_it_is_seen_and_no_longer(
    open_window: Open, stock: Stock, viewer: Actor, station: Station, held: list[str]
) -> None:
    window = await open_window(viewer)
    sheet = await _viewed(window, stock.device)
    key = StreamKey(StreamKind.DEVICE, stock.device.id)
    assert station.hub.viewers(key) == 1 and station.hub.demand(key).width > 300
    window.shell.open(window.shell.tasks)
    assert station.hub.viewers(key) == 0, "nobody sees it on another page"
    window.shell.open(window.shell.devices)
    await settle(window)
    assert station.hub.viewers(key) == 1
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert station.hub.viewers(key) == 0 and window.shell.devices.sheet is None
    assert held == [f"{what} {stock.device.id}" for what in ("hold", "release", "hold", "release")]


async def test_a_preview_says_its_age_and_forgets_the_picture_of_a_camera_that_went_away(
    open_window: Open, stock: Stock, operator: Actor, station: Station, held: list[str]
) -> None:
    window = await open_window(operator)
    sheet = await _viewed(window, stock.device)
    assert sheet.tile._message[0] == "Connecting", "and not that it is not in use: it is watched"
    await _report(station, stock.device, DeviceState.ONLINE)
    tile, key = sheet.tile, StreamKey(StreamKind.DEVICE, stock.device.id)
    station.hub.deliver(key, picture(1))
    assert tile.is_live and sheet.state.text().startswith("Online since ") and not sheet.hint.isVisible()
    assert tile.grab().toImage().pixelColor(200, 100).saturation() > GREY
    station.hub.deliver(key, picture(2, age_s=12.5))
    assert tile.stale_s == 12 and not tile.is_live
    assert tile.grab().toImage().pixelColor(30, 30).saturation() < 60
    await _report(station, stock.device, DeviceState.RECONNECTING, AWAY)
    assert tile.view.picture is None and "capital letters" in sheet.hint.text() and sheet.hint.isVisible()
    assert tile._message[:3] == ("Reconnecting", AWAY.message, "Attempt 2 failed, next try in 9 s")


async def test_a_preview_looks_at_its_age_by_itself(
    open_window: Open, stock: Stock, viewer: Actor, station: Station, held: list[str]
) -> None:
    window = await open_window(viewer)
    sheet = await _viewed(window, stock.device)
    await _report(station, stock.device, DeviceState.ONLINE)
    station.hub.deliver(StreamKey(StreamKind.DEVICE, stock.device.id), picture(1, age_s=5))
    sheet.tile._timer.setInterval(10)
    await until(lambda: sheet.tile._strip.word == "Stale")


async def test_from_a_camera_one_comes_to_the_tasks_that_use_it(
    open_window: Open, stock: Stock, viewer: Actor, station: Station, held: list[str]
) -> None:
    window = await open_window(viewer)
    sheet = await _viewed(window, stock.device)
    (link,) = [made for made in sheet.findChildren(QPushButton) if made.text() == "Gate people"]
    link.setFocus()
    for attempt in (1, 2):
        away = Problem("timeout", "The camera does not answer.", (("attempt", attempt), ("next_in_s", 4.0)))
        await _report(station, stock.device, DeviceState.RECONNECTING, away)
    assert link.hasFocus(), "each try in vain is told, and takes the keyboard away from nobody"
    link.click()
    assert window.shell.page is window.shell.tasks
    assert window.shell.tasks.table.selected() == [stock.task]


async def test_a_camera_that_no_task_uses_says_so_until_one_does(
    open_window: Open, stock: Stock, operator: Actor, station: Station, held: list[str]
) -> None:
    spare = await station.services.devices.add(operator, "Spare", URL)
    window = await open_window(operator)
    sheet = await _viewed(window, spare)

    def lines() -> list[str]:
        parts = [sheet._tasks.itemAt(place).widget() for place in range(sheet._tasks.count())]
        return [made.text() for part in parts for made in part.findChildren(QPushButton)]

    assert lines() == []
    await station.services.tasks.add(operator, "Spare people", spare.id, stock.algorithm.id)
    assert lines() == ["Spare people"]


async def test_a_closed_preview_hears_of_nothing_and_is_gone(
    open_window: Open, stock: Stock, viewer: Actor, station: Station, held: list[str]
) -> None:
    window = await open_window(viewer)
    closed = weakref.ref(await _viewed(window, stock.device))
    window.shell.devices.close_sheet()
    await station.services.tasks.on_report(TaskReport(stock.task.id, TaskState.ERROR))

    def gone() -> bool:
        gc.collect()
        return closed() is None

    await until(gone)


async def test_a_camera_that_is_away_is_tried_at_once(
    open_window: Open, stock: Stock, operator: Actor, station: Station, held: list[str]
) -> None:
    window = await open_window(operator)
    sheet = await _viewed(window, stock.device)
    assert not sheet.retry_button.isVisible(), "nothing to try"
    await _report(station, stock.device, DeviceState.OFFLINE, AWAY)
    sheet.retry_button.click()
    await settle(window)
    assert held[-1] == f"retry {stock.device.id}" and told(window) == ["The camera “Gate 3” is tried now."]


async def test_a_viewer_looks_and_is_offered_nothing_else(
    open_window: Open, stock: Stock, viewer: Actor, station: Station, held: list[str]
) -> None:
    window = await open_window(viewer)
    sheet = await _viewed(window, stock.device)
    await _report(station, stock.device, DeviceState.OFFLINE, AWAY)
    assert not sheet.edit_button.isVisible() and not sheet.retry_button.isVisible()


async def test_a_camera_that_is_deleted_takes_its_preview_along(
    open_window: Open, jobs: Jobs, operator: Actor, station: Station, held: list[str]
) -> None:
    device = await station.services.devices.add(operator, "Gate 3", URL)
    window = await open_window(operator)
    await _viewed(window, device)
    await station.services.devices.delete(operator, device.id)
    assert window.shell.devices.sheet is None


async def test_a_real_camera_is_seen_live_and_leaves_a_thumbnail(
    open_window: Open, operator: Actor, station: Station
) -> None:
    with ScriptedCamera(username="root", password="hunter2") as camera:
        device = await station.services.devices.add(operator, "Gate 3", camera.url_with_login)
        window = await open_window(operator)
        sheet = await _viewed(window, device)
        await until(lambda: sheet.tile.view.picture is not None, 20)
        assert sheet.tile.is_live
        await until(lambda: sheet.state.text().startswith("Online since "))
        await until(lambda: _thumbnails(window).get(sheet.device) is not None)
        shown = _thumbnails(window).get(sheet.device)
        assert shown is not None and shown.is_live(sheet.device) and shown.image.width() == 120
        window.shell.devices.close_sheet()
        async with asyncio.timeout(10):
            while (await station.services.devices.get(device.id)).state is not DeviceState.IDLE:
                await asyncio.sleep(0.02)
    now = await station.services.devices.get(device.id)
    assert not shown.is_live(now), "what was live a moment ago is not any more"
