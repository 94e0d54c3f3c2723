"""The choice of an accelerator at start: by a wish, by what is known, by measuring."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from siapp.core.accelerators import Accelerator, Inventory, Measurement
from siapp.core.domain import Problem
from siapp.core.hub import FrameHub
from siapp.core.services import accelerators
from siapp.core.services.accelerators import AcceleratorService, look, measure
from siapp.core.specs import JobKind, JobProgress
from siapp.core.workers.engine import Engine, JobDied, JobFailed
from tests.core.services.conftest import IMPORTED, FakeEngine

PROCESSOR, GRAPHICS = Accelerator("cpu", "A processor"), Accelerator("gpu", "A graphics unit", "31.0")
NEURAL = Accelerator("npu", "A neural unit")
REFUSED = Problem("device_failed", "It failed.")


def there(*others: Accelerator) -> Inventory:
    return Inventory((PROCESSOR, *others), {"openvino": "2026.4.1"})


class Devices(FakeEngine):
    """An engine on a machine with the devices that a test names."""

    def __init__(self, inventory: Inventory | Exception, **answers: Measurement | Exception) -> None:
        super().__init__(FrameHub())
        self.inventory = inventory
        self.measurements = {"cpu": Measurement("cpu", "bf16", fps=60.0), **answers}

    async def run_job(
        self,
        kind: JobKind,
        params: dict[str, Any],
        *,
        limit_s: float,
        on_progress: Callable[[JobProgress], None] = lambda _progress: None,
        on_log: Callable[[str, str], None] | None = None,
        gently: bool = False,
    ) -> dict[str, Any]:
        self.jobs.append((kind, params))
        answer = {
            JobKind.INVENTORY: lambda: self.inventory,
            JobKind.IMPORT: lambda: IMPORTED,
            JobKind.MEASURE: lambda: self.measurements[params["device"]],
        }[kind]()
        await asyncio.sleep(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Inventory):
            return answer.to_json()
        return asdict(answer) if isinstance(answer, Measurement) else dict(answer)

    @property
    def measured(self) -> list[str]:
        return [params["device"] for kind, params in self.jobs if kind is JobKind.MEASURE]


@pytest.fixture(autouse=True)
def perhaps_something_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerators, "worth_a_look", lambda: True)


async def settled(engine: FakeEngine, folder: Path, wish: str = "auto") -> str:
    """What a start comes to once everything is found out."""
    service = AcceleratorService(engine, folder, wish)
    await service.start()
    await asyncio.gather(*service._background._tasks)
    await service.close()
    return engine.inference.device


async def test_the_fastest_is_measured_once_and_used_at_once_from_then_on(tmp_path: Path) -> None:
    first = Devices(there(GRAPHICS), gpu=Measurement("gpu", "f16", fps=300.0))
    assert await settled(first, tmp_path) == "gpu"
    assert first.measured == ["cpu", "gpu"]

    again = Devices(there(GRAPHICS))
    service = AcceleratorService(again, tmp_path, "auto")
    await service.start()
    assert again.inference.device == "gpu", "tasks that start at once have it already"
    await asyncio.gather(*service._background._tasks)
    await service.close()
    assert (again.inference.device, again.measured) == ("gpu", [])


@pytest.mark.parametrize(
    "changed",
    [
        there(GRAPHICS, NEURAL),
        there(Accelerator("gpu", "A graphics unit", "32.0")),
        Inventory((PROCESSOR, GRAPHICS), {"openvino": "2026.5.0"}),
    ],
    ids=["device", "driver", "library"],
)
async def test_what_has_changed_is_measured_again(tmp_path: Path, changed: Inventory) -> None:
    fast, slow = Measurement("gpu", fps=300.0), Measurement("gpu", fps=30.0)
    assert await settled(Devices(there(GRAPHICS), gpu=fast), tmp_path) == "gpu"
    engine = Devices(changed, gpu=slow, npu=Measurement("npu", fps=1.0))
    assert await settled(engine, tmp_path) == "cpu"
    assert "gpu" in engine.measured


async def test_a_device_that_is_gone_is_left(tmp_path: Path) -> None:
    await settled(Devices(there(GRAPHICS), gpu=Measurement("gpu", fps=300.0)), tmp_path)
    engine = Devices(there())
    assert await settled(engine, tmp_path) == "cpu"
    assert engine.measured == []


async def test_where_there_is_nothing_but_the_processor_no_process_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerators, "worth_a_look", lambda: False)
    engine = Devices(there())
    assert await settled(engine, tmp_path) == "cpu"
    assert engine.jobs == []


@pytest.mark.parametrize(
    "answer",
    [JobDied("SIGSEGV"), JobFailed(REFUSED), Measurement("gpu", fps=900.0, score_error=0.9)],
    ids=["crashes", "fails", "differs"],
)
async def test_a_broken_device_is_not_chosen_and_the_others_are_measured(
    tmp_path: Path, answer: Measurement | Exception
) -> None:
    engine = Devices(there(GRAPHICS, NEURAL), gpu=answer, npu=Measurement("npu", "f16", fps=90.0))
    assert await settled(engine, tmp_path) == "npu"
    assert engine.measured == ["cpu", "gpu", "npu"]


async def test_a_look_that_crashes_leaves_the_processor(tmp_path: Path) -> None:
    engine = Devices(JobDied("SIGSEGV"))
    assert await settled(engine, tmp_path) == "cpu"
    assert (await look(engine)).names == ("cpu",)


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"chosen": "gpu"}', '{"chosen": "gpu", "inventory": {}}'])
async def test_a_damaged_choice_is_made_again(tmp_path: Path, kept: str) -> None:
    (tmp_path / accelerators.STORE_NAME).write_text(kept)
    assert await settled(Devices(there(GRAPHICS), gpu=Measurement("gpu", fps=300.0)), tmp_path) == "gpu"


async def test_a_wish_is_granted_at_once_and_unmeasured(tmp_path: Path) -> None:
    engine = Devices(there(GRAPHICS))
    service = AcceleratorService(engine, tmp_path, "gpu")
    await service.start()
    assert engine.inference.device == "gpu"
    await asyncio.gather(*service._background._tasks)
    await service.close()
    assert (engine.inference.device, engine.measured) == ("gpu", [])


async def test_a_wish_for_what_is_not_there_is_said_and_the_processor_is_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert await settled(Devices(there(GRAPHICS)), tmp_path, "cuda") == "cpu"
    (line,) = caplog.messages
    assert "asks for cuda, which is not here" in line and "There is: cpu, gpu" in line


async def test_a_wish_for_the_processor_asks_nothing(tmp_path: Path) -> None:
    engine = Devices(there(GRAPHICS))
    assert await settled(engine, tmp_path, "cpu") == "cpu"
    assert engine.jobs == []


async def test_a_real_look_and_a_real_measurement() -> None:
    engine = Engine(FrameHub())
    await engine.start()
    try:
        inventory = await look(engine)
        (processor,) = await measure(engine, ("cpu",))
        absent = await measure(engine, ("gpu.9",))
    finally:
        await engine.close()
    assert inventory.names[0] == "cpu" and inventory.accelerators[0].title
    assert inventory.versions["openvino"]
    assert processor.agrees and processor.fps > 1 and processor.compile_s > 0
    assert processor.precision in ("f32", "bf16", "f16")
    assert [each.problem.code for each in absent if each.problem] == ["device_failed"]


@pytest.mark.expects_errors
async def test_a_measurement_whose_process_ends_is_a_problem_and_no_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(accelerators, "CLIP", tmp_path / "missing.mp4")
    engine = Engine(FrameHub())
    await engine.start()
    try:
        (measurement,) = await measure(engine, ("cpu",))
    finally:
        await engine.close()
    assert measurement.problem is not None and measurement.problem.code == "device_crashed"
    assert not measurement.agrees
