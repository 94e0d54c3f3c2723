"""The wall as it is laid out by hand: dropped on, swapped, moved and resized, kept for each person."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest

from siapp.app import Station
from siapp.core.domain import Actor, DeviceState, Problem, Role, StreamKey, StreamKind, TaskState
from siapp.core.i18n import Language
from siapp.core.specs import DeviceReport, TaskReport
from siapp.ui.live.ask_name import AskName
from siapp.ui.live.empty_cell import EmptyCell
from siapp.ui.live.layout import Area, WallLayout
from siapp.ui.live.plan import FreeLayout, Plan, Slot, to_json
from siapp.ui.live.side_list import SideList
from siapp.ui.live.tile import Tile
from siapp.ui.live.wall import WallPage
from tests.ui.conftest import Open, OpenWall, Stock, dialog, picture, settle, told, until
from tests.ui.wall_window import WallWindow
from tests.ui.walls import Yard, drag, drop, make_yard, middle, online, onto, order, person, runs, settled


@pytest_asyncio.fixture
async def yard(station: Station, stock: Stock, operator: Actor, monkeypatch: pytest.MonkeyPatch) -> Yard:
    engine = station.services.tasks._engine
    monkeypatch.setattr(engine, "hold_camera", lambda _number, _source: None)
    monkeypatch.setattr(engine, "release_camera", lambda _number: None)
    return await make_yard(station, stock, operator)


@pytest_asyncio.fixture
async def window(open_wall: OpenWall, yard: Yard, station: Station) -> WallWindow:
    return await open_wall(await person(station))


@pytest.fixture
def wall(window: WallWindow) -> WallPage:
    return window.wall


def press(window: WallWindow, keys: str) -> None:
    """The keys of a command, as the window's shortcuts take them."""
    found = [each for each in window.wall.findChildren(QShortcut) if each.key() == QKeySequence(keys)]
    assert len(found) == 1, keys
    found[0].activated.emit()


# ---- fixed layouts -------------------------------------------------------------------------------------------


async def test_a_layout_fills_itself_until_somebody_places_something(wall: WallPage, yard: Yard) -> None:
    wall.bar.choose(WallLayout.FOUR)
    assert order(wall) == [yard.task(0), yard.task(1), yard.task(2), None]
    await drop(wall, yard.camera(1), middle(wall, 3))
    assert order(wall) == [yard.task(0), yard.task(1), yard.task(2), yard.camera(1)]
    wall.arranging.fill_itself()
    assert order(wall)[3] is None
    await settled(wall)


async def test_a_camera_dropped_on_a_tile_takes_its_place_and_is_watched(
    wall: WallPage, yard: Yard, station: Station, window: WallWindow
) -> None:
    wall.bar.choose(WallLayout.FOUR)
    await drop(wall, yard.camera(1), middle(wall, 0))
    assert order(wall) == [yard.camera(1), yard.task(1), yard.task(2), None]
    await until(lambda: station.hub.viewers(yard.camera(1)) == 1)
    tile = wall.tiles[yard.camera(1)]
    await online(station, yard.devices[1])
    station.hub.deliver(yard.camera(1), picture(1))
    tile.tick()
    assert tile.is_live and tile.accessibleName() == "Yard 1: Online"
    assert tile._strip.word == "Online" and tile._strip.figures[0][0].endswith("fps")
    assert len(tile._strip.figures) == 2, "a camera's own pictures have no objects"
    wall.hide()
    assert station.hub.viewers(yard.camera(1)) == 0
    await settled(wall)


async def test_a_camera_that_is_lost_shows_no_picture_and_says_the_next_try(
    wall: WallPage, yard: Yard, station: Station
) -> None:
    wall.bar.choose(WallLayout.ONE)
    await drop(wall, yard.camera(1), middle(wall, 0))
    tile = wall.tiles[yard.camera(1)]
    await online(station, yard.devices[1])
    tile.take(picture(1))
    problem = Problem("timeout", "The camera does not answer.", (("attempt", 2), ("next_in_s", 5.0)))
    await station.services.devices.on_report(DeviceReport(yard.devices[1].id, DeviceState.OFFLINE, problem))
    assert tile.view.picture is None
    assert tile._message[:3] == ("Offline", "The camera does not answer.", "Attempt 2 failed, next try in 5 s")
    await settled(wall)


