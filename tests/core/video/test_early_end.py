"""An analysis that ends early: the reading thread ends before the file is closed under it (that was a crash)."""

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from siapp.core.video.pictures import own_yuv
from siapp.core.video.writer import VideoWriter

# A network that is faster than decoding, so that the reader is at work when the end comes.
_PROGRAM = """
import sys
from pathlib import Path
import numpy as np
from siapp.core.domain import TaskOptions
from siapp.core.errors import SiappError
from siapp.core.specs import ModelSpec
from siapp.core.video import analyze

class Compiled:
    parallel = 1
    def request(self): return None

class Network:
    compiled = Compiled()
    def __init__(self, size): self.size = size
    def start(self, request, bgr): pass
    def finish(self, request, options): return np.zeros((0, 6), np.float32)

class Detector:
    def __init__(self, *given): pass
    def network(self, width, height): return Network((width, height))

analyze.Detector = Detector
analyze.PROGRESS_EVERY_S = 0

def stop(done, total):
    raise SiappError("stopped", "The analysis was stopped.")

for attempt in range(4):
    try:
        analyze.analyze_file(
            Path(sys.argv[1]), Path(sys.argv[2]), ModelSpec("", ("car",), None, 32), TaskOptions(),
            with_video=False, on_progress=stop,
        )
    except SiappError as error:
        print(error.code, flush=True)
"""


@pytest.fixture(scope="module")
def large_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So large that several threads decode it."""
    path = tmp_path_factory.mktemp("clip") / "large.mp4"
    noise = np.random.default_rng(1).integers(0, 255, (1440, 2560, 3), np.uint8)
    frames = [own_yuv(av.VideoFrame.from_ndarray(np.roll(noise, 64 * n, 1), format="bgr24")) for n in range(8)]
    writer = VideoWriter(path, frames[0], 25)
    for number in range(40):
        writer.write(frames[number % 8], number / 25)
    writer.close()
    return path


def test_a_stop_is_answered_with_its_own_error(large_clip: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(large_clip), str(tmp_path)],
        cwd=Path(__file__).parents[3], capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert (done.returncode, done.stdout.split()) == (0, ["stopped"] * 4), done.stderr[-2000:]
