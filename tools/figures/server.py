"""The server under load: mixed reads while two tasks run and a window is open, and what idle sockets cost."""

import asyncio
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from aiohttp import ClientSession, ClientWebSocketResponse

from tools.figures.program import Program, program, share_of_a_core

if TYPE_CHECKING:
    from siapp.app import Station
    from siapp.core.domain import Actor

TASKS = 2
RATE = 100
MEASURE_S = 30.0
SETTLE_S = 8.0
TICK_S = 0.02
SOCKETS = 1000
AT_ONCE = 50
PATHS = (
    "/tasks", "/devices", "/algorithms", "/users/me", "/tasks/1", "/tasks/2", "/devices/1", "/algorithms/1",
    "/tasks/1/log?tail=50", "/verify", "/health", "/users", "/tasks?limit=1&offset=1",
)  # fmt: skip


def server() -> None:
    """First under load, with a window that is shown nowhere; then without one and with idle sockets."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        from siapp.ui.application import run

        run(lambda: _under_load(Path(folder)))
    for name, opened in (("connections", _connection), ("WebSockets on /ws/events", _web_socket)):
        asyncio.run(_idle(name, opened))


# ---- mixed reads -------------------------------------------------------------------------------------------------


async def _under_load(folder: Path) -> int:
    from siapp.app import Station
    from siapp.core.domain import Actor, Role
    from siapp.core.settings import load_settings
    from siapp.net.server import Server
    from siapp.ui.application import Desktop, ServerInfo

    settings, password = load_settings(data_dir=folder, port=0), "figures of the server"
    async with Station(settings) as station:
        user = await station.services.accounts.add_user("figures", password, Role.ADMIN)
        actor = Actor(user.id, user.username, user.role)
        await _start_tasks(station, actor, folder)
        token = (await station.services.accounts.sign_in("figures", password)).access_token
        listening = Server(station.services, settings)
        address = await listening.start()
        window = asyncio.create_task(Desktop(station.services, ServerInfo(address, lambda: 0), actor).run())
        await asyncio.sleep(SETTLE_S)
        print(f"the window's tick without requests: {_late(await _ticks(MEASURE_S / 3))}", flush=True)
        asked, late, share = await asyncio.gather(
            _asked(address, token), _ticks(MEASURE_S), share_of_a_core(psutil.Process(), MEASURE_S)
        )
        print(f"{RATE} mixed reads a second for {MEASURE_S:.0f} s, {TASKS} tasks: {asked}")
        print(f"main process {share * 100:.0f} % of a core; load of the machine {os.getloadavg()[0]:.1f}")
        print(f"the window's tick meanwhile: {_late(late)}")
        for task in (await station.services.tasks.page()).items:
            print(f"  {task.name}: {task.state}, {task.stats.fps_out} results a second")
        window.cancel()
        await asyncio.gather(window, return_exceptions=True)
        await listening.stop()
    return 0


async def _start_tasks(station: "Station", actor: "Actor", folder: Path) -> None:
    """Of the demo's algorithm, each on a file camera of its own: the bundled clip."""
    from siapp.core.resources import resources
    from siapp.demo import wait_until_ready

    services, demo = station.services, resources() / "demo"
    algorithm = await services.algorithms.add_from_file(actor, "Demo", demo / "demo.pt")
    await wait_until_ready(station, algorithm.id)
    for number in range(TASKS):
        name = f"camera{number}.mp4"
        await asyncio.to_thread(shutil.copyfile, demo / "demo.mp4", station.storage.videos / name)
        device = await services.devices.add(actor, f"Camera {number}", f"file:///{name}")
        task = await services.tasks.add(actor, f"Task {number}", device.id, algorithm.id)
        await services.tasks.start(actor, task.id)


async def _ticks(seconds: float) -> list[float]:
    """How late a precise timer of Qt is, in milliseconds, each time."""
    from PySide6.QtCore import Qt, QTimer

    late, due = list[float](), time.perf_counter() + TICK_S
    timer = QTimer()

    def tick() -> None:
        nonlocal due
        now = time.perf_counter()
        late.append(max(0.0, now - due) * 1000)
        due = now + TICK_S

    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(int(TICK_S * 1000))
    await asyncio.sleep(seconds)
    timer.stop()
    return late


async def _asked(address: str, token: str) -> str:
    """What the client in a process of its own says."""
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tools.figures.server", address, token, stdout=asyncio.subprocess.PIPE
    )
    said, _nothing = await client.communicate()
    return said.decode().strip()


async def _ask(address: str, token: str) -> str:
    """Requests on a fixed plan, each timed from when it was due, so that a server that falls behind shows it."""
    took: list[float] = []
    async with ClientSession(address, headers={"Authorization": f"Bearer {token}"}) as session:
        began = time.perf_counter() + 0.1

        async def one(number: int) -> None:
            due = began + number / RATE
            await asyncio.sleep(due - time.perf_counter())
            async with session.get(PATHS[number % len(PATHS)]) as response:
                await response.read()
                assert response.status == 200, (response.status, response.url)
            took.append((time.perf_counter() - due) * 1000)

        await asyncio.gather(*map(one, range(int(RATE * MEASURE_S))))
    return f"{len(took)} answers, {_spread(took)}"


def _late(samples: Sequence[float]) -> str:
    return f"late by {_spread(samples)} ({len(samples)} ticks)"


def _spread(samples: Sequence[float]) -> str:
    cuts = statistics.quantiles(samples, n=100)
    return f"p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms, at most {max(samples):.0f} ms"


# ---- idle sockets ------------------------------------------------------------------------------------------------

Opened = Callable[[Program], Awaitable[object]]


async def _connection(siapp: Program) -> object:
    return await asyncio.open_connection("127.0.0.1", siapp.port)


async def _web_socket(siapp: Program) -> object:
    """Signed in, past its first message, and read from now on: what answers no ping is closed soon."""
    socket = await siapp.watch("/ws/events")
    assert json.loads(await socket.receive_str())["type"] == "snapshot"
    return asyncio.create_task(_read(socket))


async def _read(socket: ClientWebSocketResponse) -> None:
    async for _message in socket:
        pass


async def _idle(name: str, opened: Opened) -> None:
    async with program() as siapp:
        people = [siapp, await siapp.as_another("second")]  # one account may not have them all
        held = [await opened(siapp)]
        await asyncio.sleep(2)
        before = _held(siapp.process)
        while len(held) < SOCKETS:
            some = min(AT_ONCE, SOCKETS - len(held))
            held += await asyncio.gather(*(opened(people[(len(held) + number) % 2]) for number in range(some)))
        await asyncio.sleep(3)
        took = await _times_of_answers(siapp)
        cost = (_held(siapp.process) - before) / 1e6
        print(f"{len(held)} idle {name}: main process {before / 1e6:.1f} MB and {cost:.1f} MB more; {took}", flush=True)


def _held(process: psutil.Process) -> int:
    """Bytes that the process has for itself alone."""
    return int(process.memory_full_info().uss)


async def _times_of_answers(siapp: Program) -> str:
    took: list[float] = []
    for _number in range(200):
        began = time.perf_counter()
        await siapp.get("/tasks")
        took.append((time.perf_counter() - began) * 1000)
    return f"GET /tasks meanwhile {_spread(took)}"


if __name__ == "__main__":
    print(asyncio.run(_ask(*sys.argv[1:])))
