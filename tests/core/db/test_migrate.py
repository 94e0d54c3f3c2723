"""Migrations: the tables are what the code says, nothing foreign is touched, older data is saved first."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from siapp.core.db import algorithms
from siapp.core.db.engine import make_engine
from siapp.core.db.migrate import DatabaseRefused, DatabaseTooNew, migrate, migrations
from siapp.core.db.tables import Base


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    yield engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def test_a_migrated_database_is_what_the_code_says(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_missing_column_would_be_noticed(engine: Engine) -> None:
    """Without this the test above might compare nothing."""
    migrate(engine)
    run(engine, "ALTER TABLE devices DROP COLUMN url_sealed")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) != []


def test_tables_made_by_migrations_have_the_constraints_that_the_code_relies_on(engine: Engine) -> None:
    migrate(engine)
    found, wanted = inspect(engine), Base.metadata.tables
    for name, table in wanted.items():
        unique = {constraint["name"] for constraint in found.get_unique_constraints(name)}
        assert unique == {c.name for c in table.constraints if type(c).__name__ == "UniqueConstraint"}
        foreign = {key["name"]: key["options"].get("ondelete") for key in found.get_foreign_keys(name)}
        assert foreign == {key.name: key.ondelete for key in table.foreign_key_constraints}


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    before = tables(engine)
    migrate(engine)
    assert tables(engine) == before


def test_down_to_nothing_and_up_again(engine: Engine) -> None:
    migrate(engine)
    config = migrations()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert tables(engine) == {"alembic_version"}
    migrate(engine)
    assert tables(engine) == {*Base.metadata.tables, "alembic_version"}


def test_a_database_of_a_newer_siapp_is_refused_and_not_touched(engine: Engine, tmp_path: Path) -> None:
    migrate(engine)
    run(engine, "UPDATE alembic_version SET version_num = '9999'")
    run(engine, "CREATE TABLE from_the_future (id INTEGER)")
    files = {path.name for path in tmp_path.glob("*before*")}
    with pytest.raises(DatabaseTooNew) as caught:
        migrate(engine)
    assert caught.value.code == "database_too_new"
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
    assert "from_the_future" in tables(engine)
    assert {path.name for path in tmp_path.glob("*before*")} == files


def test_a_database_of_another_program_is_refused_and_not_touched(engine: Engine) -> None:
    run(engine, "CREATE TABLE users (name TEXT)")
    with pytest.raises(DatabaseRefused) as caught:
        migrate(engine)
    assert caught.value.code == "database_of_another_program"
    assert tables(engine) == {"users"}


def test_tables_with_other_names_are_no_hindrance(engine: Engine) -> None:
    run(engine, "CREATE TABLE spatial_ref_sys (id INTEGER)")
    migrate(engine)
    assert {"spatial_ref_sys", *Base.metadata.tables} <= tables(engine)


def migrate_to(engine: Engine, revision: str) -> None:
    """As the siapp did whose newest migration that was."""
    config = migrations()
    with engine.execution_options(siapp_writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


OLD_VERSION = """
    INSERT INTO algorithm_versions
        (algorithm_id, version, filename, sha256, size, state, imported, folder, uploaded_by, created_at)
    VALUES (1, 1, 'cars.pt', 'abc', 5, 'ready', '{"format": "pt", "classes": ["car"]}', 'f', 'olga', '2026-01-01 00:00')
"""


def test_an_older_database_is_brought_up_to_date_with_its_data(engine: Engine) -> None:
    migrate_to(engine, "0001")
    run(engine, "INSERT INTO algorithms (name, name_key, active_version) VALUES ('Cars', 'cars', 1)")
    run(engine, OLD_VERSION)
    migrate(engine)
    with Session(engine) as session:
        (version,) = algorithms.get(session, 1).versions
    assert (version.filename, version.classes, version.made_from, version.report) == ("cars.pt", ("car",), None, None)


def test_an_older_algorithm_goes_on_counting_from_its_highest_version(engine: Engine) -> None:
    migrate_to(engine, "0002")
    run(engine, "INSERT INTO algorithms (name, name_key, active_version) VALUES ('Cars', 'cars', 1)")
    run(engine, "INSERT INTO algorithms (name, name_key) VALUES ('Empty', 'empty')")
    for number in (1, 3):
        run(engine, OLD_VERSION.replace("(1, 1,", f"(1, {number},"))
    migrate(engine)
    new = algorithms.NewVersion("a.pt", "abc", 5, "f", "olga")
    with Session(engine) as session:
        numbers = [algorithms.insert_version(session, number, new).versions[-1].version for number in (1, 2)]
    assert numbers == [4, 1]


def test_an_older_sqlite_database_is_saved_before_it_is_migrated(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'siapp.db'}")
    migrate_to(engine, "0001")
    run(engine, "INSERT INTO algorithms (name, name_key) VALUES ('Cars', 'cars')")  # is in the log, not in the file
    migrate(engine)
    engine.dispose()
    backup = tmp_path / "siapp.before-0001.db"
    with closing(sqlite3.connect(backup)) as saved:
        assert saved.execute("SELECT name FROM algorithms").fetchall() == [("Cars",)]
    assert backup.stat().st_mode & 0o777 == 0o600


def test_a_migration_that_fails_changes_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(*_arguments: object) -> None:
        run_in = config_of_upgrade[0].attributes["connection"]
        run_in.execute(text("CREATE TABLE half (id INTEGER)"))
        raise RuntimeError("power cut")

    config_of_upgrade: list[object] = []
    monkeypatch.setattr(
        "siapp.core.db.migrate.command.upgrade", lambda config, _head: (config_of_upgrade.append(config), half())
    )
    with pytest.raises(RuntimeError):
        migrate(engine)
    assert tables(engine) == set()
