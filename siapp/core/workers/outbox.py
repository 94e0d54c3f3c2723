"""The one door from the supervisor's thread to the loop: one wake-up, however much is waiting, and never too much."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from siapp.core.domain import Picture, StreamKey
from siapp.core.specs import DeviceGlimpse, LogLine, Report, TaskFigures

MOST_PICTURES = 4  # of one stream, while the loop is busy
MOST_LINES = 1000

Pictures = dict[StreamKey, deque[Picture]]


class Outbox:
    """Put on any thread, take on the loop's. States are all kept: retries are paced, so they are few. Figures and
    glimpses are replaced by newer ones; of log lines and pictures only so many wait."""

    def __init__(self, loop: asyncio.AbstractEventLoop, serve: Callable[[], None]) -> None:
        self._loop = loop
        self._serve = serve
        self._lock = threading.Lock()
        self._woken = False
        self._reports: deque[Report] = deque()
        self._lines = 0
        self._figures: dict[int, TaskFigures] = {}
        self._glimpses: dict[int, DeviceGlimpse] = {}
        self._pictures: Pictures = {}
        self.lost_lines = 0

    def put_report(self, report: Report) -> None:
        with self._lock:
            match report:
                case TaskFigures():
                    self._figures[report.task_id] = report
                case DeviceGlimpse():
                    self._glimpses[report.device_id] = report
                case LogLine() if self._lines >= MOST_LINES:
                    self.lost_lines += 1
                case _:
                    self._lines += isinstance(report, LogLine)
                    self._reports.append(report)
            self._wake()

    def put_picture(self, key: StreamKey, picture: Picture) -> None:
        with self._lock:
            self._pictures.setdefault(key, deque(maxlen=MOST_PICTURES)).append(picture)
            self._wake()

    def take_pictures(self) -> Pictures:
        """All that wait; from now on the next one wakes the loop again."""
        with self._lock:
            self._woken = False
            taken, self._pictures = self._pictures, {}
            return taken

    def take_reports(self) -> list[Report]:
        """All that wait: states and lines in their order, then the newest figures and glimpses."""
        with self._lock:
            taken = [*self._reports, *self._figures.values(), *self._glimpses.values()]
            self._reports.clear()
            self._figures.clear()
            self._glimpses.clear()
            self._lines = 0
            return taken

    @property
    def waiting(self) -> tuple[int, int]:
        """How many reports and how many pictures nobody has taken yet."""
        with self._lock:
            return len(self._reports) + len(self._figures) + len(self._glimpses), sum(map(len, self._pictures.values()))

    def _wake(self) -> None:
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop is closed: nobody is there to hear
                self._loop.call_soon_threadsafe(self._serve)
