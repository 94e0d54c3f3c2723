"""Where pictures meet their viewers: the latest of each stream, handed to everybody who subscribed.

Viewers never take pictures from one another. A callback must not block; a slow viewer keeps its own newest slot.
Everything here happens on the loop's thread.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce
from operator import or_

from siapp.core.domain import Picture, StreamKey, StreamKind
from siapp.core.latency import Latencies
from siapp.core.specs import Demand

logger = logging.getLogger(__name__)

OnPicture = Callable[[Picture], None]


class Audience(StrEnum):
    """Who watches: somebody at this machine's window, or over the network."""

    WINDOW = "window"
    REMOTE = "remote"


@dataclass(eq=False)
class Subscription:
    """One viewer's place at a stream. `close()` gives it back; twice does no harm."""

    key: StreamKey
    demand: Demand
    on_picture: OnPicture
    _hub: "FrameHub" = field(repr=False)
    _on_close: Callable[[], None] = field(default=lambda: None, repr=False)
    closed: bool = False

    def set_demand(self, demand: Demand) -> None:
        """A window was resized, a viewer wants clean pictures: tell the worker."""
        if demand != self.demand and not self.closed:
            self.demand = demand
            self._hub.demand_changed(self.key)

    def want_key_frame(self) -> None:
        """This viewer of H.264 can't begin, or go on, without one."""
        if not self.closed:
            self._hub.on_key_frame_wanted(self.key)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._hub.remove(self)
            self._on_close()


class FrameHub:
    """Streams by key, each with its subscribers and the sum of what they want."""

    def __init__(self) -> None:
        self._subscribers: dict[StreamKey, list[Subscription]] = {}
        self._demands: dict[StreamKey, Demand] = {}
        self._latencies: dict[tuple[StreamKey, Audience], Latencies] = {}
        self.on_demand: Callable[[StreamKey, Demand], None] = lambda _key, _demand: None
        self.on_key_frame_wanted: Callable[[StreamKey], None] = lambda _key: None

    def subscribe(
        self,
        key: StreamKey,
        demand: Demand,
        on_picture: OnPicture,
        on_close: Callable[[], None] = lambda: None,
    ) -> Subscription:
        subscription = Subscription(key, demand, on_picture, self, on_close)
        self._subscribers.setdefault(key, []).append(subscription)
        self.demand_changed(key)
        return subscription

    def remove(self, subscription: Subscription) -> None:
        rest = self._subscribers.get(subscription.key, [])
        if subscription in rest:
            rest.remove(subscription)
        if not rest:
            self._subscribers.pop(subscription.key, None)
            for audience in Audience:
                self._latencies.pop((subscription.key, audience), None)
        self.demand_changed(subscription.key)

    def deliver(self, key: StreamKey, picture: Picture) -> None:
        """Hand `picture` to every subscriber. One that fails is logged and does not harm the others."""
        for subscription in tuple(self._subscribers.get(key, ())):
            if subscription.closed:  # by a callback of this very round
                continue
            try:
                subscription.on_picture(picture)
            except Exception:
                logger.exception("a viewer of %s %d failed", key.kind, key.id)

    def viewers(self, key: StreamKey) -> int:
        return len(self._subscribers.get(key, ()))

    def viewers_of(self, kind: StreamKind) -> int:
        """Of all streams of a kind together."""
        return sum(len(viewers) for key, viewers in self._subscribers.items() if key.kind is kind)

    def shown(self, key: StreamKey, audience: Audience, picture: Picture) -> None:
        """A viewer has `picture` on the screen, or on its way there: how late that was counts for `latency_ms`."""
        if key not in self._subscribers:
            return
        now = time.monotonic()
        late_ms = (now - picture.captured_monotonic) * 1000
        self._latencies.setdefault((key, audience), Latencies()).add(late_ms, now)

    def latency_ms(self, key: StreamKey, audience: Audience, share: float = 0.95) -> float | None:
        """Milliseconds from the camera's frame within which `share` of the last pictures were shown to these viewers;
        None where they were shown none."""
        latencies = self._latencies.get((key, audience))
        late_ms = latencies.percentile(share, time.monotonic()) if latencies else None
        return None if late_ms is None else round(late_ms, 1)

    def demand(self, key: StreamKey) -> Demand:
        """What all viewers of a stream want together."""
        return self._demands.get(key, Demand())

    def demand_changed(self, key: StreamKey) -> None:
        total = reduce(or_, (viewer.demand for viewer in self._subscribers.get(key, ())), Demand())
        if total == self.demand(key):
            return
        if total.nothing:
            self._demands.pop(key, None)
        else:
            self._demands[key] = total
        self.on_demand(key, total)
