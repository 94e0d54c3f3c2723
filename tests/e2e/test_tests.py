"""Tests on recorded videos with nothing stood in for: real uploads, real processes, real results."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import av
import psutil
import pytest
import pytest_asyncio
from aiohttp import ClientSession, FormData

from siapp.app import Station
from siapp.core.domain import Role, TaskState, TestTask
from siapp.core.events import Event, TestProgress
from siapp.core.resources import resources
from siapp.core.settings import Settings
from siapp.core.video.writer import DRAFT
from siapp.core.workers import keeper
from siapp.net.server import Server
from tests.cameras import ScriptedCamera
from tests.core.video.support import read_back, read_what_plays, write_clip, write_sound
from tests.e2e.support import OLGA, PATIENCE_S, Site, until
from tests.net.conftest import PASSWORD, video_form

CLIP = resources() / "demo" / "demo.mp4"
S = TaskState


@pytest.fixture(scope="module")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of the demo."""
    pictures = [picture for _time, picture in read_back(CLIP)[:31]]
    return write_clip(tmp_path_factory.mktemp("clip") / "short.mp4", pictures, fps=15)


@pytest_asyncio.fixture
async def session(station: Station, settings: Settings) -> AsyncIterator[ClientSession]:
    """An operator's."""
    await station.services.accounts.add_user("olga", PASSWORD, Role.OPERATOR)
    token = (await station.services.accounts.sign_in("olga", PASSWORD)).access_token
    server = Server(station.services, settings)
    address = await server.start()
    try:
        async with ClientSession(address, headers={"Authorization": f"Bearer {token}"}) as session:
            yield session
    finally:
        await server.stop()


async def reaches(site: Site, test: TestTask, state: TaskState) -> TestTask:
    async with asyncio.timeout(PATIENCE_S):
        while (now := await site.services.tests.get(test.id)).state is not state:
            assert now.state.is_active or now.state is test.state, now
            await asyncio.sleep(0.02)
    return now


async def at_work(site: Site, **options: Any) -> TestTask:
    """The demo clip's test, with a few seconds of results."""
    test = await site.test(CLIP, **options)
    await site.services.tests.start(OLGA, test.id)
    await until(lambda: (folder(site, test) / "frame_60.jpg").exists())
    return test


def folder(site: Site, test: TestTask) -> Path:
    return site.station.storage.test_results(test.id)


def names(path: Path) -> set[str]:
    return {file.name for file in path.iterdir()}


