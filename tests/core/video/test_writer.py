"""Result videos: every picture can be read back with its time, also after a kill."""

import os
import signal
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace

from siapp.core.video.pictures import Pixels, own_yuv
from siapp.core.video.writer import VideoWriter, add_index
from tests.cameras import counting_picture
from tests.core.video.support import counting, indexes, read_back


def yuv(bgr: Pixels) -> av.VideoFrame:
    return own_yuv(av.VideoFrame.from_ndarray(bgr, format="bgr24"))


def written(path: Path, pictures: list[Pixels], times: list[float], fps: float = 25) -> list[tuple[float, Pixels]]:
    frames = [yuv(picture) for picture in pictures]
    writer = VideoWriter(path, frames[0], fps)
    for frame, time_s in zip(frames, times, strict=True):
        writer.write(frame, time_s)
    writer.close()
    return read_back(path)


def key_frames(path: Path) -> list[float]:
    """When the key frames of a video are shown, in seconds."""
    with av.open(str(path)) as file:
        return [float(packet.pts * packet.time_base) for packet in file.demux(video=0) if packet.is_keyframe]


@pytest.mark.parametrize("fps", [0, 1, 12.5, 25, 29.97, 60, 1000])
def test_every_picture_is_read_back_at_its_time(fps: float, tmp_path: Path) -> None:
    step = 1 / (fps or 25)
    times = [number * step for number in range(40)]
    frames = written(tmp_path / "output.mp4", counting(40), times, fps)
    assert indexes(picture for _time, picture in frames) == list(range(40))
    assert [time_s for time_s, _picture in frames] == pytest.approx(times, abs=1e-4)


def test_pictures_at_irregular_times_keep_them(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.5, 0.51, 7.25, 7.26, 30.0]
    frames = written(tmp_path / "output.mp4", counting(7), times)
    assert [time_s for time_s, _picture in frames] == pytest.approx(times, abs=1e-4)


@pytest.mark.parametrize("times", [[1.0] * 5, [4, 3, 2, 1, 0], [0, 5, 0, 5, 0], [-3.0, -2.0, 0, 0, 1]])
def test_times_that_stand_still_or_go_back_lose_no_picture(times: list[float], tmp_path: Path) -> None:
    frames = written(tmp_path / "output.mp4", counting(5), times)
    assert indexes(picture for _time, picture in frames) == list(range(5))
    shown = [time_s for time_s, _picture in frames]
    assert all(later > earlier for earlier, later in pairwise(shown))


@pytest.mark.parametrize("size", [(321, 241), (320, 241), (321, 240), (16, 16), (3, 2), (2, 3)])
def test_odd_sizes_lose_their_last_row_or_column_only(size: tuple[int, int], tmp_path: Path) -> None:
    picture = np.full((size[1], size[0], 3), 120, np.uint8)
    frames = written(tmp_path / "output.mp4", [picture] * 3, [0, 1, 2])
    assert len(frames) == 3
    assert frames[0][1].shape == (size[1] & ~1, size[0] & ~1, 3)


def test_colours_come_back_as_they_went_in(tmp_path: Path) -> None:
    colours = [(0, 0, 200), (0, 200, 0), (200, 0, 0), (128, 128, 128), (16, 240, 240)]
    pictures = [np.full((720, 1280, 3), colour, np.uint8) for colour in colours]
    for (_time, picture), colour in zip(written(tmp_path / "o.mp4", pictures, [0, 1, 2, 3, 4]), colours, strict=True):
        assert np.abs(picture.reshape(-1, 3).mean(axis=0) - colour).max() < 7
    with av.open(str(tmp_path / "o.mp4")) as file:
        frame = next(file.decode(video=0))
        assert (int(frame.colorspace), int(frame.color_range)) == (5, 1)  # BT.601, limited: said, not guessed


def test_a_picture_of_another_size_is_scaled_to_the_first_one_s(tmp_path: Path) -> None:
    pictures = [np.full((240, 320, 3), 60, np.uint8), np.full((480, 640, 3), 200, np.uint8)]
    frames = written(tmp_path / "output.mp4", pictures, [0, 1])
    assert [picture.shape for _time, picture in frames] == [(240, 320, 3)] * 2
    assert frames[1][1].mean() == pytest.approx(200, abs=4)


