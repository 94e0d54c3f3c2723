"""The line to a camera: siapp resolves its name once, checks what comes out, and connects to exactly that.

FFmpeg would ask DNS again, and follow an RTSP camera to wherever it sends it. So it is given an address of this machine
instead, where a relay passes on what the camera says. TLS ends there, too: FFmpeg could name the camera by number only.
"""

import re
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import NamedTuple

from siapp.core.errors import MediaError
from siapp.core.i18n import _
from siapp.core.urls import IPAddress, forbidden_address

LOOPBACK = "127.0.0.1"
PIECE_BYTES = 1 << 16
# On this machine FFmpeg takes what is there at once; more would only be pictures that wait.
BUFFER_BYTES = 1 << 18
WAIT_S = 1.0
LOOK_S = 0.1
AGAIN_S = 5.0
LARGEST_HEAD = 1 << 15
LARGEST_BODY = 1 << 18

_DNS = _("The camera's host name is not known. Check the spelling, or use its IP address.")
_REFUSED = _("The camera refuses the connection. Check its port.")
_TIMEOUT = _("The camera does not answer. Check its address, and whether it is switched on.")
_NETWORK = _("The connection to the camera broke. Check the network.")
_TLS = _("The camera does not speak TLS, or not as siapp does. Check its port, or try rtsp or http.")
RESERVED = _("This address is reserved and can't be a camera.")
_OWN = _("This is siapp's own address, not a camera.")


class Endpoint(NamedTuple):
    """Where a camera listens. `tls`: whether it is spoken to in TLS."""

    host: str
    port: int
    tls: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A camera's address that was checked, with a first connection to it."""

    camera: Endpoint
    address: IPAddress
    first: socket.socket

    def again(self) -> socket.socket:
        """Another connection to the same address: nobody is asked for it a second time. Raises OSError."""
        return _opened(self.camera, self.address, time.monotonic() + AGAIN_S)


class Line:
    """A connection to a camera, with a relay on `port` of this machine for whoever connects to it first.

    With a `review` the camera's answers are looked at until it is asked to play. Without one the user may come again,
    one time after the other, as FFmpeg's HTTP does to log in. Close it after its user has closed.
    """

    def __init__(self, found: Found, review: "Review | None") -> None:
        self.review = review
        self._found = found
        self._listener = socket.create_server((LOOPBACK, 0), backlog=1)
        self.port: int = self._listener.getsockname()[1]
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera-line", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """What is on its way to the camera, a goodbye say, still goes out."""
        self._closed.set()
        self._thread.join(2 * WAIT_S)

    def _run(self) -> None:
        with self._listener, self._found.first:
            camera: socket.socket | None = self._found.first
            while (user := self._accepted()) is not None:
                with user, suppress(OSError), camera or self._found.again() as camera:
                    self._relay(user, camera)
                if self.review is not None:
                    return
                camera = None

    def _accepted(self) -> socket.socket | None:
        self._listener.settimeout(LOOK_S)
        while not self._closed.is_set():
            with suppress(TimeoutError):
                user, _address = self._listener.accept()
                user.settimeout(None)
                _bound_buffers(user)
                if self.review is not None:
                    self._listener.close()  # one, and nobody else
                return user
        return None

    def _relay(self, user: socket.socket, camera: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(user, selectors.EVENT_READ, self._from_user)
            selector.register(camera, selectors.EVENT_READ, self._from_camera)
            with suppress(OSError):  # one of the two is gone; the other one finds out by our closing
                while all(key.data(user, camera) for key, _events in selector.select(WAIT_S)):
                    pass

    def _from_user(self, user: socket.socket, camera: socket.socket) -> bool:
        """Whether it goes on."""
        data = user.recv(PIECE_BYTES)
        if self.review is not None:
            self.review.asked(data)
        camera.sendall(data)
        return bool(data)

    def _from_camera(self, user: socket.socket, camera: socket.socket) -> bool:
        while True:
            try:
                data = camera.recv(PIECE_BYTES)
            except (TimeoutError, ssl.SSLWantReadError):  # part of a TLS record: the rest comes
                return True
            user.sendall(data if self.review is None else self.review.passed(data))
            if not data or (self.review is not None and self.review.fault is not None):
                return False
            if not (isinstance(camera, ssl.SSLSocket) and camera.pending()):
                return True


class Redirect(Exception):
    """The camera sends us to `location`."""

    def __init__(self, location: str) -> None:
        super().__init__("a camera's redirect")
        self.location = location


class Review:
    """Passes on an RTSP camera's answers up to the request to play, each as we have understood it ourselves.

    FFmpeg follows a redirect without a question, but only until then. What is no answer of the plainest form is not
    passed on: FFmpeg might read a redirect where we read none. `fault`: what was wrong.
    """

    def __init__(self) -> None:
        self.fault: Redirect | MediaError | None = None
        self._playing = False
        self._request, self._answer = bytearray(), bytearray()

    def asked(self, data: bytes) -> None:
        """What FFmpeg sends."""
        if not self._playing:
            self._request = (self._request + data)[-LARGEST_HEAD:]
            self._playing = re.search(rb"(?:^|\n)PLAY ", self._request) is not None

    def passed(self, data: bytes) -> bytes:
        """What of the camera's `data` may go on to FFmpeg now."""
        if self._playing:
            kept, self._answer = bytes(self._answer), bytearray()
            return kept + data
        self._answer += data
        out = bytearray()
        while self.fault is None and (answer := self._next()):
            out += answer
        return bytes(out)

    def _next(self) -> bytes:
        """The first whole answer among what came; none as long as there is none, or where it won't do."""
        waiting = bytes(self._answer).lstrip(b"\r\n")
        if not (waiting.startswith(_BEGIN) or _BEGIN.startswith(waiting)):
            return self._refuse()
        end = _END.search(waiting)
        if end is None:
            return self._refuse() if len(waiting) > LARGEST_HEAD else b""
        lines = re.split(rb"\r?\n", waiting[: end.start()])
        status = _STATUS.fullmatch(lines[0])
        size = _body_size(lines)
        if status is None or size is None or not all(_HEADER.fullmatch(line) for line in lines[1:]):
            return self._refuse()
        if status[1].startswith(b"3"):
            self.fault = Redirect(_header(lines, b"location") or "")
            return b""
        if len(waiting) < end.end() + size:
            return b""
        self._answer = bytearray(waiting[end.end() + size :])
        return b"\r\n".join(lines) + b"\r\n\r\n" + waiting[end.end() : end.end() + size]

    def _refuse(self) -> bytes:
        self.fault = MediaError(
            "unsupported",
            _("What answers there is not a camera that siapp understands. Check the address and its port."),
        )
        return b""


