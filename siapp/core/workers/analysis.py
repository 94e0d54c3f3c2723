"""The analysis process of one live task: the newest frame of its camera's ring, the network, the result.

One thread: commands are served between two frames. The supervisor sends one frame's number at a time.
"""

import threading
import time
from contextlib import suppress
from typing import Any

import cv2
import numpy as np

from siapp.core.domain import TaskOptions
from siapp.core.errors import SiappError
from siapp.core.keyframes import KeyFrameSpec
from siapp.core.specs import InferenceSpec, ModelSpec, options_from_json
from siapp.core.video.detector import Detector, brief
from siapp.core.video.network import Network, Purpose
from siapp.core.video.pictures import i420_to_bgr
from siapp.core.workers.album import Album
from siapp.core.workers.channel import Channel
from siapp.core.workers.messages import (
    Command,
    FrameReady,
    KeyFrameWanted,
    ModelInUse,
    PictureRingGranted,
    PictureRingWanted,
    SetInference,
    SetModel,
    SetOptions,
    Show,
    Skipped,
    SourceRing,
    Stop,
    WarmingUp,
)
from siapp.core.workers.publisher import Publisher, Shot
from siapp.core.workers.ring import Ring, Slot, release

IDLE_S = 60.0
LAST_WRITES_S = 1.0
NO_SIZE = 0, 0
LIKELY_SIZE = 1280, 720  # as every picture of 16 to 9


class Preparation:
    """A detector that is compiled on a thread of its own, beside the one in use, for pictures of one size."""

    def __init__(self, detector: Detector, size: tuple[int, int]) -> None:
        self.detector = detector
        self.size = size
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._compile, name="compile", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def _compile(self) -> None:
        try:
            self.detector.network(*self.size)
        except Exception as error:  # noqa: BLE001 - the network in use stays, and the log says why
            self.error = error


class Analysis:
    """Analyses what it is given, one frame after the other."""

    def __init__(
        self,
        channel: Channel,
        model: ModelSpec,
        options: TaskOptions,
        inference: InferenceSpec,
        album: Album | None = None,
    ) -> None:
        self._channel = channel
        self._model = model
        self._inference = inference
        self._detector = self._new_detector()
        self._options = options
        self._publisher = Publisher(channel, PictureRingWanted, model.classes)
        self._publisher.labels = options.draw_labels
        self._album = album
        self._source: Ring | None = None
        self._due: int | None = None
        self._size = NO_SIZE
        self._preparation: Preparation | None = None
        self._stopping = False

    def run(self) -> None:
        self._channel.ready()
        self._warm_up()
        while not self._stopping:
            for command in self._channel.receive(0.0 if self._due is not None else IDLE_S):
                self._obey(command)
            if self._due is not None and not self._stopping:
                seq, self._due = self._due, None
                self._analyse(seq)
        if self._album is not None:
            self._album.close(LAST_WRITES_S)

    def _warm_up(self) -> None:
        """Compile what most cameras' pictures need while this one is still being connected."""
        for command in self._channel.receive(0.0):
            self._obey(command)
        if self._source is None and not self._stopping:
            self._channel.send(WarmingUp())
            with suppress(SiappError):  # the camera's own size will tell
                self._detector.network(*LIKELY_SIZE)

    def _obey(self, command: Command) -> None:
        match command:
            case Stop():
                self._stopping = True
            case FrameReady(seq):
                self._due = seq
            case SourceRing(name):
                self._read_from(name)
            case PictureRingGranted(name):
                self._publisher.use_ring(name)
            case Show():
                self._publisher.show(command)
            case KeyFrameWanted():
                self._publisher.video.want_key_frame()
            case SetOptions(options):
                self._options = options_from_json(options)
                self._publisher.labels = self._options.draw_labels
            case SetInference(inference):
                self._prepare(InferenceSpec.from_json(inference))
            case SetModel(model):
                self._use_model(ModelSpec.from_json(model))

    def _analyse(self, seq: int) -> None:
        slot = self._source.borrow(seq) if self._source else None
        if slot is None or self._source is None:
            self._channel.send(Skipped())
            return
        bgr = _bgr(slot)
        whole = self._source.still(slot)
        release(slot)
        if not whole:
            self._channel.send(Skipped())
            return
        network = self._network(bgr.shape[1], bgr.shape[0])
        started = time.perf_counter()
        found = network.detect(bgr, self._options)
        took_ms = (time.perf_counter() - started) * 1000
        info = slot.info
        shot = Shot(seq, bgr, info.captured_at, info.captured_monotonic, found, took_ms)
        self._publisher.publish(shot)
        if self._album is not None:
            options = self._options
            self._album.look(shot, options.keyframe_interval, self._publisher.classes, options.draw_labels)

    def _network(self, width: int, height: int) -> Network:
        """The network for pictures of this size. Compiling one can take longer than silence is suffered."""
        self._take_prepared()
        if (width, height) != self._size:
            self._size = width, height
            self._channel.send(WarmingUp())
        return self._detector.network(width, height)

    def _read_from(self, name: str) -> None:
        if self._source is not None:
            self._source.close()
        if self._due is not None:
            # Its number belongs to the ring that is gone; the answer keeps the supervisor sending.
            self._due = None
            self._channel.send(Skipped())
        try:
            self._source = Ring.attach(name)
        except FileNotFoundError:
            self._source = None

    def _prepare(self, inference: InferenceSpec) -> None:
        """Run the network otherwise from now on, without a pause in the pictures."""
        self._inference = inference
        detector = self._new_detector()
        if self._size == NO_SIZE:
            self._detector = detector
        else:
            self._preparation = Preparation(detector, self._size)

    def _take_prepared(self) -> None:
        prepared = self._preparation
        if prepared is None or not prepared.done:
            return
        self._preparation = None
        if prepared.error is None:
            self._detector, self._size = prepared.detector, prepared.size
            self._channel.log("INFO", f"threads of the network: {self._inference.threads or 'all'}")
        else:
            self._channel.log("WARNING", f"the network stays as it is: {brief(prepared.error)}")

    def _use_model(self, model: ModelSpec) -> None:
        self._model, self._preparation = model, None
        self._detector, self._size = self._new_detector(), NO_SIZE
        self._publisher.classes = model.classes
        self._channel.send(ModelInUse(model.version, list(model.classes)))

    def _new_detector(self) -> Detector:
        return Detector(self._model, Purpose.LATENCY, self._inference)


def analysis(channel: Channel, given: dict[str, Any]) -> None:
    """The entry of an analysis process. `given`: `model`, `options`, `inference` and perhaps `key_frames` as their
    specs' JSON."""
    model, options = ModelSpec.from_json(given["model"]), options_from_json(given["options"])
    cv2.setNumThreads(1)  # its own would come on top of the plan
    kept = given.get("key_frames")
    album = Album(KeyFrameSpec.from_json(kept), channel.log) if kept else None
    Analysis(channel, model, options, InferenceSpec.from_json(given["inference"]), album).run()


def _bgr(slot: Slot) -> Any:
    """The slot's I420 as BGR (H, W, 3): the conversion is the copy that leaves the ring."""
    view = np.frombuffer(slot.parts[0], np.uint8).reshape(slot.info.height * 3 // 2, slot.info.width)
    return i420_to_bgr(view)
