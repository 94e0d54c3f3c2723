"""A live task's key frames, drawn, encoded and written on a thread of their own: no disk holds up the analysis."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from siapp.core.keyframes import KeyFrames, KeyFrameSpec, remove_parts
from siapp.core.space import Space
from siapp.core.video.drawing import draw_detections
from siapp.core.video.pictures import to_jpeg
from siapp.core.workers.publisher import Shot

logger = logging.getLogger(__name__)

MOST_WAITING = 4
SLOW_TOLD_EVERY_S = 60.0

FULL = "no key frames are kept: the disk is nearly full"
SLOW = "key frames are left out: the disk is too slow"
AGAIN = "key frames are kept again"


@dataclass(frozen=True, slots=True)
class _Page:
    """A key frame that waits for its turn. `shot.bgr` belongs to nobody else any more, but may be looked at."""

    number: int
    shot: Shot
    classes: tuple[str, ...]
    labels: bool


class Album:
    """Takes every `interval`th frame. `log` hears of trouble with the disk once, and once when it is over.

    Frames are counted from 0 over the whole life of a task: a start goes on above the highest number that is still
    there, with a key frame at once.
    """

    def __init__(self, spec: KeyFrameSpec, log: Callable[[str, str], None]) -> None:
        self._log = log
        self._space = Space(Path(spec.folder), spec.floor)
        self._waiting: queue.Queue[_Page | None] = queue.Queue(MOST_WAITING)
        self._next: int | None = None
        self._trouble = ""
        self._slow_told_at = float("-inf")
        remove_parts(Path(spec.folder))
        self._frames = KeyFrames(spec)
        self._thread = threading.Thread(target=self._work, name="key-frames", daemon=True)
        self._thread.start()

    def look(self, shot: Shot, interval: int, classes: tuple[str, ...], labels: bool) -> None:
        """Once for each analysed frame. The shot's pixels must not be written to afterwards."""
        number = self._number(interval)
        if number % interval:
            return
        try:
            self._waiting.put_nowait(_Page(number, shot, classes, labels))
        except queue.Full:
            self._too_slow()

    def close(self, limit_s: float) -> None:
        """Wait until what was taken is written, but no longer than `limit_s`."""
        with suppress(queue.Full):
            self._waiting.put(None, timeout=limit_s)
            self._thread.join(limit_s)

    def _number(self, interval: int) -> int:
        if self._next is None:
            last = self._frames.last
            self._next = 0 if last is None else (last // interval + 1) * interval
        number, self._next = self._next, self._next + 1
        return number

    def _work(self) -> None:
        while (page := self._waiting.get()) is not None:
            try:
                self._keep(page)
            except OSError as error:
                self._troubled(f"no key frames are kept: {error.strerror}")
            except Exception:
                logger.exception("a key frame can't be made")

    def _keep(self, page: _Page) -> None:
        if self._space.low():
            self._troubled(FULL)
            return
        picture = page.shot.bgr.copy()
        draw_detections(picture, page.shot.found, page.classes, labels=page.labels)
        self._frames.add(page.number, to_jpeg(picture), page.shot.captured_at)
        if self._trouble:
            self._trouble = ""
            self._log("INFO", AGAIN)

    def _too_slow(self) -> None:
        if time.monotonic() - self._slow_told_at >= SLOW_TOLD_EVERY_S:
            self._slow_told_at = time.monotonic()
            self._log("WARNING", SLOW)

    def _troubled(self, what: str) -> None:
        if not self._trouble:
            self._trouble = what
            self._log("WARNING", what)
