"""Algorithms: a version's row and its files come and go together."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from siapp.app import Station
from siapp.core.db import algorithms as rows
from siapp.core.db.engine import Session
from siapp.core.domain import Actor, Algorithm, Problem, VersionState, WeightFormat
from siapp.core.errors import Conflict, Forbidden, InvalidInput, NotFound, SiappError, TooLarge, Unavailable
from siapp.core.events import AlgorithmChanged, AlgorithmDeleted, ImportProgress
from siapp.core.services import Services
from siapp.core.services.algorithms import DIED, INTERRUPTED, AlgorithmService
from siapp.core.services.uploads import Uploads, label
from siapp.core.settings import Settings
from siapp.core.storage import Storage
from siapp.core.workers.engine import JobDied
from tests.core.services.conftest import Desk, FakeEngine, heard, until

BAD = Problem("not_weights", "This is no weight file that siapp knows.")


@pytest.fixture
def algorithms(services: Services) -> AlgorithmService:
    return services.algorithms


def files(desk: Desk) -> set[str]:
    """Folders of weights, and uploads that are still there."""
    return {path.name for folder in (desk.storage.weights, desk.storage.root / "incoming") for path in folder.iterdir()}


async def test_an_upload_becomes_the_first_and_active_version(desk: Desk, services: Services) -> None:
    events = heard(services.bus)
    added = await services.algorithms.add(desk.operator, "Cars", await desk.upload(b"12345", "my yolo.pt"))
    (version,) = added.versions
    assert (version.version, version.state, version.filename, version.size, version.uploaded_by) == (
        1,
        VersionState.IMPORTING,
        "my yolo.pt",
        5,
        "olga",
    )
    ready = await desk.imported(added.id)
    (version,) = ready.versions
    assert (version.state, version.format, version.classes, version.input_size, version.error) == (
        VersionState.READY,
        WeightFormat.PYTORCH,
        ("car", "person"),
        (320, 320),
        None,
    )
    assert ready.active_version == 1
    assert ImportProgress(added.id, 1, 0.5, "Reading the file") in events
    assert [event.algorithm for event in events if isinstance(event, AlgorithmChanged)] == [added, ready]


async def test_only_the_artefact_is_kept_of_an_upload(desk: Desk, engine: FakeEngine) -> None:
    algorithm = await desk.algorithm()
    model = await desk.services.algorithms.model(algorithm.id, 1)
    assert files(desk) == {Path(model.folder).name}
    assert (Path(model.folder) / "model.xml").read_text() == "artefact"
    assert (model.classes, model.input_size, model.stride, model.version) == (("car", "person"), (320, 320), 32, 1)


@pytest.mark.parametrize(("answer", "problem"), [(BAD, BAD), (JobDied("killed"), DIED)])
async def test_a_refused_file_leaves_a_reason_and_nothing_else(
    desk: Desk, engine: FakeEngine, answer: Problem | JobDied, problem: Problem
) -> None:
    engine.answers.append(answer)
    algorithm = await desk.algorithm()
    (version,) = algorithm.versions
    assert (version.state, version.error, version.format) == (VersionState.REJECTED, problem, None)
    assert algorithm.active_version is None
    assert files(desk) == set()
    with pytest.raises(Conflict):
        await desk.services.algorithms.model(algorithm.id, 1)
    with pytest.raises(Conflict):
        await desk.services.algorithms.activate(desk.operator, algorithm.id, 1)


def leave_as_a_kill_does(folder: Path) -> None:
    """`folder` as before the commit of its delete, and others beside it."""
    folder.rename(folder.with_name(folder.name + ".deleted"))
    for name in ("after-the-commit.deleted", "of-another-database"):
        (folder.parent / name).mkdir()
        (folder.parent / name / "model.xml").touch()
    (folder.parent / "never-stored").mkdir()


async def test_a_new_version_waits_to_be_activated(desk: Desk, engine: FakeEngine, services: Services) -> None:
    algorithm = await desk.algorithm()
    engine.may_answer.clear()
    added = await services.algorithms.add_version(desk.operator, algorithm.id, await desk.upload())
    assert [version.version for version in added.versions] == [1, 2]
    with pytest.raises(Conflict):
        await services.algorithms.activate(desk.operator, algorithm.id, 2)
    engine.may_answer.set()
    ready = await desk.imported(algorithm.id)
    assert ready.active_version == 1
    assert (await services.algorithms.activate(desk.operator, algorithm.id, 2)).active_version == 2
    assert (await services.algorithms.activate(desk.operator, algorithm.id, 1)).active_version == 1


async def test_uploads_that_race_get_numbers_of_their_own(desk: Desk) -> None:
    algorithm = await desk.algorithm()
    uploads = [await desk.upload() for _ in range(6)]
    add = desk.services.algorithms.add_version
    await asyncio.gather(*(add(desk.operator, algorithm.id, upload) for upload in uploads))
    done = await desk.imported(algorithm.id)
    assert [version.version for version in done.versions] == [1, 2, 3, 4, 5, 6, 7]
    assert len(files(desk)) == 7


async def test_names_that_race_make_one_algorithm_and_leave_no_files(desk: Desk) -> None:
    uploads = [await desk.upload() for _ in range(6)]
    add = desk.services.algorithms.add
    answers = await asyncio.gather(*(add(desk.operator, "Cars", upload) for upload in uploads), return_exceptions=True)
    assert {answer.code for answer in answers if isinstance(answer, SiappError)} == {"name_taken"}
    (algorithm,) = [answer for answer in answers if isinstance(answer, Algorithm)]
    await desk.imported(algorithm.id)
    assert len(files(desk)) == 1


async def test_imports_go_one_after_the_other(desk: Desk, engine: FakeEngine) -> None:
    engine.may_answer.clear()
    for number in range(3):
        await desk.services.algorithms.add(desk.operator, f"a{number}", await desk.upload())
    await until(desk.services.algorithms.page, lambda _page: bool(engine.jobs))
    assert len(engine.jobs) == 1
    engine.may_answer.set()
    for algorithm in (await desk.services.algorithms.page()).items:
        await desk.imported(algorithm.id)
    assert len(engine.jobs) == 3


@pytest.mark.parametrize("name", ["", "a/b", "..", "a\x00b", "x" * 101])
async def test_what_can_not_be_added_leaves_nothing(desk: Desk, name: str) -> None:
    with pytest.raises(InvalidInput):
        await desk.services.algorithms.add(desk.operator, name, await desk.upload())
    assert files(desk) == set()
    assert (await desk.services.algorithms.page()).total == 0


async def test_a_viewer_leaves_nothing_either(desk: Desk, viewer: Actor) -> None:
    algorithm = await desk.algorithm()
    before = files(desk)
    for call in (
        lambda upload: desk.services.algorithms.add(viewer, "mine", upload),
        lambda upload: desk.services.algorithms.add_version(viewer, algorithm.id, upload),
    ):
        with pytest.raises(Forbidden):
            await call(await desk.upload())
    for other in (
        desk.services.algorithms.delete(viewer, algorithm.id),
        desk.services.algorithms.delete_version(viewer, algorithm.id, 1),
        desk.services.algorithms.activate(viewer, algorithm.id, 1),
    ):
        with pytest.raises(Forbidden):
            await other
    assert files(desk) == before
    assert await desk.services.algorithms.get(algorithm.id) == algorithm


async def test_a_version_of_an_unknown_algorithm_leaves_nothing(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.services.algorithms.add_version(desk.operator, 4711, await desk.upload())
    assert files(desk) == set()


async def test_a_deleted_algorithm_is_gone_with_all_its_files(desk: Desk, services: Services) -> None:
    algorithm = await desk.algorithm()
    await services.algorithms.add_version(desk.operator, algorithm.id, await desk.upload())
    await desk.imported(algorithm.id)
    events = heard(services.bus)
    await services.algorithms.delete(desk.operator, algorithm.id)
    assert events == [AlgorithmDeleted(algorithm.id)]
    assert files(desk) == set()
    with pytest.raises(NotFound):
        await services.algorithms.get(algorithm.id)


async def test_an_algorithm_in_use_stays_with_its_files_and_names_the_tasks(desk: Desk) -> None:
    task = await desk.task("Gate cars")
    before = files(desk)
    for call in (
        desk.services.algorithms.delete(desk.operator, task.algorithm.id),
        desk.services.algorithms.delete_version(desk.operator, task.algorithm.id, 1),
    ):
        with pytest.raises(Conflict) as caught:
            await call
        assert caught.value.code == "algorithm_in_use"
        assert "Gate cars" in caught.value.text()
    assert files(desk) == before


async def test_a_delete_that_can_not_be_stored_keeps_the_files(
    desk: Desk, algorithms: AlgorithmService, monkeypatch: pytest.MonkeyPatch
) -> None:
    algorithm = await desk.algorithm()
    before = files(desk)
    delete = rows.delete

    def refused(*arguments: object) -> tuple[str, ...]:
        folders = delete(*arguments)  # type: ignore[arg-type]
        desk.storage.set_aside = _then_fail(desk.storage.set_aside)  # type: ignore[method-assign]
        return folders

    monkeypatch.setattr(rows, "delete", refused)
    with pytest.raises(Unavailable):
        await algorithms.delete(desk.operator, algorithm.id)
    assert (await algorithms.get(algorithm.id)) == algorithm
    desk.storage.prepare()
    desk.storage.tidy_weights(frozenset(before))
    assert files(desk) == before


def _then_fail(function: object) -> object:
    def failing(path: Path) -> Path:
        function(path)  # type: ignore[operator]
        raise Unavailable("database_unavailable", "It went away just now.")

    return failing


async def test_a_deleted_version_is_gone_with_its_files(desk: Desk, algorithms: AlgorithmService) -> None:
    algorithm = await desk.algorithm()
    await algorithms.add_version(desk.operator, algorithm.id, await desk.upload())
    await desk.imported(algorithm.id)
    kept = Path((await algorithms.model(algorithm.id, 2)).folder).name
    left = await algorithms.delete_version(desk.operator, algorithm.id, 1)
    assert ([version.version for version in left.versions], left.active_version) == ([2], None)
    assert files(desk) == {kept}
    with pytest.raises(NotFound):
        await algorithms.delete_version(desk.operator, algorithm.id, 1)


@pytest.mark.parametrize("whole", [True, False], ids=["the algorithm", "the version"])
async def test_a_delete_ends_the_import_and_gives_its_place_to_the_next(
    desk: Desk, engine: FakeEngine, algorithms: AlgorithmService, whole: bool
) -> None:
    engine.may_answer.clear()
    added = await algorithms.add(desk.operator, "Cars", await desk.upload())
    await until(algorithms.page, lambda _page: bool(engine.jobs))
    (work,) = algorithms._works.values()
    if whole:
        await algorithms.delete(desk.operator, added.id)
    else:
        await algorithms.delete_version(desk.operator, added.id, 1)
    await asyncio.wait([work], timeout=5)
    assert (work.cancelled(), algorithms._works, files(desk)) == (True, {}, set())
    other = await algorithms.add(desk.operator, "People", await desk.upload())
    await until(algorithms.page, lambda _page: len(engine.jobs) == 2)
    engine.may_answer.set()
    assert (await desk.imported(other.id)).active_version == 1


async def test_the_number_of_a_deleted_version_is_not_given_again(desk: Desk, algorithms: AlgorithmService) -> None:
    algorithm = await desk.algorithm()
    for number in (2, 3, 4):
        added = await algorithms.add_version(desk.operator, algorithm.id, await desk.upload())
        assert [version.version for version in added.versions] == [1, number]
        await desk.imported(algorithm.id)
        await algorithms.delete_version(desk.operator, algorithm.id, number)


async def test_a_delete_that_is_cancelled_after_its_commit_brings_no_files_back(
    desk: Desk, algorithms: AlgorithmService, monkeypatch: pytest.MonkeyPatch
) -> None:
    algorithm = await desk.algorithm()
    write = algorithms._db.write

    async def written_and_cancelled(work: Callable[[Session], object]) -> None:
        await write(work)
        raise asyncio.CancelledError

    monkeypatch.setattr(algorithms._db, "write", written_and_cancelled)
    with pytest.raises(asyncio.CancelledError):
        await algorithms.delete(desk.operator, algorithm.id)
    assert all(name.endswith(".deleted") for name in files(desk))
    assert (await algorithms.page()).total == 0


async def test_imports_that_a_crash_cut_off_are_rejected_at_the_next_start(
    settings: Settings, engines: list[FakeEngine], operator: Actor
) -> None:
    async with Station(settings) as station:
        desk = Desk(station, engines[-1], operator)
        engines[-1].may_answer.clear()
        added = await station.services.algorithms.add(operator, "Cars", await desk.upload())
        await until(station.services.algorithms.page, lambda _page: bool(engines[-1].jobs))
    async with Station(settings) as station:
        (version,) = (await station.services.algorithms.get(added.id)).versions
        assert (version.state, version.error) == (VersionState.REJECTED, INTERRUPTED)
        assert list((station.storage.root / "incoming").iterdir()) == []


async def test_a_start_brings_cut_off_deletes_to_one_end_and_keeps_what_it_does_not_know(
    settings: Settings, engines: list[FakeEngine], operator: Actor
) -> None:
    async with Station(settings) as station:
        algorithm = await Desk(station, engines[-1], operator).algorithm()
        folder = Path((await station.services.algorithms.model(algorithm.id, 1)).folder)
        weights = station.storage.weights
    leave_as_a_kill_does(folder)
    async with Station(settings) as station:
        assert {path.name for path in weights.iterdir()} == {folder.name, "of-another-database"}
        assert (await station.services.algorithms.model(algorithm.id, 1)).folder == str(folder)


@pytest.mark.parametrize("number", [0, -1, 4711, 2**31, 2**64])
async def test_what_does_not_exist_is_not_found(desk: Desk, algorithms: AlgorithmService, number: int) -> None:
    algorithm = await desk.algorithm()
    for call in (
        algorithms.get(number),
        algorithms.delete(desk.operator, number),
        algorithms.activate(desk.operator, number, 1),
        algorithms.activate(desk.operator, algorithm.id, number),
        algorithms.delete_version(desk.operator, algorithm.id, number),
        algorithms.model(algorithm.id, number),
    ):
        with pytest.raises(NotFound):
            await call


# ---- bytes on their way in -----------------------------------------------------------------------------------


async def test_a_file_of_this_machine_is_copied_and_left_where_it_is(desk: Desk, tmp_path: Path) -> None:
    source, seen = tmp_path / "yolo.pt", list[int]()
    source.write_bytes(b"x" * 3_000_000)
    added = await desk.services.algorithms.add_from_file(desk.operator, "Cars", source, seen.append)
    assert (added.versions[0].filename, added.versions[0].size) == ("yolo.pt", 3_000_000)
    assert added.versions[0].sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert seen == [1 << 20, 2 << 20, 3_000_000]
    await desk.imported(added.id)
    assert source.exists()


async def test_a_file_that_is_not_there_is_a_clear_refusal(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        await desk.services.algorithms.add_from_file(desk.operator, "Cars", tmp_path / "missing.pt")
    assert str(tmp_path) not in caught.value.text()
    assert files(desk) == set()


async def pieces(*chunks: bytes) -> AsyncGenerator[bytes, None]:
    for chunk in chunks:
        yield chunk


async def broken_off() -> AsyncGenerator[bytes, None]:
    yield b"123"
    raise ConnectionResetError


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    storage = Storage(tmp_path)
    storage.prepare()
    return storage


async def test_an_upload_is_stored_with_its_size_and_digest(storage: Storage) -> None:
    seen: list[int] = []
    upload = await Uploads(storage, 10).receive("C:\\weights\\yolo.pt", pieces(b"ab", b"", b"c"), seen.append)
    assert (upload.filename, upload.size, upload.path.read_bytes(), seen) == ("yolo.pt", 3, b"abc", [2, 2, 3])
    assert upload.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


async def test_an_upload_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(storage: Storage) -> None:
    await Uploads(storage, 4).receive("x", pieces(b"1234"))
    with pytest.raises(TooLarge):
        await Uploads(storage, 4).receive("x", pieces(b"1234", b"5"))


async def test_an_upload_that_breaks_off_leaves_nothing(storage: Storage) -> None:
    with pytest.raises(ConnectionResetError):
        await Uploads(storage, 10).receive("x", broken_off())
    assert list((storage.root / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\yolo.pt", "yolo.pt"),
        ("a\x00b\n.pt", "ab.pt"),
        ("a\u202etp.exe", "atp.exe"),
        ("\ud800.pt", ".pt"),
        ("", "file"),
        ("/", "file"),
        ("权重.pt", "权重.pt"),
        ("x" * 300, "x" * 255),
    ],
)
def test_a_clients_file_name_is_only_a_label(filename: str, shown: str) -> None:
    assert label(filename) == shown


async def test_an_import_that_is_cancelled_takes_an_algorithm_along_that_never_was_more(
    desk: Desk, services: Services
) -> None:
    events = heard(services.bus)
    desk.engine.may_answer.clear()
    added = await services.algorithms.add(desk.operator, "Cars", await desk.upload())
    await until(services.algorithms.page, lambda _page: desk.engine.jobs)
    await services.algorithms.cancel_import(desk.operator, added.id, 1)
    assert events[-1] == AlgorithmDeleted(added.id)
    assert (await services.algorithms.page()).total == 0
    await until(services.algorithms.page, lambda _page: not services.algorithms._imports._tasks)
    assert files(desk) == set()


async def test_an_import_that_is_cancelled_leaves_the_other_versions(desk: Desk, services: Services) -> None:
    algorithm = await desk.algorithm()
    desk.engine.may_answer.clear()
    await services.algorithms.add_version(desk.operator, algorithm.id, await desk.upload())
    await services.algorithms.cancel_import(desk.operator, algorithm.id, 2)
    left = await services.algorithms.get(algorithm.id)
    assert ([version.version for version in left.versions], left.active_version) == ([1], 1)
    with pytest.raises(Conflict, match="Version 1 is not being made any more"):
        await services.algorithms.cancel_import(desk.operator, algorithm.id, 1)


async def test_an_algorithm_that_a_task_waits_for_stays_when_its_import_is_cancelled(
    desk: Desk, services: Services
) -> None:
    camera = await desk.camera()
    desk.engine.may_answer.clear()
    added = await services.algorithms.add(desk.operator, "Cars", await desk.upload())
    await services.tasks.add(desk.operator, "Gate cars", camera.id, added.id)
    await services.algorithms.cancel_import(desk.operator, added.id, 1)
    assert (await services.algorithms.get(added.id)).versions == ()
