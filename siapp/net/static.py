"""Files that are given out as they are: kept in memory, and by the browser until they change."""

import gzip
from dataclasses import dataclass
from hashlib import sha256

from aiohttp import hdrs, web

from siapp.net.call import Call

# Smaller ones fit into one packet either way.
LEAST_TO_PACK = 1024


@dataclass(frozen=True, slots=True)
class StaticFile:
    """`packed`: the content in gzip, None where that would be no smaller."""

    content: bytes
    type: str
    etag: str
    packed: bytes | None = None


def as_file(content: bytes, content_type: str) -> StaticFile:
    packed = gzip.compress(content, mtime=0) if len(content) >= LEAST_TO_PACK else content
    etag = f'"{sha256(content).hexdigest()[:16]}"'
    return StaticFile(content, content_type, etag, packed if len(packed) < len(content) else None)


def send(call: Call, found: StaticFile, security_policy: str) -> web.Response:
    """The file under this Content-Security-Policy, or 304 where the client has it already."""
    # The headers of a 304 replace those that the browser has kept: the policy must be among them.
    headers = {
        hdrs.ETAG: found.etag,
        hdrs.CACHE_CONTROL: "no-cache",
        hdrs.VARY: hdrs.ACCEPT_ENCODING,
        "Content-Security-Policy": security_policy,
    }
    if call.request.headers.get(hdrs.IF_NONE_MATCH) == found.etag:
        return web.Response(status=304, headers=headers)
    if found.packed is not None and _takes_gzip(call):
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        return web.Response(body=found.packed, content_type=found.type, charset="utf-8", headers=headers)
    return web.Response(body=found.content, content_type=found.type, charset="utf-8", headers=headers)


def _takes_gzip(call: Call) -> bool:
    """Whether the client names gzip without refusing it by a weight of nought."""
    for wish in call.request.headers.get(hdrs.ACCEPT_ENCODING, "").split(","):
        name, _, weight = wish.partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "").lower() not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
