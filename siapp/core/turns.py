"""So many at the same time, the others one after the other: a semaphore whose number may change."""

import asyncio
from collections import deque


class Turns:
    """`async with turns:` waits for a turn. First come, first served."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def full(self) -> bool:
        """Whether the next one has to wait."""
        return self._held >= self._limit or bool(self._waiting)

    def allow(self, limit: int) -> None:
        """Another number from now on. Nobody's turn is taken away."""
        self._limit = limit
        self._call_in()

    async def __aenter__(self) -> None:
        if not self.full:
            self._held += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting.remove(turn)
            else:  # it was called in at that very moment
                self._give_back()
            raise

    async def __aexit__(self, *_exception: object) -> None:
        self._give_back()

    def _give_back(self) -> None:
        self._held -= 1
        self._call_in()

    def _call_in(self) -> None:
        waiting = [turn for turn in self._waiting if not turn.done()]
        for turn in waiting[: max(0, self._limit - self._held)]:
            self._waiting.remove(turn)
            self._held += 1
            turn.set_result(None)
