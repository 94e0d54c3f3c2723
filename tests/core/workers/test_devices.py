"""A live task on a device that can't run its network: a real analysis process goes on with the processor."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from siapp.core.domain import TaskOptions, TaskState
from siapp.core.hub import FrameHub
from siapp.core.resources import resources
from siapp.core.specs import AnalysisSpec, CameraSource, JobKind, LogLine, ModelSpec, Report, TaskReport
from siapp.core.workers.engine import Engine

DEMO = resources() / "demo"


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine(FrameHub())
    await engine.start()
    yield engine
    await engine.close()


async def test_a_task_runs_on_the_processor_and_its_log_says_so(engine: Engine, tmp_path: Path) -> None:
    given = {"source": str(DEMO / "demo.pt"), "target": str(tmp_path)}
    imported = await engine.run_job(JobKind.IMPORT, given, limit_s=60)
    model = ModelSpec.from_json({**imported, "folder": str(tmp_path), "version": 1})
    reports: list[Report] = []

    async def note(report: Report) -> None:
        reports.append(report)

    engine.on_report = note
    engine.set_device("gpu.9")
    assert engine.inference.device == "gpu.9"
    engine.start_task(AnalysisSpec(1, 1, CameraSource(str(DEMO / "demo.mp4"), is_file=True), model, TaskOptions()))
    async with asyncio.timeout(60):
        while not any(isinstance(each, TaskReport) and each.state is TaskState.RUNNING for each in reports):
            await asyncio.sleep(0.05)
    await engine.stop_task(1)
    warnings = [each.text for each in reports if isinstance(each, LogLine) and each.level == "WARNING"]
    assert len(warnings) == 1 and "can't run on gpu.9, the processor is used" in warnings[0]
