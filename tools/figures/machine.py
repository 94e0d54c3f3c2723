"""What the measurements share: a screen, a camera, and percentiles in words."""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

SCREEN = "1280x720x24"
CAMERA = """
import sys
from tests.cameras import ScriptedCamera, encode_clip
from tools.demo.scene import Scene
scene = Scene(1280, 720, 1)
with ScriptedCamera(encode_clip([scene.frame(i)[0] for i in range(75)], 75, fps=25, gop=25)) as camera:
    print(camera.url, flush=True)
    sys.stdin.read()
"""


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
def camera() -> Iterator[str]:
    """The address of an RTSP camera, 1280x720 at 25 frames/s, a key frame each second, in its own process."""
    process = subprocess.Popen([sys.executable, "-c", CAMERA], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdin
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(10)


def percentiles(samples: Sequence[float]) -> str:
    """`p50 40 ms, p95 60 ms (1000 pictures)`."""
    if len(samples) < 2:
        return "no pictures"
    cuts = statistics.quantiles(samples, n=20)
    return f"p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms ({len(samples)} pictures)"
