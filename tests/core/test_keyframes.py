"""A folder of key frames: whole files only, the oldest go first, and what others put there is left alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from siapp.core import keyframes
from siapp.core.keyframes import KeyFrames, KeyFrameSpec, found, numbers, remove_parts

JPEG = b"\xff\xd8 a picture"


@pytest.fixture
def spec(tmp_path: Path) -> KeyFrameSpec:
    return KeyFrameSpec(str(tmp_path), most=1000, most_bytes=1 << 30, longest_s=1e9, floor=0)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_frame_carries_its_number_and_the_moment_it_was_taken(spec: KeyFrameSpec, tmp_path: Path) -> None:
    KeyFrames(spec).add(30, JPEG, 1_700_000_000.5)
    (frame,) = found(tmp_path)
    assert (frame.name, frame.frame, frame.size) == ("frame_30.jpg", 30, len(JPEG))
    assert frame.taken_at.isoformat() == "2023-11-14T22:13:20.500000+00:00"


def test_frames_are_in_the_order_of_their_numbers(spec: KeyFrameSpec, tmp_path: Path) -> None:
    frames = KeyFrames(spec)
    for number in (0, 30, 60, 90, 120, 900, 1200):
        frames.add(number, JPEG, float(number))
    assert numbers(tmp_path) == [0, 30, 60, 90, 120, 900, 1200]
    assert KeyFrames(spec).last == 1200


def test_only_key_frames_are_counted(spec: KeyFrameSpec, tmp_path: Path) -> None:
    for name in ("frame_030.jpg", "frame_-1.jpg", "frame_1.jpeg", "frame_x.jpg", ".frame_9.jpg.part", "process.log"):
        (tmp_path / name).write_bytes(JPEG)
    assert numbers(tmp_path) == []
    assert KeyFrames(spec).last is None


def test_the_oldest_go_where_there_are_too_many(spec: KeyFrameSpec, tmp_path: Path) -> None:
    frames = KeyFrames(replace(spec, most=3))
    for number in range(0, 300, 30):
        frames.add(number, JPEG, float(number))
    assert numbers(tmp_path) == [210, 240, 270]


def test_the_oldest_go_where_they_take_too_much(spec: KeyFrameSpec, tmp_path: Path) -> None:
    frames = KeyFrames(replace(spec, most_bytes=250))
    for number in range(5):
        frames.add(number, bytes(100), float(number))
    assert numbers(tmp_path) == [3, 4]


def test_the_oldest_go_where_they_are_too_old(spec: KeyFrameSpec, tmp_path: Path) -> None:
    frames = KeyFrames(replace(spec, longest_s=100))
    for number, at in ((0, 0.0), (30, 50.0), (60, 90.0)):
        frames.add(number, JPEG, at)
    frames.prune(120.0)
    assert numbers(tmp_path) == [30, 60]
    assert frames.prune(1000.0) == 2


def test_what_was_there_before_counts_too(spec: KeyFrameSpec, tmp_path: Path) -> None:
    for number in range(10):
        KeyFrames(spec).add(number, JPEG, float(number))
    KeyFrames(replace(spec, most=4)).add(10, JPEG, 10.0)
    assert numbers(tmp_path) == [7, 8, 9, 10]


def test_one_round_removes_a_bounded_number(
    spec: KeyFrameSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyframes, "MOST_REMOVED_AT_ONCE", 4)
    for number in range(10):
        KeyFrames(spec).add(number, JPEG, 0.0)
    frames = KeyFrames(replace(spec, longest_s=1))
    assert [frames.prune(100.0) for _round in range(4)] == [4, 4, 2, 0]


def test_a_frame_that_somebody_removed_is_not_missed(spec: KeyFrameSpec, tmp_path: Path) -> None:
    frames = KeyFrames(replace(spec, most=2))
    for number in range(2):
        frames.add(number, JPEG, 0.0)
    (tmp_path / "frame_0.jpg").unlink()
    frames.add(2, JPEG, 0.0)
    assert numbers(tmp_path) == [1, 2]


def test_a_write_that_fails_leaves_nothing(spec: KeyFrameSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = KeyFrames(spec)

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        frames.add(0, JPEG, 0.0)
    assert names(tmp_path) == []
    assert frames.last is None


def test_what_a_kill_left_half_written_is_taken_away(tmp_path: Path) -> None:
    for name in (".frame_9.jpg.part", "frame_8.jpg", "process.log"):
        (tmp_path / name).write_bytes(JPEG)
    remove_parts(tmp_path)
    assert names(tmp_path) == ["frame_8.jpg", "process.log"]


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert numbers(tmp_path / "gone") == []
    remove_parts(tmp_path / "gone")
