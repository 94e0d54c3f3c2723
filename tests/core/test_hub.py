"""Pictures and their viewers."""

import time

import pytest

from siapp.core.clock import now
from siapp.core.domain import Picture, StreamKey, StreamKind
from siapp.core.hub import Audience, FrameHub, Subscription
from siapp.core.specs import Demand

KEY = StreamKey(StreamKind.TASK, 1)
OTHER = StreamKey(StreamKind.DEVICE, 1)
SMALL, LARGE = Demand(width=320, height=180), Demand(width=1280, height=720)
JPEG = Demand(jpeg=True)


def picture(seq: int, age_s: float = 0.0) -> Picture:
    return Picture(seq, 1280, 720, now(), time.monotonic() - age_s, 0.0, ())


@pytest.fixture
def demands() -> list[tuple[StreamKey, Demand]]:
    return []


@pytest.fixture
def hub(demands: list[tuple[StreamKey, Demand]]) -> FrameHub:
    hub = FrameHub()
    hub.on_demand = lambda key, demand: demands.append((key, demand))
    return hub


def test_every_viewer_of_a_stream_gets_every_picture_in_order(hub: FrameHub) -> None:
    seen: list[list[int]] = [[], [], []]
    for viewer in seen:
        hub.subscribe(KEY, JPEG, lambda shown, viewer=viewer: viewer.append(shown.seq))
    hub.subscribe(OTHER, JPEG, lambda _shown: pytest.fail("a picture of another stream"))
    for seq in range(5):
        hub.deliver(KEY, picture(seq))
    assert seen == [[0, 1, 2, 3, 4]] * 3


@pytest.mark.expects_errors
def test_a_viewer_that_fails_does_not_harm_the_others(hub: FrameHub) -> None:
    seen: list[int] = []

    def failing(_shown: Picture) -> None:
        raise RuntimeError("no")

    hub.subscribe(KEY, JPEG, failing)
    hub.subscribe(KEY, JPEG, lambda shown: seen.append(shown.seq))
    hub.deliver(KEY, picture(1))
    assert seen == [1]


def test_nothing_is_delivered_after_a_close_not_even_in_the_same_round(hub: FrameHub) -> None:
    second: list[Subscription] = []
    hub.subscribe(KEY, JPEG, lambda _shown: second[0].close())
    second.append(hub.subscribe(KEY, JPEG, lambda _shown: pytest.fail("closed")))
    hub.deliver(KEY, picture(1))
    hub.deliver(KEY, picture(2))
    assert hub.viewers(KEY) == 1


def test_a_viewer_may_come_while_a_picture_is_delivered(hub: FrameHub) -> None:
    seen: list[int] = []

    def come(shown: Picture) -> None:
        if shown.seq == 1:
            hub.subscribe(KEY, JPEG, lambda later: seen.append(later.seq))

    hub.subscribe(KEY, JPEG, come)
    hub.deliver(KEY, picture(1))
    hub.deliver(KEY, picture(2))
    assert seen == [2]


def test_the_demand_is_what_all_viewers_want_together(hub: FrameHub, demands: list[tuple[StreamKey, Demand]]) -> None:
    small = hub.subscribe(KEY, SMALL, lambda _shown: None)
    hub.subscribe(KEY, JPEG, lambda _shown: None)
    large = hub.subscribe(KEY, LARGE, lambda _shown: None)
    assert hub.demand(KEY) == Demand(1280, 720, jpeg=True)
    large.close()
    assert hub.demand(KEY) == Demand(320, 180, jpeg=True)
    small.set_demand(Demand(jpeg_clean=True))
    assert hub.demand(KEY) == Demand(jpeg=True, jpeg_clean=True)
    assert demands[-1] == (KEY, Demand(jpeg=True, jpeg_clean=True))


def test_a_demand_is_told_when_it_changes_and_only_then(hub: FrameHub, demands: list[tuple[StreamKey, Demand]]) -> None:
    viewers = [hub.subscribe(KEY, SMALL, lambda _shown: None) for _ in range(3)]
    viewers[0].set_demand(SMALL)
    assert demands == [(KEY, SMALL)]
    for viewer in viewers:
        viewer.close()
    assert demands == [(KEY, SMALL), (KEY, Demand())]
    assert hub.demand(KEY).nothing


def test_a_place_is_given_back_once(hub: FrameHub) -> None:
    given_back: list[bool] = []
    viewer = hub.subscribe(KEY, SMALL, lambda _shown: None, lambda: given_back.append(True))
    for _twice in range(2):
        viewer.close()
    viewer.set_demand(LARGE)
    assert given_back == [True]
    assert (hub.viewers(KEY), hub.demand(KEY)) == (0, Demand())


def test_how_late_pictures_are_is_kept_for_each_kind_of_viewers_while_there_are_some(hub: FrameHub) -> None:
    window, remote = hub.subscribe(KEY, SMALL, lambda _shown: None), hub.subscribe(KEY, JPEG, lambda _shown: None)
    for _time in range(19):
        hub.shown(KEY, Audience.WINDOW, picture(1, age_s=0.1))
    hub.shown(KEY, Audience.WINDOW, picture(1, age_s=5))
    assert 100 <= (hub.latency_ms(KEY, Audience.WINDOW) or 0) < 5000
    assert (hub.latency_ms(KEY, Audience.WINDOW, 1.0) or 0) >= 5000
    assert hub.latency_ms(KEY, Audience.REMOTE) is None
    for viewer in (window, remote):
        viewer.close()
    hub.shown(KEY, Audience.WINDOW, picture(2))  # was under way when the last one left
    assert hub.latency_ms(KEY, Audience.WINDOW) is None
    assert not hub._latencies