async def test_a_tile_dragged_onto_another_changes_places_with_it(wall: WallPage, yard: Yard) -> None:
    wall.bar.choose(WallLayout.FOUR)
    first, second = wall.tiles[yard.task(0)], wall.tiles[yard.task(1)]
    drag(first, first.rect().center(), onto(first, second))
    assert order(wall) == [yard.task(1), yard.task(0), yard.task(2), None]
    assert wall.tiles[yard.task(0)] is first, "moved, not made anew"
    empty = wall.canvas.findChild(EmptyCell)
    drag(first, first.rect().center(), onto(first, empty))
    assert order(wall) == [yard.task(1), None, yard.task(2), yard.task(0)]
    await settled(wall)


async def test_esc_while_dragging_leaves_everything_as_it_was(wall: WallPage, yard: Yard) -> None:
    wall.bar.choose(WallLayout.FOUR)
    first, second = wall.tiles[yard.task(0)], wall.tiles[yard.task(1)]
    drag(first, first.rect().center(), onto(first, second), let_go=False)
    assert wall.canvas.ghost.isVisible() and wall.canvas.ghost.geometry() == second.geometry()
    QTest.keyClick(first, Qt.Key.Key_Escape)
    QTest.mouseRelease(first, Qt.MouseButton.LeftButton, pos=onto(first, second))
    assert not wall.canvas.ghost.isVisible()
    assert order(wall)[:2] == [yard.task(0), yard.task(1)]
    await settled(wall)


async def test_what_is_dropped_while_the_wall_fills_itself_makes_it_ones_own(
    wall: WallPage, yard: Yard, station: Station, window: WallWindow, operator: Actor
) -> None:
    await runs(station, operator, yard.tasks[0])
    assert order(wall) == [yard.task(0)]
    await drop(wall, yard.camera(2), middle(wall, 0))
    assert wall.memory.plan.layout is WallLayout.FOUR
    assert order(wall) == [yard.task(0), yard.camera(2), None, None], "nothing that was seen is lost"
    assert any("as you place it" in text for text in told(window))
    press(window, "Ctrl+Z")
    assert wall.memory.plan.layout is WallLayout.AUTO and order(wall) == [yard.task(0)]
    await settled(wall)


async def test_leaving_auto_writes_over_no_layout_that_was_arranged(wall: WallPage, yard: Yard) -> None:
    mine = Plan(
        WallLayout.AUTO, {WallLayout.ONE: (yard.camera(0),), WallLayout.FOUR: (yard.camera(1), None, None, None)}
    )
    wall.memory.change(mine)
    wall.arranging.put(yard.task(2))
    assert wall.memory.plan.layout is WallLayout.NINE
    assert wall.memory.plan.cells[WallLayout.FOUR] == mine.cells[WallLayout.FOUR]
    await settled(wall)


async def test_a_full_layout_says_that_there_is_no_room(wall: WallPage, yard: Yard, window: WallWindow) -> None:
    wall.bar.choose(WallLayout.ONE)
    await drop(wall, yard.task(0), middle(wall, 0))
    wall.arranging.put(yard.task(1))
    assert order(wall) == [yard.task(0)]
    assert any("no room" in text for text in told(window))
    await settled(wall)


async def test_what_is_dragged_and_is_no_camera_is_not_taken(wall: WallPage) -> None:
    wall.bar.choose(WallLayout.FOUR)
    before = order(wall)
    await drop(wall, StreamKey(StreamKind.DEVICE, 4711), middle(wall, 0))
    assert order(wall) == before
    await settled(wall)


async def test_a_deleted_camera_leaves_an_empty_cell_and_no_word(
    wall: WallPage, yard: Yard, station: Station, operator: Actor, window: WallWindow
) -> None:
    extra = await station.services.devices.add(operator, "Spare", "rtsp://192.168.1.99/live")
    key = StreamKey(StreamKind.DEVICE, extra.id)
    wall.bar.choose(WallLayout.FOUR)
    await drop(wall, key, middle(wall, 3))
    assert order(wall)[3] == key
    await station.services.devices.delete(operator, extra.id)
    assert order(wall)[3] is None and key not in wall.tiles and not told(window)
    await settled(wall)


# ---- the keyboard --------------------------------------------------------------------------------------------


