"""A version tried on one picture: what it finds, for every threshold that somebody may want to see."""

from collections.abc import Mapping
from dataclasses import dataclass

from siapp.core.domain import DetectedObject, Picture

MOST_BYTES = 64 << 20
"""Of a picture file."""
MOST_PIXELS = 120_000_000
"""What the largest telephones take; the process that decodes it has room for a few copies."""
MOST_SHOWN = 2560
"""Pixels of the longest side of what is given back for display."""
PIXELS_NAME = "pixels.bgra"

MOST_FOUND = 300
"""Objects of one picture, as in a live task."""
IOU_STEPS: tuple[float, ...] = tuple(round(step * 0.05, 2) for step in range(1, 20))


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of the network. `picture`: for display, with what the options that were asked for give.

    `candidates`: every object above `confidence` that some IoU keeps; `kept`: which of them each IoU keeps, best
    first. The network ran once; suppression was done for each IoU of `kept`, so that nothing has to be guessed.
    `inference_ms`: milliseconds of the network alone on this machine's processor.
    """

    picture: Picture
    inference_ms: float
    confidence: float
    candidates: tuple[DetectedObject, ...]
    kept: Mapping[float, tuple[int, ...]]

    def objects(self, confidence: float, iou: float) -> tuple[DetectedObject, ...]:
        """What a run with these options finds, best first. The IoU is taken to the nearest one of `kept`.

        Exact for every confidence from `confidence` on: a better box is never suppressed by a worse one, and the
        best 300 of more are the best 300 still.
        """
        nearest = min(self.kept, key=lambda step: abs(step - iou))
        found = (self.candidates[place] for place in self.kept[nearest])
        return tuple(one for one in found if one.confidence > confidence)
