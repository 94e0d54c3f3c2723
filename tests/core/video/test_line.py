"""The line to a camera leads where its name led when it was checked, and nowhere else."""

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from itertools import islice
from pathlib import Path

import av
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from siapp.core.errors import MediaError
from siapp.core.video import line
from siapp.core.video.line import Redirect, Review
from siapp.core.video.pictures import to_bgr
from siapp.core.video.source import open_camera
from tests.cameras import MjpegCamera, ScriptedCamera, read_index
from tests.core.video.test_camera_source import HOST, PASSWORD, http, refusal, server

NAME = "camera.example"
TRAP = "169.254.169.254"
REAL_LOOK_UP = socket.getaddrinfo


@pytest.fixture(autouse=True)
def quiet_ffmpeg() -> None:
    av.logging.set_level(av.logging.PANIC)


class Names:
    """A DNS of its own: each name's answers, one look-up after the other, the last one for ever."""

    def __init__(self, **answers: list[str]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def look_up(self, host: str, port: int, *given: int, **named: int) -> list[object]:
        if host not in self._answers:
            return list(REAL_LOOK_UP(host, port, *given, **named))
        answers = self._answers[host]
        address = answers[min(self.asked.count(host), len(answers) - 1)]
        self.asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Names]:
    def make(*answers: str) -> Names:
        made = Names(**{NAME: list(answers)})
        monkeypatch.setattr(socket, "getaddrinfo", made.look_up)
        return made

    return make


def pictures(url: str, count: int = 3) -> list[int | None]:
    with open_camera(url) as source:
        return [read_index(to_bgr(frame.picture)) for frame in islice(source.frames(), count)]


# -- names


@pytest.mark.parametrize("kind", [ScriptedCamera, MjpegCamera])
def test_a_name_is_asked_for_once_and_that_answer_is_connected_to(
    kind: type[ScriptedCamera] | type[MjpegCamera], names: Callable[..., Names]
) -> None:
    dns = names(HOST, TRAP)
    with kind(username="user", password=PASSWORD) as camera:
        assert pictures(camera.url_with_login.replace(HOST, NAME)) == [0, 1, 2]
    assert dns.asked == [NAME]


def test_a_web_camera_hears_the_name_that_was_typed(names: Callable[..., Names]) -> None:
    names(HOST)
    with server(http("404 Not Found")) as (port, asked):
        assert refusal(f"http://{NAME}:{port}/live").code == "not_found"
    assert f"\r\nHost: {NAME}:{port}\r\n".encode() in asked[0]


@pytest.mark.parametrize("scheme", ["rtsp", "rtsps", "http", "https"])
def test_a_name_with_one_forbidden_address_among_others_is_not_connected(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(b"") as (port, asked):
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in (HOST, TRAP)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_named: found)
        assert refusal(f"{scheme}://{NAME}:{port}/live").code == "network"
        assert asked == []


@pytest.mark.parametrize("url", ["rtsp://{}:{}/live", "http://{}:{}/health"])
def test_a_name_that_leads_to_siapps_own_port_is_not_connected(url: str, names: Callable[..., Names]) -> None:
    names(HOST)
    with server(b"") as (port, asked):
        with pytest.raises(MediaError) as raised:
            open_camera(url.format(NAME, port), own_ports=(port,))
        assert raised.value.code == "network" and "own address" in raised.value.text()
        assert asked == []