async def test_the_keyboard_moves_swaps_and_takes_off(wall: WallPage, yard: Yard, window: WallWindow) -> None:
    wall.bar.choose(WallLayout.FOUR)
    wall.tiles[yard.task(0)].setFocus()
    press(window, "Ctrl+Right")
    assert order(wall) == [yard.task(1), yard.task(0), yard.task(2), None]
    press(window, "Ctrl+Down")
    assert order(wall) == [yard.task(1), None, yard.task(2), yard.task(0)]
    press(window, "Ctrl+Down")
    assert order(wall) == [yard.task(1), None, yard.task(2), yard.task(0)], "there is nothing below"
    press(window, "Del")
    assert order(wall) == [yard.task(1), None, yard.task(2), None]
    assert any("off the wall" in text for text in told(window))
    press(window, "Ctrl+Z")
    assert order(wall)[3] == yard.task(0)
    await settled(wall)


async def test_arrows_lead_from_tile_to_tile(wall: WallPage, yard: Yard, window: WallWindow) -> None:
    wall.bar.choose(WallLayout.FOUR)
    wall.tiles[yard.task(0)].setFocus()
    for key, place in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_Down, 3), (Qt.Key.Key_Left, 2), (Qt.Key.Key_Up, 0)):
        focused = window.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, key)
        assert window.focusWidget() is wall.canvas._laid[place][1]
    await settled(wall)


async def test_enter_shows_one_tile_alone_and_esc_all_again(wall: WallPage, yard: Yard) -> None:
    wall.bar.choose(WallLayout.FOUR)
    first, second = wall.tiles[yard.task(0)], wall.tiles[yard.task(1)]
    narrow = first.width()
    QTest.keyClick(first, Qt.Key.Key_Return)
    assert first.width() > 1.8 * narrow and not second.isVisible()
    QTest.keyClick(first, Qt.Key.Key_Escape)
    assert first.width() == narrow and second.isVisible()
    QTest.mouseDClick(first, Qt.MouseButton.LeftButton, pos=first.rect().center())
    assert wall.canvas.alone is first
    QTest.mouseDClick(first, Qt.MouseButton.LeftButton, pos=first.rect().center())
    assert wall.canvas.alone is None
    await settled(wall)


async def test_the_list_finds_a_camera_and_enter_puts_it_on_the_wall(
    wall: WallPage, yard: Yard, window: WallWindow
) -> None:
    wall.bar.choose(WallLayout.FOUR)
    press(window, "Ctrl+N")
    shown = wall.sheet
    assert isinstance(shown, SideList) and shown.search.hasFocus()
    QTest.keyClicks(shown.search, "yard 2")
    assert shown.view.model().rowCount() == 1
    QTest.keyClick(shown.search, Qt.Key.Key_Return)
    await settle(window)
    assert order(wall)[3] == yard.camera(2)
    shown.search.clear()
    assert shown.view.model().rowCount() == 6
    data = shown.view.model().mimeData([shown.view.model().index(1, 0)])
    assert data.formats() == ["application/x-siapp-stream"]
    shown.search.setText("nothing like it")
    assert shown.view.model().rowCount() == 0
    await settled(wall)


async def test_an_empty_cell_asks_for_the_list_and_gets_what_is_chosen(
    wall: WallPage, yard: Yard, window: WallWindow
) -> None:
    wall.bar.choose(WallLayout.NINE)
    cells = [cell for cell in wall.canvas.findChildren(EmptyCell) if cell.isVisible()]
    assert len(cells) == 6
    cells[-1].click()
    assert isinstance(wall.sheet, SideList)
    wall.sheet.view.setCurrentIndex(wall.sheet.view.model().index(0, 0))
    wall.sheet._button.click()
    await settle(window)
    assert order(wall)[8] == yard.camera(0)
    await settled(wall)


# ---- free layouts --------------------------------------------------------------------------------------------


async def test_a_free_layout_begins_with_what_is_seen_and_has_a_name(
    wall: WallPage, yard: Yard, window: WallWindow
) -> None:
    wall.bar.choose(WallLayout.FOUR)
    wall.bar.choose(WallLayout.FREE)
    assert order(wall) == [yard.task(0), yard.task(1), yard.task(2)]
    press(window, "F2")
    ask = dialog(window)
    assert isinstance(ask, AskName)
    ask.field.line.setText("  ")
    ask.yes.click()
    assert ask.isVisible() and ask.field.note
    ask.field.line.setText("Night shift")
    ask.yes.click()
    press(window, "Ctrl+D")
    dialog(window).yes.click()  # type: ignore[attr-defined]
    assert [each.name for each in wall.memory.plan.free] == ["Night shift", "Layout 2"]
    wall.bar.free_menu.actions()[0].trigger()
    assert wall.memory.plan.chosen == 0
    await settled(wall)


