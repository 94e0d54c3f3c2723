"""Result videos: H.264 in fragmented MP4, which a browser plays and which survives a kill.

To seek in fragments a browser reads the whole file: a video that is finished gets one index at its beginning.
"""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.frame import PictureType
from av.video.reformatter import ColorRange

TIME_BASE = Fraction(1, 90_000)
FRAGMENT_S = 1.0
USUAL_FPS = 25
DRAFT = ".part"

_CONTAINER = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof",
    # Otherwise FFmpeg holds back what is smaller than its buffer: half a minute of a small, quiet picture.
    "flush_packets": "1",
}
# Key frames are set by the clock, see `VideoWriter.write`; `g` only has to be out of the way.
# Several threads cost more in all, and these pictures are encoded soon enough by one.
ONE_THREAD_PIXELS = 1280 * 720
# A constant quantiser, because x264 looks every picture over twice for a constant quality: half of its time.
_ENCODER = {"preset": "ultrafast", "qp": "24", "g": "100000"}


class VideoWriter:
    """Writes pictures of one size. Until `close` the file plays up to about a second ago."""

    def __init__(self, path: Path, first: av.VideoFrame, fps: float) -> None:
        """All pictures get the size and the colour space of `first`, which is not written yet. `fps` is a hint, 0
        where unknown: each picture brings its own time. OSError where `path` can't be written."""
        self._container = av.open(str(path), "w", format="mp4", options=_CONTAINER)
        rate = Fraction(fps or USUAL_FPS).limit_denominator(1001)
        self._stream: Any = self._container.add_stream("libx264", rate=rate, options=_ENCODER)
        self._stream.width, self._stream.height = self._size = first.width, first.height
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = TIME_BASE
        context = self._stream.codec_context
        context.time_base = TIME_BASE
        # Players guess another matrix for large pictures that don't say.
        context.colorspace, context.color_range = first.colorspace, ColorRange.MPEG
        if first.width * first.height <= ONE_THREAD_PIXELS:
            context.thread_count = 1
        self._last_pts = -1
        self._key_pts: int | None = None

    def write(self, picture: av.VideoFrame, time_s: float) -> None:
        """Append a picture of `pictures.own_yuv`, shown from `time_s` on. One of another size is scaled to the
        first one's. Times that stand still or go back are moved on a little.

        OSError where it can't be written.
        """
        width, height = self._size
        frame = picture.reformat(width, height)  # itself where it fits
        pts = max(self._last_pts + 1, round(time_s / TIME_BASE))
        if self._key_pts is None or pts - self._key_pts >= FRAGMENT_S / TIME_BASE:
            # A fragment ends at a key frame: one a second is what a kill can cost.
            frame.pict_type, self._key_pts = PictureType.I, pts
        self._last_pts = pts
        frame.pts, frame.time_base = pts, TIME_BASE
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what the encoder still holds, and end the file."""
        try:
            self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()


def add_index(path: Path) -> None:
    """Write a finished video anew with one index before all pictures, and nothing encoded again.

    The fragments stay until the new file is whole. OSError where it can't be written.
    """
    draft = path.with_name(path.name + DRAFT)
    options = {"movflags": "faststart", "video_track_timescale": str(TIME_BASE.denominator)}
    try:
        with av.open(str(path)) as fragments, av.open(str(draft), "w", format="mp4", options=options) as indexed:
            stream = indexed.add_stream_from_template(fragments.streams.video[0])
            for packet in fragments.demux(video=0):
                if packet.dts is not None:  # the last one is empty, and only says that there are no more
                    packet.stream = stream
                    indexed.mux(packet)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
