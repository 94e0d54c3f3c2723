"""One signed-in WebSocket: who it is, whether that still holds, and what waits to be sent.

Four tasks live as long as the socket: one receives, one looks after the sign-in, one after the line, one sends.
The first that ends, ends all; the reason becomes the close code.
"""

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TypeVar

from aiohttp import WSMessage, WSMsgType

from siapp.core import lognote
from siapp.core.errors import Forbidden, NotFound, NotSignedIn, SiappError, TooMany, Unavailable
from siapp.core.events import Event, SessionEnded, UserChanged
from siapp.core.i18n import Language
from siapp.net import views
from siapp.net.call import Call, not_signed_in
from siapp.net.policy import Row
from siapp.net.sockets.wire import SEND_LIMIT_S, CloseCode, Closing, Left, Wire

logger = logging.getLogger(__name__)

E = TypeVar("E", bound=Exception)

TOKEN_LIMIT_S = 5.0
RECHECK_S = 4.0
PING_S = 2.0
MOST_MESSAGES_A_SECOND = 20
MOST_TEXTS_WAITING = 1000
# A burst after a busy moment of the loop is not lost; a viewer that is slower than that gets the newest ones.
MOST_PICTURES_WAITING = 3

_CODES: dict[type[SiappError], CloseCode] = {
    NotSignedIn: CloseCode.NOT_SIGNED_IN,
    Forbidden: CloseCode.FORBIDDEN,
    NotFound: CloseCode.NOT_FOUND,
    TooMany: CloseCode.TOO_SLOW_OR_MANY,
    Unavailable: CloseCode.TRY_AGAIN_LATER,
}


Serve = Callable[["Channel"], Awaitable[None]]
"""A socket's handler: it is given a channel whose caller is signed in and allowed, subscribes, and returns."""


