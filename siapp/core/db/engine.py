"""One database, awaited from the loop: synchronous sessions on a few threads, SQLite or PostgreSQL.

Threads, because psycopg's async mode refuses the Proactor loop that Qt's loop is on Windows, and because
SQLite has no other way. Reads and writes are short functions of a session.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session as Session  # named again by who hands functions of one to Database

from siapp.core.errors import Conflict, InvalidInput, Unavailable
from siapp.core.histogram import SHORT_TIMES_S, Histogram
from siapp.core.i18n import _
from siapp.core.private import close_to_others

logger = logging.getLogger(__name__)

T = TypeVar("T")

# How long a call waits for its turn: behind others, and a write for a lock that another process holds.
WAIT_S = 5.0
RETRY_S = 1.0
READERS = 4
WRITERS = 4
_POSTGRES = {
    "connect_timeout": 5,
    # A server that vanishes without a word is noticed in ten seconds, not after the system's two hours.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


class Database:
    """`await read(f)` and `await write(f)` run `f(session)` on a thread, in one transaction each.

    Reads never queue behind writes. A write that clashes with a stored row raises Conflict, a value that no
    column takes InvalidInput, a database that does not answer Unavailable: also one that was closed, for what comes
    too late when siapp ends.
    """

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._writing = self.engine.execution_options(siapp_writes=True)
        # SQLite has one writer at a time: a second one would only wait.
        writers = 1 if self.engine.dialect.name == "sqlite" else WRITERS
        self.answers = Histogram(SHORT_TIMES_S)
        self.reads_waiting = self.writes_waiting = 0
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="database-read")
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="database-write")
        self._closed = False

    async def read(self, query: Callable[[Session], T]) -> T:
        self.reads_waiting += 1
        try:
            return await self._in_time(self._readers, lambda: _transaction(self.engine, query))
        finally:
            self.reads_waiting -= 1

    async def write(self, change: Callable[[Session], T]) -> T:
        self.writes_waiting += 1
        try:
            return await self._in_time(self._writers, lambda: _transaction(self._writing, change))
        finally:
            self.writes_waiting -= 1

    async def write_at_last(self, change: Callable[[Session], T]) -> T:
        """As `write`, and again until the database answers: for what has happened already."""
        while True:
            try:
                return await self.write(change)
            except Unavailable:
                if self._closed:
                    raise
                await asyncio.sleep(RETRY_S)

    async def call(self, function: Callable[[Engine], T]) -> T:
        """Run `function(engine)` on a database thread (migrations)."""

        def begin() -> T:
            with _errors_with_meaning():
                return function(self.engine)

        return await self._on(self._writers, begin)

    async def close(self) -> None:
        # Acknowledged writes are committed already; one that is under way is waited for.
        self._closed = True
        for threads in (self._writers, self._readers):
            await asyncio.to_thread(threads.shutdown)
        self.engine.dispose()

    async def _in_time(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        """What has waited too long behind others is not begun: they pile up where a server has vanished."""
        started = time.monotonic()
        latest = started + WAIT_S

        def begin() -> T:
            if time.monotonic() > latest:
                raise _no_answer()
            return work()

        try:
            return await self._on(threads, begin)
        finally:
            self.answers.add(time.monotonic() - started)

    async def _on(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        if self._closed:
            raise _no_answer()
        # With the caller's context, so that a line logged on the thread says whose request it was.
        return await asyncio.get_running_loop().run_in_executor(threads, copy_context().run, work)


def _transaction(engine: Engine, function: Callable[[Session], T]) -> T:
    with _errors_with_meaning(), Session(engine, expire_on_commit=False) as session, session.begin():
        return function(session)


@contextmanager
def _errors_with_meaning() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise Conflict("conflict", _("Somebody has just changed this. Please look again and try once more.")) from error
    except (DataError, OverflowError, UnicodeError) as error:
        raise InvalidInput(
            "value_out_of_range", _("A value is too large or has characters that can't be stored.")
        ) from error
    except ProgrammingError:
        raise  # a fault of ours, not of the database
    except (DBAPIError, PoolTimeoutError, sqlite3.Error) as error:
        logger.warning("the database does not answer: %s", getattr(error, "orig", error))
        raise _no_answer() from error


def _no_answer() -> Unavailable:
    return Unavailable("database_unavailable", _("The database does not answer. Please try again in a moment."))


def constraint(error: IntegrityError) -> str:
    """What was violated: PostgreSQL gives the constraint's name, SQLite a sentence with table.column."""
    if isinstance(error.orig, psycopg.Error):
        return error.orig.diag.constraint_name or ""
    return str(error.orig)


def make_engine(url: str) -> Engine:
    """An engine with what siapp needs set: on SQLite WAL, full sync, foreign keys and early write locks."""
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": WAIT_S, "check_same_thread": False})
        if engine.url.database:
            event.listen(engine, "connect", _closing(Path(engine.url.database)))
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # pre_ping: a server that was restarted costs one reconnect, not one failed request a connection.
    engine = create_engine(
        url, pool_size=READERS + WRITERS, max_overflow=1, pool_pre_ping=True, pool_timeout=5, connect_args=_POSTGRES
    )
    event.listen(engine, "connect", _prepare_postgres)
    return engine


def _prepare_postgres(connection: DBAPIConnection, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{WAIT_S:g}s'")
    cursor.close()
    connection.commit()


def _closing(path: Path) -> Callable[[DBAPIConnection, Any], None]:
    """A new file is still empty when this is called, and SQLite gives its -wal and -shm the rights of the file."""
    files = (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")))
    return lambda _connection, _record: close_to_others(*files)


def _prepare_sqlite(connection: DBAPIConnection, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        raise TypeError("only the standard library's sqlite3 is prepared for")
    connection.isolation_level = None  # we say BEGIN ourselves, see below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer fails at once with "database is locked", without waiting.
    writes = connection.get_execution_options().get("siapp_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
