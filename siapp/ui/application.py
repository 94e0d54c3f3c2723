"""Qt and asyncio on one loop: how the window program begins and ends."""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

from siapp.core.domain import Actor
from siapp.core.services import Services
from siapp.ui.desk import ServerInfo
from siapp.ui.display import display_available
from siapp.ui.garbage import GarbageCollector
from siapp.ui.loop import Loop
from siapp.ui.memory import Memory
from siapp.ui.qtlog import qt_messages_logged
from siapp.ui.theme import apply_theme
from siapp.ui.window import MainWindow

__all__ = ["Desktop", "ServerInfo", "display_available", "run"]

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def make_application() -> QApplication:
    """The one QApplication, dressed. Closing the last window does not end it: the composition root does."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([sys.argv[0] or "siapp"])
    app.setApplicationName("siapp")
    app.setApplicationDisplayName("siapp")
    app.setDesktopFileName("siapp")
    app.setQuitOnLastWindowClosed(False)
    apply_theme(app)
    return app


def run(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run `main` to its end on a loop that Qt and asyncio share; its answer is ours.

    SIGINT and SIGTERM cancel `main`, which takes everything down in order; the answer is then 0.
    """
    app = make_application()
    garbage = GarbageCollector(app)
    loop = Loop(app)
    asyncio.set_event_loop(loop)
    try:
        task = loop.create_task(main(), name="main")
        with _ended_by_signals(loop, task), qt_messages_logged():
            return int(loop.run_until_complete(task))
    except asyncio.CancelledError:
        return 0
    finally:
        _close(loop)
        garbage.stop()


class Desktop:
    """The window over running services. `run` shows it and returns when it was closed."""

    def __init__(
        self, services: Services, server: ServerInfo, signed_in: Actor | None = None, memory: Memory | None = None
    ) -> None:
        self._signed_in = signed_in
        self._closed = asyncio.Event()
        self.window = MainWindow(services, server, memory=memory)
        self.window.closed.connect(self._closed.set)

    async def run(self) -> None:
        """Cancelled, it takes the window down in the same order."""
        self.window.show()
        self.window.begin(self._signed_in)
        try:
            await self._closed.wait()
        finally:
            await self.window.shut()


@contextlib.contextmanager
def _ended_by_signals(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[int]") -> Iterator[None]:
    """While it lasts, SIGINT and SIGTERM cancel `task`."""

    def cancel(number: int, _frame: object) -> None:
        logger.info("ended by signal %d", number)
        loop.call_soon_threadsafe(task.cancel)

    before = {number: signal.signal(number, cancel) for number in SIGNALS}
    try:
        with _awake_for_signals():
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _awake_for_signals() -> Iterator[None]:
    """Python runs its handlers between two bytecodes, and Qt waits in C++ when nothing happens: each signal
    writes a byte to a socket that Qt listens to."""
    ours, pythons = socket.socketpair()
    ours.setblocking(False)
    pythons.setblocking(False)
    before = signal.set_wakeup_fd(pythons.fileno(), warn_on_full_buffer=False)
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda *_which: ours.recv(64))
    try:
        yield
    finally:
        notifier.setEnabled(False)
        signal.set_wakeup_fd(before)
        ours.close()
        pythons.close()


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what is left over, wait for it, then close."""
    left = asyncio.all_tasks(loop)
    for task in left:
        logger.warning("%s was still under way at the end", task.get_name())
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    asyncio.set_event_loop(None)
