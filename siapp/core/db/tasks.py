"""Queries about live tasks."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from siapp.core.clock import now
from siapp.core.db import records
from siapp.core.db.tables import AlgorithmRow, DeviceRow, TaskRow
from siapp.core.db.unique import claim_task_name, find, flush_named, release_task_name
from siapp.core.domain import Problem, Task, TaskOptions, TaskState
from siapp.core.errors import Conflict, NotFound
from siapp.core.i18n import _
from siapp.core.naming import name_key
from siapp.core.page import Page
from siapp.core.specs import options_to_json


def insert(
    session: Session, name: str, device_id: int, algorithm_id: int, options: TaskOptions, auto_start: bool
) -> Task:
    # Locked, so that neither can be deleted and no twin of the task made until this is stored.
    device = find(session, DeviceRow, device_id, lock=True)
    algorithm = find(session, AlgorithmRow, algorithm_id, lock=True)
    if device is None:
        raise NotFound("device_not_found", _("There is no such camera."))
    if algorithm is None:
        raise NotFound("algorithm_not_found", _("There is no such algorithm."))
    _refuse_twins(session, name, device, algorithm)
    row = TaskRow(
        name=name,
        name_key=name_key(name),
        device=device,
        algorithm=algorithm,
        options=options_to_json(options),
        state=TaskState.STOPPED.value,
        state_since=now(),
        error=None,
        auto_start=auto_start,
        created_at=now(),
    )
    session.add(row)
    flush_named(session, name)
    return records.task(row)


def get(session: Session, task_id: int) -> Task:
    return records.task(_get(session, task_id))


def page(session: Session, limit: int, offset: int) -> Page[Task]:
    total = session.scalar(select(func.count()).select_from(TaskRow)) or 0
    rows = session.scalars(select(TaskRow).order_by(TaskRow.id).limit(limit).offset(offset))
    return Page(tuple(records.task(row) for row in rows), total)


def count_by_state(session: Session) -> dict[TaskState, int]:
    """How many there are in each state that any is in."""
    rows = session.execute(select(TaskRow.state, func.count()).group_by(TaskRow.state))
    return {TaskState(state): count for state, count in rows}


def set_state(session: Session, task_id: int, state: TaskState, problem: Problem | None) -> Task:
    row = _get(session, task_id)
    if row.state != state.value:
        row.state, row.state_since = state.value, now()
    row.error = records.problem_to_json(problem)
    session.flush()
    return records.task(row)


def set_options(session: Session, task_id: int, options: TaskOptions, auto_start: bool) -> Task:
    row = _get(session, task_id)
    row.options, row.auto_start = options_to_json(options), auto_start
    session.flush()
    return records.task(row)


def delete(session: Session, task_id: int) -> Task:
    """The task as it was."""
    row = _get(session, task_id)
    if TaskState(row.state).is_active:
        raise Conflict("task_running", _("The task “{name}” is running. Stop it first."), name=row.name)
    release_task_name(session, row.name)
    task = records.task(row)
    session.delete(row)
    return task


def interrupt_active(session: Session, problem: Problem) -> tuple[Task, ...]:
    """After a start: no task runs, whatever the rows say. The tasks that did, as they are now."""
    active = [state.value for state in TaskState if state.is_active]
    rows = session.scalars(select(TaskRow).where(TaskRow.state.in_(active))).all()
    for row in rows:
        row.state, row.state_since = TaskState.INTERRUPTED.value, now()
        row.error = records.problem_to_json(problem)
    session.flush()
    return tuple(records.task(row) for row in rows)


def using_algorithm(session: Session, algorithm_id: int) -> tuple[Task, ...]:
    rows = session.scalars(select(TaskRow).where(TaskRow.algorithm_id == algorithm_id))
    return tuple(records.task(row) for row in rows)


def _get(session: Session, task_id: int) -> TaskRow:
    row = find(session, TaskRow, task_id)
    if row is None:
        raise NotFound("task_not_found", _("There is no such task."))
    return row


def _refuse_twins(session: Session, name: str, device: DeviceRow, algorithm: AlgorithmRow) -> None:
    claim_task_name(session, name)
    twin = session.scalar(
        select(TaskRow.name).where(TaskRow.device_id == device.id, TaskRow.algorithm_id == algorithm.id)
    )
    if twin is not None:
        raise Conflict(
            "duplicate_task",
            _("The task “{name}” analyses this camera with this algorithm already."),
            name=twin,
        )
