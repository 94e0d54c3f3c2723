"""The audit as people use it: read, exported, verified; and what was refused, written down without being flooded."""

import asyncio
import csv
import json
import logging
import threading
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TextIO

from siapp.core.background import Background
from siapp.core.clock import now, rfc3339
from siapp.core.db import audit
from siapp.core.db.engine import Database, Session
from siapp.core.domain import Action, Actor, AuditEntry, AuditFilter, Deed, Outcome, Role, Verdict
from siapp.core.errors import InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.core.page import Page
from siapp.core.services.access import Refusals, permitted, stranger
from siapp.core.spreadsheet import harmless

logger = logging.getLogger(__name__)

REPEATS_S = 60.0  # identical refusals within this time become one entry and one with their number
MOST_KINDS = 200  # of refusals within that time; what is refused beyond them is counted by its action alone
WRITE_LIMIT_S = 2.0  # how long the answer to whom was refused waits for the entry about it
CUT_EVERY_S = 24 * 3600.0
EXPORTED_AT_ONCE = 500
MOST_ACTORS = 1000
_OTHERS = "others"
COLUMNS = ("number", "at", "actor", "address", "action", "object_id", "object", "before", "after", "outcome", "hash")


class _GivenUp(Exception):
    """Ends a look at the chain that nobody waits for any more."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Refusals that are the same: who, from where, at what, for which reason. `alike`: what else tells them apart."""

    actor: str
    address: str
    action: Action
    object_id: int | None
    code: str
    alike: str


@dataclass(slots=True)
class _Repeats:
    """Refusals of one kind that have no entry of their own yet."""

    actor: Actor
    deed: Deed
    times: int = 0


