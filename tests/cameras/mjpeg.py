"""A small HTTP camera that sends JPEG pictures one after another (multipart/x-mixed-replace)."""

from __future__ import annotations

import asyncio
from functools import cache

from .clip import encode_jpegs
from .pictures import counting_picture
from .rtsp import Login, Reply, Request
from .server import HOST, CameraServer

BOUNDARY = "picture"


class MjpegCamera(CameraServer):
    """An MJPEG camera at `url` that plays JPEG pictures in a loop, for every client from the first one.

    :param jpegs: what is played (see `encode_jpegs`); 50 counting pictures of 320x240 without it
    :param fps: pictures per second
    :param username: asks for a login (Basic)
    """

    def __init__(
        self,
        jpegs: tuple[bytes, ...] = (),
        *,
        fps: float = 25,
        username: str = "",
        password: str = "",
        port: int = 0,
    ) -> None:
        super().__init__(fps=fps, port=port)
        self._jpegs = jpegs or _counting_jpegs()
        self._login = Login(username, password, "basic") if username else None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/live.mjpg"

    @property
    def url_with_login(self) -> str:
        """`url` with user name and password in it."""
        return self._login.put_into(self.url) if self._login else self.url

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in head[1:])
        request = Request("GET", self.url, {name.lower(): value.strip() for name, _, value in pairs})
        if self._login and not self._login.accepts(request):
            await _answer(writer, request, self._login.challenge())
            return
        headers = {"Content-Type": f"multipart/x-mixed-replace; boundary={BOUNDARY}", "Connection": "close"}
        await _answer(writer, request, Reply(headers=headers))
        sender = asyncio.create_task(self._send_pictures(writer), name="camera-sender")
        try:
            await reader.read()  # ends when the client goes, also while nothing is sent
        finally:
            sender.cancel()

    async def _send_pictures(self, writer: asyncio.StreamWriter) -> None:
        self.count("clients_playing")
        try:
            number, due = 0, await self.next_due(self._loop.time() - 1 / self.fps)
            while not writer.is_closing():
                writer.write(_part(self._jpegs[number % len(self._jpegs)]))
                await writer.drain()
                self.count("frames_sent")
                number, due = number + 1, await self.next_due(due)
        finally:
            self.count("clients_playing", -1)


async def _answer(writer: asyncio.StreamWriter, request: Request, reply: Reply) -> None:
    """HTTP's replies differ from RTSP's by the first word only."""
    writer.write(reply.encode(request).replace(b"RTSP/1.0", b"HTTP/1.1", 1))
    await writer.drain()


def _part(jpeg: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"


@cache
def _counting_jpegs() -> tuple[bytes, ...]:
    return encode_jpegs(counting_picture, 50)