_BEGIN = b"RTSP/1."
_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"RTSP/1\.[0-9] ([1-9][0-9][0-9])(?: [^\r\n\0]*)?")
_HEADER = re.compile(rb"[A-Za-z0-9_-]+[ \t]*:[^\r\n\0]*")


def _header(lines: Iterable[bytes], name: bytes) -> str | None:
    found = [value for key, _colon, value in (line.partition(b":") for line in lines) if key.strip().lower() == name]
    return found[0].strip().decode("utf-8", "replace") if found else None


def _body_size(lines: list[bytes]) -> int | None:
    """Bytes of the body; None where that is not said plainly, or is too much."""
    sizes = [line for line in lines if line.lower().startswith(b"content-length")]
    if not sizes:
        return 0
    size = _header(sizes, b"content-length") or ""
    plain = len(sizes) == 1 and re.fullmatch(r"[0-9]{1,7}", size)
    return int(size) if plain and int(size) <= LARGEST_BODY else None


def connect(camera: Endpoint, limit_s: float, own_ports: Iterable[int] = ()) -> Found:
    """A connection to the camera. Raises MediaError with one of the contract's check codes.

    `own_ports`: where siapp itself listens on this machine; they are refused, whatever name leads there.
    """
    deadline = time.monotonic() + limit_s
    addresses = _addresses(camera)
    _check(addresses, camera.port, frozenset(own_ports))
    error: OSError = TimeoutError()
    for address in addresses:
        try:
            return Found(camera, address, _opened(camera, address, deadline))
        except OSError as failure:
            error = failure
    raise _as_media_error(error) from None


def _opened(camera: Endpoint, address: IPAddress, deadline: float) -> socket.socket:
    connection = socket.create_connection((str(address), camera.port), max(0.1, deadline - time.monotonic()))
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if camera.tls:
            connection.settimeout(max(0.1, deadline - time.monotonic()))
            connection = _tls_context().wrap_socket(connection, server_hostname=camera.host)
        connection.settimeout(WAIT_S)
    except BaseException:
        connection.close()
        raise
    return connection


def _tls_context() -> ssl.SSLContext:
    """Cameras have certificates of their own making and old ciphers: it keeps out who only listens."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    return context


def _addresses(camera: Endpoint) -> list[IPAddress]:
    try:
        found = socket.getaddrinfo(camera.host, camera.port, type=socket.SOCK_STREAM)
    except OSError:
        raise MediaError("dns", _DNS) from None
    return list(dict.fromkeys(ip_address(str(entry[4][0]).split("%")[0]) for entry in found))


def _check(addresses: list[IPAddress], port: int, own_ports: frozenset[int]) -> None:
    if any(forbidden_address(address) for address in addresses):
        raise MediaError("network", RESERVED)
    if port in own_ports and any(_is_here(address) for address in addresses):
        raise MediaError("network", _OWN)


def _is_here(address: IPAddress) -> bool:
    """Whether it is an address of this machine: only such a one can be bound."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as attempt:
        try:
            attempt.bind((str(address), 0))
        except OSError:
            return False
    return True


def _as_media_error(error: OSError) -> MediaError:
    match error:
        case ConnectionRefusedError():
            return MediaError("refused", _REFUSED)
        case TimeoutError():
            return MediaError("timeout", _TIMEOUT)
        case ssl.SSLError():
            return MediaError("unsupported", _TLS)
        case _:
            return MediaError("network", _NETWORK)


def _bound_buffers(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
