"""One signed-in WebSocket: who it is, whether that still holds, and what waits to be sent.

One task lives as long as the socket and receives. Sending and looking after the sign-in are short ones, and only while
there is something to do. The first that fails ends the socket; the reason becomes the close code.
"""

import json
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import replace

from aiohttp import WSMessage, WSMsgType

from siapp.core import lognote
from siapp.core.bus import Listener
from siapp.core.clock import now, rfc3339
from siapp.core.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    NotSignedIn,
    SiappError,
    TooMany,
    Unavailable,
    Unsupported,
)
from siapp.core.events import Event, SessionEnded, UserChanged
from siapp.core.i18n import Language
from siapp.core.reach import SocketInfo, SocketKind
from siapp.net import views
from siapp.net.bodies import object_in_path
from siapp.net.call import Call, not_signed_in
from siapp.net.policy import Row
from siapp.net.sockets.errands import Errands
from siapp.net.sockets.wire import GONE, SEND_LIMIT_S, CloseCode, Closing, Left, Wire

logger = logging.getLogger(__name__)

TOKEN_LIMIT_S = 5.0
PING_S = 2.0
PINGS_PER_CHECK = 2  # of the sign-in: revocation is to show within five seconds
CLOCK_S = 5.0  # scripts of a browser hear no pings: by this they tell a quiet line from a dead one
MOST_MESSAGES_A_SECOND = 20
MOST_TEXTS_WAITING = 1000
# A burst after a busy moment of the loop is not lost; a viewer that is slower than that gets the newest ones.
MOST_PICTURES_WAITING = 3
# Of a video no picture is dropped lightly, so that one more burst has room.
MOST_VIDEO_WAITING = 8

_KINDS = {
    "sockets.task": SocketKind.TASK,
    "sockets.device_preview": SocketKind.DEVICE,
    "sockets.events": SocketKind.EVENTS,
}
_CODES: dict[type[SiappError], CloseCode] = {
    NotSignedIn: CloseCode.NOT_SIGNED_IN,
    Forbidden: CloseCode.FORBIDDEN,
    NotFound: CloseCode.NOT_FOUND,
    InvalidInput: CloseCode.BAD_PARAMETER,
    Unsupported: CloseCode.UNSUPPORTED,
    TooMany: CloseCode.TOO_SLOW_OR_MANY,
    Unavailable: CloseCode.TRY_AGAIN_LATER,
}


Serve = Callable[["Channel"], Awaitable[None]]
"""A socket's handler: it is given a channel whose caller is signed in and allowed, subscribes, and returns."""


