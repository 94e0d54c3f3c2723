"""Starting and stopping tasks, as wall and task page both do it."""

from PySide6.QtCore import QObject

from siapp.core.domain import Task, TaskState
from siapp.ui.desk import Desk


def start_task(desk: Desk, owner: QObject, task: Task) -> None:
    """What becomes of it comes as an event; a refusal is a toast."""
    desk.operations.run(owner, f"start-{task.id}", desk.services.tasks.start(desk.actor, task.id))


def stop_task(desk: Desk, owner: QObject, task: Task) -> None:
    desk.operations.run(owner, f"stop-{task.id}", desk.services.tasks.stop(desk.actor, task.id))


def toggle_task(desk: Desk, owner: QObject, task: Task) -> None:
    (stop_task if task.state.is_active else start_task)(desk, owner, task)


def can_start(task: Task) -> bool:
    return not task.state.is_active


def can_stop(task: Task) -> bool:
    # A task in error may still be tried again by the supervisor: stopping ends that.
    return (task.state.is_active and task.state is not TaskState.STOPPING) or task.state is TaskState.ERROR
