"""The database awaited: transactions, errors with a meaning, and what happens while it does not answer."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError, StatementError
from sqlalchemy.orm import Session

from siapp.core.db import algorithms, devices
from siapp.core.db import engine as module
from siapp.core.db.algorithms import NewVersion
from siapp.core.db.engine import Database
from siapp.core.db.migrate import migrate
from siapp.core.db.tables import AlgorithmRow, DeviceRow, SessionRow, UserRow
from siapp.core.errors import Conflict, InvalidInput, SiappError, Unavailable
from siapp.core.settings import Settings
from tests.postgres import PostgresServer


@pytest.fixture
async def db(database_url: str, settings: Settings) -> AsyncIterator[Database]:
    db = Database(settings.sqlalchemy_url)
    await db.call(migrate)
    yield db
    await db.close()


@pytest.mark.skipif(os.name == "nt", reason="rights come from the folder above there")
@pytest.mark.parametrize("old", [True, False])
async def test_only_the_owner_reads_a_database_file(tmp_path: Path, old: bool) -> None:
    path = tmp_path / "siapp.db"
    if old:
        path.touch()
        path.chmod(0o644)
    db = Database(f"sqlite:///{path.as_posix()}")
    await db.call(migrate)
    files = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    await db.close()
    assert files == {"siapp.db": 0o600, "siapp.db-wal": 0o600, "siapp.db-shm": 0o600}


def add(name: str) -> object:
    return lambda session: devices.insert(session, name, "rtsp://camera/", "sealed")


async def names(db: Database) -> list[str]:
    return list(await db.read(lambda session: session.scalars(select(DeviceRow.name)).all()))


async def test_what_is_written_can_be_read(db: Database) -> None:
    await db.write(add("one"))
    assert await names(db) == ["one"]


async def test_a_write_that_fails_writes_nothing(db: Database) -> None:
    def half(session: Session) -> None:
        devices.insert(session, "one", "", "")
        raise InvalidInput("no", "No.")

    with pytest.raises(InvalidInput, match=r"No\."):
        await db.write(half)
    assert await names(db) == []


async def test_writes_that_race_are_all_there(db: Database) -> None:
    await asyncio.gather(*(db.write(add(f"camera {n}")) for n in range(40)))
    assert len(await names(db)) == 40


async def test_a_clash_that_nothing_looked_for_is_a_conflict(db: Database) -> None:
    def twins(session: Session) -> None:
        for _twin in range(2):
            session.add(AlgorithmRow(name="Cars", name_key="cars", active_version=None))

    with pytest.raises(Conflict) as caught:
        await db.write(twins)
    assert caught.value.code == "conflict"


async def test_values_that_no_column_takes_are_bad_input(db: Database) -> None:
    with pytest.raises(InvalidInput):
        await db.read(lambda session: session.get(UserRow, 10**30))
    with pytest.raises(InvalidInput):
        await db.read(lambda session: session.get(SessionRow, "\ud800"))


async def test_a_fault_of_ours_is_not_called_an_outage(db: Database) -> None:
    with pytest.raises((ProgrammingError, Unavailable)):
        await db.read(lambda session: session.execute(text("SELECT * FROM nowhere")))


async def test_moments_come_back_as_they_went_in(db: Database) -> None:
    moment = datetime(2026, 1, 31, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=8)))

    def insert(session: Session) -> None:
        user = UserRow(username="a", username_key="a", password_hash="", role="", status="", created_at=moment)
        session.add(user)
        session.flush()
        session.add(SessionRow(id="0", user_id=user.id, refresh_hash="", created_at=moment, expires_at=moment))

    await db.write(insert)
    stored = await db.read(lambda session: session.scalars(select(UserRow.created_at)).one())
    assert (stored, stored.tzinfo) == (moment, UTC)
    assert await db.read(lambda session: session.scalars(select(SessionRow.revoked_at)).one()) is None


async def test_moments_without_a_zone_are_refused(db: Database) -> None:
    naive = DeviceRow(name="a", name_key="a", url_public="", url_sealed="", created_at=datetime(2026, 1, 31))
    with pytest.raises(StatementError):
        await db.write(lambda session: session.add(naive))


async def test_missing_json_is_null(db: Database) -> None:
    new = NewVersion("yolo.pt", "0" * 64, 1, "folder", "olga")
    await db.write(lambda session: algorithms.insert(session, "Cars", new))
    query = text("SELECT count(*) FROM algorithm_versions WHERE error IS NULL AND imported IS NULL")
    assert await db.read(lambda session: session.execute(query).scalar_one()) == 1


async def test_a_write_under_way_is_waited_for_at_the_end(database_url: str, settings: Settings) -> None:
    db = Database(settings.sqlalchemy_url)
    await db.call(migrate)
    writing, go_on = threading.Event(), threading.Event()

    def slow(session: Session) -> None:
        devices.insert(session, "slow", "", "")
        writing.set()
        go_on.wait(10)

    write = asyncio.create_task(db.write(slow))
    await asyncio.to_thread(writing.wait, 10)
    closing = asyncio.create_task(db.close())
    go_on.set()
    await asyncio.gather(write, closing)
    again = Database(settings.sqlalchemy_url)
    assert await names(again) == ["slow"]
    await again.close()


async def test_what_comes_after_the_end_is_told_that_there_is_no_database(tmp_path: Path) -> None:
    """A check of a camera, say, that was under way when siapp was closed, and has its answer now."""
    db = Database(f"sqlite:///{tmp_path / 'siapp.db'}")
    await db.call(migrate)
    closing = asyncio.create_task(db.close())
    await asyncio.sleep(0)
    for late in (db.read(devices.seals), db.write(add("late")), db.write_at_last(add("late")), db.call(migrate)):
        with pytest.raises(Unavailable):
            await asyncio.wait_for(late, 5)
    await closing


# ---- SQLite locked by another process ------------------------------------------------------------------------


@contextmanager
def locked(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the database locked until its input is closed."""
    locker = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("locker.py")), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert locker.stdout is not None
    assert locker.stdout.readline() == "locked\n"
    try:
        yield locker
    finally:
        locker.communicate()


