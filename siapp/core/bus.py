"""Who wants to know what. Publish and subscribe on the loop's thread only."""

import logging
from collections.abc import Callable

from siapp.core.events import Event

logger = logging.getLogger(__name__)

Listener = Callable[[Event], None]


class Bus:
    """Calls every listener with every event, in order of subscription. A listener must not block.

    One listener's failure is logged and does not keep the event from the others.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Add `listener`; the answer takes it away again (twice does no harm)."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def publish(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:
                logger.exception("a listener failed on %s", type(event).__name__)
