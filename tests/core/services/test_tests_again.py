"""Tests of one video with other options, what they have found, and how a video plays."""

import asyncio
import json
from pathlib import Path

import pytest

from siapp.core.db import results as result_rows
from siapp.core.domain import Action, Actor, TaskOptions, TaskState, TestTask
from siapp.core.errors import Conflict, Forbidden, InvalidInput, NotFound, OutOfSpace
from siapp.core.services import Services
from siapp.core.services import counting as counting_module
from siapp.core.services.player import Film
from siapp.core.services.tests import TestService
from tests.core.services.conftest import Desk, until
from tests.core.services.test_tests import deeds, running

OTHER = TaskOptions(confidence=0.6, classes=(0,))


@pytest.fixture
def tests(services: Services) -> TestService:
    return services.tests


def videos(desk: Desk) -> set[str]:
    return {path.name for path in desk.storage.videos.iterdir()}


async def again(desk: Desk, test: TestTask, name: str = "Street 2") -> TestTask:
    return await desk.services.tests.add_again(desk.operator, test.id, name, OTHER)


# ---- once more -----------------------------------------------------------------------------------------------


async def test_a_second_test_of_a_video_needs_no_second_file(desk: Desk, tests: TestService) -> None:
    first = await desk.test()
    second = await again(desk, first)
    assert (second.name, second.options, second.state) == ("Street 2", OTHER, TaskState.STOPPED)
    assert (second.video, second.algorithm) == (first.video, first.algorithm)
    assert videos(desk) == {first.video.file}
    assert await tests._db.read(lambda s: result_rows.stored_bytes(s, "olga")) == first.video.size + len(b"weights")
    assert [entry.deed.action for entry in await deeds(desk)] == [Action.TEST_ADD, Action.TEST_ADD]


async def test_it_can_have_another_algorithm(desk: Desk, tests: TestService) -> None:
    first, other = await desk.test(), await desk.algorithm("Boats")
    second = await tests.add_again(desk.operator, first.id, "Street 2", OTHER, other.id)
    assert second.algorithm.name == "Boats"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_deleting_one_leaves_the_video_to_the_other(
    desk: Desk, tests: TestService, order: tuple[int, int]
) -> None:
    first = await desk.test()
    both = (first, await again(desk, first))
    await tests.delete(desk.operator, both[order[0]].id)
    assert videos(desk) == {first.video.file}
    left, done = await tests.start(desk.operator, both[order[1]].id)
    assert done
    await desk.test_in_state(left.id, TaskState.COMPLETED)
    await tests.delete(desk.operator, left.id)
    assert videos(desk) == set()


async def test_whatever_comes_at_once_the_video_is_there_as_long_as_it_has_a_test(
    desk: Desk, tests: TestService
) -> None:
    for turn in range(4):
        first = await desk.test(f"Street {turn}")
        second = await again(desk, first, f"Street {turn} again")
        await asyncio.gather(
            tests.delete(desk.operator, first.id),
            tests.delete(desk.operator, second.id),
            again(desk, second, f"Street {turn} once more"),
            return_exceptions=True,
        )
        left = (await tests.page()).items
        assert videos(desk) == {test.video.file for test in left}
        for test in left:
            await tests.delete(desk.operator, test.id)
        assert videos(desk) == set()


async def test_what_can_not_be_run_again_is_refused(desk: Desk, tests: TestService, viewer: Actor) -> None:
    first = await desk.test()
    with pytest.raises(Conflict):
        await again(desk, first, "street")
    with pytest.raises(InvalidInput):
        await tests.add_again(desk.operator, first.id, "Street 2", TaskOptions(iou=7))
    with pytest.raises(NotFound):
        await tests.add_again(desk.operator, first.id, "Street 2", OTHER, 4711)
    with pytest.raises(NotFound):
        await tests.add_again(desk.operator, 4711, "Street 2", OTHER)
    with pytest.raises(Forbidden):
        await tests.add_again(viewer, first.id, "Street 2", OTHER)
    desk.storage.video(first.video.file).unlink()
    with pytest.raises(InvalidInput) as gone:
        await again(desk, first)
    assert gone.value.code == "video_gone"
    assert (await tests.page()).total == 1


async def test_somebody_elses_video_counts_for_who_runs_it_again(desk: Desk, tests: TestService) -> None:
    first = await desk.test()
    other = Actor(1004, "otto", desk.operator.role, "test")
    tests._videos.room.quota = first.video.size - 1
    with pytest.raises(OutOfSpace):
        await tests.add_again(other, first.id, "Street 2", OTHER)
    tests._videos.room.quota = 0
    await tests.add_again(other, first.id, "Street 2", OTHER)
    assert await tests._db.read(lambda s: result_rows.stored_bytes(s, "otto")) == first.video.size