async def test_a_free_layout_is_deleted_after_a_question_and_comes_back(
    wall: WallPage, yard: Yard, window: WallWindow
) -> None:
    wall.bar.choose(WallLayout.FREE)
    entry = next(each for each in wall.bar.more_menu.actions() if each.text() == "Remove this layout")
    entry.trigger()
    question = dialog(window)
    assert question.windowTitle() == "Remove the layout “Layout 1”?"
    question.yes.click()  # type: ignore[attr-defined]
    assert wall.memory.plan == Plan()
    press(window, "Ctrl+Z")
    assert wall.memory.plan.layout is WallLayout.FREE
    await settled(wall)


@pytest_asyncio.fixture
async def two(wall: WallPage, yard: Yard) -> tuple[Tile, Tile]:
    tiles = (Slot(Area(0, 0, 6, 6), yard.task(0)), Slot(Area(6, 0, 6, 6), yard.task(1)))
    wall.memory.change(Plan(WallLayout.FREE, free=(FreeLayout("Mine", tiles),)))
    await settled(wall)
    return wall.tiles[yard.task(0)], wall.tiles[yard.task(1)]


def _cell(wall: WallPage) -> QPoint:
    corner = wall.canvas.rect_of(Area(1, 1)).topLeft() - wall.canvas.rect_of(Area(0, 0)).topLeft()
    return QPoint(corner.x(), corner.y())


