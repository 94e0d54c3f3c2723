"""WebSockets of a station as async iterators that come back after an interruption, and say that there was one."""

import asyncio
import json
import logging
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic, Protocol, TypeVar

from aiohttp import ClientError as HttpClientError
from aiohttp import ClientWebSocketResponse, WSMessage, WSMsgType, WSServerHandshakeError

from siapp.client.answers import Detections, Device, Stats, Task, read
from siapp.client.connection import Connection
from siapp.client.errors import ClientError, Refused, TooMany, Unavailable, Unexpected, Unreachable, refusal
from siapp.client.events import Event, event

logger = logging.getLogger(__name__)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

HEARTBEAT_S = 10.0
LEAST_RENEWAL_S = 1.0
_SIGN_IN_LOST = 4401
# Another try would meet them again: not allowed, no such object, message too large, a parameter that is out of its
# range. HTTP's numbers plus 4000.
_FINAL = frozenset({4403, 4404, 4413, 4422})
_WEBSOCKET_CODES = 4000
# Instead of a socket: another try would meet these again, too. The last two: a name that the station does not go by,
# and a proxy that lets no WebSockets through.
_FINAL_STATUSES = frozenset({401, 403, 404, 421, 426})


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG picture. `detections`: what was found in it; None for a camera's own picture."""

    jpeg: bytes
    detections: Detections | None = None


@dataclass(frozen=True, slots=True)
class Interruption:
    """The stream broke, and is opened again in `wait_s` seconds. `attempt`: the how-many-th in a row, from 1."""

    attempt: int
    wait_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Patience:
    """The waits between tries, in seconds, the last one over and over, each up to a `jitter`th longer or shorter.
    After `good_s` without an interruption they begin from the start. `tries`: in a row at most; None: for ever."""

    waits_s: tuple[float, ...] = (0.5, 1, 2, 4, 8, 15)
    jitter: float = 0.2
    good_s: float = 60.0
    tries: int | None = None

    def wait(self, attempt: int) -> float:
        wait = self.waits_s[min(attempt, len(self.waits_s)) - 1]
        return wait * random.uniform(1 - self.jitter, 1 + self.jitter)


Seen = Picture | Task | Device | Stats


class Reader(Protocol[T_co]):
    """Makes values of one socket's messages; None where a message is not a value yet."""

    def take(self, message: WSMessage) -> T_co | None: ...


class PictureReader:
    """Each picture together with the detections that came just before it; `state`: what a state message holds."""

    def __init__(self, state: type[Task] | type[Device]) -> None:
        self._kinds: dict[str, Any] = {"state": state, "stats": Stats}
        self._found: Detections | None = None

    def take(self, message: WSMessage) -> Seen | None:
        if message.type is WSMsgType.BINARY:
            picture, self._found = Picture(message.data, self._found), None
            return picture
        said = loaded(message)
        name = str(said.get("type"))
        if name == "detections":
            self._found = read(Detections, said)
        kind = self._kinds.get(name)
        return read(kind, said) if kind else None


class EventReader:
    def take(self, message: WSMessage) -> Event | None:
        said = loaded(message)
        return None if said.get("type") == "error" else event(said)


class _Broken(Exception):
    """The stream ended, for a reason that may pass."""


