"""What the measurements share: a screen, a camera, and percentiles in words."""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

if TYPE_CHECKING:
    from tests.cameras import Picture

SCREEN = "1280x720x24"
CAMERA = """
import sys
from tests.cameras import ScriptedCamera, encode_clip
from tools.figures.machine import pictures
drawn, fps = pictures(sys.argv[1])
with ScriptedCamera(encode_clip(drawn, fps=fps, gop=round(fps))) as camera:
    print(camera.url, flush=True)
    sys.stdin.read()
"""
MOST_PICTURES = 400


@contextmanager
def virtual_screen(screen: str = SCREEN) -> Iterator[dict[str, str]]:
    """An X server of our own; the answer is the environment for its clients."""
    reading, writing = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", screen], pass_fds=[writing],
                              stderr=subprocess.DEVNULL)  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    try:
        yield {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    finally:
        server.terminate()
        server.wait()


@contextmanager
def camera(video: Path | None = None) -> Iterator[str]:
    """The address of an RTSP camera, a key frame each second, in its own process: it shows the beginning of `video`,
    or a street that we draw, 1280x720 at 25 frames/s."""
    command = [sys.executable, "-c", CAMERA, str(video or "")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdin
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(10)


def pictures(video: str) -> "tuple[list[Picture], float]":
    """What `camera` shows, and how many a second."""
    if not video:
        from tools.demo.scene import Scene

        scene = Scene(1280, 720, 1)
        return [scene.frame(number)[0] for number in range(75)], 25.0
    import av

    with av.open(video) as container:
        frames = islice(container.decode(video=0), MOST_PICTURES)
        drawn = [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in frames]
        return drawn, float(container.streams.video[0].average_rate or 25)


def role_of(process: psutil.Process, main_process: psutil.Process) -> str:
    """Of a process of siapp, by the libraries that each kind alone has open."""
    if process.pid == main_process.pid:
        return "main"
    libraries = " ".join(mapped.path for mapped in process.memory_maps())
    return "analysis" if "openvino" in libraries else "capture"


def percentiles(samples: Sequence[float]) -> str:
    """`p50 40 ms, p95 60 ms (1000 pictures)`."""
    if len(samples) < 2:
        return "no pictures"
    cuts = statistics.quantiles(samples, n=20)
    return f"p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms ({len(samples)} pictures)"