def test_this_machines_address_in_its_network_is_its_own_too(names: Callable[..., Names]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only chooses an address
        except OSError:
            pytest.skip("this machine has no network")
        own = probe.getsockname()[0]
    names(own)
    with pytest.raises(MediaError) as raised:
        open_camera(f"rtsp://{NAME}:8000/live", own_ports=(8000,))
    assert "own address" in raised.value.text()


# -- redirects


def rtsp(status: str, *headers: str) -> bytes:
    return "\r\n".join([f"RTSP/1.0 {status}", "CSeq: 1", *headers, "", ""]).encode()


@pytest.mark.parametrize(
    "location",
    [
        f"rtsp://{TRAP}/live",
        "rtsp://[::ffff:169.254.169.254]/live",
        "rtsp://metadata.google.internal/live",
        "rtsp://224.0.0.1/live",
        "http://127.0.0.1/live",
        "file:///etc/passwd",
        "concat:a|b",
        "",
    ],
)
def test_an_rtsp_camera_can_not_send_us_where_no_camera_is(location: str) -> None:
    with server(rtsp("301 Moved", f"Location: {location}")) as (port, asked):
        assert refusal(f"rtsp://{HOST}:{port}/live").code == "unsupported"
        assert len(asked) == 1


def test_a_redirect_by_name_is_looked_up_and_checked_like_any_other(names: Callable[..., Names]) -> None:
    dns = names(TRAP)
    with server(rtsp("302 Found", f"Location: rtsp://{NAME}/live")) as (port, _asked):
        assert refusal(f"rtsp://{HOST}:{port}/live").code == "network"
    assert dns.asked == [NAME]


def test_a_redirect_to_siapps_own_port_is_not_followed() -> None:
    with server(b"") as (own, asked), server(rtsp("302 Found", f"Location: rtsp://{HOST}:{own}/")) as (port, _asked):
        with pytest.raises(MediaError):
            open_camera(f"rtsp://{HOST}:{port}/live", own_ports=(own,))
        assert asked == []


def test_a_redirect_to_another_camera_is_followed_without_the_password() -> None:
    with (
        ScriptedCamera() as camera,
        server(rtsp("301 Moved", f"Location: {camera.url}")) as (port, _asked),
    ):
        assert pictures(f"rtsp://user:{PASSWORD}@{HOST}:{port}/live") == [0, 1, 2]
    with server(rtsp("404 Not Found")) as (target, asked):
        location = f"Location: rtsp://{HOST}:{target}/x"
        with server(rtsp("301 Moved", location)) as (port, _first):
            assert refusal(f"rtsp://user:{PASSWORD}@{HOST}:{port}/live").code == "not_found"
    assert b"Authorization" not in asked[0]


def test_cameras_that_send_us_in_a_circle_are_left() -> None:
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    with server(rtsp("301 Moved", f"Location: rtsp://{HOST}:{port}/live"), port) as (_port, asked):
        assert refusal(f"rtsp://{HOST}:{port}/live").code == "unsupported"
        assert len(asked) == 4


# -- what is passed on of an RTSP camera's answers


GOOD = rtsp("200 OK", "Public: DESCRIBE")
WITH_BODY = rtsp("200 OK", "Content-Length: 5") + b"hello"


def test_answers_are_passed_on_whole_whatever_the_pieces() -> None:
    review, out = Review(), bytearray()
    for byte in GOOD + WITH_BODY + GOOD:
        out += review.passed(bytes([byte]))
    assert (bytes(out), review.fault) == (GOOD + WITH_BODY + GOOD, None)


def test_plain_line_ends_are_understood_and_straightened() -> None:
    review = Review()
    assert review.passed(GOOD.replace(b"\r\n", b"\n")) == GOOD and review.fault is None


def test_after_the_request_to_play_everything_passes() -> None:
    review = Review()
    assert review.passed(b"RTSP/1.0 2") == b""
    review.asked(b"PLA")
    review.asked(b"Y rtsp://camera/1 RTSP/1.0\r\n")
    assert review.passed(b"00 OK\r\n\r\n$\0\0\x05hello") == b"RTSP/1.0 200 OK\r\n\r\n$\0\0\x05hello"
    assert review.passed(b"\0\1\2") == b"\0\1\2"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"RTSP/1.0 +301 Moved\r\nLocation: rtsp://x/\r\n\r\n",
        b"RTSP/1.0 0301 Moved\r\n\r\n",
        b"RTSP/1.0\t301 Moved\r\n\r\n",
        b"RTSP/1.0  301 Moved\r\n\r\n",
        b"RT\rSP/1.0 301 Moved\r\n\r\n",
        b"RTSP/1.0 200 OK\rRTSP/1.0 301\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nLocation\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nA: b\0c\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 5\r\nContent-Length: 0\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 0x5\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 9999999\r\n\r\n",
        b"$\0\0\x05helloRTSP/1.0 301 Moved\r\n\r\n",
        b"ANNOUNCE rtsp://x RTSP/1.0\r\n\r\n",
        b"RTSP/1.0 200 OK\r\n" + b"A: b\r\n" * 10_000,
    ],
)
def test_an_answer_that_could_be_read_in_two_ways_is_not_passed_on(answer: bytes) -> None:
    review = Review()
    assert review.passed(answer) == b""
    assert isinstance(review.fault, MediaError) and review.fault.code == "unsupported"


