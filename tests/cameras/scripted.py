"""A scriptable RTSP camera: plays a clip over TCP, and misbehaves on demand while it runs."""

from __future__ import annotations

import asyncio
import enum
import random
from collections import Counter

from .clip import EncodedClip, counting_clip
from .rtp import CLOCK, Packetizer
from .rtsp import AuthScheme, Login, Reply, Request, describe_audio, describe_video, read_request
from .server import HOST, CameraServer

SESSION = "20260101"
FIRST_TIME = 1_000_000_000  # RTP ticks; RFC 3550 wants no 0, which FFmpeg takes for unset
METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, TEARDOWN"


class Behaviour(enum.Enum):
    """How the camera answers requests."""

    NORMAL = enum.auto()
    SILENT = enum.auto()
    """Accepts connections and never says a word."""
    OPTIONS_ONLY = enum.auto()
    """Answers OPTIONS and nothing else."""
    NOT_RTSP = enum.auto()
    """Answers everything as a web server would."""
    NOT_FOUND = enum.auto()
    """404 for every path."""
    UNAUTHORIZED = enum.auto()
    """401 without saying which login it wants."""
    REFUSE_LOGIN = enum.auto()
    """Asks for a login, and refuses every one."""
    AUDIO_ONLY = enum.auto()
    """Describes sound and no video."""
    TWO_VIDEO_TRACKS = enum.auto()
    """Describes two video tracks and sends on every one that is set up."""


class Damage(enum.Enum):
    """What happens to the picture data while the camera is told to corrupt it."""

    RANDOM = enum.auto()
    """Random bytes behind the unit's header."""
    TRUNCATED = enum.auto()
    """Cut off at half its length."""
    LOST = enum.auto()
    """Every second picture is not sent at all."""


