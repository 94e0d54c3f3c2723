"""Stages that overlap: what makes items runs on a thread of its own while they are used on another."""

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")

LEAST_DEPTH = 2  # an item and the end


def overlapped(items: Iterator[T], depth: int, name: str) -> Generator[T, None, None]:
    """The same items in the same order, made ahead by a thread called `name`; at most `depth` of them wait.

    What `items` raises is raised here. Ending this generator early ends `items` on its thread, and waits for that.
    """
    stage = _Stage(items, depth)
    thread = threading.Thread(target=stage.make, name=name, daemon=True)
    thread.start()
    try:
        yield from stage.take()
    finally:
        stage.stop()
        thread.join()


class _Stage(Generic[T]):
    def __init__(self, items: Iterator[T], depth: int) -> None:
        self._items = items
        self._made: queue.Queue[T | None] = queue.Queue(max(LEAST_DEPTH, depth))
        self._stopped = False
        self._error: BaseException | None = None

    def make(self) -> None:
        """On the thread."""
        try:
            for item in self._items:
                self._made.put(item)
                if self._stopped:
                    break
            if isinstance(self._items, Generator):
                self._items.close()  # generators end on the thread that ran them
        except BaseException as error:  # noqa: BLE001 - raised again where the items are used
            self._error = error
        finally:
            self._made.put(None)

    def take(self) -> Iterator[T]:
        while (item := self._made.get()) is not None:
            yield item
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Nobody takes any more: make room, so that the thread finds that out. It puts at most an item and the end."""
        self._stopped = True
        with suppress(queue.Empty):
            while True:
                self._made.get_nowait()
