"""When the one encoder for all remote viewers makes key frames, and when it begins anew."""

from base64 import b64decode

import av
import numpy as np
import pytest

from siapp.core.video.pictures import Pixels
from siapp.core.workers import live_video
from siapp.core.workers.live_video import LiveVideo
from siapp.core.workers.messages import Log, Message, VideoBegins

SMALL: Pixels = np.full((36, 64, 3), 90, np.uint8)


@pytest.fixture
def sent() -> list[Message]:
    return []


@pytest.fixture
def video(sent: list[Message]) -> LiveVideo:
    return LiveVideo(sent.append)


def keys(video: LiveVideo, times_s: list[float]) -> list[float]:
    """The times of those that became key frames."""
    encoded = [video.encode(SMALL, time_s) for time_s in times_s]
    return [round(one.time_s, 2) for one in encoded if one is not None and one.is_key]


def tenths(first: float, count: int) -> list[float]:
    return [first + number / 10 for number in range(count)]


def test_a_key_frame_comes_first_and_every_four_seconds_or_forty_pictures(video: LiveVideo) -> None:
    assert keys(video, tenths(100, 90)) == [100, 104, 108]
    assert keys(video, [109.0 + number for number in range(80)]) == [139, 179]
    assert keys(video, [189.0 + number / 20 for number in range(200)]) == [190.5, 194.5, 198.5]


def test_whoever_asks_gets_one_at_once_and_many_who_ask_get_two_a_second(video: LiveVideo) -> None:
    assert keys(video, tenths(100, 10)) == [100]
    video.want_key_frame()
    assert keys(video, tenths(101, 3)) == [101]
    for time_s, is_key in ((101.3, False), (101.4, False), (101.5, True), (101.6, False)):
        video.want_key_frame()
        assert keys(video, [time_s]) == ([time_s] if is_key else [])
    assert keys(video, tenths(101.7, 10)) == [102.0], "what was asked for last is not forgotten"


def test_after_one_that_was_lost_comes_a_key_frame_whatever_the_time(video: LiveVideo) -> None:
    keys(video, [100, 100.1])
    video.lost()
    assert keys(video, [100.2, 100.3]) == [100.2]


def test_what_a_browser_takes_for_the_end_is_followed_by_a_key_frame(video: LiveVideo) -> None:
    assert keys(video, [100, 101.4, 103.0, 103.1]) == [100, 103.0]


def test_another_size_is_another_video_and_odd_sides_lose_a_line(video: LiveVideo, sent: list[Message]) -> None:
    numbers = []
    for height, width in ((36, 64), (36, 64), (37, 65), (72, 128)):
        encoded = video.encode(np.zeros((height, width, 3), np.uint8), 100 + len(numbers) / 10)
        assert encoded is not None
        numbers.append((encoded.number, encoded.is_key))
    assert numbers == [(0, True), (1, False), (2, False), (3, True)]
    begun = [message for message in sent if isinstance(message, VideoBegins)]
    assert [(one.width, one.height) for one in begun] == [(64, 36), (128, 72)]
    assert all(b64decode(one.init)[4:8] == b"ftyp" for one in begun)


def test_where_it_can_not_be_made_that_is_said_once_and_tried_again_for_the_next_who_asks(
    video: LiveVideo, sent: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __init__(self, *_size: int) -> None:
            av.Codec("libx265000", "w")

    with monkeypatch.context() as patched:
        patched.setattr(live_video, "LiveEncoder", Broken)
        assert [video.encode(SMALL, 100 + number) for number in range(3)] == [None] * 3
    assert video.failed
    (said,) = sent
    assert isinstance(said, Log) and said.text.startswith("no H.264 for remote viewers: ")
    video.stop()
    assert not video.failed and keys(video, [104.0]) == [104.0]