class Channel:
    """The life of one WebSocket, from the upgrade to the close frame."""

    def __init__(self, wire: Wire, call: Call, row: Row, serve: Serve) -> None:
        self._wire = wire
        self._row = row
        self._serve = serve
        self.call = call
        self._told_token: str | None = None  # in a message; not the header's, which is kept there
        self._language = call.language
        # Lists, not deques: those take ten times the room even when empty, and no more than a few wait here for long.
        self._texts: list[str] = []
        self._pictures: list[tuple[bytes, Callable[[], None]]] = []
        self._listener: Listener = _hear_nothing
        self._give_back: list[Callable[[], None]] = []
        self._errands = Errands()
        self._begun = self._sending = False
        self._checking, self._doubted = True, False  # the sign-in is the first check
        self._unanswered = 0  # pings since the last message
        self._counted_from, self._counted = time.monotonic(), 0
        self.sent = self.dropped = self._pings = 0
        self._since = now()

    @property
    def route(self) -> str:
        return self._row.path

    @property
    def waiting(self) -> tuple[int, int]:
        """How many texts and how many pictures wait to be sent."""
        return len(self._texts), len(self._pictures)

    @property
    def info(self) -> SocketInfo:
        """Who is connected here, from where, and what for."""
        caller = self.call.caller
        return SocketInfo(
            id=id(self),
            user=caller.user.username if caller else None,
            address=self.call.address,
            kind=_KINDS[self._row.handler],
            object_id=object_in_path(self.call.request),
            since=self._since,
            sent_bytes=self._wire.sent_bytes,
            pictures=self.sent,
        )

    @property
    def has_token(self) -> bool:
        """Whether one was shown, good or not: what is not is closed at once."""
        return self._told_token is not None or self.call.header_token is not None

    @property
    def token(self) -> str:
        """The one that was shown last."""
        return (self.call.header_token or "") if self._told_token is None else self._told_token

    @property
    def language(self) -> Language:
        return self._language

    def post(self, message: views.Json) -> None:
        """Queue a text message. A viewer that lets too many wait is closed."""
        if len(self._texts) >= MOST_TEXTS_WAITING:
            self.end(CloseCode.TOO_SLOW_OR_MANY, "too_slow")
            return
        self._texts.append(views.dumps(message))
        self._send_soon()

    def show(self, frames: bytes, on_sent: Callable[[], None]) -> None:
        """Queue a picture and what goes with it, as frames; the oldest one waiting makes room.

        `on_sent` is called once it is on its way.
        """
        if len(self._pictures) == MOST_PICTURES_WAITING:
            del self._pictures[0]
            self.dropped += 1
        self._pictures.append((frames, on_sent))
        self._send_soon()

    @property
    def is_full(self) -> bool:
        """Whether so many pictures of a video wait that the viewer has fallen behind."""
        return len(self._pictures) >= MOST_VIDEO_WAITING

    @property
    def has_caught_up(self) -> bool:
        """Whether all that was queued is on its way."""
        return not self._sending

    def show_video(self, frames: bytes, on_sent: Callable[[], None]) -> None:
        """Queue a picture of a video. None makes room for it: whoever calls this looks before whether it `is_full`."""
        self._pictures.append((frames, on_sent))
        self._send_soon()

    def drop_pictures(self) -> None:
        """Those that wait are not needed any more."""
        self.dropped += len(self._pictures)
        self._pictures.clear()

    def hold_little(self) -> None:
        """Let little wait on the way to this viewer of pictures: on a slow line much would be seconds of them."""
        self._wire.hold_little()

    def fail(self, error: SiappError) -> None:
        """Close from a callback, and say in words why; the first reason counts."""
        self._errands.end(error)

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every event from now on. There is one for each socket."""
        self._listener = listener

    def on_close(self, callback: Callable[[], None]) -> None:
        """What to give back when the socket closes, whatever closes it."""
        self._give_back.append(callback)

    def end(self, code: CloseCode, reason: str) -> None:
        """Close from a callback; the first reason counts."""
        self._errands.end(Closing(code, reason))

    async def run(self) -> None:
        """Sign in, serve, and close with the right code. Returns when the socket is closed."""
        self.on_close(self.call.services.bus.subscribe(self._on_event))
        try:
            async with self._errands:
                await self._receive()
        finally:
            self._clean_up()
        closing = self._closing_for(self._errands.reason)
        await self._wire.close(closing.code, closing.reason)
        logger.info(
            "%s closed: %s; %d pictures sent, %d dropped", self._row.path, closing.reason, self.sent, self.dropped
        )

    def _clean_up(self) -> None:
        """Give back all, the last first, and the others also where one fails."""
        with ExitStack() as stack:
            for callback in self._give_back:
                stack.callback(callback)

    async def _begin(self) -> None:
        await self._identify()
        await self._check()
        self._errands.after(PING_S, self._look_after)
        await self._serve(self)
        self._errands.after(CLOCK_S, self._tell_clock)

    def _tell_clock(self) -> None:
        self.post({"type": "clock", "at": rfc3339(now())})
        self._errands.after(CLOCK_S, self._tell_clock)

    async def _identify(self) -> None:
        """Ask the database who this is now. Raises NotSignedIn or Forbidden."""
        identity = await self.call.services.accounts.identify(self.token)
        if self.call.caller is not None and self.call.caller.user.id != identity.user.id:
            raise not_signed_in()  # a socket is one person's from first to last
        self.call = replace(self.call, caller=identity, language=self._language)
        lognote.signed_in(identity.user.username)
        await self.call.admit(self._row)

    def _look_after(self) -> None:
        """Somebody who does not even answer pings does not read: close, before more is sent for nothing.

        Counted in pings and not by the clock: that the loop stood still for seconds is not the viewer's fault.
        """
        if (self._unanswered + 1) * PING_S >= SEND_LIMIT_S:
            raise Closing(CloseCode.TOO_SLOW_OR_MANY, "too_slow")
        self._unanswered += 1
        self._wire.ping()
        self._pings += 1
        if self._pings % PINGS_PER_CHECK == 0:
            self._check_soon()
        self._errands.after(PING_S, self._look_after)

    def _doubt(self) -> None:
        """Something has changed: a check that runs already may have come too early."""
        self._doubted = True
        self._check_soon()

    def _check_soon(self) -> None:
        if not self._checking:
            self._checking = self._doubted = True
            self._errands.start(self._check)

    async def _check(self) -> None:
        while self._doubted:
            self._doubted = False
            # A database that is away for a minute says nothing about the sign-in; pictures go on meanwhile.
            with suppress(Unavailable):
                await self._identify()
        self._checking = False

    async def _receive(self) -> None:
        if self.call.header_token is None:
            self._errands.after(TOKEN_LIMIT_S, self._require_token)
        else:
            self._begin_soon()
        while True:
            message = await self._wire.response.receive()
            if message.type in GONE:
                raise Left
            self._unanswered = 0
            self._count_message()
            match message.type:
                case WSMsgType.PING:
                    self._wire.pong(message.data)
                case WSMsgType.TEXT | WSMsgType.BINARY:
                    self._take(message)

    def _begin_soon(self) -> None:
        self._begun = True
        self._errands.start(self._begin)

    def _require_token(self) -> None:
        if not self._begun:
            raise Closing(CloseCode.NO_TOKEN_IN_TIME, "no_token_in_time")

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
            if self._begun:
                raise Closing(CloseCode.UNSUPPORTED, "unsupported_message")
            said = {}
        token = said.get("token")
        if isinstance(token, str):
            self._told_token = token
            self._language = _language_in(said) or self._language
        if not self._begun:
            self._begin_soon()
        elif isinstance(token, str):
            self._doubt()

    def _send_soon(self) -> None:
        if not self._sending:
            self._sending = True
            self._errands.start(self._send)

    async def _send(self) -> None:
        while self._texts or self._pictures:
            await self._send_next()
        self._sending = False

    async def _send_next(self) -> None:
        """Texts in order, then the pictures that wait."""
        if self._texts:
            self._wire.text(self._texts.pop(0))
            await self._wire.drain()
            return
        frames, on_sent = self._pictures.pop(0)
        self._wire.frames(frames)
        await self._wire.drain()
        self.sent += 1
        on_sent()

    def _closing_for(self, reason: BaseException | None) -> Closing:
        match reason:
            case Closing():
                return reason
            case Left():
                return Closing(CloseCode.GOING_AWAY, "left")
            case SiappError():
                return self._explained(reason)
        logger.exception("a socket on %s failed", self._row.path, exc_info=reason)
        return Closing(CloseCode.INTERNAL_ERROR, "internal_error")

    def _explained(self, error: SiappError) -> Closing:
        """Say in words what is wrong, to somebody who is signed in; the close frame has only a code."""
        if self.call.caller is not None:
            text = views.dumps({"type": "error", "code": error.code, "message": error.text(self._language)})
            with suppress(Left):
                self._wire.text(text)
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
                self._doubt()
            case _:
                pass
        self._listener(event)


def _hear_nothing(_event: Event) -> None:
    """Before the handler listens."""


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
