"""Whether a result video can be played is found out by reading all of it."""

from pathlib import Path

import pytest

from siapp.core.errors import MediaError
from siapp.core.resources import resources
from siapp.core.video.source import open_file
from siapp.core.video.writer import VideoWriter
from tests.core.video.support import counting
from tests.core.video.test_writer import yuv

DEMO = resources() / "demo" / "demo.mp4"


def video(path: Path, frames: int = 100, close: bool = True) -> Path:
    """A result video of 4 seconds, as a test writes it; not `close`d: as a kill leaves it."""
    pictures = [yuv(picture) for picture in counting(frames)]
    writer = VideoWriter(path, pictures[0], 25)
    for number, picture in enumerate(pictures):
        writer.write(picture, number / 25)
    if close:
        writer.close()
    return path


def test_a_whole_video_is_good_and_its_frames_are_counted(tmp_path: Path) -> None:
    with open_file(video(tmp_path / "output.mp4")) as source:
        info, good = source.read_through()
    assert (good, info.frames, info.codec) == (True, 100, "h264")
    assert info.duration_s == pytest.approx(4.0, abs=0.1)
    assert info.width and info.height


def test_a_video_of_another_maker_is_read_too() -> None:
    with open_file(DEMO) as source:
        info, good = source.read_through()
        counted = sum(1 for _frame in open_file(DEMO).frames())
    assert (good, info.frames) == (True, counted)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_video_that_a_kill_cut_off_plays_up_to_there(tmp_path: Path, share: float) -> None:
    path = video(tmp_path / "output.mp4")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with open_file(path) as source:
        info, good = source.read_through()
    assert good
    assert info.frames is not None and 0 < info.frames <= 100


def test_damage_in_the_middle_is_found(tmp_path: Path) -> None:
    path = video(tmp_path / "output.mp4")
    data = bytearray(path.read_bytes())
    middle = data.find(b"mdat", len(data) // 3) + 8
    data[middle : middle + 2000] = b"\xff" * 2000
    path.write_bytes(data)
    with open_file(path) as source:
        _info, good = source.read_through()
    assert not good


@pytest.mark.parametrize("content", [b"", b"not a video", bytes(100_000)])
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "output.mp4").write_bytes(content)
    with pytest.raises(MediaError), open_file(tmp_path / "output.mp4") as source:
        source.read_through()
