"""Qt's loop as asyncio's, through qasync."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

import qasync

T = TypeVar("T")


class Loop(qasync.QEventLoop):  # type: ignore[misc]  # qasync has no types
    """qasync turns Qt once more when a run has ended, outside asyncio's loop: a task that is due then fails with "no
    running event loop". Here it waits for the next run."""

    def run_until_complete(self, future: Awaitable[T]) -> T:
        """Raises RuntimeError where the loop was stopped before the future was done."""
        task: asyncio.Future[T] = asyncio.ensure_future(future, loop=self)

        def stop(_done: Any) -> None:
            self.stop()

        task.add_done_callback(stop)
        try:
            self.run_forever()
        finally:
            task.remove_done_callback(stop)
        if not task.done():
            raise RuntimeError("the loop was stopped before its work was done")
        return task.result()
