"""The last small picture of each camera: in memory, and in the data folder, so that a restart has something to show."""

import asyncio
import logging
import os
import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from siapp.core.background import Background
from siapp.core.bus import Bus
from siapp.core.clock import now
from siapp.core.db import devices
from siapp.core.db.engine import Database
from siapp.core.domain import Thumbnail
from siapp.core.errors import NotFound, Unavailable
from siapp.core.events import DeviceGlimpsed
from siapp.core.specs import MOST_THUMBNAIL_BYTES

logger = logging.getLogger(__name__)

SAVE_EVERY_S = 60.0
MOST_CHECKED = 50  # addresses that were checked, and not saved yet
JPEG_BEGIN, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"


def jpeg_from(text: object, most_bytes: int) -> bytes | None:
    """A picture as a worker sends it, who has looked at what nobody trusts: None where it is none, or too large."""
    if not isinstance(text, str) or len(text) > 4 * (most_bytes // 3 + 1):
        return None
    try:
        jpeg = b64decode(text, validate=True)
    except NotBase64:
        return None
    whole = jpeg.startswith(JPEG_BEGIN) and jpeg.endswith(JPEG_END)
    return jpeg if whole and len(jpeg) <= most_bytes else None


class Thumbnails:
    """A file's name has the camera's number and a digest of its sealed address in it: a picture never appears beside
    another camera, not even where the folder meets another database. Its time is the file's."""

    def __init__(self, db: Database, bus: Bus, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._bus = bus
        self._folder = folder
        self._clock = clock
        self._known: dict[int, Thumbnail | None] = {}
        self._saved_at: dict[int, float] = {}
        self._checked: dict[str, Thumbnail] = {}
        self._background = Background("thumbnail")

    async def close(self) -> None:
        await self._background.close()

    async def tidy(self) -> None:
        """At the start: take away what belongs to no camera as it is now."""
        names = {_file_name(number, sealed) for number, sealed in (await self._db.read(devices.seals)).items()}
        await asyncio.to_thread(self._remove, lambda path: path.name not in names)

    async def get(self, device_id: int) -> Thumbnail | None:
        """Raises NotFound."""
        if device_id not in self._known:
            stored = await self._db.read(lambda s: devices.get(s, device_id))
            found = await asyncio.to_thread(_read, self._folder / _file_name(device_id, stored.url_sealed))
            self._known.setdefault(device_id, found)  # a newer one may have come meanwhile
        return self._known.get(device_id)

    def put(self, device_id: int, thumbnail: Thumbnail) -> None:
        """What it shows now."""
        self._known[device_id] = thumbnail
        self._bus.publish(DeviceGlimpsed(device_id))
        last = self._saved_at.get(device_id)
        if last is None or self._clock() - last >= SAVE_EVERY_S:
            self._saved_at[device_id] = self._clock()
            self._background.start(self._save(device_id, thumbnail), f"save-{device_id}")

    def take(self, device_id: int, jpeg: str) -> None:
        """From the camera's own process."""
        found = jpeg_from(jpeg, MOST_THUMBNAIL_BYTES)
        if found is not None:
            self.put(device_id, Thumbnail(found, now()))

    def note_check(self, url: str, jpeg: bytes) -> None:
        """An address was checked; it may become a camera's in a moment."""
        self._checked.pop(url, None)
        self._checked[url] = Thumbnail(jpeg, now())
        while len(self._checked) > MOST_CHECKED:
            del self._checked[next(iter(self._checked))]

    def adopt_check(self, device_id: int, url: str) -> None:
        """The camera has this address now."""
        if (found := self._checked.pop(url, None)) is not None:
            self.put(device_id, found)

    async def move(self, device_id: int, url: str) -> None:
        """The camera looks somewhere else now."""
        await self.forget(device_id)
        self._bus.publish(DeviceGlimpsed(device_id))
        self.adopt_check(device_id, url)

    async def forget(self, device_id: int) -> None:
        """The camera is gone."""
        self._known.pop(device_id, None)
        self._saved_at.pop(device_id, None)
        await asyncio.to_thread(self._remove, lambda path: path.name.startswith(_prefix(device_id)))

    async def _save(self, device_id: int, thumbnail: Thumbnail) -> None:
        try:
            stored = await self._db.read(lambda s: devices.get(s, device_id))
            path = self._folder / _file_name(device_id, stored.url_sealed)
            await asyncio.to_thread(_write, path, thumbnail)
        except NotFound:  # deleted meanwhile
            self._known.pop(device_id, None)
        except (Unavailable, OSError) as error:
            logger.warning("the thumbnail of camera %d could not be saved: %s", device_id, error)
        else:
            if device_id not in self._saved_at:  # deleted while it was written
                await asyncio.to_thread(path.unlink, True)

    def _remove(self, which: Callable[[Path], bool]) -> None:
        try:
            for path in self._folder.iterdir():
                if which(path):
                    path.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("an old thumbnail could not be removed: %s", error.strerror)


def _prefix(device_id: int) -> str:
    return f"device-{device_id}-"


def _file_name(device_id: int, sealed: str) -> str:
    return f"{_prefix(device_id)}{sha256(sealed.encode()).hexdigest()[:24]}.jpg"


def _read(path: Path) -> Thumbnail | None:
    try:
        with path.open("rb") as file:
            jpeg = file.read(MOST_THUMBNAIL_BYTES + 1)
            taken_at = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    except FileNotFoundError:
        return None
    except OSError as error:
        logger.warning("%s can't be read: %s", path.name, error.strerror)
        return None
    good = len(jpeg) <= MOST_THUMBNAIL_BYTES and jpeg.startswith(JPEG_BEGIN)
    return Thumbnail(jpeg, taken_at) if good else None


def _write(path: Path, thumbnail: Thumbnail) -> None:
    """Whole or not at all, with the time at which it was taken."""
    new = path.with_suffix(".new")
    new.touch(0o600)
    new.write_bytes(thumbnail.jpeg)
    moment = thumbnail.taken_at.timestamp()
    os.utime(new, (moment, moment))
    new.replace(path)
