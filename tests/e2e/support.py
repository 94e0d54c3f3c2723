"""A whole station with a real camera and real weights, and a watcher of what it says."""

import asyncio
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from siapp.app import Station
from siapp.core.db import algorithms
from siapp.core.db.algorithms import NewVersion
from siapp.core.domain import (
    Actor,
    Algorithm,
    Device,
    DeviceState,
    Picture,
    Role,
    StreamKey,
    StreamKind,
    Task,
    TaskOptions,
    TaskState,
    TestTask,
)
from siapp.core.events import DeviceChanged, Event, TaskStateChanged
from siapp.core.hub import Subscription
from siapp.core.services.uploads import Upload
from siapp.core.specs import Demand
from siapp.core.workers.keeper import Child
from tests.cameras.pictures import read_index

if TYPE_CHECKING:
    from tests.cameras import EncodedClip

State = TypeVar("State", TaskState, DeviceState)
Box = Sequence[float] | NDArray[np.float64]
Image = NDArray[np.uint8]

OLGA = Actor(1002, "olga", Role.OPERATOR, "test")
PATIENCE_S = 90.0  # a start takes a second here, and much more where other work has the machine
WINDOW = Demand(width=640, height=352)


@dataclass(frozen=True)
class CarClip:
    """The pictures of a car, what they show, and the same encoded."""

    pictures: Image
    boxes: NDArray[np.float64]
    clip: "EncodedClip"


class Site:
    """What tests do with a station."""

    def __init__(self, station: Station, artefact: Path, imported: dict[str, Any]) -> None:
        self.station = station
        self.services = station.services
        self._artefact = artefact
        self._imported = imported
        self.task_states: list[tuple[int, TaskState, str]] = []
        self.device_states: list[tuple[int, DeviceState, str]] = []
        self._algorithms: dict[str, Algorithm] = {}
        self.services.bus.subscribe(self._note)

    def _note(self, event: Event) -> None:
        match event:
            case TaskStateChanged(task):
                entry = task.id, task.state, _text(task.error)
                if not self.task_states or self.task_states[-1] != entry:
                    self.task_states.append(entry)
            case DeviceChanged(device):
                self.device_states.append((device.id, device.state, _text(device.last_error)))

    def states_of(self, task: Task) -> list[TaskState]:
        """The states that a task went through, repetitions left out."""
        states = [state for number, state, _error in self.task_states if number == task.id]
        return [state for place, state in enumerate(states) if place == 0 or states[place - 1] is not state]

    def errors_of(self, task: Task) -> list[str]:
        return [error for number, _state, error in self.task_states if number == task.id and error]

    # ---- what a person does ------------------------------------------------------------------------------

    async def algorithm(self, name: str = "demo") -> Algorithm:
        """The demo's weights, imported once for all tests."""
        if name not in self._algorithms:
            db, folder = self.services.algorithms._db, await self._weights()
            new = NewVersion("demo.pt", "0" * 64, 1, folder.name, "olga")
            added = await db.write(lambda s: algorithms.insert(s, name, new))
            self._algorithms[name] = await self._finish(added, folder)
        return self._algorithms[name]

    async def another_version(self) -> Algorithm:
        algorithm, folder = await self.algorithm(), await self._weights()
        new = NewVersion("demo.pt", "1" * 64, 1, folder.name, "olga")
        added = await self.services.algorithms._db.write(lambda s: algorithms.insert_version(s, algorithm.id, new))
        return await self._finish(added, folder)

    async def _weights(self) -> Path:
        folder = self.station.storage.new_weights_folder()
        await asyncio.to_thread(shutil.copytree, self._artefact, folder, dirs_exist_ok=True)
        return folder

    async def _finish(self, added: Algorithm, folder: Path) -> Algorithm:
        finished = await self.services.algorithms._db.write(
            lambda s: algorithms.finish_import(s, added.id, folder.name, self._imported, None)
        )
        assert finished is not None
        return finished

    async def camera(self, url: str, name: str = "camera") -> Device:
        return await self.services.devices.add(OLGA, name, url)

    async def task(
        self,
        url: str,
        name: str = "cars",
        options: TaskOptions | None = None,
        *,
        auto_start: bool = False,
    ) -> Task:
        device, algorithm = await self.camera(url, f"{name} camera"), await self.algorithm()
        return await self.services.tasks.add(OLGA, name, device.id, algorithm.id, options, auto_start)

    async def test(self, video: Path, **options: Any) -> TestTask:
        """A test of the demo's weights on a copy of `video`."""
        algorithm = await self.algorithm()
        path = self.station.storage.new_upload()
        await asyncio.to_thread(shutil.copyfile, video, path)
        upload = Upload(path, video.name, path.stat().st_size, "0" * 64)
        return await self.services.tests.add(
            OLGA, f"test of {video.name}", algorithm.id, upload, TaskOptions(**options)
        )

    async def second_task(self, first: Task, name: str = "cars again") -> Task:
        """Another algorithm on the same camera."""
        algorithm = await self.algorithm(f"algorithm of {name}")
        return await self.services.tasks.add(OLGA, name, first.device.id, algorithm.id)

    async def start(self, task: Task) -> None:
        await self.services.tasks.start(OLGA, task.id)

    async def running(self, url: str, name: str = "cars", options: TaskOptions | None = None) -> Task:
        task = await self.task(url, name, options)
        await self.start(task)
        await self.reaches(task, TaskState.RUNNING)
        return task

    async def stop(self, task: Task, within_s: float = PATIENCE_S) -> None:
        await self.services.tasks.stop(OLGA, task.id)
        await self.reaches(task, TaskState.STOPPED, within_s)

    async def watch(self, key: StreamKey, demand: Demand, pictures: list[Picture]) -> Subscription:
        return await self.services.live.watch(OLGA, key, demand, pictures.append)

    # ---- what is true ------------------------------------------------------------------------------------

    async def state(self, task: Task) -> TaskState:
        return (await self.services.tasks.get(task.id)).state

    async def reaches(self, task: Task, state: TaskState, within_s: float = PATIENCE_S) -> None:
        """Until the state is stored, and told: windows and pages know of it then."""
        end = time.monotonic() + within_s
        while True:
            now = await self.services.tasks.get(task.id)
            if {now.state, *_told(self.task_states, task.id)} == {state}:
                return
            assert time.monotonic() < end, f"{now.state} ({_text(now.error)}), not {state}: {self.task_states}"
            await asyncio.sleep(0.02)

    async def device_is(self, device_id: int, state: DeviceState, within_s: float = PATIENCE_S) -> Device:
        """As `reaches`, for a camera."""
        end = time.monotonic() + within_s
        while True:
            device = await self.services.devices.get(device_id)
            if {device.state, *_told(self.device_states, device_id)} == {state}:
                return device
            assert time.monotonic() < end, f"{device.state}, not {state}: {self.device_states}"
            await asyncio.sleep(0.02)

    def workers(self) -> list[Child]:
        keeper = self.station.services.tasks._engine._supervisor._keeper
        return list(keeper.children)

    def pid(self, name: str) -> int:
        """Of the worker `analysis-1`, say; 0 where there is none."""
        return next((child.pid for child in self.workers() if child.name == name), 0)

    async def new_pid(self, name: str, old: int, within_s: float = PATIENCE_S) -> int:
        await until(lambda: self.pid(name) not in (0, old), within_s)
        return self.pid(name)


