"""Quotas and the floor of free space: what would be too much is refused before it is written."""

import asyncio
import errno
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest

from siapp.core.domain import Actor, Role
from siapp.core.errors import OutOfSpace, TooLarge
from siapp.core.services.uploads import Room, Uploads
from siapp.core.settings import Settings
from siapp.core.space import Space
from tests.core.services.conftest import Desk
from tests.core.services.test_results import add_test

MB = 1 << 20
PAUL = Actor(1004, "paul", Role.OPERATOR)


async def pieces(*sizes: int) -> AsyncGenerator[bytes, None]:
    for size in sizes:
        yield bytes(size)


@pytest.fixture
def uploads(desk: Desk) -> Callable[..., Uploads]:
    """The way in with another quota, in bytes."""

    def make(quota: int = 0, largest: int = 100 * MB) -> Uploads:
        return Uploads(desk.storage, largest, Room(Space(desk.storage.root, 0), desk.services.tasks._db, quota))

    return make


async def test_without_a_limit_of_its_own_a_video_may_be_what_the_quota_allows(uploads: Callable[..., Uploads]) -> None:
    videos = uploads(quota=20 << 30, largest=Settings().largest_video_bytes)
    async with videos.place(PAUL, (20 << 30) - 1):
        pass
    with pytest.raises(OutOfSpace):
        async with videos.place(PAUL, (20 << 30) + 1):
            pass


def incoming(desk: Desk) -> list[Path]:
    return list((desk.storage.root / "incoming").iterdir())


async def test_what_somebody_has_stored_counts(desk: Desk, uploads: Callable[..., Uploads], operator: Actor) -> None:
    await desk.services.algorithms.add(operator, "Cars", await desk.upload(b"x" * 60))
    await add_test(desk, "Recorded", size=30)
    way = uploads(quota=60 + 30 + len(b"weights") + 10)  # of the test's algorithm
    async with way.place(operator, 10):
        pass
    with pytest.raises(OutOfSpace) as refused:
        async with way.place(operator, 11):
            pass
    assert refused.value.code == "quota_exceeded"
    async with way.place(PAUL, 100):  # somebody else's is not touched
        pass


async def test_an_administrator_has_a_quota_too(desk: Desk, uploads: Callable[..., Uploads], admin: Actor) -> None:
    with pytest.raises(OutOfSpace):
        async with uploads(quota=10).place(admin, 11):
            pass


async def test_no_quota_is_no_limit(uploads: Callable[..., Uploads], operator: Actor) -> None:
    async with uploads(quota=0).place(operator, 10 * MB) as place:
        place.refuse(90 * MB)


async def test_an_upload_that_exceeds_the_quota_on_its_way_leaves_nothing(
    desk: Desk, uploads: Callable[..., Uploads], operator: Actor
) -> None:
    way = uploads(quota=25)
    with pytest.raises(OutOfSpace) as refused:
        async with way.place(operator) as place:
            await way.receive("x", pieces(10, 10, 10), place=place)
    assert refused.value.code == "quota_exceeded"
    assert incoming(desk) == []
    async with way.place(operator, 25) as place:  # and it counts no more
        await way.receive("x", pieces(25), place=place)


async def test_what_is_on_its_way_at_the_same_moment_counts(uploads: Callable[..., Uploads], operator: Actor) -> None:
    way = uploads(quota=25)
    async with way.place(operator) as first:
        await way.receive("x", pieces(20), place=first)
        with pytest.raises(OutOfSpace):
            async with way.place(operator, 6):
                pass
        async with way.place(operator, 5) as second:
            await way.receive("y", pieces(5), place=second)
    assert way.room._shares == {}


