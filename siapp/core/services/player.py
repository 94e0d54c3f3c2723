"""Playing recorded videos in the window: a process of its own decodes, and only the newest picture waits for the loop.

What may be played: the result and the video of a test, by the test's name.
"""

import asyncio
import itertools
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from siapp.core.domain import Actor, Picture, Problem, StreamInfo
from siapp.core.errors import SiappError, TooMany
from siapp.core.i18n import _
from siapp.core.services.results import VIDEO_NAME, ResultService
from siapp.core.specs import Demand, PlayerPosition
from siapp.core.workers.engine import Engine
from siapp.core.workers.messages import Pause, Play, PlayerCommand, Seek, SetSpeed, Step
from siapp.core.workers.players import Screening

MOST_PLAYERS = 4
SLOWEST, FASTEST = 0.25, 4.0


class Film(StrEnum):
    """Which video of a test."""

    RESULT = "result"
    ORIGINAL = "original"


class _News:
    """What the player says on its way to the loop: of each kind only the newest waits, and one wake-up serves all."""

    def __init__(self, serve: Callable[[dict[str, Any]], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._serve = serve
        self._lock = threading.Lock()
        self._waiting: dict[str, Any] = {}

    def put(self, kind: str, value: Any) -> None:
        """From any thread."""
        with self._lock:
            first = not self._waiting
            self._waiting[kind] = value
        if first:
            with suppress(RuntimeError):  # the loop is closed: nobody is there to hear
                self._loop.call_soon_threadsafe(self._take)

    def _take(self) -> None:
        with self._lock:
            taken, self._waiting = self._waiting, {}
        self._serve(taken)


class Playback:
    """One video that is being watched: paused at its first frame, until somebody says more. Everything happens on the
    loop's thread; `on_change` hears that `info`, `position` or `problem` is another, `on_picture` each picture.

    `problem` says why it has ended by itself: what is asked of it then is in vain, so open it anew.
    """

    def __init__(self, engine: Engine, path: Path, demand: Demand) -> None:
        self.info: StreamInfo | None = None
        self.position = PlayerPosition()
        self.problem: Problem | None = None
        self.on_change: Callable[[], None] = lambda: None
        self.on_picture: Callable[[Picture], None] = lambda _picture: None
        self._engine = engine
        self._numbers = itertools.count(1)
        self._under_way: Seek | None = None
        self._wanted: Seek | None = None
        self._picture: Picture | None = None
        self._closing = False
        self._opened = asyncio.Event()
        self._ended = asyncio.Event()
        news = _News(self._hear)
        self._screening = Screening(
            str(path),
            demand,
            on_opened=lambda info: news.put("info", info),
            on_position=lambda position: news.put("position", position),
            on_picture=lambda picture: news.put("picture", picture),
            on_end=lambda problem: news.put("end", problem),
        )
        engine.open_player(self._screening)

    @property
    def ended(self) -> bool:
        return self._closing or self._ended.is_set()

    @property
    def picture(self) -> Picture | None:
        """The newest one."""
        return self._picture

    def play(self) -> None:
        """From the beginning, where it is at its end."""
        self._tell(Play())

    def pause(self) -> None:
        self._tell(Pause())

    def seek(self, time_s: float, *, exact: bool = True) -> None:
        """To the frame that is shown at this time. Not `exact`: some picture at once, the right one a moment later.

        While one seek is under way only the newest of those after it counts.
        """
        self._look_for(Seek(next(self._numbers), max(0.0, time_s), -1, exact))

    def seek_frame(self, number: int, *, exact: bool = True) -> None:
        """The same by the frame's number."""
        self._look_for(Seek(next(self._numbers), 0.0, max(0, number), exact))

    def step(self, frames: int) -> None:
        """So many frames on, or back; it is paused then."""
        self._tell(Step(frames))

    def set_speed(self, speed: float) -> None:
        """From 0.25 to 4 times as fast as it was recorded."""
        self._tell(SetSpeed(min(max(speed, SLOWEST), FASTEST)))

    def resize(self, width: int, height: int) -> None:
        """Pixels of the place in which it is shown; 0 where it is not."""
        self._engine.resize_player(self._screening, Demand(width, height))

    async def opened(self) -> None:
        """Wait until it is open. Raises SiappError where it can't be."""
        await self._opened.wait()
        if self.problem is not None:
            raise SiappError(self.problem.code, self.problem.message, **dict(self.problem.values))

    async def close(self) -> None:
        """Answers once the process is gone. Twice does no harm."""
        self._closing = True
        self.on_change, self.on_picture = (lambda: None), (lambda _picture: None)
        self._engine.close_player(self._screening)
        await self._ended.wait()

    def _tell(self, command: PlayerCommand) -> None:
        self._engine.tell_player(self._screening, command)

    def _look_for(self, seek: Seek) -> None:
        self._wanted = seek
        self._send_wanted()

    def _send_wanted(self) -> None:
        if self._under_way is None and self._wanted is not None:
            self._under_way, self._wanted = self._wanted, None
            self._tell(self._under_way)

    def _hear(self, news: dict[str, Any]) -> None:
        self.info = news.get("info", self.info)
        if "position" in news:
            self.position = news["position"]
            if self._under_way is not None and self.position.answered >= self._under_way.number:
                self._under_way = None
                self._send_wanted()
        if self.info is not None:
            self._opened.set()
        if "end" in news:
            self.problem = news["end"]
            self._ended.set()
            self._opened.set()
        self.on_change()
        if "picture" in news:
            self._picture = news["picture"]
            self.on_picture(news["picture"])


class PlayerService:
    """Opens videos for those who watch, a few at once: each is a process."""

    def __init__(self, results: ResultService, engine: Engine) -> None:
        self._results = results
        self._engine = engine
        self._open: set[Playback] = set()

    async def open(self, actor: Actor, name: str, film: Film = Film.RESULT, size: tuple[int, int] = (0, 0)) -> Playback:
        """The video of the test `name`, to be shown on `size` (width, height) pixels. Close it in the end.

        Raises NotFound where there is none, MediaError where it is no video that can be read, TooMany.
        """
        path = await self._path(actor, name, film)
        self._open = {playback for playback in self._open if not playback.ended}
        if len(self._open) >= MOST_PLAYERS:
            raise TooMany(
                "too_many_players",
                _("Too many videos are open at once. Close one of them and try again."),
                retry_after_s=5,
            )
        playback = Playback(self._engine, path, Demand(*size))
        self._open.add(playback)
        try:
            await playback.opened()
        except BaseException:
            await playback.close()
            raise
        return playback

    async def close(self) -> None:
        await asyncio.gather(*(playback.close() for playback in self._open))

    async def _path(self, actor: Actor, name: str, film: Film) -> Path:
        if film is Film.ORIGINAL:
            return await self._results.original(actor, name)
        return await self._results.file(actor, name, VIDEO_NAME)
