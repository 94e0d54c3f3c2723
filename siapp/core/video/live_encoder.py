"""H.264 for those who watch live: each picture leaves as soon as it is encoded, and any browser can decode it."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import cv2
from av.codec.context import Flags
from av.video.frame import PictureType
from av.video.reformatter import ColorRange, Colorspace

from siapp.core.video.fragments import TIMESCALE, Parameters, init_segment, media_segment, sample
from siapp.core.video.pictures import Pixels

_TIME_BASE = Fraction(1, TIMESCALE)
_USUAL_FPS = 30  # a hint, for the level that the video says to need; each picture brings its own time
_ENCODER = {
    "preset": "superfast",
    "tune": "zerolatency",
    "profile": "baseline",
    "crf": "28",
    # Key frames are set by whoever encodes; `g` only has to be out of the way.
    "g": "1000000",
    "forced-idr": "1",
    "x264-params": "scenecut=0",
}


@dataclass(frozen=True, slots=True)
class Encoded:
    """One picture as a media segment. `time_s`: seconds of the video from which on it is shown."""

    segment: bytes
    number: int
    time_s: float
    is_key: bool


class LiveEncoder:
    """Encodes pictures of one size, whose sides are even. `init`: the segment that comes before all others.

    Raises av.FFmpegError where this machine's FFmpeg can't do that, here or later.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        context: Any = av.CodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base, context.framerate = _TIME_BASE, _USUAL_FPS
        context.colorspace, context.color_range = Colorspace.ITU601, ColorRange.MPEG
        context.thread_count = 1
        context.flags |= Flags.global_header
        context.options = _ENCODER
        context.open()
        self._context = context
        parameters = Parameters.of(context.extradata)
        self.codec = parameters.codec
        self.init = init_segment(width, height, parameters)
        self._last_time = -1

    def encode(self, bgr: Pixels, number: int, time_s: float, key: bool) -> Encoded:
        """A picture (height, width, 3) that is shown from `time_s` on, as a key frame where `key`.

        Times that stand still or go back are moved on a little.
        """
        yuv: Any = cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420)  # of limited range, by BT.601
        frame = av.VideoFrame.from_ndarray(yuv, "yuv420p")
        frame.pts = self._last_time = max(self._last_time + 1, round(time_s * TIMESCALE))
        frame.time_base = _TIME_BASE
        if key:
            frame.pict_type = PictureType.I
        (packet,) = self._context.encode(frame)
        segment = media_segment(number, frame.pts, sample(bytes(packet)), packet.is_keyframe)
        return Encoded(segment, number, frame.pts / TIMESCALE, packet.is_keyframe)
