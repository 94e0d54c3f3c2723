"""The way in: request id and errors outermost, then the policy, then the handler."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from siapp.core.i18n import Language, preferred_language
from siapp.core.services import Services
from siapp.core.services.access import require
from siapp.core.services.accounts import Identity
from siapp.core.storage import Storage
from siapp.net import problem
from siapp.net.call import Call, not_signed_in
from siapp.net.policy import POLICY, Row, Who, bind
from siapp.net.sockets.channel import Channel, Serve
from siapp.net.sockets.wire import CloseCode, Wire

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Handler = Callable[[Call], Awaitable[web.StreamResponse]]

MOST_SOCKETS = 500
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_OPEN_PATHS = frozenset(row.path for row in POLICY if row.who is Who.OPEN)
_CALLER = "siapp.caller"
_REQUEST_ID_KEY = "siapp.request_id"

API_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
SECURITY_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": API_SECURITY_POLICY,
    "Cache-Control": "no-store",
}
SERVER_NAME = "siapp"  # aiohttp would tell its version and Python's


class Gate:
    """Builds the application from the policy table, and lets each request in by its row."""

    def __init__(self, services: Services, storage: Storage, trusted_proxies: tuple[str, ...]) -> None:
        self._services = services
        self._storage = storage
        self._trusted = frozenset(trusted_proxies)
        self._rows: dict[web.AbstractRoute, Row] = {}
        self.channels: set[Channel] = set()

    def application(self, handlers: Mapping[str, Any], client_max_size: int) -> web.Application:
        """The application with one route for each row. Raises RuntimeError where rows and handlers do not match."""
        app = web.Application(middlewares=[self._answer_errors, self._check], client_max_size=client_max_size)
        for row, handler in bind(POLICY, handlers).items():
            answer = self._socket(row, handler) if row.socket else self._call(handler)
            for method in ("GET", "HEAD") if row.method == "GET" and not row.socket else (row.method,):
                route = app.router.add_route(method, row.path, answer, expect_handler=_expect_nothing_yet)
                self._rows[route] = row
        app.on_response_prepare.append(_add_headers)
        app.on_shutdown.append(self._close_sockets)
        return app

    @web.middleware
    async def _answer_errors(self, request: web.Request, handler: Answer) -> web.StreamResponse:
        request_id = request[_REQUEST_ID_KEY] = _id_of(request)
        try:
            return await handler(request)
        except (ConnectionError, asyncio.CancelledError):
            raise  # nobody is left to read an answer
        except Exception as error:  # noqa: BLE001  the one place where every error becomes an answer
            known = problem.as_siapp_error(error, request_id)
            return problem.response(known, language_of(request), request_id)

    @web.middleware
    async def _check(self, request: web.Request, handler: Answer) -> web.StreamResponse:
        row = self._rows.get(request.match_info.route)
        if row is None:
            await self._refuse_unmatched(request)
        elif row.who is not Who.OPEN and not (row.socket and _is_upgrade(request)):
            identity = request[_CALLER] = await self._identify(request)
            if row.who.role is not None:
                require(identity.actor(self._address(request)), row.who.role)
        return await handler(request)

    async def _refuse_unmatched(self, request: web.Request) -> None:
        """No row: 404 for everyone; a known path with another method tells so only to people it knows."""
        error = request.match_info.http_exception
        if not isinstance(error, web.HTTPMethodNotAllowed):
            raise problem.no_such_page()
        if request.path not in _OPEN_PATHS:
            await self._identify(request)
        raise problem.method_not_allowed(", ".join(sorted(error.allowed_methods)))

    async def _identify(self, request: web.Request) -> Identity:
        token = _bearer_token(request)
        if token is None:
            raise not_signed_in()
        return await self._services.accounts.identify(token)

    def _call(self, handler: Handler) -> Answer:
        async def answer(request: web.Request) -> web.StreamResponse:
            return await handler(self._call_of(request))

        return answer

    def _socket(self, row: Row, serve: Serve) -> Answer:
        async def answer(request: web.Request) -> web.StreamResponse:
            if not _is_upgrade(request):
                raise problem.upgrade_required()
            wire = await Wire.open(request)
            if len(self.channels) >= MOST_SOCKETS:
                await wire.close(CloseCode.TOO_SLOW_OR_MANY, "too_many_sockets")
                return wire.response
            channel = Channel(wire, self._call_of(request), row, _header_token(request))
            self.channels.add(channel)
            try:
                await channel.run(serve)
            finally:
                self.channels.discard(channel)
            return wire.response

        return answer

    async def _close_sockets(self, _app: web.Application) -> None:
        for channel in self.channels:
            channel.end(CloseCode.GOING_AWAY, "server_stops")

    def _call_of(self, request: web.Request) -> Call:
        caller: Identity | None = request.get(_CALLER)
        return Call(request, self._services, self._storage, language_of(request), self._address(request), caller)

    def _address(self, request: web.Request) -> str:
        """The client's address; behind a trusted proxy, what that proxy says it is."""
        address = request.remote or "?"
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        while address in self._trusted and hops:
            address = hops.pop()[:45]
        return address


def language_of(request: web.BaseRequest) -> Language:
    return preferred_language(request.headers.get("Accept-Language", ""))


def request_id_of(request: web.BaseRequest) -> str:
    return str(request.get(_REQUEST_ID_KEY, "-"))


def _id_of(request: web.Request) -> str:
    given = request.headers.get("X-Request-ID", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _bearer_token(request: web.Request) -> str | None:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _header_token(request: web.Request) -> str | None:
    """The token of a socket's own Authorization header; an empty one where that header is of no use."""
    return (_bearer_token(request) or "") if "Authorization" in request.headers else None


def _is_upgrade(request: web.Request) -> bool:
    return web.WebSocketResponse().can_prepare(request).ok


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["X-Request-ID"] = request_id_of(request)
    response.headers["Server"] = SERVER_NAME
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)


async def _expect_nothing_yet(request: web.Request) -> None:
    """aiohttp would ask for the body here, before anybody looked at the token; `welcome_body` does it in time."""
