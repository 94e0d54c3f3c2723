"""A site with people of every kind, and for each route an address and a body that would do: for the role matrix.

A new word in a path needs a maker in MAKERS, and one in BUSY_MAKERS where its object can be in use or at work; a new
multipart route needs a form in FORMS. Other bodies are made from the document's examples.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import Any

from aiohttp import FormData

from siapp.core.domain import AccountStatus, Actor, Role
from siapp.core.services.uploads import Upload
from siapp.core.specs import JobKind
from siapp.net.bodies import FORM_TYPE
from siapp.net.openapi import example_of
from siapp.net.operations import MULTIPART, OPERATIONS, PATH_WORDS
from siapp.net.policy import Row, Rule
from tests.core.services.test_optimize import JSON as REPORT
from tests.net.conftest import Site, until, video_form, weights_form

ROOT = Actor(0, "root", Role.ADMIN)
NO_NUMBER, NO_NAME = 999_999, "nothing-of-the-kind"


@dataclass(frozen=True)
class Person:
    """Somebody who asks. `role` is the one they have; `status` is set after they signed in; None: has no account."""

    name: str
    role: Role | None = Role.VIEWER
    status: AccountStatus | None = AccountStatus.APPROVED

    @property
    def may(self) -> Role | None:
        """The role that counts; None for who must not be let in at all."""
        return self.role if self.status is AccountStatus.APPROVED else None


PEOPLE = (
    Person("nobody", None, None),
    Person("pending", Role.ADMIN, AccountStatus.PENDING),
    Person("rejected", Role.ADMIN, AccountStatus.REJECTED),
    Person("disabled", Role.ADMIN, AccountStatus.DISABLED),
    Person("viewer", Role.VIEWER),
    Person("operator", Role.OPERATOR),
    Person("admin", Role.ADMIN),
)


class Whose(Enum):
    """The object of a request, as its caller sees it."""

    OWN = "own"
    FOREIGN = "foreign"
    BUSY = "busy"
    MISSING = "missing"


@dataclass
class World:
    """Makes callers and objects on a site. Everything has a name of its own, so that nothing is in another's way."""

    site: Site
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _stable: dict[tuple[str, Whose], int | str] = field(default_factory=dict)

    def name(self, kind: str) -> str:
        return f"{kind} {next(self._numbers)}"

    async def caller(self, person: Person) -> Actor:
        """A new person of this kind, whose token is good or was so once."""
        if person.role is None or person.status is None:
            return ROOT
        name = self.name(person.name)
        user_id = await self.site.add(name, person.role)
        if person.status is not AccountStatus.APPROVED:
            await self.site.station.services.accounts.set_status(ROOT, user_id, person.status)
        return Actor(user_id, name, Role.OPERATOR)  # what is theirs, they made with the rights for it

    async def path(self, row: Row, caller: Actor, whose: Whose, *, fresh: bool) -> str:
        """An address of `row`. `fresh`: of an object that is made for this request; without, one may serve many."""
        values = {word: await self._object(word, caller, whose, fresh) for word in row.parameters}
        return row.path.format(**values)

    async def body(self, row: Row) -> dict[str, Any]:
        """Options of a request whose body fits the document: its example, of things that are there."""
        operation = OPERATIONS[row.handler]
        if operation.body is None:
            return {}
        if operation.media == MULTIPART:
            return {"data": await FORMS[row.handler](self)}
        example = {word: await self._fitting(word, value) for word, value in example_of(operation.body).items()}
        return {"data": example} if operation.media == FORM_TYPE else {"json": example}

    async def _fitting(self, word: str, value: Any) -> Any:
        if word in ("name", "username"):
            return self.name("new")
        return await MAKERS[word](self, ROOT) if word in MAKERS and word != "version" and value else value

    async def _object(self, word: str, caller: Actor, whose: Whose, fresh: bool) -> int | str:
        if whose is Whose.MISSING:
            return NO_NUMBER if isinstance(PATH_WORDS[word].example, int) else NO_NAME
        if word == "user_id":
            return caller.user_id if whose is Whose.OWN else (await self.caller(PEOPLE[-1])).user_id
        makers = BUSY_MAKERS if whose is Whose.BUSY else MAKERS
        if fresh:
            return await makers[word](self, caller if whose is Whose.OWN else ROOT)
        if (word, whose) not in self._stable:
            self._stable[word, whose] = await makers[word](self, caller if whose is Whose.OWN else ROOT)
        return self._stable[word, whose]


