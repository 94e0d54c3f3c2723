"""A task's H.264 for one viewer. A picture of it is of use only to whoever has those before it, back to a key frame."""

import time
from collections.abc import Callable
from functools import lru_cache

from aiohttp import WSMsgType

from siapp.core.domain import Picture, VideoFormat, VideoPicture
from siapp.net import views
from siapp.net.sockets.channel import Channel
from siapp.net.sockets.frames import frame

ASK_AGAIN_S = 2.0


class Follower:
    """Chooses what its viewer gets: all from a key frame on, until a picture does not reach it; then nothing until
    the next key frame.

    That is asked for when the viewer has taken all that waits for it. Sooner it would be lost, too, and only be one
    more that all the others have to take.
    """

    def __init__(self, channel: Channel, want_key_frame: Callable[[], None]) -> None:
        self._channel = channel
        self._want_key_frame = want_key_frame
        self._format: VideoFormat | None = None  # that the viewer was told of
        self._next: int | None = None  # the number that goes on from what it has
        self._asked_at = time.monotonic()  # at the beginning, by whoever makes this

    def frames(self, picture: Picture) -> bytes | None:
        """What to send of a picture, as frames; None where it is of no use to this viewer."""
        video = picture.video
        if video is None or not self._is_of_use(video) or not self._has_room(video):
            return None
        frames = picture_frames(picture)
        if video.format is not self._format:
            frames = _begin_frames(video.format) + frames
        self._format, self._next = video.format, video.number + 1
        return frames

    def _is_of_use(self, video: VideoPicture) -> bool:
        if video.is_key or (video.format is self._format and video.number == self._next):
            return True
        moment = time.monotonic()
        if moment - self._asked_at >= ASK_AGAIN_S and self._channel.has_caught_up:
            self._asked_at = moment
            self._want_key_frame()
        return False

    def _has_room(self, video: VideoPicture) -> bool:
        """A key frame makes room for itself: nothing that still waits is needed any more."""
        if self._channel.is_full and video.is_key:
            self._channel.drop_pictures()
            self._format = None  # what told of it may be among them
        return not self._channel.is_full


# A picture goes to one viewer after the other, so that all of them after the first find these frames made.


@lru_cache(maxsize=1)
def picture_frames(picture: Picture) -> bytes:
    """The detections of a picture that has H.264, and that."""
    video = picture.video
    assert video is not None
    found = views.dumps({**views.detections(picture), "time": video.time_s})
    return frame(WSMsgType.TEXT, found.encode()) + frame(WSMsgType.BINARY, video.segment)


def _begin_frames(video: VideoFormat) -> bytes:
    told = views.dumps({"type": "video", "codec": video.codec, "width": video.width, "height": video.height})
    return frame(WSMsgType.TEXT, told.encode()) + frame(WSMsgType.BINARY, video.init)
