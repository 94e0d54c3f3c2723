"""The audit's rows: appended in the transaction of the change that they tell of, chained, and verified.

Each row's hash covers what it says and the hash of the row before it; the head keeps the newest number and hash. A row
that is changed, removed or put in between later no longer fits its neighbours.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from siapp.core.clock import now
from siapp.core.db.tables import AuditHeadRow, AuditRow
from siapp.core.domain import Action, Actor, AuditEntry, Deed, Outcome

HEAD: Final = 1
NO_HASH: Final = "0" * 64
LONGEST_NAME: Final = 255
_BATCH: Final = 500


def append(session: Session, actor: Actor, deed: Deed) -> None:
    """Write down what `actor` did, or was refused, in this transaction: kept if the change is kept, and only then.

    To be called after the change itself: it locks the head until the transaction ends, and everybody locks it last.
    """
    head = session.get_one(AuditHeadRow, HEAD, with_for_update=True)
    entry = AuditEntry(head.seq + 1, now(), actor.user_id or None, actor.username, actor.address, deed)
    row = _row(entry)
    row.hash = _hash(row, head.hash)
    head.seq, head.hash = row.seq, row.hash
    session.add(row)
    session.flush()


def first_fault(session: Session) -> int | None:
    """The number of the first entry that does not fit its neighbours; None where the whole chain holds."""
    expected, last = NO_HASH, 0
    for row in _rows(session):
        if row.seq != last + 1 or row.hash != _hash(row, expected):
            return last + 1
        expected, last = row.hash, row.seq
    head = session.get(AuditHeadRow, HEAD)
    return None if head is not None and (head.seq, head.hash) == (last, expected) else last + 1


def entry(row: AuditRow) -> AuditEntry:
    """A row as a value."""
    deed = Deed(Action(row.action), row.object_id, row.object_name, row.before, row.after, Outcome(row.outcome))
    return AuditEntry(row.seq, row.at, row.actor_id, row.actor, row.address, deed)


def _rows(session: Session) -> Iterator[AuditRow]:
    """All of them in order, without holding them all."""
    yield from session.scalars(select(AuditRow).order_by(AuditRow.seq).execution_options(yield_per=_BATCH))


def _row(entry: AuditEntry) -> AuditRow:
    deed = entry.deed
    return AuditRow(
        seq=entry.seq,
        at=entry.at,
        actor_id=entry.actor_id,
        actor=entry.actor,
        address=entry.address,
        action=deed.action.value,
        object_id=deed.object_id,
        object_name=deed.object_name[:LONGEST_NAME] if deed.object_name is not None else None,
        before=deed.before,
        after=deed.after,
        outcome=deed.outcome.value,
    )


def _hash(row: AuditRow, previous: str) -> str:
    said: dict[str, Any] = {
        "previous": previous,
        "seq": row.seq,
        "at": row.at.isoformat(timespec="microseconds"),
        "actor_id": row.actor_id,
        "actor": row.actor,
        "address": row.address,
        "action": row.action,
        "object_id": row.object_id,
        "object_name": row.object_name,
        "before": row.before,
        "after": row.after,
        "outcome": row.outcome,
    }
    return sha256(json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()
