"""What happens below the routes: connections that are too many or do not speak HTTP, and the access log."""

import asyncio
import logging
import secrets
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.http_parser import RawRequestMessage
from aiohttp.http_websocket import WebSocketReader

from siapp.core.i18n import _
from siapp.net import problem
from siapp.net.crowd import Crowd
from siapp.net.edge import WHENCE
from siapp.net.gate import add_headers, language_of

logger = logging.getLogger(__name__)

LONGEST_PATH_LOGGED = 200


class Connection(web.RequestHandler):
    """aiohttp's connection, counted, and with its own words for errors replaced by ours."""

    __slots__ = ("_address", "_crowd")

    def __init__(self, manager: web.Server, crowd: Crowd, **options: Any) -> None:
        super().__init__(manager, **options)
        self._crowd = crowd
        self._address: str | None = None  # None while it has no place among the others

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if peer else "?"
        if self._crowd.enter(address):
            self._address = address
            super().connection_made(transport)
        elif isinstance(transport, asyncio.Transport):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """aiohttp keeps a request's headers twice, parsed and as they came, and a WebSocket is one long request.
        The second ones are read by nobody here."""
        super().data_received(data)
        for index, (message, payload) in enumerate(self._messages):
            if isinstance(message, RawRequestMessage) and message.raw_headers:
                self._messages[index] = (message._replace(raw_headers=()), payload)

    def set_parser(self, parser: WebSocketReader, *args: Any, **options: Any) -> None:
        """It has become a WebSocket: what aiohttp would still keep of HTTP goes."""
        super().set_parser(parser, *args, **options)
        self._parser = None

    def connection_lost(self, exc: BaseException | None) -> None:
        """aiohttp would wait for the rest of a refused body for some seconds more, from a client that is gone."""
        if self._address is None:
            return
        self._crowd.leave(self._address)
        self._address = None
        work = self._task_handler if self._current_request is None else None
        super().connection_lost(exc)
        if work is not None:
            work.cancel()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """An answer to what never became a request, or to a failure outside of every handler."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        if status < 500:
            logger.info("%s does not speak HTTP: %s", request.remote, type(exc).__name__)
            error = problem.HttpError(status, "bad_request", _("This is not a request that siapp understands."))
        else:
            logger.error("a connection from %s failed", request.remote, exc_info=exc)
            error = problem.HttpError(status, "internal_error", _("Something went wrong in siapp. Please try again."))
        request_id = secrets.token_hex(8)
        answer = problem.response(error, language_of(request), request_id)
        add_headers(answer, request_id, request.secure)
        answer.force_close()
        return answer

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """A body that is broken is its sender's affair, also where only its rest is read to throw it away."""
        if isinstance(kw.get("exc_info"), web.RequestPayloadError):
            logger.info("a request's body can't be read")
        else:
            super().log_exception(*args, **kw)


class AccessLog(AbstractAccessLogger):
    """One line for each answer; without the query, which may hold keys."""

    @property
    def enabled(self) -> bool:
        return self.logger.isEnabledFor(logging.INFO)

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        whence = request.get(WHENCE)
        self.logger.info(
            "%s %s %s %d %d bytes %.0f ms",
            whence.address if whence else request.remote,
            request.method[:10],
            request.rel_url.raw_path[:LONGEST_PATH_LOGGED],
            response.status,
            response.body_length,
            time * 1000,
        )
