"""The clips that are measured: the given video in the length that the time allows, and one in another size."""

from fractions import Fraction
from typing import Any

import av

from siapp.bench.contenders.entry import tell

BITRATE = 4_000_000


def run(given: dict[str, Any]) -> None:
    """Given `video`, `out`, `frames`; and, for pictures of another size, `width`, `height` and `fps`."""
    tell(frames=_encoded(given) if "width" in given else _copied(given))


def _copied(given: dict[str, Any]) -> int:
    """The first `frames` pictures as they are encoded; a shorter video is repeated. The answer: how many there are."""
    count, offset = 0, 0
    with av.open(given["out"], "w") as target:
        stream: Any = None
        while count < given["frames"]:
            before, end = count, offset
            with av.open(given["video"]) as source:
                video = source.streams.video[0]
                if stream is None:
                    stream = target.add_stream_from_template(video)
                for packet in source.demux(video):
                    if packet.dts is None or packet.pts is None:
                        continue  # the flush at the end, or nothing that a container could date
                    if count == given["frames"]:
                        break
                    packet.pts, packet.dts = packet.pts + offset, packet.dts + offset
                    end = max(end, packet.pts + max(1, packet.duration or 1))
                    packet.stream = stream
                    target.mux(packet)
                    count += 1
            if count == before:
                break
            offset = end
    return count


def _encoded(given: dict[str, Any]) -> int:
    """`frames` pictures in `width` x `height`, H.264 at `fps` frames/s; a shorter video is repeated."""
    width, height = int(given["width"]), int(given["height"])
    count = 0
    with av.open(given["out"], "w") as target:
        stream: Any = target.add_stream("libx264", rate=Fraction(given["fps"]))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate, stream.options = BITRATE, {"preset": "ultrafast"}
        while count < given["frames"]:
            before = count
            with av.open(given["video"]) as source:
                for frame in source.decode(video=0):
                    if count == given["frames"]:
                        break
                    scaled = frame.reformat(width, height, "yuv420p")
                    scaled.pts, scaled.time_base = count, 1 / Fraction(given["fps"])
                    target.mux(stream.encode(scaled))
                    count += 1
            if count == before:
                break
        target.mux(stream.encode(None))
    return count
