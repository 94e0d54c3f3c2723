"""Cameras as `open_camera` meets them: pictures from good ones, one of the contract's codes from the others."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice, pairwise

import av
import pytest

from siapp.core.errors import MediaError, SiappError
from siapp.core.video.pictures import to_bgr
from siapp.core.video.source import VideoSource, open_camera
from tests.cameras import (
    Behaviour,
    Codec,
    Damage,
    GStreamerCamera,
    MjpegCamera,
    ScriptedCamera,
    counting_clip,
    read_index,
)
from tests.cameras.rtsp import AuthScheme, Reply

AnyCamera = ScriptedCamera | GStreamerCamera | MjpegCamera
LIMIT_S = 9.5
PASSWORD = "sesame-77"
HOST = "127.0.0.1"


@pytest.fixture(autouse=True)
def quiet_ffmpeg() -> None:
    av.logging.set_level(av.logging.PANIC)


@contextmanager
def server(answer: bytes, port: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    """A server that gives everybody the same answer and hangs up: (its port, what was asked)."""
    listener = socket.create_server((HOST, port))
    asked: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(4096))
                connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], asked
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def http(status: str, *headers: str, body: str = "") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", body]).encode()


def refusal(url: str) -> MediaError:
    """Why the camera at `url` can't be used. It is known in time, and the sentence gives nothing away."""
    started = time.monotonic()
    with pytest.raises(MediaError) as raised, open_camera(url):
        pass
    assert time.monotonic() - started < LIMIT_S
    sentence = raised.value.text()
    assert sentence.endswith(".")
    for secret in (url, PASSWORD, HOST, "Errno", "av.error"):
        assert secret not in sentence
    return raised.value


def first_indexes(source: VideoSource, count: int) -> list[int | None]:
    return [read_index(to_bgr(frame.picture)) for frame in islice(source.frames(), count)]


# -- good cameras


@pytest.mark.parametrize("codec", list(Codec))
def test_pictures_arrive_in_order_from_an_rtsp_camera(codec: Codec) -> None:
    with ScriptedCamera(counting_clip(count=10, gop=5, codec=codec)) as camera, open_camera(camera.url) as source:
        assert first_indexes(source, 12) == [*range(10), 0, 1]
        assert (source.info.width, source.info.height, source.info.fps) == (320, 240, 25)


def test_pictures_arrive_in_order_from_an_independent_rtsp_server() -> None:
    with (
        GStreamerCamera(username="user", password=PASSWORD) as camera,
        open_camera(camera.url_with_login) as source,
    ):
        assert first_indexes(source, 10) == list(range(10))


def test_pictures_arrive_from_an_mjpeg_camera() -> None:
    with MjpegCamera(username="user", password=PASSWORD) as camera, open_camera(camera.url_with_login) as source:
        seen = first_indexes(source, 10)
        assert seen == list(range(10))
        assert source.info.codec == "mjpeg"


@pytest.mark.parametrize("auth", ["basic", "digest"])
def test_a_camera_with_a_login_lets_in_who_knows_it(auth: AuthScheme) -> None:
    with (
        ScriptedCamera(username="user", password=PASSWORD, auth=auth) as camera,
        open_camera(camera.url_with_login) as source,
    ):
        assert first_indexes(source, 2) == [0, 1]


def test_of_two_video_tracks_one_is_shown() -> None:
    with ScriptedCamera(behaviour=Behaviour.TWO_VIDEO_TRACKS) as camera, open_camera(camera.url) as source:
        assert first_indexes(source, 5) == list(range(5))


# -- reasons


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (Behaviour.SILENT, "timeout"),
        (Behaviour.OPTIONS_ONLY, "timeout"),
        (Behaviour.NOT_RTSP, "unsupported"),
        (Behaviour.NOT_FOUND, "not_found"),
        (Behaviour.UNAUTHORIZED, "auth_failed"),
        (Behaviour.REFUSE_LOGIN, "auth_failed"),
        (Behaviour.AUDIO_ONLY, "no_video"),
    ],
)
def test_a_camera_that_can_not_be_used_says_why(behaviour: Behaviour, code: str) -> None:
    with ScriptedCamera(username="user", password=PASSWORD, behaviour=behaviour) as camera:
        assert refusal(camera.url_with_login).code == code


@pytest.mark.parametrize(
    "make",
    [
        partial(ScriptedCamera, auth="digest"),
        partial(ScriptedCamera, auth="basic"),
        GStreamerCamera,
        MjpegCamera,
    ],
)
def test_a_wrong_password_and_none_at_all_are_refused(make: Callable[..., AnyCamera]) -> None:
    with make(username="user", password="right") as camera:
        assert refusal(camera.url_with_login.replace("right", PASSWORD)).code == "auth_failed"
        assert refusal(camera.url).code == "auth_failed"


def test_an_unknown_path_is_told_from_a_wrong_password() -> None:
    with GStreamerCamera(username="user", password=PASSWORD) as camera:
        assert refusal(camera.url_with_login.replace("/live", "/nowhere")).code == "not_found"


def test_a_camera_that_is_switched_off_refuses_the_connection() -> None:
    with ScriptedCamera() as camera:
        camera.stop()
        assert refusal(camera.url).code == "refused"


