"""Pictures that an algorithm is tried on: for operators, with ready versions, and nothing is kept."""

import asyncio
from pathlib import Path

import pytest

from siapp.core.domain import Actor, DetectedObject, Problem, TaskOptions
from siapp.core.errors import Conflict, Forbidden, InvalidInput, NotFound, OutOfSpace, SiappError, TooLarge
from siapp.core.services import Services, trials
from siapp.core.specs import JobKind
from siapp.core.workers.engine import JobDied
from tests.core.services.conftest import TRIED, Desk, until

PERSON = DetectedObject(1, "person", 0.9, (10.0, 20.0, 30.0, 40.0))
NAMELESS = DetectedObject(7, "class7", 0.4, (1.0, 2.0, 3.0, 4.0))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"a picture")
    return path


def scratch(desk: Desk) -> list[Path]:
    return list((desk.storage.root / "incoming").iterdir())


async def test_a_trial_answers_with_pixels_objects_and_milliseconds(desk: Desk, photo: Path) -> None:
    algorithm = await desk.algorithm()
    trial = await desk.services.algorithms.try_picture(desk.operator, algorithm.id, 1, photo)
    kind, given = desk.engine.jobs[-1]
    assert (kind, given["picture"], given["options"]["confidence"]) == (JobKind.TRY, str(photo), 0.25)
    assert given["model"]["folder"] == (await desk.services.algorithms.model(algorithm.id, 1)).folder
    assert (trial.picture.width, trial.picture.height, trial.picture.bgra) == (640, 360, bytes(4))
    assert (trial.picture.objects, trial.inference_ms) == ((PERSON, NAMELESS), 12.5)
    assert not scratch(desk)


async def test_thresholds_are_applied_without_another_run(desk: Desk, photo: Path) -> None:
    algorithm = await desk.algorithm()
    trial = await desk.services.algorithms.try_picture(desk.operator, algorithm.id, 1, photo)
    assert trial.objects(0.25, 0.7) == trial.objects(0.25, 0.68) == (PERSON, NAMELESS)
    assert trial.objects(0.4, 0.7) == (PERSON,)
    assert trial.objects(0.1, 0.1) == (PERSON,)
    assert trial.objects(0.95, 0.7) == ()


async def test_a_picture_may_be_given_as_its_bytes(desk: Desk) -> None:
    algorithm = await desk.algorithm()
    desk.engine.may_answer.clear()
    trial = asyncio.create_task(
        desk.services.algorithms.try_picture(desk.operator, algorithm.id, 1, b"from the clipboard")
    )
    await until(desk.services.algorithms.page, lambda _page: desk.engine.jobs[-1][0] is JobKind.TRY)
    assert Path(desk.engine.jobs[-1][1]["picture"]).read_bytes() == b"from the clipboard"
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    assert not scratch(desk), "also of one that is given up"


async def test_what_can_not_be_tried_is_refused_in_words(
    desk: Desk, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    algorithm, service = await desk.algorithm(), desk.services.algorithms
    monkeypatch.setattr(trials, "MOST_BYTES", 1 << 20)
    with pytest.raises(NotFound):
        await service.try_picture(desk.operator, algorithm.id, 2, photo)
    with pytest.raises(InvalidInput, match="can't be opened"):
        await service.try_picture(desk.operator, algorithm.id, 1, photo.with_name("gone.jpg"))
    with pytest.raises(InvalidInput, match="can't be opened"):
        await service.try_picture(desk.operator, algorithm.id, 1, photo.parent)
    with pytest.raises(TooLarge, match="1 MB are allowed"):
        await service.try_picture(desk.operator, algorithm.id, 1, bytes((1 << 20) + 1))
    with pytest.raises(InvalidInput, match="from 0 to 1"):
        await service.try_picture(desk.operator, algorithm.id, 1, photo, TaskOptions(confidence=1.5))
    assert [kind for kind, _given in desk.engine.jobs] == [JobKind.IMPORT], "no process was troubled"


async def test_a_version_that_is_not_ready_and_a_viewer_are_refused(
    desk: Desk, services: Services, photo: Path, viewer: Actor
) -> None:
    desk.engine.may_answer.clear()
    added = await services.algorithms.add(desk.operator, "Cars", await desk.upload())
    with pytest.raises(Conflict, match="Version 1 is not ready"):
        await services.algorithms.try_picture(desk.operator, added.id, 1, photo)
    with pytest.raises(Forbidden):
        await services.algorithms.try_picture(viewer, added.id, 1, photo)
    desk.engine.may_answer.set()
    await desk.imported(added.id)


async def test_pixels_that_are_not_what_was_promised_are_not_painted(desk: Desk, photo: Path) -> None:
    algorithm = await desk.algorithm()
    for shown in ([2, 1], [0, 0], [-1, -1]):
        desk.engine.answers.append({**TRIED, "shown": shown})
        with pytest.raises(SiappError) as refused:
            await desk.services.algorithms.try_picture(desk.operator, algorithm.id, 1, photo)
        assert refused.value.code == "trial_failed"


async def test_a_process_that_dies_and_a_full_disk_are_told(
    desk: Desk, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    algorithm, service = await desk.algorithm(), desk.services.algorithms
    desk.engine.answers += [JobDied("killed by SIGKILL"), Problem("not_a_picture", "This is no picture.")]
    for code, sentence in (("trial_failed", "Try a smaller one"), ("not_a_picture", "no picture")):
        with pytest.raises(SiappError, match=sentence) as refused:
            await service.try_picture(desk.operator, algorithm.id, 1, photo)
        assert refused.value.code == code
    monkeypatch.setattr(service._trials._space, "_measure", lambda _folder: 0)
    with pytest.raises(OutOfSpace):
        await service.try_picture(desk.operator, algorithm.id, 1, photo)
    assert not scratch(desk)
