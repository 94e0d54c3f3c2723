"""A snapshot of what a tile shows: a file of full quality, and a picture in the clipboard."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QStandardPaths
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from siapp.core.boxstyle import drawing_scale
from siapp.core.domain import Picture
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.specs import Demand
from siapp.ui.desk import Desk
from siapp.ui.live.painting import as_image, paint_boxes
from siapp.ui.live.picture_view import PictureView
from siapp.ui.live.tile import Tile

FULL_SIZE_WITHIN_S = 1.0
NEARLY_ALL_PX = 2
LONGEST_STEM = 60
MOST_TWINS = 100
_UNSAFE = re.compile(r"[^\w\-. ]+")


class Snapshots:
    """`folder` is asked at each one."""

    def __init__(self, desk: Desk, folder: Callable[[], str]) -> None:
        self._desk = desk
        self._folder = folder

    def take(self, tile: Tile) -> None:
        """An old picture is not saved as if it were of now."""
        if not tile.is_live:
            self._desk.warn(_("“{name}” has no live picture to save."), name=tile.source.name)
            return
        self._desk.operations.run(tile, f"snapshot-{tile.key.kind}-{tile.key.id}", self._save(tile), self._saved)

    async def _save(self, tile: Tile) -> Path:
        view, name = tile.view, tile.source.name
        picture = await self._whole(tile)
        image = render(picture, view)
        QGuiApplication.clipboard().setImage(image)
        moment = picture.captured_at.astimezone()
        stem = f"{safe_name(name)} {moment:%Y-%m-%d %H-%M-%S}.{moment.microsecond // 1000:03d}"
        return await asyncio.to_thread(write, image, Path(self._folder() or default_folder()), stem)

    async def _whole(self, tile: Tile) -> Picture:
        """The next picture with all of the camera's pixels; the one that is shown where none comes in time."""
        shown = tile.view.picture
        assert shown is not None, "asked of live tiles only"
        if _is_whole(shown):
            return shown
        arrived: asyncio.Future[Picture] = asyncio.get_running_loop().create_future()

        def look(picture: Picture) -> None:
            if picture.bgra is not None and _is_whole(picture) and not arrived.done():
                arrived.set_result(picture)

        demand, live = Demand(shown.width, shown.height), self._desk.services.live
        place = await live.watch(self._desk.actor, tile.key, demand, look)
        try:
            async with asyncio.timeout(FULL_SIZE_WITHIN_S):
                return await arrived
        except TimeoutError:
            return shown
        finally:
            place.close()

    def _saved(self, path: Path) -> None:
        self._desk.done(_("Snapshot copied, and saved as {name} in {folder}."), name=path.name, folder=str(path.parent))


def default_folder() -> str:
    """The person's own pictures."""
    place = QStandardPaths.StandardLocation.PicturesLocation
    return QStandardPaths.writableLocation(place) or str(Path.home())


def safe_name(name: str) -> str:
    """A name as part of a file's name, on every system."""
    return _UNSAFE.sub("_", name).strip(" .")[:LONGEST_STEM].strip(" .") or "siapp"


def render(picture: Picture, view: PictureView) -> QImage:
    """The part that is seen, with the boxes that are seen, in all pixels that there are."""
    image = as_image(picture).copy()
    seen = view.zoom.visible()
    part = QRect(
        round(seen.x() * image.width()),
        round(seen.y() * image.height()),
        max(1, round(seen.width() * image.width())),
        max(1, round(seen.height() * image.height())),
    ).intersected(image.rect())
    if view.overlay.boxes and picture.objects:
        painter = QPainter(image)
        scale = drawing_scale(part.height())
        paint_boxes(painter, picture, image.rect(), part, labels=view.overlay.labels, scale=scale)
        painter.end()
    return image.copy(part)


def write(image: QImage, folder: Path, stem: str) -> Path:
    """As PNG, under a name that no file has yet. Raises SiappError in words."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # PySide's stub wants the format as bytes, which it refuses
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write_new(folder, stem, bytes(data.data()))
    except OSError as error:
        raise SiappError(
            "snapshot_not_saved",
            _("The snapshot is in the clipboard but could not be saved. Choose another folder for snapshots."),
        ) from error


def _write_new(folder: Path, stem: str, data: bytes) -> Path:
    for number in range(MOST_TWINS):
        path = folder / f"{stem}{f' ({number})' if number else ''}.png"
        try:
            with path.open("xb") as file:
                file.write(data)
            return path
        except FileExistsError:
            continue
    raise FileExistsError(stem)


def _is_whole(picture: Picture) -> bool:
    return picture.width_shown >= picture.width - NEARLY_ALL_PX