@pytest.fixture
async def sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr(module, "WAIT_S", 0.5)
    monkeypatch.setattr(module, "RETRY_S", 0.05)
    db = Database(f"sqlite:///{tmp_path / 'siapp.db'}")
    await db.call(migrate)
    await db.write(add("before"))
    yield db
    await db.close()


async def test_reads_that_pile_up_behind_a_server_that_has_vanished_are_given_up(sqlite: Database) -> None:
    def vanished(_session: Session) -> None:
        time.sleep(0.8)

    stuck = [asyncio.create_task(sqlite.read(vanished)) for _reader in range(module.READERS)]
    late = [asyncio.create_task(names(sqlite)) for _read in range(20)]
    for answer in await asyncio.gather(*late, return_exceptions=True):
        assert isinstance(answer, Unavailable)
    await asyncio.gather(*stuck)
    assert await names(sqlite) == ["before"]


async def test_while_sqlite_is_locked_reads_answer_and_writes_wait_and_then_say_so(
    sqlite: Database, tmp_path: Path
) -> None:
    with locked(tmp_path / "siapp.db"):
        started = time.monotonic()
        writes = [asyncio.create_task(sqlite.write(add(f"camera {n}"))) for n in range(10)]
        for _read in range(5):
            assert await names(sqlite) == ["before"]
        assert not any(write.done() for write in writes)
        answers = await asyncio.gather(*writes, return_exceptions=True)
        waited = time.monotonic() - started
    assert all(isinstance(answer, Unavailable) and answer.retry_after_s > 0 for answer in answers)
    assert waited < 3, "one after the other they would have waited for 5 s"
    await sqlite.write(add("after"))
    assert await names(sqlite) == ["before", "after"]


async def test_a_write_whose_lock_is_released_in_time_is_stored(sqlite: Database, tmp_path: Path) -> None:
    with locked(tmp_path / "siapp.db") as locker:
        write = asyncio.create_task(sqlite.write(add("waiting")))
        await names(sqlite)
        assert not write.done()
        await asyncio.to_thread(locker.communicate)
        await write
    assert await names(sqlite) == ["before", "waiting"]


async def test_what_has_happened_already_is_stored_once_after_the_lock(sqlite: Database, tmp_path: Path) -> None:
    with locked(tmp_path / "siapp.db"):
        write = asyncio.create_task(sqlite.write_at_last(add("at last")))
        with pytest.raises(Unavailable):
            await sqlite.write(add("refused"))
        assert not write.done()
    await write
    assert await names(sqlite) == ["before", "at last"]


async def test_a_file_that_is_no_database_is_a_clear_refusal_and_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "siapp.db"
    path.write_bytes(b"not a database, but 1,000 bytes of something else" * 40)
    before, db = path.read_bytes(), Database(f"sqlite:///{path}")
    with pytest.raises(SiappError):
        await db.call(migrate)
    await db.close()
    assert path.read_bytes() == before


# ---- PostgreSQL that goes away -------------------------------------------------------------------------------


@pytest.fixture
async def postgresql(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr(module, "WAIT_S", 0.5)
    db = Database(postgres.empty_database().replace("postgresql://", "postgresql+psycopg://"))
    await db.call(migrate)
    yield db
    await db.close()


async def test_connections_that_the_server_ended_are_replaced_without_an_error(
    postgresql: Database, postgres: PostgresServer
) -> None:
    await postgresql.write(add("one"))
    postgres.end_connections()
    assert await names(postgresql) == ["one"]
    await postgresql.write(add("two"))


async def test_a_connection_ended_in_the_middle_of_a_write_is_an_outage(
    postgresql: Database, postgres: PostgresServer
) -> None:
    def interrupted(session: Session) -> None:
        devices.insert(session, "half", "", "")
        postgres.end_connections()
        session.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        await postgresql.write(interrupted)
    assert await names(postgresql) == []


async def test_a_server_that_is_not_there_is_an_outage() -> None:
    db = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    with pytest.raises(Unavailable) as caught:
        await db.call(migrate)
    assert "nobody" not in caught.value.text()
    await db.close()


async def test_a_row_that_somebody_holds_is_waited_for_and_then_it_is_an_outage(postgresql: Database) -> None:
    device = await postgresql.write(add("one"))
    held, let_go = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        devices.get(session, device.id, lock=True)
        held.set()
        let_go.wait(10)

    holding = asyncio.create_task(postgresql.write(hold))
    await asyncio.to_thread(held.wait, 10)
    with pytest.raises(Unavailable):
        await postgresql.write(lambda session: devices.update(session, device.id, "two", "", ""))
    assert await names(postgresql) == ["one"]
    let_go.set()
    await holding
    await postgresql.write(lambda session: devices.update(session, device.id, "two", "", ""))
