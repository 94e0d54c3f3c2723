"""A real camera, the demo's real weights, and what the window's tile then shows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from siapp.core.boxstyle import class_colour
from siapp.core.domain import DeviceState, StreamKey, StreamKind, TaskOptions, TaskState
from siapp.ui.live.layout import WallLayout
from siapp.ui.live.painting import letterbox
from siapp.ui.live.tile import Tile
from siapp.ui.window import MainWindow
from tests.cameras import ScriptedCamera, read_index
from tests.e2e.conftest import site  # noqa: F401
from tests.e2e.support import OLGA, CarClip, Site, iou, until
from tests.ui.conftest import Open, settle

CAR = 2
ENOUGH = 20


async def test_the_tile_shows_each_picture_with_its_box_on_the_car(
    site: Site,  # noqa: F811
    camera: ScriptedCamera,
    car: CarClip,
    open_window: Open,
) -> None:
    task = await site.running(camera.url, options=TaskOptions(confidence=0.4))
    window = await open_window(OLGA)
    await until(lambda: _tile(window) is not None)
    tile = _tile(window)
    assert tile is not None
    hits = 0
    for _number in range(ENOUGH):
        seen = tile.view.picture
        await until(lambda: tile.view.picture is not None and tile.view.picture is not seen)  # noqa: B023
        hits += _box_is_painted_on_the_car(tile, car)
    assert hits >= 0.9 * ENOUGH, f"{hits} of {ENOUGH}"
    assert tile.latencies_ms, "the way from camera to paint is measured"
    await site.stop(task)
    assert tile.source.state is TaskState.STOPPED
    assert tile.view.picture is None, "no last picture is shown as if it were live"


async def test_a_camera_on_a_tile_is_previewed_sharpens_when_zoomed_and_is_saved_whole(
    site: Site,  # noqa: F811
    camera: ScriptedCamera,
    open_window: Open,
    tmp_path: Path,
) -> None:
    device = await site.camera(camera.url)
    window = await open_window(OLGA)
    wall = window.shell.wall
    wall.memory.set_folder(tmp_path)
    wall.bar.choose(WallLayout.SIXTEEN)
    wall.arranging.put(StreamKey(StreamKind.DEVICE, device.id))
    tile = wall.tiles[StreamKey(StreamKind.DEVICE, device.id)]
    await until(lambda: tile.is_live)
    assert tile.source.state is DeviceState.ONLINE
    assert tile.view.picture is not None and tile.view.picture.width_shown < 320
    tile.controls.buttons["snapshot"].click()
    await until(lambda: list(tmp_path.glob("*.png")))
    saved = QImage(str(next(tmp_path.glob("*.png"))))
    assert (saved.width(), saved.height()) == (640, 352)
    assert read_index(np.ascontiguousarray(_rgb(saved)[..., ::-1])) is not None, "it shows no picture of the clip"
    tile.zoom_by(4)
    await until(lambda: tile.view.picture is not None and tile.view.picture.width_shown == 640)
    await settle(window)
    wall.remove(tile)
    await until(lambda: _state(window, device.id) is DeviceState.IDLE)


def _state(window: MainWindow, device_id: int) -> DeviceState | None:
    device = window.desk.stores.devices.get(device_id)
    return device.state if device is not None else None


def _tile(window: MainWindow) -> Tile | None:
    return next(iter(window.findChildren(Tile)), None)


def _box_is_painted_on_the_car(tile: Tile, car: CarClip) -> bool:
    """Whether the tile's own pixels show a picture of the clip, and its car's box where the car was drawn."""
    picture = tile.view.picture
    assert picture is not None
    pixels = _rgb(tile.grab().toImage())
    where = letterbox(picture, tile.picture_room)
    shown = pixels[where.top() : where.bottom() + 1, where.left() : where.right() + 1]
    index = read_index(np.ascontiguousarray(shown[..., ::-1]))
    assert index is not None, "the tile shows no picture of the clip"
    pink = np.all(shown == class_colour(CAR), axis=-1)
    on_it = [found.box for found in picture.objects if found.label == "car" and iou(found.box, car.boxes[index]) > 0.5]
    return any(_outlined(pink, box, shown.shape[1] / picture.width, shown.shape[0] / picture.height) for box in on_it)


def _outlined(pink: NDArray[np.bool_], box: Sequence[float], across: float, down: float) -> bool:
    """Whether both sides and the bottom of `box` (source pixels) are lines in the picture; a label may hide the top."""
    x1, y1, x2, y2 = (round(side) for side in (box[0] * across, box[1] * down, box[2] * across, box[3] * down))
    sides = [pink[y1 + 4 : y2 - 4, max(0, x - 2) : x + 3].any(axis=1).mean() for x in (x1, x2)]
    bottom = pink[max(0, y2 - 2) : y2 + 3, x1 + 4 : x2 - 4].any(axis=0).mean()
    return min(*sides, bottom) > 0.9


def _rgb(image: QImage) -> NDArray[np.uint8]:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(bytes(image.constBits()), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
