"""A worker's pictures for those who watch: scaled for windows, JPEG for browsers, nothing where nobody looks."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from siapp.core.specs import WIDEST_REMOTE, Demand
from siapp.core.video.detections import Detections
from siapp.core.video.drawing import draw_detections
from siapp.core.video.live_encoder import Encoded
from siapp.core.video.pictures import Pixels, fitted_size, resized, to_bgra, to_jpeg
from siapp.core.workers.channel import Channel
from siapp.core.workers.live_video import LiveVideo
from siapp.core.workers.messages import Message, Published, Show
from siapp.core.workers.ring import Ring, SlotInfo

HIGHEST_REMOTE = 1280


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
        self.video = LiveVideo(channel.send)
        self._ring: Ring | None = None
        self._asked = 0
        self._seq = 0

    def show(self, wish: Show) -> None:
        self.demand = Demand(**asdict(wish))
        if not self.demand.h264:
            self.video.stop()

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
        in_ring, video = False, None
        if not self.demand.nothing:
            small = self._small(shot.bgr)
            video = self.video.encode(small, shot.captured_monotonic) if self.demand.h264 else None
            in_ring = self._write(shot, small, video)
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
                video=[video.number, round(video.time_s, 6), int(video.is_key)] if video else [],
                no_video=self.video.failed,
            )
        )
        self._seq += 1

    def _small(self, bgr: Pixels) -> Pixels:
        """As remote viewers see it; as it is where there are none."""
        wanted = self.demand
        if not (wanted.jpeg or wanted.jpeg_clean or wanted.h264):
            return bgr
        width = min(wanted.remote_width or WIDEST_REMOTE, WIDEST_REMOTE)
        return resized(bgr, *fitted_size(bgr.shape[1], bgr.shape[0], width, HIGHEST_REMOTE))

    def _window(self, bgr: Pixels) -> tuple[bytes | memoryview, int, int]:
        """The window's pixels and their size; empty where no window looks."""
        if not self.demand.width:
            return b"", 0, 0
        width, height = fitted_size(bgr.shape[1], bgr.shape[0], self.demand.width, self.demand.height)
        return to_bgra(resized(bgr, width, height)).data.cast("B"), width, height

    def _jpegs(self, shot: Shot, small: Pixels) -> tuple[bytes, bytes]:
        """With boxes, and clean; empty where not wanted."""
        wanted, found = self.demand, len(shot.found) > 0
        clean = to_jpeg(small) if wanted.jpeg_clean or (wanted.jpeg and not found) else b""
        boxed = self._boxed(shot, small) if found else clean
        return boxed if wanted.jpeg else b"", clean if wanted.jpeg_clean else b""

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

    def _write(self, shot: Shot, small: Pixels, video: Encoded | None) -> bool:
        window, width, height = self._window(shot.bgr)
        parts = [window, *self._jpegs(shot, small), video.segment if video else b""]
        needed = max(1, sum(len(part) for part in parts))  # also where all that is to be said is that there is none
        if self._ring is None or self._ring.slot_bytes < needed:
            self._ask(needed)
            self.video.lost()
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
