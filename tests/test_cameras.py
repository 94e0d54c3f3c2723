"""The cameras that other tests rely on, seen through PyAV as any client sees them."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
import pytest

from tests.cameras import (
    Behaviour,
    Codec,
    Damage,
    EncodedClip,
    GStreamerCamera,
    MjpegCamera,
    Picture,
    ScriptedCamera,
    counting_clip,
    encode_clip,
    gstreamer,
    read_index,
    stamp_index,
)

OPEN, READ = 8.0, 4.0  # s; a read that starts to wait for nothing ends after at most twice READ
QUICK = {"rtsp_transport": "tcp", "probesize": "32", "analyzeduration": "1"}


def connect(url: str, timeout: tuple[float, float] = (OPEN, READ), **options: str) -> Any:
    """Open a camera without the second that FFmpeg likes to spend on looking at it."""
    return av.open(url, options=(QUICK if url.startswith("rtsp") else {}) | options, timeout=timeout)


def pictures(container: Any) -> Iterator[Picture]:
    """Decoded pictures; packets that can't be decoded are passed over."""
    for packet in container.demux(video=0):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            yield frame.to_ndarray(format="bgr24")


def indexes(container: Any, count: int) -> list[int | None]:
    """The markers of the next `count` pictures."""
    return [read_index(picture) for picture in itertools.islice(pictures(container), count)]


@pytest.fixture
def camera() -> Iterator[ScriptedCamera]:
    with ScriptedCamera() as running:
        yield running


@pytest.fixture(scope="module")
def detailed_clip() -> EncodedClip:
    """720p with so much detail that every picture needs many RTP packets."""
    noise = np.random.default_rng(1).integers(0, 256, (90, 160, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    return encode_clip(lambda index: stamp_index(np.roll(noise, 3 * index, 1), index), 30)


# -- markers


@pytest.mark.parametrize("index", [0, 1, 2, 255, 4095, 65535])
@pytest.mark.parametrize("size", [(320, 240), (1280, 720), (1920, 1080)])
def test_a_stamped_index_is_read_back_also_from_a_smaller_copy(index: int, size: tuple[int, int]) -> None:
    width, height = size
    picture = stamp_index(np.full((height, width, 3), 128, np.uint8), index)
    assert read_index(picture) == index
    assert read_index(picture[::2, ::2]) == index


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_without_a_marker_has_no_index(level: int) -> None:
    assert read_index(np.full((240, 320, 3), level, np.uint8)) is None


def test_an_index_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="65536"):
        stamp_index(np.zeros((240, 320, 3), np.uint8), 65536)


# -- playing


@pytest.mark.parametrize("codec", list(Codec))
def test_pictures_arrive_in_order_and_the_loop_has_no_seam(codec: Codec) -> None:
    clip = counting_clip(count=10, gop=5, codec=codec)
    with ScriptedCamera(clip) as camera, connect(camera.url) as container:
        assert indexes(container, 25) == [*range(10), *range(10), *range(5)]


def test_large_pictures_arrive_whole(detailed_clip: EncodedClip) -> None:
    assert len(detailed_clip.annex_b(0)) > 50_000
    with ScriptedCamera(detailed_clip) as camera, connect(camera.url) as container:
        assert indexes(container, 30) == list(range(30))


def test_pictures_come_at_the_cameras_rate_and_so_do_their_times(camera: ScriptedCamera) -> None:
    with connect(camera.url) as container:
        frames = container.decode(video=0)
        first = next(itertools.islice(frames, 1, None))  # the first picture of all has no time
        start = time.monotonic()
        last = next(itertools.islice(frames, 49, None))
    assert (last.pts - first.pts) * last.time_base == 2
    assert 1.8 < time.monotonic() - start < 4


def test_the_rate_can_be_changed_while_it_plays(camera: ScriptedCamera) -> None:
    with connect(camera.url) as container:
        indexes(container, 5)
        camera.set_fps(0.2)
        slow = camera.frames_sent
        time.sleep(0.5)  # nothing to wait for: nothing is to happen
        assert camera.frames_sent <= slow + 1
        camera.set_fps(100)
        start = time.monotonic()
        indexes(container, 100)
    assert time.monotonic() - start < 10


def test_every_client_gets_every_picture_and_is_counted(camera: ScriptedCamera) -> None:
    with connect(camera.url) as one, connect(camera.url) as other:
        assert indexes(one, 10) == indexes(other, 10) == list(range(10))
        assert (camera.clients_playing, camera.connections) == (2, 2)
    camera.wait_until(lambda: camera.connections == 0)
    assert (camera.clients_playing, camera.connections_total) == (0, 2)


def test_nothing_is_sent_over_udp(camera: ScriptedCamera) -> None:
    with pytest.raises(av.error.OSError):
        connect(camera.url, rtsp_transport="udp")
    assert camera.requests["PLAY"] == 0


# -- logins


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_a_login_is_asked_for_and_checked(scheme: Any) -> None:
    with ScriptedCamera(username="admin", password="secret", auth=scheme) as camera:
        for url in (camera.url, camera.url_with_login.replace("secret", "guess")):
            with pytest.raises(av.error.HTTPUnauthorizedError):
                connect(url)
        assert camera.logins_refused == 1
        with connect(camera.url_with_login) as container:
            assert indexes(container, 3) == [0, 1, 2]


# -- cameras that don't play


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (Behaviour.NOT_FOUND, av.error.HTTPNotFoundError),
        (Behaviour.UNAUTHORIZED, av.error.HTTPUnauthorizedError),
        (Behaviour.REFUSE_LOGIN, av.error.HTTPUnauthorizedError),
        (Behaviour.SILENT, av.error.InvalidDataError),
        (Behaviour.OPTIONS_ONLY, av.error.InvalidDataError),
        (Behaviour.NOT_RTSP, av.error.InvalidDataError),
    ],
)
def test_a_camera_that_does_not_play_is_a_typed_error_in_time(behaviour: Behaviour, error: type[Exception]) -> None:
    with ScriptedCamera(behaviour=behaviour, username="a", password="b") as camera:
        start = time.monotonic()
        with pytest.raises(error):
            connect(camera.url_with_login, timeout=(1, 1))
        assert time.monotonic() - start < 10


