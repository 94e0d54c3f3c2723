"""What an inference library does for siapp, whichever it is: compile an artefact for one size of picture, run it."""

from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from siapp.core.domain import TaskOptions
from siapp.core.video.detections import Detections
from siapp.core.video.letterbox import Letterbox, fill_letterbox
from siapp.core.video.pictures import Pixels
from siapp.core.video.yolo import decode_output


class Purpose(StrEnum):
    """What a network is compiled for: an answer soon for one picture, or many pictures in a given time."""

    LATENCY = "LATENCY"
    THROUGHPUT = "THROUGHPUT"


class Request(Protocol):
    """One picture's way through a network, used again and again."""

    @property
    def canvas(self) -> Pixels:
        """The input: uint8 (H, W, 3), BGR, grey where `fill_letterbox` leaves it. Not to be touched in flight."""

    def start(self) -> None:
        """Run the network on what the canvas holds; does not wait."""

    def result(self) -> NDArray[np.float32]:
        """Wait for the answer: [4 + classes, N], valid until the next start."""


class CompiledNetwork(Protocol):
    """An artefact in the form in which a device runs it, for one size of input."""

    @property
    def parallel(self) -> int:
        """How many requests in flight keep the device busy."""

    @property
    def precision(self) -> str:
        """The type in which it computes, for people: "f32", "bf16", "f16", "tf32"."""

    def request(self) -> Request: ...


class Network:
    """A compiled network with the letterbox for pictures of one size (width, height)."""

    def __init__(self, compiled: CompiledNetwork, box: Letterbox, size: tuple[int, int]) -> None:
        self.compiled = compiled
        self.box = box
        self.size = size
        self._request: Request | None = None

    def detect(self, bgr: Pixels, options: TaskOptions) -> Detections:
        """The objects in one picture (H, W, 3) of this network's size; waits for the answer."""
        if self._request is None:
            self._request = self.compiled.request()
        self.start(self._request, bgr)
        return self.finish(self._request, options)

    def start(self, request: Request, bgr: Pixels) -> None:
        """Send a picture on its way; does not wait."""
        fill_letterbox(bgr, self.box, request.canvas)
        request.start()

    def finish(self, request: Request, options: TaskOptions) -> Detections:
        """Wait for what was found, in pixels of the source picture."""
        return decode_output(request.result(), self.box, self.size, options)
