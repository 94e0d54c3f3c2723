"""Where one worker's pictures go out to the viewers: what they want of it, and the ring that it lies in."""

import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

from siapp.core.domain import DetectedObject, Picture, StreamKey, VideoFormat, VideoPicture
from siapp.core.specs import Demand
from siapp.core.workers.keeper import Child
from siapp.core.workers.messages import KeyFrameWanted, PictureRingGranted, Published, Show, VideoBegins
from siapp.core.workers.ring import Copy, Ring

OnPicture = Callable[[StreamKey, Picture], None]
"""Takes the pictures of all streams."""


class Outlet:
    """One stream's way from the worker that makes it to those who watch it."""

    def __init__(self, demand: Demand, on_picture: Callable[[Picture], None]) -> None:
        self._demand = demand
        self._on_picture = on_picture
        self._child: Child | None = None
        self._ring: Ring | None = None
        self._format: VideoFormat | None = None

    def open(self, child: Child) -> None:
        """A process begins to make the pictures."""
        self._child = child
        self._show()

    def close(self) -> None:
        """It has ended."""
        self._child = self._format = None
        if self._ring is not None:
            self._ring.close()
            self._ring = None

    def set_demand(self, demand: Demand) -> None:
        self._demand = demand
        self._show()

    def want_key_frame(self) -> None:
        """A viewer can't begin, or go on, without one."""
        if self._child is not None:
            self._child.send(KeyFrameWanted())

    def begin_video(self, begun: VideoBegins) -> None:
        """The pictures from now on have this format."""
        self._format = VideoFormat(begun.codec, begun.width, begun.height, b64decode(begun.init))

    def widen(self, slot_bytes: int) -> None:
        """The worker needs slots of this size."""
        if self._child is not None:
            self._ring = new_ring(self._ring, slot_bytes, self._child)
            if self._ring is not None:
                self._child.send(PictureRingGranted(self._ring.name))

    def hand_out(self, result: Published, classes: tuple[str, ...]) -> None:
        """Give the viewers a picture, if somebody looks and it has not been overwritten yet."""
        if not result.in_ring or self._ring is None or self._demand.nothing:
            return
        copy = self._ring.read(result.seq)
        if copy is not None:
            self._on_picture(_picture(result, copy, classes, self._format))

    def _show(self) -> None:
        if self._child is not None:
            wanted = self._demand
            self._child.send(Show(**asdict(wanted)))


def new_ring(old: Ring | None, slot_bytes: int, child: Child) -> Ring | None:
    """A ring in place of `old`, whose readers keep their view until they let go. None where there is no memory:
    `child` can't work then, and is ended for that reason."""
    if old is not None:
        old.close()
    try:
        return Ring.create(slot_bytes)
    except OSError as error:
        child.kill(f"no shared memory for its pictures: {error.strerror}")
        return None


def latency_ms(result: Published) -> float:
    """Milliseconds from the camera's frame to now."""
    return (time.monotonic() - result.captured_monotonic) * 1000


def _picture(result: Published, copy: Copy, classes: tuple[str, ...], format_: VideoFormat | None) -> Picture:
    bgra, jpeg, jpeg_clean, segment = copy.parts
    return Picture(
        seq=result.seq,
        width=result.width,
        height=result.height,
        captured_at=datetime.fromtimestamp(result.captured_at, UTC),
        captured_monotonic=result.captured_monotonic,
        latency_ms=round(latency_ms(result), 1),
        objects=tuple(_detected(values, classes) for values in result.objects),
        bgra=bgra or None,
        width_shown=copy.info.width,
        height_shown=copy.info.height,
        jpeg=jpeg or None,
        jpeg_clean=jpeg_clean or None,
        video=_video(result.video, segment, format_) if format_ and result.video else None,
        no_video=result.no_video,
    )


def _video(video: list[float], segment: bytes, format_: VideoFormat) -> VideoPicture:
    number, time_s, is_key = video
    return VideoPicture(format_, int(number), time_s, bool(is_key), segment)


def _detected(values: list[float], classes: tuple[str, ...]) -> DetectedObject:
    class_id, confidence, x1, y1, x2, y2 = values
    number = int(class_id)
    label = classes[number] if number < len(classes) else f"class{number}"
    return DetectedObject(number, label, confidence, (x1, y1, x2, y2))
