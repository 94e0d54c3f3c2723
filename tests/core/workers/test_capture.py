"""What a capture decides by itself; its life with real cameras is among the end-to-end tests."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import av
import cv2
import numpy as np
import pytest

from siapp.core.errors import MediaError
from siapp.core.services.thumbnails import jpeg_from
from siapp.core.specs import MOST_THUMBNAIL_BYTES, CameraSource
from siapp.core.video.pictures import to_i420
from siapp.core.workers import capture as capture_module
from siapp.core.workers.capture import Capture, FrameWriter
from siapp.core.workers.glimpses import Glimpses
from siapp.core.workers.messages import FrameWritten, Message, RingGranted, RingWanted, SetRate
from siapp.core.workers.ring import Ring


class Heard:
    """A channel that keeps what it is told."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, message: Message) -> None:
        self.messages.append(message)


class Connected:
    """A reader that is not abandoned."""

    def goes_on(self) -> bool:
        return True


@pytest.fixture
def rings() -> Iterator[list[Ring]]:
    made: list[Ring] = []
    yield made
    for ring in made:
        ring.close()


def frame(width: int = 64, height: int = 48) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.zeros((height, width, 3), np.uint8), format="bgr24")


def test_a_ring_that_comes_too_late_serves_the_next_frame(rings: list[Ring], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_module, "GRANT_S", 0.05)
    channel: Any = Heard()
    reader: Any = Connected()
    writer = FrameWriter(channel)
    writer.take(reader, frame())
    assert channel.messages == [RingWanted(64 * 48 * 3 // 2)], "lost, and nothing worse"
    for _grant in range(2):  # the first of them replaced already
        rings.append(Ring.create(64 * 48 * 3 // 2))
        writer.obey(RingGranted(rings[-1].name))
    writer.take(reader, frame())
    assert channel.messages[1:] == [FrameWritten(0, 2)], "and no third ring is asked for"
    assert rings[1].read(0) is not None and rings[0].read(0) is None
    assert writer._ring is not None
    writer._ring.close()


def test_larger_pictures_ask_for_a_larger_ring_and_smaller_ones_do_not(rings: list[Ring]) -> None:
    channel: Any = Heard()
    reader: Any = Connected()
    writer = FrameWriter(channel)
    for size in ((64, 48), (128, 96), (32, 24)):
        needed = size[0] * size[1] * 3 // 2
        if size[0] > 32:
            rings.append(Ring.create(needed))
            threading.Timer(0.1, writer.obey, [RingGranted(rings[-1].name)]).start()
        writer.take(reader, frame(*size))
    kinds = [type(message) for message in channel.messages]
    assert kinds == [RingWanted, FrameWritten, RingWanted, FrameWritten, FrameWritten]
    assert writer._ring is not None
    writer._ring.close()


def test_only_what_somebody_wants_is_written_and_all_is_counted(
    rings: list[Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    converted: list[av.VideoFrame] = []
    monkeypatch.setattr(capture_module, "to_i420", lambda frame: (converted.append(frame), to_i420(frame))[1])
    channel: Any = Heard()
    reader: Any = Connected()
    writer = FrameWriter(channel)
    rings.append(Ring.create(64 * 48 * 3 // 2))
    writer.obey(RingGranted(rings[0].name))

    def play(seconds: float, fps: int = 25) -> list[Message]:
        channel.messages.clear()
        converted.clear()
        for _frame in range(round(seconds * fps)):
            now[0] += 1 / fps
            writer.take(reader, frame())
        assert len(converted) == len(channel.messages)
        return list(channel.messages)

    assert play(1) == [FrameWritten(seq, seq + 1) for seq in range(25)]
    writer.obey(SetRate(5.0))
    written = play(4)
    assert len(written) == pytest.approx(20, abs=1)
    last = written[-1]
    assert isinstance(last, FrameWritten)
    assert last.seq == 24 + len(written), "slot after slot"
    assert 120 <= last.decoded <= 125
    writer.obey(SetRate(0.1))
    assert 1 <= len(play(2)) <= 2
    writer.obey(SetRate(2.0))
    assert play(0.04), "at once, and not when the last plan was due"
    writer.obey(SetRate(None))
    assert len(play(1)) == 25
    assert writer._ring is not None
    writer._ring.close()


def test_only_refused_logins_in_a_row_are_left_alone_for_five_minutes() -> None:
    channel: Any = Heard()
    capture = Capture(channel, CameraSource("rtsp://camera/1"))
    refused, silent = MediaError("auth_failed", "no"), MediaError("timeout", "nothing")
    waits = [capture._wait_after(problem) for problem in (silent, refused, silent, refused, refused, refused)]
    assert [wait == 300 for wait in waits] == [False, False, False, False, True, True]


def test_a_thumbnail_comes_with_the_first_frame_and_every_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    channel: Any = Heard()
    glimpses = Glimpses(channel)
    counts = []
    for _second in range(25):
        glimpses.take(frame(1280, 720))
        counts.append(len(channel.messages))
        now[0] += 1
    assert counts == [1] * 10 + [2] * 10 + [3] * 5
    sent = jpeg_from(channel.messages[0].jpeg, MOST_THUMBNAIL_BYTES)
    assert sent is not None
    small = cv2.imdecode(np.frombuffer(sent, np.uint8), cv2.IMREAD_COLOR)
    assert small is not None and small.shape == (90, 160, 3)
