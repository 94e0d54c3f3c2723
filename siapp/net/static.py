"""Files that are given out as they are: kept in memory, and by the browser until they change."""

from dataclasses import dataclass
from hashlib import sha256

from aiohttp import web

from siapp.net.call import Call


@dataclass(frozen=True, slots=True)
class StaticFile:
    content: bytes
    type: str
    etag: str


def as_file(content: bytes, content_type: str) -> StaticFile:
    return StaticFile(content, content_type, f'"{sha256(content).hexdigest()[:16]}"')


def send(call: Call, found: StaticFile, security_policy: str) -> web.Response:
    """The file under this Content-Security-Policy, or 304 where the client has it already."""
    # The headers of a 304 replace those that the browser has kept: the policy must be among them.
    headers = {"ETag": found.etag, "Cache-Control": "no-cache", "Content-Security-Policy": security_policy}
    if call.request.headers.get("If-None-Match") == found.etag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=found.content, content_type=found.type, charset="utf-8", headers=headers)
