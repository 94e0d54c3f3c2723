"""Walls with more than one task, people who are known to the station, and drags as a mouse makes them."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from siapp.app import Station
from siapp.core.domain import Actor, Device, DeviceState, Role, StreamKey, StreamKind, Task, TaskState
from siapp.core.specs import DeviceReport, TaskReport
from siapp.ui.live.source import dragged, task_key
from siapp.ui.live.tile import Tile
from siapp.ui.live.wall import WallPage
from siapp.ui.window import MainWindow
from tests.ui.conftest import Stock, settle
from tests.ui.wall_window import WallWindow


@dataclass(frozen=True)
class Yard:
    """Cameras and a task of each."""

    devices: tuple[Device, ...]
    tasks: tuple[Task, ...]

    def task(self, number: int) -> StreamKey:
        return task_key(self.tasks[number])

    def camera(self, number: int) -> StreamKey:
        return StreamKey(StreamKind.DEVICE, self.devices[number].id)


async def make_yard(station: Station, stock: Stock, actor: Actor, count: int = 3) -> Yard:
    """The first task is the stock's."""
    devices, tasks = [stock.device], [stock.task]
    for number in range(1, count):
        device = await station.services.devices.add(actor, f"Yard {number}", f"rtsp://192.168.1.{number}/live")
        devices.append(device)
        tasks.append(await station.services.tasks.add(actor, f"Task {number}", device.id, stock.algorithm.id))
    return Yard(tuple(devices), tuple(tasks))


async def runs(station: Station, actor: Actor, task: Task) -> None:
    await station.services.tasks.start(actor, task.id)
    await station.services.tasks.on_report(TaskReport(task.id, TaskState.RUNNING))


async def online(station: Station, device: Device, state: DeviceState = DeviceState.ONLINE) -> None:
    await station.services.devices.on_report(DeviceReport(device.id, state))


async def person(station: Station, name: str = "olga", role: Role = Role.OPERATOR) -> Actor:
    """Somebody with an account, for whom something can be kept."""
    user = await station.services.accounts.add_user(name, "correct horse 7", role)
    return Actor(user.id, user.username, user.role, "test")


def order(wall: WallPage) -> list[StreamKey | None]:
    """What is on the wall, place by place."""
    return [slot.key for slot in wall.filling.view().slots]


async def drop(wall: WallPage, key: StreamKey, at: QPoint) -> None:
    """As when a row of the list comes over the wall and is let go."""
    data = dragged(key)  # no event keeps it
    copy, left, bare = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for kind in (QDragEnterEvent, QDragMoveEvent):
        QApplication.sendEvent(wall.canvas, kind(at, copy, data, left, bare))
    QApplication.sendEvent(wall.canvas, QDropEvent(QPointF(at), copy, data, left, bare))
    await settled(wall)


async def settled(wall: WallPage) -> None:
    """Until new tiles have their places at their streams."""
    window = wall.window()
    assert isinstance(window, MainWindow | WallWindow)
    await settle(window)


def middle(wall: WallPage, place: int) -> QPoint:
    return wall.canvas.rect_of(wall.filling.view().slots[place].area).center()


def drag(tile: Tile, begin: QPoint, end: QPoint, *, let_go: bool = True) -> None:
    """From a point of the tile to another one, with the left button down."""
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(tile, left, pos=begin)
    for share in (0.3, 0.7, 1.0):
        _move(tile, begin + (end - begin) * share, left)
    if let_go:
        QTest.mouseRelease(tile, left, pos=end)


def onto(tile: Tile, other: QWidget) -> QPoint:
    """The middle of another widget, as `tile` counts."""
    return tile.mapFromGlobal(other.mapToGlobal(other.rect().center()))


def _move(tile: Tile, at: QPoint, buttons: Qt.MouseButton) -> None:
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(at),
        QPointF(tile.mapToGlobal(at)),
        Qt.MouseButton.NoButton,
        buttons,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(tile, event)
