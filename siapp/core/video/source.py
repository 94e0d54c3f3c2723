"""Where pictures come from: cameras (RTSP, MJPEG over HTTP) and video files, opened with PyAV.

Formats and protocols are whitelisted at every open: a file named .mp4 can be a playlist that names somebody else's
file, and a camera can answer with a redirect.
"""

import errno
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

import av
from av.stream import Disposition

from siapp.core.domain import StreamInfo
from siapp.core.errors import MediaError, SiappError
from siapp.core.i18n import _
from siapp.core.specs import CameraSource
from siapp.core.urls import check_camera_url, port_of
from siapp.core.video.line import LOOPBACK, Endpoint, Line, Redirect, Review, connect

OPEN_S = 8.0
MOST_REDIRECTS = 3
# RTSP reads may be resumed after a time-out, so a short one lets the reader look up now and then. FFmpeg looks
# every 0.1 s: multiples of that are safe to resume from. Its parser holds the newest picture back until the next
# one begins: after READ_S of silence that picture comes, after twice READ_S the time-out.
READ_S = 2.5
# MJPEG can't be resumed: it gets the whole time of a stall.
HTTP_READ_S = 5.0
# Decoding on several threads costs more in all, and smaller pictures are decoded faster than any network takes them.
ONE_THREAD_PIXELS = 1280 * 720
FILE_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,h264,hevc"

_TIMEOUT = _("The camera does not answer. Check its address, and whether it is switched on.")
_NO_VIDEO = _("There is no video in it, or none that siapp can read.")
_REDIRECTED = _("The camera sends siapp to another address, which can't be a camera's. Check the address.")
_NETWORK = _("The connection to the camera broke. Check the network.")
_UNSUPPORTED = _("What answers there is not a camera that siapp understands. Check the address and its port.")
_NO_FILE = _("The station has no video of this name. Check the end of the address.")
_NOT_A_VIDEO = _("This file is not a video that siapp can read. MP4 with H.264 always works.")

_REASONS: tuple[tuple[type[BaseException], str, str], ...] = (
    (av.error.HTTPUnauthorizedError, "auth_failed", _("The camera refuses the user name or the password. Check both.")),
    (av.error.HTTPForbiddenError, "auth_failed", _("The camera refuses the user name or the password. Check both.")),
    (av.error.HTTPNotFoundError, "not_found", _("The camera does not know this path. Check the end of the address.")),
    (ConnectionRefusedError, "refused", _("The camera refuses the connection. Check its port.")),
    (TimeoutError, "timeout", _TIMEOUT),
    (av.error.ExitError, "timeout", _TIMEOUT),
    (av.error.ProtocolNotFoundError, "unsupported", _UNSUPPORTED),
    (av.error.DemuxerNotFoundError, "unsupported", _UNSUPPORTED),
    (av.error.DecoderNotFoundError, "unsupported", _NO_VIDEO),
    (av.error.InvalidDataError, "unsupported", _UNSUPPORTED),
    (EOFError, "network", _NETWORK),
    (OSError, "network", _NETWORK),
)


@dataclass(frozen=True, slots=True)
class TimedFrame:
    """A decoded frame. `time_s`: when the source shows it, in seconds from its first frame; `arrived_at`: when its
    data came, by the monotonic clock; `damaged`: data was lost since the last key frame."""

    picture: av.VideoFrame
    time_s: float
    arrived_at: float
    damaged: bool = False


