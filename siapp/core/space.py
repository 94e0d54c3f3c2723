"""Room on the data folder's disk: a floor that is kept free, so that the database and the logs can always write.

What can wait stops at the floor: key frames, result files, uploads. Also used inside worker processes.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from siapp.core.errors import OutOfSpace
from siapp.core.i18n import _

LARGEST_USUAL_FLOOR = 1 << 30
USUAL_SHARE = 0.02
# Once low, a tenth of the floor more must be free: at the very edge it would be told every second.
MARGIN = 0.1


def free_bytes(folder: Path) -> int:
    """What a program may still write to the disk that holds `folder`."""
    return shutil.disk_usage(folder).free


def usual_floor(folder: Path) -> int:
    """1 GiB, or 2 % of a smaller disk."""
    return min(LARGEST_USUAL_FLOOR, int(shutil.disk_usage(folder).total * USUAL_SHARE))


class Space:
    """Looks at the disk of `folder`. Methods block for as long as the disk takes to say how full it is.

    `floor`: bytes that are kept free, 0 for none. `measure`: how the free bytes of a folder are found.
    """

    def __init__(self, folder: Path, floor: int, measure: Callable[[Path], int] = free_bytes) -> None:
        self._folder = folder
        self.floor = floor
        self._measure = measure
        self._low = False

    def free(self) -> int:
        return self._measure(self._folder)

    def total(self) -> int:
        """Bytes of the whole disk."""
        return shutil.disk_usage(self._folder).total

    def low(self) -> bool:
        """Whether what can wait must wait now."""
        needed = self.floor * (1 + MARGIN) if self._low else self.floor
        self._low = self.free() < needed
        return self._low

    def refuse(self, size: int) -> None:
        """Raises OutOfSpace where `size` more bytes would reach below the floor."""
        free = self.free()
        if free - size < self.floor:
            raise disk_full(free, self.floor)


def disk_full(free: int, floor: int) -> OutOfSpace:
    return OutOfSpace(
        "disk_full",
        _(
            "The disk of the station is full: {free} MB are free, and {floor} MB must stay free for its database. "
            "Delete what is not needed any more, and try again."
        ),
        free=free >> 20,
        floor=floor >> 20,
    )
