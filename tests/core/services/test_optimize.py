"""INT8 versions: made beside the original, never active by themselves, thrown away like any other."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from siapp.app import Station
from siapp.core.domain import Actor, Algorithm, OptimizationReport, Problem, VersionState
from siapp.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from siapp.core.events import ImportProgress
from siapp.core.models import quantize
from siapp.core.resources import resources
from siapp.core.services.algorithms import OPTIMIZE_DIED, OPTIMIZE_INTERRUPTED
from siapp.core.settings import Settings
from siapp.core.specs import CameraSource, JobKind
from siapp.core.workers.engine import JobDied
from tests.core.services.conftest import IMPORTED, Desk, FakeEngine, heard, until

REPORT = OptimizationReport(150, 200, 196, 190, 3, -0.004, 35.0, 66.5)
JSON: dict[str, Any] = {name: getattr(REPORT, name) for name in OptimizationReport.__slots__}
BAD = Problem("too_few_pictures", "Only {found} pictures could be had of it, and {least} are needed.")
CLIP = resources() / "demo" / "demo.mp4"


async def being_optimized(desk: Desk, source: int | Path = CLIP) -> Algorithm:
    """An algorithm whose version 2 is being made of version 1."""
    algorithm = await desk.algorithm()
    desk.engine.may_answer.clear()
    algorithm = await desk.services.algorithms.optimize(desk.operator, algorithm.id, 1, source)
    await until(desk.services.algorithms.page, lambda _page: len(desk.engine.jobs) == 2)
    return algorithm


async def test_a_version_is_made_of_another_one_and_waits(desk: Desk) -> None:
    events = heard(desk.services.bus)
    algorithm = await being_optimized(desk)
    first, second = algorithm.versions
    assert (second.version, second.state, second.made_from) == (2, VersionState.IMPORTING, 1)
    assert (second.filename, second.sha256, second.size) == (first.filename, first.sha256, first.size)
    assert ImportProgress(algorithm.id, 2, 0.5, "Reading the file") in events
    kind, given = desk.engine.jobs[-1]
    assert (kind, given["source"]) == (JobKind.OPTIMIZE, CameraSource(str(CLIP), is_file=True).to_json())
    assert given["model"]["folder"] == (await desk.services.algorithms.model(algorithm.id, 1)).folder
    desk.engine.answers.append(JSON)
    desk.engine.may_answer.set()
    ready = await desk.imported(algorithm.id)
    second = ready.versions[-1]
    assert (second.state, second.report, second.classes) == (VersionState.READY, REPORT, first.classes)
    assert ready.active_version == 1
    assert (await desk.services.algorithms.activate(desk.operator, algorithm.id, 2)).active_version == 2
    assert (await desk.services.algorithms.model(algorithm.id, 2)).folder == given["target"]


async def test_a_cameras_address_goes_to_the_worker_alone(desk: Desk) -> None:
    camera = await desk.camera()
    await being_optimized(desk, camera.id)
    assert desk.engine.jobs[-1][1]["source"] == CameraSource("rtsp://admin:s3cret@192.168.1.20/1").to_json()
    desk.engine.answers.append(JSON)
    desk.engine.may_answer.set()


async def test_it_is_not_activated_even_where_nothing_else_is(desk: Desk) -> None:
    algorithm = await being_optimized(desk)
    await desk.services.algorithms.delete_version(desk.operator, algorithm.id, 1)
    desk.engine.answers.append(JSON)
    desk.engine.may_answer.set()
    assert (await desk.imported(algorithm.id)).active_version is None


@pytest.mark.parametrize(("answer", "problem"), [(BAD, BAD), (JobDied("killed"), OPTIMIZE_DIED)])
async def test_what_went_wrong_is_told_and_leaves_no_files(
    desk: Desk, answer: Problem | JobDied, problem: Problem
) -> None:
    algorithm = await being_optimized(desk)
    desk.engine.answers.append(answer)
    desk.engine.may_answer.set()
    version = (await desk.imported(algorithm.id)).versions[-1]
    assert (version.state, version.error, version.report) == (VersionState.REJECTED, problem, None)
    assert not Path(desk.engine.jobs[-1][1]["target"]).exists()


async def test_deleting_the_new_version_ends_its_making(desk: Desk) -> None:
    algorithm = await being_optimized(desk)
    (work,) = desk.services.algorithms._works.values()
    left = await desk.services.algorithms.delete_version(desk.operator, algorithm.id, 2)
    assert [version.version for version in left.versions] == [1]
    await asyncio.wait([work], timeout=5)
    assert work.cancelled()
    assert not Path(desk.engine.jobs[-1][1]["target"]).exists()
    assert not desk.services.algorithms._works


async def test_one_at_a_time_of_each_version(desk: Desk) -> None:
    algorithm = await being_optimized(desk)
    with pytest.raises(Conflict) as caught:
        await desk.services.algorithms.optimize(desk.operator, algorithm.id, 1, CLIP)
    assert caught.value.code == "being_optimized"
    desk.engine.answers.append(JSON)
    desk.engine.may_answer.set()
    await desk.imported(algorithm.id)
    with pytest.raises(Conflict) as caught:
        await desk.services.algorithms.optimize(desk.operator, algorithm.id, 2, CLIP)
    assert caught.value.code == "already_int8"
    assert len(list(desk.storage.weights.iterdir())) == 2


async def test_an_upload_that_is_int8_is_refused_before_anything_is_begun(desk: Desk) -> None:
    desk.engine.answers.append({**IMPORTED, "int8": True})
    algorithm = await desk.algorithm()
    (version,) = algorithm.versions
    assert version.int8 and not version.can_be_optimized
    with pytest.raises(Conflict) as caught:
        await desk.services.algorithms.optimize(desk.operator, algorithm.id, 1, CLIP)
    assert caught.value.code == "already_int8"
    assert len(desk.engine.jobs) == 1 and len(list(desk.storage.weights.iterdir())) == 1


async def test_an_upload_does_not_wait_for_it(desk: Desk) -> None:
    algorithm = await being_optimized(desk)
    await desk.services.algorithms.add_version(desk.operator, algorithm.id, await desk.upload())
    await until(desk.services.algorithms.page, lambda _page: len(desk.engine.jobs) == 3)
    desk.engine.answers.append(JSON)
    desk.engine.may_answer.set()
    await desk.imported(algorithm.id)


async def test_what_can_not_be_optimized_is_refused(
    desk: Desk, viewer: Actor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    algorithm = await desk.algorithm()
    optimize = desk.services.algorithms.optimize
    for who, number, version, source, refusal in (
        (viewer, algorithm.id, 1, CLIP, Forbidden),
        (desk.operator, 4711, 1, CLIP, NotFound),
        (desk.operator, algorithm.id, 2, CLIP, NotFound),
        (desk.operator, algorithm.id, 1, 4711, NotFound),
        (desk.operator, algorithm.id, 1, tmp_path / "gone.mp4", InvalidInput),
    ):
        with pytest.raises(refusal):
            await optimize(who, number, version, source)
    monkeypatch.setattr(quantize, "available", lambda: False)
    with pytest.raises(Conflict) as caught:
        await optimize(desk.operator, algorithm.id, 1, CLIP)
    assert "siapp[optimize]" in caught.value.text()
    assert len(list(desk.storage.weights.iterdir())) == 1 and len(desk.engine.jobs) == 1


async def test_a_crash_in_the_middle_is_told_at_the_next_start(
    settings: Settings, engines: list[FakeEngine], operator: Actor
) -> None:
    async with Station(settings) as station:
        algorithm = await being_optimized(Desk(station, engines[-1], operator))
    async with Station(settings) as station:
        versions = (await station.services.algorithms.get(algorithm.id)).versions
        assert [version.state for version in versions] == [VersionState.READY, VersionState.REJECTED]
        assert versions[1].error == OPTIMIZE_INTERRUPTED
