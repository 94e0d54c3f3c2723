"""The floor of free space: what can wait, waits; at the edge nothing is told twice."""

from pathlib import Path

import pytest

from siapp.core.errors import OutOfSpace
from siapp.core.space import LARGEST_USUAL_FLOOR, Space, free_bytes, usual_floor

MB = 1 << 20


class Disk:
    def __init__(self) -> None:
        self.free = 0

    def __call__(self, _folder: Path) -> int:
        return self.free


@pytest.fixture
def disk() -> Disk:
    return Disk()


def space(disk: Disk, floor: int = 100 * MB) -> Space:
    return Space(Path("data"), floor, disk)


def test_the_disk_is_low_below_the_floor(disk: Disk) -> None:
    looked = space(disk)
    disk.free = 100 * MB
    assert not looked.low()
    disk.free = 100 * MB - 1
    assert looked.low()


def test_at_the_edge_it_stays_low_until_there_is_really_room(disk: Disk) -> None:
    looked = space(disk)
    told = []
    for free in (101, 99, 101, 99, 105, 111, 101, 99):
        disk.free = free * MB
        told.append(looked.low())
    assert told == [False, True, True, True, True, False, False, True]


def test_what_would_reach_below_the_floor_is_refused_with_figures(disk: Disk) -> None:
    disk.free = 130 * MB
    space(disk).refuse(30 * MB)
    with pytest.raises(OutOfSpace) as refused:
        space(disk).refuse(30 * MB + 1)
    assert refused.value.code == "disk_full"
    assert "130 MB" in str(refused.value) and "100 MB" in str(refused.value)


def test_without_a_floor_nothing_is_ever_low(disk: Disk) -> None:
    assert not space(disk, floor=0).low()


def test_the_usual_floor_is_a_small_part_of_the_disk(tmp_path: Path) -> None:
    assert 0 < usual_floor(tmp_path) <= LARGEST_USUAL_FLOOR
    assert free_bytes(tmp_path) > 0
