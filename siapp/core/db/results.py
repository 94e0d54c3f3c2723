"""Queries about results: whose folder a name means, and what people's files take."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from siapp.core.db import records
from siapp.core.db.tables import TaskRow, TestRow, VersionRow
from siapp.core.domain import Problem, TaskState, VersionState
from siapp.core.errors import NotFound
from siapp.core.i18n import _
from siapp.core.naming import LONGEST_KEY, name_key

_SQLITE_BYTES = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
_POSTGRES_BYTES = "SELECT pg_database_size(current_database())"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom results belong to: a live task or a test (`is_test`). `error`: why its last run failed."""

    id: int
    name: str
    is_test: bool
    error: Problem | None = None

    @property
    def folder(self) -> str:
        """The name of its folder in results/."""
        return f"{'test' if self.is_test else 'task'}-{self.id}"


def owner(session: Session, name: str) -> Owner:
    """Of the live task or the test with this name. Raises NotFound."""
    # What can't be a name is nobody's: PostgreSQL takes neither NUL nor half characters in a text.
    key = name_key(name) if len(name) <= LONGEST_KEY and name.isprintable() else ""
    for kind in (TaskRow, TestRow):
        row = session.execute(select(kind.id, kind.name).where(kind.name_key == key)).first()
        if row is not None:
            return Owner(row.id, row.name, kind is TestRow)
    raise NotFound("task_not_found", _("There is no such task."))


def video_of(session: Session, name: str) -> str:
    """The generated name of a test's video. Raises NotFound where there is no such test."""
    found = owner(session, name)
    file = session.scalar(select(TestRow.video_file).where(TestRow.id == found.id)) if found.is_test else None
    if file is None:
        raise NotFound("test_not_found", _("There is no such test."))
    return file


def owners(session: Session) -> tuple[Owner, ...]:
    """Of all live tasks and tests."""
    return tuple(
        Owner(row.id, row.name, kind is TestRow, _failure(row.state, row.error))
        for kind in (TaskRow, TestRow)
        for row in session.execute(select(kind.id, kind.name, kind.state, kind.error))
    )


def stored_bytes(session: Session, username: str) -> int:
    """What somebody's weight files and test videos take, a video of several tests once. What siapp has made of a
    version is not counted."""
    weights = select(func.sum(VersionRow.size)).where(
        VersionRow.uploaded_by == username,
        VersionRow.made_from.is_(None),
        VersionRow.state != VersionState.REJECTED.value,  # nothing is left of those
    )
    files = select(TestRow.video_file, TestRow.video_size).where(TestRow.created_by == username).distinct().subquery()
    videos = select(func.sum(files.c.video_size))
    return int(session.scalar(weights) or 0) + int(session.scalar(videos) or 0)


def database_bytes(session: Session) -> int:
    """What the database itself takes."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return int(session.scalar(text(_SQLITE_BYTES if is_sqlite else _POSTGRES_BYTES)) or 0)


def database_version(session: Session) -> str:
    """Its kind and version."""
    if session.get_bind().dialect.name == "sqlite":
        return f"SQLite {session.scalar(text('SELECT sqlite_version()'))}"
    return f"PostgreSQL {session.scalar(text('SHOW server_version'))}"


def _failure(state: str, error: dict[str, Any] | None) -> Problem | None:
    return records.problem_from_json(error) if state == TaskState.ERROR.value else None
