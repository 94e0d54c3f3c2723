"""Plays a file of H.264 access units in a loop as rtsp://127.0.0.1:PORT/live; run by the system's Python.

Usage: gst_server.py '{"clip": FILE, "fps": 25, "username": "", "password": ""}'. Prints the port once it
listens, and ends when its standard input does, so that it does not outlive the test that started it.
"""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path
from typing import Any

import gi  # type: ignore[import-untyped, import-not-found, unused-ignore]

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # type: ignore # noqa: E402

PIPELINE = (
    "( appsrc name=source is-live=true format=time max-buffers=4 "
    "caps=video/x-h264,stream-format=byte-stream,alignment=au,framerate={rate} "
    "! identity sync=true ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)
ROLE = "viewer"


def read_access_units(path: str) -> list[bytes]:
    """The units of a file in which each one stands behind its length (32 bits, big-endian)."""
    units = []
    with Path(path).open("rb") as file:
        while size := file.read(4):
            units.append(file.read(*struct.unpack(">I", size)))
    return units


class Feeder:
    """Gives one client's pipeline a picture whenever it asks; time stamps go on from loop to loop."""

    def __init__(self, units: list[bytes], fps: float) -> None:
        self._units = units
        self._duration = Gst.SECOND / fps
        self._number = 0

    def need_data(self, source: Any, _size: int) -> None:
        buffer = Gst.Buffer.new_wrapped(self._units[self._number % len(self._units)])
        buffer.pts = buffer.dts = round(self._number * self._duration)
        buffer.duration = round(self._duration)
        self._number += 1
        source.emit("push-buffer", buffer)


def make_factory(units: list[bytes], fps: float) -> Any:
    """A factory that makes a pipeline of its own for each client."""
    rate = f"{round(fps * 1000)}/1000"
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(PIPELINE.format(rate=rate))

    def configure(_factory: Any, media: Any) -> None:
        source = media.get_element().get_by_name_recurse_up("source")
        source.connect("need-data", Feeder(units, fps).need_data)

    factory.connect("media-configure", configure)
    return factory


def ask_for_login(server: Any, factory: Any, username: str, password: str) -> None:
    """Let only this user in, by Basic authentication."""
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", ROLE)
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(username, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    for permission in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role(ROLE, permission, True)
    factory.set_permissions(permissions)


def main() -> None:
    settings = json.loads(sys.argv[1])
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    factory = make_factory(read_access_units(settings["clip"]), settings["fps"])
    if settings["username"]:
        ask_for_login(server, factory, settings["username"], settings["password"])
    server.get_mount_points().add_factory("/live", factory)
    if not server.attach(None):
        sys.exit("cannot listen")
    loop = GLib.MainLoop()
    GLib.io_add_watch(sys.stdin, GLib.IO_HUP, lambda *_: loop.quit())
    print(server.get_bound_port(), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
