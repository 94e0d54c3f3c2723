"""Clips encoded once and sent many times: H.264 or H.265 access units, and JPEG pictures."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from typing import cast

import av
from av.video.codeccontext import VideoCodecContext

from .pictures import Picture, Pictures, counting_picture

_START_CODE = re.compile(b"\0\0\0?\1")


class Codec(enum.Enum):
    """Video codecs; the value is the RTP encoding name."""

    H264 = "H264"
    H265 = "H265"

    def nal_type(self, nal: bytes) -> int:
        return nal[0] & 0x1F if self is Codec.H264 else nal[0] >> 1 & 0x3F

    def is_slice(self, nal: bytes) -> bool:
        """True for picture data, False for parameter sets and messages."""
        return self.nal_type(nal) in ((1, 5) if self is Codec.H264 else range(32))


@dataclass(frozen=True)
class EncodedClip:
    """Coded pictures, none of them reordered; the first is a key frame, so the clip can be looped."""

    codec: Codec
    width: int
    height: int
    fps: float
    access_units: tuple[tuple[bytes, ...], ...]
    """One tuple of NAL units (no start codes) per picture; key frames carry their parameter sets."""

    def __len__(self) -> int:
        return len(self.access_units)

    def nal(self, nal_type: int) -> bytes:
        """The first unit of a type, such as 7 for H.264's SPS and 8 for its PPS."""
        return next(unit for unit in self.access_units[0] if self.codec.nal_type(unit) == nal_type)

    def annex_b(self, index: int) -> bytes:
        """One access unit as a byte stream with start codes."""
        return b"".join(b"\0\0\0\1" + nal for nal in self.access_units[index])


def encode_clip(
    pictures: Pictures | list[Picture],
    count: int | None = None,
    *,
    fps: float = 25,
    gop: int = 25,
    codec: Codec = Codec.H264,
) -> EncodedClip:
    """Encode pictures 0 to `count` - 1 (all of a list), with a key frame every `gop` pictures.

    Good quality (CRF 18) and no B frames, as a camera sends it. Width and height must be even.
    """
    draw = pictures.__getitem__ if isinstance(pictures, list) else pictures
    total = len(pictures) if isinstance(pictures, list) else count
    if not total:
        raise ValueError("a clip needs at least one picture")
    height, width = draw(0).shape[:2]
    encoder = _encoder(codec, width, height, fps, gop)
    packets = [packet for index in range(total) for packet in encoder.encode(_frame(draw(index), index))]
    packets += encoder.encode(None)
    return EncodedClip(codec, width, height, fps, tuple(_split(bytes(packet)) for packet in packets))


@cache
def counting_clip(
    width: int = 320,
    height: int = 240,
    *,
    count: int = 50,
    fps: float = 25,
    gop: int = 25,
    codec: Codec = Codec.H264,
) -> EncodedClip:
    """The clip of `counting_picture`; encoded once per test session."""
    return encode_clip(partial(counting_picture, width=width, height=height), count, fps=fps, gop=gop, codec=codec)


def encode_jpegs(pictures: Pictures, count: int) -> tuple[bytes, ...]:
    """Pictures 0 to `count` - 1 as JPEG files of fair quality."""
    height, width = pictures(0).shape[:2]
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"qmin": "3", "qmax": "3"}
    frames = (_frame(pictures(index), index).reformat(format="yuvj420p") for index in range(count))
    return tuple(bytes(packet) for frame in frames for packet in encoder.encode(frame))


def _encoder(codec: Codec, width: int, height: int, fps: float, gop: int) -> VideoCodecContext:
    library = "libx264" if codec is Codec.H264 else "libx265"
    encoder = cast(VideoCodecContext, av.CodecContext.create(library, "w"))
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    rate = Fraction(fps).limit_denominator(1000)
    encoder.framerate, encoder.time_base = rate, 1 / rate
    # One slice per picture: GStreamer's payloader marks the end of a picture after each.
    parameters = f"keyint={gop}:min-keyint={gop}:scenecut=0:sliced-threads=0:annexb=1:repeat-headers=1:log-level=error"
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "18"}
    encoder.options |= {"x264-params" if codec is Codec.H264 else "x265-params": parameters}
    return encoder


def _frame(picture: Picture, index: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
    frame.pts = index
    return frame


def _split(byte_stream: bytes) -> tuple[bytes, ...]:
    """The NAL units of an Annex-B access unit; an encoder pads none of them with zeros."""
    return tuple(nal for nal in _START_CODE.split(byte_stream) if nal)
