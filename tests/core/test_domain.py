"""Roles and the table of a task's states."""

import pytest

from siapp.core.domain import Role, TaskState

S = TaskState

# From each state to these and to no other.
ALLOWED = {
    S.STOPPED: {S.STARTING},
    S.STARTING: {S.RUNNING, S.RECONNECTING, S.STOPPING, S.ERROR, S.INTERRUPTED},
    S.RUNNING: {S.STARTING, S.RECONNECTING, S.STOPPING, S.COMPLETED, S.ERROR, S.INTERRUPTED},
    S.RECONNECTING: {S.STARTING, S.RUNNING, S.STOPPING, S.ERROR, S.INTERRUPTED},
    S.STOPPING: {S.STOPPED, S.INTERRUPTED},
    S.COMPLETED: {S.STARTING},
    S.INTERRUPTED: {S.STARTING, S.STOPPED},
    S.ERROR: {S.STARTING, S.STOPPING, S.STOPPED},
}


@pytest.mark.parametrize("old", TaskState)
def test_a_state_becomes_those_of_the_table_and_no_other(old: TaskState) -> None:
    assert {new for new in TaskState if old.may_become(new)} == ALLOWED[old]


def test_a_worker_belongs_to_a_task_while_it_is_active() -> None:
    assert {state for state in TaskState if state.is_active} == {S.STARTING, S.RUNNING, S.RECONNECTING, S.STOPPING}


def test_every_active_state_can_end_and_can_be_interrupted() -> None:
    for state in (state for state in TaskState if state.is_active):
        assert state.may_become(S.INTERRUPTED)
        assert state is S.STOPPING or state.may_become(S.STOPPING)


def test_each_role_may_do_what_the_ones_before_it_may() -> None:
    roles = list(Role)
    for place, role in enumerate(roles):
        assert [role.covers(needed) for needed in roles] == [n <= place for n in range(len(roles))]
