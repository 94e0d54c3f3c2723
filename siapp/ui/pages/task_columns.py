"""The columns of the table of tasks, and the states that one can look at alone."""

from enum import Enum, auto

from siapp.core.domain import Task, TaskState
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.marks import TASK_MARKS
from siapp.ui.pages.task_state import advice, since
from siapp.ui.widgets.table import Column


class Group(Enum):
    """Tasks by what a person wants to know of them."""

    ALL = auto()
    RUNNING = auto()
    ATTENTION = auto()
    STOPPED = auto()

    def takes(self, task: Task) -> bool:
        return self is Group.ALL or task.state in _STATES[self]


_STATES = {
    Group.RUNNING: frozenset({TaskState.RUNNING, TaskState.STARTING}),
    Group.ATTENTION: frozenset({TaskState.ERROR, TaskState.RECONNECTING, TaskState.INTERRUPTED}),
    Group.STOPPED: frozenset({TaskState.STOPPED, TaskState.STOPPING}),
}
GROUPS = [
    (Group.ALL, _("All")),
    (Group.RUNNING, _("Running")),
    (Group.ATTENTION, _("Need attention")),
    (Group.STOPPED, _("Stopped")),
]


def columns(desk: Desk) -> list[Column[Task]]:
    words = desk.words

    def state(task: Task) -> str:
        return words(TASK_MARKS[task.state].word)

    def state_tip(task: Task) -> str:
        why = words.problem(task.error) if task.error is not None else ""
        return "\n".join(line for line in (state(task), why, advice(task, words)) if line)

    def algorithm(task: Task) -> str:
        version = f" v{task.algorithm.version}" if task.algorithm.version is not None else ""
        return f"{task.algorithm.name}{version}"

    def rate(task: Task) -> str:
        return f"{task.stats.fps_out:.1f}" if task.state.is_active and task.stats.fps_out else "–"

    def latency(task: Task) -> str:
        late = task.stats.latency_ms
        return words(_("{milliseconds} ms"), milliseconds=round(late)) if task.state.is_active and late else "–"

    def objects(task: Task) -> str:
        return str(task.stats.objects) if task.state is TaskState.RUNNING and task.stats.fps_out else "–"

    def why(task: Task) -> str:
        return words.problem(task.error) if task.error is not None else ""

    def auto(task: Task) -> str:
        return words(_("Yes")) if task.auto_start else words(_("No"))

    return [
        Column(_("State"), state, 132, mark=lambda task: TASK_MARKS[task.state], tip=state_tip),
        Column(_("Name"), lambda task: task.name, order=lambda task: task.name.casefold()),
        Column(_("Camera"), lambda task: task.device.name, 160, spare=7),
        Column(_("Algorithm"), algorithm, 160, spare=4),
        Column(_("fps"), rate, 64, spare=6, order=lambda task: task.stats.fps_out, right=True),
        Column(_("Latency"), latency, 88, spare=5, order=lambda task: task.stats.latency_ms, right=True),
        Column(_("Objects"), objects, 80, spare=3, order=lambda task: task.stats.objects, right=True),
        Column(_("Since"), lambda task: since(task.state_since), 100, spare=2, order=lambda task: task.state_since),
        Column(_("Why"), why, 180, spare=2, tip=state_tip),
        Column(_("Auto-start"), auto, 96, spare=1),
    ]
