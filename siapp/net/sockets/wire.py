"""One WebSocket as aiohttp has it, with what siapp asks of it beyond that: its own close codes, a bound on what
waits to be sent, and an end that comes even where the other side has stopped reading."""

import asyncio
import socket
import struct
from enum import IntEnum

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.abc import AbstractStreamWriter

from siapp.net import SERVER_NAME
from siapp.net.sockets.frames import frame

LARGEST_MESSAGE = 4096
SEND_LIMIT_S = 8.0
GOODBYE_LIMIT_S = 2.0
REST_OF_MESSAGE_S = 1.0
# Small, so that a viewer that falls behind is noticed and gets the newest picture instead of a long tail of old ones.
WRITE_BUFFER_BYTES = 128 << 10
KERNEL_BUFFER_BYTES = 256 << 10
LITTLE_BYTES = 16 << 10
GONE = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})
_NO_LIMIT = 1 << 62


class CloseCode(IntEnum):
    """Why siapp ends a WebSocket; the 44xx ones read like HTTP's 4xx."""

    GOING_AWAY = 1001
    UNSUPPORTED = 1003
    INTERNAL_ERROR = 1011
    TRY_AGAIN_LATER = 1013
    NOT_SIGNED_IN = 4401
    FORBIDDEN = 4403
    NOT_FOUND = 4404
    NO_TOKEN_IN_TIME = 4408
    TOO_LARGE = 4413
    BAD_PARAMETER = 4422
    TOO_SLOW_OR_MANY = 4429


class Closing(Exception):
    """Ends a WebSocket with `code`; `reason` is a stable word for programs."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Left(ConnectionError):
    """The other side has closed the WebSocket, or is gone."""


class _Response(web.WebSocketResponse):
    def __init__(self) -> None:
        # Flow control is `Wire.drain` and nowhere else: aiohttp lets only one task at a time wait for it. `Wire.close`
        # limits the goodbye; aiohttp's own limit leaves a dead line open behind it, so it must not come first.
        super().__init__(
            timeout=2 * GOODBYE_LIMIT_S,
            autoping=False,
            compress=False,
            max_msg_size=LARGEST_MESSAGE,
            writer_limit=_NO_LIMIT,
        )

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        """aiohttp ends a socket with an over-long message by 1009 and at once; the contract says 4413, and a client
        that is still sending would lose even that. So it is told first, and what it sends is thrown away meanwhile."""
        if code == WSCloseCode.MESSAGE_TOO_BIG:
            code = CloseCode.TOO_LARGE
            await self.send_frame(struct.pack("!H", code), WSMsgType.CLOSE)
            await asyncio.sleep(REST_OF_MESSAGE_S)
        return await super().close(code=code, message=message, drain=drain)


class Wire:
    """One WebSocket. `response` receives, one task at a time; one drains; anybody may send."""

    def __init__(self, request: web.Request, response: _Response, writer: AbstractStreamWriter) -> None:
        if request.transport is None:
            raise Left
        self.response = response
        self._writer = writer
        self._protocol = request.protocol
        self._transport = request.transport
        self._draining: asyncio.Task[None] | None = None
        self.sent_bytes = 0
        _bound_buffers(self._transport)

    @classmethod
    async def open(cls, request: web.Request) -> "Wire":
        response = _Response()
        response.headers["Server"] = SERVER_NAME
        writer = await response.prepare(request)
        response.headers.clear()  # they are sent
        return cls(request, response, writer)

    def hold_little(self) -> None:
        """Take no more from now on than the line carries: what is not on its way waits where it can be dropped."""
        self._transport.set_write_buffer_limits(high=LITTLE_BYTES)
        connection = self._transport.get_extra_info("socket")
        if connection is not None and hasattr(socket, "TCP_NOTSENT_LOWAT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, LITTLE_BYTES)

    def text(self, text: str) -> None:
        self._write(frame(WSMsgType.TEXT, text.encode()))

    def frames(self, frames: bytes) -> None:
        """Send messages whose frames are made already, see frames.py: one write, whatever they hold, and no copy.

        Nothing of what aiohttp does to a message is needed: none is compressed or masked here.
        """
        self._write(frames)

    def ping(self) -> None:
        self._write(frame(WSMsgType.PING, b""))

    def pong(self, data: bytes) -> None:
        self._write(frame(WSMsgType.PONG, data))

    def _write(self, frames: bytes) -> None:
        if self.response.closed or self._transport.is_closing():
            raise Left
        self._transport.write(frames)
        self.sent_bytes += len(frames)

    async def drain(self) -> None:
        """Wait until most of what was sent is on its way. Raises Closing 4429 where that takes too long."""
        if not self._protocol.writing_paused:
            return
        # In a task of its own: aiohttp waits for one future on everybody's behalf, and cancelling us would cancel it.
        self._draining = asyncio.create_task(self._writer.drain(), name="socket-drain")
        done, _pending = await asyncio.wait({self._draining}, timeout=SEND_LIMIT_S)
        if not done:
            raise Closing(CloseCode.TOO_SLOW_OR_MANY, "too_slow")
        try:
            await self._draining
        except ConnectionError:
            raise Left from None

    async def close(self, code: CloseCode, reason: str) -> None:
        """Say goodbye; where that is not answered soon, cut the line, so that nothing waits for a dead peer."""
        try:
            async with asyncio.timeout(GOODBYE_LIMIT_S):
                await self.response.close(code=code, message=reason.encode())
        except TimeoutError:
            self._transport.abort()
        if self._draining is not None:
            self._draining.cancel()
            await asyncio.gather(self._draining, return_exceptions=True)


def _bound_buffers(transport: asyncio.Transport) -> None:
    transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER_BYTES)
