"""Queries about tests of algorithms on recorded videos."""

from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from siapp.core.clock import now
from siapp.core.db import records
from siapp.core.db.tables import AlgorithmRow, TestRow
from siapp.core.db.unique import claim_task_name, find, flush_named, release_task_name
from siapp.core.domain import Problem, Progress, RecordedVideo, TaskOptions, TaskState, TestTask
from siapp.core.errors import Conflict, NotFound
from siapp.core.i18n import _
from siapp.core.naming import name_key
from siapp.core.page import Page
from siapp.core.specs import options_to_json

ACTIVE = tuple(state.value for state in TaskState if state.is_active)


@dataclass(frozen=True, slots=True)
class NewTest:
    """A test as it is first stored."""

    name: str
    algorithm_id: int
    video: RecordedVideo
    options: TaskOptions
    created_by: str


def insert(session: Session, new: NewTest) -> TestTask:
    # Locked, so that it can't be deleted until this is stored.
    algorithm = find(session, AlgorithmRow, new.algorithm_id, lock=True)
    if algorithm is None:
        raise NotFound("algorithm_not_found", _("There is no such algorithm."))
    claim_task_name(session, new.name)
    row = TestRow(
        name=new.name,
        name_key=name_key(new.name),
        algorithm=algorithm,
        version=None,
        options=options_to_json(new.options),
        video_name=new.video.filename,
        video_file=new.video.file,
        video_size=new.video.size,
        info=asdict(new.video.info),
        state=TaskState.STOPPED.value,
        state_since=now(),
        error=None,
        progress=None,
        created_by=new.created_by,
        created_at=now(),
    )
    session.add(row)
    flush_named(session, new.name)
    return records.test(row)


def insert_again(session: Session, test_id: int, new: NewTest) -> TestTask:
    """A test of the video that `test_id` has, too. Raises NotFound where that is deleted, and its video with it."""
    _get(session, test_id, lock=True)  # so that it can't be deleted until this is stored
    return insert(session, new)


def get(session: Session, test_id: int) -> TestTask:
    return records.test(_get(session, test_id))


def page(session: Session, limit: int, offset: int) -> Page[TestTask]:
    total = session.scalar(select(func.count()).select_from(TestRow)) or 0
    rows = session.scalars(select(TestRow).order_by(TestRow.id).limit(limit).offset(offset))
    return Page(tuple(records.test(row) for row in rows), total)


def count_by_state(session: Session) -> dict[TaskState, int]:
    """How many there are in each state that any is in."""
    rows = session.execute(select(TestRow.state, func.count()).group_by(TestRow.state))
    return {TaskState(state): count for state, count in rows}


def set_state(
    session: Session, test_id: int, state: TaskState, problem: Problem | None, progress: Progress | None
) -> TestTask:
    row = _get(session, test_id)
    if row.state != state.value:
        row.state, row.state_since = state.value, now()
    row.error = records.problem_to_json(problem)
    row.progress = None if progress is None else asdict(progress)
    session.flush()
    return records.test(row)


def use_version(session: Session, test_id: int, version: int) -> None:
    """What its next run tries. Raises NotFound where that version is deleted."""
    row = _get(session, test_id)
    algorithm = find(session, AlgorithmRow, row.algorithm_id, lock=True)
    if algorithm is None or version not in {one.version for one in algorithm.versions}:
        raise NotFound("version_not_found", _("There is no such version."))
    row.version = version


def set_options(session: Session, test_id: int, options: TaskOptions) -> TestTask:
    """Raises Conflict while it runs."""
    row = _get(session, test_id, lock=True)
    if row.state in ACTIVE:
        raise running(row.name)
    row.options = options_to_json(options)
    session.flush()
    return records.test(row)


def shares_video(session: Session, test_id: int) -> bool:
    """Whether another test has this one's video. That stays so until the transaction ends: who deletes one of them,
    or makes another one, waits for it."""
    file = _get(session, test_id).video_file
    same = select(TestRow.id).where(TestRow.video_file == file)
    session.execute(same.order_by(TestRow.id).with_for_update()).all()  # in one order: nobody waits for one another
    return session.scalar(same.where(TestRow.id != test_id).limit(1)) is not None


def delete(session: Session, test_id: int) -> TestTask:
    """The test as it was."""
    row = _get(session, test_id)
    if row.state in ACTIVE:
        raise running(row.name)
    test = records.test(row)
    release_task_name(session, row.name)
    session.delete(row)
    session.flush()
    return test


def interrupt_active(session: Session, problem: Problem) -> tuple[TestTask, ...]:
    """After a start: no test runs, whatever the rows say. The tests that did, as they are now."""
    rows = session.scalars(select(TestRow).where(TestRow.state.in_(ACTIVE))).all()
    for row in rows:
        row.state, row.state_since = TaskState.INTERRUPTED.value, now()
        row.error = records.problem_to_json(problem)
    session.flush()
    return tuple(records.test(row) for row in rows)


def files(session: Session) -> dict[int, str]:
    """Each test's number, and the name of its video."""
    return {row.id: row.video_file for row in session.execute(select(TestRow.id, TestRow.video_file))}


def running(name: str) -> Conflict:
    return Conflict("task_running", _("The test “{name}” is running. Stop it first."), name=name)


def _get(session: Session, test_id: int, *, lock: bool = False) -> TestRow:
    row = find(session, TestRow, test_id, lock=lock)
    if row is None:
        raise NotFound("test_not_found", _("There is no such test."))
    return row