async def test_a_test_is_run_and_its_video_can_be_sought(site: Site, short_clip: Path) -> None:
    progress: list[Event] = []
    site.services.bus.subscribe(progress.append)
    test = await site.test(short_clip, keyframe_interval=10)
    assert (test.video.info.codec, test.video.info.frames) == ("h264", 31)
    await site.services.tests.start(OLGA, test.id)
    done = await reaches(site, test, S.COMPLETED)
    assert (done.error, done.progress.done, done.progress.total) == (None, 31, 31)
    assert done.progress.fps > 0
    told = [event.progress for event in progress if isinstance(event, TestProgress)]
    assert told[-1].done == 31 and told[-1].total == 31
    results = folder(site, test)
    assert names(results) == {
        "output.mp4", "detections.jsonl", "process.log", *(f"frame_{n}.jpg" for n in (0, 10, 20, 30)),
    }  # fmt: skip
    assert len((results / "detections.jsonl").read_text().splitlines()) == 31
    assert "completed" in await site.services.tests.log(test.id)
    content = (results / "output.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat") and b"moof" not in content, "one index, before the pictures"
    with av.open(str(results / "output.mp4")) as video:
        assert video.duration is not None
        video.seek(video.duration // 2)
        frame = next(video.decode(video=0))
        assert frame.time is not None and 0.5 <= frame.time <= 1.1, "about the middle"


async def test_a_stop_in_the_middle_leaves_a_video_that_plays_and_the_test_runs_again(site: Site) -> None:
    test = await at_work(site)
    async with asyncio.timeout(5):
        await site.services.tests.stop(OLGA, test.id)
        stopped = await reaches(site, test, S.STOPPED)
    assert not [child for child in site.workers() if "analyze" in child.name]
    results = folder(site, test)
    shown = len(read_back(results / "output.mp4"))
    assert shown >= 61 and shown == len((results / "detections.jsonl").read_text().splitlines())
    assert stopped.progress.done == shown
    assert f"ended after {shown} of" in await site.services.tests.log(test.id)
    assert not {"error.txt", f"output.mp4{DRAFT}"} & names(results)
    (results / "frame_9990.jpg").touch()
    await site.services.tests.start(OLGA, test.id)
    await until(lambda: (results / "frame_0.jpg").exists())
    assert not {"frame_9990.jpg", "frame_60.jpg"} & names(results)
    await site.services.tests.stop(OLGA, test.id)
    await reaches(site, test, S.STOPPED)


async def test_a_killed_analysis_is_an_error_with_its_reason_and_a_video_that_plays(site: Site) -> None:
    test = await at_work(site)
    (analysis,) = [child for child in site.workers() if "analyze" in child.name]
    analysis.process.kill()
    failed = await reaches(site, test, S.ERROR)
    assert failed.error is not None and dict(failed.error.values) == {"cause": signal.SIGKILL.name}
    results = folder(site, test)
    assert "SIGKILL" in (results / "error.txt").read_text(encoding="utf-8")
    assert "SIGKILL" in await site.services.tests.log(test.id)
    assert len(read_what_plays(results / "output.mp4")) >= 61 - 2 * 15, "two seconds may be lost"
    await site.services.tests.start(OLGA, test.id)
    await reaches(site, test, S.RUNNING)
    assert "error.txt" not in names(results)
    await site.services.tests.stop(OLGA, test.id)
    await reaches(site, test, S.STOPPED)


async def test_a_test_leaves_the_processor_to_live_tasks_and_waits_for_its_turn(
    site: Site, camera: ScriptedCamera, short_clip: Path
) -> None:
    task = await site.running(camera.url)
    first, second = await at_work(site), await site.test(short_clip)
    niceness = {child.name: psutil.Process(child.pid).nice() for child in site.workers()}
    assert niceness["job-analyze"] >= niceness[f"analysis-{task.id}"] + 10
    await site.services.tests.start(OLGA, second.id)
    async with asyncio.timeout(PATIENCE_S):
        while (waiting := await site.services.tests.get(second.id)).error is None:
            await asyncio.sleep(0.02)
    assert (waiting.state, waiting.error.code) == (S.STARTING, "waiting_for_turn")
    assert "Other tests are running" in await site.services.tests.log(second.id)
    assert len([child for child in site.workers() if child.name == "job-analyze"]) == 1
    await site.services.tests.stop(OLGA, first.id)
    done = await reaches(site, second, S.COMPLETED)
    assert done.error is None and await site.state(task) is S.RUNNING
    await site.stop(task)


@pytest.mark.parametrize("wait_s", [0.0, 0.3, 1.0])
async def test_a_stop_while_it_begins_ends_it_soon_too(site: Site, short_clip: Path, wait_s: float) -> None:
    test = await site.test(short_clip)
    await site.services.tests.start(OLGA, test.id)
    await asyncio.sleep(wait_s)
    async with asyncio.timeout(5):
        await site.services.tests.stop(OLGA, test.id)
        await until(lambda: not site.workers())
        while (now := await site.services.tests.get(test.id)).state.is_active:
            await asyncio.sleep(0.02)
    assert now.state in (S.STOPPED, S.COMPLETED) and "error.txt" not in names(folder(site, test))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
async def test_a_process_that_hangs_is_an_error_and_not_running_for_ever(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "SILENT_S", 3.0)
    test = await at_work(site)
    (analysis,) = [child for child in site.workers() if "analyze" in child.name]
    os.kill(analysis.pid, signal.SIGSTOP)
    failed = await reaches(site, test, S.ERROR)
    assert failed.error is not None and dict(failed.error.values) == {"cause": "not responding"}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
async def test_a_process_that_hears_nothing_is_ended_all_the_same(site: Site) -> None:
    test = await at_work(site)
    (analysis,) = [child for child in site.workers() if "analyze" in child.name]
    os.kill(analysis.pid, signal.SIGSTOP)
    async with asyncio.timeout(5):
        await site.services.tests.stop(OLGA, test.id)
        await reaches(site, test, S.STOPPED)
    assert not site.workers() and len(read_what_plays(folder(site, test) / "output.mp4")) >= 61 - 2 * 15


async def test_a_truncated_video_is_completed_with_what_could_be_read_and_says_so(
    site: Site, short_clip: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(short_clip.read_bytes()[: short_clip.stat().st_size // 2])
    test = await site.test(cut)
    await site.services.tests.start(OLGA, test.id)
    done = await reaches(site, test, S.COMPLETED)
    assert done.error is not None and done.error.code == "video_damaged"
    assert 0 < done.progress.done < 31 and done.progress.total == 31
    assert len(read_back(folder(site, test) / "output.mp4")) == done.progress.done


async def test_a_video_that_became_unreadable_is_an_error_and_never_completed(site: Site, short_clip: Path) -> None:
    test = await site.test(short_clip)
    site.station.storage.video(test.video.file).write_bytes(b"overwritten")
    await site.services.tests.start(OLGA, test.id)
    failed = await reaches(site, test, S.ERROR)
    assert failed.error is not None and failed.error.code == "not_a_video"
    assert names(folder(site, test)) == {"process.log", "error.txt"}


async def test_a_disk_that_fills_up_ends_a_test_in_time_with_a_video_that_plays(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = site.services.tests
    monkeypatch.setattr(tests._space, "refuse", lambda _size: None)  # it fills up after the start
    monkeypatch.setattr(tests._space, "floor", 1 << 60)
    test = await site.test(CLIP)
    await tests.start(OLGA, test.id)
    failed = await reaches(site, test, S.ERROR)
    assert failed.error is not None and failed.error.code == "disk_full"
    assert read_back(folder(site, test) / "output.mp4")
    assert "disk" in (folder(site, test) / "error.txt").read_text()


@pytest.mark.parametrize("kind", ["text", "empty", "playlist", "ffconcat", "sound", "broken off"])
async def test_what_is_no_video_is_refused_over_http_and_nothing_is_kept(
    site: Site, session: ClientSession, kind: str, short_clip: Path, tmp_path: Path
) -> None:
    secret = site.station.storage.video("secret.mp4")
    secret.write_bytes(short_clip.read_bytes())
    content = {
        "text": b"no video at all" * 100,
        "empty": b"",
        "playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n" + bytes(secret) + b"\n#EXT-X-ENDLIST\n",
        "ffconcat": b"ffconcat version 1.0\nfile '" + bytes(secret) + b"'\n",
        "sound": write_sound(tmp_path / "sound.mp4").read_bytes(),
        "broken off": short_clip.read_bytes()[:500],
    }[kind]
    algorithm = await site.algorithm()
    form = video_form(content, name="Street", algorithm_id=str(algorithm.id))
    async with session.post("/test-tasks", data=form) as response:
        assert response.status == 422, await response.text()
        assert (await response.json(content_type=None))["code"] == "not_a_video"
    assert names(site.station.storage.videos) == {"secret.mp4"}
    assert not names(site.station.storage.root / "incoming")
    assert (await site.services.tests.page()).total == 0


async def test_over_http_a_test_goes_from_upload_to_its_log(
    site: Site, session: ClientSession, short_clip: Path
) -> None:
    algorithm = await site.algorithm()
    form = FormData({"options": json.dumps({"confidence": 0.6})}, quote_fields=False)
    form.add_field("video_file", short_clip.open("rb"), filename="街道.avi")
    form.add_field("algorithm_id", str(algorithm.id))
    form.add_field("name", "街道")
    async with session.post("/test-tasks", data=form) as response:
        test = await response.json()
        assert response.status == 201
    assert (test["video"]["filename"], test["video"]["frames"], test["video"]["width"]) == ("街道.avi", 31, 960)
    async with session.post(f"/test-tasks/{test['id']}/start") as response:
        assert response.status == 202
    async with asyncio.timeout(PATIENCE_S):
        while (state := test["state"]) != "completed":
            assert state in ("stopped", "starting", "running"), test
            async with session.get(f"/test-tasks/{test['id']}") as response:
                test = await response.json()
            await asyncio.sleep(0.05)
    assert (test["progress"]["done"], test["progress"]["total"], test["progress"]["eta_s"]) == (31, 31, 0)
    async with session.get("/results/街道/output.mp4", headers={"Range": "bytes=0-99"}) as response:
        assert response.status == 206 and b"ftyp" in await response.read()
    async with session.get("/results/街道/error.txt") as response:
        assert response.status == 404
    async with session.get("/results/街道/frames") as response:
        assert [frame["name"] for frame in (await response.json())["frames"]] == ["frame_0.jpg", "frame_30.jpg"]
    async with session.get("/results/街道/check-video") as response:
        assert (await response.json())["frames"] == 31
    async with session.get(f"/test-tasks/{test['id']}/log") as response:
        assert "31 frames in" in (await response.json())["log"]
    async with session.delete(f"/test-tasks/{test['id']}") as response:
        assert response.status == 204
    assert not names(site.station.storage.videos) and not names(site.station.storage.results)
