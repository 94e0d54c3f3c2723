"""A second start with the same data folder: it asks the first one, over a local socket, to show its window."""

import asyncio
import getpass
import hashlib
import logging
import os
import sys
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

logger = logging.getLogger(__name__)

SOCKET_NAME = "window.sock"
LONGEST_PATH = 90  # sockets have 108 bytes for it, and Qt makes them under a longer name first
ANSWER_LIMIT_S = 2.0
ASK, ANSWER = b"show\n", b"shown\n"


def socket_name(folder: Path) -> str:
    """In the data folder, which is its owner's alone; under a name of its own where that can't be."""
    path = folder.absolute() / SOCKET_NAME
    if sys.platform != "win32" and len(os.fsencode(path)) <= LONGEST_PATH:
        return str(path)
    return f"siapp-{hashlib.sha256(f'{getpass.getuser()} {path}'.encode()).hexdigest()[:24]}"


class FirstStart(QObject):
    """`asked`: somebody started siapp again. Only for who holds the data folder's lock."""

    asked = Signal()

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._name = socket_name(folder)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)

    def listen(self) -> None:
        """What a crash has left in the place is taken away first: nobody else can have it."""
        QLocalServer.removeServer(self._name)
        if not self._server.listen(self._name):
            logger.warning("a second start can't reach this window: %s", self._server.errorString())

    def close(self) -> None:
        self._server.close()
        self.deleteLater()

    def _greet(self) -> None:
        while self._server.hasPendingConnections():
            caller = self._server.nextPendingConnection()
            caller.disconnected.connect(caller.deleteLater)
            caller.readyRead.connect(lambda caller=caller: self._answer(caller))
            if caller.bytesAvailable():
                self._answer(caller)

    def _answer(self, caller: QLocalSocket) -> None:
        said = bytes(caller.read(len(ASK)).data())
        if said == ASK:
            caller.write(ANSWER)
            logger.info("siapp was started again: its window is shown")
            self.asked.emit()
        caller.disconnectFromServer()


async def show_first(folder: Path) -> bool:
    """Ask whoever has this data folder to show its window. Whether it did: one without a window can't."""
    answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    socket = QLocalSocket()

    def end(shown: bool) -> None:
        if not answered.done():
            answered.set_result(shown)

    socket.connected.connect(lambda: socket.write(ASK))
    socket.readyRead.connect(lambda: end(bytes(socket.readAll().data()) == ANSWER))
    socket.errorOccurred.connect(lambda _error: end(False))
    socket.connectToServer(socket_name(folder))
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            return await answered
    except TimeoutError:
        return False
    finally:
        socket.abort()
        socket.deleteLater()