class VideoSource:
    """An open camera or file. Use it as a context manager, on one thread."""

    def __init__(self, container: Any, *, live: bool, resumable: bool = False, line: Line | None = None) -> None:
        self._container = container
        self._line = line
        self._resumable = resumable
        self._damaged = False
        self._stream = _video_stream(container)
        self._live = live
        if live:
            # Frame threads hold pictures back, and slice threads find one slice in most cameras' pictures: one thread,
            # and the cores are left to other cameras and to the networks.
            self._stream.codec_context.thread_count = 1
        elif self.info.width * self.info.height > ONE_THREAD_PIXELS:
            self._stream.thread_type = "AUTO"
        else:
            self._stream.codec_context.thread_count = 1
        self.decode_errors = 0

    def __enter__(self) -> "VideoSource":
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._container.close()
        if self._line is not None:
            self._line.close()

    @property
    def info(self) -> StreamInfo:
        """What the container says; a camera's size may be 0 until its first frame."""
        stream = self._stream
        rate = stream.average_rate or stream.guessed_rate
        seconds = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
        if seconds is None and self._container.duration and not self._live:
            seconds = self._container.duration / av.time_base
        return StreamInfo(
            codec=stream.codec_context.name,
            width=stream.codec_context.width,
            height=stream.codec_context.height,
            fps=round(float(rate), 3) if rate else 0.0,
            duration_s=seconds,
            frames=stream.frames or None,
        )

    def frames(self, goes_on: Callable[[], bool] = lambda: True, since: int | None = None) -> Iterator[TimedFrame]:
        """Decoded frames in order until the source ends. Damaged packets are counted and passed over.

        `goes_on` is asked whenever a camera was silent for a while. `since`: the time stamp of a file's key frame,
        before which nothing is decoded. Raises MediaError where the source breaks.
        """
        first: float | None = None
        time_s, heard_at = 0.0, time.monotonic()
        for packet in self._packets(goes_on):
            now = time.monotonic()
            # A picture that comes out after a silence was only held back: its data came before that.
            arrived_at = heard_at if self._resumable and now - heard_at >= 0.9 * READ_S else now
            heard_at = now
            if since is not None and packet.pts is not None and packet.pts < since:
                continue
            for picture in self._decoded(packet):
                if picture.pts is not None and picture.time_base is not None:
                    shown = float(picture.pts * picture.time_base)
                    first = shown if first is None else first
                    time_s = shown - first
                yield TimedFrame(picture, time_s, arrived_at, self._is_damaged(picture))

    def read_through(self) -> tuple[StreamInfo, bool]:
        """Read a file to its end: all of its data, and the pictures of its key frames. Closes nothing.

        The answer: what is in it by the data that is there, and whether all of that was good. What a kill has cut off
        at the end is not missed. Raises MediaError where there is no picture in it.
        """
        self._stream.codec_context.skip_frame = "NONKEY"
        frames = last_bad = width = height = 0
        begin, end = float("inf"), 0.0
        for packet in self._packets(lambda: True):
            errors = self.decode_errors
            for picture in self._decoded(packet):
                width, height = picture.width, picture.height
            if not packet.size:
                continue
            frames += 1
            if packet.is_corrupt or self.decode_errors > errors:
                last_bad = frames
            if packet.pts is not None and packet.time_base is not None:
                begin = min(begin, float(packet.pts * packet.time_base))
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        if not width:
            raise MediaError("no_video", _NO_VIDEO)
        found = replace(self.info, width=width, height=height, frames=frames, duration_s=max(0.0, end - begin))
        return found, last_bad in (0, frames)

    def rewind(self) -> None:
        """Back to the first frame of a file."""
        self._container.seek(0)

    def seek(self, stamp: int) -> None:
        """So that the next `frames` of a file begin at a key frame at or before `stamp`, in units of `time_base`."""
        try:
            self._container.seek(stamp, stream=self._stream)
        except (av.FFmpegError, OSError):  # no index reaches so far: from the beginning it is found
            self.rewind()

    @property
    def time_base(self) -> Fraction:
        """Seconds that a time stamp counts in."""
        return Fraction(self._stream.time_base or 1)

    def stamps(self) -> Iterator[tuple[int | None, bool]]:
        """Each picture's time stamp, in the file's order, and whether it is a key frame. Nothing is decoded."""
        for packet in self._packets(lambda: True):
            if packet.size and not packet.is_discard:
                yield packet.pts, bool(packet.is_keyframe)

    def _packets(self, goes_on: Callable[[], bool]) -> Iterator[Any]:
        while True:
            try:
                yield from self._container.demux(self._stream)
                return
            except (av.error.ExitError, av.error.TimeoutError) as error:
                if not self._resumable:
                    raise media_error(error, live=self._live) from None
                if not goes_on():
                    return
            except av.error.EOFError:
                return
            except av.error.InvalidDataError as error:
                if self._live:
                    raise media_error(error, live=True) from None
                # A file that breaks off: what was read of it is a video all the same.
                self.decode_errors += 1
                return
            except (av.FFmpegError, OSError) as error:
                raise media_error(error, live=self._live) from None

    def _decoded(self, packet: Any) -> list[av.VideoFrame]:
        try:
            return [frame for frame in packet.decode() if isinstance(frame, av.VideoFrame)]
        except (av.error.InvalidDataError, av.error.PatchWelcomeError):
            self.decode_errors += 1
            self._damaged = True
            return []
        except av.error.EOFError:
            return []

    def _is_damaged(self, picture: av.VideoFrame) -> bool:
        """Smeared pictures follow a damaged one up to the next key frame, and not all of them say so."""
        if picture.is_corrupt:
            self._damaged = True
        elif picture.key_frame:
            self._damaged = False
        return self._damaged


def open_source(source: CameraSource) -> VideoSource:
    """A camera, or the file that acts as one. Raises MediaError with one of the contract's check codes."""
    return _open_as_camera(Path(source.url)) if source.is_file else open_camera(source.url, source.own_ports)


def _open_as_camera(path: Path) -> VideoSource:
    if not path.is_file():
        raise MediaError("not_found", _NO_FILE)
    try:
        return open_file(path)
    except MediaError as error:
        raise MediaError("no_video", error.message) from None


