"""What the cameras of our own share: a server on a thread of its own that can go away and come back."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Self, TypeVar

T = TypeVar("T")

HOST = "127.0.0.1"
LATE = 1.0  # s: a sender that is later than this skips ahead instead of catching up


class CameraServer:
    """A camera on loopback. Every method may be called from any thread but the camera's own.

    Use it as a context manager: the port is open inside it, and afterwards nothing of it is left.
    Counters: `connections` (open now), `connections_total`, `clients_playing`, `frames_sent` (to all).
    """

    def __init__(self, *, fps: float, port: int = 0) -> None:
        self.fps = fps
        self.connections_total = 0
        self.clients_playing = 0
        self.frames_sent = 0
        self._stalled = False
        self._clients: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None
        self._news = threading.Condition()
        self._reserved = _bound_socket(port)
        self.port: int = self._reserved.getsockname()[1]
        self._loop = asyncio.SelectorEventLoop()  # whatever loop the program under test runs on
        self._changed = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name=f"camera-{self.port}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.come_back()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._reserved.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def connections(self) -> int:
        """Connections open now."""
        return len(self._clients)

    def wait_until(self, condition: Callable[[], object], timeout: float = 30) -> None:
        """Wait until `condition()` is true; it is looked at whenever a counter moves.

        :param timeout: seconds; TimeoutError after them
        """
        with self._news:
            if not self._news.wait_for(condition, timeout):
                raise TimeoutError(f"not within {timeout} s; {self!r}")

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.port}: {self.connections} connections "
            f"({self.connections_total} in all), {self.clients_playing} playing, "
            f"{self.frames_sent} frames sent>"
        )

    # -- faults

    def stop(self) -> None:
        """Switch the camera off: connections are closed, new ones refused. Its port stays reserved."""
        self._on_loop(self._stop())

    def come_back(self) -> None:
        """Switch the camera on, at the same port."""
        self._on_loop(self._listen())

    def drop_connections(self, *, reset: bool = False) -> None:
        """Close every connection, or reset it (RST); new ones are welcome."""
        self._on_loop(self._drop(reset))

    def stall(self) -> None:
        """Send nothing any more, with the connections open."""
        self._change("_stalled", True)

    def resume(self) -> None:
        """Send again, from the next picture on; what fell into the gap is lost, as with a real camera."""
        self._change("_stalled", False)

    def set_fps(self, fps: float) -> None:
        """Send this many pictures per second from now on."""
        self._change("fps", fps)

    # -- for the cameras

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one client until it goes."""
        raise NotImplementedError

    def _change(self, name: str, value: object) -> None:
        """Set an attribute on the camera's loop, and wake the senders that wait for their next picture."""
        self._on_loop(self._set(name, value))

    def count(self, name: str, step: int = 1) -> None:
        with self._news:
            setattr(self, name, getattr(self, name) + step)
            self._news.notify_all()

    async def next_due(self, last: float) -> float:
        """Wait until the picture after the one of moment `last` is due, and return that moment.

        Moments are seconds of the loop's monotonic clock, and follow from one another: no drift.
        """
        while True:
            due = last + 1 / self.fps
            late = self._loop.time() - due
            if self._stalled:
                await self._changed.wait()
            elif late < 0:
                await _wait_at_most(self._changed, -late)
            else:
                return due if late < LATE else due + late

    # -- on the loop

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.run_until_complete(_cancel_all())
        self._loop.close()

    def _on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    async def _set(self, name: str, value: object) -> None:
        setattr(self, name, value)
        self._changed.set()
        self._changed = asyncio.Event()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._connected, sock=self._reserved)

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            self._reserved = _bound_socket(self.port)
        await self._drop(reset=False)

    async def _drop(self, reset: bool) -> None:
        clients = self._clients.copy()
        for task, writer in clients.items():
            if reset:
                _reset_on_close(writer)
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients[task] = writer
        self.count("connections_total")
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away in the middle of a word, or the camera did
        finally:
            writer.close()
            del self._clients[task]
            self.count("connections_total", 0)


def _bound_socket(port: int) -> socket.socket:
    """A socket that owns the port without listening: connections are refused, and nobody else can take it."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((HOST, port))
    return bound


def _reset_on_close(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


async def _wait_at_most(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
