"""The way in: request id and errors outermost, then the policy, then the handler."""

import hmac
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from siapp.core import lognote
from siapp.core.errors import Forbidden, SiappError
from siapp.core.i18n import Language, preferred_language
from siapp.core.services import Services
from siapp.core.services.access import TOO_MUCH
from siapp.core.services.accounts import Identity
from siapp.core.settings import Settings
from siapp.net import API_SECURITY_POLICY, SERVER_NAME, problem
from siapp.net.call import Call, bearer_token, not_signed_in
from siapp.net.edge import WHENCE, Edge, Whence
from siapp.net.metrics import METRICS, Metrics, route_of
from siapp.net.operations import OPERATIONS
from siapp.net.policy import POLICY, Row, Who, bind, methods_of
from siapp.net.sockets.channel import Channel
from siapp.net.sockets.seats import Seats
from siapp.net.sockets.wire import CloseCode, Wire

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ADDRESSES = {row.path: re.compile(row.pattern) for row in sorted(POLICY, key=lambda row: len(row.parameters))}
"""The table's paths, those that spell out the most first: an address is of the first that it fits."""
_OPEN = re.compile("|".join(row.pattern for row in POLICY if row.who is Who.OPEN))

HSTS = "max-age=31536000"
SECURITY_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Content-Security-Policy": API_SECURITY_POLICY,
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class _Door:
    """A row and the handler behind it: of a Call, or of a Channel where it is a socket."""

    row: Row
    handler: Callable[[Any], Awaitable[Any]]