class AuditService:
    """One method for each thing a person can intend with the audit. `keep_days`: 0 keeps entries for ever."""

    def __init__(self, db: Database, keep_days: int = 0) -> None:
        self._db = db
        self._keep = timedelta(days=keep_days)
        self._background = Background("audit")
        self._writing = Background("audit-entry")
        self._repeats: dict[_Kind, _Repeats] = {}
        self._counting: asyncio.Task[None] | None = None

    @property
    def _audit(self) -> Refusals:
        return self

    def start(self) -> None:
        """Cut off what is too old, now and once a day."""
        self._background.start(self._cut_daily(), "cut")

    def keep_for(self, days: int) -> None:
        """Another time, from the next daily cut on; 0 keeps entries for ever."""
        self._keep = timedelta(days=days)

    async def close(self) -> None:
        await self._background.close()
        await self._writing.settle(WRITE_LIMIT_S)
        await self._writing.close()
        await self._write_repeats()
        await self._writing.close()
        await self._background.close()  # what came to nothing just now is counted there again

    @permitted(Role.ADMIN, Action.AUDIT_READ)
    async def page(self, actor: Actor, wanted: AuditFilter, limit: int = 100, offset: int = 0) -> Page[AuditEntry]:
        """Newest first."""
        return await self._db.read(lambda s: audit.page(s, wanted, limit, offset))

    @permitted(Role.ADMIN, Action.AUDIT_READ)
    async def export(self, actor: Actor, wanted: AuditFilter) -> AsyncGenerator[str, None]:
        """The same as CSV, in pieces of some hundred lines, whose first has the columns' names."""
        return self._pieces(wanted)

    @permitted(Role.ADMIN, Action.AUDIT_READ)
    async def older(
        self, actor: Actor, wanted: AuditFilter, seq: int | None = None, limit: int = 100
    ) -> tuple[AuditEntry, ...]:
        """The newest entries that are older than number `seq` (None: the newest of all), however many there are."""
        return await self._db.read(lambda s: audit.before(s, wanted, seq, limit))

    @permitted(Role.ADMIN, Action.AUDIT_READ)
    async def actors(self, actor: Actor) -> tuple[str, ...]:
        """The names that entries are under: also those of people who are gone, and siapp's own."""
        return await self._db.read(lambda s: audit.actors(s, MOST_ACTORS))

    @permitted(Role.ADMIN, Action.AUDIT_READ)
    async def save(
        self, actor: Actor, wanted: AuditFilter, path: Path, on_entries: Callable[[int], None] = lambda _count: None
    ) -> int:
        """Write what is wanted into the file `path` of this machine, as `export` gives it; the answer is how many
        entries. A file that is there is replaced at the end; given up in the middle, nothing is left behind.

        With a mark that tells spreadsheet programs that it is UTF-8. `on_entries` hears how many there are so far.
        """
        unfinished = path.with_name(path.name + ".part")
        try:
            count = await self._save(unfinished, wanted, on_entries)
            await asyncio.to_thread(unfinished.replace, path)
        except OSError as error:
            reason = error.strerror or "?"
            raise InvalidInput(
                "file_unwritable", _("The file “{name}” can't be written: {reason}."), name=path.name, reason=reason
            ) from error
        finally:
            await asyncio.shield(asyncio.to_thread(_remove, unfinished))
        return count

    @permitted(Role.ADMIN, Action.AUDIT_READ)
    async def verify(self, actor: Actor, on_progress: Callable[[int, int], None] | None = None) -> Verdict:
        """Whether the chain of all entries holds. `on_progress` hears how many of how many have been looked at."""
        loop, given_up = asyncio.get_running_loop(), threading.Event()

        def looked(done: int, of: int) -> None:
            if given_up.is_set():
                raise _GivenUp
            if on_progress is not None:
                loop.call_soon_threadsafe(on_progress, done, of)

        try:
            return await self._db.read(lambda s: audit.verdict(s, looked))
        except asyncio.CancelledError:
            given_up.set()
            raise

    async def done(self, actor: Actor, deed: Deed) -> None:
        """Write down what changed nothing here, and so has no transaction of its own. It is done, with or without."""
        await self._write(actor, deed)

    async def refused(
        self,
        actor: Actor,
        action: Action,
        error: SiappError,
        object_id: int | None = None,
        object_name: str | None = None,
        *,
        alike: str = "",
    ) -> None:
        """Write down that `actor` was refused `action` by `error`, in a transaction of its own.

        Each error is written down once, wherever it comes by. Identical ones within a minute become two entries: the
        first at once, the number of the others after it. A database that does not answer changes nothing of the
        refusal: its entry is written as soon as that is possible, or it is counted among the others. `alike`: tells
        refusals apart without being written down.
        """
        if error.noted:
            return
        error.noted = True
        kind = _Kind(actor.username, actor.address, action, object_id, error.code, alike)
        deed = Deed(action, object_id, object_name, after={"code": error.code}, outcome=Outcome.REFUSED)
        if self._is_first(kind, actor, deed):
            await self._write(actor, deed, lambda: self._add(kind, actor, deed, 1))

    def _is_first(self, kind: _Kind, actor: Actor, deed: Deed) -> bool:
        """Whether there is none of its kind yet, and room for its kind. Otherwise it is counted."""
        is_first = kind not in self._repeats and len(self._repeats) < MOST_KINDS
        self._add(kind, actor, deed, 0 if is_first else 1)
        return is_first

    def _add(self, kind: _Kind, actor: Actor, deed: Deed, times: int) -> None:
        """Count refusals that have no entry of their own; where there are too many kinds, as others."""
        if kind not in self._repeats and len(self._repeats) >= MOST_KINDS:
            kind = _Kind("?", "?", deed.action, None, _OTHERS, "")
            actor, deed = stranger("?"), Deed(deed.action, after={"code": _OTHERS}, outcome=Outcome.REFUSED)
        self._repeats.setdefault(kind, _Repeats(actor, deed)).times += times
        if self._counting is None or self._counting.done():
            self._counting = self._background.start(self._count(), "refusals")

    async def _count(self) -> None:
        while self._repeats:
            await asyncio.sleep(REPEATS_S)
            await self._write_repeats()

    async def _write_repeats(self) -> None:
        past, self._repeats = self._repeats, {}
        try:
            while past:
                kind, repeats = past.popitem()
                if repeats.times:
                    after = {**(repeats.deed.after or {}), "times": repeats.times}
                    again = partial(self._add, kind, repeats.actor, repeats.deed, repeats.times)
                    await self._write(repeats.actor, replace(repeats.deed, after=after), again)
        finally:
            self._repeats = {**past, **self._repeats}  # what an end of the program has cut off is told by `close`

    async def _write(self, actor: Actor, deed: Deed, missed: Callable[[], None] = lambda: None) -> None:
        """Wait a moment for the entry; a slow database is left to write it later. `missed`: called where none came."""
        writing = self._writing.start(self._append(actor, deed, missed), "write")
        _written, waiting = await asyncio.wait({writing}, timeout=WRITE_LIMIT_S)
        if waiting:
            logger.warning("the audit has no entry on %s, %s: the database is slow", deed.action, deed.outcome)

    async def _append(self, actor: Actor, deed: Deed, missed: Callable[[], None]) -> None:
        try:
            await self._db.write(lambda s: audit.append(s, actor, deed))
        except SiappError as error:
            logger.warning("the audit has no entry on %s, %s: %s", deed.action, deed.outcome, error)
            missed()
        except asyncio.CancelledError:
            missed()
            raise

    async def _pieces(self, wanted: AuditFilter) -> AsyncGenerator[str, None]:
        yield _lines([COLUMNS])
        last: int | None = None
        while True:
            text, last = await self._db.read(partial(_piece, wanted=wanted, seq=last))
            if last is None:
                return
            yield text

    async def _save(self, path: Path, wanted: AuditFilter, on_entries: Callable[[int], None]) -> int:
        count = -1  # the first line has the columns' names
        file: TextIO = await asyncio.to_thread(path.open, "w", encoding="utf-8-sig", newline="")
        try:
            async for piece in self._pieces(wanted):
                await asyncio.to_thread(file.write, piece)
                count += piece.count("\r\n")
                on_entries(count)
        finally:
            await asyncio.shield(asyncio.to_thread(file.close))
        return count

    async def _cut(self) -> None:
        while await self._db.write(lambda s: audit.cut(s, now() - self._keep)):
            pass

    async def _cut_daily(self) -> None:
        while True:
            try:
                if self._keep:
                    await self._cut()
            except SiappError as error:
                logger.warning("old entries of the audit could not be cut off: %s", error)
            await asyncio.sleep(CUT_EVERY_S)


def _piece(session: Session, wanted: AuditFilter, seq: int | None) -> tuple[str, int | None]:
    """The lines of the next entries older than `seq`, and the number of the last; None where there are none."""
    entries = audit.before(session, wanted, seq, EXPORTED_AT_ONCE)
    return _lines([_cells(entry) for entry in entries]), entries[-1].seq if entries else None


def _cells(entry: AuditEntry) -> tuple[object, ...]:
    deed = entry.deed
    changes = ("" if one is None else json.dumps(one, ensure_ascii=False) for one in (deed.before, deed.after))
    return (
        entry.seq,
        rfc3339(entry.at),
        entry.actor,
        entry.address,
        deed.action.value,
        "" if deed.object_id is None else deed.object_id,
        deed.object_name or "",
        *changes,
        deed.outcome.value,
        entry.hash,
    )


def _lines(rows: list[tuple[object, ...]]) -> str:
    text = StringIO()
    csv.writer(text).writerows([[harmless(str(cell)) for cell in row] for row in rows])
    return text.getvalue()


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
