"""WebSocket frames as bytes (RFC 6455, 5.2). A server's are not masked, so that the same ones serve every viewer."""

import struct

from aiohttp import WSMsgType

_WHOLE = 0x80  # a message in one frame, no extension
_MOST_IN_7_BITS, _MOST_IN_16_BITS = 125, 0xFFFF


def frame(kind: WSMsgType, payload: bytes) -> bytes:
    """One message of `kind`, header and payload."""
    first, size = _WHOLE | kind, len(payload)
    if size <= _MOST_IN_7_BITS:
        header = struct.pack("!BB", first, size)
    elif size <= _MOST_IN_16_BITS:
        header = struct.pack("!BBH", first, 126, size)
    else:
        header = struct.pack("!BBQ", first, 127, size)
    return header + payload
