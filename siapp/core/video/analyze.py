"""A recorded video through the detector: every frame, in order, nothing lost. No database, no processes.

Three stages overlap, each on a thread of its own: decoding; pre-processing, the network and what it found; drawing,
encoding and writing. The network has some frames in flight at any time, so that it never waits for the others.
"""

import json
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import av

from siapp.core.domain import TaskOptions
from siapp.core.errors import InvalidInput, MediaError, OutOfSpace
from siapp.core.i18n import _
from siapp.core.space import Space
from siapp.core.specs import InferenceSpec, ModelSpec
from siapp.core.video.canvas import yuv_canvas
from siapp.core.video.detections import Detections
from siapp.core.video.detector import Detector
from siapp.core.video.drawing import class_name, draw
from siapp.core.video.network import Network, Purpose, Request
from siapp.core.video.overlap import overlapped
from siapp.core.video.pictures import Pixels, own_yuv, to_bgr, to_jpeg
from siapp.core.video.source import TimedFrame, VideoSource, open_file
from siapp.core.video.writer import VideoWriter, add_index

logger = logging.getLogger(__name__)

VIDEO_NAME = "output.mp4"
DETECTIONS_NAME = "detections.jsonl"
PROGRESS_EVERY_S = 0.25
MOST_IN_FLIGHT = 16
MOST_WAITING = 4  # between two stages

Progress = Callable[[int, int | None], None]
"""Hears the frames done and, where it is known, how many there are."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an analysis came to. `seconds` leaves import and compilation out."""

    frames: int
    seconds: float
    objects: int
    decode_errors: int


@dataclass(frozen=True, slots=True)
class Analysed:
    """A frame and what was found in it, in pixels of the upright picture of `size` (width, height). `picture` is the
    decoder's: look, don't touch. `time_s` in seconds."""

    number: int
    time_s: float
    picture: av.VideoFrame
    size: tuple[int, int]
    found: Detections


class _Line:
    """Frames of one size in the network, several at a time. They leave in the order in which they came."""

    def __init__(self, network: Network, options: TaskOptions) -> None:
        self._network = network
        self._options = options
        # One more than the network works on: its input is filled meanwhile.
        count = min(MOST_IN_FLIGHT, network.compiled.parallel + 1)
        self._free = [network.compiled.request() for _ in range(count)]
        self._in_flight: deque[tuple[int, TimedFrame, Request]] = deque()

    @property
    def size(self) -> tuple[int, int]:
        return self._network.size

    @property
    def full(self) -> bool:
        return not self._free

    def enter(self, number: int, frame: TimedFrame, bgr: Pixels) -> None:
        """Start on a frame whose upright picture is `bgr` (H, W, 3), of this line's size. Only where it is not full."""
        request = self._free.pop()
        self._network.start(request, bgr)
        self._in_flight.append((number, frame, request))

    def leave(self) -> Analysed:
        """The oldest frame in it; waits until it is done."""
        number, frame, request = self._in_flight.popleft()
        found = self._network.finish(request, self._options)
        self._free.append(request)
        return Analysed(number, frame.time_s, frame.picture, self.size, found)

    def leave_all(self) -> Iterator[Analysed]:
        while self._in_flight:
            yield self.leave()


def analysed(frames: Iterable[TimedFrame], detector: Detector, options: TaskOptions) -> Iterator[Analysed]:
    """Every frame with its detections, numbered from 0, in order. A new size in the middle has its own network."""
    line: _Line | None = None
    for number, frame in enumerate(frames):
        bgr = to_bgr(frame.picture)
        height, width = bgr.shape[:2]
        if line is None or line.size != (width, height):
            if line is not None:
                yield from line.leave_all()
            line = _Line(detector.network(width, height), options)
        if line.full:
            yield line.leave()
        line.enter(number, frame, bgr)
    if line is not None:
        yield from line.leave_all()


