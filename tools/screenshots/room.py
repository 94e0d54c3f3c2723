"""The control room of the pictures: who works there, what its cameras are called, what has happened."""

from __future__ import annotations

import asyncio
import math
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from siapp.app import Station
from siapp.core.domain import (
    AccountStatus,
    Actor,
    Algorithm,
    Device,
    Role,
    Task,
    TaskOptions,
    TaskState,
    TaskStats,
    TestTask,
)
from siapp.core.errors import SiappError
from siapp.core.history import _Track
from siapp.core.i18n import Language
from siapp.core.resources import resources
from siapp.demo import wait_until_ready

PASSWORD = "correct horse 9 battery"
AWAY = "rtsp://viewer:hidden@192.0.2.64:554/Streaming/Channels/101"
OPTIONS = TaskOptions(iou=0.45, max_fps=5)
SOON_S = 40.0


@dataclass(frozen=True, slots=True)
class Names:
    """What things and people are called, in the language of the pictures."""

    admin: str
    operator: str
    viewer: str
    waiting: tuple[str, ...]
    disabled: str
    cameras: dict[str, str]
    away: str
    spare: str
    algorithm: str
    second: str
    tasks: dict[str, str]
    away_task: str
    idle_task: str
    good_test: str
    bad_test: str


NAMES = {
    Language.ENGLISH: Names(
        admin="Ada Weber",
        operator="Li Wei",
        viewer="Night shift",
        waiting=("Maria Rossi", "Jonas Lind"),
        disabled="Former guard",
        cameras={"street": "Main street", "yard": "Car park", "gate": "Gate 3", "crossing": "Crossing north"},
        away="Loading dock, rear",
        spare="Roof east",
        algorithm="Street users",
        second="Vehicles at night",
        tasks={"street": "Main street", "yard": "Car park", "gate": "Gate 3", "crossing": "Crossing north"},
        away_task="Loading dock",
        idle_task="Car park at night",
        good_test="Gate, Monday morning",
        bad_test="Old recorder export",
    ),
    Language.CHINESE: Names(
        admin="陈静",
        operator="李伟",
        viewer="夜班值守",
        waiting=("王芳", "赵敏"),
        disabled="前任保安",
        cameras={"street": "主干道", "yard": "停车场", "gate": "三号门", "crossing": "北侧路口"},
        away="卸货区后门",
        spare="东侧屋顶",
        algorithm="道路目标检测",
        second="夜间车辆检测",
        tasks={"street": "主干道", "yard": "停车场", "gate": "三号门", "crossing": "北侧路口"},
        away_task="卸货区",
        idle_task="停车场夜间",
        good_test="三号门周一早高峰",
        bad_test="旧录像机导出",
    ),
}


