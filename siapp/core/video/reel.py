"""A video file to look through: every frame of it can be found by its number, exactly."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import av

from siapp.core.domain import StreamInfo
from siapp.core.video.source import open_file

USUAL_FPS = 25.0


@dataclass(frozen=True, slots=True)
class Look:
    """A frame, its number from 0, and when it is shown in seconds from the first one."""

    number: int
    time_s: float
    picture: av.VideoFrame


@dataclass(frozen=True, slots=True)
class Index:
    """Time stamps of all frames as they are shown one after the other, and those of the key frames among them."""

    shown: "array[int]" = field(default_factory=lambda: array("q"))
    keys: "array[int]" = field(default_factory=lambda: array("q"))

    @classmethod
    def of(cls, stamps: Iterable[tuple[int | None, bool]]) -> "Index":
        """Empty where the file has no time stamps."""
        shown, keys = array("q"), array("q")
        for stamp, is_key in stamps:
            if stamp is None:
                return cls()
            shown.append(stamp)
            if is_key:
                keys.append(stamp)
        return cls(array("q", sorted(shown)), array("q", sorted(keys)))

    def number(self, stamp: float) -> int:
        """Which frame is shown at `stamp`."""
        return max(0, bisect_right(self.shown, stamp) - 1)

    def key_before(self, stamp: int) -> int | None:
        """The last key frame at or before `stamp`."""
        place = bisect_right(self.keys, stamp)
        return self.keys[place - 1] if place else None


def look_through(path: Path) -> Index:
    """All of a file's time stamps: reads the whole of it, and decodes nothing. Raises MediaError."""
    with open_file(path) as source:
        return Index.of(source.stamps())


class Reel:
    """`next` gives one frame after the other, `seek` goes elsewhere. Used on one thread; `index` may come later and
    from another one: until then numbers are reckoned from the rate."""

    def __init__(self, path: Path) -> None:
        """Raises MediaError where it is no video."""
        self._path = path
        self._source = open_file(path)
        self._frames = self._source.frames()
        self._first: int | None = None  # time stamp
        self._count = 0  # frames since the beginning, for files that have no time stamps
        self.index = Index()

    def close(self) -> None:
        self._source.close()

    @property
    def info(self) -> StreamInfo:
        """As the container says; with an index, what is really there."""
        info, shown = self._source.info, self.index.shown
        if not shown:
            return info
        last_s = 1 / (info.fps or USUAL_FPS)
        return replace(info, frames=len(shown), duration_s=(shown[-1] - shown[0]) * self._tick + last_s)

    @property
    def last(self) -> int | None:
        """The last frame's number, where it is known."""
        return len(self.index.shown) - 1 if self.index.shown else None

    def next(self) -> Look | None:
        """The next frame; None at the end. Raises MediaError where the file breaks."""
        frame = next(self._frames, None)
        if frame is None:
            return None
        self._count += 1
        return self.placed(frame.picture)

    def placed(self, picture: av.VideoFrame) -> Look:
        """A picture of this file, and where in it it is by what is known now."""
        stamp = picture.pts
        if stamp is None:
            return Look(self._count - 1, (self._count - 1) / self._fps, picture)
        if self._first is None:
            self._first = stamp
        first = self.index.shown[0] if self.index.shown else self._first
        time_s = max(0.0, (stamp - first) * self._tick)
        number = self.index.number(stamp) if self.index.shown else round(time_s * self._fps)
        return Look(number, time_s, picture)

    def seek(self, number: int) -> None:
        """So that `next` begins at `number`, or at an earlier frame from which it can be reached."""
        stamp = self._stamp(number)
        self._count = 0
        if stamp is None:
            self._source.close()  # what has no time stamps can't be rewound
            self._source = open_file(self._path)
            self._frames = self._source.frames()
            return
        key = self.index.key_before(stamp)
        self._source.seek(stamp if key is None else key)
        self._frames = self._source.frames(since=key)

    def number_at(self, time_s: float) -> int:
        """Which frame is shown at a time."""
        if self.index.shown:
            # A time that was rounded on its way here still means the frame that begins then.
            return self.index.number(self.index.shown[0] + time_s / self._tick + 0.5)
        number = max(0, int(time_s * self._fps + 1e-3))
        return number if self.info.frames is None else min(number, max(0, self.info.frames - 1))

    @property
    def _tick(self) -> float:
        return float(self._source.time_base)

    @property
    def _fps(self) -> float:
        return self._source.info.fps or USUAL_FPS

    def _stamp(self, number: int) -> int | None:
        """A frame's time stamp; None in a file that has none."""
        if self.index.shown:
            return self.index.shown[min(number, len(self.index.shown) - 1)]
        return None if self._first is None else self._first + int(number / self._fps / self._tick)
