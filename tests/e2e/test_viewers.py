"""Who watches gets pictures; where nobody does, none are made."""

import asyncio
from pathlib import Path
from typing import Any

from siapp.app import Station
from siapp.core.domain import Picture, TaskOptions, TaskState
from siapp.core.specs import Demand
from siapp.core.workers import messages as m
from siapp.core.workers.run import Run
from tests.cameras import ScriptedCamera
from tests.e2e.support import OLGA, WINDOW, CarClip, Site, device_key, task_key, until

LARGE_INPUT = [2048, 2048]  # pixels; the demo's network takes any, and a fraction of a second for this


async def test_three_viewers_get_each_picture_in_order_whatever_a_fourth_does_not_take(
    site: Site, camera: ScriptedCamera
) -> None:
    task = await site.running(camera.url)
    key = task_key(task)
    viewers: list[list[Picture]] = [[], [], []]
    for pictures in viewers:
        await site.watch(key, Demand(640, 352, jpeg=True), pictures)

    await until(lambda: len(viewers[0]) >= 5)
    await site.services.live.watch(OLGA, key, WINDOW, lambda _picture: None)
    await until(lambda: len(viewers[0]) >= 50)
    first, last = viewers[0][0].seq, viewers[0][49].seq
    made = last - first + 1
    for pictures in viewers:
        numbers = [picture.seq for picture in pictures if first <= picture.seq <= last]
        assert numbers == sorted(set(numbers))
        assert len(numbers) >= 0.95 * made


async def test_twenty_viewers_are_handed_the_same_jpeg(site: Site, camera: ScriptedCamera) -> None:
    task = await site.running(camera.url)
    viewers: list[list[Picture]] = [[] for _viewer in range(20)]
    for pictures in viewers:
        await site.watch(task_key(task), Demand(jpeg=True), pictures)
    for pictures in viewers:
        pictures.clear()
    await until(lambda: len(viewers[-1]) >= 10)
    for shown in zip(*viewers, strict=False):
        assert shown[0].jpeg and len({id(picture.jpeg) for picture in shown}) == 1


async def test_latency_stays_bounded_where_the_network_is_slower_than_the_camera(
    station: Station, artefact: tuple[Path, dict[str, Any]], car: CarClip
) -> None:
    folder, imported = artefact
    site = Site(station, folder, {**imported, "input_size": LARGE_INPUT})
    with ScriptedCamera(car.clip, fps=50) as camera:
        task = await site.running(camera.url)
        pictures: list[Picture] = []
        await site.watch(task_key(task), Demand(jpeg=True), pictures)
        await until(lambda: len(pictures) >= 20)
        stats = (await site.services.tasks.get(task.id)).stats
    assert stats.fps_out < 0.9 * stats.fps_in, "the network keeps up: give it a larger input"
    assert stats.dropped > 0
    span = pictures[-1].captured_monotonic - pictures[0].captured_monotonic
    # One frame is being analysed, and the next is the newest: were they queued, it would be as late as `span` is long.
    most_ms = 3 * span / len(pictures) * 1000 + 500
    assert max(picture.latency_ms for picture in pictures) < most_ms
    assert stats.latency_p95_ms < most_ms


async def test_where_nobody_looks_no_picture_is_made(site: Site, camera: ScriptedCamera) -> None:
    task = await site.running(camera.url)
    results: list[m.Published] = []
    run: Run = site.station.services.tasks._engine._supervisor._runs[task.id]
    child = next(child for child in site.workers() if child.name == f"analysis-{task.id}")

    def note(message: m.Message) -> None:
        if isinstance(message, m.Published):
            results.append(message)
        run._on_message(message)

    child.on_message = note
    await until(lambda: len(results) >= 5)
    assert not any(result.in_ring for result in results)

    pictures: list[Picture] = []
    for wanted, has in (
        (Demand(320, 176), (True, False, False)),
        (Demand(jpeg=True), (False, True, False)),
        (Demand(jpeg_clean=True), (False, False, True)),
    ):
        pictures.clear()
        seat = await site.watch(task_key(task), wanted, pictures)
        await until(lambda: len(pictures) >= 6)
        shown = pictures[-1]
        assert (shown.bgra is not None, shown.jpeg is not None, shown.jpeg_clean is not None) == has
        seat.close()

    await asyncio.sleep(0.5)
    results.clear()
    await until(lambda: len(results) >= 5)
    assert not any(result.in_ring for result in results)


async def test_a_preview_needs_no_task_and_lets_the_camera_go_with_its_last_viewer(
    site: Site, camera: ScriptedCamera
) -> None:
    device = await site.camera(camera.url)
    pictures: list[Picture] = []
    seats = [await site.watch(device_key(device.id), Demand(jpeg_clean=True), pictures) for _viewer in range(2)]
    await until(lambda: pictures)
    assert [child.name for child in site.workers()] == [f"capture-{device.id}"], "a preview analyses nothing"
    seats[0].close()
    await asyncio.sleep(0.5)
    assert camera.clients_playing == 1
    seats[1].close()
    await until(lambda: not site.workers(), 5)
    assert camera.clients_playing == 0


async def test_options_and_versions_are_taken_over_without_a_restart(site: Site, camera: ScriptedCamera) -> None:
    task = await site.running(camera.url, options=TaskOptions(confidence=0.3))
    pids = {child.name: child.pid for child in site.workers()}
    pictures: list[Picture] = []
    await site.watch(task_key(task), WINDOW, pictures)
    await until(lambda: pictures and pictures[-1].objects)

    await site.services.tasks.update(OLGA, task.id, {"confidence": 1.0})
    await until(lambda: not pictures[-1].objects)
    await site.services.tasks.update(OLGA, task.id, {"confidence": 0.3})
    await until(lambda: pictures[-1].objects)

    algorithm = await site.another_version()
    await site.services.algorithms.activate(OLGA, algorithm.id, 2)
    async with asyncio.timeout(10):
        while "version 2 of the algorithm is in use" not in await site.services.tasks.log(task.id):
            await asyncio.sleep(0.05)
    await site.services.algorithms.activate(OLGA, algorithm.id, 1)
    async with asyncio.timeout(10):
        while "version 1 of the algorithm is in use" not in await site.services.tasks.log(task.id):
            await asyncio.sleep(0.05)
    seen = len(pictures)
    await until(lambda: len(pictures) > seen + 5 and pictures[-1].objects)
    assert {child.name: child.pid for child in site.workers()} == pids
    assert camera.connections_total == 1
    assert site.states_of(task) == [TaskState.STOPPED, TaskState.STARTING, TaskState.RUNNING]
