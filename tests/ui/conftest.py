"""A window over a real station, on one loop of Qt and asyncio, and people who sit at it."""

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
import pytest_asyncio
from PySide6.QtWidgets import QApplication, QDialog

from siapp.app import Station
from siapp.core.domain import Actor, Algorithm, DetectedObject, Device, Picture, Task
from siapp.core.i18n import Language
from siapp.core.specs import JobKind, JobProgress
from siapp.core.trials import PIXELS_NAME
from siapp.ui.application import make_application
from siapp.ui.desk import ServerInfo
from siapp.ui.garbage import GarbageCollector
from siapp.ui.loop import Loop
from siapp.ui.window import MainWindow
from tests.ui.wall_window import WallWindow

SERVER = ServerInfo("http://127.0.0.1:8000", lambda: 2)
URL = "rtsp://root:hunter2@192.168.1.20/live"
FOUND = {"codec": "h264", "width": 1280, "height": 720, "fps": 25.0}
TRIED = {
    "size": [1280, 720],
    "shown": [640, 360],
    "found": [
        [1, 0.9, 100.0, 100.0, 300.0, 250.0],
        [0, 0.6, 600.0, 200.0, 700.0, 500.0],
        [0, 0.5, 610.0, 200.0, 705.0, 500.0],
        [0, 0.2, 900.0, 200.0, 950.0, 400.0],
    ],
    "kept": [[0.7, [0, 1, 3]], [0.95, [0, 1, 2, 3]]],
    "inference_ms": 12.5,
}
IMPORTED = {"format": "pt", "classes": ["person", "car"], "input_size": [320, 320], "stride": 32}


class _QtPolicy(asyncio.DefaultEventLoopPolicy):
    def __init__(self, app: QApplication) -> None:
        super().__init__()
        self._app = app

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return Loop(self._app)


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    # What the tests before have imported stays for good: each look for garbage would go through a million objects.
    gc.collect()
    gc.freeze()
    return make_application()


