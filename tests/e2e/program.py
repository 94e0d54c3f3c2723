"""A siapp of its own, to be killed: `python -m tests.e2e.program DATA_DIR [SOURCE ARTEFACT IMPORTED_JSON]`.

With a camera's address as its source it makes and starts two tasks on it, the first one marked auto-start; with the
path of a video a test of it. Says on stdout, one JSON object a line, which processes it has and how its tasks and
tests do, whenever that changes.
"""

import asyncio
import json
import multiprocessing
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from siapp.app import Station

HEAVY = ("cv2", "av", "torch", "ultralytics", "openvino", "onnx", "PySide6", "aiohttp")


async def run(arguments: list[str]) -> None:
    # Here, as in siapp's own main module, because each worker imports that.
    from siapp.app import Station
    from siapp.core.settings import load_settings

    settings = load_settings(data_dir=Path(arguments[0]), port=0)
    async with Station(settings) as station:
        if len(arguments) > 1:
            await (start_two if "://" in arguments[1] else start_test)(station, *arguments[1:])
        last = ""
        while True:
            now = json.dumps(await condition(station))
            if now != last:
                print(now, flush=True)
                last = now
            await asyncio.sleep(0.1)


async def start_two(station: "Station", url: str, artefact: str, imported: str) -> None:
    from tests.e2e.support import Site  # brings av with it, which the program itself must do without

    site = Site(station, Path(artefact), json.loads(imported))
    one = await site.task(url, auto_start=True)
    two = await site.second_task(one)
    for task in (one, two):
        await site.start(task)


async def start_test(station: "Station", video: str, artefact: str, imported: str) -> None:
    from tests.e2e.support import OLGA, Site

    site = Site(station, Path(artefact), json.loads(imported))
    test = await site.test(Path(video))
    await station.services.tests.start(OLGA, test.id)


async def condition(station: "Station") -> dict[str, object]:
    keeper = station.services.tasks._engine._supervisor._keeper
    tasks = (await station.services.tasks.page()).items
    tests = (await station.services.tests.page()).items
    return {
        "pids": {child.name: child.pid for child in keeper.children},
        "states": {task.id: task.state.value for task in tasks},
        "tests": {test.id: {"state": test.state.value, "done": test.progress.done} for test in tests},
        "heavy": [name for name in HEAVY if name in sys.modules],
    }


if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    asyncio.run(run(sys.argv[1:]))
