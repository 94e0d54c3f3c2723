"""RTSP's words (RFC 2326): requests, replies, session descriptions and logins. No sockets, no state."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Literal

from .clip import Codec, EncodedClip
from .rtp import CLOCK, PAYLOAD_TYPE

REALM = "siapp test camera"
NONCE = "5f1c2f9e0b7d4a3c"  # constant: replays are none of the tests' business
AuthScheme = Literal["basic", "digest"]


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    headers: dict[str, str]
    """Names in lower case."""


@dataclass(frozen=True)
class Reply:
    status: str = "200 OK"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    def encode(self, request: Request) -> bytes:
        headers = {"CSeq": request.headers.get("cseq", "0")} | self.headers
        if self.body:
            headers["Content-Length"] = str(len(self.body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"RTSP/1.0 {self.status}\r\n{lines}\r\n{self.body}".encode()


@dataclass(frozen=True)
class Login:
    username: str
    password: str
    scheme: AuthScheme = "digest"

    def put_into(self, url: str) -> str:
        """The address with user name and password in it; they must need no escaping."""
        return url.replace("://", f"://{self.username}:{self.password}@", 1)

    def challenge(self) -> Reply:
        nonce = f', nonce="{NONCE}"' if self.scheme == "digest" else ""
        header = f'{self.scheme.capitalize()} realm="{REALM}"{nonce}'
        return Reply("401 Unauthorized", {"WWW-Authenticate": header})

    def accepts(self, request: Request) -> bool:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != self.scheme:
            return False
        return self._accepts_basic(value) if self.scheme == "basic" else self._accepts_digest(request.method, value)

    def _accepts_basic(self, value: str) -> bool:
        expected = base64.b64encode(f"{self.username}:{self.password}".encode())
        return hmac.compare_digest(expected, value.encode())

    def _accepts_digest(self, method: str, value: str) -> bool:
        """RFC 2069's form without qop, which is what cameras offer."""
        given = dict(re.findall(r'(\w+)="([^"]*)"', value))
        secret = _md5(f"{self.username}:{REALM}:{self.password}")
        expected = _md5(f"{secret}:{NONCE}:" + _md5(f"{method}:{given.get('uri', '')}"))
        return given.get("username") == self.username and hmac.compare_digest(expected, given.get("response", ""))


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request; RTCP reports between requests are skipped. None at the end of the connection."""
    while True:
        first = await reader.read(1)
        if first != b"$":
            return await _read_text(reader, first) if first else None
        size = int.from_bytes((await reader.readexactly(3))[1:])
        await reader.readexactly(size)


async def _read_text(reader: asyncio.StreamReader, first: bytes) -> Request:
    head = (first + await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace")
    start, *lines = head.strip().splitlines()
    method, url, *_ = (*start.split(), "", "")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, url, headers)


def describe_video(clip: EncodedClip, tracks: int = 1) -> str:
    """The session description of a clip, with its parameter sets; the same one for every track."""
    media = "".join(_video_track(clip, f"track{number + 1}") for number in range(tracks))
    return _session() + media


def describe_audio() -> str:
    """A session with sound only."""
    return _session() + "m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:track1\r\n"


def _session() -> str:
    return "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=siapp test camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n"


def _video_track(clip: EncodedClip, control: str) -> str:
    return (
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}\r\n"
        f"a=rtpmap:{PAYLOAD_TYPE} {clip.codec.value}/{CLOCK}\r\n"
        f"a=fmtp:{PAYLOAD_TYPE} {_format_parameters(clip)}\r\n"
        f"a=framerate:{clip.fps:g}\r\n"
        f"a=control:{control}\r\n"
    )


def _format_parameters(clip: EncodedClip) -> str:
    def sprop(nal_type: int) -> str:
        return base64.b64encode(clip.nal(nal_type)).decode()

    if clip.codec is Codec.H265:
        return f"sprop-vps={sprop(32)};sprop-sps={sprop(33)};sprop-pps={sprop(34)}"
    profile = clip.nal(7)[1:4].hex()
    return f"packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sprop(7)},{sprop(8)}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
