"""A widget's place at a stream: taken when it is shown, given back when it is hidden."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from siapp.core.domain import StreamKey
from siapp.core.hub import OnPicture, Subscription
from siapp.core.specs import Demand
from siapp.ui.desk import Desk


class Watching:
    """Subscribing takes a moment; what was given back meanwhile is closed as soon as it comes."""

    def __init__(self, desk: Desk, owner: QObject, key: StreamKey, on_picture: OnPicture) -> None:
        self._desk, self._owner, self._key, self._on_picture = desk, owner, key, on_picture
        self._demand: Callable[[], Demand] = Demand
        self._subscription: Subscription | None = None
        self._turn = 0

    @property
    def active(self) -> bool:
        return self._subscription is not None

    def begin(self, demand: Callable[[], Demand]) -> None:
        """`demand` is asked again when the place is there: a layout may have changed by then."""
        self.end()
        self._demand = demand
        if self._desk.session.signed_in:
            name = f"watch-{self._key.kind}-{self._key.id}"
            self._desk.operations.run(self._owner, name, self._take(self._turn), failed=lambda _error: None)

    def update(self) -> None:
        """The widget has another size."""
        if self._subscription is not None:
            self._subscription.set_demand(self._demand())

    def end(self) -> None:
        self._turn += 1
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None

    async def _take(self, turn: int) -> None:
        if turn != self._turn:  # hidden, and perhaps gone, before this began
            return
        live, actor = self._desk.services.live, self._desk.actor
        subscription = await live.watch(actor, self._key, self._demand(), self._on_picture)
        if turn != self._turn:
            subscription.close()
            return
        self._subscription = subscription
        self.update()
