"""Tiles: what is painted where, and what is never shown as if it were live."""

import asyncio
import re
import time

import pytest
import pytest_asyncio
import shiboken6
from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from siapp.app import Station
from siapp.core.boxstyle import class_colour
from siapp.core.domain import (
    Actor,
    DetectedObject,
    Picture,
    Problem,
    StreamKey,
    StreamKind,
    Task,
    TaskState,
    TaskStats,
)
from siapp.core.hub import Audience
from siapp.core.i18n import Language
from siapp.core.specs import TaskFigures, TaskReport
from siapp.ui.live.layout import WallLayout
from siapp.ui.live.painting import letterbox, paint_message
from siapp.ui.live.retry import next_try
from siapp.ui.live.source import Source, task_key
from siapp.ui.live.tile import Tile
from siapp.ui.live.tip import lateness
from siapp.ui.marks import Mark
from siapp.ui.theme import Scheme
from siapp.ui.window import MainWindow
from siapp.ui.words import Words
from tests.ui.conftest import Open, Stock, picture, settle, until

BLUE = QColor(16, 32, 96)


@pytest_asyncio.fixture
async def window(open_window: Open, stock: Stock, operator: Actor, station: Station) -> MainWindow:
    """The wall with one running task."""
    opened = await open_window(operator)
    await station.services.tasks.start(operator, stock.task.id)
    await station.services.tasks.on_report(TaskReport(stock.task.id, TaskState.RUNNING))
    await settle(opened)
    return opened


@pytest.fixture
def tile(window: MainWindow, stock: Stock) -> Tile:
    return window.shell.wall.tiles[task_key(stock.task)]


def _deliver(station: Station, task: Task, shown: Picture) -> None:
    station.hub.deliver(StreamKey(StreamKind.TASK, task.id), shown)


def _grab(tile: Tile) -> QImage:
    return tile.grab().toImage()


async def test_a_delivered_picture_is_painted_letterboxed(station: Station, stock: Stock, tile: Tile) -> None:
    shown = picture(1)
    _deliver(station, stock.task, shown)
    seen, where = _grab(tile), letterbox(shown, tile.picture_room)
    assert abs(where.width() / where.height() - 640 / 360) < 0.02
    assert seen.pixelColor(where.center()) == BLUE
    assert seen.pixelColor(where.left() - 3, where.center().y()) != BLUE


async def test_a_box_is_painted_where_the_detection_is(station: Station, stock: Stock, tile: Tile) -> None:
    shown = picture(1, objects=(DetectedObject(2, "car", 0.9, (160, 120, 480, 240)),))
    _deliver(station, stock.task, shown)
    seen, where = _grab(tile), letterbox(shown, tile.picture_room)
    scale = where.width() / 640
    colour = QColor(*class_colour(2))
    for x, y in ((160, 180), (480, 180), (320, 240)):
        line = where.left() + round(x * scale), where.top() + round(y * scale)
        near = [seen.pixelColor(line[0] + dx, line[1] + dy) for dx in (-1, 0) for dy in (-1, 0)]
        assert colour in near, f"no line at {x}, {y}"
    assert seen.pixelColor(where.left() + round(320 * scale), where.top() + round(180 * scale)) == BLUE


async def test_boxes_can_be_switched_off(station: Station, stock: Stock, tile: Tile) -> None:
    shown = picture(1, objects=(DetectedObject(2, "car", 0.9, (160, 120, 480, 240)),))
    _deliver(station, stock.task, shown)
    tile.controls.buttons["boxes"].click()
    where = letterbox(shown, tile.picture_room)
    line = where.left() + round(160 * where.width() / 640), where.top() + round(180 * where.width() / 640)
    assert _grab(tile).pixelColor(*line) == BLUE


async def test_an_old_picture_is_grey_and_says_how_old(station: Station, stock: Stock, tile: Tile) -> None:
    _deliver(station, stock.task, picture(1, age_s=12.4))
    assert tile.stale_s == 12
    tile.tick()
    where = letterbox(picture(1), tile.picture_room)
    corner = _grab(tile).pixelColor(where.left() + 5, where.top() + 5)
    assert corner.red() == corner.green() == corner.blue() or corner.saturation() < 60
    assert corner != BLUE and tile._strip.word == "Stale"


async def test_a_task_that_was_asked_for_few_pictures_is_given_its_time(
    station: Station, stock: Stock, tile: Tile, operator: Actor
) -> None:
    await station.services.tasks.update(operator, stock.task.id, {"max_fps": 0.25})
    _deliver(station, stock.task, picture(1, age_s=7))
    assert tile.stale_s == 0
    _deliver(station, stock.task, picture(2, age_s=9))
    assert tile.stale_s == 9