def test_nothing_is_passed_on_behind_a_redirect() -> None:
    review = Review()
    assert review.passed(GOOD + rtsp("301 Moved", "Location: rtsp://x/1") + GOOD) == GOOD
    assert isinstance(review.fault, Redirect) and review.fault.location == "rtsp://x/1"


def test_a_redirect_behind_the_last_answer_but_before_the_request_to_play_is_seen() -> None:
    review = Review()
    review.asked(b"DESCRIBE rtsp://camera/1?PLAY RTSP/1.0\r\nUser-Agent: PLAY \r\n\r\n")
    review.passed(WITH_BODY)
    assert review.passed(rtsp("305 Use Proxy", "Location: rtsp://x/")) == b""
    assert isinstance(review.fault, Redirect)


# -- TLS


@contextmanager
def in_tls(port: int, folder: Path) -> Iterator[tuple[int, list[str | None]]]:
    """A TLS front of the server at `port`: (its port, the names that clients called it by)."""
    context, named = _certified(folder), list[str | None]()

    def note(_socket: object, name: str | None, _context: ssl.SSLContext) -> None:
        named.append(name)

    context.sni_callback = note
    listener = socket.create_server((HOST, 0))

    def serve() -> None:
        while True:
            try:
                plain, _address = listener.accept()
                with context.wrap_socket(plain, server_side=True) as client:
                    _join(client, port)
            except OSError:
                if listener.fileno() == -1 or closed.is_set():
                    return

    closed = threading.Event()
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], named
    finally:
        closed.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _join(client: ssl.SSLSocket, port: int) -> None:
    with socket.create_connection((HOST, port)) as camera:
        client.settimeout(0.05)
        camera.settimeout(0.05)
        while True:
            for one, other in ((client, camera), (camera, client)):
                try:
                    data = one.recv(1 << 16)
                except TimeoutError:
                    continue
                if not data:
                    return
                other.sendall(data)


def _certified(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "some camera")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    both = folder / "camera.pem"
    both.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context


@pytest.mark.parametrize("kind", [ScriptedCamera, MjpegCamera])
def test_pictures_come_through_tls_and_the_camera_is_called_by_its_name(
    kind: type[ScriptedCamera] | type[MjpegCamera], names: Callable[..., Names], tmp_path: Path
) -> None:
    names(HOST)
    with kind() as camera, in_tls(camera.port, tmp_path) as (port, named):
        url = camera.url.replace("://", "s://").replace(f"{HOST}:{camera.port}", f"{NAME}:{port}")
        assert None not in pictures(url)
    assert named == [NAME]


@pytest.mark.parametrize("scheme", ["rtsps", "https"])
def test_a_camera_without_tls_says_so(scheme: str) -> None:
    with server(b"hello, this is no TLS\r\n\r\n") as (port, _asked):
        fault = refusal(f"{scheme}://{HOST}:{port}/live")
    assert fault.code == "unsupported" and "TLS" in fault.text()


# -- ends


def test_a_line_that_nobody_takes_ends_with_its_close() -> None:
    with server(b"") as (port, _asked):
        found = line.connect(line.Endpoint(HOST, port, False), 5.0)
        unused = line.Line(found, None)
        unused.close()
        assert not unused._thread.is_alive()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((line.LOOPBACK, unused.port), 1)


def test_a_line_takes_one_rtsp_user_and_no_second() -> None:
    with ScriptedCamera() as camera, open_camera(camera.url) as source:
        next(source.frames())
        assert source._line is not None
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((line.LOOPBACK, source._line.port), 1)


# -- this machine


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "127.8.9.10", "::1", "::", "::ffff:127.0.0.1"])
def test_every_spelling_of_this_machine_is_known(address: str) -> None:
    assert line._is_here(ip_address(address))


@pytest.mark.parametrize("address", ["192.0.2.7", "8.8.8.8", "2001:db8::7", "::ffff:192.0.2.7"])
def test_other_machines_are_not_taken_for_this_one(address: str) -> None:
    assert not line._is_here(ip_address(address))
