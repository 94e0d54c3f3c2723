"""A worker's pictures for those who watch: scaled for windows, JPEG for browsers, nothing where nobody looks."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siapp.core.specs import Demand
from siapp.core.video.detections import Detections
from siapp.core.video.drawing import draw_detections
from siapp.core.video.pictures import Pixels, fitted_size, resized, to_bgra, to_jpeg
from siapp.core.workers.channel import Channel
from siapp.core.workers.messages import Message, Published, Show
from siapp.core.workers.ring import Ring, SlotInfo

LARGEST_JPEG_WIDTH, LARGEST_JPEG_HEIGHT = 1280, 1280


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame with its result. `bgr` (H, W, 3) is not kept; times as in messages.Published."""

    frame: int
    bgr: Pixels
    captured_at: float
    captured_monotonic: float
    found: Detections
    inference_ms: float = 0.0


class Publisher:
    """Writes what is wanted of each picture into a ring and says so. Used on one thread at a time."""

    def __init__(self, channel: Channel, ask_for_ring: Callable[[int], Message], classes: tuple[str, ...]) -> None:
        self._channel = channel
        self._ask_for_ring = ask_for_ring
        self.classes = classes
        self.labels = True
        self.demand = Demand()
        self._ring: Ring | None = None
        self._asked = 0
        self._seq = 0

    def show(self, wish: Show) -> None:
        self.demand = Demand(wish.width, wish.height, wish.jpeg, wish.jpeg_clean)

    def use_ring(self, name: str) -> None:
        """The ring that was asked for is there."""
        self.close()
        try:
            self._ring = Ring.attach(name)
        except FileNotFoundError:
            self._asked = 0  # replaced meanwhile: ask again with the next picture

    def close(self) -> None:
        if self._ring is not None:
            self._ring.close()
            self._ring = None

    def publish(self, shot: Shot) -> None:
        """Say the result of a frame, with its pixels where somebody watches."""
        in_ring = False
        if not self.demand.nothing:
            parts, width, height = self._parts(shot)
            in_ring = self._write(shot, parts, width, height)
        self._channel.send(
            Published(
                seq=self._seq,
                frame=shot.frame,
                width=shot.bgr.shape[1],
                height=shot.bgr.shape[0],
                captured_at=shot.captured_at,
                captured_monotonic=shot.captured_monotonic,
                inference_ms=round(shot.inference_ms, 2),
                objects=[_object(row) for row in shot.found],
                in_ring=in_ring,
            )
        )
        self._seq += 1

    def _parts(self, shot: Shot) -> tuple[list[bytes | memoryview], int, int]:
        """The window's pixels, the JPEG with boxes, the clean JPEG; empty where not wanted."""
        bgra, width, height = b"", 0, 0
        height_in, width_in = shot.bgr.shape[:2]
        window: bytes | memoryview = bgra
        if self.demand.width:
            width, height = fitted_size(width_in, height_in, self.demand.width, self.demand.height)
            window = to_bgra(resized(shot.bgr, width, height)).data.cast("B")
        boxed = clean = b""
        if self.demand.jpeg or self.demand.jpeg_clean:
            small = resized(shot.bgr, *fitted_size(width_in, height_in, LARGEST_JPEG_WIDTH, LARGEST_JPEG_HEIGHT))
            clean = to_jpeg(small) if self.demand.jpeg_clean or not len(shot.found) else b""
            boxed = clean if not len(shot.found) else self._boxed(shot, small)
        return [window, boxed if self.demand.jpeg else b"", clean if self.demand.jpeg_clean else b""], width, height

    def _boxed(self, shot: Shot, small: Pixels) -> bytes:
        if not self.demand.jpeg:
            return b""
        picture = small.copy()
        draw_detections(
            picture,
            shot.found,
            self.classes,
            scale_x=small.shape[1] / shot.bgr.shape[1],
            scale_y=small.shape[0] / shot.bgr.shape[0],
            labels=self.labels,
        )
        return to_jpeg(picture)

    def _write(self, shot: Shot, parts: list[bytes | memoryview], width: int, height: int) -> bool:
        needed = sum(len(part) for part in parts)
        if self._ring is None or self._ring.slot_bytes < needed:
            self._ask(needed)
            return False
        self._ring.write(SlotInfo(self._seq, width, height, shot.captured_monotonic, shot.captured_at), parts)
        return True

    def _ask(self, needed: int) -> None:
        """JPEGs differ in size: ask for half as much again, and not twice for the same."""
        if needed > self._asked:
            self._asked = needed * 3 // 2
            self._channel.send(self._ask_for_ring(self._asked))


def _object(row: NDArray[np.float32]) -> list[float]:
    """A detection in the message's order: class id, confidence, corners."""
    x1, y1, x2, y2, confidence, class_id = (float(value) for value in row)
    return [int(class_id), round(confidence, 4), round(x1, 2), round(y1, 2), round(x2, 2), round(y2, 2)]


def clock() -> tuple[float, float]:
    """(seconds since the epoch, seconds of the monotonic clock), now."""
    return time.time(), time.monotonic()
