"""Brings the database to this program's version at every start, after a backup where SQLite has older data."""

import logging
import shutil
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from siapp.core.errors import SiappError
from siapp.core.i18n import _

logger = logging.getLogger(__name__)


class DatabaseTooNew(SiappError):
    """A newer siapp has written this database; it is left alone."""


def migrate(engine: Engine) -> None:
    """Run the migrations that are missing. Raises DatabaseTooNew where the database knows one that we don't."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return
    if current is not None:
        if current not in {script.revision for script in scripts.walk_revisions()}:
            raise DatabaseTooNew(
                "database_too_new",
                _("The database was written by a newer siapp. Install that version; nothing was changed."),
            )
        _back_up(engine, current)
    with engine.execution_options(siapp_writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    logger.info("database migrated from %s to %s", current or "nothing", head)


def _back_up(engine: Engine, revision: str) -> None:
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return  # PostgreSQL's backups belong to whoever runs the server
    source = Path(engine.url.database)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    shutil.copy2(source, source.with_name(f"{source.stem}.before-{revision}.db"))
