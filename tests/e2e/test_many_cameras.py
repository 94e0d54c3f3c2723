"""Several tasks on one machine: the plan of the cores, and frames that nobody needs."""

import asyncio
from itertools import pairwise

import pytest

from siapp.core.domain import Picture
from siapp.core.workers import supervisor
from siapp.core.workers.plan import available_cores, threads_each
from tests.cameras import ScriptedCamera
from tests.e2e.support import PATIENCE_S, WINDOW, CarClip, Site, task_key, until


async def has_threads(site: Site, task_id: int, count: str) -> None:
    """Wait for the analysis to say that its network was compiled anew."""
    async with asyncio.timeout(PATIENCE_S):
        while f"threads of the network: {count}\n" not in await site.services.tasks.log(task_id):
            await asyncio.sleep(0.05)


async def test_a_second_task_takes_cores_from_the_first_whose_pictures_go_on(
    site: Site, camera: ScriptedCamera, car: CarClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "REPLAN_AFTER_S", 0.3)
    with ScriptedCamera(car.clip) as other_camera:
        first = await site.running(camera.url)
        pid = site.pid(f"analysis-{first.id}")
        pictures: list[Picture] = []
        await site.watch(task_key(first), WINDOW, pictures)
        await until(lambda: pictures and pictures[-1].objects)

        second = await site.running(other_camera.url, "other")
        await has_threads(site, first.id, str(threads_each(2, available_cores())))
        assert "threads of" not in await site.services.tasks.log(second.id), "started with its share, compiled once"
        seen = len(pictures)
        await until(lambda: len(pictures) > seen + 5 and pictures[-1].objects)

        await site.stop(second)
        await has_threads(site, first.id, "all")
        seen = len(pictures)
        await until(lambda: len(pictures) > seen + 5 and pictures[-1].objects)

        numbers = [picture.seq for picture in pictures]
        assert numbers == sorted(set(numbers))
        pauses = [b.captured_monotonic - a.captured_monotonic for a, b in pairwise(pictures)]
        assert max(pauses) < 5, "a task that starts takes longer than this"
        assert site.pid(f"analysis-{first.id}") == pid and camera.connections_total == 1
