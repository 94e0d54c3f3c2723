"""Errors on the wire: RFC 9457 problem documents in the reader's language, from one mapping."""

import errno
import json
import logging
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from siapp.core.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    MediaError,
    NotFound,
    NotSignedIn,
    OutOfSpace,
    SiappError,
    TooLarge,
    TooMany,
    Unavailable,
    WeightsRejected,
)
from siapp.core.i18n import Language, _

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
STATUS: Mapping[type[SiappError], int] = {
    InvalidInput: 422,
    WeightsRejected: 422,
    MediaError: 422,
    NotSignedIn: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    TooMany: 429,
    OutOfSpace: 507,
    Unavailable: 503,
}


class HttpError(SiappError):
    """What only HTTP knows: methods, media types, upgrades, time limits. Carries its own status."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None, **values: object
    ) -> None:
        super().__init__(code, message, **values)
        self.status = status
        self.headers = dict(headers or {})


def no_such_page() -> NotFound:
    return NotFound("not_found", _("There is nothing at this address."))


def method_not_allowed(allowed: str) -> HttpError:
    return HttpError(
        405,
        "method_not_allowed",
        _("This address does not take that method; it takes {allowed}."),
        headers={"Allow": allowed},
        allowed=allowed,
    )


def wrong_content_type(expected: str) -> HttpError:
    return HttpError(
        415, "wrong_content_type", _("Send the body as {expected}, with that Content-Type."), expected=expected
    )


def too_slow() -> HttpError:
    return HttpError(408, "body_too_slow", _("The body of the request came in too slowly. Please send it again."))


def range_not_satisfiable(size: int) -> HttpError:
    return HttpError(
        416,
        "range_not_satisfiable",
        _("The file ends before the part that was asked for. It has {size} bytes."),
        headers={"Content-Range": f"bytes */{size}"},
        size=size,
    )


def upgrade_required() -> HttpError:
    return HttpError(
        426,
        "upgrade_required",
        _("This address is for WebSockets. Connect to it with a WebSocket client."),
        headers={"Upgrade": "websocket", "Connection": "Upgrade"},
    )


def status_of(error: SiappError) -> int:
    """The HTTP status of an error; 500 for one that has no place in the mapping."""
    if isinstance(error, HttpError):
        return error.status
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def as_siapp_error(error: Exception, request_id: str) -> SiappError:
    """What an exception means to the caller. One that means nothing to anybody outside is logged, and kept inside."""
    match error:
        case SiappError():
            return error
        case web.HTTPRequestEntityTooLarge():
            return TooLarge("body_too_large", _("The body of the request is too large."))
        case OSError(errno=errno.ENOSPC):
            return OutOfSpace("disk_full", _("The disk of the station is full. Free some space and try again."))
        case HttpProcessingError() | web.RequestPayloadError() | web.HTTPClientError():
            return HttpError(400, "bad_request", _("This is not a request that siapp understands."))
        case _:
            logger.error("request %s failed", request_id, exc_info=error)
            return SiappError(
                "internal_error",
                _("Something went wrong in siapp. Please try again; its log says more under “{request_id}”."),
                request_id=request_id,
            )


def response(error: SiappError, language: Language, request_id: str) -> web.Response:
    """The problem document for `error`."""
    status = status_of(error)
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": error.text(language),
        "code": error.code,
        "request_id": request_id,
    }
    headers = {**_extra_headers(error), "Content-Language": language.value, "Vary": "Accept-Language"}
    body = json.dumps(document, ensure_ascii=False).encode()
    return web.Response(status=status, body=body, content_type=CONTENT_TYPE, headers=headers)


def _extra_headers(error: SiappError) -> dict[str, str]:
    match error:
        case HttpError():
            return error.headers
        case NotSignedIn():
            return {"WWW-Authenticate": "Bearer"}
        case TooMany() | Unavailable():
            return {"Retry-After": str(error.retry_after_s)}
        case _:
            return {}
