"""The supervisor's ends of a worker's two pipes. Neither reading nor writing here ever waits for the worker: one that
is stopped in the middle of a message, or takes no more commands, must not hold up the thread that serves all others.

On POSIX the bytes are those of `multiprocessing.Connection`, which the worker uses at its end. Windows' pipes keep
messages apart by themselves.
"""

import os
import struct
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection

from siapp.core.workers.messages import LARGEST_MESSAGE_BYTES

READ_BYTES = 1 << 16
_LENGTH = struct.Struct("!i")


class Incoming:
    """What a worker reports. Wait for `connection` to know when there is something to take."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._begun = bytearray()
        if sys.platform != "win32":
            os.set_blocking(connection.fileno(), False)

    def take(self) -> list[bytes] | None:
        """The messages that a bounded read made whole; None where there was nothing to read.

        Raises EOFError at the pipe's end, ValueError for a length that no worker writes.
        """
        if sys.platform == "win32":
            return [self.connection.recv_bytes(LARGEST_MESSAGE_BYTES)] if self.connection.poll() else None
        try:
            data = os.read(self.connection.fileno(), READ_BYTES)
        except BlockingIOError:
            return None
        if not data:
            raise EOFError
        self._begun += data
        return list(self._whole())

    def close(self) -> None:
        self.connection.close()

    def _whole(self) -> Iterator[bytes]:
        while len(self._begun) >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._begun)
            if not 0 <= size <= LARGEST_MESSAGE_BYTES:
                raise ValueError("not a message's length")
            end = _LENGTH.size + size
            if len(self._begun) < end:
                return
            yield bytes(self._begun[_LENGTH.size : end])
            del self._begun[:end]


class Outgoing:
    """What a worker is told."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        if sys.platform != "win32":
            os.set_blocking(connection.fileno(), False)

    def put(self, data: bytes) -> bool:
        """Whether there was room for all of it; after False the pipe is of no use any more.

        Raises OSError where the worker is gone.
        """
        if sys.platform == "win32":
            self._connection.send_bytes(data)
            return True
        whole = _LENGTH.pack(len(data)) + data
        try:
            return os.write(self._connection.fileno(), whole) == len(whole)
        except BlockingIOError:
            return False

    def close(self) -> None:
        self._connection.close()
