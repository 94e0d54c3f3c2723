"""Looking closely: zoom, what is painted over pictures, snapshots, and tiles in windows of their own."""

from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from siapp.app import Station
from siapp.core.boxstyle import class_colour
from siapp.core.domain import Actor, DetectedObject, Picture, StreamKey, TaskState
from siapp.core.specs import Demand, TaskReport
from siapp.ui.live.layout import WallLayout
from siapp.ui.live.snapshot import safe_name, write
from siapp.ui.live.source import task_key
from siapp.ui.live.tile import Tile
from siapp.ui.live.tile_window import TileWindow
from siapp.ui.live.wall import WallPage
from siapp.ui.live.zoom import Zoom
from tests.ui.conftest import OpenWall, Stock, picture, settle, told, until
from tests.ui.wall_window import WallWindow
from tests.ui.walls import drag, person, runs, settled

CAR = DetectedObject(2, "car", 0.9, (160, 120, 480, 240))
BLUE = QColor(16, 32, 96)


@pytest_asyncio.fixture
async def window(open_wall: OpenWall, stock: Stock, station: Station) -> WallWindow:
    """The wall with one running task."""
    olga = await person(station)
    opened = await open_wall(olga)
    await runs(station, olga, stock.task)
    await settle(opened)
    return opened


@pytest.fixture
def wall(window: WallWindow) -> WallPage:
    return window.wall


@pytest.fixture
def key(stock: Stock) -> StreamKey:
    return task_key(stock.task)


@pytest.fixture
def tile(wall: WallPage, key: StreamKey) -> Tile:
    return wall.tiles[key]


