"""What an analysis makes of a picture for those who watch, and what it does not."""

from collections.abc import Iterator
from dataclasses import asdict

import cv2
import numpy as np
import pytest

from siapp.core.specs import Demand
from siapp.core.video.detections import NOTHING_FOUND, Detections
from siapp.core.workers import publisher
from siapp.core.workers.messages import Message, PictureRingWanted, Published, Show
from siapp.core.workers.publisher import Publisher, Shot
from siapp.core.workers.ring import Ring

CAR = np.array([[10, 20, 200, 120, 0.9, 0]], np.float32)
DRAWN, CLEAN, WINDOW = Demand(jpeg=True), Demand(jpeg_clean=True), Demand(width=320, height=180)
VIDEO = Demand(h264=True)
BLACK = np.zeros((360, 640, 3), np.uint8)


class Channel:
    """Keeps what would go through the pipe."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)


@pytest.fixture
def channel() -> Channel:
    return Channel()


@pytest.fixture
def ring() -> Iterator[Ring]:
    made = Ring.create(4 << 20)
    yield made
    made.close()


@pytest.fixture
def made(channel: Channel, ring: Ring) -> Iterator[Publisher]:
    publisher = Publisher(channel, PictureRingWanted, ("car",))  # type: ignore[arg-type]
    publisher.use_ring(ring.name)
    yield publisher
    publisher.close()


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every JPEG that was made."""
    jpegs: list[bytes] = []
    encode = publisher.to_jpeg

    def note(pixels: publisher.Pixels) -> bytes:
        jpegs.append(encode(pixels))
        return jpegs[-1]

    monkeypatch.setattr(publisher, "to_jpeg", note)
    return jpegs


@pytest.mark.parametrize(
    ("demand", "found", "jpegs"),
    [
        (Demand(), CAR, 0),
        (WINDOW, CAR, 0),
        (DRAWN, CAR, 1),
        (CLEAN, CAR, 1),
        (DRAWN | CLEAN | WINDOW, CAR, 2),
        (DRAWN | CLEAN | WINDOW, NOTHING_FOUND, 1),
    ],
)
def test_no_more_jpegs_are_encoded_than_are_wanted(
    made: Publisher, ring: Ring, channel: Channel, encoded: list[bytes], demand: Demand, found: Detections, jpegs: int
) -> None:
    made.show(Show(**asdict(demand)))
    made.publish(Shot(0, np.full((360, 640, 3), 90, np.uint8), 0.0, 0.0, found))
    assert len(encoded) == jpegs
    assert isinstance(channel.sent[-1], Published) and channel.sent[-1].in_ring is not demand.nothing
    copy = ring.read(0)
    if demand.nothing:
        assert copy is None
        return
    assert copy is not None
    window, drawn, clean, _video = copy.parts
    assert (bool(window), bool(drawn), bool(clean)) == (demand == demand | WINDOW, demand.jpeg, demand.jpeg_clean)
    if drawn and clean:
        assert (drawn == clean) is (found is NOTHING_FOUND)


def test_nothing_is_encoded_after_the_last_viewer_has_gone(made: Publisher, encoded: list[bytes]) -> None:
    for demand in (DRAWN, Demand()):
        made.show(Show(**asdict(demand)))
        for frame in range(3):
            made.publish(Shot(frame, np.zeros((360, 640, 3), np.uint8), 0.0, 0.0, CAR))
    assert len(encoded) == 3


def published(channel: Channel) -> list[Published]:
    return [message for message in channel.sent if isinstance(message, Published)]


def test_h264_is_encoded_beside_the_rest_and_only_while_it_is_wanted(
    made: Publisher, ring: Ring, channel: Channel
) -> None:
    for frame, demand in enumerate((DRAWN, VIDEO, VIDEO | DRAWN | WINDOW, DRAWN, Demand(), VIDEO)):
        made.show(Show(**asdict(demand)))
        made.publish(Shot(frame, BLACK, 0.0, 100 + frame / 10, CAR))
        copy = ring.read(frame)
        parts = copy.parts if copy else ()
        wanted = (bool(demand.width), demand.jpeg, demand.jpeg_clean, demand.h264)
        assert tuple(map(bool, parts)) == (() if demand.nothing else wanted)
    assert [result.video for result in published(channel)] == [[], [0, 100.1, 1], [1, 100.2, 0], [], [], [2, 100.5, 1]]


def test_a_key_frame_that_found_no_room_is_made_again(channel: Channel) -> None:
    publisher = Publisher(channel, PictureRingWanted, ())  # type: ignore[arg-type]
    publisher.show(Show(**asdict(VIDEO)))
    noise = np.random.default_rng(1).integers(0, 255, BLACK.shape, np.uint8)
    for frame in range(2):
        publisher.publish(Shot(frame, noise, 0.0, 100 + frame / 10, CAR))
    wanted = next(message for message in channel.sent if isinstance(message, PictureRingWanted))
    granted = Ring.create(wanted.slot_bytes)
    publisher.use_ring(granted.name)
    for frame in range(2, 4):
        publisher.publish(Shot(frame, noise, 0.0, 100 + frame / 10, CAR))
    publisher.close()
    granted.close()
    assert [(result.in_ring, result.video[2]) for result in published(channel)] == [
        (False, 1),
        (False, 1),
        (True, 1),
        (True, 0),
    ]


@pytest.mark.parametrize(
    ("demand", "size"),
    [
        (CLEAN, (640, 360)),
        (CLEAN | Demand(remote_width=1280), (640, 360)),
        (CLEAN | Demand(remote_width=320), (320, 180)),
        (CLEAN | Demand(remote_width=320) | Demand(remote_width=500), (500, 281)),
        (CLEAN | Demand(remote_width=16), (16, 9)),
    ],
)
def test_remote_pictures_are_as_wide_as_the_widest_wish_and_never_enlarged(
    made: Publisher, ring: Ring, demand: Demand, size: tuple[int, int]
) -> None:
    made.show(Show(**asdict(demand)))
    made.publish(Shot(0, BLACK, 0.0, 0.0, NOTHING_FOUND))
    copy = ring.read(0)
    assert copy is not None
    picture = cv2.imdecode(np.frombuffer(copy.parts[2], np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None and picture.shape[1::-1] == size