def test_a_camera_may_describe_sound_only_or_two_videos(camera: ScriptedCamera) -> None:
    camera.behave(Behaviour.AUDIO_ONLY)
    with connect(camera.url, timeout=(1, 1)) as container:
        assert [stream.type for stream in container.streams] == ["audio"]
    camera.behave(Behaviour.TWO_VIDEO_TRACKS)
    with connect(camera.url) as container:
        assert [stream.type for stream in container.streams] == ["video", "video"]
        assert indexes(container, 3) == [0, 1, 2]


# -- faults while it plays


def test_a_stall_sends_nothing_and_ends_with_the_next_picture(camera: ScriptedCamera) -> None:
    with connect(camera.url, timeout=(OPEN, 0.5)) as container:
        indexes(container, 5)
        camera.stall()
        with pytest.raises(av.error.ExitError):
            indexes(container, 1000)
        sent = camera.frames_sent
        camera.resume()
        camera.wait_until(lambda: camera.frames_sent > sent)
        assert indexes(container, 1) == [sent % len(camera.clip)]
    assert camera.connections_total == 1


def test_a_camera_that_stops_refuses_connections_until_it_is_back_at_the_same_address(
    camera: ScriptedCamera,
) -> None:
    with connect(camera.url) as container:
        indexes(container, 3)
        camera.stop()
        assert camera.connections == camera.clients_playing == 0
        assert len(indexes(container, 1000)) < 1000
    with pytest.raises(av.error.ConnectionRefusedError):
        connect(camera.url)
    camera.come_back()
    with connect(camera.url) as container:
        assert indexes(container, 3) == [0, 1, 2]


@pytest.mark.parametrize("reset", [False, True])
def test_dropped_connections_end_the_stream_and_new_ones_are_welcome(camera: ScriptedCamera, reset: bool) -> None:
    with connect(camera.url) as container:
        indexes(container, 3)
        camera.drop_connections(reset=reset)
        assert len(indexes(container, 1000)) < 1000
    with connect(camera.url) as container:
        assert indexes(container, 3) == [0, 1, 2]


