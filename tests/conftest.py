"""Fixtures for all tests: real databases, a real station, and a guard against what tests leave behind."""

import gc
import inspect
import logging
import multiprocessing
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web_app

from siapp.app import Station
from siapp.core.declarations import _sqlalchemy_url
from siapp.core.domain import Actor, Role
from siapp.core.services import accounts
from siapp.core.settings import Settings
from tests.leftovers import ErrorLines, Snapshot, tasks_left_behind
from tests.postgres import PostgresServer, migrated, running_postgres
from tests.statements import share_compiled_statements
from tests.street import artefact as artefact
from tests.street import camera as camera
from tests.street import car as car

QUICK_HASH_ROUNDS = 4


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "expects_errors: the test provokes ERROR lines in the log")
    multiprocessing.set_start_method("spawn", force=True)
    share_compiled_statements()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Guard each coroutine test by a look at its loop, from inside it and after all other fixtures of the test."""
    if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
        known = item._fixtureinfo.name2fixturedefs
        lasting = [name for name in item.fixturenames if name in known and known[name][-1].scope != "function"]
        item.fixturenames.insert(len(lasting), "no_task_is_left")


@pytest.fixture(autouse=True)
def nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves threads, child processes, shared memory or an unexpected ERROR line."""
    before, errors = Snapshot(), ErrorLines()
    logging.getLogger().addHandler(errors)
    yield
    logging.getLogger().removeHandler(errors)
    left = before.left_behind()
    if request.node.get_closest_marker("expects_errors") is None:
        left += [f"in the log: {line}" for line in errors.lines]
    assert not left, f"left behind: {left}"


@pytest.fixture(autouse=True)
def no_thread_collects_what_belongs_to_qt() -> Iterator[None]:
    """Once a test has made a QApplication, Python's collector works between tests, on this thread only: elsewhere it
    would destroy Qt's objects behind its back, and a later test would crash. See siapp/ui/garbage.py."""
    yield
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is not None and widgets.QApplication.instance() is not None:
        from siapp.ui.garbage import collect_due

        gc.disable()
        collect_due()


@pytest.fixture(autouse=True)
def no_application_is_kept() -> Iterator[None]:
    """aiohttp remembers up to 1,024 applications whose middlewares it has built, with all that hangs on them: over a
    whole run some gigabytes, which every look for garbage would go through."""
    yield
    web_app._cached_build_middleware.cache_clear()


@pytest_asyncio.fixture
async def no_task_is_left(nothing_is_left: None) -> AsyncIterator[None]:
    """Fails a test that leaves asyncio tasks."""
    yield
    left = tasks_left_behind()
    assert not left, f"tasks left behind: {left}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with siapp's tables and nothing in them. Copies save the migrations of two thousand tests."""
    path = tmp_path_factory.mktemp("template") / "siapp.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database, of both kinds in turn: empty, or with siapp's tables where the test has a `station`.
    A test that asks for it runs twice."""
    has_station = "station" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "siapp.db"
        if has_station:
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.ready_database() if has_station else server.empty_database()


@pytest.fixture
def settings(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings untouched by the environment: SQLite, or the `database_url` of a test that asks for one."""
    url = request.getfixturevalue("database_url") if "database_url" in request.fixturenames else None
    settings = settings_in(tmp_path / "data", monkeypatch, url)
    if url is None and "station" in request.fixturenames:
        settings.data_dir.mkdir(mode=0o700)
        shutil.copy(request.getfixturevalue("sqlite_template"), settings.data_dir / "siapp.db")
    return settings


def settings_in(data: Path, monkeypatch: pytest.MonkeyPatch, url: str | None = None) -> Settings:
    monkeypatch.setattr(accounts, "HASH_ROUNDS", QUICK_HASH_ROUNDS)
    for name in ("DATABASE_URL", "SECRET_KEY", "ALGORITHM", "ACCESS_TOKEN_EXPIRE_MINUTES"):
        monkeypatch.delenv(name, raising=False)
    own = {"data_dir": data, "database_url": None if url is None else _sqlalchemy_url(url)}
    return _plain_settings().model_copy(update=own, deep=True)


@cache
def _plain_settings() -> Settings:
    """Read once: pydantic takes longer to look for fifty settings than many a test for all else."""
    return Settings(
        _env_file=None,
        SIAPP_DATA_DIR=Path(),
        SIAPP_PORT=0,
        SIAPP_DATABASE_URL=None,
        SIAPP_INFERENCE_DEVICE="cpu",  # whatever this machine has
    )


@pytest_asyncio.fixture
async def station(settings: Settings) -> AsyncIterator[Station]:
    """A whole siapp without a face."""
    async with Station(settings) as running:
        yield running


@pytest.fixture
def admin() -> Actor:
    return Actor(1001, "ada", Role.ADMIN, "test")


@pytest.fixture
def operator() -> Actor:
    return Actor(1002, "olga", Role.OPERATOR, "test")


@pytest.fixture
def viewer() -> Actor:
    return Actor(1003, "vera", Role.VIEWER, "test")
