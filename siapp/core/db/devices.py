"""Queries about cameras."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from siapp.core.clock import now
from siapp.core.db import records
from siapp.core.db.tables import DeviceRow, TaskRow
from siapp.core.db.unique import find, flush_named, refuse_twin
from siapp.core.domain import Device
from siapp.core.errors import Conflict, NotFound
from siapp.core.i18n import _
from siapp.core.naming import name_key
from siapp.core.page import Page


@dataclass(frozen=True, slots=True)
class SealedDevice:
    """A camera with its sealed address."""

    device: Device
    url_sealed: str


def insert(session: Session, name: str, url_public: str, url_sealed: str) -> Device:
    refuse_twin(session, DeviceRow.name_key, name)
    row = DeviceRow(name=name, name_key=name_key(name), url_public=url_public, url_sealed=url_sealed, created_at=now())
    session.add(row)
    flush_named(session, name)
    return records.device(row)


def get(session: Session, device_id: int, *, lock: bool = False) -> SealedDevice:
    """`lock`: keep the row as it is until the transaction that is going to change it ends."""
    row = _get(session, device_id, lock=lock)
    return SealedDevice(records.device(row), row.url_sealed)


def seals(session: Session) -> dict[int, str]:
    """The sealed address of every camera."""
    rows = session.execute(select(DeviceRow.id, DeviceRow.url_sealed)).all()
    return {row.id: row.url_sealed for row in rows}


def name_keys(session: Session) -> frozenset[str]:
    """The names of all cameras, as they are compared."""
    return frozenset(session.scalars(select(DeviceRow.name_key)))


def page(session: Session, limit: int, offset: int) -> Page[Device]:
    total = session.scalar(select(func.count()).select_from(DeviceRow)) or 0
    rows = session.scalars(select(DeviceRow).order_by(DeviceRow.id).limit(limit).offset(offset))
    return Page(tuple(records.device(row) for row in rows), total)


def update(session: Session, device_id: int, name: str, url_public: str, url_sealed: str) -> Device:
    row = _get(session, device_id)
    refuse_twin(session, DeviceRow.name_key, name, device_id)
    row.name, row.name_key = name, name_key(name)
    row.url_public, row.url_sealed = url_public, url_sealed
    flush_named(session, name)
    return records.device(row)


def delete(session: Session, device_id: int) -> Device:
    """The camera as it was."""
    row = _get(session, device_id, lock=True)
    tasks = session.scalars(select(TaskRow.name).where(TaskRow.device_id == device_id).order_by(TaskRow.id)).all()
    if tasks:
        raise Conflict(
            "device_in_use",
            _("Tasks use this camera: {tasks}. Delete them first."),
            tasks=", ".join(tasks),
        )
    session.delete(row)
    return records.device(row)


def _get(session: Session, device_id: int, *, lock: bool = False) -> DeviceRow:
    row = find(session, DeviceRow, device_id, lock=lock)
    if row is None:
        raise NotFound("device_not_found", _("There is no such camera."))
    return row
