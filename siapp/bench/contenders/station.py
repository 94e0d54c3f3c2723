"""A station without a face whose cameras all loop one video."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from siapp.app import Station
from siapp.core.domain import Actor, Role, TaskOptions, TaskState, User
from siapp.core.events import Event, TaskStateChanged
from siapp.core.settings import load_settings
from siapp.demo import wait_until_ready

CLIP = "camera"
PASSWORD = secrets.token_urlsafe(12)
STOP_LIMIT_S = 20.0


class Bench:
    """What is done with the station: cameras with a task each, by the task's id."""

    def __init__(self, station: Station, user: User, given: dict[str, Any], algorithm_id: int, clip: str) -> None:
        self.station = station
        self.services = station.services
        self.actor = Actor(user.id, user.username, user.role)
        self._algorithm_id = algorithm_id
        self._clip = clip
        self._options = TaskOptions(given["confidence"], given["iou"], max_fps=given["fps"])
        self._count = 0

    async def add(self) -> int:
        """One more camera with its task, not yet started."""
        self._count += 1
        camera = await self.services.devices.add(self.actor, f"Camera {self._count}", f"file:///{self._clip}")
        task = await self.services.tasks.add(
            self.actor, f"Task {self._count}", camera.id, self._algorithm_id, self._options
        )
        return task.id

    async def token(self) -> str:
        """For a viewer over the network."""
        return (await self.services.accounts.sign_in(self.actor.username, PASSWORD)).access_token

    async def start(self, task_id: int) -> None:
        await self.services.tasks.start(self.actor, task_id)

    async def stop(self, task_id: int) -> None:
        """Answers when the task has stopped."""
        stopped = asyncio.Event()

        def listen(event: Event) -> None:
            match event:
                case TaskStateChanged(task) if task.id == task_id and task.state is TaskState.STOPPED:
                    stopped.set()
                case _:
                    pass

        unsubscribe = self.services.bus.subscribe(listen)
        try:
            await self.services.tasks.stop(self.actor, task_id)
            async with asyncio.timeout(STOP_LIMIT_S):
                await stopped.wait()
        finally:
            unsubscribe()


@asynccontextmanager
async def running_bench(given: dict[str, Any]) -> AsyncIterator[Bench]:
    """Given an empty `folder`, `video`, `weights`, `confidence`, `iou`, and the `fps` of each task."""
    settings = load_settings(data_dir=Path(given["folder"]), host="127.0.0.1", port=0)
    async with Station(settings.model_copy(update={"database_url": None})) as station:
        services, weights = station.services, Path(given["weights"])
        user = await services.accounts.add_user("bench", PASSWORD, Role.ADMIN)
        clip = f"{CLIP}{Path(given['video']).suffix}"
        await asyncio.to_thread(shutil.copyfile, given["video"], station.storage.videos / clip)
        algorithm = await services.algorithms.add_from_file(Actor(user.id, user.username, user.role), "Bench", weights)
        await wait_until_ready(station, algorithm.id)
        yield Bench(station, user, given, algorithm.id, clip)
