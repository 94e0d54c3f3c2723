"""What nobody asks for and everybody needs: old key frames go, and a disk that fills up is told once."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from time import time

from siapp.core.background import Background
from siapp.core.bus import Bus
from siapp.core.domain import Problem, Severity
from siapp.core.events import Notice
from siapp.core.i18n import _
from siapp.core.keyframes import KeyFrames, KeyFrameSpec
from siapp.core.space import Space
from siapp.core.storage import Storage

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
TIDY_EVERY_S = 600.0
DISK_FULL = Problem(
    "disk_full",
    _("The disk of the station is nearly full: key frames and uploads wait, tests end. Delete what is not needed."),
)
DISK_FREE = Problem("disk_free", _("The disk of the station has room again: everything goes on."))


class Housekeeping:
    """Two loops: one looks at the disk, one takes old key frames away, also those of tasks that do not run."""

    def __init__(self, bus: Bus, storage: Storage, space: Space, kept: KeyFrameSpec) -> None:
        self._bus = bus
        self._storage = storage
        self._space = space
        self._kept = kept
        self._low = False
        self._background = Background("housekeeping")

    def start(self) -> None:
        self._background.start(self._watch(), "space")
        self._background.start(self._tidy(), "key-frames")

    async def close(self) -> None:
        await self._background.close()

    def keep(self, kept: KeyFrameSpec) -> None:
        """Other limits, from the next round on."""
        self._kept = kept

    async def look(self) -> None:
        """Say so where the disk has become full, or has room again."""
        try:
            low = await asyncio.to_thread(self._space.low)
        except OSError as error:
            logger.warning("the disk does not say how full it is: %s", error.strerror)
            return
        if low is not self._low:
            self._low = low
            logger.warning("the disk is nearly full" if low else "the disk has room again")
            self._bus.publish(Notice(Severity.WARNING, DISK_FULL) if low else Notice(Severity.INFO, DISK_FREE))

    async def tidy(self) -> None:
        """One folder at a time, each with a bounded number of files."""
        for folder in await asyncio.to_thread(self._folders):
            removed = await asyncio.to_thread(self._prune, folder)
            if removed:
                logger.info("%d old key frames of %s were removed", removed, folder.name)

    async def _watch(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _tidy(self) -> None:
        while True:
            await self.tidy()
            await asyncio.sleep(TIDY_EVERY_S)

    def _folders(self) -> list[Path]:
        return sorted(folder for folder in self._storage.results.glob("task-*") if folder.is_dir())

    def _prune(self, folder: Path) -> int:
        try:
            return KeyFrames(replace(self._kept, folder=str(folder))).prune(time())
        except OSError as error:
            logger.warning("old key frames of %s can't be removed: %s", folder.name, error.strerror)
            return 0
