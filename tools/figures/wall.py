"""What a full wall costs the window: 16 tiles of 640x360, each with a new picture and its boxes 15 times a second.

The pictures come through the hub from a thread of their own, one after the other as from cameras that know nothing of
each other. What is measured is the window: how late its ticks are, and what painting takes of a core.
"""

import asyncio
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tools.figures.machine import virtual_screen
from tools.figures.program import share_of_a_core

if TYPE_CHECKING:
    from siapp.app import Station
    from siapp.core.domain import Actor, DetectedObject, Picture, StreamKey
    from siapp.ui.live.wall import WallPage
    from siapp.ui.window import MainWindow

TILES = 16
WIDTH, HEIGHT = 640, 360
FPS = 15
BOXES = 6
PICTURES = 30
SCREEN = "2720x1720x24"
TICK_MS = 20
SETTLE_S = 3.0
MEASURE_S = 15.0


def wall() -> None:
    with virtual_screen(SCREEN) as environment, tempfile.TemporaryDirectory() as folder:
        os.environ.update(environment)
        from siapp.ui.application import run

        run(lambda: _measure(Path(folder)))


async def _measure(folder: Path) -> int:
    from siapp.app import Station
    from siapp.core.domain import Actor, Role
    from siapp.core.settings import load_settings
    from siapp.ui.application import Desktop, ServerInfo

    async with Station(load_settings(data_dir=folder, port=0)) as station:
        actor = Actor(1, "figures", Role.ADMIN)
        keys = await running_tasks(station, actor, TILES)
        desktop = Desktop(station.services, ServerInfo("-", lambda: 0), actor)
        running = asyncio.create_task(desktop.run())
        await asyncio.sleep(SETTLE_S)
        page = await _full_wall(desktop.window)
        with _cameras(station, keys):
            await asyncio.sleep(SETTLE_S)
            painted, late = await _look()
            for tile in page.tiles.values():
                tile.setUpdatesEnabled(False)
            unpainted, quiet = await _look()
        _report(page, painted, late, unpainted, quiet)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return 0


async def running_tasks(station: "Station", actor: "Actor", count: int) -> "list[StreamKey]":
    """So many tasks whose pictures come from here and not from processes."""
    from siapp.core.domain import StreamKey, StreamKind, TaskState
    from siapp.core.resources import resources
    from siapp.core.specs import TaskReport
    from siapp.demo import wait_until_ready

    services, keys = station.services, []
    algorithm = await services.algorithms.add_from_file(actor, "Demo", resources() / "demo" / "demo.pt")
    await wait_until_ready(station, algorithm.id)
    services.tasks._engine.start_task = lambda _spec: None  # type: ignore[method-assign]
    for number in range(count):
        device = await services.devices.add(actor, f"Camera {number}", f"rtsp://127.0.0.1:9/{number}")
        task = await services.tasks.add(actor, f"Task {number}", device.id, algorithm.id)
        await services.tasks.start(actor, task.id)
        await services.tasks.on_report(TaskReport(task.id, TaskState.RUNNING))
        keys.append(StreamKey(StreamKind.TASK, task.id))
    return keys


async def _full_wall(window: "MainWindow") -> "WallPage":
    """The window as large as the screen, which makes each picture's room about 640x360."""
    from siapp.ui.live.layout import WallLayout

    page = window.shell.wall
    page.bar.choose(WallLayout.SIXTEEN)
    await asyncio.sleep(0.5)
    room = next(iter(page.tiles.values())).picture_room
    window.resize(window.width() + 4 * (WIDTH - room.width()), window.height() + 4 * (HEIGHT - room.height()))
    await asyncio.sleep(0.5)
    return page


@contextmanager
def _cameras(station: "Station", keys: "list[StreamKey]") -> Iterator[None]:
    """Pictures for all of them in turns, until the block ends."""
    loop, over = asyncio.get_running_loop(), threading.Event()
    pixels = [os.urandom(WIDTH * 4) * HEIGHT for _number in range(PICTURES)]

    def feed() -> None:
        number, began = 0, time.monotonic()
        while not over.wait(max(0.0, began + number / (FPS * len(keys)) - time.monotonic())):
            shown = _picture(number // len(keys), pixels[number % PICTURES])
            loop.call_soon_threadsafe(station.hub.deliver, keys[number % len(keys)], shown)
            number += 1

    thread = threading.Thread(target=feed, name="cameras")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _picture(seq: int, pixels: bytes) -> "Picture":
    from siapp.core.domain import Picture

    return Picture(
        seq=seq,
        width=WIDTH,
        height=HEIGHT,
        captured_at=datetime.now(UTC),
        captured_monotonic=time.monotonic(),
        latency_ms=0.0,
        objects=tuple(_object(number, seq) for number in range(BOXES)),
        bgra=pixels,
        width_shown=WIDTH,
        height_shown=HEIGHT,
    )


def _object(number: int, seq: int) -> "DetectedObject":
    """Each on a way of its own, now and then behind another one."""
    from siapp.core.domain import DetectedObject

    left, top = (number * 97 + seq * (number + 1)) % (WIDTH - 90), (number * 53 + seq) % (HEIGHT - 120)
    return DetectedObject(
        number, "person" if number % 2 else "car", 0.5 + number / 20, (left, top, left + 80, top + 110)
    )


async def _look() -> tuple[float, list[float]]:
    """Share of a core, and milliseconds by which each tick was late."""
    from PySide6.QtCore import Qt, QTimer

    late, due = list[float](), time.monotonic() + TICK_MS / 1000

    def tick() -> None:
        nonlocal due
        now = time.monotonic()
        late.append(max(0.0, (now - due) * 1000))
        due = now + TICK_MS / 1000

    timer = QTimer(interval=TICK_MS)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start()
    share = await share_of_a_core(psutil.Process(), MEASURE_S)
    timer.stop()
    return share, late


def _report(page: "WallPage", painted: float, late: list[float], unpainted: float, quiet: list[float]) -> None:
    tiles = list(page.tiles.values())
    room = tiles[0].picture_room
    shown = sum(len(tile.latencies_ms) for tile in tiles)
    print(f"{len(tiles)} tiles, pictures in {room.width()}x{room.height()}, {BOXES} boxes each, {FPS} pictures/s each")
    print(
        f"painted {shown} pictures, late from delivery to paint: {_words([ms for t in tiles for ms in t.latencies_ms])}"
    )
    print(f"ticks of {TICK_MS} ms, late while painting: {_words(late)}; without painting: {_words(quiet)}")
    print(f"main process: {painted * 100:.0f} % of a core, {unpainted * 100:.0f} % without painting")
    print(f"painting: {(painted - unpainted) * 100:.0f} % of a core")


def _words(samples: list[float]) -> str:
    cuts = statistics.quantiles(samples, n=100)
    return f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms"
