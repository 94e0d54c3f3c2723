"""The capture process of one camera: connects, decodes once, writes frames to the ring, reconnects.

The main thread keeps the clock, talks to the supervisor and decides; a reader thread sits in FFmpeg. FFmpeg's own
time-outs fire late and a killed server looks like the end of a file, so the age of the last frame decides.
"""

import queue
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import av
import cv2

from siapp.core.domain import DeviceState
from siapp.core.errors import MediaError, SiappError
from siapp.core.i18n import _
from siapp.core.specs import CameraSource
from siapp.core.video.detections import NOTHING_FOUND
from siapp.core.video.pictures import Pixels, i420_to_bgr, to_i420
from siapp.core.video.source import OPEN_S, TimedFrame, VideoSource, open_source
from siapp.core.workers.backoff import Backoff
from siapp.core.workers.channel import Channel
from siapp.core.workers.figures import Pace
from siapp.core.workers.frame_clock import FrameClock
from siapp.core.workers.glimpses import Glimpses
from siapp.core.workers.messages import (
    FrameWritten,
    PictureRingGranted,
    PictureRingWanted,
    RingGranted,
    RingWanted,
    SetRate,
    Show,
    SourceState,
    Stop,
    TryNow,
)
from siapp.core.workers.publisher import Publisher, Shot, clock
from siapp.core.workers.ring import Ring, SlotInfo

REFUSED_LOGIN_TRIES = 2
REFUSED_LOGIN_WAIT_S = 300.0
OFFLINE_AFTER = 5  # tries in a row
GRANT_S = 2.0
GOODBYE_S = 0.3

_STALLED = _("The camera has sent no picture for {seconds} s.")
_ENDED = _("The camera ended the connection.")
_TIMEOUT = _("The camera does not answer. Check its address, and whether it is switched on.")


class Reader:
    """One connection to the camera on a thread of its own. `on_news` is called there: opened, first frame, ended."""

    def __init__(
        self, source: CameraSource, on_frame: Callable[["Reader", av.VideoFrame], None], on_news: Callable[[], None]
    ) -> None:
        self._source = source
        self._on_frame = on_frame
        self._on_news = on_news
        self.started_at = time.monotonic()
        self.opened_at: float | None = None
        self.frames = FrameClock()
        self.frame_count = 0
        self.decode_errors = 0
        self.error: SiappError | None = None
        self.trace = ""
        self.ended = False
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)
        self._thread.start()

    def goes_on(self) -> bool:
        """Until it is abandoned."""
        return not self._abandoned.is_set()

    def abandon(self, join_s: float = 0.0) -> None:
        """Want nothing more of it. Where FFmpeg waits, the thread finds out at its next time-out, and then closes:
        closing from here while it reads would crash."""
        self._abandoned.set()
        self._thread.join(join_s)

    def _run(self) -> None:
        try:
            with open_source(self._source) as stream:
                self.opened_at = time.monotonic()
                self._on_news()
                self._read(stream)
        except SiappError as error:
            self.error = error
        except Exception:  # noqa: BLE001 - the process goes on with a new connection, and says what happened
            self.trace = traceback.format_exc()
        finally:
            self.ended = True
            self._on_news()

    def _read(self, stream: VideoSource) -> None:
        frame_s = 1 / (stream.info.fps or 25)
        pace = time.monotonic()
        while self.goes_on():
            last_s = 0.0
            for frame in stream.frames(self.goes_on):
                if self._source.is_file:
                    self._abandoned.wait(pace + frame.time_s - time.monotonic())
                if not self.goes_on():
                    return
                self._take(frame, stream.decode_errors)
                last_s = frame.time_s
            if not self._source.is_file or not self.frame_count:
                return
            # A file acts as a camera: its last frame lasts as long as the others.
            pace += last_s + frame_s
            stream.rewind()

    def _take(self, frame: TimedFrame, decode_errors: int) -> None:
        self.frames.tick(time.monotonic() if self._source.is_file else frame.arrived_at, damaged=frame.damaged)
        self.decode_errors = decode_errors
        if frame.damaged:
            return
        self._on_frame(self, frame.picture)
        self.frame_count += 1
        if self.frame_count == 1:
            self._on_news()