async def test_reconnecting_shows_the_reason_and_no_last_picture(
    station: Station, stock: Stock, tile: Tile, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[list[str]] = []

    def paint(painter: QPainter, where: QRect, mark: Mark, head: str, lines: list[str]) -> None:
        said.append([head, *lines])
        paint_message(painter, where, mark, head, lines)

    monkeypatch.setattr("siapp.ui.live.tile.paint_message", paint)
    _deliver(station, stock.task, picture(1))
    _grab(tile)
    problem = Problem("timeout", "The camera does not answer.", (("attempt", 3), ("next_in_s", 4.0)))
    await station.services.tasks.on_report(TaskReport(stock.task.id, TaskState.RECONNECTING, problem))
    seen = _grab(tile)
    assert seen.pixelColor(tile.picture_room.center()) != BLUE
    assert said[-1][:2] == ["Reconnecting", "The camera does not answer."]
    assert said[-1][2] == "Attempt 3 failed, next try in 4 s" and said[-1][3].startswith("Since ")
    await station.services.tasks.on_report(TaskReport(stock.task.id, TaskState.RUNNING))
    assert _grab(tile).pixelColor(tile.picture_room.center()) != BLUE
    assert said[-1] == ["Waiting for the first picture"]


async def test_latencies_and_rate_are_measured(station: Station, stock: Stock, tile: Tile) -> None:
    for number in range(1, 6):
        _deliver(station, stock.task, picture(number, age_s=0.05))
        painted = len(tile.latencies_ms)
        await until(lambda before=painted: len(tile.latencies_ms) > before)
    assert len(tile.latencies_ms) == 5 and all(50 <= late < 2000 for late in tile.latencies_ms)
    assert tile._figures.rate(time.monotonic()) > 1


async def test_the_strip_says_how_late_and_its_tip_where_the_time_goes(
    station: Station, stock: Stock, window: MainWindow, tile: Tile
) -> None:
    _deliver(station, stock.task, picture(1, age_s=0.3))
    await until(lambda: tile.latencies_ms)
    station.hub.shown(StreamKey(StreamKind.TASK, stock.task.id), Audience.REMOTE, picture(1, age_s=1.2))
    stats = TaskStats(fps_in=25, fps_out=25, dropped=7, inference_ms=12, latency_ms=31, latency_p95_ms=44)
    station.services.tasks.on_figures(TaskFigures(stock.task.id, stats))
    tile.tick()
    shown, _widest = tile._strip.figures[1]
    assert 300 <= int(shown.removesuffix(" ms")) < 1000
    tip = tile._tip.toolTip()
    for part in ("Inference: 12 ms", "Camera to result: 31 ms; 95 % within 44 ms", "viewers: 95 % within 1.2 s", ": 7"):
        assert part in tip
    screen = re.search(r"Camera to screen: 95 % within (\d+) ms", tip)
    assert screen and 300 <= int(screen[1]) < 1000
    window.desk.words.switch(Language.CHINESE)
    tile.show_source(tile.source)
    assert "推理：12 毫秒" in tile._tip.toolTip()


@pytest.mark.parametrize(
    ("late", "said"), [(0.4, "0 ms"), (38.2, "38 ms"), (999.4, "999 ms"), (999.6, "1.0 s"), (12_340, "12.3 s")]
)
def test_lateness_is_short_whatever_it_is(qapp: QApplication, late: float, said: str) -> None:
    assert lateness(Words(), late) == said


async def test_the_same_picture_painted_twice_counts_once(station: Station, stock: Stock, tile: Tile) -> None:
    _deliver(station, stock.task, picture(1))
    _grab(tile)
    _grab(tile)
    assert len(tile.latencies_ms) == 1


async def test_a_tile_asks_for_its_size_and_gives_its_place_back(
    station: Station, stock: Stock, window: MainWindow, tile: Tile
) -> None:
    key = StreamKey(StreamKind.TASK, stock.task.id)
    room = tile.picture_room
    await until(lambda: station.hub.demand(key).width == room.width())
    window.resize(1500, 900)
    await until(lambda: station.hub.demand(key).width > room.width())
    window.shell.open(window.shell.tasks)
    assert station.hub.viewers(key) == 0 and station.hub.demand(key).nothing
    window.shell.open(window.shell.wall)
    await until(lambda: station.hub.viewers(key) == 1)


async def test_a_tile_stops_and_starts_its_task(stock: Stock, window: MainWindow, tile: Tile) -> None:
    tile.controls.buttons["stop"].click()
    await until(lambda: tile.source.state is TaskState.STOPPED)
    assert window.shell.wall.tiles[task_key(stock.task)] is tile, "a stopped task stays where it was"
    tile.controls.buttons["start"].click()
    await until(lambda: tile.source.state is TaskState.STARTING)


async def test_a_tile_with_nothing_new_to_say_is_not_painted_again(
    window: MainWindow, tile: Tile, monkeypatch: pytest.MonkeyPatch
) -> None:
    tile.controls.buttons["stop"].click()
    await until(lambda: tile.source.state is TaskState.STOPPED)
    await settle(window)
    painted: list[object] = []
    monkeypatch.setattr("siapp.ui.live.tile.strip.paint_strip", lambda *given: painted.append(given))
    tile.repaint()
    assert painted, "paints are not counted"
    painted.clear()
    for _second in range(5):
        tile.tick()
        await asyncio.sleep(0.02)
    assert not painted
    window.desk.words.switch(Language.CHINESE)
    await until(lambda: painted)


async def test_a_new_picture_has_nothing_painted_but_its_tile(
    station: Station, stock: Stock, window: MainWindow, tile: Tile
) -> None:
    """Sixteen tiles of 15 pictures a second paint 240 times; all that lies below them would be painted as often."""
    paints, below = _Paints(), tile.parentWidget()
    app = QApplication.instance()
    assert app is not None
    app.installEventFilter(paints)
    try:
        for scheme in (Scheme.LIGHT, Scheme.DARK):  # what a style sheet takes away, it takes away again
            window.desk.looks.switch(scheme)
            async with asyncio.timeout(30):  # the new look itself has everything painted, once
                paints.painted = [below]
                while below in paints.painted:
                    paints.painted.clear()
                    _deliver(station, stock.task, picture(1))
                    await until(lambda: tile in paints.painted)
    finally:
        app.removeEventFilter(paints)


async def test_pictures_that_come_old_do_not_have_the_buttons_made_anew(
    station: Station, stock: Stock, tile: Tile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come old where the machine has too much to do already."""
    refreshed: list[None] = []
    _deliver(station, stock.task, picture(1, age_s=10))
    monkeypatch.setattr(tile.controls, "refresh", lambda: refreshed.append(None))
    for number in range(2, 6):
        _deliver(station, stock.task, picture(number, age_s=10))
    assert not refreshed
    _deliver(station, stock.task, picture(6))
    assert tile.is_live and refreshed


class _Paints(QObject):
    """Which widgets are painted."""

    def __init__(self) -> None:
        super().__init__()
        self.painted: list[QObject] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            self.painted.append(watched)
        return False


async def test_layouts_change_the_grid(window: MainWindow, tile: Tile) -> None:
    wide = tile.width()
    window.shell.wall.bar.choose(WallLayout.SIXTEEN)
    await until(lambda: tile.width() < wide / 3)
    window.shell.wall.bar.choose(WallLayout.AUTO)
    await until(lambda: tile.width() == wide)


async def test_a_deleted_task_leaves_the_wall(
    station: Station, stock: Stock, window: MainWindow, tile: Tile, operator: Actor
) -> None:
    tile.controls.buttons["stop"].click()
    await until(lambda: tile.source.state is TaskState.STOPPED)
    await station.services.tasks.delete(operator, stock.task.id)
    assert not window.shell.wall.tiles and window.shell.wall.empty.isVisible()


def test_the_next_try_is_counted_down(qapp: QApplication) -> None:
    words = Words()
    problem = Problem("timeout", "The camera does not answer.", (("attempt", 3), ("next_in_s", 7.8)))
    assert next_try(words, problem, 0.0) == "Attempt 3 failed, next try in 8 s"
    assert next_try(words, problem, 5.0) == "Attempt 3 failed, next try in 3 s"
    assert next_try(words, problem, 8.0) == "Attempt 3 failed, trying again"
    assert next_try(words, Problem("other", "Something else."), 0.0) == next_try(words, None, 0.0) == ""


async def test_the_mouse_may_leave_a_tile_that_is_just_being_destroyed(window: MainWindow, stock: Stock) -> None:
    gone = Tile(window.desk, Source(stock.task))
    controls = gone.controls
    controls.setParent(None)  # else it would go with the tile, and nothing could ask it any more
    shiboken6.delete(gone)
    assert controls.eventFilter(controls, QEvent(QEvent.Type.Leave)) is False
    controls.deleteLater()
