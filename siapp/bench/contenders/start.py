"""How long it takes from a task's start to its first picture in a viewer's hands."""

import asyncio
import time
from typing import Any

from siapp.bench.contenders.entry import tell
from siapp.bench.contenders.station import Bench, running_bench
from siapp.core.domain import Picture, StreamKey, StreamKind
from siapp.core.specs import Demand

PICTURE_LIMIT_S = 60.0
WINDOW = Demand(width=640, height=360)


def run(given: dict[str, Any]) -> None:
    """Given what `running_bench` is given, and the number of `starts`. Says `first_picture_s` for each."""
    asyncio.run(_run(given))


async def _run(given: dict[str, Any]) -> None:
    async with running_bench(given) as bench:
        task_id = await bench.add()
        for _start in range(given["starts"]):
            tell(first_picture_s=await _first_picture(bench, task_id))
            await bench.stop(task_id)


async def _first_picture(bench: Bench, task_id: int) -> float:
    there = asyncio.Event()

    def show(_picture: Picture) -> None:
        there.set()

    key = StreamKey(StreamKind.TASK, task_id)
    subscription = await bench.services.live.watch(bench.actor, key, WINDOW, show)
    try:
        began = time.perf_counter()
        await bench.start(task_id)
        async with asyncio.timeout(PICTURE_LIMIT_S):
            await there.wait()
        return time.perf_counter() - began
    finally:
        subscription.close()