async def test_a_tile_is_resized_by_its_edges_and_corners_and_snaps(wall: WallPage, two: tuple[Tile, Tile]) -> None:
    first, second = two
    step = _cell(wall)
    edge = QPoint(first.width() // 2, first.height() - 2)
    drag(first, edge, edge + QPoint(0, 3 * step.y() + 7))
    assert wall.canvas.area_of(first) == Area(0, 0, 6, 9)
    corner = QPoint(first.width() - 2, first.height() - 2)
    drag(first, corner, corner + QPoint(-2 * step.x(), -4 * step.y()))
    assert wall.canvas.area_of(first) == Area(0, 0, 4, 5)
    right = QPoint(first.width() - 2, first.height() // 2)
    drag(first, right, right + QPoint(5 * step.x(), 0))
    assert wall.canvas.area_of(first) == Area(0, 0, 6, 5), "it stops at its neighbour"
    left = QPoint(2, second.height() // 2)
    drag(second, left, left + QPoint(20 * step.x(), 0))
    assert wall.canvas.area_of(second) == Area(10, 0, 2, 6), "and keeps what a tile needs"
    await settled(wall)


async def test_a_tile_is_moved_over_the_grid_and_swapped_on_a_tile(
    wall: WallPage, yard: Yard, two: tuple[Tile, Tile]
) -> None:
    first, second = two
    step, middle_of_it = _cell(wall), first.rect().center()
    drag(first, middle_of_it, middle_of_it + QPoint(2 * step.x(), 6 * step.y()))
    assert wall.canvas.area_of(first) == Area(2, 6, 6, 6)
    drag(first, first.rect().center(), onto(first, second))
    assert wall.canvas.area_of(first) == Area(6, 0, 6, 6) and wall.canvas.area_of(second) == Area(2, 6, 6, 6)
    await settled(wall)


async def test_a_drop_on_the_free_grid_adds_a_tile_there(wall: WallPage, yard: Yard, two: tuple[Tile, Tile]) -> None:
    await drop(wall, yard.camera(2), wall.canvas.rect_of(Area(0, 9)).center())
    assert order(wall) == [yard.task(0), yard.task(1), yard.camera(2)]
    assert wall.canvas.area_of(wall.tiles[yard.camera(2)]) == Area(0, 8, 4, 4)
    await settled(wall)


async def test_the_keyboard_moves_and_resizes_on_the_free_grid(
    wall: WallPage, yard: Yard, two: tuple[Tile, Tile], window: WallWindow
) -> None:
    first, _second = two
    first.setFocus()
    for keys in ("Ctrl+Down", "Ctrl+Shift+Left", "Ctrl+Shift+Down", "Ctrl+Right", "Ctrl+Right"):
        press(window, keys)
    assert wall.canvas.area_of(first) == Area(1, 1, 5, 7), "and not onto its neighbour"
    await settled(wall)


async def test_an_empty_free_layout_says_what_to_do(wall: WallPage, yard: Yard) -> None:
    wall.memory.change(Plan(WallLayout.FREE, free=(FreeLayout("Empty"),)))
    assert wall.free_empty.isVisible()
    wall.free_empty.button.click()
    assert isinstance(wall.sheet, SideList)
    await drop(wall, yard.task(0), wall.canvas.rect().center())
    assert order(wall) == [yard.task(0)] and not wall.free_empty.isVisible()
    await settled(wall)


# ---- kept for each person ------------------------------------------------------------------------------------


async def test_everybody_finds_their_wall_as_they_left_it(
    wall: WallPage, yard: Yard, window: WallWindow, open_wall: OpenWall, station: Station
) -> None:
    wall.bar.choose(WallLayout.FOUR)
    await drop(wall, yard.camera(1), middle(wall, 0))
    wall.tiles[yard.task(1)].controls.buttons["boxes"].click()
    assert not wall.tiles[yard.task(1)].view.overlay.boxes
    olga = window.desk.actor
    await window.wall.memory.settle()
    again = await open_wall(olga)
    assert order(again.wall) == [yard.camera(1), yard.task(1), yard.task(2), None]
    assert again.wall.bar.segments[WallLayout.FOUR].isChecked()
    assert not again.wall.tiles[yard.task(1)].view.overlay.boxes
    other = await open_wall(await person(station, "otto"))
    assert other.wall.memory.plan == Plan()
    await settled(wall)


async def test_a_wall_that_is_known_before_its_tasks_shows_them_when_they_come(
    open_wall: OpenWall, station: Station, yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    olga, services, go_on = await person(station), station.services, asyncio.Event()
    plan = Plan(WallLayout.FOUR, {WallLayout.FOUR: (yard.task(1), None, yard.camera(0), None)})
    await services.preferences.save(olga, "wall", {"plan": to_json(plan)})
    page = services.tasks.page

    async def late(limit: int = 100, offset: int = 0) -> Any:
        await go_on.wait()
        return await page(limit, offset)

    monkeypatch.setattr(services.tasks, "page", late)
    asyncio.get_running_loop().call_later(0.2, go_on.set)
    window = await open_wall(olga)
    wall = window.wall
    assert order(wall) == [yard.task(1), None, yard.camera(0), None]
    assert wall.tiles[yard.task(1)].isVisible() and wall.tiles[yard.camera(0)].isVisible()
    await settled(wall)


async def test_a_change_is_written_by_itself_and_what_was_deleted_meanwhile_is_dropped(
    wall: WallPage, yard: Yard, window: WallWindow, open_wall: OpenWall, station: Station, operator: Actor
) -> None:
    olga, services = window.desk.actor, station.services
    wall.memory.change(Plan(WallLayout.FOUR, {WallLayout.FOUR: (yard.task(0), yard.task(1), None, None)}))
    async with asyncio.timeout(5):
        while await services.preferences.load(olga, "wall") is None:
            await asyncio.sleep(0.05)
    await window.desk.session.sign_out()
    assert not wall.tiles, "the next person sees nothing of it"
    await services.tasks.delete(operator, yard.tasks[0].id)
    again = await open_wall(olga)
    assert order(again.wall) == [None, yard.task(1), None, None] and not told(again)
    await settled(wall)


async def test_signing_out_at_once_loses_nothing(wall: WallPage, yard: Yard, window: WallWindow) -> None:
    services, olga = window.desk.services, window.desk.actor
    wall.bar.choose(WallLayout.NINE)
    await window.desk.session.sign_out()
    await wall.memory.settle()
    document = await services.preferences.load(olga, "wall")
    assert document is not None and document["plan"]["layout"] == "9"
    await settled(wall)


@pytest.mark.parametrize("document", [{}, {"plan": 7, "overlays": [], "windows": {"x": 1}, "folder": 3}])
async def test_a_strange_document_opens_the_usual_wall(
    open_wall: OpenWall, station: Station, yard: Yard, document: dict[str, object]
) -> None:
    olga = await person(station)
    await station.services.preferences.save(olga, "wall", document)
    window = await open_wall(olga)
    assert window.wall.memory.plan == Plan() and window.wall.memory.ready


# ---- rights, language, the whole screen ----------------------------------------------------------------------


async def test_a_viewer_arranges_the_wall_and_starts_nothing(
    open_wall: OpenWall, station: Station, yard: Yard, operator: Actor
) -> None:
    window = await open_wall(await person(station, "vera", Role.VIEWER))
    wall = window.wall
    wall.bar.choose(WallLayout.FOUR)
    await station.services.tasks.on_report(TaskReport(yard.tasks[0].id, TaskState.ERROR))
    tile = wall.tiles[yard.task(0)]
    for name in ("start", "stop", "try-now"):
        assert tile.controls.buttons[name].isHidden(), name
    allowed = {command.message for command in window.desk.commands.all() if command.page is wall}
    assert "Save a snapshot" in allowed and not allowed & {"Start task", "Stop task", "Try to connect now"}
    await drop(wall, yard.camera(1), middle(wall, 0))
    assert order(wall)[0] == yard.camera(1)


async def test_a_waiting_camera_is_tried_at_once_when_somebody_asks(
    wall: WallPage, yard: Yard, station: Station, operator: Actor, monkeypatch: pytest.MonkeyPatch, window: WallWindow
) -> None:
    tried: list[int] = []
    monkeypatch.setattr(station.services.tasks._engine, "retry_camera", tried.append)
    await runs(station, operator, yard.tasks[0])
    tile = wall.tiles[yard.task(0)]
    assert tile.controls.buttons["try-now"].isHidden()
    await station.services.tasks.on_report(TaskReport(yard.tasks[0].id, TaskState.RECONNECTING))
    tile.controls.buttons["try-now"].click()
    await until(lambda: tried == [yard.devices[0].id])
    await settle(window)


async def test_the_menu_of_a_tile_has_all_that_can_be_done(wall: WallPage, yard: Yard, window: WallWindow) -> None:
    from siapp.ui.live.tile_menu import show_menu

    wall.bar.choose(WallLayout.FOUR)
    tile = wall.tiles[yard.task(0)]
    menu = show_menu(window.desk, tile, wall.verbs, tile.mapToGlobal(QPoint(5, 5)))
    texts = [entry.text() for entry in menu.actions() if not entry.isSeparator()]
    assert texts == [
        "Show this tile alone",
        "Hide boxes",
        "Hide labels",
        "Open in a window of its own",
        "Start task",
        "Adjust the task",
        "Show the task's log",
        "Move and resize",
        "Take off the wall",
    ]
    menu.actions()[0].trigger()
    assert wall.canvas.alone is tile
    menu.close()
    await settled(wall)


async def test_a_tile_leads_to_the_log_and_the_options_of_its_task(
    open_window: Open, yard: Yard, station: Station
) -> None:
    window = await open_window(await person(station))
    wall = window.shell.wall
    wall.bar.choose(WallLayout.FOUR)
    for show in (wall.show_log, wall.show_options):
        show(wall.tiles[yard.task(1)])
        await settle(window)
        details = window.shell.tasks.details
        assert window.shell.page is window.shell.tasks and details is not None and details.task.name == "Task 1"
        window.shell.open(wall)
    await settle(window)


async def test_the_wall_has_the_whole_screen_and_gives_it_back(open_window: Open, yard: Yard, station: Station) -> None:
    window = await open_window(await person(station))
    wall, shell = window.shell.wall, window.shell
    entry = next(each for each in wall.bar.more_menu.actions() if each.text() == "Full screen")
    entry.trigger()
    assert window.isFullScreen() and wall.isVisible()
    assert not (shell.rail.isVisible() or shell.header.isVisible() or shell.status.isVisible())
    QTest.keyClick(wall, Qt.Key.Key_Escape)
    assert not window.isFullScreen() and shell.rail.isVisible()
    await settle(window)


async def test_the_wall_speaks_chinese_at_once(wall: WallPage, yard: Yard, window: WallWindow) -> None:
    wall.bar.choose(WallLayout.FOUR)
    window.desk.words.switch(Language.CHINESE)
    assert wall.bar.segments[WallLayout.FREE].text() == "自由"
    assert wall.tiles[yard.task(0)].accessibleName() == "Gate people：已停止"
    assert wall.tiles[yard.task(0)].controls.buttons["boxes"].toolTip() == "隐藏目标框"
    assert wall.canvas.findChild(EmptyCell).text() == "摄像机或任务"
    await settled(wall)
