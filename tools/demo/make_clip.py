"""Renders the demo camera's clip and what is to be seen in it: `python -m tools.demo.make_clip`.

The clip's last frame leads to its first, so that a camera which plays it again and again shows a street without end.
"""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from tools.demo.ground import Picture
from tools.demo.scene import DEMO_SEED, LABELS, PERIOD, GroundTruth, Scene

FOLDER = Path(__file__).parents[2] / "resources" / "demo"
WIDTH, HEIGHT = 960, 540
FRAMES_PER_SECOND = 15
# No B-frames and a key frame in every second, as cameras send: a viewer who comes late sees a picture soon.
ENCODER = {"preset": "slow", "crf": "25", "g": "15", "keyint_min": "15", "sc_threshold": "0", "bf": "0"}


def make_clip(folder: Path) -> tuple[Path, Path]:
    """Write demo.mp4 and demo.truth.json into `folder`."""
    video, truth = folder / "demo.mp4", folder / "demo.truth.json"
    scene = Scene(WIDTH, HEIGHT, DEMO_SEED)
    frames = []
    with av.open(str(video), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options=ENCODER)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(PERIOD):
            picture, items = scene.frame(index)
            container.mux(stream.encode(as_frame(picture, index)))
            frames.append([row(item) for item in items])
        container.mux(stream.encode(None))
    truth.write_text(as_json(frames), encoding="ascii")
    return video, truth


def as_frame(picture: Picture, index: int) -> av.VideoFrame:
    """A BGR picture as PyAV's frame, with its time."""
    frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
    frame.pts, frame.time_base = index, Fraction(1, FRAMES_PER_SECOND)
    return frame


def row(item: GroundTruth) -> list[float]:
    """Class, x1, y1, x2, y2; a box's sides lie on halves of a pixel, so that one decimal is exact."""
    return [item.class_id, *(round(side, 1) for side in item.box)]


def as_json(frames: list[list[list[float]]]) -> str:
    """The truth of all frames, one frame to a line."""
    head: dict[str, Any] = {"width": WIDTH, "height": HEIGHT, "fps": FRAMES_PER_SECOND, "seed": DEMO_SEED}
    head |= {"labels": list(LABELS), "row": ["class_id", "x1", "y1", "x2", "y2"]}
    lines = ",\n".join(json.dumps(frame, separators=(",", ":")) for frame in frames)
    return json.dumps(head)[:-1] + f', "frames": [\n{lines}\n]}}\n'


def main() -> None:
    """Render, and say how large it became."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER)
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for path in make_clip(folder):
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
