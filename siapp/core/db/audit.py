"""The audit's rows: appended in the transaction of the change that they tell of, chained, verified, cut for their age.

Each row's hash covers what it says and the hash of the row before it; the head keeps the newest number and hash. A row
that is changed, removed or put in between later no longer fits its neighbours. Where the oldest rows are cut off, the
head keeps the number and hash of the last one that went, and an entry of the chain says the same.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, TypeVar

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from siapp.core.clock import now
from siapp.core.db.tables import AuditHeadRow, AuditRow
from siapp.core.domain import SYSTEM, Action, Actor, AuditEntry, AuditFilter, Deed, Outcome, Verdict
from siapp.core.page import Page

T = TypeVar("T")

HEAD: Final = 1
NO_HASH: Final = "0" * 64
LONGEST_NAME: Final = 255
LONGEST_WHO: Final = 100  # a person's name, an address
MOST_CUT: Final = 2000  # in one transaction: others wait for it
_BATCH: Final = 500


def append(session: Session, actor: Actor, deed: Deed) -> None:
    """Write down what `actor` did, or was refused, in this transaction: kept if the change is kept, and only then.

    To be called after the change itself: it locks the head until the transaction ends, and everybody locks it last.
    """
    session.flush()
    head = session.get_one(AuditHeadRow, HEAD, with_for_update=True)
    row = _row(head.seq + 1, actor, deed)
    row.hash = _hash(row, head.hash)
    head.seq, head.hash = row.seq, row.hash
    session.add(row)
    session.flush()


def noted(actor: Actor, change: Callable[[Session], T], deed: Callable[[T], Deed]) -> Callable[[Session], T]:
    """`change`, and what it came to written down in the same transaction."""

    def work(session: Session) -> T:
        result = change(session)
        append(session, actor, deed(result))
        return result

    return work


def page(session: Session, wanted: AuditFilter, limit: int, offset: int) -> Page[AuditEntry]:
    """A window of the entries that are wanted, newest first."""
    query = _wanted(wanted)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(query.order_by(AuditRow.seq.desc()).limit(limit).offset(offset))
    return Page(tuple(entry(row) for row in rows), total)


def before(session: Session, wanted: AuditFilter, seq: int | None, limit: int) -> tuple[AuditEntry, ...]:
    """The newest `limit` entries that are wanted and older than number `seq` (None: the newest of all)."""
    query = _wanted(wanted)
    if seq is not None:
        query = query.where(AuditRow.seq < seq)
    return tuple(entry(row) for row in session.scalars(query.order_by(AuditRow.seq.desc()).limit(limit)))


def actors(session: Session, limit: int) -> tuple[str, ...]:
    """The names that entries are under, by the alphabet."""
    return tuple(session.scalars(select(AuditRow.actor).distinct().order_by(AuditRow.actor).limit(limit)))


def verdict(session: Session, on_progress: Callable[[int, int], None] = lambda _done, _of: None) -> Verdict:
    """A look at the whole chain. `on_progress` hears now and then how many entries of how many have been looked at."""
    _see_one_moment(session)
    head = session.get(AuditHeadRow, HEAD)
    first = head.cut_seq if head is not None else 0
    expected, last = (head.cut_hash if head is not None else NO_HASH), first
    cut = (0, NO_HASH)
    for row in _rows(session):
        if row.seq != last + 1 or row.hash != _hash(row, expected):
            return Verdict(last - first, last, expected, last + 1)
        expected, last = row.hash, row.seq
        cut = _told_cut(row) or cut
        if head is not None and last % _BATCH == 0:
            on_progress(last - first, head.seq - first)
    if head is not None and (head.cut_seq, head.cut_hash) != cut:
        return Verdict(last - first, last, expected, first + 1)
    whole = head is not None and (head.seq, head.hash) == (last, expected)
    return Verdict(last - first, last, expected, None if whole else last + 1)


def first_fault(session: Session) -> int | None:
    """The number of the first entry that does not fit its neighbours; None where the whole chain holds."""
    return verdict(session).first_fault


def cut(session: Session, until: datetime) -> bool:
    """Take away entries from before `until`, at most MOST_CUT, and say so in an entry. Whether there were any.

    The last one's number and hash stay in the head: the chain goes on from there.
    """
    head = session.get_one(AuditHeadRow, HEAD, with_for_update=True)
    kept = session.scalar(select(func.min(AuditRow.seq)).where(AuditRow.at >= until))
    last = min((kept or head.seq + 1) - 1, head.cut_seq + MOST_CUT)
    row = session.get(AuditRow, last) if last > head.cut_seq else None
    if row is None:
        return False
    told = {"entries": last - head.cut_seq, "last": last, "hash": row.hash}
    append(session, SYSTEM, Deed(Action.AUDIT_CUT, after=told))
    head.cut_seq, head.cut_hash = last, row.hash
    session.execute(delete(AuditRow).where(AuditRow.seq <= last))
    return True


def entry(row: AuditRow) -> AuditEntry:
    """A row as a value."""
    deed = Deed(_action(row.action), row.object_id, row.object_name, row.before, row.after, Outcome(row.outcome))
    return AuditEntry(row.seq, row.at, row.actor_id, row.actor, row.address, deed, row.hash)


def _action(stored: str) -> Action:
    """One strange row must not hide the others; `verdict` says which one it is."""
    return Action(stored) if stored in list(Action) else Action.UNKNOWN


def _wanted(wanted: AuditFilter) -> Select[AuditRow]:
    query = select(AuditRow)
    if wanted.actor is not None:
        query = query.where(AuditRow.actor == wanted.actor)
    if wanted.action is Action.UNKNOWN:
        query = query.where(AuditRow.action.not_in([action.value for action in Action if action is not wanted.action]))
    elif wanted.action is not None:
        query = query.where(AuditRow.action == wanted.action.value)
    if wanted.since is not None:
        query = query.where(AuditRow.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditRow.at < wanted.until)
    return _about(query, wanted)


def _about(query: Select[AuditRow], wanted: AuditFilter) -> Select[AuditRow]:
    if wanted.outcome is not None:
        query = query.where(AuditRow.outcome == wanted.outcome.value)
    if wanted.kind is not None:
        query = query.where(AuditRow.action.startswith(f"{wanted.kind}.", autoescape=True))
    if wanted.text:
        query = query.where(AuditRow.object_name.icontains(wanted.text, autoescape=True))
    return query


def _see_one_moment(session: Session) -> None:
    """Head and rows as they were at one moment, whatever is appended meanwhile. SQLite reads so by itself."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _rows(session: Session) -> Iterator[AuditRow]:
    """All of them in order, without holding them all."""
    yield from session.scalars(select(AuditRow).order_by(AuditRow.seq).execution_options(yield_per=_BATCH))


def _told_cut(row: AuditRow) -> tuple[int, str] | None:
    """The number and hash that an entry about a cut names."""
    if row.action != Action.AUDIT_CUT.value or row.after is None:
        return None
    return row.after.get("last", 0), row.after.get("hash", "")


def _row(seq: int, actor: Actor, deed: Deed) -> AuditRow:
    return AuditRow(
        seq=seq,
        at=now(),
        actor_id=actor.user_id or None,
        actor=_plain(actor.username, LONGEST_WHO),
        address=_plain(actor.address, LONGEST_WHO),
        action=deed.action.value,
        object_id=deed.object_id,
        object_name=_plain(deed.object_name, LONGEST_NAME) if deed.object_name is not None else None,
        before=deed.before,
        after=deed.after,
        outcome=deed.outcome.value,
    )


def _plain(text: str, longest: int) -> str:
    """What a stranger sent may have characters that no column takes, and marks that hide others."""
    return "".join(c for c in text if c.isprintable())[:longest]


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