def wheel(tile: Tile, at: QPoint, notches: int) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(tile.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(tile, event)


def halves(seq: int, size: tuple[int, int] = (640, 360)) -> Picture:
    """Red at the left, green at the right, as a source of 1280x720 shown at `size`."""
    width, height = size
    row = bytes((0, 0, 255, 255)) * (width // 2) + bytes((0, 255, 0, 255)) * (width // 2)
    small = picture(seq, objects=(CAR,))
    return Picture(
        seq,
        1280,
        720,
        small.captured_at,
        small.captured_monotonic,
        20.0,
        (CAR,),
        bgra=row * height,
        width_shown=width,
        height_shown=height,
    )


# ---- zoom ----------------------------------------------------------------------------------------------------


def test_what_is_under_the_mouse_stays_there_and_no_edge_comes_into_view() -> None:
    zoom, view, at = Zoom(), QRect(0, 0, 640, 360), QPoint(500, 100)
    before = (at.x() - view.x()) / view.width()
    for factor in (1.25, 1.25, 2.0, 0.5):
        zoom.by(factor, at, view)
        placed = zoom.placed(view)
        assert abs((at.x() - placed.x()) / placed.width() - before) < 0.01
        assert placed.contains(view.adjusted(1, 1, -1, -1))
    zoom.by(100, at, view)
    assert zoom.scale == 8
    zoom.pan(QPoint(10_000, -10_000), view)
    assert zoom.placed(view).contains(view.adjusted(1, 1, -1, -1))
    zoom.by(0.001, at, view)
    assert not zoom.active and zoom.placed(view) == view


async def test_the_wheel_zooms_around_the_mouse_and_a_drag_pans(tile: Tile, wall: WallPage) -> None:
    tile.take(halves(1))
    at = QPoint(tile.picture_room.width() // 4, tile.picture_room.center().y())
    wheel(tile, at, 5)
    assert tile.view.zoom.scale == pytest.approx(1.25**5)
    red = tile.grab().toImage().pixelColor(at)
    assert red.red() > 200 and red.green() < 60
    drag(tile, at, at - QPoint(20 * tile.width(), 0))
    middle = tile.grab().toImage().pixelColor(tile.picture_room.center())
    assert middle.green() > 200, "the picture was pulled to its right end"
    assert wall.tiles[tile.key] is tile and not wall.memory.plan.is_arranged, "and the tile stayed where it is"
    await settled(wall)


async def test_zoom_asks_for_more_pixels_but_not_for_more_than_there_are(
    tile: Tile, station: Station, key: StreamKey
) -> None:
    station.hub.deliver(key, halves(1))
    room = tile.picture_room
    tile.zoom_by(1.1)
    await until(lambda: station.hub.demand(key).height > room.height())
    assert station.hub.demand(key).height < 720
    tile.zoom_by(8)
    await until(lambda: station.hub.demand(key) == Demand(max(1280, room.width()), max(720, room.height())))
    tile.reset_zoom()
    await until(lambda: station.hub.demand(key) == Demand(room.width(), room.height()))


async def test_zoom_is_reset_by_key_by_button_by_badge_and_with_the_picture(
    tile: Tile, station: Station, stock: Stock
) -> None:
    tile.take(halves(1))
    assert tile.controls.buttons["zoom-reset"].isHidden()
    QTest.keyClick(tile, Qt.Key.Key_Plus)
    assert tile.view.zoom.active and not tile.controls.buttons["zoom-reset"].isHidden()
    QTest.keyClick(tile, Qt.Key.Key_0)
    assert not tile.view.zoom.active
    tile.zoom_by(2)
    tile.controls.buttons["zoom-reset"].click()
    assert not tile.view.zoom.active
    tile.zoom_by(2)
    QTest.mouseDClick(tile, Qt.MouseButton.LeftButton, pos=QPoint(20, 18))
    assert not tile.view.zoom.active
    tile.zoom_by(2)
    await station.services.tasks.on_report(TaskReport(stock.task.id, TaskState.RECONNECTING))
    assert not tile.view.zoom.active
    wheel(tile, tile.picture_room.center(), 1)
    assert not tile.view.zoom.active, "there is nothing to look at"


async def test_labels_can_go_while_boxes_stay(tile: Tile) -> None:
    tile.take(picture(1, objects=(CAR,)))
    pink = QColor(*class_colour(2))
    with_labels = _count(tile, pink)
    tile._desk.commands.run(_command(tile, "Show or hide labels"))
    without = _count(tile, pink)
    assert 0 < without < with_labels
    tile.controls.buttons["boxes"].click()
    assert _count(tile, pink) == 0


def _command(tile: Tile, message: str):  # type: ignore[no-untyped-def]
    return next(each for each in tile._desk.commands.all() if each.message == message)


def _count(tile: Tile, colour: QColor) -> int:
    seen = tile.grab().toImage()
    return sum(seen.pixelColor(x, y) == colour for x in range(0, seen.width(), 2) for y in range(0, seen.height(), 2))


# ---- snapshots -----------------------------------------------------------------------------------------------


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.png"))


async def test_a_snapshot_is_a_file_of_full_size_and_in_the_clipboard(
    tile: Tile, wall: WallPage, station: Station, key: StreamKey, window: WallWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    wall.memory.set_folder(folder)
    assert tile.controls.buttons["snapshot"].isHidden()
    station.hub.deliver(key, halves(1))
    assert not tile.controls.buttons["snapshot"].isHidden()
    tile.controls.buttons["snapshot"].click()
    await until(lambda: station.hub.viewers(key) == 2)
    assert station.hub.demand(key).width >= 1280
    station.hub.deliver(key, halves(2, (1280, 720)))
    await until(lambda: _files(folder))
    await settle(window)
    (file,) = _files(folder)
    saved, copied = QImage(str(file)), QGuiApplication.clipboard().image()
    assert (saved.width(), saved.height()) == (1280, 720) == (copied.width(), copied.height())
    assert saved.pixelColor(40, 600) == QColor(255, 0, 0) and saved.pixelColor(1200, 600) == QColor(0, 255, 0)
    assert saved.pixelColor(480, 200) == QColor(*class_colour(2)), "with the boxes that are shown"
    assert file.name.startswith("Gate people 20") and file.name in told(window)[-1] and str(folder) in told(window)[-1]
    assert station.hub.viewers(key) == 1
    await settled(wall)


async def test_a_snapshot_is_of_the_part_and_with_the_boxes_that_are_seen(
    tile: Tile, wall: WallPage, window: WallWindow, tmp_path: Path
) -> None:
    wall.memory.set_folder(tmp_path)
    tile.take(halves(1, (1280, 720)))
    tile.controls.buttons["boxes"].click()
    tile.zoom_by(2, QPoint(0, 0))
    tile.controls.buttons["snapshot"].click()
    await until(lambda: _files(tmp_path))
    await settle(window)
    saved = QImage(str(_files(tmp_path)[0]))
    assert abs(saved.width() - 640) <= 1 and abs(saved.height() - 360) <= 1
    assert {saved.pixelColor(x, y).name() for x in range(0, 600, 40) for y in (10, 200, 350)} == {"#ff0000"}
    await settled(wall)


async def test_where_no_larger_picture_comes_the_one_that_is_shown_is_saved(
    tile: Tile, wall: WallPage, window: WallWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siapp.ui.live.snapshot.FULL_SIZE_WITHIN_S", 0.05)
    wall.memory.set_folder(tmp_path)
    tile.take(halves(1))
    tile.controls.buttons["snapshot"].click()
    await until(lambda: _files(tmp_path))
    await settle(window)
    assert QImage(str(_files(tmp_path)[0])).width() == 640
    await settled(wall)


async def test_an_old_picture_is_not_saved_as_if_it_were_of_now(
    tile: Tile, wall: WallPage, window: WallWindow, tmp_path: Path
) -> None:
    wall.memory.set_folder(tmp_path)
    tile.take(picture(1, age_s=9))
    wall.snapshots.take(tile)
    assert "no live picture" in told(window)[-1] and not _files(tmp_path)
    await settled(wall)


async def test_a_folder_that_takes_no_file_is_said_in_words_and_the_clipboard_has_it(
    tile: Tile, wall: WallPage, window: WallWindow, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    wall.memory.set_folder(tmp_path / "file" / "deeper")
    tile.take(halves(1, (1280, 720)))
    QGuiApplication.clipboard().clear()
    wall.snapshots.take(tile)
    await settle(window)
    assert "Choose another folder" in told(window)[-1] and str(tmp_path) not in told(window)[-1]
    assert QGuiApplication.clipboard().image().width() == 1280
    await settled(wall)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Gate 3", "Gate 3"),
        ("东门 1", "东门 1"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a:b*c?\n|<>", "a_b_c_"),
        ("...", "siapp"),
        ("x" * 200, "x" * 60),
    ],
)
def test_a_name_becomes_a_safe_part_of_a_files_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_snapshot_never_takes_another_ones_place(qapp: QApplication, tmp_path: Path) -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    assert [write(image, tmp_path, "a").name for _time in range(3)] == ["a.png", "a (1).png", "a (2).png"]


# ---- windows of their own ------------------------------------------------------------------------------------


def _window(wall: WallPage) -> TileWindow:
    (found,) = wall.windows.open_ones.values()
    return found


async def test_a_tile_has_a_window_of_its_own_that_shows_its_pictures(
    tile: Tile, wall: WallPage, station: Station, key: StreamKey, window: WallWindow
) -> None:
    tile.controls.buttons["window"].click()
    own = _window(wall)
    assert own.isWindow() and own.isVisible() and own.windowTitle() == "Gate people – siapp"
    await until(lambda: station.hub.viewers(key) == 2)
    station.hub.deliver(key, picture(1))
    where = own.tile.picture_room.center()
    assert own.tile.grab().toImage().pixelColor(where) == BLUE
    wall.hide()
    assert own.isVisible() and station.hub.viewers(key) == 1, "it stays when another page is shown"
    own.tile.tick()
    own.tile.controls.buttons["full"].click()
    assert own.isFullScreen()
    QTest.keyClick(own, Qt.Key.Key_Escape)
    assert not own.isFullScreen()
    own.close()
    assert not wall.windows.open_ones and not wall.memory.windows
    await until(lambda: station.hub.viewers(key) == 0)
    await settled(wall)


async def test_own_windows_come_back_where_they_were_and_go_with_the_person(
    tile: Tile, wall: WallPage, window: WallWindow, station: Station, key: StreamKey, open_wall: OpenWall
) -> None:
    olga = window.desk.actor
    wall.open_window(tile)
    own = _window(wall)
    own.setGeometry(140, 120, 500, 300)
    await until(lambda: wall.memory.windows.get(key, [])[:4] == [140, 120, 500, 300])
    await window.desk.session.sign_out()
    assert not own.isVisible() and not wall.windows.open_ones and station.hub.viewers(key) == 0
    await wall.memory.settle()
    again = (await open_wall(olga)).wall
    geometry = _window(again).geometry()
    assert (geometry.x(), geometry.y(), geometry.width(), geometry.height()) == (140, 120, 500, 300)
    await settled(again)


async def test_own_windows_hide_with_the_main_window_and_come_back_with_it(
    tile: Tile, wall: WallPage, window: WallWindow
) -> None:
    wall.open_window(tile)
    own = _window(wall)
    await settle(window)
    window.hide()
    assert not own.isVisible()
    window.show()
    assert own.isVisible() and _window(wall) is own
    await settle(window)


async def test_a_window_that_lay_on_a_screen_that_is_gone_comes_to_this_one(
    open_wall: OpenWall, station: Station, stock: Stock, key: StreamKey
) -> None:
    olga = await person(station)
    await station.services.preferences.save(olga, "wall", {"windows": {"task:1": [9000, 9000, 400, 300, 0]}})
    window = await open_wall(olga)
    own = _window(window.wall)
    assert window.screen().availableGeometry().contains(own.geometry().center())
    await settle(window)


async def test_the_window_of_a_deleted_task_closes(
    open_wall: OpenWall, station: Station, stock: Stock, operator: Actor, key: StreamKey
) -> None:
    window = await open_wall(await person(station))
    wall = window.wall
    wall.bar.choose(WallLayout.ONE)
    wall.open_window(wall.tiles[key])
    await settle(window)
    await station.services.tasks.delete(operator, stock.task.id)
    assert not wall.windows.open_ones and not wall.memory.windows
    await settle(window)
