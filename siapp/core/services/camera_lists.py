"""Many cameras at once: written to a CSV file, read from one after a look at what would become of each line, and
checked."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from siapp.core import camera_list
from siapp.core.camera_list import ListedCamera
from siapp.core.db import devices
from siapp.core.db.engine import Database
from siapp.core.domain import Action, Actor, CheckResult, Device, Problem, Role
from siapp.core.errors import Conflict, InvalidInput, OutOfBounds, SiappError
from siapp.core.i18n import _
from siapp.core.naming import clean_name, name_key
from siapp.core.services.access import permitted, require
from siapp.core.services.audit import AuditService
from siapp.core.services.devices import DeviceService
from siapp.core.urls import public_url, split_camera_url

PAGE = 500
CHECKS_AT_ONCE = 2  # each is a process that must start and answer within its limit, and others check, too


class Fate(StrEnum):
    """What will become of a line, or has become of it."""

    NEW = "new"
    ADDED = "added"
    NAME_TAKEN = "name_taken"
    BAD_NAME = "bad_name"
    BAD_ADDRESS = "bad_address"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One line of a list. `address`: as it may be shown, empty where nobody can tell what in it is a password."""

    line: int
    name: str
    address: str
    fate: Fate
    problem: Problem | None = None
    url: str = field(default="", repr=False)

    @property
    def id(self) -> int:
        """What tells it from the others."""
        return self.line


class CameraLists:
    """Export, a look at a list, import, and checks of many."""

    def __init__(self, db: Database, audit: AuditService, service: DeviceService) -> None:
        self._db = db
        self._audit = audit
        self._devices = service

    async def export_to(self, actor: Actor, path: Path) -> int:
        """Write all cameras to a file, without their passwords; the answer is how many."""
        require(actor, Role.VIEWER)
        cameras = await self._all()
        try:
            await asyncio.to_thread(_write, path, camera_list.written(cameras))
        except OSError as error:
            reason = error.strerror or "?"
            raise InvalidInput(
                "file_unwritable", _("The file “{name}” can't be written: {reason}."), name=path.name, reason=reason
            ) from error
        return len(cameras)

    @permitted(Role.OPERATOR, Action.DEVICE_ADD)
    async def plan(self, actor: Actor, path: Path) -> tuple[ImportRow, ...]:
        """What would become of each line of a list. Nothing is added. Raises SiappError where it is no list."""
        listed = camera_list.read(await asyncio.to_thread(_content, path))
        names = set(await self._db.read(devices.name_keys))
        lines: dict[str, int] = {}
        return tuple([await self._planned(actor, camera, names, lines) for camera in listed])

    async def add(self, actor: Actor, row: ImportRow) -> ImportRow:
        """Add the camera of one line; the line as it is then. What stops all the others is raised."""
        if row.fate is not Fate.NEW:
            return row
        try:
            await self._devices.add(actor, row.name, row.url)
        except (Conflict, InvalidInput) as error:
            return replace(row, fate=Fate.FAILED, problem=_problem(error))
        return replace(row, fate=Fate.ADDED, url="")

    async def add_all(
        self, actor: Actor, rows: tuple[ImportRow, ...], on_row: Callable[[ImportRow], object]
    ) -> tuple[ImportRow, ...]:
        """Add what can be added; `on_row` hears of each line. Cancelled, it leaves those that are there."""
        done = []
        for row in rows:
            done.append(await self.add(actor, row))
            on_row(done[-1])
        return tuple(done)

    async def check_all(
        self, actor: Actor, numbers: Sequence[int], on_result: Callable[[int, CheckResult], object]
    ) -> None:
        """Look into several cameras, a few at a time; `on_result` hears of each as it is known."""
        require(actor, Role.OPERATOR)
        waiting = deque(numbers)

        async def work() -> None:
            while waiting:
                number = waiting.popleft()
                on_result(number, await self._checked(actor, number))

        async with asyncio.TaskGroup() as group:
            for _worker in range(min(CHECKS_AT_ONCE, len(numbers))):
                group.create_task(work(), name="check-camera")

    async def _checked(self, actor: Actor, number: int) -> CheckResult:
        """What can't be checked (deleted meanwhile, sealed with a key of before) is an answer, too."""
        try:
            return await self._devices.check(actor, device_id=number)
        except SiappError as error:
            return CheckResult(False, 0, error=_problem(error))

    async def _planned(self, actor: Actor, listed: ListedCamera, names: set[str], lines: dict[str, int]) -> ImportRow:
        row = ImportRow(listed.line, listed.name, _shown(listed.address), Fate.NEW)
        try:
            name = clean_name(listed.name)
        except InvalidInput as error:
            return replace(row, fate=Fate.BAD_NAME, problem=_problem(error))
        if (taken := _taken(name, names, lines)) is not None:
            return replace(row, fate=Fate.NAME_TAKEN, problem=taken)
        try:
            url = self._devices.checked_address(listed.address)
        except SiappError as error:
            if isinstance(error, OutOfBounds):
                await self._audit.refused(actor, Action.DEVICE_ADD, error, None, name)
            return replace(row, fate=Fate.BAD_ADDRESS, problem=_problem(error))
        lines[name_key(name)] = listed.line
        return replace(row, name=name, url=url)

    async def _all(self) -> list[Device]:
        found: list[Device] = []
        while True:
            page = await self._devices.page(PAGE, len(found))
            found += page.items
            if not page.items or len(found) >= page.total:
                return found


def _taken(name: str, names: set[str], lines: dict[str, int]) -> Problem | None:
    key = name_key(name)
    if key in names:
        return Problem("name_taken", _("There is a camera of this name."))
    if key in lines:
        return Problem("name_twice", _("Line {line} has the same name."), (("line", lines[key]),))
    return None


def _shown(address: str) -> str:
    try:
        split_camera_url(address)
    except InvalidInput:
        return ""
    return public_url(address.strip())


def _problem(error: SiappError) -> Problem:
    values = tuple((name, value) for name, value in error.values.items() if isinstance(value, str | int | float))
    return Problem(error.code, error.message, values)


def _content(path: Path) -> bytes:
    """The file, or one byte more of it than a list may have."""
    try:
        if not path.is_file():
            raise FileNotFoundError
        with path.open("rb") as file:
            return file.read(camera_list.MOST_BYTES + 1)
    except OSError:
        raise InvalidInput(
            "file_not_read", _("The file can't be read. Is it still there, and may you open it?")
        ) from None


def _write(path: Path, content: bytes) -> None:
    """What was there before stays until all of it is written."""
    unfinished = path.with_name(path.name + ".part")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
