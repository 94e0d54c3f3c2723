"""What the tests of pictures, sources and results share: small video files, and what is read back of them."""

import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from siapp.core.video.pictures import Pixels, to_bgr
from tests.cameras import counting_picture, read_index


def write_clip(
    path: Path, pictures: Sequence[Pixels], *, fps: int = 25, container: str = "mp4", movflags: str = "faststart"
) -> Path:
    """A small H.264 video of `pictures` (H, W, 3) BGR, a key frame every ten."""
    options = {"movflags": movflags} if container == "mp4" and movflags else {}
    with av.open(str(path), "w", format=container, options=options) as file:
        stream: Any = file.add_stream("libx264", rate=fps)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt, stream.options = "yuv420p", {"preset": "ultrafast", "crf": "18", "g": "10"}
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def counting(count: int, width: int = 320, height: int = 240) -> list[Pixels]:
    return [counting_picture(number, width, height) for number in range(count)]


def write_sound(path: Path, *, cover: bool = False) -> Path:
    """A second of silence, as a phone records it; `cover`: with a picture on it."""
    with av.open(str(path), "w", format="mp4") as file:
        sound: Any = file.add_stream("aac", rate=44100)
        picture: Any = file.add_stream("mjpeg", rate=1) if cover else None
        if cover:
            picture.width, picture.height, picture.pix_fmt = 64, 64, "yuvj420p"
            picture.disposition = av.stream.Disposition.attached_pic
            file.mux(picture.encode(av.VideoFrame(64, 64, "yuvj420p")))
        for number in range(43):
            samples = np.zeros((2, 1024), np.float32)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = 44100, number * 1024
            file.mux(sound.encode(frame))
        file.mux(sound.encode(None))
    return path


def turned(path: Path) -> Path:
    """The same MP4 with the note that it was recorded by a telephone held upright (a quarter turn)."""
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 44  # ISO 14496-12, 8.3.2: version 0
    one = 1 << 16
    data[matrix : matrix + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def read_back(path: Path) -> list[tuple[float, Pixels]]:
    """Every frame of a video as (seconds, BGR picture), by PyAV alone."""
    with av.open(str(path)) as file:
        return [(float(frame.time or 0), to_bgr(frame)) for frame in file.decode(video=0)]


def read_what_plays(path: Path) -> list[tuple[float, Pixels]]:
    """As `read_back`, up to where a killed writer left off: its last packet may be half there, and players end with the
    one before."""
    shown: list[tuple[float, Pixels]] = []
    with av.open(str(path)) as file, suppress(av.error.InvalidDataError):
        for frame in file.decode(video=0):
            shown.append((float(frame.time or 0), to_bgr(frame)))
    return shown


def indexes(pictures: Iterable[Pixels]) -> list[int | None]:
    return [read_index(picture) for picture in pictures]
