"""Jobs and stops, with the real supervisor and real processes."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
import pytest
import pytest_asyncio

from siapp.core.domain import DeviceState
from siapp.core.hub import FrameHub
from siapp.core.services.thumbnails import jpeg_from
from siapp.core.specs import (
    MOST_CHECK_PICTURE_BYTES,
    MOST_THUMBNAIL_BYTES,
    CameraSource,
    DeviceGlimpse,
    DeviceReport,
    JobKind,
    Report,
)
from siapp.core.workers.engine import Engine, JobDied, JobFailed
from tests.cameras import Behaviour, ScriptedCamera


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine(FrameHub())
    await engine.start()
    yield engine
    await engine.close()


def probe(url: str) -> dict[str, Any]:
    return {"source": CameraSource(url).to_json()}


async def test_a_job_answers_fails_or_dies(engine: Engine, tmp_path: Path) -> None:
    with ScriptedCamera() as camera:
        found = await engine.run_job(JobKind.PROBE, probe(camera.url), limit_s=30)
        assert (found["codec"], found["width"]) == ("h264", 320)
        camera.behave(Behaviour.NOT_FOUND)
        with pytest.raises(JobFailed) as failure:
            await engine.run_job(JobKind.PROBE, probe(camera.url), limit_s=30)
        assert failure.value.problem.code == "not_found"
        camera.behave(Behaviour.SILENT)
        with pytest.raises(JobDied, match="over its time"):
            await engine.run_job(JobKind.PROBE, probe(camera.url), limit_s=1.5)


async def test_a_check_brings_a_picture_of_what_the_camera_shows(engine: Engine) -> None:
    with ScriptedCamera() as camera:
        given = {**probe(camera.url), "picture": True}
        found = await engine.run_job(JobKind.PROBE, given, limit_s=30)
    picture = jpeg_from(found["picture"], MOST_CHECK_PICTURE_BYTES)
    thumbnail = jpeg_from(found["thumbnail"], MOST_THUMBNAIL_BYTES)
    assert picture is not None and thumbnail is not None
    shown, small = (cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) for jpeg in (picture, thumbnail))
    assert shown is not None and shown.shape == (240, 320, 3), "never enlarged"
    assert small is not None and small.shape == (90, 120, 3)
    shrunk = cv2.resize(shown, (120, 90), interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk.astype(int) - small.astype(int)).mean() < 8, "both of one frame"
    assert shown.std() > 10, "and not of nothing"


async def test_a_cancelled_job_is_killed_also_before_it_began(engine: Engine) -> None:
    with ScriptedCamera(behaviour=Behaviour.SILENT) as camera:
        for wait in (0.0, 2.0):
            job = asyncio.create_task(engine.run_job(JobKind.PROBE, probe(camera.url), limit_s=60), name="job")
            await asyncio.sleep(wait)
            job.cancel()
            with pytest.raises(asyncio.CancelledError):
                await job
            async with asyncio.timeout(5):
                while engine._supervisor._keeper.children:
                    await asyncio.sleep(0.02)


@pytest.mark.expects_errors
async def test_a_failure_nobody_foresaw_does_not_end_the_supervisor(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keeper, failed = engine._supervisor._keeper, threading.Event()

    def fail(*_arguments: object) -> bool:
        failed.set()
        raise RuntimeError("unforeseen")

    with monkeypatch.context() as broken:
        broken.setattr(keeper, "turn", fail)
        stopped = asyncio.create_task(engine.stop_task(1), name="stop")  # wakes it
        assert await asyncio.to_thread(failed.wait, 5)
    await asyncio.wait_for(stopped, 5)
    with pytest.raises(JobFailed):
        await engine.run_job(JobKind.PROBE, probe("rtsp://127.0.0.1:9/"), limit_s=30)
    assert "the supervisor failed and goes on" in caplog.text


async def test_closing_kills_jobs_at_once_and_answers_whoever_waits(engine: Engine) -> None:
    with ScriptedCamera(behaviour=Behaviour.SILENT) as camera:
        job = asyncio.create_task(engine.run_job(JobKind.PROBE, probe(camera.url), limit_s=60), name="job")
        await asyncio.sleep(1.5)
        started = time.monotonic()
        await engine.close()
        assert time.monotonic() - started < 2
        with pytest.raises(JobDied, match="being closed"):
            await job
    with pytest.raises(JobDied, match="being closed"):
        await asyncio.wait_for(engine.run_job(JobKind.PROBE, probe("rtsp://127.0.0.1:9/"), limit_s=60), 2)
    await asyncio.wait_for(engine.stop_task(1), 2)
    assert not [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


async def test_an_address_that_changes_while_the_camera_waits_is_tried_at_once(engine: Engine) -> None:
    reports: list[Report] = []

    async def note(report: Report) -> None:
        reports.append(report)

    engine.on_report = note
    with ScriptedCamera(behaviour=Behaviour.REFUSE_LOGIN) as wrong, ScriptedCamera() as right:
        engine.hold_camera(7, CameraSource(wrong.url.replace("//", "//admin:wrong@")))
        async with asyncio.timeout(20):
            while wrong.logins_refused < 2:
                await asyncio.sleep(0.02)
        engine.set_source(7, CameraSource(right.url))
        async with asyncio.timeout(20):
            while DeviceReport(7, DeviceState.ONLINE) not in reports:
                await asyncio.sleep(0.02)
        engine.release_camera(7)
        async with asyncio.timeout(5):
            while DeviceReport(7, DeviceState.IDLE) not in reports:
                await asyncio.sleep(0.02)


async def test_a_camera_that_is_away_is_tried_at_once_when_somebody_asks_and_shows_a_thumbnail(engine: Engine) -> None:
    reports: list[Report] = []

    async def note(report: Report) -> None:
        reports.append(report)

    engine.on_report = note
    with ScriptedCamera(behaviour=Behaviour.REFUSE_LOGIN) as camera:
        engine.hold_camera(7, CameraSource(camera.url.replace("//", "//admin:wrong@")))
        async with asyncio.timeout(20):
            while camera.logins_refused < 2:  # the next one is five minutes away
                await asyncio.sleep(0.02)
        camera.behave(Behaviour.NORMAL)
        await asyncio.sleep(0.5)
        assert not any(isinstance(report, DeviceGlimpse) for report in reports)
        engine.retry_camera(7)
        async with asyncio.timeout(10):
            while not any(isinstance(report, DeviceGlimpse) for report in reports):
                await asyncio.sleep(0.02)
        glimpses = [report for report in reports if isinstance(report, DeviceGlimpse)]
        assert glimpses[0].device_id == 7 and jpeg_from(glimpses[0].jpeg, MOST_THUMBNAIL_BYTES) is not None
        engine.release_camera(7)
        async with asyncio.timeout(5):
            while DeviceReport(7, DeviceState.IDLE) not in reports:
                await asyncio.sleep(0.02)
    engine.retry_camera(7)  # not in use any more: nothing to try