def _told(states: Sequence[tuple[int, State, str]], number: int) -> list[State]:
    """The state that was told last of this one; none where nothing was."""
    return [state for of, state, _error in states if of == number][-1:]


def task_key(task: Task) -> StreamKey:
    return StreamKey(StreamKind.TASK, task.id)


def device_key(number: int) -> StreamKey:
    return StreamKey(StreamKind.DEVICE, number)


async def until(good: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Wait for a plain fact that has no event."""
    async with asyncio.timeout(within_s):
        while not good():
            await asyncio.sleep(0.02)


def window_index(picture: Picture) -> int | None:
    """Which picture of the clip a window shows."""
    assert picture.bgra is not None
    shape = picture.height_shown, picture.width_shown, 4
    return read_index(np.frombuffer(picture.bgra, np.uint8).reshape(shape)[..., :3])


def jpeg_index(jpeg: bytes) -> int | None:
    return read_index(decoded_jpeg(jpeg))


def decoded_jpeg(jpeg: bytes) -> Image:
    import av  # here, so that the program under test does without it

    decoder = av.CodecContext.create("mjpeg", "r")
    frame = next(iter([*decoder.decode(av.Packet(jpeg)), *decoder.decode(None)]))
    return np.asarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8)


def iou(one: Box, other: Box) -> float:
    """The share of their common area in what both cover."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, across) * max(0.0, down)
    return shared / (_area(one) + _area(other) - shared)


def _area(box: Box) -> float:
    return float((box[2] - box[0]) * (box[3] - box[1]))


def _text(problem: Any) -> str:
    return problem.message.format(**dict(problem.values)) if problem else ""