class ScriptedCamera(CameraServer):
    """An RTSP camera at `url` that plays a clip in a loop to any number of clients.

    Each client has a sender of its own that starts at picture 0. RTP times follow the moments at which
    pictures are due, so a stall shows as a gap in them.

    :param clip: what is played; `counting_clip()` without it
    :param fps: pictures per second; the clip's own rate without it
    :param username: asks for a login (not for OPTIONS); in `url` it is left out, see `url_with_login`
    :param port: fixed port, or 0 to choose a free one
    """

    def __init__(
        self,
        clip: EncodedClip | None = None,
        *,
        fps: float | None = None,
        username: str = "",
        password: str = "",
        auth: AuthScheme = "digest",
        port: int = 0,
        behaviour: Behaviour = Behaviour.NORMAL,
    ) -> None:
        self.clip = clip or counting_clip()
        super().__init__(fps=fps or self.clip.fps, port=port)
        self.behaviour = behaviour
        self.login = Login(username, password, auth) if username else None
        self.requests: Counter[str] = Counter()
        """Requests received, by method."""
        self.logins_refused = 0
        """Requests that carried a login and got 401."""
        self._corrupt_until = 0.0
        self._damage = Damage.RANDOM
        self._time_shift = 0.0
        self._time_frozen = False

    @property
    def url(self) -> str:
        return f"rtsp://{HOST}:{self.port}/live"

    @property
    def url_with_login(self) -> str:
        """`url` with user name and password in it."""
        return self.login.put_into(self.url) if self.login else self.url

    # -- faults

    def behave(self, behaviour: Behaviour) -> None:
        """Answer requests like this from now on; what plays already goes on."""
        self._change("behaviour", behaviour)

    def corrupt(self, seconds: float, damage: Damage = Damage.RANDOM) -> None:
        """Damage the picture data that is sent in the next `seconds`; parameter sets stay whole."""
        self._change("_damage", damage)
        self._change("_corrupt_until", self._loop.time() + seconds)

    def change_clip(self, clip: EncodedClip) -> None:
        """Play another clip (of another size, say) from its start, in the middle of the stream.

        Another codec needs another session description, so connections are closed then, as cameras do it.
        """
        same_codec = clip.codec is self.clip.codec
        self._change("clip", clip)
        if not same_codec:
            self.drop_connections()

    def shift_timestamps(self, seconds: float) -> None:
        """Let the RTP time jump, forward or back, once."""
        self._change("_time_shift", self._time_shift + seconds)

    def freeze_timestamps(self, frozen: bool = True) -> None:
        """Send every picture with the same RTP time."""
        self._change("_time_frozen", frozen)

    # -- one client

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(self, writer)
        try:
            while request := await read_request(reader):
                self.requests[request.method] += 1
                if not await client.answer(request):
                    break
        finally:
            client.pause()

    def picture_data(self, nals: tuple[bytes, ...], number: int, chance: random.Random) -> list[bytes]:
        """The units to send for the `number`th picture, damaged if it is time for that."""
        if self._loop.time() >= self._corrupt_until:
            return list(nals)
        if self._damage is Damage.LOST:
            return list(nals) if number % 2 else []
        return [self._damaged(nal, chance) if self.clip.codec.is_slice(nal) else nal for nal in nals]

    def _damaged(self, nal: bytes, chance: random.Random) -> bytes:
        if self._damage is Damage.TRUNCATED:
            return nal[: max(2, len(nal) // 2)]
        return nal[:2] + chance.randbytes(len(nal) - 2)

    def rtp_time(self, moment: float) -> int:
        """The RTP time stamp, in ticks, of a moment in seconds since the sender's start."""
        return FIRST_TIME + (0 if self._time_frozen else round((moment + self._time_shift) * CLOCK))


class _Client:
    """One connection: answers requests and, once told to play, sends pictures."""

    def __init__(self, camera: ScriptedCamera, writer: asyncio.StreamWriter) -> None:
        self._camera, self._writer = camera, writer
        self._channels: list[int] = []
        self._sender: asyncio.Task[None] | None = None

    async def answer(self, request: Request) -> bool:
        """Answer one request, or don't, as the camera is told to; False when the client said goodbye."""
        reply = self._misbehave(request) or self._ask_for_login(request) or self._behave(request)
        if reply is not _NO_ANSWER:
            answer = reply.encode(request)
            self._writer.write(answer.replace(b"RTSP/", b"HTTP/") if reply is _BAD_REQUEST else answer)
            await self._writer.drain()
        if request.method == "PLAY" and reply.status.startswith("200"):
            self._play()
        return request.method != "TEARDOWN"

    def _misbehave(self, request: Request) -> Reply | None:
        login = request.headers.get("authorization")
        match self._camera.behaviour:
            case Behaviour.SILENT:
                return _NO_ANSWER
            case Behaviour.NOT_RTSP:
                return _BAD_REQUEST
            case _ if request.method == "OPTIONS":
                return None
            case Behaviour.OPTIONS_ONLY:
                return _NO_ANSWER
            case Behaviour.NOT_FOUND:
                return Reply("404 Not Found")
            case Behaviour.UNAUTHORIZED:
                return Reply("401 Unauthorized")
            case Behaviour.REFUSE_LOGIN:
                self._camera.logins_refused += bool(login)
                return Login("", "").challenge()
        return None

    def _ask_for_login(self, request: Request) -> Reply | None:
        login = self._camera.login
        if login is None or request.method == "OPTIONS" or login.accepts(request):
            return None
        self._camera.logins_refused += "authorization" in request.headers
        return login.challenge()

    def _behave(self, request: Request) -> Reply:
        match request.method:
            case "OPTIONS":
                return Reply(headers={"Public": METHODS})
            case "DESCRIBE":
                headers = {"Content-Type": "application/sdp", "Content-Base": request.url.rstrip("/") + "/"}
                return Reply(headers=headers, body=self._description())
            case "SETUP":
                return self._set_up(request.headers.get("transport", ""))
            case "PLAY":
                return Reply(headers={"Session": SESSION, "Range": "npt=0.000-"})
            case "PAUSE":
                self.pause()
                return Reply(headers={"Session": SESSION})
            case "GET_PARAMETER" | "SET_PARAMETER" | "TEARDOWN":
                return Reply(headers={"Session": SESSION})
        return Reply("501 Not Implemented")

    def _description(self) -> str:
        match self._camera.behaviour:
            case Behaviour.AUDIO_ONLY:
                return describe_audio()
            case Behaviour.TWO_VIDEO_TRACKS:
                return describe_video(self._camera.clip, tracks=2)
        return describe_video(self._camera.clip)

    def _set_up(self, transport: str) -> Reply:
        if "RTP/AVP/TCP" not in transport:
            return Reply("461 Unsupported Transport")
        channel = 2 * len(self._channels)
        self._channels.append(channel)
        accepted = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
        return Reply(headers={"Transport": accepted, "Session": f"{SESSION};timeout=60"})

    # -- pictures

    def _play(self) -> None:
        if self._sender is None and self._camera.behaviour is not Behaviour.AUDIO_ONLY:
            self._sender = asyncio.create_task(self._send_pictures(), name="camera-sender")
            self._camera.count("clients_playing")

    def pause(self) -> None:
        """Send no more pictures."""
        if self._sender is not None:
            self._sender.cancel()
            self._sender = None
            self._camera.count("clients_playing", -1)

    async def _send_pictures(self) -> None:
        camera, chance = self._camera, random.Random(0)
        clip, number = camera.clip, 0
        packetizers = [Packetizer(clip.codec, channel, 0, 0x51A99 + channel) for channel in self._channels]
        start = asyncio.get_running_loop().time()
        due = await camera.next_due(start - 1 / camera.fps)
        while not self._writer.is_closing():
            if camera.clip is not clip:
                clip, number = camera.clip, 0
            nals = camera.picture_data(clip.access_units[number % len(clip)], number, chance)
            for packetizer in packetizers:
                self._writer.write(packetizer.access_unit(nals, camera.rtp_time(due - start)))
            await self._writer.drain()
            camera.count("frames_sent")
            number += 1
            due = await camera.next_due(due)


_NO_ANSWER = Reply("no answer")
_BAD_REQUEST = Reply("400 Bad Request")