class Gate:
    """Builds the application from the policy table, and lets each request in by its row."""

    def __init__(self, services: Services, settings: Settings) -> None:
        self._services = services
        self.edge = Edge(settings)
        self._doors: dict[web.AbstractRoute, _Door] = {}
        self.seats = Seats()
        self._metrics = Metrics(self.seats)
        token = settings.metrics_token
        self._metrics_token = token.get_secret_value().encode() if token else None

    def application(self, handlers: Mapping[str, Any], client_max_size: int) -> web.Application:
        """A new application with one route for each row. Raises RuntimeError where they do not match."""
        self._doors.clear()
        app = web.Application(middlewares=[self._dress, self._admit], client_max_size=client_max_size)
        for row, handler in bind(POLICY, handlers, OPERATIONS).items():
            for method in ("GET", "HEAD") if row.method == "GET" and not row.socket else (row.method,):
                route = app.router.add_route(
                    method, _pattern(row.path), _behind_the_gate, expect_handler=_expect_nothing_yet
                )
                self._doors[route] = _Door(row, handler)
        app[METRICS] = self._metrics
        app.on_shutdown.append(self._close_sockets)
        return app

    @web.middleware
    async def _dress(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Outermost: every answer gets its headers, and is counted."""
        started, request_id = time.perf_counter(), _id_of(request)
        whence = request[WHENCE] = self.edge.proxies.whence(request)
        lognote.begin(_note_of(request, request_id))
        response = await self._answer(request, handler, whence, request_id)
        if not response.prepared:
            add_headers(response, request_id, whence.secure)
        self._metrics.answered(request, response.status, time.perf_counter() - started)
        return response

    async def _answer(
        self, request: web.Request, handler: Handler, whence: Whence, request_id: str
    ) -> web.StreamResponse:
        """The handler's answer; errors become answers here."""
        try:
            await self._check_edge(request, whence)
            return await handler(request)
        except Exception as error:  # noqa: BLE001  the one place where every error becomes an answer
            if isinstance(error, ConnectionError) and (request.transport is None or request.transport.is_closing()):
                return web.Response(status=400)  # nobody is left to read it, and nothing went wrong here
            known = problem.as_siapp_error(error, request_id)
            return problem.response(known, language_of(request), request_id)

    async def _check_edge(self, request: web.Request, whence: Whence) -> None:
        """Raises as Edge.check does. A page of another site is an attempt by nobody known at what the route is for."""
        try:
            self.edge.check(request, whence)
        except Forbidden as error:
            if (door := self._door(request)) is not None:
                await self._call(request, None).note_refused(door.row, error)
            raise

    @web.middleware
    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Innermost, and the only way to a handler: the row of the matched route says who comes in."""
        door = self._door(request)
        if door is None:
            raise await self._refusal(request)
        if door.row.socket and _is_upgrade(request):
            return await self._run_socket(request, door)  # asks for the token itself: it may come as a message
        caller = None
        by_token = self._has_metrics_token(request, door.row)
        if door.row.who.role is not None and not by_token:
            caller = await (self._holder(request) if door.row.by_key else self._identify(request))
        call = self._call(request, caller)
        if not by_token:
            await call.admit(door.row)
        if door.row.socket:
            raise problem.upgrade_required()
        try:
            answer: web.StreamResponse = await door.handler(call)
        except TOO_MUCH as error:  # an upload, too, before any service has seen it
            await call.note_refused(door.row, error)
            raise
        return answer

    def _door(self, request: web.Request) -> _Door | None:
        """The door of the matched route. An address that the table spells out is never that of an object."""
        door = self._doors.get(request.match_info.route)
        return door if door is not None and door.row.path == _path_at(request) else None

    async def _refusal(self, request: web.Request) -> SiappError:
        """No row: 404 for everyone; a known path with another method says so only to people it knows."""
        path = _path_at(request)
        if path is None:
            return problem.no_such_page()
        if not _OPEN.fullmatch(request.rel_url.raw_path):
            await self._identify(request)
        return problem.method_not_allowed(", ".join(sorted(methods_of(path))))

    async def _identify(self, request: web.Request) -> Identity:
        token = bearer_token(request)
        if token is None:
            raise not_signed_in()
        identity = await self._services.accounts.identify(token)
        lognote.signed_in(identity.user.username)
        return identity

    async def _holder(self, request: web.Request) -> Identity:
        """Whose token, or whose access key where there is no token, this is: never somebody's for other results."""
        key = request.query.get("access")
        if key is None or "Authorization" in request.headers:
            return await self._identify(request)
        identity = await self._services.results.identify(key, request.match_info["task_name"])
        lognote.signed_in(identity.user.username)
        return identity

    def _has_metrics_token(self, request: web.Request, row: Row) -> bool:
        """Whether a program asks that reads figures and nothing else. Takes as long for every wrong token."""
        if not row.metrics_token or self._metrics_token is None:
            return False
        return hmac.compare_digest(
            (bearer_token(request) or "").encode("utf-8", "surrogateescape"), self._metrics_token
        )

    async def _run_socket(self, request: web.Request, door: _Door) -> web.StreamResponse:
        wire = await Wire.open(request)

        async def serve(channel: Channel) -> None:
            self.seats.check(channel)
            await door.handler(channel)

        channel = Channel(wire, self._call(request, None), door.row, serve)
        if not self.seats.take(channel):
            await wire.close(CloseCode.TOO_SLOW_OR_MANY, "too_many_sockets")
            return wire.response
        try:
            await channel.run()
        finally:
            self.seats.leave(channel)
        return wire.response

    async def _close_sockets(self, _app: web.Application) -> None:
        for channel in self.seats:
            channel.end(CloseCode.GOING_AWAY, "server_stops")

    def _call(self, request: web.Request, caller: Identity | None) -> Call:
        return Call(request, self._services, language_of(request), request[WHENCE].address, caller)


def _path_at(request: web.Request) -> str | None:
    """The path in the table that the request's address is of."""
    address = request.rel_url.path_safe  # decoded but for what would look like another slash
    return next((path for path, pattern in _ADDRESSES.items() if pattern.fullmatch(address)), None)


def _pattern(path: str) -> str:
    """For aiohttp's router, whose own {words} do not take braces: a name may have some."""
    return re.sub(r"\{(\w+)\}", r"{\1:[^/]+}", path)


def language_of(request: web.BaseRequest) -> Language:
    return preferred_language(request.headers.get("Accept-Language", ""))


def add_headers(response: web.StreamResponse, request_id: str, secure: bool) -> None:
    """`secure`: whether the client speaks TLS, here or with a proxy; only then may it be told to do so always."""
    response.headers["X-Request-ID"] = request_id
    response.headers["Server"] = SERVER_NAME
    if secure:
        response.headers["Strict-Transport-Security"] = HSTS
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)


def _id_of(request: web.Request) -> str:
    given = request.headers.get("X-Request-ID", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _note_of(request: web.Request, request_id: str) -> lognote.Note:
    task_id = request.match_info.get("task_id", "")
    known_task = int(task_id) if task_id.isascii() and task_id.isdecimal() and len(task_id) < 10 else None
    return lognote.Note(request_id, route_of(request), task_id=known_task)


def _is_upgrade(request: web.Request) -> bool:
    return web.WebSocketResponse().can_prepare(request).ok


async def _behind_the_gate(_request: web.Request) -> web.StreamResponse:
    raise RuntimeError("a handler is reached through its door only")


async def _expect_nothing_yet(request: web.Request) -> None:
    """aiohttp would ask for the body here, before anybody looked at the token; `welcome_body` does it in time."""
