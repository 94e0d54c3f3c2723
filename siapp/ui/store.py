"""What the station has, as the window knows it: a snapshot first, then changes from the bus."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal

from siapp.core.domain import Actor, Algorithm, Device, Role, Task, TestTask, User
from siapp.core.events import (
    AlgorithmChanged,
    AlgorithmDeleted,
    DeviceChanged,
    DeviceDeleted,
    DeviceGlimpsed,
    Event,
    ImportProgress,
    TaskDeleted,
    TaskStateChanged,
    TaskStatsChanged,
    TestDeleted,
    TestProgress,
    TestStateChanged,
    UserChanged,
    UserDeleted,
)
from siapp.core.page import Page
from siapp.core.services import Services

PAGE = 500


class Identified(Protocol):
    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=Identified)


class Store(QObject, Generic[T]):
    """Things by their id. `put` and `removed` tell single changes, `reset` a new snapshot."""

    reset = Signal()
    put = Signal(object)
    removed = Signal(int)

    def __init__(self, name: Callable[[T], str] = attrgetter("name")) -> None:
        super().__init__()
        self._name = name
        self._items: dict[int, T] = {}
        self._loads: tuple[set[int], ...] = ()  # under way, each with what was told meanwhile

    def __len__(self) -> int:
        return len(self._items)

    def get(self, number: int) -> T | None:
        return self._items.get(number)

    def all(self) -> list[T]:
        """Everything, oldest first."""
        return [self._items[number] for number in sorted(self._items)]

    def by_name(self) -> list[T]:
        return sorted(self._items.values(), key=lambda item: self._name(item).casefold())

    async def load(self, page: Callable[[int, int], Awaitable[Page[T]]]) -> None:
        """Read all pages. What the bus told meanwhile is newer than the snapshot and stays."""
        touched: set[int] = set()
        self._loads = (*self._loads, touched)
        try:
            found = await _all_of(page)
        finally:
            self._loads = tuple(each for each in self._loads if each is not touched)
        self._items = {number: item for number, item in found.items() if number not in touched} | {
            number: self._items[number] for number in touched if number in self._items
        }
        self.reset.emit()

    def change(self, item: T) -> None:
        self._mark(item.id)
        self._items[item.id] = item
        self.put.emit(item)

    def remove(self, number: int) -> None:
        self._mark(number)
        if self._items.pop(number, None) is not None:
            self.removed.emit(number)

    def clear(self) -> None:
        self.fill(())

    def fill(self, items: Iterable[T]) -> None:
        """These instead of what was there."""
        self._items = {item.id: item for item in items}
        self.reset.emit()

    def _mark(self, number: int) -> None:
        for touched in self._loads:
            touched.add(number)


async def _all_of(page: Callable[[int, int], Awaitable[Page[T]]]) -> dict[int, T]:
    found: dict[int, T] = {}
    while True:
        window = await page(PAGE, len(found))
        found |= {item.id: item for item in window.items}
        if not window.items or len(found) >= window.total:
            return found


class Stores(QObject):
    """Cameras, algorithms, tasks, tests and, for administrators, accounts; kept true by the bus."""

    progressed = Signal(object)
    glimpsed = Signal(int)  # a camera of which there is a newer thumbnail

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self.devices: Store[Device] = Store()
        self.algorithms: Store[Algorithm] = Store()
        self.tasks: Store[Task] = Store()
        self.tests: Store[TestTask] = Store()
        self.users: Store[User] = Store(attrgetter("username"))
        self._sees_users = False
        self.progress: dict[tuple[int, int], ImportProgress] = {}
        self.close = services.bus.subscribe(self._on_event)

    async def load(self, actor: Actor) -> None:
        services = self._services
        await asyncio.gather(
            self.devices.load(services.devices.page),
            self.algorithms.load(services.algorithms.page),
            self.tasks.load(services.tasks.page),
            self.tests.load(services.tests.page),
            self.load_users(actor),
        )

    async def load_work(self) -> None:
        """What may be under way, also before anybody has signed in."""
        await asyncio.gather(self.tasks.load(self._services.tasks.page), self.tests.load(self._services.tests.page))

    async def load_users(self, actor: Actor) -> None:
        """Everybody's accounts for an administrator, nobody's for others."""
        self._sees_users = actor.role.covers(Role.ADMIN)
        if self._sees_users:
            await self.users.load(lambda limit, offset: self._services.accounts.users(actor, None, limit, offset))
        if not self._sees_users:  # from the beginning, or any more
            self.users.clear()

    def forget_users(self) -> None:
        """Nobody is signed in who may know of them."""
        self._sees_users = False
        self.users.clear()

    def _on_event(self, event: Event) -> None:
        match event:
            case DeviceChanged(device):
                self.devices.change(device)
            case DeviceDeleted(number):
                self.devices.remove(number)
            case DeviceGlimpsed(number):
                self.glimpsed.emit(number)
            case AlgorithmChanged(algorithm):
                self.algorithms.change(algorithm)
            case AlgorithmDeleted(number):
                self.algorithms.remove(number)
            case TaskStateChanged(task) | TaskStatsChanged(task):
                self.tasks.change(task)
            case TaskDeleted(number):
                self.tasks.remove(number)
            case TestStateChanged(test):
                self.tests.change(test)
            case TestProgress(number, progress) if (known := self.tests.get(number)) is not None:
                self.tests.change(replace(known, progress=progress))
            case TestDeleted(number):
                self.tests.remove(number)
            case UserChanged(user) if self._sees_users:
                self.users.change(user)
            case UserDeleted(number):
                self.users.remove(number)
            case ImportProgress():
                self.progress[event.algorithm_id, event.version] = event
                self.progressed.emit(event)
