"""The player's process: exact frames, a clock, and an end that harms nobody."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import pytest_asyncio

from siapp.core.domain import Actor, Picture, Role
from siapp.core.errors import SiappError, TooMany
from siapp.core.hub import FrameHub
from siapp.core.services.player import MOST_PLAYERS, Playback, PlayerService
from siapp.core.specs import Demand
from siapp.core.video.reel import Reel, look_through
from siapp.core.workers.engine import Engine
from siapp.core.workers.entry import WorkerRole
from tests.cameras import read_index
from tests.core.video.support import counting, write_clip
from tests.leftovers import SHARED_MEMORY

FRAMES, FPS = 60, 25
SHOWN = Demand(320, 240)

Open = Callable[..., Awaitable[Playback]]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty pictures that tell their numbers, a key frame every ten."""
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", counting(FRAMES), fps=FPS)


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine(FrameHub())
    await engine.start()
    yield engine
    await engine.close()


@pytest_asyncio.fixture
async def open_clip(engine: Engine, clip: Path) -> AsyncIterator[Open]:
    opened: list[Playback] = []

    async def open_it(path: Path = clip, demand: Demand = SHOWN) -> Playback:
        playback = Playback(engine, path, demand)
        opened.append(playback)
        await playback.opened()
        return playback

    yield open_it
    for playback in opened:
        await playback.close()


def seen(picture: Picture | None) -> int | None:
    """The number that the picture itself tells."""
    if picture is None or picture.bgra is None:
        return None
    pixels = np.frombuffer(picture.bgra, np.uint8).reshape(picture.height_shown, picture.width_shown, 4)
    return read_index(np.ascontiguousarray(pixels[:, :, :3]))


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.005)


async def shows(playback: Playback, number: int) -> None:
    await until(lambda: seen(playback.picture) == number)
    assert playback.position.frame == number


async def test_it_opens_paused_at_its_first_frame_and_says_what_is_in_it(open_clip: Open) -> None:
    playback = await open_clip()
    await shows(playback, 0)
    info = playback.info
    assert info is not None
    assert (info.codec, info.width, info.height, info.fps, info.frames) == ("h264", 320, 240, 25.0, FRAMES)
    assert info.duration_s == pytest.approx(FRAMES / FPS, abs=0.01)
    assert not playback.position.playing


async def test_a_seek_finds_exactly_the_frame_by_number_and_by_time(open_clip: Open) -> None:
    playback = await open_clip()
    for number in (37, 36, 38, 59, 10, 0, 9):
        playback.seek_frame(number)
        await shows(playback, number)
        playback.seek(0.0)
        await shows(playback, 0)
        playback.seek(number / FPS)
        await shows(playback, number)
        assert playback.position.time_s == pytest.approx(number / FPS, abs=0.001)


async def test_a_seek_beyond_the_end_shows_the_last_frame(open_clip: Open) -> None:
    playback = await open_clip()
    playback.seek(1000.0)
    await shows(playback, FRAMES - 1)
    assert playback.position.at_end


async def test_a_step_goes_one_frame_on_or_back_also_many_in_a_row(open_clip: Open) -> None:
    playback = await open_clip()
    for _press in range(12):
        playback.step(1)
    await shows(playback, 12)
    for _press in range(5):
        playback.step(-1)
    await shows(playback, 7)
    playback.step(-100)
    await shows(playback, 0)


async def test_of_many_seeks_in_a_row_only_the_newest_counts(open_clip: Open) -> None:
    playback = await open_clip()
    await shows(playback, 0)
    told: list[object] = []
    tell = playback._tell
    playback._tell = lambda command: (told.append(command), tell(command))[1]  # type: ignore[method-assign]
    for place in range(200):
        playback.seek(place / 200 * FRAMES / FPS, exact=False)
    playback.seek_frame(23, exact=False)
    await shows(playback, 23)
    assert len(told) < 20, "the others were never asked"


async def test_a_quick_seek_shows_the_key_frame_before_the_frame(open_clip: Open) -> None:
    playback = await open_clip()
    await shows(playback, 0)
    pictures: list[int | None] = []
    playback.on_picture = lambda picture: pictures.append(seen(picture))
    playback.seek_frame(38, exact=False)
    await shows(playback, 38)
    assert pictures[0] == 30
    assert pictures[-1] == 38


async def test_it_plays_to_the_end_says_so_and_plays_again_from_the_beginning(open_clip: Open) -> None:
    playback = await open_clip()
    numbers: list[int | None] = []
    playback.on_picture = lambda picture: numbers.append(seen(picture))
    playback.set_speed(4.0)
    playback.play()
    await until(lambda: playback.position.at_end)
    await shows(playback, FRAMES - 1)
    assert not playback.position.playing
    played = [number for number in numbers if number is not None]
    assert len(played) > 5
    assert played == sorted(played)
    playback.play()
    await until(lambda: playback.position.playing and playback.position.frame < 30)
    playback.pause()
    await until(lambda: not playback.position.playing)


