"""Streets that the cameras of the pictures show: each seed is another one. `python -m tools.screenshots.clips FOLDER`.

In a process of its own: OpenCV's wheel carries a second Qt, which must not meet the window's.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import av
import cv2

from tools.demo.make_clip import ENCODER, FRAMES_PER_SECOND, as_frame
from tools.demo.scene import Scene

SEEDS = {"street": 3, "yard": 5, "gate": 11, "crossing": 23}
WIDTH, HEIGHT, FRAMES = 640, 360, 90


def render(folder: Path, name: str) -> Path:
    """Six seconds of one street as NAME.mp4, and its first moment as NAME.jpg."""
    path = folder / f"{name}.mp4"
    scene = Scene(WIDTH, HEIGHT, SEEDS[name])
    cv2.imwrite(str(path.with_suffix(".jpg")), scene.frame(0)[0])
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options={**ENCODER, "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(FRAMES):
            container.mux(stream.encode(as_frame(scene.frame(index)[0], index)))
        container.mux(stream.encode(None))
    return path


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as processes:
        for made in processes.map(partial(render, Path(sys.argv[1])), SEEDS):
            print(made.name)
