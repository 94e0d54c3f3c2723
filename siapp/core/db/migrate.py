"""Brings the database to this program's version at every start, after a backup where SQLite has older data."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from siapp.core.db.tables import Base
from siapp.core.errors import SiappError
from siapp.core.i18n import _

logger = logging.getLogger(__name__)


class DatabaseRefused(SiappError):
    """This database is not ours to change; it is left alone."""


class DatabaseTooNew(DatabaseRefused):
    """A newer siapp has written this database."""


def migrate(engine: Engine) -> None:
    """Run the migrations that are missing. Raises DatabaseTooNew where the database knows one that we don't,
    DatabaseRefused where another program's tables are in it."""
    config = migrations()
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return
    if current is None:
        _refuse_foreign(engine)
    elif current not in {script.revision for script in scripts.walk_revisions()}:
        raise DatabaseTooNew(
            "database_too_new",
            _("The database was written by a newer siapp. Install that version; nothing was changed."),
        )
    else:
        _back_up(engine, current)
    with engine.execution_options(siapp_writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    logger.info("database migrated from %s to %s", current or "nothing", head)


def migrations() -> Config:
    """Alembic's settings; `attributes["connection"]` is where the migrations run."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def _refuse_foreign(engine: Engine) -> None:
    """The system that siapp replaces has tables of the same names."""
    with engine.connect() as connection:
        foreign = set(inspect(connection).get_table_names()) & set(Base.metadata.tables)
    if foreign:
        raise DatabaseRefused(
            "database_of_another_program",
            _("The database has tables of another program. Give siapp a database of its own; nothing was changed."),
        )


def _back_up(engine: Engine, revision: str) -> None:
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return  # PostgreSQL's backups belong to whoever runs the server
    source = Path(engine.url.database)
    backup = source.with_name(f"{source.stem}.before-{revision}.db")
    draft = backup.with_name(f"{backup.name}.part")
    draft.unlink(missing_ok=True)
    # SQLite's own backup takes in what is still in the log, and is right even while somebody writes.
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(draft)) as copy:
        original.backup(copy)
    draft.chmod(0o600)
    draft.replace(backup)
