"""Queries about algorithms and their versions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from siapp.core.clock import now
from siapp.core.db import records
from siapp.core.db.tables import AlgorithmRow, TaskRow, TestRow, VersionRow
from siapp.core.db.unique import find, flush_named, refuse_twin
from siapp.core.domain import Algorithm, Problem, TaskState, VersionState
from siapp.core.errors import Conflict, NotFound
from siapp.core.i18n import _
from siapp.core.naming import name_key
from siapp.core.page import Page


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version as it is first stored: its file is there, its import has not begun. `made_from`: an earlier version."""

    filename: str
    sha256: str
    size: int
    folder: str
    uploaded_by: str
    made_from: int | None = None


@dataclass(frozen=True, slots=True)
class Artefact:
    """Where a version's artefact lies and what the importer learnt about it."""

    folder: str
    imported: dict[str, Any]


def refuse_taken(session: Session, name: str) -> None:
    """Raises Conflict where another algorithm has this name."""
    refuse_twin(session, AlgorithmRow.name_key, name)


def insert(session: Session, name: str, new: NewVersion) -> Algorithm:
    refuse_taken(session, name)
    row = AlgorithmRow(
        name=name, name_key=name_key(name), active_version=None, last_version=1, versions=[_version_row(1, new)]
    )
    session.add(row)
    flush_named(session, name)
    return records.algorithm(row)


def insert_version(session: Session, algorithm_id: int, new: NewVersion) -> Algorithm:
    row = _get(session, algorithm_id, lock=True)
    row.last_version += 1
    row.versions.append(_version_row(row.last_version, new))
    session.flush()
    return records.algorithm(row)


def insert_optimized(session: Session, algorithm_id: int, number: int, folder: str, who: str) -> Algorithm:
    """The next version, to be made from version `number`. Raises Conflict where that can't be optimised just now."""
    row = _get(session, algorithm_id, lock=True)
    source = _get_version(row, number)
    if source.imported is None:
        raise _not_ready(number)
    if source.made_from is not None or source.imported.get("int8"):
        raise Conflict("already_int8", _("Version {version} is INT8 already."), version=number)
    if any(v.made_from == number and v.state == VersionState.IMPORTING.value for v in row.versions):
        raise Conflict("being_optimized", _("Version {version} is being optimised already."), version=number)
    new = NewVersion(source.filename, source.sha256, source.size, folder, who, made_from=number)
    return insert_version(session, algorithm_id, new)


def get(session: Session, algorithm_id: int, *, lock: bool = False) -> Algorithm:
    return records.algorithm(_get(session, algorithm_id, lock=lock))


def page(session: Session, limit: int, offset: int) -> Page[Algorithm]:
    total = session.scalar(select(func.count()).select_from(AlgorithmRow)) or 0
    rows = session.scalars(select(AlgorithmRow).order_by(AlgorithmRow.id).limit(limit).offset(offset))
    return Page(tuple(records.algorithm(row) for row in rows), total)


def finish_import(
    session: Session,
    algorithm_id: int,
    folder: str,
    imported: dict[str, Any] | None,
    problem: Problem | None,
    report: dict[str, Any] | None = None,
) -> Algorithm | None:
    """Store how an import ended. The first good upload becomes the active one; what was made from another version
    waits for somebody to activate it. None where it was deleted meanwhile.
    """
    row = find(session, AlgorithmRow, algorithm_id, lock=True)
    version = next((v for v in row.versions if v.folder == folder), None) if row else None
    if row is None or version is None:
        return None
    version.state = (VersionState.READY if imported else VersionState.REJECTED).value
    version.imported = imported
    version.error = records.problem_to_json(problem)
    version.report = report
    if imported and row.active_version is None and version.made_from is None:
        row.active_version = version.version
    session.flush()
    return records.algorithm(row)


def activate(session: Session, algorithm_id: int, number: int) -> Algorithm:
    row = _get(session, algorithm_id, lock=True)
    version = _get_version(row, number)
    if version.state != VersionState.READY.value:
        raise _not_ready(number)
    row.active_version = number
    return records.algorithm(row)


def artefact(session: Session, algorithm_id: int, number: int) -> Artefact:
    version = _get_version(_get(session, algorithm_id), number)
    if version.imported is None:
        raise _not_ready(number)
    return Artefact(version.folder, version.imported)


