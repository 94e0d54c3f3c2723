"""A worker's H.264 for remote viewers: one encoder for all of them, and when it makes key frames."""

from base64 import b64encode
from collections.abc import Callable

import av
from av.codec.codec import UnknownCodecError

from siapp.core.video.live_encoder import Encoded, LiveEncoder
from siapp.core.video.pictures import Pixels
from siapp.core.workers.messages import Log, Message, VideoBegins

# Whoever needs one asks, so that there is no hurry: at few pictures a second they would be most of the bytes.
KEY_FRAME_S = 4.0
KEY_FRAME_PICTURES = 40
LEAST_KEY_FRAME_S = 0.5
LONGEST_GAP_S = 1.5  # a browser takes a longer one for the end, see fragments.SHOWN


class LiveVideo:
    """Encodes what it is given, from the first picture that is wanted to `stop`.

    `failed`: this machine can't, and does not try again before somebody new asks.
    """

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send = send
        self._encoder: LiveEncoder | None = None
        self._number = self._key_number = 0
        self._wanted = self._broken = False
        self.failed = False
        self._key_at = self._last_at = 0.0

    def want_key_frame(self) -> None:
        """Somebody can't begin, or go on, without one. There are two a second at most, however many ask."""
        self._wanted = True

    def lost(self) -> None:
        """The last picture did not leave this process: the next one is a key frame."""
        self._broken = True

    def stop(self) -> None:
        """Nobody watches any more."""
        self._encoder, self.failed = None, False

    def encode(self, bgr: Pixels, time_s: float) -> Encoded | None:
        """The picture (H, W, 3), less a line where a side is odd, at this time of the video. None where that fails."""
        if self.failed:
            return None
        try:
            return self._encode(bgr, time_s)
        except (av.FFmpegError, UnknownCodecError) as error:
            self._send(Log("WARNING", f"no H.264 for remote viewers: {error}"))
            self._encoder, self.failed = None, True
            return None

    def _encode(self, bgr: Pixels, time_s: float) -> Encoded:
        width, height = bgr.shape[1] & ~1, bgr.shape[0] & ~1
        encoder = self._encoder
        if encoder is None or (encoder.width, encoder.height) != (width, height):
            encoder = self._begin(width, height)
        key = self._key_is_due(time_s)
        encoded = encoder.encode(bgr[:height, :width], self._number, time_s, key)
        if key:
            self._wanted = self._broken = False
            self._key_at, self._key_number = time_s, self._number
        self._number += 1
        self._last_at = time_s
        return encoded

    def _begin(self, width: int, height: int) -> LiveEncoder:
        encoder = self._encoder = LiveEncoder(width, height)
        self._send(VideoBegins(encoder.codec, width, height, b64encode(encoder.init).decode()))
        self._broken = True
        return encoder

    def _key_is_due(self, time_s: float) -> bool:
        since_s = time_s - self._key_at
        return (
            self._broken
            or (since_s >= KEY_FRAME_S and self._number - self._key_number >= KEY_FRAME_PICTURES)
            or (self._wanted and since_s >= LEAST_KEY_FRAME_S)
            or time_s - self._last_at > LONGEST_GAP_S
        )