class Room:
    """A furnished station. `admin` is who sits at the window."""

    def __init__(self, station: Station, language: Language, clips: Path) -> None:
        self.station, self.language, self.clips = station, language, clips
        self.names = NAMES[language]
        self.admin: Actor
        self.operator: Actor
        self.devices: dict[str, Device] = {}
        self.algorithm: Algorithm
        self.second: Algorithm
        self.tasks: dict[str, Task] = {}
        self.away_task: Task
        self.good_test: TestTask
        self.bad_test: TestTask

    async def furnish(self) -> None:
        """People first, then what they did."""
        await self._people()
        await self._cameras()
        await self._algorithms()
        await self._tasks()
        await self._tests()
        await self._refusals()

    async def come_alive(self) -> None:
        """Until pictures come, or long enough; and the charts get the hour that nobody waits for."""
        for task in self.tasks.values():
            await _until(partial(self._state, task.id), TaskState.RUNNING)
            self._remember_an_hour(task.id)

    def _remember_an_hour(self, number: int) -> None:
        """A morning at a street: it fills, and empties; once the camera was away for some minutes."""
        histories, random = self.station.services.tasks._histories, Random(number)
        now, track = histories._steady(), _Track()
        for back in range(3600, 5, -5):
            crowd = 12 + 9 * math.sin(back / 700 + number)
            if not 1500 < back < 1740:
                track.add(_figures(crowd, random), now - back)
        histories._tracks[number] = track

    async def _state(self, number: int) -> TaskState:
        return (await self.station.services.tasks.get(number)).state

    async def _people(self) -> None:
        accounts, names = self.station.services.accounts, self.names
        root = await accounts.create_first_admin(names.admin, PASSWORD)
        self.admin = Actor(root.id, root.username, root.role, "window")
        for name, role in ((names.operator, Role.OPERATOR), (names.viewer, Role.VIEWER)):
            asked = await accounts.register(name, PASSWORD, "192.168.1.34")
            await accounts.approve(self.admin, asked.id, role)
        operator = await accounts.find(names.operator)
        self.operator = Actor(operator.id, operator.username, operator.role, "192.168.1.34")
        gone = await accounts.add(self.admin, names.disabled, PASSWORD, Role.VIEWER)
        await accounts.set_status(self.admin, gone.id, AccountStatus.DISABLED)
        for name in names.waiting:
            await accounts.register(name, PASSWORD, "192.168.1.57")
        await accounts.sign_in(names.operator, PASSWORD, "192.168.1.34")

    async def _cameras(self) -> None:
        service, names = self.station.services.devices, self.names
        for key, name in names.cameras.items():
            file = f"{key}.mp4"
            await asyncio.to_thread(shutil.copyfile, self.clips / file, self.station.storage.videos / file)
            self.devices[key] = await service.add(self.operator, name, f"file:///{file}")
        self.devices["away"] = await service.add(self.operator, names.away, AWAY)
        self.devices["spare"] = await service.add(self.operator, names.spare, "rtsp://192.0.2.65/live/main")

    async def _algorithms(self) -> None:
        service, weights = self.station.services.algorithms, resources() / "demo" / "demo.pt"
        self.algorithm = await service.add_from_file(self.operator, self.names.algorithm, weights)
        self.second = await service.add_from_file(self.operator, self.names.second, weights)
        for each in (self.algorithm, self.second):
            await wait_until_ready(self.station, each.id)
        await service.add_version_from_file(self.operator, self.algorithm.id, weights)

    async def _tasks(self) -> None:
        service, names = self.station.services.tasks, self.names
        for key, name in names.tasks.items():
            task = await service.add(
                self.operator, name, self.devices[key].id, self.algorithm.id, OPTIONS, auto_start=True
            )
            self.tasks[key] = task
        away = await service.add(self.operator, names.away_task, self.devices["away"].id, self.algorithm.id, OPTIONS)
        await service.add(self.operator, names.idle_task, self.devices["yard"].id, self.second.id, OPTIONS)
        self.away_task = away
        for task in (*self.tasks.values(), away):
            await service.start(self.operator, task.id)

    async def _tests(self) -> None:
        service, names = self.station.services.tests, self.names
        self.good_test = await service.add_from_file(
            self.operator, names.good_test, self.algorithm.id, self.clips / "gate.mp4"
        )
        self.bad_test = await service.add_from_file(
            self.operator, names.bad_test, self.second.id, self.clips / "yard.mp4"
        )
        broken = self.station.storage.video(self.bad_test.video.file)
        await asyncio.to_thread(broken.write_bytes, b"no video any more")
        for test in (self.good_test, self.bad_test):
            await service.start(self.operator, test.id)
            await _until(partial(self._test_state, test.id), TaskState.COMPLETED, TaskState.ERROR)

    async def _test_state(self, number: int) -> TaskState:
        return (await self.station.services.tests.get(number)).state

    async def _refusals(self) -> None:
        """What somebody was not allowed."""
        viewer = await self.station.services.accounts.find(self.names.viewer)
        at = Actor(viewer.id, viewer.username, viewer.role, "192.168.1.57")
        with suppress(SiappError):
            await self.station.services.devices.delete(at, self.devices["gate"].id)
        with suppress(SiappError):
            await self.station.services.accounts.sign_in(self.names.operator, "guessed", "192.168.1.80")


def _figures(crowd: float, random: Random) -> TaskStats:
    latency = random.gauss(38, 3) + crowd / 2
    objects = max(0, round(random.gauss(crowd, 2)))
    rate = min(5.1, random.gauss(5.0, 0.1))
    return TaskStats(
        fps_in=random.gauss(15, 0.1), fps_out=rate, latency_ms=latency, objects=objects, latency_p95_ms=latency * 1.4
    )


async def _until(state: Callable[[], Awaitable[TaskState]], *wanted: TaskState) -> None:
    """Wait a while; a picture of another state is better than none."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SOON_S):
            while await state() not in wanted:  # noqa: ASYNC110 - several services change it
                await asyncio.sleep(0.1)
