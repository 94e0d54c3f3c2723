"""What each WebSocket carries: the present state first, then changes; pictures as they come.

A handler subscribes before it reads the present state, so that no change falls between the two.
"""

from collections.abc import Callable
from functools import lru_cache, partial

from aiohttp import WSMsgType

from siapp.core.domain import Picture, Role, StreamKey, StreamKind
from siapp.core.errors import Unsupported
from siapp.core.events import (
    DeviceChanged,
    DeviceDeleted,
    Event,
    TaskDeleted,
    TaskStateChanged,
    TaskStatsChanged,
    UploadProgress,
    UserChanged,
    UserDeleted,
)
from siapp.core.hub import Audience
from siapp.core.i18n import _
from siapp.core.specs import Demand
from siapp.net import query, views
from siapp.net.sockets.channel import Channel
from siapp.net.sockets.frames import frame
from siapp.net.sockets.video import Follower
from siapp.net.sockets.wire import CloseCode

MOST_IN_SNAPSHOT = 10_000
NO_H264 = _("This station can't make H.264 of its pictures. JPEG works.")


async def task(channel: Channel) -> None:
    """A task's pictures with their detections, its state and its figures."""
    task_id = channel.call.number("task_id")

    def on_event(event: Event) -> None:
        match event:
            case TaskStateChanged(changed) if changed.id == task_id:
                channel.post({"type": "state", **views.task(changed, channel.language)})
            case TaskStatsChanged(changed) if changed.id == task_id:
                channel.post({"type": "stats", **views.stats(changed.stats)})
            case TaskDeleted(gone) if gone == task_id:
                channel.end(CloseCode.NOT_FOUND, "task_deleted")
            case _:
                pass

    await _watch_task(channel, StreamKey(StreamKind.TASK, task_id))
    channel.listen(on_event)
    now = await channel.call.services.tasks.get(task_id)
    channel.post({"type": "state", **views.task(now, channel.language)})


async def device_preview(channel: Channel) -> None:
    """A camera's own pictures, and its state."""
    device_id = channel.call.number("device_id")

    def on_event(event: Event) -> None:
        match event:
            case DeviceChanged(changed) if changed.id == device_id:
                channel.post({"type": "state", **views.device(changed, channel.language)})
            case DeviceDeleted(gone) if gone == device_id:
                channel.end(CloseCode.NOT_FOUND, "device_deleted")
            case _:
                pass

    demand = Demand(jpeg_clean=True, remote_width=query.WIDTH.read(channel.call.request))
    await _watch(channel, StreamKey(StreamKind.DEVICE, device_id), demand, _camera_frames)
    channel.listen(on_event)
    now = await channel.call.services.devices.get(device_id)
    channel.post({"type": "state", **views.device(now, channel.language)})


async def events(channel: Channel) -> None:
    """Everything that changes. What happens while the snapshot is read follows it."""
    early: list[Event] = []
    channel.listen(early.append)
    channel.post(await _snapshot(channel))
    channel.listen(partial(_pass_on, channel))
    for event in early:
        _pass_on(channel, event)


def _pass_on(channel: Channel, event: Event) -> None:
    actor = channel.call.actor
    is_own = isinstance(event, UserChanged) and event.user.id == actor.user_id
    if isinstance(event, UserChanged | UserDeleted) and not is_own and not actor.role.covers(Role.ADMIN):
        return
    if isinstance(event, UploadProgress) and event.user_id != actor.user_id:
        return
    message = views.event(event, channel.language)
    if message is not None:
        channel.post(message)


async def _snapshot(channel: Channel) -> views.Json:
    services, language = channel.call.services, channel.language
    devices = await services.devices.page(MOST_IN_SNAPSHOT)
    algorithms = await services.algorithms.page(MOST_IN_SNAPSHOT)
    tasks = await services.tasks.page(MOST_IN_SNAPSHOT)
    tests = await services.tests.page(MOST_IN_SNAPSHOT)
    return {
        "type": "snapshot",
        "devices": [views.device(one, language) for one in devices.items],
        "algorithms": [views.algorithm(one, language) for one in algorithms.items],
        "tasks": [views.task(one, language) for one in tasks.items],
        "tests": [views.test(one, language) for one in tests.items],
    }


async def _watch_task(channel: Channel, key: StreamKey) -> None:
    asked = channel.call.request
    width = query.WIDTH.read(asked)
    if query.FORMAT.read(asked) is query.PictureFormat.H264:
        await _watch_video(channel, key, Demand(h264=True, remote_width=width))
    elif asked.query.get("boxes", "1") != "0":
        await _watch(channel, key, Demand(jpeg=True, remote_width=width), _drawn_frames)
    else:
        await _watch(channel, key, Demand(jpeg_clean=True, remote_width=width), _clean_frames)


async def _watch_video(channel: Channel, key: StreamKey, demand: Demand) -> None:
    """Send a task's pictures as H.264, and say when each is on its way."""
    live = channel.call.services.live

    def on_picture(picture: Picture) -> None:
        if picture.no_video:
            channel.fail(Unsupported("no_h264", NO_H264))
            return
        frames = follower.frames(picture)
        if frames is not None:
            channel.show_video(frames, lambda: live.shown(key, Audience.REMOTE, picture))

    follower = Follower(channel, lambda: subscription.want_key_frame())
    channel.hold_little()
    subscription = await live.watch(channel.call.actor, key, demand, on_picture)
    channel.on_close(subscription.close)
    subscription.want_key_frame()


async def _watch(
    channel: Channel, key: StreamKey, demand: Demand, frames_of: Callable[[Picture], bytes | None]
) -> None:
    """Send a stream's pictures as frames, and say when each is on its way."""
    live = channel.call.services.live

    def on_picture(picture: Picture) -> None:
        frames = frames_of(picture)
        if frames is not None:
            channel.show(frames, lambda: live.shown(key, Audience.REMOTE, picture))

    channel.hold_little()
    subscription = await live.watch(channel.call.actor, key, demand, on_picture)
    channel.on_close(subscription.close)


# A picture goes to one viewer after the other, so that all of them after the first find these frames made.


@lru_cache(maxsize=1)
def _drawn_frames(picture: Picture) -> bytes | None:
    return None if picture.jpeg is None else _detections_frame(picture) + frame(WSMsgType.BINARY, picture.jpeg)


@lru_cache(maxsize=1)
def _clean_frames(picture: Picture) -> bytes | None:
    clean = picture.jpeg_clean
    return None if clean is None else _detections_frame(picture) + frame(WSMsgType.BINARY, clean)


@lru_cache(maxsize=1)
def _camera_frames(picture: Picture) -> bytes | None:
    """Nothing is drawn on a camera's own picture, so that either kind will do."""
    jpeg = picture.jpeg_clean or picture.jpeg
    return None if jpeg is None else frame(WSMsgType.BINARY, jpeg)


def _detections_frame(picture: Picture) -> bytes:
    return frame(WSMsgType.TEXT, views.dumps(views.detections(picture)).encode())
