"""The capture process of one camera: connects, decodes once, writes frames to the ring, reconnects.

The main thread keeps the clock, talks to the supervisor and decides; a reader thread sits in FFmpeg. FFmpeg's own
time-outs fire late and a killed server looks like the end of a file, so the age of the last frame decides.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import av

from siapp.core.domain import DeviceState
from siapp.core.errors import MediaError, SiappError
from siapp.core.i18n import _
from siapp.core.specs import CameraSource
from siapp.core.video.pictures import i420_to_bgr, to_i420
from siapp.core.video.source import OPEN_S, TimedFrame, VideoSource, open_camera, open_file
from siapp.core.workers.backoff import Backoff
from siapp.core.workers.channel import Channel
from siapp.core.workers.messages import (
    Command,
    FrameWritten,
    PictureRingGranted,
    PictureRingWanted,
    RingGranted,
    RingWanted,
    Show,
    SourceState,
    Stop,
)
from siapp.core.workers.publisher import NOTHING_FOUND, Publisher, Shot, clock
from siapp.core.workers.ring import Ring, SlotInfo

STALL_S = 5.0
LONGEST_STALL_S = 30.0
STALL_INTERVALS = 5
FIRST_FRAME_S = 10.0
REFUSED_LOGIN_TRIES = 2
REFUSED_LOGIN_WAIT_S = 300.0
OFFLINE_AFTER = 5  # tries in a row
GRANT_S = 2.0

_STALLED = _("The camera has sent no picture for {seconds} s.")
_ENDED = _("The camera ended the connection.")
_TIMEOUT = _("The camera does not answer. Check its address, and whether it is switched on.")


class FrameClock:
    """When a camera counts as stalled: after 5 s or 5 of its own frame intervals, at most 30 s."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=10)

    def tick(self, at: float) -> None:
        self._times.append(at)

    @property
    def limit_s(self) -> float:
        if len(self._times) < 2:
            return FIRST_FRAME_S
        interval = (self._times[-1] - self._times[0]) / (len(self._times) - 1)
        return min(LONGEST_STALL_S, max(STALL_S, STALL_INTERVALS * interval))

    def left_s(self, since: float, now: float) -> float:
        """Seconds until the stall; `since` counts where no frame has come yet."""
        return (self._times[-1] if self._times else since) + self.limit_s - now


class Reader:
    """One connection to the camera on a thread of its own. `news` can be waited on: opened, first frame, ended."""

    def __init__(self, source: CameraSource, on_frame: Callable[[av.VideoFrame], None]) -> None:
        self._source = source
        self._on_frame = on_frame
        self.news, self._tell = get_context("spawn").Pipe(duplex=False)
        self.started_at = time.monotonic()
        self.opened_at: float | None = None
        self.frames = FrameClock()
        self.frame_count = 0
        self.decode_errors = 0
        self.error: SiappError | None = None
        self.ended = False
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)
        self._thread.start()

    def abandon(self) -> None:
        """Want nothing more of it. Where FFmpeg waits, the thread finds out at its next time-out, and then closes:
        closing from here while it reads would crash."""
        self._abandoned.set()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def hear(self) -> None:
        while self.news.poll():
            self.news.recv_bytes()

    def _run(self) -> None:
        try:
            with self._open() as stream:
                self.opened_at = time.monotonic()
                self._tell.send_bytes(b"o")
                self._read(stream)
        except SiappError as error:
            self.error = error
        finally:
            self.ended = True
            self._tell.send_bytes(b"e")

    def _open(self) -> VideoSource:
        return open_file(Path(self._source.url)) if self._source.is_file else open_camera(self._source.url)

    def _read(self, stream: VideoSource) -> None:
        frame_s = 1 / (stream.info.fps or 25)
        pace = time.monotonic()
        while not self._abandoned.is_set():
            last_s = 0.0
            for frame in stream.frames(lambda: not self._abandoned.is_set()):
                if self._source.is_file:
                    self._wait_until(pace + frame.time_s)
                if self._abandoned.is_set():
                    return
                self._take(frame, stream.decode_errors)
                last_s = frame.time_s
            if self._abandoned.is_set():
                return
            if not self._source.is_file or not self.frame_count:
                raise MediaError("network", _ENDED)
            # A file acts as a camera: its last frame lasts as long as the others.
            pace += last_s + frame_s
            stream.rewind()

    def _take(self, frame: TimedFrame, decode_errors: int) -> None:
        self.frames.tick(time.monotonic() if self._source.is_file else frame.arrived_at)
        self.decode_errors = decode_errors
        if frame.damaged:
            return
        self._on_frame(frame.picture)
        self.frame_count += 1
        if self.frame_count == 1:
            self._tell.send_bytes(b"f")

    @staticmethod
    def _wait_until(moment: float) -> None:
        time.sleep(max(0.0, moment - time.monotonic()))


