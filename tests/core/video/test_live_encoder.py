"""Live H.264: what a browser gets is a whole video, of few bytes, and nothing of it waits."""

import io
import struct
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from siapp.core.resources import resources
from siapp.core.video.live_encoder import Encoded, LiveEncoder
from siapp.core.video.pictures import Pixels, fitted_size, resized, to_bgr, to_jpeg

STREET = Path(__file__).resolve().parents[4] / "shared" / "data" / "car-detection.mp4"
DEMO = resources() / "demo" / "demo.mp4"
START_S = 86_400.25  # times are those of a machine's clock, and begin anywhere
FPS = 10


def pictures(video: Path, count: int) -> list[Pixels]:
    with av.open(str(video)) as container:
        return [to_bgr(frame) for frame in islice(container.decode(video=0), count)]


def encode(encoder: LiveEncoder, drawn: list[Pixels]) -> list[Encoded]:
    return [encoder.encode(bgr, number, START_S + number / FPS, number == 0) for number, bgr in enumerate(drawn)]


def boxes(data: bytes) -> list[str]:
    """The names of the boxes at the top of `data`, which must fill it."""
    names, at = [], 0
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        names.append(name.decode())
        at += size
    assert at == len(data)
    return names


def psnr(one: Pixels, other: Pixels) -> float:
    return float(10 * np.log10(255**2 / np.mean((one.astype(np.float32) - other) ** 2)))


def test_init_and_segments_are_a_video_of_the_same_pictures_at_the_same_times() -> None:
    drawn = pictures(DEMO, 12)
    encoder = LiveEncoder(drawn[0].shape[1], drawn[0].shape[0])
    encoded = encode(encoder, drawn)
    assert boxes(encoder.init) == ["ftyp", "moov"]
    assert all(boxes(one.segment) == ["moof", "mdat"] for one in encoded)
    assert [one.is_key for one in encoded] == [True] + [False] * 11
    with av.open(io.BytesIO(encoder.init + b"".join(one.segment for one in encoded))) as container:
        shown = list(container.decode(video=0))
        assert container.streams.video[0].codec_context.profile == "Constrained Baseline"
    assert [frame.time for frame in shown] == pytest.approx([one.time_s for one in encoded], abs=1e-6)
    assert [one.time_s for one in encoded] == pytest.approx([START_S + number / FPS for number in range(12)], abs=1e-5)
    assert all(psnr(to_bgr(frame), bgr) > 35 for frame, bgr in zip(shown, drawn, strict=True))


def test_a_video_begins_at_any_key_frame() -> None:
    drawn = pictures(DEMO, 6)
    encoder = LiveEncoder(drawn[0].shape[1], drawn[0].shape[0])
    encode(encoder, drawn[:3])
    later = [encoder.encode(bgr, number, START_S + number, number == 3) for number, bgr in enumerate(drawn[3:], 3)]
    with av.open(io.BytesIO(encoder.init + b"".join(one.segment for one in later))) as container:
        shown = list(container.decode(video=0))
    assert len(shown) == 3 and shown[0].key_frame and psnr(to_bgr(shown[0]), drawn[3]) > 35


def test_a_clock_that_stands_still_or_goes_back_does_no_harm() -> None:
    encoder = LiveEncoder(64, 48)
    black = np.zeros((48, 64, 3), np.uint8)
    times = [encoder.encode(black, number, time_s, False).time_s for number, time_s in enumerate((5.0, 5.0, 4.0, 6.0))]
    assert times == sorted(set(times)) and times[-1] == 6.0


@pytest.mark.parametrize(
    ("width", "height", "codec"),
    [(1280, 720, "avc1.42c01f"), (720, 1280, "avc1.42c01f"), (1280, 1280, "avc1.42c028"), (16, 8, "avc1.42c00a")],
)
def test_the_codec_is_named_by_its_profile_and_level(width: int, height: int, codec: str) -> None:
    assert LiveEncoder(width, height).codec == codec


@pytest.mark.parametrize("video", [DEMO, STREET], ids=lambda video: video.name)
@pytest.mark.parametrize("width", [640, 1280])
def test_it_takes_a_fifth_of_the_bytes_of_jpeg_and_looks_good(video: Path, width: int) -> None:
    if not video.exists():
        pytest.skip(f"there is no {video.name} on this machine")
    drawn = pictures(video, 60)[::2]
    size = fitted_size(drawn[0].shape[1], drawn[0].shape[0], width, width)
    small = [resized(bgr, size[0] & ~1, size[1] & ~1) for bgr in drawn]
    encoder = LiveEncoder(small[0].shape[1], small[0].shape[0])
    encoded = encode(encoder, small)
    # The first 3 seconds: with a key frame every 4 s it gets better from here.
    assert 5 * sum(len(one.segment) for one in encoded) <= sum(len(to_jpeg(bgr)) for bgr in small)
    with av.open(io.BytesIO(encoder.init + b"".join(one.segment for one in encoded))) as container:
        shown = [to_bgr(frame) for frame in container.decode(video=0)]
    assert np.mean([psnr(*pair) for pair in zip(shown, small, strict=True)]) > 36
