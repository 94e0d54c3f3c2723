"""What an analysis makes of a picture for those who watch, and what it does not."""

from collections.abc import Iterator
from dataclasses import asdict

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
