"""GStreamer's RTSP server as a camera: an implementation that shares nothing with ours."""

from __future__ import annotations

import json
import selectors
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import Self

from .clip import Codec, EncodedClip, counting_clip
from .rtsp import Login

SYSTEM_PYTHON = "/usr/bin/python3"  # the interpreter that Debian's python3-gi is made for
SCRIPT = Path(__file__).with_name("gst_server.py")
START_TIMEOUT = 20.0  # s; GStreamer scans its plug-ins at its first start on a machine
MISSING = (
    "GStreamer's RTSP server did not start; it needs Debian's python3-gi, gir1.2-gst-rtsp-server-1.0, "
    "gstreamer1.0-plugins-base, gstreamer1.0-plugins-good and gstreamer1.0-plugins-bad"
)


class GStreamerCamera:
    """An RTSP camera at `url` that plays an H.264 clip in a loop, from its start for every client.

    :param username: asks for a login (Basic)
    :raises RuntimeError: when entered, with what the server printed, if it could not start
    """

    def __init__(self, clip: EncodedClip | None = None, *, username: str = "", password: str = "") -> None:
        self.clip = clip or counting_clip()
        if self.clip.codec is not Codec.H264:
            raise ValueError("this camera plays H.264 only")
        self._login = Login(username, password, "basic")
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self._port}/live"

    @property
    def url_with_login(self) -> str:
        """`url` with user name and password in it."""
        return self._login.put_into(self.url) if self._login.username else self.url

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="siapp-gstreamer-")
        folder = Path(self._folder.name)
        try:
            self._process = self._start(folder)
            self._port = _wait_for_port(self._process, folder / "stderr")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()

    def kill(self) -> None:
        """Kill the server, as a camera that loses its power; leaving the context manager does the rest."""
        assert self._process is not None, "the camera is not running"
        self._process.kill()
        self._process.wait()

    def _start(self, folder: Path) -> subprocess.Popen[bytes]:
        _write_access_units(self.clip, folder / "clip")
        settings = {
            "clip": str(folder / "clip"),
            "fps": self.clip.fps,
            "username": self._login.username,
            "password": self._login.password,
        }
        command = [SYSTEM_PYTHON, str(SCRIPT), json.dumps(settings)]
        with (folder / "stderr").open("wb") as stderr:
            return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr)


def _wait_for_port(process: subprocess.Popen[bytes], stderr: Path) -> int:
    """The server prints its port as soon as it listens."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if selector.select(START_TIMEOUT) else b""
    if not line:
        raise RuntimeError(f"{MISSING}\n{stderr.read_text()}")
    return int(line)


def _write_access_units(clip: EncodedClip, path: Path) -> None:
    """Each access unit as a byte stream behind its length (32 bits, big-endian)."""
    units = (clip.annex_b(index) for index in range(len(clip)))
    path.write_bytes(b"".join(struct.pack(">I", len(unit)) + unit for unit in units))
