"""A live task's key frames: every so many frames, on any disk, and never at the cost of the analysis."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from siapp.core import space
from siapp.core.keyframes import KeyFrames, KeyFrameSpec, found, numbers
from siapp.core.video.detections import NOTHING_FOUND, Detections
from siapp.core.workers import album as album_module
from siapp.core.workers.album import AGAIN, FULL, MOST_WAITING, SLOW, Album
from siapp.core.workers.publisher import Shot

CAR = np.array([[10, 20, 200, 120, 0.9, 0]], np.float32)
PATIENCE_S = 30.0


class Log:
    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, level: str, text: str) -> None:
        self.lines.append((level, text))


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def spec(tmp_path: Path) -> KeyFrameSpec:
    return KeyFrameSpec(str(tmp_path), most=1000, most_bytes=1 << 30, longest_s=1e10, floor=0)


@pytest.fixture
def closing() -> Iterator[list[Album]]:
    opened: list[Album] = []
    yield opened
    for one in opened:
        one.close(PATIENCE_S)


def shot(frame: int = 0, found: Detections = NOTHING_FOUND) -> Shot:
    return Shot(frame, np.full((180, 320, 3), 90, np.uint8), 1_700_000_000.0 + frame, 0.0, found)


def run(album: Album, frames: int, interval: int = 30, found: Detections = NOTHING_FOUND) -> None:
    """Show frames as fast as they are written."""
    for frame in range(frames):
        while album._waiting.full():
            threading.Event().wait(0.001)
        album.look(shot(frame, found), interval, ("car",), True)


def test_every_thirtieth_frame_is_kept_counted_from_nought(spec: KeyFrameSpec, log: Log, tmp_path: Path) -> None:
    album = Album(spec, log)
    run(album, 377)
    album.close(PATIENCE_S)
    assert numbers(tmp_path) == list(range(0, 377, 30))
    assert len(numbers(tmp_path)) == 13
    assert [round(frame.at) for frame in found(tmp_path)][:2] == [1_700_000_000, 1_700_000_030]
    assert log.lines == []


def test_a_key_frame_is_a_jpeg_with_the_boxes_drawn(spec: KeyFrameSpec, log: Log, tmp_path: Path) -> None:
    album = Album(spec, log)
    original = shot(found=CAR)
    album.look(original, 30, ("car",), True)
    album.close(PATIENCE_S)
    picture = cv2.imread(str(tmp_path / "frame_0.jpg"))
    assert picture is not None and picture.shape == (180, 320, 3)
    assert abs(int(picture[70, 100].astype(int).sum()) - 270) < 30  # inside the box: as it was
    assert np.abs(picture[20:23, 100].astype(int) - 90).max() > 40  # its edge
    assert (original.bgr == 90).all()  # others look at these pixels, too


def test_nothing_is_encoded_between_key_frames(spec: KeyFrameSpec, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[int] = []
    monkeypatch.setattr(album_module, "to_jpeg", lambda picture: encoded.append(1) or b"x")
    album = Album(spec, log)
    run(album, 61)
    album.close(PATIENCE_S)
    assert len(encoded) == 3


def test_another_start_goes_on_above_the_last_number_with_a_key_frame_at_once(
    spec: KeyFrameSpec, log: Log, tmp_path: Path
) -> None:
    for frames, kept in ((45, [0, 30]), (1, [0, 30, 60]), (31, [0, 30, 60, 90, 120])):
        album = Album(spec, log)
        run(album, frames)
        album.close(PATIENCE_S)
        assert numbers(tmp_path) == kept


def test_another_interval_goes_on_with_its_own_multiples(spec: KeyFrameSpec, log: Log, tmp_path: Path) -> None:
    KeyFrames(spec).add(60, b"old", 0.0)
    album = Album(spec, log)
    run(album, 81, interval=50)
    album.close(PATIENCE_S)
    assert numbers(tmp_path) == [60, 100, 150]
    assert (tmp_path / "frame_60.jpg").read_bytes() == b"old"


def test_a_changed_interval_counts_from_there(spec: KeyFrameSpec, log: Log, tmp_path: Path) -> None:
    album = Album(spec, log)
    run(album, 31, interval=30)
    run(album, 30, interval=10)
    album.close(PATIENCE_S)
    assert numbers(tmp_path) == [0, 30, 40, 50, 60]


def test_below_the_floor_no_key_frame_is_kept_and_it_is_told_once(
    spec: KeyFrameSpec, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [10**12]
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _folder: usage._replace(free=free[0]))
    album = Album(KeyFrameSpec(str(tmp_path), 1000, 1 << 30, 1e10, floor=1 << 30), log)
    for room, frames in ((10**12, 2), (10**6, 5), (10**12, 2)):
        free[0] = room
        run(album, frames, interval=1)
        while not album._waiting.empty():
            threading.Event().wait(0.001)
        threading.Event().wait(0.1)
    album.close(PATIENCE_S)
    assert numbers(tmp_path) == [0, 1, 7, 8]
    assert log.lines == [("WARNING", FULL), ("INFO", AGAIN)]


def test_a_disk_that_refuses_is_told_once_and_tried_again(
    spec: KeyFrameSpec, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, refuses = KeyFrames.add, [False, True, True, True, False]

    def unsteady(self: KeyFrames, frame: int, jpeg: bytes, at: float) -> None:
        if refuses[frame]:
            raise OSError(28, "No space left on device")
        add(self, frame, jpeg, at)

    monkeypatch.setattr(KeyFrames, "add", unsteady)
    album = Album(spec, log)
    run(album, 5, interval=1)
    album.close(PATIENCE_S)
    assert numbers(tmp_path) == [0, 4]
    assert log.lines == [("WARNING", "no key frames are kept: No space left on device"), ("INFO", AGAIN)]


def test_a_disk_that_hangs_costs_key_frames_and_nothing_else(
    spec: KeyFrameSpec, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closing: list[Album]
) -> None:
    disk, began = threading.Event(), threading.Event()
    add = KeyFrames.add

    def slow(self: KeyFrames, frame: int, jpeg: bytes, at: float) -> None:
        began.set()
        disk.wait(PATIENCE_S)
        add(self, frame, jpeg, at)

    monkeypatch.setattr(KeyFrames, "add", slow)
    album = Album(spec, log)
    closing.append(album)
    album.look(shot(), 1, ("car",), True)
    assert began.wait(PATIENCE_S)
    for frame in range(1, 100):
        album.look(shot(frame), 1, ("car",), True)  # comes back at once
    album.close(0.01)  # as well
    disk.set()
    album.close(PATIENCE_S)
    assert numbers(tmp_path) == list(range(MOST_WAITING + 1))
    assert log.lines == [("WARNING", SLOW)]


def test_a_folder_that_was_deleted_stops_nothing(spec: KeyFrameSpec, log: Log, tmp_path: Path) -> None:
    album = Album(KeyFrameSpec(str(tmp_path / "gone"), 1000, 1 << 30, 1e10, 0), log)
    run(album, 3, interval=1)
    album.close(PATIENCE_S)
    assert log.lines == [("WARNING", "no key frames are kept: No such file or directory")]
