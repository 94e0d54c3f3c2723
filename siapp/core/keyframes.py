"""Key frames in a folder: frame_0.jpg, frame_30.jpg, ... Written whole or not at all, and the oldest go first.

Plain files, no database: a worker writes them, the main process lists them and tidies up. Every function blocks.
"""

import os
import re
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

KEY_FRAME = re.compile(r"frame_(0|[1-9][0-9]{0,17})\.jpg")
_PART = ".part"
MOST_REMOVED_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """`frame`: its number. `at`: when its picture was taken, seconds since the epoch. `size` in bytes."""

    frame: int
    at: float
    size: int

    @property
    def name(self) -> str:
        return name_of(self.frame)

    @property
    def taken_at(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


@dataclass(frozen=True, slots=True)
class KeyFrameSpec:
    """Where a live task's key frames go, and how many are kept there: at most `most`, together at most `most_bytes`,
    none older than `longest_s` seconds. `floor`: bytes of the disk that stay free."""

    folder: str
    most: int
    most_bytes: int
    longest_s: float
    floor: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return cls(
            folder=str(stored["folder"]),
            most=int(stored["most"]),
            most_bytes=int(stored["most_bytes"]),
            longest_s=float(stored["longest_s"]),
            floor=int(stored["floor"]),
        )


class KeyFrames:
    """A folder's key frames, as they were found and as they are added."""

    def __init__(self, spec: KeyFrameSpec) -> None:
        self._spec = spec
        self._folder = Path(spec.folder)
        self._kept = deque(found(self._folder))
        self._bytes = sum(one.size for one in self._kept)

    @property
    def last(self) -> int | None:
        """The highest number that is there."""
        return self._kept[-1].frame if self._kept else None

    def add(self, frame: int, jpeg: bytes, at: float) -> None:
        """Write one, with a number above `last`; then the oldest beyond the limits go. OSError where it can't be."""
        path = self._folder / name_of(frame)
        part = path.with_name(f".{path.name}{_PART}")
        try:
            part.write_bytes(jpeg)
            os.utime(part, (at, at))
            part.replace(path)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        self._kept.append(KeyFrame(frame, at, len(jpeg)))
        self._bytes += len(jpeg)
        self.prune(at)

    def prune(self, now: float) -> int:
        """Remove the oldest beyond the limits, a bounded number at once; the answer says how many."""
        removed = 0
        while self._kept and self._too_much(now) and removed < MOST_REMOVED_AT_ONCE:
            oldest = self._kept.popleft()
            self._bytes -= oldest.size
            (self._folder / oldest.name).unlink(missing_ok=True)
            removed += 1
        return removed

    def _too_much(self, now: float) -> bool:
        spec = self._spec
        too_old = now - self._kept[0].at > spec.longest_s
        return too_old or len(self._kept) > spec.most or self._bytes > spec.most_bytes


def name_of(frame: int) -> str:
    return f"frame_{frame}.jpg"


def numbers(folder: Path) -> list[int]:
    """The numbers of a folder's key frames, ascending; none where there is no folder."""
    return sorted(int(match[1]) for entry in _entries(folder) if (match := KEY_FRAME.fullmatch(entry.name)))


def look(folder: Path, frame: int) -> KeyFrame | None:
    """One key frame, None where it has gone meanwhile."""
    try:
        status = (folder / name_of(frame)).stat()
    except OSError:
        return None
    return KeyFrame(frame, status.st_mtime, status.st_size)


def found(folder: Path) -> Iterator[KeyFrame]:
    """A folder's key frames by their numbers, which is the order in which they were made."""
    for number in numbers(folder):
        if (frame := look(folder, number)) is not None:
            yield frame


def remove_parts(folder: Path) -> None:
    """What a kill in the middle of a write has left. Only where nobody writes."""
    for entry in _entries(folder):
        if entry.name.endswith(_PART):
            Path(entry).unlink(missing_ok=True)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