async def test_uploads_at_once_never_exceed_the_quota_together(
    desk: Desk, uploads: Callable[..., Uploads], operator: Actor
) -> None:
    way = uploads(quota=100)

    async def one() -> int:
        async with way.place(operator) as place:
            upload = await way.receive("x", pieces(10, 10, 10), place=place)
            await desk.services.algorithms.add(operator, f"Algorithm {upload.path.name}", upload)
        return 1

    outcomes = await asyncio.gather(*(one() for _upload in range(8)), return_exceptions=True)
    assert sum(outcome for outcome in outcomes if isinstance(outcome, int)) <= 3
    assert all(isinstance(outcome, int | OutOfSpace) for outcome in outcomes)


async def test_what_was_deleted_gives_its_room_back(
    desk: Desk, uploads: Callable[..., Uploads], operator: Actor
) -> None:
    algorithm = await desk.algorithm()
    way = uploads(quota=10)
    with pytest.raises(OutOfSpace):
        async with way.place(operator, 10):
            pass
    await desk.services.algorithms.delete(operator, algorithm.id)
    async with way.place(operator, 10):
        pass


async def test_weight_files_and_videos_share_one_quota(
    desk: Desk, uploads: Callable[..., Uploads], operator: Actor
) -> None:
    weights = uploads(quota=100, largest=10)
    videos = Uploads(desk.storage, 1000, weights.room)
    with pytest.raises(TooLarge):
        async with weights.place(operator, 11):
            pass
    async with videos.place(operator, 95) as place:
        await videos.receive("x", pieces(50, 45), place=place)
        with pytest.raises(OutOfSpace):
            async with weights.place(operator, 6):
                pass


async def test_a_stations_two_ways_in_share_one_quota(desk: Desk) -> None:
    assert desk.services.videos.room is desk.services.uploads.room


async def test_a_file_of_this_machine_has_the_same_quota(desk: Desk, operator: Actor, tmp_path: Path) -> None:
    file = tmp_path / "yolo.pt"
    file.write_bytes(bytes(1000))
    desk.services.uploads.room.quota = 500
    with pytest.raises(OutOfSpace):
        await desk.services.algorithms.add_from_file(operator, "Cars", file)
    assert incoming(desk) == []


class Disk:
    free = 100 * MB

    def __call__(self, _folder: Path) -> int:
        return self.free


async def test_the_floor_is_heeded_before_and_while_a_file_comes(
    desk: Desk, uploads: Callable[..., Uploads], operator: Actor
) -> None:
    way, disk = uploads(), Disk()
    way.room.space = Space(desk.storage.root, 50 * MB, disk)
    with pytest.raises(OutOfSpace) as refused:
        async with way.place(operator, 51 * MB):
            pass
    assert refused.value.code == "disk_full"

    async def filling() -> AsyncGenerator[bytes, None]:
        yield bytes(MB)
        disk.free = 50 * MB
        yield bytes(MB)

    with pytest.raises(OutOfSpace):
        async with way.place(operator) as place:
            await way.receive("x", filling(), place=place)
    assert incoming(desk) == []
    disk.free = 100 * MB
    async with way.place(operator) as place:  # and on it goes
        await way.receive("x", pieces(MB), place=place)


@pytest.mark.parametrize("fails_at", ["write", "close"])
async def test_a_disk_that_is_full_all_the_same_is_said_and_leaves_nothing(
    desk: Desk, uploads: Callable[..., Uploads], monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    opened = Path.open

    def full(path: Path, *values: Any, **options: Any) -> Any:
        file = opened(path, *values, **options)
        if "incoming" not in path.parts:
            return file

        class Full:
            def write(self, data: bytes) -> int:
                return file.write(data) if fails_at == "close" else self._fail()

            def close(self) -> None:
                file.close()
                if fails_at == "close":
                    self._fail()

            @staticmethod
            def _fail() -> int:
                raise OSError(errno.ENOSPC, "No space left on device")

        return Full()

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OutOfSpace) as refused:
        await uploads().receive("x", pieces(10))
    assert refused.value.code == "disk_full"
    assert incoming(desk) == []