@pytest.fixture(scope="session", autouse=True)
def qt_turns_inside_the_loop_only() -> Iterator[None]:
    """pytest-qt turns Qt's loop between the parts of a test, too. A task that is due then would go on outside asyncio's
    loop, and fail with "no running event loop"."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pytestqt.plugin._process_events", lambda: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def garbage_stays_on_this_thread(qapp: QApplication) -> Iterator[None]:
    """As in the program: no widget and no loop of an earlier test is destroyed on a thread of the next one. One
    collector for all tests: a whole collection after each of them took half of their time."""
    collector = GarbageCollector(qapp)
    yield
    collector.stop()


@pytest.fixture(scope="session")
def event_loop_policy(qapp: QApplication) -> asyncio.AbstractEventLoopPolicy:
    return _QtPolicy(qapp)


@dataclass
class Jobs:
    """Answers for disposable processes where a test wants no real one: a result, or what to raise."""

    answers: dict[JobKind, dict[str, Any] | Exception] = field(
        default_factory=lambda: {
            JobKind.PROBE: dict(FOUND),
            JobKind.IMPORT: dict(IMPORTED),
            JobKind.TRY: dict(TRIED),
        }
    )
    asked: list[tuple[JobKind, dict[str, Any]]] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(
        self,
        kind: JobKind,
        params: dict[str, Any],
        *,
        limit_s: float,
        on_progress: Callable[[JobProgress], None] | None = None,
        on_log: Callable[[str, str], None] | None = None,
        gently: bool = False,
    ) -> dict[str, Any]:
        self.asked.append((kind, params))
        if on_progress is not None:
            on_progress(JobProgress(0.4, "Building the network"))
        await self.go_on.wait()
        answer = self.answers[kind]
        if isinstance(answer, Exception):
            raise answer
        if kind is JobKind.TRY:
            width, height = answer["shown"]
            (Path(params["target"]) / PIXELS_NAME).write_bytes(bytes((96, 32, 16, 255)) * (width * height))
        return answer


@pytest_asyncio.fixture
async def jobs(station: Station, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """Probes and imports answer at once, tasks start no process."""
    made = Jobs()
    made.go_on.set()
    engine = station.services.tasks._engine
    monkeypatch.setattr(engine, "run_job", made.run)
    monkeypatch.setattr(engine, "start_task", lambda _spec: None)
    return made


Open = Callable[..., Awaitable[MainWindow]]


@pytest_asyncio.fixture
async def open_window(station: Station) -> AsyncIterator[Open]:
    """`await open_window(actor)`: a shown window, signed in where an actor is given."""
    windows: list[MainWindow] = []

    async def opened(actor: Actor | None = None, language: Language = Language.ENGLISH) -> MainWindow:
        window = MainWindow(station.services, SERVER, language)
        windows.append(window)
        window.resize(1280, 720)
        window.show()
        window.activateWindow()
        window.begin(actor)
        await settle(window)
        return window

    yield opened
    for window in windows:
        await window.shut()


OpenWall = Callable[..., Awaitable[WallWindow]]


@pytest_asyncio.fixture
async def open_wall(station: Station) -> AsyncIterator[OpenWall]:
    """`await open_wall(actor)`: the wall alone, for somebody who is signed in."""
    windows: list[WallWindow] = []

    async def opened(actor: Actor) -> WallWindow:
        window = WallWindow(station.services, SERVER, Language.ENGLISH)
        windows.append(window)
        window.resize(1280, 720)
        window.show()
        window.begin(actor)
        window.activateWindow()
        await until(QApplication.activeWindow)  # this one, or one that came back with it
        await settle(window)
        return window

    yield opened
    for window in windows:
        await window.shut()


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Waits for something to become true while the window lives."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.01)


async def settle(window: MainWindow | WallWindow) -> None:
    """Until nothing that the window began is under way."""
    background = window.desk.operations._background
    while True:  # what is painted meanwhile may begin something again
        await until(lambda: not background._tasks)
        await asyncio.sleep(0.02)
        if not background._tasks:
            return


def dialog(window: MainWindow | WallWindow) -> QDialog:
    """The one question that is open."""
    shown = [each for each in window.findChildren(QDialog) if each.isVisible()]
    assert len(shown) == 1
    return shown[0]


def told(window: MainWindow | WallWindow) -> list[str]:
    """What the toasts say."""
    return [toast.text for toast in window.toasts.toasts()]


@dataclass(frozen=True)
class Stock:
    """A camera, an algorithm that is ready, and a task of both."""

    device: Device
    algorithm: Algorithm
    task: Task


@pytest_asyncio.fixture
async def stock(station: Station, jobs: Jobs, operator: Actor, tmp_path: Any) -> Stock:
    services = station.services
    device = await services.devices.add(operator, "Gate 3", URL)
    weights = tmp_path / "people.pt"
    weights.write_bytes(b"weights")
    algorithm = await services.algorithms.add_from_file(operator, "people", weights)
    imports = services.algorithms._imports
    await until(lambda: not imports._tasks)
    algorithm = await services.algorithms.get(algorithm.id)
    task = await services.tasks.add(operator, "Gate people", device.id, algorithm.id)
    return Stock(device, algorithm, task)


def picture(
    seq: int, *, size: tuple[int, int] = (640, 360), age_s: float = 0.0, objects: tuple[DetectedObject, ...] = ()
) -> Picture:
    """A picture of one dark blue, shown at the size of its source frame."""
    width, height = size
    return Picture(
        seq=seq,
        width=width,
        height=height,
        captured_at=datetime.now(UTC),
        captured_monotonic=time.monotonic() - age_s,
        latency_ms=20.0,
        objects=objects,
        bgra=bytes((96, 32, 16, 255)) * (width * height),
        width_shown=width,
        height_shown=height,
    )
