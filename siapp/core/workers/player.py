"""The player process of one video: decodes, keeps the time, and goes where it is told to.

The main process opens no media, so the window's player is a pair: this one decodes and scales, that one paints.
Commands are served between two frames: whatever is asked newly ends what was asked before.
"""

import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

from siapp.core.errors import MediaError
from siapp.core.i18n import _
from siapp.core.video.detections import NOTHING_FOUND
from siapp.core.video.pictures import Pixels, to_bgr
from siapp.core.video.reel import Look, Reel, look_through
from siapp.core.workers.channel import Channel
from siapp.core.workers.messages import (
    Command,
    Opened,
    Pause,
    PictureRingGranted,
    PictureRingWanted,
    Play,
    Position,
    Seek,
    SetSpeed,
    Show,
    Step,
    Stop,
)
from siapp.core.workers.publisher import Publisher, Shot

IDLE_S = 60.0
NEAR_FRAMES = 12  # ahead: decoding on is sooner there than a seek
INDEX_S = 0.3  # that the first picture waits for the index, so that most files have exact numbers from the start
LEAST_GAP_S = 1 / 60  # between two pictures: nobody sees more
GAP_WHEN_LATE_S = 0.1
LATE_S, MUCH_TOO_LATE_S = 0.05, 0.5
SPEEDS = 0.25, 4.0


@dataclass(slots=True)
class Goal:
    """The frame that is being looked for. `quick`: the first one on the way is shown, too."""

    number: int
    quick: bool = False
    answers: int | None = None


@dataclass(slots=True)
class Clock:
    """What time it is in the video while it plays: `time_s` at `since` of the monotonic clock."""

    since: float
    time_s: float
    speed: float

    def due(self, time_s: float) -> float:
        """When a frame is to be shown."""
        return self.since + (time_s - self.time_s) / self.speed


