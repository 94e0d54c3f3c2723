"""What helps to find a fault: a bundle for whoever looks after siapp, without secrets, and what the last end was."""

import asyncio
import json
import logging
import platform
import zipfile
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import make_url

from siapp import __version__
from siapp.core.background import Background
from siapp.core.clock import now, rfc3339
from siapp.core.crash import CRASH_LOG, Crash, RunMark
from siapp.core.domain import Action, Actor, Deed, Problem, Role, Severity
from siapp.core.errors import SiappError, Unavailable
from siapp.core.events import Notice
from siapp.core.i18n import _
from siapp.core.licences import UNKNOWN, version_of
from siapp.core.logs import redacted
from siapp.core.services.access import Refusals, permitted, require
from siapp.core.services.algorithms import AlgorithmService
from siapp.core.services.audit import AuditService
from siapp.core.services.devices import DeviceService
from siapp.core.services.readings import ReadingService
from siapp.core.services.settings import SettingService, to_json
from siapp.core.setting import Kind
from siapp.core.settings import FIELDS, Settings, is_secret

logger = logging.getLogger(__name__)

MOST_LOG_BYTES = 10 << 20  # the newest ones
SHORTEST_SECRET = 4
ALIVE_EVERY_S = 10.0
HIDDEN = "***"
NAME = "siapp-diagnostics-{time}.zip"

_ENDED = _(
    "siapp ended unexpectedly at {time}. Tasks marked auto-start go on. If it happens again, make a diagnostics bundle "
    "under Settings and give it to whoever looks after siapp."
)

P = ParamSpec("P")
T = TypeVar("T")

Progress = Callable[[float, str], None]
"""How much is done, from 0 to 1, and what is being done, as a sentence for translation."""
Part = tuple[str, str, Callable[[], Awaitable[str]]]
"""A file of the bundle: its name, the sentence while it is made, and its text."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom to ask. `report`: what siapp doctor says without measuring. `libraries`: versions of what only workers load,
    by name. `database`: its kind and version."""

    settings: SettingService
    devices: DeviceService
    algorithms: AlgorithmService
    readings: ReadingService
    report: Callable[[], Awaitable[str]]
    libraries: Callable[[], Awaitable[Mapping[str, str]]]
    database: Callable[[], Awaitable[str]]


class DiagnosticsService:
    """One method for each thing a person can intend when something went wrong."""

    def __init__(self, audit: AuditService, mark: RunMark, logs: Path, secret_key: str, sources: Sources) -> None:
        """`logs`: their folder. `secret_key`: never to be found in a bundle."""
        self._audit_service = audit
        self._mark = mark
        self._logs = logs
        self._secret_key = secret_key
        self._sources = sources
        self._background = Background("diagnostics")

    @property
    def _audit(self) -> Refusals:
        return self._audit_service

    def start(self) -> None:
        self._background.start(self._stay_alive(), "alive")

    async def close(self) -> None:
        await self._background.close()

    async def news(self, actor: Actor) -> tuple[Notice, ...]:
        """What somebody at the desk should hear of this start, each once: an unexpected end of the last run, and what
        of the saved settings could not be used."""
        require(actor, Role.OPERATOR)
        found: list[Notice] = []
        crash = await asyncio.to_thread(self._mark.last_crash)
        if crash is not None and not crash.told:
            await asyncio.to_thread(self._mark.told)
            found.append(Notice(Severity.ALARM, ended_unexpectedly(crash)))
        if actor.role.covers(Role.ADMIN):
            found += [Notice(Severity.WARNING, fault) for fault in self._sources.settings.take_faults()]
        return tuple(found)

    async def last_crash(self, actor: Actor) -> Crash | None:
        """The last unexpected end that is known."""
        require(actor, Role.ADMIN)
        return await asyncio.to_thread(self._mark.last_crash)

    async def versions_here(self, actor: Actor) -> Mapping[str, str]:
        """What of them is known without asking anybody."""
        require(actor, Role.VIEWER)
        return await asyncio.to_thread(_versions_here)

    async def versions(self, actor: Actor) -> Mapping[str, str]:
        """What siapp runs on: by name; "?" for what can't be had now."""
        here = await self.versions_here(actor)
        try:
            libraries = await self._sources.libraries()
        except SiappError:
            libraries = {}
        try:
            database = await self._sources.database()
        except SiappError:
            database = UNKNOWN
        return {
            **here,
            "OpenVINO": libraries.get("openvino", UNKNOWN),
            "FFmpeg": libraries.get("ffmpeg", UNKNOWN),
            "Database": database,
        }

    @permitted(Role.ADMIN, Action.DIAGNOSTICS_MAKE)
    async def make(self, actor: Actor, target: Path, on_progress: Progress = lambda _share, _step: None) -> int:
        """Write a bundle to `target`, in place of what is there. The answer is its size in bytes.

        Broken off, it leaves nothing. Raises Unavailable where the file can't be written.
        """
        draft = target.with_name(f".{target.name}.part")
        parts = self._parts()
        hide = _Hiding(self._secrets())
        try:
            await asyncio.to_thread(draft.unlink, missing_ok=True)
            for place, (name, step, text_of) in enumerate(parts):
                on_progress(place / len(parts), step)
                text = await asyncio.to_thread(hide, await _text_or_why(name, text_of))  # ten MB of log take a second
                await _to_its_end(_add, draft, name, text)
            size = await _to_its_end(_finish, draft, target)
        except OSError as error:
            raise Unavailable(
                "bundle_unwritable",
                _("The bundle can't be written there: {reason}. Choose another place."),
                reason=error.strerror or "?",
            ) from error
        finally:
            with suppress(OSError):
                await asyncio.to_thread(draft.unlink, missing_ok=True)
        on_progress(1.0, "")
        await self._audit_service.done(actor, Deed(Action.DIAGNOSTICS_MAKE, object_name=target.name))
        return size

    def _parts(self) -> tuple[Part, ...]:
        return (
            ("about.json", _("Looking at what is installed"), self._about),
            ("report.txt", _("Looking at this machine"), self._sources.report),
            ("settings.json", _("Gathering settings"), self._settings),
            ("counts.json", _("Counting"), self._counts),
            ("logs/crash.log", _("Reading logs"), self._crash_log),
            ("logs/siapp.log", _("Reading logs"), self._log),
        )

    async def _about(self) -> str:
        crash = await asyncio.to_thread(self._mark.last_crash)
        last = None if crash is None else {"at": rfc3339(crash.at), "version": crash.version}
        packages = await asyncio.to_thread(_packages)
        return _json({"made_at": rfc3339(now()), "siapp": __version__, "last_crash": last, "packages": packages})

    async def _settings(self) -> str:
        in_use = self._sources.settings.in_use
        return _json({name: _shown(in_use, name) for name in FIELDS})

    async def _counts(self) -> str:
        sources, reading = self._sources, await self._sources.readings.take()
        counts = reading.counts
        return _json(
            {
                "devices": (await sources.devices.page(1)).total,
                "algorithms": (await sources.algorithms.page(1)).total,
                "tasks": counts and dict(counts.tasks),
                "tests": counts and dict(counts.tests),
                "previews": reading.previews,
                "queues": dict(reading.queues),
                "memory": {role: [one.processes, one.resident_bytes] for role, one in reading.memory.items()},
            }
        )

    async def _crash_log(self) -> str:
        return await asyncio.to_thread(_newest, [self._logs / CRASH_LOG, self._logs / f"{CRASH_LOG}.1"])

    async def _log(self) -> str:
        older = [self._logs / f"siapp.log.{number}" for number in range(1, 10)]
        return await asyncio.to_thread(_newest, [self._logs / "siapp.log", *older])

    def _secrets(self) -> Iterable[str]:
        in_use = self._sources.settings.in_use
        yield self._secret_key
        for value in (in_use.secret_key, in_use.admin_password, in_use.metrics_token):
            if value is not None:
                yield value.get_secret_value()
        if password := make_url(in_use.sqlalchemy_url).password:
            yield password

    async def _stay_alive(self) -> None:
        while True:
            await asyncio.to_thread(self._mark.alive)
            await asyncio.sleep(ALIVE_EVERY_S)