@pytest.mark.parametrize("damage", list(Damage))
def test_corrupt_data_spoils_pictures_until_a_key_frame_without_a_reconnect(damage: Damage) -> None:
    with ScriptedCamera(counting_clip(gop=10)) as camera, connect(camera.url) as container:
        assert indexes(container, 5) == [0, 1, 2, 3, 4]
        camera.corrupt(0.5, damage)
        seen = indexes(container, 60)
        assert seen[:20] != [number % 50 for number in range(5, 25)]
        first = seen[-20]
        assert first is not None
        assert seen[-20:] == [(first + step) % 50 for step in range(20)]
        assert camera.connections_total == 1


def test_another_clip_is_seen_at_its_first_picture_in_its_own_size(camera: ScriptedCamera) -> None:
    with connect(camera.url) as container:
        stream = pictures(container)
        next(stream)
        camera.change_clip(counting_clip(640, 480))
        picture = next(picture for picture in stream if picture.shape != (240, 320, 3))
        assert picture.shape == (480, 640, 3)
        assert read_index(picture) == 0


def test_another_codec_needs_a_new_connection(camera: ScriptedCamera) -> None:
    with connect(camera.url) as container:
        indexes(container, 3)
        camera.change_clip(counting_clip(codec=Codec.H265))
        assert len(indexes(container, 1000)) < 1000
    with connect(camera.url) as container:
        assert container.streams.video[0].codec_context.name == "hevc"
        assert indexes(container, 3) == [0, 1, 2]


def test_times_can_jump_and_stand_still(camera: ScriptedCamera) -> None:
    with connect(camera.url) as container:
        times = (frame.pts for frame in container.decode(video=0) if frame.pts is not None)
        start = next(times)
        camera.shift_timestamps(100)
        assert any(moment - start > 99 * 90_000 for moment in itertools.islice(times, 50))
        camera.freeze_timestamps()
        pairs = itertools.islice(itertools.pairwise(times), 50)
        assert any(one == other for one, other in pairs)


# -- the other cameras


def test_gstreamers_camera_plays_the_clip_without_a_seam() -> None:
    with GStreamerCamera(counting_clip(count=10, gop=5)) as camera, connect(camera.url) as container:
        start = time.monotonic()
        assert indexes(container, 25) == [*range(10), *range(10), *range(5)]
        assert 0.7 < time.monotonic() - start < 6


def test_gstreamers_camera_asks_for_a_login_and_knows_its_only_path() -> None:
    with GStreamerCamera(username="admin", password="secret") as camera:
        with pytest.raises(av.error.HTTPUnauthorizedError):
            connect(camera.url)
        with pytest.raises(av.error.HTTPNotFoundError):
            connect(camera.url_with_login + "/none")
        with connect(camera.url_with_login) as container:
            assert indexes(container, 3) == [0, 1, 2]


def test_gstreamers_camera_that_is_killed_ends_the_stream() -> None:
    with GStreamerCamera() as camera, connect(camera.url) as container:
        indexes(container, 3)
        camera.kill()
        assert len(indexes(container, 1000)) < 1000


def test_a_gstreamer_that_can_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gstreamer, "SCRIPT", "/no/such/script.py")
    with pytest.raises(RuntimeError, match=r"(?s)python3-gi.*no/such/script"), GStreamerCamera():
        pass


def test_the_mjpeg_camera_plays_stalls_and_comes_back() -> None:
    with MjpegCamera() as camera:
        with connect(camera.url, timeout=(OPEN, 0.5)) as container:
            assert indexes(container, 30) == list(range(30))
            assert camera.clients_playing == 1
            camera.stall()
            with pytest.raises(av.error.ExitError):
                indexes(container, 1000)
        camera.wait_until(lambda: camera.connections == 0)
        camera.stop()
        with pytest.raises(av.error.ConnectionRefusedError):
            connect(camera.url)
        camera.come_back()
        camera.resume()
        with connect(camera.url) as container:
            assert indexes(container, 3) == [0, 1, 2]


def test_the_mjpeg_camera_asks_for_a_login() -> None:
    with MjpegCamera(username="admin", password="secret") as camera:
        with pytest.raises(av.error.HTTPUnauthorizedError):
            connect(camera.url)
        with connect(camera.url_with_login) as container:
            assert indexes(container, 3) == [0, 1, 2]


def test_the_cameras_do_not_bring_a_second_qt_along() -> None:
    code = "import sys, tests.cameras; sys.exit('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
