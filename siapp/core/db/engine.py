"""One database, awaited from the loop: synchronous sessions on a few threads, SQLite or PostgreSQL.

Threads, because psycopg's async mode refuses the Proactor loop that Qt's loop is on Windows, and because
SQLite has no other way. Reads and writes are short functions of a session.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from siapp.core.errors import Conflict, Unavailable
from siapp.core.i18n import _

T = TypeVar("T")

SQLITE_WAIT_S = 5.0
THREADS = 4


class Database:
    """`await read(f)` and `await write(f)` run `f(session)` on a thread, in one transaction each.

    A write that clashes with a unique name raises Conflict, a database that does not answer Unavailable.
    """

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._writing = self.engine.execution_options(siapp_writes=True)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="database")

    async def read(self, query: Callable[[Session], T]) -> T:
        return await self._on_thread(self.engine, query)

    async def write(self, change: Callable[[Session], T]) -> T:
        return await self._on_thread(self._writing, change)

    async def call(self, function: Callable[[Engine], T]) -> T:
        """Run `function(engine)` on a database thread (migrations)."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, self.engine)

    async def close(self) -> None:
        # Acknowledged writes are committed already; one that is under way is waited for.
        await asyncio.to_thread(self._threads.shutdown)
        self.engine.dispose()

    async def _on_thread(self, engine: Engine, function: Callable[[Session], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _transaction, engine, function)


def _transaction(engine: Engine, function: Callable[[Session], T]) -> T:
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            return function(session)
    except IntegrityError as error:
        raise Conflict("conflict", _("This clashes with something that exists already.")) from error
    except (OperationalError, DBAPIError) as error:
        raise Unavailable(
            "database_unavailable", _("The database does not answer. Please try again in a moment.")
        ) from error


def make_engine(url: str) -> Engine:
    """An engine with what siapp needs set: on SQLite WAL, full sync, foreign keys and early write locks."""
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": SQLITE_WAIT_S, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # pre_ping: a server that was restarted costs one reconnect, not one failed request a connection.
    return create_engine(
        url, pool_size=THREADS, max_overflow=1, pool_pre_ping=True, pool_timeout=5, connect_args={"connect_timeout": 5}
    )


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
