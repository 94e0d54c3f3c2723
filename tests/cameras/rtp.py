"""RTP packets of H.264 (RFC 6184) and H.265 (RFC 7798), framed for RTSP's connection (RFC 2326, 10.12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .clip import Codec

CLOCK = 90_000  # RTP ticks per second of video
PAYLOAD_TYPE = 96
MAX_PAYLOAD = 1400  # bytes, as cameras choose it to fit an Ethernet frame


class Packetizer:
    """Numbers the packets of one sender."""

    def __init__(self, codec: Codec, channel: int, first_sequence: int, ssrc: int) -> None:
        self._codec, self._channel, self._ssrc = codec, channel, ssrc
        self._sequence = first_sequence

    def access_unit(self, nals: list[bytes], timestamp: int) -> bytes:
        """All packets of one picture, to be written at once; `timestamp` in ticks of the 90 kHz clock."""
        payloads = [payload for nal in nals for payload in _payloads(self._codec, nal)]
        last = len(payloads) - 1
        return b"".join(self._packet(payload, timestamp, number == last) for number, payload in enumerate(payloads))

    def _packet(self, payload: bytes, timestamp: int, marker: bool) -> bytes:
        kind = PAYLOAD_TYPE | marker << 7
        header = struct.pack(">BBHII", 0x80, kind, self._sequence, timestamp & 0xFFFFFFFF, self._ssrc)
        self._sequence = self._sequence + 1 & 0xFFFF
        return struct.pack(">cBH", b"$", self._channel, len(header) + len(payload)) + header + payload


def _payloads(codec: Codec, nal: bytes) -> Iterator[bytes]:
    """The unit as it is, or cut into fragments (FU-A for H.264, FU for H.265)."""
    if len(nal) <= MAX_PAYLOAD:
        yield nal
        return
    header_size = 1 if codec is Codec.H264 else 2
    for start in range(header_size, len(nal), MAX_PAYLOAD):
        flags = (start == header_size) << 7 | (start + MAX_PAYLOAD >= len(nal)) << 6
        yield _fragment_header(codec, nal, flags) + nal[start : start + MAX_PAYLOAD]


def _fragment_header(codec: Codec, nal: bytes, flags: int) -> bytes:
    """`flags` has the start bit at 7 and the end bit at 6, at the same place in both codecs."""
    nal_type = codec.nal_type(nal)
    if codec is Codec.H264:
        return bytes([nal[0] & 0xE0 | 28, flags | nal_type])
    return bytes([nal[0] & 0x81 | 49 << 1, nal[1], flags | nal_type])
