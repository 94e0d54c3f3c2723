"""Result videos: H.264 in fragmented MP4, which a browser plays and which survives a kill."""

from fractions import Fraction
from pathlib import Path

import av

from siapp.core.video.pictures import Pixels, bgr_to_i420

TIME_BASE = Fraction(1, 90_000)
FRAGMENT_S = 1.0


class VideoWriter:
    """Writes BGR pictures of one size. Until `close` the file plays up to the last second."""

    def __init__(self, path: Path, width: int, height: int, fps: float) -> None:
        self._size = width & ~1, height & ~1  # yuv420p has one colour for two by two pixels
        self._container = av.open(
            str(path), "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov+default_base_moof"}
        )
        rate = Fraction(fps or 25).limit_denominator(1001)
        self._stream = self._container.add_stream("libx264", rate=rate)
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = TIME_BASE
        self._stream.codec_context.time_base = TIME_BASE
        # A fragment ends at a key frame: one a second is what a kill can cost.
        self._stream.options = {"preset": "ultrafast", "crf": "23", "g": str(max(1, round(rate * FRAGMENT_S)))}
        self._last_pts = -1

    def write(self, bgr: Pixels, time_s: float) -> None:
        """Append a picture shown from `time_s` on. Times that stand still or go back are moved on a little."""
        width, height = self._size
        frame = av.VideoFrame.from_ndarray(bgr_to_i420(bgr[:height, :width]), format="yuv420p")
        self._last_pts = max(self._last_pts + 1, round(time_s / TIME_BASE))
        frame.pts, frame.time_base = self._last_pts, TIME_BASE
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        self._container.mux(self._stream.encode(None))
        self._container.close()
