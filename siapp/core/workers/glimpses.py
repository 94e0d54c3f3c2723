"""A camera's thumbnail now and then: what tables show of it costs a scaled-down frame a few times a minute."""

import time
from base64 import b64encode

import av

from siapp.core.specs import MOST_THUMBNAIL_BYTES, THUMBNAIL
from siapp.core.video.pictures import small_jpeg
from siapp.core.workers.channel import Channel
from siapp.core.workers.messages import Glimpse

EVERY_S = 10.0


class Glimpses:
    """Called with every frame, by one reader after the other; the first one is sent at once."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._due_at = 0.0

    def take(self, frame: av.VideoFrame) -> None:
        now = time.monotonic()
        if now >= self._due_at:
            self._due_at = now + EVERY_S
            jpeg = small_jpeg(frame, *THUMBNAIL, MOST_THUMBNAIL_BYTES)
            self._channel.send(Glimpse(b64encode(jpeg).decode()))
