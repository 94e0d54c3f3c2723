"""Watching: who may, what is held open for it, and until when."""

import pytest

from siapp.app import Station
from siapp.core.clock import now
from siapp.core.domain import Actor, Picture, StreamKey, StreamKind
from siapp.core.errors import NotFound
from siapp.core.specs import Demand
from tests.core.services.conftest import Desk, FakeEngine

JPEG = Demand(jpeg=True)


async def test_a_preview_holds_its_camera_as_long_as_somebody_watches(
    desk: Desk, station: Station, engine: FakeEngine, viewer: Actor
) -> None:
    camera = await desk.camera()
    key = StreamKey(StreamKind.DEVICE, camera.id)
    places = [await desk.services.live.watch(viewer, key, JPEG, lambda _picture: None) for _ in range(2)]
    assert station.hub.viewers(key) == 2
    for place in places:
        place.close()
        place.close()
    held = ("hold", camera.id, "rtsp://admin:s3cret@192.168.1.20/1")
    assert engine.calls == [held, held, ("release", camera.id), ("release", camera.id)]


async def test_a_viewer_of_a_task_gets_its_pictures_also_before_it_runs(
    desk: Desk, station: Station, engine: FakeEngine, viewer: Actor
) -> None:
    task, seen = await desk.task(), list[int]()
    key = StreamKey(StreamKind.TASK, task.id)
    place = await desk.services.live.watch(viewer, key, JPEG, lambda picture: seen.append(picture.seq))
    station.hub.deliver(key, Picture(1, 2, 2, now(), 0.0, 0.0, ()))
    place.close()
    station.hub.deliver(key, Picture(2, 2, 2, now(), 0.0, 0.0, ()))
    assert seen == [1]
    assert engine.calls == []


@pytest.mark.parametrize("kind", StreamKind)
@pytest.mark.parametrize("number", [0, 4711, 2**64])
async def test_nobody_watches_what_does_not_exist(
    desk: Desk, station: Station, engine: FakeEngine, viewer: Actor, kind: StreamKind, number: int
) -> None:
    key = StreamKey(kind, number)
    with pytest.raises(NotFound):
        await desk.services.live.watch(viewer, key, JPEG, lambda _picture: None)
    assert station.hub.viewers(key) == 0
    assert engine.calls == []