def open_camera(url: str, own_ports: Iterable[int] = ()) -> VideoSource:
    """Connect to a camera. Raises MediaError with one of the contract's check codes, within about 8 s.

    `own_ports`: where siapp listens on this machine.
    """
    check_camera_url(url)
    deadline = time.monotonic() + OPEN_S
    for _hop in range(MOST_REDIRECTS + 1):
        try:
            return _open_there(url, deadline, own_ports)
        except Redirect as redirect:
            url = _checked_location(redirect.location)
    raise MediaError("unsupported", _REDIRECTED)


def _open_there(url: str, deadline: float, own_ports: Iterable[int]) -> VideoSource:
    """Raises Redirect, too."""
    parts = urlsplit(url)
    rtsp = parts.scheme in ("rtsp", "rtsps")
    camera = Endpoint(parts.hostname or "", port_of(parts) or 0, parts.scheme in ("rtsps", "https"))
    line = Line(connect(camera, deadline - time.monotonic(), own_ports), Review() if rtsp else None)
    try:
        return _open_on(line, parts, deadline)
    except BaseException as error:
        line.close()
        if line.review is not None and line.review.fault is not None and isinstance(error, MediaError):
            raise line.review.fault from None
        raise


def _open_on(line: Line, parts: SplitResult, deadline: float) -> VideoSource:
    rtsp, host = parts.scheme in ("rtsp", "rtsps"), parts.netloc.rpartition("@")[2]
    options = _RTSP_OPTIONS if rtsp else {**_HTTP_OPTIONS, "headers": f"Host: {host}\r\n"}
    left_s = max(0.1, deadline - time.monotonic())
    try:
        container = av.open(
            _through(line, parts),
            format="rtsp" if rtsp else "mpjpeg",
            options=options,
            timeout=(left_s, READ_S if rtsp else HTTP_READ_S),
            metadata_errors="replace",
        )
    except (av.FFmpegError, OSError) as error:
        # A camera that accepts and never answers ends as "invalid data" when the time is over.
        if deadline - time.monotonic() <= 0.1 * OPEN_S:
            raise MediaError("timeout", _TIMEOUT) from None
        if not rtsp and error.errno == errno.EIO:
            # FFmpeg's word for a redirect, which is not followed, and for a page where pictures were expected.
            raise MediaError("unsupported", _UNSUPPORTED) from None
        raise media_error(error, live=True) from None
    return VideoSource(container, live=True, resumable=rtsp, line=line)


def _through(line: Line, parts: SplitResult) -> str:
    """The camera's address as FFmpeg gets it: by way of the line, without TLS, which ends there."""
    userinfo, at, _host = parts.netloc.rpartition("@")
    scheme = parts.scheme.removesuffix("s")
    return urlunsplit((scheme, f"{userinfo}{at}{LOOPBACK}:{line.port}", parts.path, parts.query, ""))


def _checked_location(location: str) -> str:
    """Where a camera sends us; a password stays with the camera that it was given for. Raises MediaError."""
    try:
        check_camera_url(location)
    except SiappError:
        raise MediaError("unsupported", _REDIRECTED) from None
    if urlsplit(location).scheme not in ("rtsp", "rtsps"):
        raise MediaError("unsupported", _REDIRECTED)
    return location


def open_file(path: Path) -> VideoSource:
    """Open a video file. Raises MediaError `not_a_video` for everything else, playlists included."""
    try:
        container = av.open(
            str(path.resolve()),  # from the root: no name is taken for a protocol ("concat:", "http:")
            options={"protocol_whitelist": "file", "format_whitelist": FILE_FORMATS},
            metadata_errors="replace",
        )
    except (av.FFmpegError, OSError) as error:
        raise media_error(error, live=False) from None
    try:
        return VideoSource(container, live=False)
    except MediaError:
        raise MediaError("not_a_video", _NOT_A_VIDEO) from None


def _video_stream(container: Any) -> Any:
    """The first video that can be decoded; the picture on the cover of a sound file is none. Raises MediaError."""
    for stream in container.streams.video:
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic:
            return stream
    container.close()
    raise MediaError("no_video", _NO_VIDEO)


def media_error(error: BaseException, *, live: bool) -> SiappError:
    """What an error of the library means for a person."""
    if not live:
        return MediaError("not_a_video", _NOT_A_VIDEO)
    for kind, code, message in _REASONS:
        if isinstance(error, kind):
            return MediaError(code, message)
    return MediaError("unsupported", _UNSUPPORTED)


# A probe of 32 bytes finds the first picture in 0.05 s; `analyzeduration` 0 would mean FFmpeg's default of a second
# on quiet scenes, and `nobuffer` throws the first key frame away.
_QUICK = {"probesize": "32", "analyzeduration": "1"}
_RTSP_OPTIONS = {
    **_QUICK,
    "rtsp_transport": "tcp",
    "protocol_whitelist": "rtsp,tcp",
}
_HTTP_OPTIONS = {**_QUICK, "protocol_whitelist": "http,tcp", "max_redirects": "0"}