class Capture:
    """Keeps one camera connected, as long as the process lives."""

    def __init__(self, channel: Channel, source: CameraSource) -> None:
        self._channel = channel
        self._source = source
        self._backoff = Backoff()
        self._publisher = Publisher(channel, PictureRingWanted, ())
        self._publishing = threading.Lock()
        self._ring: Ring | None = None
        self._granted = threading.Event()
        self._seq = 0
        self._failures = 0
        self._stopping = False
        self._state: SourceState | None = None

    def run(self) -> None:
        self._channel.ready()
        self._say(DeviceState.CONNECTING)
        while not self._stopping:
            problem = self._stay_connected()
            if problem is not None:
                self._rest(problem)

    def _stay_connected(self) -> SiappError | None:
        """One connection from its start to its end. Why it ended, None where a stop was asked for."""
        reader = Reader(self._source, self._take)
        shown = False
        while True:
            now = time.monotonic()
            problem = self._judge(reader, now)
            if problem is not None or self._stopping:
                reader.abandon()
                if reader.ended or self._stopping:
                    reader.join(1.0)
                return problem
            if reader.frame_count and not shown:
                shown = True
                self._failures = 0
                self._say(DeviceState.ONLINE)
            if shown:
                self._backoff.good()
            self._serve(self._patience(reader, now), reader.news)
            reader.hear()

    @staticmethod
    def _patience(reader: Reader, now: float) -> float:
        """Seconds until this connection would be given up."""
        if reader.opened_at is None:
            return reader.started_at + OPEN_S - now
        return reader.frames.left_s(reader.opened_at, now)

    def _judge(self, reader: Reader, now: float) -> SiappError | None:
        if reader.ended:
            return reader.error or MediaError("network", _ENDED)
        if self._patience(reader, now) > 0:
            return None
        if not reader.frame_count:
            return MediaError("timeout", _TIMEOUT)
        return MediaError("timeout", _STALLED, seconds=round(reader.frames.limit_s))

    def _rest(self, problem: SiappError) -> None:
        """Say why there is no picture and when the next try is, and wait for that."""
        self._failures += 1
        wait = self._backoff.next_wait()
        if problem.code == "auth_failed" and self._failures >= REFUSED_LOGIN_TRIES:
            wait = REFUSED_LOGIN_WAIT_S
        state = DeviceState.OFFLINE if self._failures >= OFFLINE_AFTER else DeviceState.RECONNECTING
        self._say(state, problem, attempt=self._failures, next_in_s=round(wait, 1))
        until = time.monotonic() + wait
        while not self._stopping and (left := until - time.monotonic()) > 0:
            self._serve(left)

    def _serve(self, longest_s: float, *also: Any) -> None:
        for command in self._channel.receive(longest_s, *also):
            self._obey(command)

    def _obey(self, command: Command) -> None:
        match command:
            case Stop():
                self._stopping = True
            case RingGranted(name):
                self._ring = _attached(name)
                self._granted.set()
            case PictureRingGranted(name):
                with self._publishing:
                    self._publisher.use_ring(name)
            case Show():
                with self._publishing:
                    self._publisher.show(command)

    def _say(self, state: DeviceState, problem: SiappError | None = None, **more: Any) -> None:
        if problem is None:
            self._channel.send(SourceState(state.value))
        else:
            self._channel.send(SourceState(state.value, problem.code, problem.message, {**problem.values, **more}))

    # ---- on the reader's thread ------------------------------------------------------------------------

    def _take(self, frame: av.VideoFrame) -> None:
        captured_at, captured_monotonic = clock()
        i420 = to_i420(frame)
        width, height = i420.shape[1], i420.shape[0] * 2 // 3
        if not self._room_for(i420.nbytes):
            return
        info = SlotInfo(self._seq, width, height, captured_monotonic, captured_at)
        if self._ring is not None:
            self._ring.write(info, [i420.data.cast("B")])
            self._channel.send(FrameWritten(self._seq))
        with self._publishing:
            if not self._publisher.demand.nothing:
                shot = Shot(self._seq, i420_to_bgr(i420), captured_at, captured_monotonic, NOTHING_FOUND)
                self._publisher.publish(shot)
        self._seq += 1

    def _room_for(self, needed: int) -> bool:
        """Whether the ring's slots hold `needed` bytes; asks for a larger ring and waits for it if not."""
        if self._ring is not None and self._ring.slot_bytes >= needed:
            return True
        self._granted.clear()
        self._channel.send(RingWanted(needed))
        return self._granted.wait(GRANT_S) and self._ring is not None and self._ring.slot_bytes >= needed


def capture(channel: Channel, given: dict[str, Any]) -> None:
    """The entry of a capture process. `given`: `source` as CameraSource's JSON."""
    av.logging.set_level(av.logging.PANIC)
    Capture(channel, CameraSource.from_json(given["source"])).run()


def _attached(name: str) -> Ring | None:
    try:
        return Ring.attach(name)
    except FileNotFoundError:
        return None
