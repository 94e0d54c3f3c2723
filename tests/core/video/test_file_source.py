"""Video files as `open_file` meets them: every picture of a good one, nothing at all of what only calls itself one."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest

from siapp.core.errors import MediaError
from siapp.core.specs import CameraSource
from siapp.core.video.pictures import to_bgr
from siapp.core.video.source import open_file, open_source
from tests.cameras import read_index
from tests.core.video.support import counting, turned, write_clip, write_sound


@pytest.fixture(autouse=True)
def quiet_ffmpeg() -> None:
    av.logging.set_level(av.logging.PANIC)


@contextmanager
def canary(folder: Path) -> Iterator[Path]:
    """A video that nobody may open: touching it moves its time of access back from the future of 1970."""
    path = write_clip(folder / "somebody-elses.mp4", counting(12))
    os.utime(path, (1, path.stat().st_mtime))
    yield path
    assert path.stat().st_atime == 1, "it was read"


def refused(path: Path) -> None:
    """The file is no video, and says so without naming itself."""
    with pytest.raises(MediaError) as raised:
        open_file(path)
    assert raised.value.code == "not_a_video"
    assert path.name not in raised.value.text() and str(path.parent) not in raised.value.text()


@pytest.mark.parametrize(
    ("content", "code"), [(None, "not_found"), (b"#EXTM3U\n#EXTINF:1,\nother.mp4\n", "no_video"), (b"", "no_video")]
)
def test_a_file_that_is_no_camera_says_so_in_a_cameras_words(content: bytes | None, code: str, tmp_path: Path) -> None:
    path = tmp_path / "list.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MediaError) as raised:
        open_source(CameraSource(str(path), is_file=True))
    assert raised.value.code == code
    assert path.name not in raised.value.text()


# -- good ones


@pytest.mark.parametrize("container", ["mp4", "matroska", "mpegts", "avi", "mov", "flv", "h264"])
def test_every_picture_comes_once_and_in_order(container: str, tmp_path: Path) -> None:
    with open_file(write_clip(tmp_path / "clip", counting(40), container=container)) as source:
        frames = list(source.frames())
    assert [read_index(to_bgr(frame.picture)) for frame in frames] == list(range(40))
    assert source.decode_errors == 0
    if container != "h264":  # a bare stream has no times
        assert [frame.time_s for frame in frames] == pytest.approx([number / 25 for number in range(40)], abs=0.002)


@pytest.mark.parametrize("name", ["concat:x.mp4", "http:x", "file:x.mp4", "subfile,,start,0,end,9,,:x", "-i", "流.mp4"])
def test_a_name_that_looks_like_a_protocol_is_a_plain_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "clip.mp4", counting(3)).rename(tmp_path / name)
    with open_file(Path(name)) as source:
        assert len(list(source.frames())) == 3


def test_what_is_in_a_file_is_told(tmp_path: Path) -> None:
    with open_file(write_clip(tmp_path / "clip.mp4", counting(50, 642, 360))) as source:
        info = source.info
    assert (info.codec, info.width, info.height, info.fps, info.frames) == ("h264", 642, 360, 25, 50)
    assert info.duration_s == pytest.approx(2.0)


def test_a_file_can_be_played_again_from_its_start(tmp_path: Path) -> None:
    with open_file(write_clip(tmp_path / "clip.mp4", counting(15))) as source:
        for _round in range(3):
            assert [read_index(to_bgr(frame.picture)) for frame in source.frames()] == list(range(15))
            source.rewind()


def test_a_telephone_held_upright_gives_upright_pictures(tmp_path: Path) -> None:
    upright = counting(5)
    lying = [np.ascontiguousarray(np.rot90(picture)) for picture in upright]  # as the sensor sees it
    with open_file(turned(write_clip(tmp_path / "clip.mp4", lying))) as source:
        assert [read_index(to_bgr(frame.picture)) for frame in source.frames()] == list(range(5))


def test_pictures_of_another_size_in_the_middle_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "both.h264"
    small = write_clip(tmp_path / "small", counting(10), container="h264").read_bytes()
    large = write_clip(tmp_path / "large", counting(10, 640, 480), container="h264").read_bytes()
    path.write_bytes(small + large)
    with open_file(path) as source:
        assert [frame.picture.width for frame in source.frames()] == [320] * 10 + [640] * 10


# -- what is no video


def test_a_truncated_video_plays_as_far_as_it_goes(tmp_path: Path) -> None:
    for container in ("mp4", "matroska", "mpegts"):
        path = write_clip(tmp_path / f"clip.{container}", counting(40), container=container)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        with open_file(path) as source:
            seen = [read_index(to_bgr(frame.picture)) for frame in source.frames()]
        assert 10 < len(seen) < 40 and seen[:10] == list(range(10)), container


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 5000,
        bytes(range(256)) * 40,
        b"This is no video, but a text of some length.\n" * 50,
        b"%PDF-1.7\n" * 100,
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        b"m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        b"RTSP://127.0.0.1:9/live",
        b"<?xml version='1.0'?><MPD><Period><BaseURL>clip.mp4</BaseURL></Period></MPD>",
    ],
    ids=["empty", "zeros", "bytes", "text", "pdf", "sdp", "address", "dash"],
)
def test_what_is_no_video_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    refused(path)


def test_a_video_without_its_index_is_refused(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", counting(40), movflags="")  # the index stands at the end
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refused(path)


def test_a_picture_is_no_video(tmp_path: Path) -> None:
    import cv2

    for suffix in (".png", ".jpg", ".bmp", ".webp"):
        encoded = cv2.imencode(suffix, counting(1)[0])[1].tobytes()
        path = tmp_path / "clip.mp4"
        path.write_bytes(encoded)
        refused(path)


@pytest.mark.parametrize("cover", [False, True])
def test_sound_is_no_video_not_even_with_a_picture_on_its_cover(cover: bool, tmp_path: Path) -> None:
    refused(write_sound(tmp_path / "sound.mp4", cover=cover))


def test_a_folder_and_a_missing_file_are_no_videos(tmp_path: Path) -> None:
    refused(tmp_path)
    refused(tmp_path / "missing.mp4")


# -- what only points at a video


@pytest.mark.skipif(sys.platform == "win32", reason="times of access are not kept there")
@pytest.mark.parametrize("suffix", ["mp4", "m3u8", "ffconcat", "txt", "mkv", "avi", "sdp"])
@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{path}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{path}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nconcat:{path}|{path}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{path}'\n",
        "ffconcat version 1.0\nfile {name}\n",
        "concat:{path}|{path}",
        "file:{path}",
        "[playlist]\nFile1={path}\nNumberOfEntries=1\nVersion=2\n",
        "<?xml version='1.0'?><smil><body><video src='{path}'/></body></smil>",
    ],
)
def test_a_file_that_points_at_another_opens_nothing(text: str, suffix: str, tmp_path: Path) -> None:
    with canary(tmp_path) as other:
        path = tmp_path / f"clip.{suffix}"
        path.write_text(text.format(path=other, name=other.name))
        refused(path)


@pytest.mark.skipif(sys.platform == "win32", reason="times of access are not kept there")
def test_the_canary_sings(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="was read"), canary(tmp_path) as other:
        other.read_bytes()
