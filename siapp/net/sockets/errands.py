"""What is done for one WebSocket beside receiving. Nothing waits for its turn in a task of its own, so that a thousand
idle sockets cost little."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from types import TracebackType
from typing import Any


class Errands:
    """Short tasks and later calls beside the block that this manages. The first error, there or here, ends all.

    It goes no further than the block, and is the `reason` then. All run in the context in which this is made, whoever
    calls for them: their log lines are the socket's.
    """

    __slots__ = ("_block", "_context", "_loop", "_tasks", "reason")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._context = copy_context()
        self._block = asyncio.timeout(None)  # its time comes with the reason
        self._tasks: list[asyncio.Task[None]] = []
        self.reason: BaseException | None = None

    async def __aenter__(self) -> "Errands":
        await self._block.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self.reason = self.reason or error
        try:
            await self._block.__aexit__(kind, error, traceback)
        except TimeoutError:
            return True
        finally:
            await self._stop()
        return isinstance(error, Exception)

    def end(self, reason: Exception) -> None:
        """The first reason counts."""
        if self.reason is None:
            self.reason = reason
            self._block.reschedule(self._loop.time())

    def start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin `work` in a task, unless it is too late for that."""
        if self.reason is None:
            task = self._loop.create_task(work(), name="socket-errand", context=self._context)
            self._tasks.append(task)
            task.add_done_callback(self._done, context=self._context)

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call `call` later, unless it is too late for that then."""
        self._loop.call_later(seconds, self._run, call, context=self._context)

    def _run(self, call: Callable[[], None]) -> None:
        if self.reason is None:
            try:
                call()
            except Exception as error:  # noqa: BLE001  whoever looks at the reason sees to it
                self.end(error)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.remove(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self.end(error)

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
