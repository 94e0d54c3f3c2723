"""`siapp demo`: a station that needs no camera, no download and no account: a bundled clip acts as the camera, a
small bundled algorithm finds people, bicycles, cars and trucks in it. Its data folder is made anew and removed."""

import asyncio
import secrets
import shutil
import socket
import tempfile
from pathlib import Path

from siapp.app import Station, on_stop_signals, show_window
from siapp.core.domain import Actor, AlgorithmVersion, Role, TaskOptions, VersionState
from siapp.core.errors import SiappError
from siapp.core.events import AlgorithmChanged, Event
from siapp.core.i18n import _
from siapp.core.resources import resources
from siapp.core.settings import DEFAULT_PORT, Settings, load_settings

USERNAME = "demo"
CLIP = "demo.mp4"
WEIGHTS = "demo.pt"
PORTS_TRIED = 20
IMPORT_S = 120.0
# The small network sees some objects twice; a stricter IoU keeps one box for each.
OPTIONS = TaskOptions(iou=0.45)


def run_demo(host: str | None, port: int | None, headless: bool) -> int:
    """Set the demo up, show it in a window where there is a display, until it is closed."""
    from siapp.ui.display import display_available

    folder = Path(tempfile.mkdtemp(prefix="siapp-demo-"))
    try:
        settings = load_settings(data_dir=folder, host=host)
        settings = settings.model_copy(
            update={"port": free_port(settings.host) if port is None else port, "database_url": None}
        )
        if headless or not display_available():
            if not headless:
                print("There is no display here: the demo runs without a window. End it with Ctrl+C.", flush=True)
            return asyncio.run(_headless(settings))
        from siapp.ui.application import run

        return run(lambda: _with_window(settings))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port(host: str) -> int:
    """8000, or the next port that nobody has."""
    for port in range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED):
        with socket.socket() as candidate:
            try:
                candidate.bind((host, port))
                return port
            except OSError:
                continue
    return 0


async def _headless(settings: Settings) -> int:
    from siapp.net.server import Server

    stop = asyncio.Event()
    on_stop_signals(stop.set)
    async with Station(settings) as station:
        password, _actor = await _prepare(station)
        server = Server(station.services, settings)
        try:
            _announce(await server.start(), password)
            await stop.wait()
        finally:
            await server.stop()
    return 0


async def _with_window(settings: Settings) -> int:
    async with Station(settings) as station:
        password, actor = await _prepare(station)
        await show_window(station, settings, actor, lambda address: _announce(address, password))
    return 0


def _announce(address: str, password: str) -> None:
    print(f"siapp demo: {address}\n  user name  {USERNAME}\n  password   {password}", flush=True)


async def _prepare(station: Station) -> tuple[str, Actor]:
    """An administrator, a camera, an algorithm, a running task."""
    services, password = station.services, secrets.token_urlsafe(9)
    user = await services.accounts.add_user(USERNAME, password, Role.ADMIN)
    actor = Actor(user.id, user.username, user.role)
    source = resources() / "demo"
    await asyncio.to_thread(shutil.copyfile, source / CLIP, station.storage.videos / CLIP)
    device = await services.devices.add(actor, "Demo street", f"file:///{CLIP}")
    algorithm = await services.algorithms.add_from_file(actor, "Demo street users", source / WEIGHTS)
    await wait_until_ready(station, algorithm.id)
    task = await services.tasks.add(actor, "Street", device.id, algorithm.id, OPTIONS, auto_start=True)
    await services.tasks.start(actor, task.id)
    return password, actor


async def wait_until_ready(station: Station, algorithm_id: int) -> None:
    """Wait until the first version is ready. Raises SiappError where it was rejected."""
    services, changed = station.services, asyncio.Event()

    def listen(event: Event) -> None:
        if isinstance(event, AlgorithmChanged) and event.algorithm.id == algorithm_id:
            changed.set()

    unsubscribe = services.bus.subscribe(listen)
    try:
        async with asyncio.timeout(IMPORT_S):
            while not _settled((await services.algorithms.get(algorithm_id)).versions[0]):
                await changed.wait()
                changed.clear()
    finally:
        unsubscribe()


def _settled(version: AlgorithmVersion) -> bool:
    if version.state is VersionState.REJECTED:
        raise SiappError("demo_broken", _("The demo's algorithm could not be imported. Please reinstall siapp."))
    return version.state is VersionState.READY