class FrameWriter:
    """Frames on their way into the ring and to the previews. `take` is called by one reader after the other, the
    rest by the main thread."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._publisher = Publisher(channel, PictureRingWanted, ())
        self._publishing = threading.Lock()
        # A reader that is being abandoned may still be at work when the next one begins.
        self._taking = threading.Lock()
        self._ring: Ring | None = None
        self._grants: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._seq = 0
        self._decoded = 0
        self._pace = Pace()
        self._max_fps: float | None = None

    def obey(self, command: RingGranted | PictureRingGranted | SetRate | Show) -> None:
        match command:
            case RingGranted(name):
                self._grants.put(name)
            case PictureRingGranted(name):
                with self._publishing:
                    self._publisher.use_ring(name)
            case SetRate(max_fps):
                self._max_fps, self._pace = max_fps, Pace()
            case Show():
                with self._publishing:
                    self._publisher.show(command)

    def take(self, reader: Reader, frame: av.VideoFrame) -> None:
        with self._taking:
            if not reader.goes_on():
                return
            self._decoded += 1
            if self._pace.lets_through(self._max_fps):  # what nobody needs is not converted
                self._write(to_i420(frame), *clock())

    def _write(self, i420: Pixels, captured_at: float, captured_monotonic: float) -> None:
        ring = self._ring_for(i420.nbytes)
        if ring is None:
            return
        width, height = i420.shape[1], i420.shape[0] * 2 // 3
        ring.write(SlotInfo(self._seq, width, height, captured_monotonic, captured_at), [i420.data.cast("B")])
        self._channel.send(FrameWritten(self._seq, self._decoded))
        with self._publishing:
            if not self._publisher.demand.nothing:
                shot = Shot(self._seq, i420_to_bgr(i420), captured_at, captured_monotonic, NOTHING_FOUND)
                self._publisher.publish(shot)
        self._seq += 1

    def _ring_for(self, needed: int) -> Ring | None:
        """A ring whose slots hold `needed` bytes. None where the supervisor gives none in time: the frame is lost."""
        if not self._holds(needed):
            self._channel.send(RingWanted(needed))
            with suppress(queue.Empty):
                self._use(self._grants.get(timeout=GRANT_S))
        return self._ring if self._holds(needed) else None

    def _holds(self, needed: int) -> bool:
        while not self._grants.empty():  # granted too late for the last frame; the newest is the one that counts
            self._use(self._grants.get())
        return self._ring is not None and self._ring.slot_bytes >= needed

    def _use(self, name: str) -> None:
        if self._ring is not None:
            self._ring.close()
            self._ring = None
        with suppress(FileNotFoundError):  # replaced already; the next frame asks again
            self._ring = Ring.attach(name)


class Capture:
    """Keeps one camera connected, as long as the process lives."""

    def __init__(self, channel: Channel, source: CameraSource) -> None:
        self._channel = channel
        self._source = source
        self._writer = FrameWriter(channel)
        self._glimpses = Glimpses(channel)
        self._news, self._tell = get_context("spawn").Pipe(duplex=False)
        self._backoff = Backoff()
        self._failures = 0
        self._refused_logins = 0
        self._stopping = False
        self._hurry = False

    def run(self) -> None:
        self._channel.ready()
        self._say(DeviceState.CONNECTING)
        while not self._stopping:
            problem = self._stay_connected()
            if problem is not None:
                self._rest(problem)

    def _stay_connected(self) -> SiappError | None:
        """One connection from its start to its end. Why it ended, None where a stop was asked for."""
        reader = Reader(self._source, self._take, lambda: self._tell.send_bytes(b"n"))
        try:
            return self._watch(reader)
        finally:
            # Soon gone in order, where it does not sit in FFmpeg: the camera is told, and not left to find out.
            reader.abandon(GOODBYE_S)
            if reader.decode_errors:
                self._channel.log("WARNING", f"{reader.decode_errors} packets could not be decoded")
            if reader.trace:
                self._channel.crashed(reader.trace)

    def _take(self, reader: Reader, frame: av.VideoFrame) -> None:
        self._writer.take(reader, frame)
        if reader.goes_on():
            self._glimpses.take(frame)

    def _watch(self, reader: Reader) -> SiappError | None:
        shown = False
        while not self._stopping:
            now = time.monotonic()
            problem = self._judge(reader, now)
            if problem is not None:
                return problem
            if reader.frame_count and not shown:
                shown = True
                self._failures = self._refused_logins = 0
                self._say(DeviceState.ONLINE)
            if shown:
                self._backoff.good()
            self._serve(self._patience(reader, now), self._news)
        return None

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
        return MediaError("timeout", _STALLED, seconds=round(reader.frames.silent_s(reader.started_at, now)))

    def _rest(self, problem: SiappError) -> None:
        """Say why there is no picture and when the next try is, and wait for that."""
        self._failures += 1
        self._hurry = False  # what was asked for before was this very try
        wait = self._wait_after(problem)
        state = DeviceState.OFFLINE if self._failures >= OFFLINE_AFTER else DeviceState.RECONNECTING
        self._say(state, problem, attempt=self._failures, next_in_s=round(wait, 1))
        until = time.monotonic() + wait
        while not self._stopping and not self._hurry and (left := until - time.monotonic()) > 0:
            self._serve(left)

    def _wait_after(self, problem: SiappError) -> float:
        """Seconds to the next try. A camera may lock an account after a few wrong passwords."""
        wait = self._backoff.next_wait()
        self._refused_logins = self._refused_logins + 1 if problem.code == "auth_failed" else 0
        return wait if self._refused_logins < REFUSED_LOGIN_TRIES else REFUSED_LOGIN_WAIT_S

    def _serve(self, longest_s: float, *also: Connection) -> None:
        """Obey what is commanded, or wait for it, or for news from the reader."""
        for command in self._channel.receive(longest_s, *also):
            match command:
                case Stop():
                    self._stopping = True
                case TryNow():
                    self._hurry = True
                case RingGranted() | PictureRingGranted() | SetRate() | Show():
                    self._writer.obey(command)
        while self._news.poll():
            self._news.recv_bytes()

    def _say(self, state: DeviceState, problem: SiappError | None = None, **more: Any) -> None:
        if problem is None:
            self._channel.send(SourceState(state.value))
        else:
            self._channel.send(SourceState(state.value, problem.code, problem.message, {**problem.values, **more}))


def capture(channel: Channel, given: dict[str, Any]) -> None:
    """The entry of a capture process. `given`: `source` as CameraSource's JSON."""
    cv2.setNumThreads(1)  # its own would come on top of the plan of the cores
    Capture(channel, CameraSource.from_json(given["source"])).run()
