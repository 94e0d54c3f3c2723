"""Rows by number, and names that only one row may have: the same rules and sentences for all tables."""

from typing import Any, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from siapp.core.db.engine import constraint
from siapp.core.db.tables import Base, TaskNameRow
from siapp.core.errors import Conflict
from siapp.core.i18n import _
from siapp.core.naming import name_key

Row = TypeVar("Row", bound=Base)

LARGEST_ID = 2**31 - 1


def find(session: Session, kind: type[Row], number: int, *, lock: bool = False) -> Row | None:
    """The row with this number; None also for numbers that no column can hold. `lock`: for this transaction."""
    if not 0 < number <= LARGEST_ID:
        return None
    return session.get(kind, number, with_for_update={"of": kind} if lock else None)


def refuse_twin(session: Session, key: InstrumentedAttribute[str], name: str, except_id: int | None = None) -> None:
    """Raises Conflict where another row has this name, or one that reads like it."""
    number: Any = key.class_.id
    twin = session.scalar(select(number).where(key == name_key(name)))
    if twin is not None and twin != except_id:
        raise name_taken(name)


def flush_named(session: Session, name: str) -> None:
    """Send what is pending. Raises Conflict where somebody took the name between the look and the write."""
    try:
        session.flush()
    except IntegrityError as error:
        if "name_key" in constraint(error):  # of users it is username_key
            raise name_taken(name) from error
        raise


def refuse_task_name(session: Session, name: str) -> None:
    """Raises Conflict where a live task or a test has this name."""
    if session.get(TaskNameRow, name_key(name)) is not None:
        raise name_taken(name)


def claim_task_name(session: Session, name: str) -> None:
    """Take `name` for a live task or a test, before its row is added. Raises Conflict where one of them has it."""
    refuse_task_name(session, name)
    session.add(TaskNameRow(name_key=name_key(name)))
    try:
        session.flush()
    except IntegrityError as error:
        raise name_taken(name) from error


def release_task_name(session: Session, name: str) -> None:
    """Its task or test is deleted in this transaction."""
    session.execute(delete(TaskNameRow).where(TaskNameRow.name_key == name_key(name)))


def name_taken(name: str) -> Conflict:
    return Conflict("name_taken", _("The name “{name}” is taken. Please choose another."), name=name)