def test_colours_of_high_definition_keep_their_matrix(tmp_path: Path) -> None:
    frame = yuv(np.full((720, 1280, 3), (0, 200, 0), np.uint8))
    frame.colorspace = Colorspace.ITU709
    writer = VideoWriter(tmp_path / "o.mp4", frame, 25)
    writer.write(frame, 0)
    writer.close()
    with av.open(str(tmp_path / "o.mp4")) as file:
        assert int(next(file.decode(video=0)).colorspace) == Colorspace.ITU709


def test_the_file_is_what_browsers_play(tmp_path: Path) -> None:
    written(tmp_path / "output.mp4", counting(60), [number / 25 for number in range(60)])
    with av.open(str(tmp_path / "output.mp4")) as file:
        stream = file.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.time_base == Fraction(1, 90_000)
    assert key_frames(tmp_path / "output.mp4") == pytest.approx([0, 1, 2], abs=0.05)


def test_a_slow_video_has_a_key_frame_every_second_all_the_same(tmp_path: Path) -> None:
    """Said to be 60 pictures a second, really 5: what a kill costs is counted in seconds, not in pictures."""
    written(tmp_path / "output.mp4", counting(50), [number / 5 for number in range(50)], 60)
    keys = key_frames(tmp_path / "output.mp4")
    assert max(later - earlier for earlier, later in pairwise(keys)) <= 1.3


def test_a_video_without_a_picture_is_closed_too(tmp_path: Path) -> None:
    VideoWriter(tmp_path / "output.mp4", yuv(counting_picture(0)), 25).close()


def boxes(path: Path) -> list[bytes]:
    """The kinds of an MP4's outermost boxes, in order."""
    data, found, place = path.read_bytes(), [], 0
    while place < len(data):
        found.append(data[place + 4 : place + 8])
        place += int.from_bytes(data[place : place + 4], "big")
    return found


def test_a_finished_video_gets_one_index_before_its_pictures_and_loses_nothing(tmp_path: Path) -> None:
    path, times = (
        tmp_path / "output.mp4",
        [0.0, 0.04, 0.5, 0.51, 1.25, 2.26, *(3 + number / 25 for number in range(60))],
    )
    before = written(path, counting(66), times)
    assert b"moof" in boxes(path)
    add_index(path)
    assert [kind for kind in boxes(path) if kind != b"free"] == [b"ftyp", b"moov", b"mdat"]
    after = read_back(path)
    assert [time_s for time_s, _picture in after] == [time_s for time_s, _picture in before]
    assert all(np.array_equal(one, other) for (_t, one), (_u, other) in zip(before, after, strict=True))
    assert [file.name for file in tmp_path.iterdir()] == ["output.mp4"]


def test_an_indexed_video_is_sought_without_reading_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "output.mp4"
    written(path, counting(200), [number / 25 for number in range(200)])
    add_index(path)
    with av.open(str(path)) as file:
        assert file.duration == pytest.approx(8_000_000, abs=50_000)
        file.seek(4_000_000)
        frame = next(file.decode(video=0))
        assert 3 <= float(frame.time or 0) <= 4


def test_an_index_that_can_not_be_written_leaves_the_video_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "output.mp4"
    before = written(path, counting(30), [number / 25 for number in range(30)])
    monkeypatch.setattr(Path, "replace", lambda *_paths: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        add_index(path)
    assert len(read_back(path)) == len(before) and [file.name for file in tmp_path.iterdir()] == ["output.mp4"]


_KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from siapp.core.video.writer import VideoWriter
from tests.cameras import counting_picture
from tests.core.video.test_writer import yuv
writer = VideoWriter(Path(sys.argv[1]), yuv(counting_picture(0)), 25)
for number in range(100_000):
    writer.write(yuv(counting_picture(number)), number / 25)
    print(number, flush=True)
"""


@pytest.mark.parametrize("frames", [60, 137, 300])
def test_after_a_kill_the_video_plays_up_to_two_seconds_before(frames: int, tmp_path: Path) -> None:
    path = tmp_path / "output.mp4"
    root = str(Path(__file__).parents[3])
    with subprocess.Popen([sys.executable, "-c", _KILLED, str(path), root], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        last = next(int(line) for line in writer.stdout if int(line) >= frames)
        os.kill(writer.pid, signal.SIGKILL)
    kept = read_back(path)
    assert indexes(picture for _time, picture in kept) == list(range(len(kept)))
    assert len(kept) >= last - 50
    assert kept[-1][1].shape == counting_picture(0).shape
