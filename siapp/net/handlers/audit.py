"""Who did what, and who was refused what."""

import logging
from collections.abc import AsyncGenerator

from aiohttp import web

from siapp.core.domain import AuditFilter
from siapp.core.errors import SiappError
from siapp.net import query, views
from siapp.net.call import Call

logger = logging.getLogger(__name__)


async def list_all(call: Call) -> web.StreamResponse:
    """A page of it as JSON; all of it by `Accept: text/csv`."""
    asked = call.request
    wanted = AuditFilter(
        query.ACTOR.read(asked),
        query.ACTION.read(asked),
        query.SINCE.read(asked),
        query.UNTIL.read(asked),
        query.OUTCOME.read(asked),
    )
    if call.request.headers.get("Accept", "").startswith("text/csv"):
        return _download(await call.services.audit.export(call.actor, wanted))
    window = call.window()
    found = await call.services.audit.page(call.actor, wanted, window.limit, window.offset)
    return call.page(found, views.audit_entry)


def _download(pieces: AsyncGenerator[str, None]) -> web.Response:
    headers = {"Content-Disposition": 'attachment; filename="siapp-audit.csv"'}
    return web.Response(body=_encoded(pieces), content_type="text/csv", charset="utf-8", headers=headers)


async def _encoded(pieces: AsyncGenerator[str, None]) -> AsyncGenerator[bytes, None]:
    try:
        async for piece in pieces:
            yield piece.encode()
    except SiappError as error:  # in the middle: what came so far must not look like the whole
        logger.warning("an export of the audit was broken off: %s", error)
        raise ConnectionAbortedError from error
