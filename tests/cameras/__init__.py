"""Cameras for tests, on loopback: `ScriptedCamera` (RTSP with faults on demand), `GStreamerCamera` (the
independent RTSP server) and `MjpegCamera` (HTTP). None imports cv2, whose wheel carries a second Qt."""

from .clip import Codec, EncodedClip, counting_clip, encode_clip, encode_jpegs
from .gstreamer import GStreamerCamera
from .mjpeg import MjpegCamera
from .pictures import Picture, Pictures, counting_picture, read_index, stamp_index
from .scripted import Behaviour, Damage, ScriptedCamera

__all__ = [
    "Behaviour",
    "Codec",
    "Damage",
    "EncodedClip",
    "GStreamerCamera",
    "MjpegCamera",
    "Picture",
    "Pictures",
    "ScriptedCamera",
    "counting_clip",
    "counting_picture",
    "encode_clip",
    "encode_jpegs",
    "read_index",
    "stamp_index",
]