def delete(session: Session, algorithm_id: int) -> tuple[Algorithm, tuple[str, ...]]:
    """The algorithm as it was, and the folders whose files can go once this is committed."""
    row = _get(session, algorithm_id, lock=True)
    _refuse_in_use(session, algorithm_id)
    algorithm, folders = records.algorithm(row), tuple(version.folder for version in row.versions)
    session.delete(row)
    return algorithm, folders


def delete_version(session: Session, algorithm_id: int, number: int) -> tuple[Algorithm, tuple[str, ...]]:
    row = _get(session, algorithm_id, lock=True)
    version = _get_version(row, number)
    if row.active_version == number:
        _refuse_in_use(session, algorithm_id)
        row.active_version = None
    _refuse_running(session, algorithm_id, number)
    row.versions.remove(version)
    session.flush()
    return records.algorithm(row), (version.folder,)


def cancel(session: Session, algorithm_id: int, number: int) -> tuple[Algorithm, tuple[str, ...]]:
    """Take away a version that is being made."""
    row = _get(session, algorithm_id, lock=True)
    version = _get_version(row, number)
    if version.state != VersionState.IMPORTING.value:
        raise Conflict("not_importing", _("Version {version} is not being made any more."), version=number)
    row.versions.remove(version)
    session.flush()
    return records.algorithm(row), (version.folder,)


def delete_stillborn(session: Session, algorithm_id: int) -> bool:
    """Delete an algorithm whose first version was cancelled and that nobody uses; whether it was so."""
    row = _get(session, algorithm_id, lock=True)
    if row.versions or row.last_version > 1 or _users(session, algorithm_id):
        return False
    session.delete(row)
    return True


def reject_unfinished(session: Session, imported: Problem, optimized: Problem) -> None:
    """After a start: imports and optimisations that were under way when the program ended will not go on."""
    for made, problem in ((VersionRow.made_from.is_(None), imported), (VersionRow.made_from.is_not(None), optimized)):
        session.execute(
            update(VersionRow)
            .where(VersionRow.state == VersionState.IMPORTING.value, made)
            .values(state=VersionState.REJECTED.value, error=records.problem_to_json(problem))
        )


def folders(session: Session) -> frozenset[str]:
    return frozenset(session.scalars(select(VersionRow.folder)))


def _version_row(number: int, new: NewVersion) -> VersionRow:
    return VersionRow(
        version=number,
        filename=new.filename,
        sha256=new.sha256,
        size=new.size,
        state=VersionState.IMPORTING.value,
        error=None,
        imported=None,
        folder=new.folder,
        uploaded_by=new.uploaded_by,
        created_at=now(),
        made_from=new.made_from,
    )


def _not_ready(number: int) -> Conflict:
    return Conflict("version_not_ready", _("Version {version} is not ready to be used."), version=number)


def _get(session: Session, algorithm_id: int, *, lock: bool = False) -> AlgorithmRow:
    row = find(session, AlgorithmRow, algorithm_id, lock=lock)
    if row is None:
        raise NotFound("algorithm_not_found", _("There is no such algorithm."))
    return row


def _get_version(row: AlgorithmRow, number: int) -> VersionRow:
    version = next((v for v in row.versions if v.version == number), None)
    if version is None:
        raise NotFound("version_not_found", _("There is no such version."))
    return version


def _refuse_in_use(session: Session, algorithm_id: int) -> None:
    _refuse(_users(session, algorithm_id))


def _users(session: Session, algorithm_id: int) -> list[str]:
    """The names of the tasks and tests that use it."""
    return [
        name
        for kind in (TaskRow, TestRow)
        for name in session.scalars(select(kind.name).where(kind.algorithm_id == algorithm_id).order_by(kind.id))
    ]


def _refuse_running(session: Session, algorithm_id: int, number: int) -> None:
    """A test goes on with the version that it began with, whichever is the active one now."""
    active = [state.value for state in TaskState if state.is_active]
    this = TestRow.algorithm_id == algorithm_id, TestRow.version == number, TestRow.state.in_(active)
    _refuse(session.scalars(select(TestRow.name).where(*this).order_by(TestRow.id)))


def _refuse(users: Iterable[str]) -> None:
    if tasks := ", ".join(users):
        raise Conflict("algorithm_in_use", _("Tasks use this algorithm: {tasks}. Delete them first."), tasks=tasks)
