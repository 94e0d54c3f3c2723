"""Watching: a viewer's place at a camera's or a task's pictures."""

from siapp.core.domain import Actor, Picture, Role, StreamKey, StreamKind
from siapp.core.hub import Audience, FrameHub, OnPicture, Subscription
from siapp.core.services.access import require
from siapp.core.services.devices import DeviceService
from siapp.core.services.tasks import TaskService
from siapp.core.specs import Demand
from siapp.core.workers.engine import Engine


class LiveService:
    """Subscribes viewers; a preview keeps its camera open as long as somebody watches."""

    def __init__(self, hub: FrameHub, engine: Engine, devices: DeviceService, tasks: TaskService) -> None:
        self._hub = hub
        self._engine = engine
        self._devices = devices
        self._tasks = tasks

    async def watch(self, actor: Actor, key: StreamKey, demand: Demand, on_picture: OnPicture) -> Subscription:
        """Raises NotFound where there is no such camera or task. Pictures may come later, or with gaps.

        `on_picture` is called on the loop's thread for each picture and must not block.
        """
        require(actor, Role.VIEWER)
        if key.kind is StreamKind.TASK:
            await self._tasks.get(key.id)
            return self._hub.subscribe(key, demand, on_picture)
        source = await self._devices.source(key.id)
        self._engine.hold_camera(key.id, source)
        subscription = self._hub.subscribe(key, demand, on_picture, lambda: self._engine.release_camera(key.id))
        try:
            await self._devices.confirm_source(key.id, source)
        except BaseException:
            subscription.close()
            raise
        return subscription

    def shown(self, key: StreamKey, audience: Audience, picture: Picture) -> None:
        """A viewer says that it has shown a picture: so is measured how late they are. See TaskStats."""
        self._hub.shown(key, audience, picture)