@pytest.mark.parametrize("scheme", ["rtsp", "rtsps", "http", "https"])
def test_a_name_that_nobody_knows_is_said(scheme: str) -> None:
    assert refusal(f"{scheme}://user:{PASSWORD}@no-such-camera.invalid/live").code == "dns"


def test_an_mjpeg_camera_that_sends_nothing_does_not_answer() -> None:
    with MjpegCamera() as camera:
        camera.stall()
        assert refusal(camera.url).code == "timeout"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (http("404 Not Found"), "not_found"),
        (http("403 Forbidden"), "auth_failed"),
        (http("500 Oops"), "unsupported"),
        (http("200 OK", "Content-Type: text/html", body="<html>hello</html>"), "unsupported"),
        (
            http("200 OK", "Content-Type: application/vnd.apple.mpegurl", body="#EXTM3U\n#EXTINF:1,\nfile:///etc/x\n"),
            "unsupported",
        ),
        (b"", "network"),
    ],
)
def test_a_web_server_that_is_no_camera_says_why(answer: bytes, code: str) -> None:
    with server(answer) as (port, _asked):
        assert refusal(f"http://user:{PASSWORD}@{HOST}:{port}/live").code == code


@pytest.mark.parametrize("answer", [http("400 Bad Request"), b"\x15\x03\x01\x00\x02\x02\x46", b""])
def test_what_does_not_speak_rtsp_is_not_supported(answer: bytes) -> None:
    with server(answer) as (port, _asked):
        assert refusal(f"rtsp://user:{PASSWORD}@{HOST}:{port}/live").code == "unsupported"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
def test_an_http_camera_can_not_send_us_somewhere_else(status: str) -> None:
    with MjpegCamera() as target, server(http(status, f"Location: {target.url}")) as (port, asked):
        assert refusal(f"http://{HOST}:{port}/live").code == "unsupported"
        assert len(asked) == 1
        assert target.connections_total == 0


@pytest.mark.parametrize("url", ["rtsp://169.254.169.254/x", "http://metadata/x", "concat:a|b", "file:///etc/passwd?x"])
def test_addresses_that_are_no_cameras_are_not_even_tried(url: str) -> None:
    with pytest.raises(SiappError) as raised:
        open_camera(url)
    assert raised.value.code == "bad_camera_url"


def test_a_name_that_leads_to_a_reserved_address_is_not_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_named: answer)
    assert refusal("http://camera.example/live").code == "network"


# -- faults while it plays


@pytest.mark.parametrize("damage", [Damage.RANDOM, Damage.TRUNCATED])
def test_damaged_pictures_are_marked_until_the_next_key_frame(damage: Damage) -> None:
    clip = counting_clip(count=50, gop=10)
    with ScriptedCamera(clip) as camera, open_camera(camera.url) as source:
        frames = source.frames()
        assert [read_index(to_bgr(frame.picture)) for frame in islice(frames, 5)] == list(range(5))
        camera.corrupt(1.0, damage)
        after = list(islice(frames, 60))
        good = [read_index(to_bgr(frame.picture)) for frame in after if not frame.damaged]
        assert None not in good
        assert source.decode_errors or any(frame.damaged for frame in after)
        assert not after[-1].damaged, "and it heals without a new connection"
        assert camera.connections_total == 1


def test_a_camera_that_changes_its_size_goes_on() -> None:
    with ScriptedCamera(counting_clip(gop=5)) as camera, open_camera(camera.url) as source:
        frames = source.frames()
        assert next(frames).picture.width == 320
        camera.change_clip(counting_clip(640, 480, gop=5))
        larger = next(frame for frame in frames if frame.picture.width == 640)
        assert read_index(to_bgr(larger.picture)) is not None


def test_a_camera_that_goes_away_ends_the_pictures() -> None:
    with ScriptedCamera() as camera, open_camera(camera.url) as source:
        frames = source.frames()
        next(frames)
        camera.stop()
        assert len(list(frames)) < 25


def test_a_silent_camera_is_left_as_soon_as_nobody_waits_for_it() -> None:
    asked: list[float] = []

    def goes_on() -> bool:
        asked.append(time.monotonic())
        return False

    with ScriptedCamera() as camera, open_camera(camera.url) as source:
        frames = source.frames(goes_on)
        next(frames)
        camera.stall()
        assert all(frame.picture.width for frame in frames)
    assert len(asked) == 1


def test_times_count_from_the_first_picture() -> None:
    with ScriptedCamera(fps=25) as camera, open_camera(camera.url) as source:
        times = [frame.time_s for frame in islice(source.frames(), 12)]
    assert times[0] == 0
    # RTSP may leave the time of one picture at the start open.
    assert [later - earlier for earlier, later in pairwise(times[2:])] == pytest.approx([1 / 25] * 9, abs=0.002)


def test_a_title_in_another_encoding_does_not_keep_a_camera_out(monkeypatch: pytest.MonkeyPatch) -> None:
    encode = Reply.encode
    monkeypatch.setattr(Reply, "encode", lambda *given: encode(*given).replace(b"s=siapp", b"s=si\xe4pp"))
    with ScriptedCamera() as camera, open_camera(camera.url) as source:
        assert first_indexes(source, 1) == [0]