class Results:
    """The files of one analysis, directly in `folder`: output.mp4, frame_N.jpg, detections.jsonl.

    The video has the size of the first picture; later ones of other sizes are scaled to it, boxes and all.
    """

    def __init__(self, folder: Path, classes: tuple[str, ...], options: TaskOptions) -> None:
        self._folder = folder
        self._classes = classes
        self._options = options
        self._video: VideoWriter | None = None
        self._lines = (folder / DETECTIONS_NAME).open("w", encoding="utf-8")

    def __enter__(self) -> "Results":
        return self

    def __exit__(self, *_exception: object) -> None:
        try:
            if self._video is not None:
                self._video.close()
        finally:
            self._lines.close()

    def begin_video(self, first: av.VideoFrame, fps: float) -> None:
        """Write output.mp4, too, as large as `first`."""
        self._video = VideoWriter(self._folder / VIDEO_NAME, own_yuv(first), fps)

    def add(self, frame: Analysed) -> None:
        """Write one frame's detections and picture."""
        self._lines.write(self._line(frame))
        is_key_frame = frame.number % self._options.keyframe_interval == 0
        if self._video is None and not is_key_frame:
            return
        drawn = own_yuv(frame.picture)
        draw(yuv_canvas(drawn), frame.found, self._classes, labels=self._options.draw_labels)
        if is_key_frame:
            (self._folder / f"frame_{frame.number}.jpg").write_bytes(to_jpeg(to_bgr(drawn)))
        if self._video is not None:
            self._video.write(drawn, frame.time_s)

    def _line(self, frame: Analysed) -> str:
        width, height = frame.size
        line = {
            "frame": frame.number,
            "time_s": round(frame.time_s, 3),
            "width": width,
            "height": height,
            "objects": [self._object(row) for row in frame.found.tolist()],
        }
        return json.dumps(line, ensure_ascii=False) + "\n"

    def _object(self, row: list[float]) -> dict[str, Any]:
        *box, confidence, class_id = row
        return {
            "class": int(class_id),
            "label": class_name(self._classes, int(class_id)),
            "confidence": round(confidence, 4),
            "box": [round(side, 2) for side in box],
        }


def analyze_file(
    video: Path,
    folder: Path,
    model: ModelSpec,
    options: TaskOptions,
    *,
    inference: InferenceSpec | None = None,
    with_video: bool = True,
    floor: int = 0,
    on_progress: Progress = lambda _done, _total: None,
) -> Summary:
    """Analyse `video` into `folder`. `on_progress` hears how far it is, a few times a second.
    It ends where less than `floor` bytes of the disk are free.

    MediaError: the file is no video. InvalidInput: the results can't be written. SiappError: the network can't be
    opened. OutOfSpace: the disk is nearly full.
    """
    space = Space(folder, floor)
    with open_file(video) as source:
        frames = source.frames()
        first = next(frames, None)
        if first is None:
            raise MediaError(
                "not_a_video", _("This file is not a video that siapp can read. MP4 with H.264 always works.")
            )
        height, width = to_bgr(first.picture).shape[:2]
        detector = Detector(model, Purpose.THROUGHPUT, inference)
        detector.network(width, height)  # compiled before the clock starts
        try:
            with Results(folder, model.classes, options) as results:
                if with_video:
                    results.begin_video(first.picture, source.info.fps)
                decoded = overlapped(chain([first], frames), MOST_WAITING, "decode")
                finished = overlapped(analysed(decoded, detector, options), MOST_WAITING, "detect")
                # The source must not be closed before the thread that reads it has ended.
                with closing(decoded), closing(finished):
                    summary = _run(finished, source, results, space, on_progress)
            if with_video:
                _index(folder / VIDEO_NAME, space)
            return summary
        except OSError as error:
            raise InvalidInput(
                "bad_folder", _("The results can't be written there: {reason}."), reason=error.strerror or "?"
            ) from error


def _index(video: Path, space: Space) -> None:
    """It plays without an index, too, and the copy takes as much again for a moment."""
    try:
        space.refuse(video.stat().st_size)
        add_index(video)
    except (OutOfSpace, OSError) as error:
        logger.warning("the result video has no index: %s", error)


def _run(
    frames: Iterator[Analysed], source: VideoSource, results: Results, space: Space, on_progress: Progress
) -> Summary:
    total = source.info.frames
    started = told = time.perf_counter()
    done = objects = 0
    for frame in frames:
        results.add(frame)
        done, objects = done + 1, objects + len(frame.found)
        if time.perf_counter() - told >= PROGRESS_EVERY_S:
            told = time.perf_counter()
            on_progress(done, total)
            space.refuse(0)
    on_progress(done, total)
    return Summary(done, time.perf_counter() - started, objects, source.decode_errors)