class Player:
    """Shows one video. Begins at its first frame, paused."""

    def __init__(self, channel: Channel, path: Path) -> None:
        self._channel = channel
        self._path = path
        self._reel = Reel(path)
        self._publisher = Publisher(channel, PictureRingWanted, ())
        self._news, self._tell = get_context("spawn").Pipe(duplex=False)
        self._goal: Goal | None = Goal(0)
        self._clock: Clock | None = None
        self._speed = 1.0
        self._shown: tuple[Look, Pixels] | None = None
        self._shown_at = 0.0
        self._passed: Look | None = None  # decoded, and not shown
        self._coming: Look | None = None  # decoded, and not yet due
        self._next: int | None = None  # at the earliest, without a seek; None where nobody knows
        self._at_end = False
        self._answered = 0
        self._stopping = False

    def run(self) -> None:
        indexing = threading.Thread(target=self._index, name="index", daemon=True)
        indexing.start()
        indexing.join(INDEX_S)
        self._channel.ready()
        self._channel.send(Opened(asdict(self._reel.info)))
        while not self._stopping:
            for command in self._channel.receive(self._patience(), self._news):
                self._obey(command)
            self._hear_of_index()
            if self._goal is not None:
                self._approach(self._goal)
            elif self._clock is not None:
                self._roll(self._clock)

    def _index(self) -> None:
        """On a thread of its own: a long video takes its time, and plays meanwhile."""
        with suppress(MediaError):
            self._reel.index = look_through(self._path)
            self._tell.send_bytes(b"i")

    def _hear_of_index(self) -> None:
        if self._news.poll():
            self._news.recv_bytes()
            self._channel.send(Opened(asdict(self._reel.info)))
            if self._shown is not None:
                look, bgr = self._shown
                self._shown = self._reel.placed(look.picture), bgr
                self._say()

    def _patience(self) -> float:
        """Seconds until there is something to do, unless a command comes."""
        if self._goal is not None:
            return 0.0
        if self._clock is None:
            return IDLE_S
        return max(0.0, self._clock.due(self._coming.time_s) - time.monotonic()) if self._coming else 0.0

    # ---- commands ------------------------------------------------------------------------------------------

    def _obey(self, command: Command) -> None:
        match command:
            case Stop():
                self._stopping = True
            case Play():
                self._play()
            case Pause():
                self._pause()
            case Seek(number, time_s, frame, exact):
                self._look_for(Goal(frame if frame >= 0 else self._reel.number_at(time_s), not exact, number))
            case Step(frames):
                self._step(frames)
            case SetSpeed(speed):
                self._set_speed(speed)
            case PictureRingGranted(name):
                self._publisher.use_ring(name)
                self._show_again()
            case Show():
                self._publisher.show(command)
                self._show_again()

    def _play(self) -> None:
        if self._at_end:
            self._look_for(Goal(0))
        self._restart_clock()
        self._say()

    def _pause(self) -> None:
        self._clock = None
        self._say()

    def _step(self, frames: int) -> None:
        self._clock = None
        here = self._goal.number if self._goal else self._shown[0].number if self._shown else 0
        self._look_for(Goal(max(0, here + frames)))

    def _set_speed(self, speed: float) -> None:
        self._speed = min(max(speed, SPEEDS[0]), SPEEDS[1])
        if self._clock is not None:
            self._restart_clock()
        self._say()

    def _look_for(self, goal: Goal) -> None:
        """Answers to a goal that is given up go to the one that takes its place."""
        if (last := self._reel.last) is not None:
            goal.number = min(goal.number, last)
        if self._goal is not None and goal.answers is None:
            goal.answers = self._goal.answers
        self._goal, self._at_end, self._passed = goal, False, None
        if self._next is None or not self._next <= goal.number <= self._next + NEAR_FRAMES:
            self._coming = self._next = None
            self._reel.seek(goal.number)

    # ---- pictures ------------------------------------------------------------------------------------------

    def _approach(self, goal: Goal) -> None:
        """One frame nearer to it."""
        look = self._take()
        if look is None:
            self._end(goal.answers)
        elif look.number >= goal.number:
            self._goal = None
            self._at_end = look.number == self._reel.last
            self._show(look, goal.answers)
            if self._clock is not None:
                self._restart_clock()
        elif goal.quick:
            goal.quick = False
            self._show(look, goal.answers)
        else:
            self._passed = look

    def _roll(self, clock: Clock) -> None:
        """Decode the next frame, then show it when it is due."""
        if self._coming is None:
            self._coming = self._decode()
            if self._coming is None:
                self._end(None)
            return
        now = time.monotonic()
        late = now - clock.due(self._coming.time_s)
        if late < 0:
            return
        look = self._coming
        self._coming, self._next = None, look.number + 1
        if late > MUCH_TOO_LATE_S:  # this machine can't: rather slow than in leaps
            self._clock = Clock(now, look.time_s, self._speed)
        if now - self._shown_at < (LEAST_GAP_S if late < LATE_S else GAP_WHEN_LATE_S):
            self._passed = look
        else:
            self._passed = None
            self._show(look, None)

    def _take(self) -> Look | None:
        coming, self._coming = self._coming, None
        look = coming or self._decode()
        self._next = None if look is None else look.number + 1
        return look

    def _decode(self) -> Look | None:
        look = self._reel.next()
        self._next = None if look is None else look.number
        return look

    def _end(self, answers: int | None) -> None:
        """There is no frame after this one."""
        self._goal = self._clock = None
        self._at_end = True
        passed, self._passed = self._passed, None
        if passed is not None:
            self._show(passed, answers)
        elif self._shown is None:
            raise MediaError("no_video", _("There is no video in it, or none that siapp can read."))
        else:
            self._answer(answers)
            self._say()

    def _show(self, look: Look, answers: int | None) -> None:
        self._shown, self._shown_at = (look, to_bgr(look.picture)), time.monotonic()
        self._answer(answers)
        self._say()
        self._show_again()

    def _show_again(self) -> None:
        """The same frame in another size, or in a new ring."""
        if self._shown is not None and not self._publisher.demand.nothing:
            look, bgr = self._shown
            self._publisher.publish(Shot(look.number, bgr, time.time(), time.monotonic(), NOTHING_FOUND))

    def _answer(self, number: int | None) -> None:
        self._answered = self._answered if number is None else number

    def _say(self) -> None:
        if self._shown is not None:
            look = self._shown[0]
            playing = self._clock is not None
            self._channel.send(
                Position(round(look.time_s, 6), look.number, playing, self._at_end, self._speed, self._answered)
            )

    def _restart_clock(self) -> None:
        time_s = self._shown[0].time_s if self._shown else 0.0
        self._clock = Clock(time.monotonic(), time_s, self._speed)


def player(channel: Channel, given: dict[str, Any]) -> None:
    """The entry of a player process. `given`: `path` of a video file."""
    cv2.setNumThreads(1)  # its own would come on top of the plan of the cores
    Player(channel, Path(given["path"])).run()