async def ready_world(site: Site) -> World:
    """A world whose cameras can be opened and whose files are good."""
    site.engine.results[JobKind.OPTIMIZE] = dict(REPORT)
    return World(site)


async def an_upload(world: World, filename: str) -> Upload:
    async def content() -> AsyncGenerator[bytes, None]:
        yield b"a file"

    return await world.site.station.services.uploads.receive(filename, content())


async def a_device(world: World, maker: Actor) -> int:
    services = world.site.station.services
    return (await services.devices.add(maker, world.name("camera"), "rtsp://192.168.1.20/live")).id


async def an_algorithm(world: World, maker: Actor) -> int:
    services = world.site.station.services
    algorithm = await services.algorithms.add(maker, world.name("algorithm"), await an_upload(world, "yolo.pt"))
    await until(lambda: not services.algorithms._imports._tasks)
    return algorithm.id


async def a_task(world: World, maker: Actor, name: str = "") -> int:
    device, algorithm = await a_device(world, maker), await an_algorithm(world, maker)
    return (await world.site.station.services.tasks.add(maker, name or world.name("task"), device, algorithm)).id


async def a_task_with_results(world: World, maker: Actor, name: str = "") -> str:
    task_id = await a_task(world, maker, name)
    (world.site.station.storage.task_results(task_id) / "output.mp4").write_bytes(b"a video")
    return (await world.site.station.services.tasks.get(task_id)).name


async def a_running_task(world: World, maker: Actor) -> int:
    task_id = await a_task(world, maker)
    await world.site.station.services.tasks.start(maker, task_id)
    return task_id


async def a_test(world: World, maker: Actor) -> int:
    algorithm, video = await an_algorithm(world, maker), await an_upload(world, "street.mp4")
    return (await world.site.station.services.tests.add(maker, world.name("test"), algorithm, video)).id


async def a_running_test(world: World, maker: Actor) -> int:
    test_id = await a_test(world, maker)
    world.site.engine.at_work = world.site.engine.at_work or asyncio.Event()
    await world.site.station.services.tests.start(maker, test_id)
    return test_id


async def a_device_in_use(world: World, maker: Actor) -> int:
    return (await world.site.station.services.tasks.get(await a_task(world, maker))).device.id


async def an_algorithm_in_use(world: World, maker: Actor) -> int:
    return (await world.site.station.services.tasks.get(await a_task(world, maker))).algorithm.id


def always(value: int | str) -> Callable[[World, Actor], Awaitable[int | str]]:
    async def make(_world: World, _maker: Actor) -> int | str:
        return value

    return make


Maker = Callable[[World, Actor], Awaitable[int | str]]
MAKERS: Mapping[str, Maker] = {
    "device_id": a_device,
    "algorithm_id": an_algorithm,
    "version": always(1),
    "task_id": a_task,
    "task_name": a_task_with_results,
    "test_id": a_test,
    **{word: always(PATH_WORDS[word].example) for word in ("file", "file_name", "asset", "folder", "module")},
}
BUSY_MAKERS: Mapping[str, Maker] = {
    "device_id": a_device_in_use,
    "algorithm_id": an_algorithm_in_use,
    "version": always(1),
    "task_id": a_running_task,
    "test_id": a_running_test,
}


async def a_new_algorithm(world: World) -> FormData:
    return weights_form(world.name("new"))


async def a_new_version(_world: World) -> FormData:
    return weights_form(None)


async def a_new_test(world: World) -> FormData:
    return video_form(name=world.name("new"), algorithm_id=str(await an_algorithm(world, ROOT)))


FORMS: Mapping[str, Callable[[World], Awaitable[FormData]]] = {
    "algorithms.add": a_new_algorithm,
    "algorithms.add_version": a_new_version,
    "test_tasks.add": a_new_test,
}
"""By handler, what a multipart route takes."""
CHANGES_ITS_CALLER = (Rule.OWN_ACCOUNT, Rule.LAST_ADMIN_STAYS)
"""Routes of these rules can end the caller's session: each of their requests needs a new caller."""