async def test_it_keeps_the_time_of_the_video(open_clip: Open) -> None:
    playback = await open_clip()
    began = time.monotonic()
    playback.play()
    await until(lambda: playback.position.time_s >= 1.0)
    assert time.monotonic() - began >= 0.95, "no faster than it was recorded"


async def test_the_picture_has_the_size_of_its_place(open_clip: Open) -> None:
    playback = await open_clip(demand=Demand())
    await asyncio.sleep(0.05)
    assert playback.picture is None, "nobody looks"
    for width, height, expected in ((160, 400, (160, 120)), (800, 600, (320, 240))):
        playback.resize(width, height)
        await until(
            lambda expected=expected: (
                playback.picture and (playback.picture.width_shown, playback.picture.height_shown) == expected
            )
        )


async def test_a_killed_player_says_so_and_the_next_one_plays(engine: Engine, open_clip: Open) -> None:
    playback, other = await open_clip(), await open_clip()
    pids = [pid for role, pid in await engine.processes() if role is WorkerRole.PLAYER]
    assert len(pids) == 2
    os.kill(pids[0], signal.SIGKILL)
    await until(lambda: playback.problem is not None)
    assert playback.problem is not None
    assert playback.problem.code == "player_died"
    assert dict(playback.problem.values) == {"cause": "SIGKILL"}
    playback.seek_frame(3)  # in vain, and nothing worse
    other.seek_frame(41)
    await shows(other, 41)
    again = await open_clip()
    await shows(again, 0)


async def test_a_closed_player_leaves_neither_process_nor_memory(engine: Engine, open_clip: Open) -> None:
    before = set(SHARED_MEMORY.glob("psm_*"))
    playback = await open_clip()
    await shows(playback, 0)
    (pid,) = [pid for role, pid in await engine.processes() if role is WorkerRole.PLAYER]
    await playback.close()
    await playback.close()
    assert playback.ended
    assert playback.problem is None
    assert not psutil.pid_exists(pid)
    assert not [block for block in SHARED_MEMORY.glob("psm_*") if block not in before and _mapped(block)]


def _mapped(block: Path) -> bool:
    """Whether this process still has it: other test runs have blocks of their own."""
    return block.name in Path("/proc/self/maps").read_text()


async def test_a_file_that_is_no_video_is_told_in_a_sentence(open_clip: Open, tmp_path: Path) -> None:
    (path := tmp_path / "output.mp4").write_bytes(b"no video at all" * 100)
    with pytest.raises(SiappError) as refused:
        await open_clip(path)
    assert refused.value.code == "not_a_video"
    playlist = tmp_path / "list.mp4"
    playlist.write_text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n")
    with pytest.raises(SiappError):
        await open_clip(playlist)


async def test_a_video_that_was_cut_off_in_the_middle_is_found_through_to_its_end(
    open_clip: Open, tmp_path: Path
) -> None:
    """As a kill leaves it: fragments, and no index anywhere."""
    whole = write_clip(tmp_path / "whole.mp4", counting(FRAMES), fps=FPS, movflags="frag_keyframe+empty_moov")
    cut = tmp_path / "cut.mp4"
    data = whole.read_bytes()
    cut.write_bytes(data[: data.rindex(b"mfra") - 4])
    playback = await open_clip(cut)
    for number in (55, 12, 59, 3):
        playback.seek_frame(number)
        await shows(playback, number)


def test_before_its_index_is_there_numbers_are_reckoned(clip: Path) -> None:
    reel = Reel(clip)
    first = reel.next()
    assert first is not None
    assert reel.last is None
    assert reel.number_at(1.0) == 25
    reel.seek(25)
    found = next(look for look in iter(reel.next, None) if look.number >= 25)
    assert found.number == 25
    reel.index = look_through(clip)
    assert reel.placed(found.picture).number == 25
    assert reel.last == FRAMES - 1
    reel.close()


def test_a_video_without_time_stamps_is_counted(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "raw.h264", counting(30), container="h264")
    reel = Reel(path)
    assert [look.number for look in iter(reel.next, None)] == list(range(30))
    reel.seek(20)
    numbers = [look.number for look in iter(reel.next, None)]
    assert numbers == list(range(30)), "there is no other way than from the beginning"
    reel.close()


async def test_only_a_few_players_are_open_at_once(engine: Engine, clip: Path) -> None:
    class Results:
        async def file(self, _actor: Actor, _name: str, _file: str) -> Path:
            return clip

    results: Any = Results()
    service, viewer = PlayerService(results, engine), Actor(1, "vera", Role.VIEWER)
    opened = [await service.open(viewer, "Street") for _number in range(MOST_PLAYERS)]
    with pytest.raises(TooMany):
        await service.open(viewer, "Street")
    await opened[0].close()
    await service.open(viewer, "Street")
    await service.close()
    assert [role for role, _pid in await engine.processes() if role is WorkerRole.PLAYER] == []