# ---- from this machine ---------------------------------------------------------------------------------------


async def test_a_video_of_this_machine_is_copied_and_says_how_far(
    desk: Desk, tests: TestService, tmp_path: Path
) -> None:
    (path := tmp_path / "路口.mp4").write_bytes(b"x" * 3_000_000)
    algorithm = await desk.algorithm()
    heard: list[int] = []
    test = await tests.add_from_file(desk.operator, "Street", algorithm.id, path, OTHER, heard.append)
    assert (test.video.filename, test.video.size, test.options) == ("路口.mp4", 3_000_000, OTHER)
    assert heard == [1 << 20, 2 << 20, 3_000_000]
    assert path.exists()
    with pytest.raises(Conflict):
        await tests.add_from_file(desk.operator, "STREET", algorithm.id, path)
    assert videos(desk) == {test.video.file}


# ---- options -------------------------------------------------------------------------------------------------


async def test_options_are_for_the_next_run_and_not_changed_during_one(desk: Desk, tests: TestService) -> None:
    test = await desk.test()
    assert (await tests.update_options(desk.operator, test.id, OTHER)).options == OTHER
    await tests.update_options(desk.operator, test.id, OTHER)  # nothing new
    edits = [entry.deed for entry in await deeds(desk) if entry.deed.action is Action.TEST_EDIT]
    assert [(deed.before, deed.after) for deed in edits] == [
        ({"confidence": 0.25, "classes": None}, {"confidence": 0.6, "classes": [0]})
    ]
    with pytest.raises(InvalidInput):
        await tests.update_options(desk.operator, test.id, TaskOptions(confidence=-1))
    other = await running(desk, "Harbour")
    with pytest.raises(Conflict):
        await tests.update_options(desk.operator, other.id, OTHER)
    assert (await tests.get(other.id)).options == TaskOptions()
    desk.engine.may_answer.set()
    await desk.test_in_state(other.id, TaskState.COMPLETED)


# ---- what was found ------------------------------------------------------------------------------------------


def line(*labels: str) -> str:
    return json.dumps({"frame": 0, "objects": [{"label": label, "box": [0, 0, 1, 1]} for label in labels]}) + "\n"


async def test_what_was_found_is_counted_by_class_and_by_frame(
    desk: Desk, viewer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    test, results = await desk.test(), desk.services.results
    with pytest.raises(NotFound):
        await results.found(viewer, test.name)
    path = desk.storage.test_results(test.id) / "detections.jsonl"
    path.write_text(line("car", "person", "car") + line() + line("人"), encoding="utf-8")
    found = await results.found(viewer, test.name)
    assert (found.frames, found.by_class, found.per_frame) == (3, {"car": 2, "person": 1, "人": 1}, (3, 0, 1))
    assert (found.total, found.complete) == (4, True)
    path.write_text(line("car") * 1200 + '{"frame": 1200, "obj', encoding="utf-8")
    assert (await results.found(viewer, test.name)).frames == 1200, "what is being written just now is not there yet"
    monkeypatch.setattr(counting_module, "MOST_FRAMES", 500)
    found = await results.found(viewer, test.name)
    assert (found.frames, found.complete) == (500, False)


# ---- playing -------------------------------------------------------------------------------------------------


async def test_only_videos_of_tests_are_played_whatever_the_name(desk: Desk, viewer: Actor) -> None:
    test, player = await desk.test(), desk.services.player
    task = await desk.task("Gate cars")
    for name in (task.name, "../videos", f"../videos/{test.video.file}", "nobody", ""):
        for film in Film:
            with pytest.raises(NotFound):
                await player.open(viewer, name, film)
    with pytest.raises(NotFound):
        await player.open(viewer, test.name, Film.RESULT)  # there is none yet
    assert await desk.services.results.original(viewer, "STREET") == desk.storage.video(test.video.file)
    desk.storage.video(test.video.file).unlink()
    with pytest.raises(NotFound):
        await player.open(viewer, test.name, Film.ORIGINAL)


async def test_the_folder_of_results_is_told_once_it_is_there(desk: Desk, viewer: Actor) -> None:
    test = await desk.test()
    with pytest.raises(NotFound):
        await desk.services.results.folder(viewer, test.name)
    folder = desk.storage.test_results(test.id)
    assert await desk.services.results.folder(viewer, test.name) == folder
    await until(desk.services.tests.page, lambda page: page.total == 1)