class Stream(Generic[T]):
    """One WebSocket for as long as somebody iterates over `values`.

    Take them as they come: who leaves them for 8 s is cut off by the station, and reconnects.
    """

    def __init__(self, connection: Connection, path: str, reader: Callable[[], Reader[T]], patience: Patience) -> None:
        self._connection = connection
        self._path = path
        self._reader = reader
        self._patience = patience

    async def values(self) -> AsyncGenerator[T | Interruption, None]:
        """What comes, and an Interruption for each time that the line was lost.

        Raises Refused where another try would be of no use: not signed in, not allowed, no such object,
        an address where no stream is opened.
        """
        attempt = 0
        while True:
            opened, reason = time.monotonic(), ""
            try:
                async with aclosing(self._once()) as values:
                    async for value in values:
                        yield value
            except _Broken as broken:
                reason = str(broken)
            attempt = 1 if time.monotonic() - opened >= self._patience.good_s else attempt + 1
            interruption = self._interruption(attempt, reason)
            yield interruption
            await asyncio.sleep(interruption.wait_s)

    def _interruption(self, attempt: int, reason: str) -> Interruption:
        if self._patience.tries is not None and attempt > self._patience.tries:
            raise Unreachable(f"the stream broke and did not come back: {reason}")
        wait_s = self._patience.wait(attempt)
        logger.warning("%s: %s; attempt %d in %.1f s", self._path, reason, attempt, wait_s)
        return Interruption(attempt, wait_s, reason)

    async def _once(self) -> AsyncGenerator[T, None]:
        reader, error = self._reader(), ("", "")
        async with self._opened() as socket:
            async for message in socket:
                error = _error_in(message) or error
                if (value := reader.take(message)) is not None:
                    yield value
            code = socket.close_code
        await self._say_why(code, *error)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[ClientWebSocketResponse]:
        """A socket that is signed in, and stays so: each new token is told to it before the old one ends."""
        try:
            token = await self._connection.token()
            async with self._connection.socket(self._path, token, HEARTBEAT_S) as socket:
                renewing = asyncio.create_task(self._stay_signed_in(socket), name="siapp-stream-token")
                try:
                    yield socket
                finally:
                    renewing.cancel()
                    await asyncio.gather(renewing, return_exceptions=True)
        except WSServerHandshakeError as error:
            raise _not_opened(error) from error
        except (HttpClientError, OSError, TimeoutError, Unreachable, Unavailable, TooMany) as error:
            raise _Broken(f"the station does not answer: {error or type(error).__name__}") from error

    async def _stay_signed_in(self, socket: ClientWebSocketResponse) -> None:
        """Where that fails, the station closes the socket in the end, and the reason is found there."""
        try:
            while True:
                await asyncio.sleep(max(LEAST_RENEWAL_S, self._connection.renew_in_s))
                await socket.send_json({"token": await self._connection.token()})
        except (ClientError, HttpClientError, OSError) as error:
            logger.warning("%s: the sign-in could not be renewed: %s", self._path, error)

    async def _say_why(self, code: int | None, word: str, sentence: str) -> None:
        """Raises what a close code means."""
        if code == _SIGN_IN_LOST:
            await self._connection.renewed(await self._connection.token())
        elif code in _FINAL:
            raise refusal(code - _WEBSOCKET_CODES, word or "refused", sentence or "The station refuses this.")
        raise _Broken(sentence or f"the station closed it with {code}")


def _not_opened(error: WSServerHandshakeError) -> Refused | _Broken:
    if error.status in _FINAL_STATUSES:
        said = f"{error.status} {HTTPStatus(error.status).phrase}"
        return refusal(error.status, "not_opened", f"the station does not open this stream: {said}")
    return _Broken(f"the station does not open the stream: status {error.status}")


def _error_in(message: WSMessage) -> tuple[str, str] | None:
    """Code and sentence of an `error` message: the reason in words of the close code that follows."""
    if message.type is not WSMsgType.TEXT or '"error"' not in message.data:
        return None
    said = loaded(message)
    return (str(said.get("code", "")), str(said.get("message", ""))) if said.get("type") == "error" else None


def loaded(message: WSMessage) -> dict[str, Any]:
    """A text message's object. Raises Unexpected."""
    try:
        said = json.loads(message.data)
    except (TypeError, ValueError):
        said = None
    if not isinstance(said, dict):
        raise Unexpected("the station's message is not a JSON object")
    return said


async def only_pictures(
    stream: AsyncGenerator[Seen | Interruption, None], on_interruption: Callable[[Interruption], None]
) -> AsyncGenerator[Picture, None]:
    """The pictures of a stream; `on_interruption` hears when the line was lost."""
    async with aclosing(stream):
        async for seen in stream:
            match seen:
                case Picture():
                    yield seen
                case Interruption():
                    on_interruption(seen)
                case _:
                    pass
