"""A recorded video through the detector: every frame, in order, nothing lost. No database, no processes.

Decoding, the network, drawing and encoding overlap: while some frames are in the network, the next ones are
decoded and the finished ones written.
"""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from siapp.core.domain import StreamInfo, TaskOptions
from siapp.core.specs import ModelSpec
from siapp.core.video.detector import Detections, Detector, Network, fill_letterbox
from siapp.core.video.drawing import class_name, draw_detections
from siapp.core.video.pictures import Pixels, resized, to_bgr, to_jpeg
from siapp.core.video.source import VideoSource, open_file
from siapp.core.video.writer import VideoWriter

VIDEO_NAME = "output.mp4"
DETECTIONS_NAME = "detections.jsonl"
PROGRESS_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Summary:
    """What an analysis came to. `seconds` leaves import and compilation out."""

    frames: int
    seconds: float
    objects: int
    decode_errors: int


@dataclass(slots=True)
class _InFlight:
    """A frame in the network."""

    number: int
    time_s: float
    bgr: Pixels
    slot: "_Slot"


@dataclass(slots=True)
class _Slot:
    """An inference request with the input it reads from."""

    request: Any
    canvas: Pixels


class Results:
    """The files of one analysis, directly in `folder`: output.mp4, frame_N.jpg, detections.jsonl."""

    def __init__(self, folder: Path, info: StreamInfo, size: tuple[int, int], classes: tuple[str, ...],
                 options: TaskOptions, video: bool) -> None:  # fmt: skip
        self._folder = folder
        self._classes = classes
        self._options = options
        self._size = size
        self._video = VideoWriter(folder / VIDEO_NAME, *size, info.fps) if video else None
        self._lines: TextIO = (folder / DETECTIONS_NAME).open("w", encoding="utf-8")

    def add(self, number: int, time_s: float, bgr: Pixels, found: Detections) -> None:
        """Write one frame's detections and picture. Draws into `bgr`."""
        self._lines.write(json.dumps(self._line(number, time_s, bgr, found), ensure_ascii=False) + "\n")
        is_key_frame = number % self._options.keyframe_interval == 0
        if self._video is None and not is_key_frame:
            return
        draw_detections(bgr, found, self._classes, labels=self._options.draw_labels)
        if is_key_frame:
            (self._folder / f"frame_{number}.jpg").write_bytes(to_jpeg(bgr))
        if self._video is not None:
            self._video.write(resized(bgr, *self._size), time_s)

    def close(self) -> None:
        if self._video is not None:
            self._video.close()
        self._lines.close()

    def _line(self, number: int, time_s: float, bgr: Pixels, found: Detections) -> dict[str, Any]:
        return {
            "frame": number,
            "time_s": round(time_s, 3),
            "width": bgr.shape[1],
            "height": bgr.shape[0],
            "objects": [
                {
                    "class": int(row[5]),
                    "label": class_name(self._classes, int(row[5])),
                    "confidence": round(float(row[4]), 4),
                    "box": [round(float(side), 2) for side in row[:4]],
                }
                for row in found
            ],
        }


class FileAnalysis:
    """One run over one video. Several frames are in the network at a time; results come in the frames' order."""

    def __init__(self, detector: Detector, options: TaskOptions) -> None:
        self._detector = detector
        self._options = options
        self._network: Network | None = None
        self._free: list[_Slot] = []
        self._in_flight: deque[_InFlight] = deque()

    def run(self, source: VideoSource) -> Iterator[tuple[int, float, Pixels, Detections]]:
        """(frame number, seconds, BGR picture (H, W, 3) to draw into, detections) for every frame of `source`."""
        for number, frame in enumerate(source.frames()):
            bgr = to_bgr(frame.picture)
            size = bgr.shape[1], bgr.shape[0]
            if self._network is None or self._network.size != size:
                yield from self._finish_all()  # a new size in the middle: its own network
                self.prepare(*size)
            if not self._free:
                yield self._finish_one()
            self._begin(number, frame.time_s, bgr)
        yield from self._finish_all()

    def prepare(self, width: int, height: int) -> None:
        """Compile the network for pictures of this size."""
        network = self._network = self._detector.network(width, height)
        count = network.compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS") + 1
        self._free = [_Slot(network.compiled.create_infer_request(), network.canvas()) for _ in range(count)]

    def _begin(self, number: int, time_s: float, bgr: Pixels) -> None:
        network, slot = self._network, self._free.pop()
        if network is None:
            raise RuntimeError("no network is prepared")
        fill_letterbox(bgr, network.box, slot.canvas)
        slot.request.start_async({0: slot.canvas[None]}, share_inputs=True)
        self._in_flight.append(_InFlight(number, time_s, bgr, slot))

    def _finish_one(self) -> tuple[int, float, Pixels, Detections]:
        done = self._in_flight.popleft()
        done.slot.request.wait()
        if self._network is None:
            raise RuntimeError("no network is prepared")
        found = self._network.decode(done.slot.request, self._options)
        self._free.append(done.slot)
        return done.number, done.time_s, done.bgr, found

    def _finish_all(self) -> Iterator[tuple[int, float, Pixels, Detections]]:
        while self._in_flight:
            yield self._finish_one()


def analyze_file(
    video: Path,
    folder: Path,
    model: ModelSpec,
    options: TaskOptions,
    *,
    with_video: bool = True,
    on_progress: Callable[[int, int | None], None] = lambda _done, _total: None,
) -> Summary:
    """Analyse `video` into `folder`. `on_progress` hears frames done and in all, a few times a second.

    Raises MediaError where the file is no video, SiappError where the network can't be opened.
    """
    analysis = FileAnalysis(Detector(model, hint="THROUGHPUT"), options)
    with open_file(video) as source:
        info = source.info
        size = info.width & ~1, info.height & ~1
        analysis.prepare(*size)
        results = Results(folder, info, size, model.classes, options, with_video)
        try:
            return _run(analysis, source, results, info.frames, on_progress)
        finally:
            results.close()


def _run(
    analysis: FileAnalysis,
    source: VideoSource,
    results: Results,
    total: int | None,
    on_progress: Callable[[int, int | None], None],
) -> Summary:
    started = told = time.perf_counter()
    frames = objects = 0
    for number, time_s, bgr, found in analysis.run(source):
        results.add(number, time_s, bgr, found)
        frames, objects = number + 1, objects + len(found)
        if time.perf_counter() - told >= PROGRESS_EVERY_S:
            told = time.perf_counter()
            on_progress(frames, total)
    on_progress(frames, total)
    return Summary(frames, time.perf_counter() - started, objects, source.decode_errors)
