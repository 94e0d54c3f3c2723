"""One camera, one task, one tile and one remote viewer: how late each sees a picture, and what each process holds."""

import asyncio
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tools.figures.machine import camera, percentiles, role_of, virtual_screen

if TYPE_CHECKING:
    from siapp.app import Station
    from siapp.core.domain import Actor, Task

WARM_S = 3.0
LIVE_S = 30.0


def live() -> None:
    """One 1280x720 camera at 25 frames/s, the demo's algorithm, a 1280x720 screen."""
    with camera() as url, virtual_screen() as environment, tempfile.TemporaryDirectory() as folder:
        os.environ.update(environment)
        from siapp.ui.application import run

        run(lambda: _watch(url, Path(folder)))


async def _watch(url: str, folder: Path) -> int:
    from siapp.app import Station
    from siapp.core.domain import Actor, Role
    from siapp.core.settings import load_settings
    from siapp.net.server import Server
    from siapp.ui.application import Desktop, ServerInfo
    from siapp.ui.live.tile import Tile

    settings = load_settings(data_dir=folder, port=0)
    async with Station(settings) as station:
        services, actor = station.services, Actor(1, "figures", Role.ADMIN)
        task = await _task(station, actor, url)
        server = Server(services, settings)
        address = await server.start()
        desktop = Desktop(services, ServerInfo(address, lambda: server.sockets), actor)
        window = asyncio.create_task(desktop.run())
        await services.tasks.start(actor, task.id)
        remote = await _remote_viewer(station, f"{address}/ws/tasks/{task.id}")
        await asyncio.sleep(WARM_S)
        tiles = desktop.window.findChildren(Tile)
        for tile in tiles:
            tile.latencies_ms.clear()
        await asyncio.sleep(LIVE_S)
        for tile in tiles:
            print(f"from the camera's decoded frame to the tile's paint: {percentiles(tile.latencies_ms)}")
        seen, _nothing = await remote.communicate()
        print(f"from the camera's decoded frame to a remote viewer:  {seen.decode().strip()}")
        print(f"stats {(await services.tasks.get(task.id)).stats}")
        _print_memory()
        window.cancel()
        await asyncio.gather(window, return_exceptions=True)
        await server.stop()
    return 0


async def _task(station: "Station", actor: "Actor", url: str) -> "Task":
    """A task of the demo's algorithm on this camera."""
    from siapp.core.resources import resources
    from siapp.demo import wait_until_ready

    services = station.services
    device = await services.devices.add(actor, "Camera", url)
    algorithm = await services.algorithms.add_from_file(actor, "Demo", resources() / "demo" / "demo.pt")
    await wait_until_ready(station, algorithm.id)
    return await services.tasks.add(actor, "Task", device.id, algorithm.id)


async def _remote_viewer(station: "Station", url: str) -> asyncio.subprocess.Process:
    """A WebSocket client in a process of its own, which says in the end how late its pictures were."""
    from siapp.core.domain import Role

    accounts, password = station.services.accounts, secrets.token_urlsafe(16)
    await accounts.add_user("viewer", password, Role.VIEWER)
    token = (await accounts.sign_in("viewer", password)).access_token
    command = [sys.executable, "-m", "tools.figures.viewers", url, token, str(WARM_S), str(LIVE_S)]
    return await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)


def _print_memory() -> None:
    main_process = psutil.Process()
    for process in (main_process, *main_process.children(recursive=True)):
        command = " ".join(process.cmdline())
        if process is main_process or "spawn_main" in command:
            memory = process.memory_full_info()
            print(f"{role_of(process, main_process):<9} rss {memory.rss >> 20:5d} MB   pss {memory.pss >> 20:5d} MB")
