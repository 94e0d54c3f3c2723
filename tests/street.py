"""What is the same in every test of a whole siapp and costs seconds to make: a car that drives over known positions,
and the demo's weights, imported. Made once for a run of tests."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siapp.core.hub import FrameHub
from siapp.core.resources import resources
from siapp.core.specs import JobKind
from siapp.core.workers.engine import Engine
from tests.cameras import ScriptedCamera, encode_clip
from tests.e2e.support import CarClip

ROOT = Path(__file__).resolve().parents[1]
WIDTH, HEIGHT, COUNT = 640, 352, 90
FPS = 10  # so that an analysis keeps up on a busy machine


@pytest.fixture(scope="session")
def car(tmp_path_factory: pytest.TempPathFactory) -> CarClip:
    file = tmp_path_factory.mktemp("car") / "car.npz"
    command = [sys.executable, "-m", "tests.e2e.render_car", str(file), str(WIDTH), str(HEIGHT), str(COUNT)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    with np.load(file) as drawn:
        pictures, boxes = drawn["pictures"], drawn["boxes"]
    return CarClip(pictures, boxes, encode_clip(list(pictures), fps=FPS, gop=5))


@pytest.fixture
def camera(car: CarClip) -> Iterator[ScriptedCamera]:
    with ScriptedCamera(car.clip) as running:
        yield running


@pytest.fixture(scope="session")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder and the description of demo.pt, as the real import process makes them."""
    folder = tmp_path_factory.mktemp("artefact")
    given = {"source": str(resources() / "demo" / "demo.pt"), "target": str(folder)}

    async def imported() -> dict[str, Any]:
        engine = Engine(FrameHub())
        await engine.start()
        try:
            return await engine.run_job(JobKind.IMPORT, given, limit_s=120)
        finally:
            await engine.close()

    return folder, asyncio.run(imported())
