"""Cameras: add, check, edit, delete, and what state each is in."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from siapp.core.background import Background
from siapp.core.bus import Bus
from siapp.core.clock import now
from siapp.core.db import audit, devices
from siapp.core.db.engine import Database, Session
from siapp.core.domain import Action, Actor, CheckResult, Deed, Device, DeviceState, Role, Thumbnail
from siapp.core.errors import InvalidInput, NotFound, SiappError, Unavailable
from siapp.core.events import DeviceChanged, DeviceDeleted
from siapp.core.i18n import _
from siapp.core.naming import clean_name
from siapp.core.page import Page
from siapp.core.sealing import Seal
from siapp.core.services.access import permitted
from siapp.core.services.audit import AuditService
from siapp.core.services.checks import Checks
from siapp.core.services.thumbnails import Thumbnails
from siapp.core.specs import CameraSource, DeviceGlimpse, DeviceReport
from siapp.core.storage import Storage
from siapp.core.urls import (
    check_camera_url,
    has_hidden,
    merge_hidden,
    normal_url,
    public_url,
)
from siapp.core.workers.engine import Engine

ANNOUNCE_RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class _Known:
    """What the supervisor said last of a camera, and since when it is so."""

    report: DeviceReport
    since: datetime


class DeviceService:
    """One method for each thing a person can intend with cameras."""

    def __init__(
        self, db: Database, bus: Bus, audit: AuditService, storage: Storage, seal: Seal, engine: Engine
    ) -> None:
        self._db = db
        self._bus = bus
        self._audit = audit
        self._storage = storage
        self._seal = seal
        self._engine = engine
        self._known: dict[int, _Known] = {}
        # Cameras of which nobody has heard yet, because the database did not answer.
        self._untold: set[int] = set()
        self._checks = Checks()
        self._thumbnails = Thumbnails(db, bus, storage.thumbnails)
        self._background = Background("device")
        self.own_ports: frozenset[int] = frozenset()

    async def prepare(self) -> None:
        """To be awaited once, at the start."""
        await self._thumbnails.tidy()

    async def close(self) -> None:
        await self._thumbnails.close()
        await self._background.close()

    @permitted(Role.OPERATOR, Action.DEVICE_ADD)
    async def add(self, actor: Actor, name: str, rtsp_url: str) -> Device:
        name, url = clean_name(name), self.checked_address(rtsp_url)
        sealed = self._seal.close(url)
        device = await self._db.write(
            audit.noted(
                actor,
                lambda s: devices.insert(s, name, public_url(url), sealed),
                lambda added: Deed(Action.DEVICE_ADD, added.id, name, after=_told(added)),
            )
        )
        self._bus.publish(DeviceChanged(device))
        self._thumbnails.adopt_check(device.id, url)
        return device

    @permitted(Role.OPERATOR, Action.DEVICE_ADD)
    async def clone(self, actor: Actor, device_id: int, name: str) -> Device:
        """Another camera with the same address, stored credentials included, which nobody gets to see for it."""
        name = clean_name(name)
        device = await self._db.write(lambda s: self._cloned(s, actor, device_id, name))
        self._bus.publish(DeviceChanged(device))
        with suppress(SiappError):  # the clone is there, with or without a picture
            if (shown := await self.thumbnail(device_id)) is not None:
                self._thumbnails.put(device.id, shown)
        return device

    def _cloned(self, session: Session, actor: Actor, device_id: int, name: str) -> Device:
        url = self._seal.open(devices.get(session, device_id).url_sealed)
        self._checked(url)
        device = devices.insert(session, name, public_url(url), self._seal.close(url))
        after = {**_told(device), "clone_of": device_id}
        audit.append(session, actor, Deed(Action.DEVICE_ADD, device.id, name, after=after))
        return device

    async def get(self, device_id: int) -> Device:
        """Raises NotFound."""
        return self._with_state((await self._db.read(lambda s: devices.get(s, device_id))).device)

    async def page(self, limit: int = 100, offset: int = 0) -> Page[Device]:
        page = await self._db.read(lambda s: devices.page(s, limit, offset))
        return Page(tuple(self._with_state(device) for device in page.items), page.total)

    @permitted(Role.OPERATOR, Action.DEVICE_EDIT)
    async def update(
        self, actor: Actor, device_id: int, name: str | None = None, rtsp_url: str | None = None
    ) -> Device:
        """`***` in `rtsp_url` keeps the stored credentials. Running captures go on with the new address."""
        new_name = None if name is None else clean_name(name)
        device, url = await self._db.write(lambda s: self._edited(s, actor, device_id, new_name, rtsp_url))
        if url is not None:
            self._engine.set_source(device_id, self._as_source(url))
            await self._thumbnails.move(device_id, url)
        device = self._with_state(device)
        self._bus.publish(DeviceChanged(device))
        return device

    def _edited(
        self, session: Session, actor: Actor, device_id: int, name: str | None, url: str | None
    ) -> tuple[Device, str | None]:
        """The camera as stored, and its address where that is another one now. In one transaction, so that of two
        people who edit at once none undoes what the other changed."""
        stored = devices.get(session, device_id, lock=True)
        public, sealed, new = stored.device.rtsp_url, stored.url_sealed, None
        if url is not None:
            new = self._merged(url, stored.url_sealed)
            self._checked(new)
            public, sealed = public_url(new), self._seal.close(new)
        device = devices.update(session, device_id, name or stored.device.name, public, sealed)
        after = _told(device) if new is None else {**_told(device), "address_given": True}  # it may be as it reads
        audit.append(session, actor, Deed(Action.DEVICE_EDIT, device_id, device.name, _told(stored.device), after))
        return device, new

    def _merged(self, url: str, stored: str) -> str:
        """`url` with stored credentials for ***. An address without *** needs no look at the old one, which
        can't be read any more once the secret key has changed."""
        url = normal_url(url)
        return merge_hidden(url, self._seal.open(stored)) if has_hidden(url) else url

    @permitted(Role.OPERATOR, Action.DEVICE_DELETE)
    async def delete(self, actor: Actor, device_id: int) -> None:
        """Raises Conflict naming the tasks that use it."""
        await self._db.write(
            audit.noted(
                actor,
                lambda s: devices.delete(s, device_id),
                lambda gone: Deed(Action.DEVICE_DELETE, device_id, gone.name, before=_told(gone)),
            )
        )
        self._known.pop(device_id, None)
        self._bus.publish(DeviceDeleted(device_id))
        await self._thumbnails.forget(device_id)

    @permitted(Role.OPERATOR, Action.DEVICE_CHECK)
    async def check(self, actor: Actor, rtsp_url: str | None = None, device_id: int | None = None) -> CheckResult:
        """Open the camera in a disposable process and say what is in it. Never longer than 10 s.

        A stored camera by `device_id`; a new address by `rtsp_url`; both together check an edited address,
        in which `***` stands for the stored credentials.
        """
        source = await self._source_to_check(rtsp_url, device_id)
        result = await self._checks.run(self._engine, source)
        if result.thumbnail is not None:
            await self._keep_thumbnail(source, device_id, result.thumbnail)
        asked = None if rtsp_url is None else public_url(normal_url(rtsp_url))
        told = {"rtsp_url": asked, "reachable": result.reachable, "error": result.error.code if result.error else None}
        await self._audit.done(actor, Deed(Action.DEVICE_CHECK, device_id, after=told))
        return result

    async def _keep_thumbnail(self, source: CameraSource, device_id: int | None, jpeg: bytes) -> None:
        """Beside the camera that has this address, or until one is saved with it."""
        with suppress(SiappError):  # deleted meanwhile, sealed with a key of before, or the database is away
            if device_id is not None and source == await self.source(device_id):
                self._thumbnails.put(device_id, Thumbnail(jpeg, now()))
                return
        self._thumbnails.note_check(source.url, jpeg)

    async def thumbnail(self, device_id: int) -> Thumbnail | None:
        """The last small picture of it, however old. Raises NotFound."""
        return await self._thumbnails.get(device_id)

    @permitted(Role.OPERATOR, Action.DEVICE_CHECK)
    async def try_now(self, actor: Actor, device_id: int) -> None:
        """Don't wait for the next try of a camera that is away; nothing where it is not away or not in use."""
        device = await self.get(device_id)
        self._engine.retry_camera(device_id)
        await self._audit.done(actor, Deed(Action.DEVICE_CHECK, device_id, device.name, after={"try_now": True}))

    async def source(self, device_id: int) -> CameraSource:
        """Where the workers get this camera's pictures, credentials included: never shown to anybody."""
        stored = await self._db.read(lambda s: devices.get(s, device_id))
        return self._as_source(self._seal.open(stored.url_sealed))

    async def confirm_source(self, device_id: int, used: CameraSource) -> None:
        """To be awaited after the engine was given `used`: an address that was edited in between arrives too."""
        if (source := await self.source(device_id)) != used:
            self._engine.set_source(device_id, source)

    async def on_report(self, report: DeviceReport) -> None:
        """The supervisor says what became of a camera."""
        if report.state is DeviceState.IDLE:
            self._known.pop(report.device_id, None)
        else:
            before = self._known.get(report.device_id)
            goes_on = before is not None and _same(before.report, report)
            self._known[report.device_id] = _Known(report, before.since if before and goes_on else now())
        if report.device_id in self._untold:  # nobody waits for the database here
            return
        try:
            await self._announce(report.device_id)
        except Unavailable:  # a camera that went away meanwhile must not go on looking alive
            self._untold.add(report.device_id)
            self._background.start(self._announce_at_last(report.device_id), f"report-{report.device_id}")

    def on_glimpse(self, glimpse: DeviceGlimpse) -> None:
        self._thumbnails.take(glimpse.device_id, glimpse.jpeg)

    async def _announce(self, device_id: int) -> None:
        try:
            device = await self.get(device_id)
        except NotFound:  # deleted meanwhile
            self._known.pop(device_id, None)
        else:
            self._bus.publish(DeviceChanged(device))

    async def _announce_at_last(self, device_id: int) -> None:
        while device_id in self._untold:
            await asyncio.sleep(ANNOUNCE_RETRY_S)
            with suppress(Unavailable):
                await self._announce(device_id)
                self._untold.discard(device_id)

    def _with_state(self, device: Device) -> Device:
        known = self._known.get(device.id)
        if known is None:
            return device
        return replace(device, state=known.report.state, last_error=known.report.problem, since=known.since)

    def checked_address(self, rtsp_url: str) -> str:
        """The address as it would be stored. Raises SiappError where it can't be a camera's."""
        url = normal_url(rtsp_url)
        self._checked(url)
        return url

    def _checked(self, url: str) -> None:
        check_camera_url(url, own_ports=self.own_ports)
        self._as_source(url)

    def _as_source(self, url: str) -> CameraSource:
        parts = urlsplit(url)
        if parts.scheme != "file":
            return CameraSource(url, own_ports=tuple(sorted(self.own_ports)))
        return CameraSource(str(self._storage.video(unquote(parts.path).lstrip("/"))), is_file=True)

    async def _source_to_check(self, rtsp_url: str | None, device_id: int | None) -> CameraSource:
        if rtsp_url is None and device_id is None:
            raise InvalidInput("nothing_to_check", _("Give an address or a camera to check."), field="rtsp_url")
        if rtsp_url is None and device_id is not None:
            return await self.source(device_id)
        url = normal_url(rtsp_url or "")
        if device_id is not None:
            stored = await self._db.read(lambda s: devices.get(s, device_id))
            url = self._merged(url, stored.url_sealed)
        self._checked(url)
        return self._as_source(url)


def _same(before: DeviceReport, report: DeviceReport) -> bool:
    """Whether it goes on being online, or in trouble: each try in vain is told, and the trouble is one."""
    if report.problem is not None:
        return before.problem is not None
    return before.problem is None and before.state is report.state


def _told(device: Device) -> dict[str, Any]:
    """What the audit keeps of a camera: credentials in its address read ***."""
    return {"name": device.name, "rtsp_url": device.rtsp_url}