def ended_unexpectedly(crash: Crash) -> Problem:
    """In this machine's time."""
    return Problem("ended_unexpectedly", _ENDED, (("time", f"{crash.at.astimezone():%Y-%m-%d %H:%M:%S}"),))


class _Hiding:
    """Takes out of a text what is secret, wherever it stands. What is too short to be told from words stays."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({one for one in secrets if len(one) >= SHORTEST_SECRET}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return redacted(text)


async def _text_or_why(name: str, text_of: Callable[[], Awaitable[str]]) -> str:
    """A part that can't be had is no reason to do without the others: it is what somebody looks for."""
    try:
        return await text_of()
    except SiappError as error:
        return f"{name} could not be made: {error}\n"
    except Exception as error:
        logger.exception("%s of the diagnostics could not be made", name)
        return f"{name} could not be made: {type(error).__name__}\n"


def _shown(settings: Settings, name: str) -> dict[str, Any]:
    value = getattr(settings, name)
    secret = is_secret(FIELDS[name])
    return {
        "value": (HIDDEN if value else None) if secret else to_json(value),
        "origin": settings.origin(name).value,
        "kind": Kind.SECRET.value if secret else "plain",
    }


def _versions_here() -> dict[str, str]:
    return {
        "siapp": __version__,
        "System": f"{platform.system()} {platform.release()} ({platform.machine()})",
        "Python": platform.python_version(),
        "Qt": version_of("PySide6-Essentials"),
        "PyAV": version_of("av"),
        "OpenCV": version_of("opencv-python"),
    }


def _packages() -> dict[str, str]:
    return {name: one.version for one in metadata.distributions() if (name := one.metadata["Name"])}


def _newest(paths: list[Path]) -> str:
    """The end of what they hold together; the newest file comes first in `paths`, and last in the text."""
    pieces: list[str] = []
    room = MOST_LOG_BYTES
    for path in paths:
        piece = _end_of(path, room)
        room -= len(piece)
        pieces.insert(0, piece.decode("utf-8", "replace"))
        if room <= 0:
            break
    return "".join(pieces)


def _end_of(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - most))
            return file.read(most)
    except OSError:
        return b""


async def _to_its_end(work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """In a thread, which goes on when we are cancelled: what it writes must not come after we have cleaned up."""
    working = asyncio.ensure_future(asyncio.to_thread(work, *given, **named))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait({working})
        raise


def _add(draft: Path, name: str, text: str) -> None:
    with zipfile.ZipFile(draft, "a", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(name, text)


def _finish(draft: Path, target: Path) -> int:
    draft.replace(target)
    return target.stat().st_size


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)
