"""How well the demo network sees in the demo clip: `python -m tools.demo.evaluate`. Needs `siapp[ultralytics]`."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import av
import numpy as np

from tools.demo.camera import Floats
from tools.demo.ground import Picture
from tools.demo.make_clip import FOLDER
from tools.demo.scene import LABELS
from tools.demo.ultra import OVERLAP, detections, quiet_ultralytics

MATCH = 0.5
"""Overlap (IoU) from which a detection is the object."""


@dataclass
class Score:
    """Counts over all frames; `overlaps` holds the IoU of each match."""

    objects: int = 0
    detections: int = 0
    overlaps: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        matched = len(self.overlaps)
        recall, precision = matched / max(1, self.objects), matched / max(1, self.detections)
        mean = float(np.mean(self.overlaps)) if matched else 0.0
        return f"recall {recall:.3f}, precision {precision:.3f}, mean IoU {mean:.3f} of {self.objects} objects"


def overlap(first: Floats, second: Floats) -> Floats:
    """The IoU of each of N boxes with each of M boxes (x1, y1, x2, y2): (N, M)."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (first, second)]
    return np.asarray(shared / (areas[0][:, None] + areas[1][None] - shared))


def matches(truth: Floats, found: Floats) -> list[float]:
    """The IoU of each pair when truth and detections of one class are paired, best overlap first."""
    table, pairs = overlap(truth, found), []
    while table.size and table.max() >= MATCH:
        row, column = np.unravel_index(int(table.argmax()), table.shape)
        pairs.append(float(table[row, column]))
        table[row, :], table[:, column] = 0, 0
    return pairs


def pictures(video: Path) -> Iterator[Picture]:
    """The decoded frames of a file, (H, W, 3) uint8 BGR."""
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8)


def evaluate(see: Callable[[Picture], np.ndarray], folder: Path, step: int) -> list[Score]:
    """One score to each class, over every `step`-th frame of the clip; `see` gives rows of box, score, class."""
    scores = [Score() for _ in LABELS]
    frames = json.loads((folder / "demo.truth.json").read_text(encoding="ascii"))["frames"]
    for index, picture in enumerate(pictures(folder / "demo.mp4")):
        if index % step == 0:
            count(scores, np.array(frames[index], dtype=float), see(picture).astype(float))
    return scores


def count(scores: list[Score], truth: Floats, found: Floats) -> None:
    """Add one frame: truth rows are class and box, detections are box, score, class."""
    for class_id, score in enumerate(scores):
        mine, seen = truth[truth[:, 0] == class_id, 1:], found[found[:, 5] == class_id, :4]
        score.objects += len(mine)
        score.detections += len(seen)
        score.overlaps += matches(mine, seen)


def main() -> None:
    """Print the score of each class and of all together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=FOLDER / "demo.pt")
    parser.add_argument("--clip-folder", type=Path, default=FOLDER)
    parser.add_argument("--size", type=int, default=640, help="the network's longer side in pixels")
    parser.add_argument("--overlap", type=float, default=OVERLAP, help="IoU from which two detections are one")
    parser.add_argument("--step", type=int, default=3, help="look at every so many frames")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = quiet_ultralytics(Path(folder)).YOLO(str(options.weights))
        see = partial(detections, model, size=options.size, overlap=options.overlap)
        scores = evaluate(see, options.clip_folder, options.step)
    for label, score in zip(LABELS, scores, strict=True):
        print(f"{label:8} {score}")
    overlaps = [value for score in scores for value in score.overlaps]
    print("all     ", Score(sum(s.objects for s in scores), sum(s.detections for s in scores), overlaps))


if __name__ == "__main__":
    main()
