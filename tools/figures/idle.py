"""What siapp costs while nothing runs: a wall of stopped tasks, in the window and without one."""

import asyncio
import os
import tempfile
from pathlib import Path

import psutil

from tools.figures.machine import virtual_screen
from tools.figures.program import program, share_of_a_core

TASKS = 9
SETTLE_S = 5.0
MEASURE_S = 20.0
NO_CAMERA = "rtsp://127.0.0.1:9/{number}"


def idle() -> None:
    print(f"{TASKS} stopped tasks, without a window: main process {asyncio.run(_headless()) * 100:.2f} % of a core")
    with virtual_screen() as environment, tempfile.TemporaryDirectory() as folder:
        os.environ.update(environment)
        from siapp.ui.application import run

        run(lambda: _with_window(Path(folder)))


async def _headless() -> float:
    async with program() as siapp:
        for number in range(TASKS):
            await siapp.add_task(NO_CAMERA.format(number=number), f"Task {number}")
        await asyncio.sleep(SETTLE_S)
        return await share_of_a_core(siapp.process, MEASURE_S)


async def _with_window(folder: Path) -> int:
    """The window's wall of 3 x 3 tiles, each with a task that is stopped."""
    from siapp.app import Station
    from siapp.core.domain import Actor, Role
    from siapp.core.resources import resources
    from siapp.core.settings import load_settings
    from siapp.demo import wait_until_ready
    from siapp.ui.application import Desktop, ServerInfo
    from siapp.ui.live.layout import WallLayout

    async with Station(load_settings(data_dir=folder, port=0)) as station:
        services, actor = station.services, Actor(1, "figures", Role.ADMIN)
        algorithm = await services.algorithms.add_from_file(actor, "Demo", resources() / "demo" / "demo.pt")
        await wait_until_ready(station, algorithm.id)
        for number in range(TASKS):
            device = await services.devices.add(actor, f"Camera {number}", NO_CAMERA.format(number=number))
            await services.tasks.add(actor, f"Task {number}", device.id, algorithm.id)
        desktop = Desktop(services, ServerInfo("-", lambda: 0), actor)
        window = asyncio.create_task(desktop.run())
        await asyncio.sleep(SETTLE_S)
        wall = desktop.window.shell.wall
        wall.bar.choose(WallLayout.NINE)
        await asyncio.sleep(SETTLE_S)
        share = await share_of_a_core(psutil.Process(), MEASURE_S)
        print(f"{len(wall.tiles)} stopped tasks on the wall: main process {share * 100:.2f} % of a core")
        window.cancel()
        await asyncio.gather(window, return_exceptions=True)
    return 0