class Channel:
    """The life of one WebSocket, from the upgrade to the close frame."""

    def __init__(self, wire: Wire, call: Call, row: Row, header_token: str | None) -> None:
        self._wire = wire
        self._row = row
        self.call = call
        self._token = header_token
        self._language = call.language
        self._texts: deque[str] = deque()
        self._pictures: deque[tuple[bytes, Callable[[], None]]] = deque(maxlen=MOST_PICTURES_WAITING)
        self._something = asyncio.Event()
        self._token_came = asyncio.Event()
        self._recheck_now = asyncio.Event()
        self._end: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()
        self._unanswered = 0  # pings since the last message
        self._counted_from, self._counted = time.monotonic(), 0
        self._clean_up = ExitStack()
        self.sent = self.dropped = 0
        if header_token is not None:
            self._token_came.set()

    @property
    def route(self) -> str:
        return self._row.path

    @property
    def waiting(self) -> tuple[int, int]:
        """How many texts and how many pictures wait to be sent."""
        return len(self._texts), len(self._pictures)

    @property
    def language(self) -> Language:
        return self._language

    def post(self, message: views.Json) -> None:
        """Queue a text message. A viewer that lets too many wait is closed."""
        if len(self._texts) >= MOST_TEXTS_WAITING:
            self.end(CloseCode.TOO_SLOW_OR_MANY, "too_slow")
            return
        self._texts.append(views.dumps(message))
        self._something.set()

    def show(self, frames: bytes, on_sent: Callable[[], None]) -> None:
        """Queue a picture and what goes with it, as frames; the oldest one waiting makes room.

        `on_sent` is called once it is on its way.
        """
        self.dropped += len(self._pictures) == MOST_PICTURES_WAITING
        self._pictures.append((frames, on_sent))
        self._something.set()

    def on_close(self, callback: Callable[[], None]) -> None:
        """What to give back when the socket closes, whatever closes it."""
        self._clean_up.callback(callback)

    def end(self, code: CloseCode, reason: str) -> None:
        """Close from a callback; the first reason counts."""
        if not self._end.done():
            self._end.set_result(Closing(code, reason))

    async def run(self, serve: Serve) -> None:
        """Sign in, serve, and close with the right code. Returns when the socket is closed."""
        self.on_close(self.call.services.bus.subscribe(self._on_event))
        closing = Closing(CloseCode.GOING_AWAY, "closed")
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._receive(), name="socket-receive")
                group.create_task(self._wait_for_end(), name="socket-end")
                await self._sign_in()
                for work in (self._keep_line(), self._keep_signed_in(), self._send()):
                    group.create_task(work, name="socket-work")
                await serve(self)
        except* Left:
            closing.reason = "left"
        except* Closing as ended:
            closing = _first(ended)
        except* SiappError as ended:
            closing = await self._explained(_first(ended))
        except* Exception as ended:
            logger.exception("a socket on %s failed", self._row.path, exc_info=ended)
            closing = Closing(CloseCode.INTERNAL_ERROR, "internal_error")
        finally:
            self._clean_up.close()
        await self._wire.close(closing.code, closing.reason)
        logger.info(
            "%s closed: %s; %d pictures sent, %d dropped", self._row.path, closing.reason, self.sent, self.dropped
        )

    async def _sign_in(self) -> None:
        try:
            async with asyncio.timeout(TOKEN_LIMIT_S):
                await self._token_came.wait()
        except TimeoutError:
            raise Closing(CloseCode.NO_TOKEN_IN_TIME, "no_token_in_time") from None
        await self._identify()

    async def _identify(self) -> None:
        """Ask the database who this is now. Raises NotSignedIn or Forbidden."""
        identity = await self.call.services.accounts.identify(self._token or "")
        if self.call.caller is not None and self.call.caller.user.id != identity.user.id:
            raise not_signed_in()  # a socket is one person's from first to last
        self.call = replace(self.call, caller=identity, language=self._language)
        lognote.signed_in(identity.user.username)
        await self.call.admit(self._row)

    async def _keep_signed_in(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(RECHECK_S):
                    await self._recheck_now.wait()
            self._recheck_now.clear()
            # A database that is away for a minute says nothing about the sign-in; pictures go on meanwhile.
            with suppress(Unavailable):
                await self._identify()

    async def _keep_line(self) -> None:
        """Somebody who does not even answer pings does not read: close, before more is sent for nothing.

        Counted in pings and not by the clock: that the loop stood still for seconds is not the viewer's fault.
        """
        while True:
            await asyncio.sleep(PING_S)
            if (self._unanswered + 1) * PING_S >= SEND_LIMIT_S:
                raise Closing(CloseCode.TOO_SLOW_OR_MANY, "too_slow")
            self._unanswered += 1
            await self._wire.ping()

    async def _receive(self) -> None:
        while True:
            message = await self._wire.receive()
            self._unanswered = 0
            self._count_message()
            match message.type:
                case WSMsgType.PING:
                    await self._wire.pong(message.data)
                case WSMsgType.TEXT | WSMsgType.BINARY:
                    self._take(message)

    def _count_message(self) -> None:
        now = time.monotonic()
        if now - self._counted_from > 1:
            self._counted_from, self._counted = now, 0
        self._counted += 1
        if self._counted > MOST_MESSAGES_A_SECOND:
            raise Closing(CloseCode.TOO_SLOW_OR_MANY, "too_many_messages")

    def _take(self, message: WSMessage) -> None:
        """The first message signs in; a later one with a token prolongs; other objects are of no interest, and what is
        none was meant for somebody else."""
        said = _object_in(message)
        if said is None:
            if self._token_came.is_set():
                raise Closing(CloseCode.UNSUPPORTED, "unsupported_message")
            said = {}
        token = said.get("token")
        if isinstance(token, str):
            self._token = token
            self._language = _language_in(said) or self._language
            self._recheck_now.set()
        self._token_came.set()

    async def _wait_for_end(self) -> None:
        raise await self._end

    async def _send(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            while self._texts or self._pictures:
                await self._send_next()

    async def _send_next(self) -> None:
        """Texts in order, then the pictures that wait."""
        if self._texts:
            await self._wire.text(self._texts.popleft())
            await self._wire.drain()
            return
        frames, on_sent = self._pictures.popleft()
        self._wire.frames(frames)
        await self._wire.drain()
        self.sent += 1
        on_sent()

    async def _explained(self, error: SiappError) -> Closing:
        """Say in words what is wrong, to somebody who is signed in; the close frame has only a code."""
        if self.call.caller is not None:
            text = views.dumps({"type": "error", "code": error.code, "message": error.text(self._language)})
            with suppress(Left):
                await self._wire.text(text)
        code = next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), CloseCode.INTERNAL_ERROR)
        return Closing(code, error.code)

    def _on_event(self, event: Event) -> None:
        caller = self.call.caller
        if caller is None:
            return
        match event:
            case SessionEnded(user_id, session_id) if user_id == caller.user.id:
                if session_id in (None, caller.session_id):
                    self.end(CloseCode.NOT_SIGNED_IN, "session_ended")
            case UserChanged(user) if user.id == caller.user.id:
                self._recheck_now.set()
            case _:
                pass


def _object_in(message: WSMessage) -> dict[str, object] | None:
    if message.type is not WSMsgType.TEXT:
        return None
    try:
        said = json.loads(message.data)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _language_in(said: dict[str, object]) -> Language | None:
    wanted = said.get("language")
    return Language(wanted) if isinstance(wanted, str) and wanted in list(Language) else None


def _first(group: ExceptionGroup[E]) -> E:
    """The error that came first; where two came at once, one of them is reason enough."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
