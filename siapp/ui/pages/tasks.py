"""Tasks: the table, starting and stopping, and the way to each one's log."""

from functools import partial

from siapp.core.domain import Role, Task
from siapp.core.i18n import _
from siapp.ui.actions import can_start, can_stop, start_task, stop_task
from siapp.ui.desk import Desk
from siapp.ui.marks import TASK_MARKS
from siapp.ui.pages.table_page import TablePage
from siapp.ui.pages.task_log import TaskLogSheet
from siapp.ui.pages.task_sheet import TaskSheet
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.widgets.table import Column


def _columns(desk: Desk) -> list[Column[Task]]:
    words = desk.words

    def state(task: Task) -> str:
        return words(TASK_MARKS[task.state].word)

    def state_tip(task: Task) -> str:
        return words.problem(task.error) if task.error is not None else state(task)

    def algorithm(task: Task) -> str:
        version = f" v{task.algorithm.version}" if task.algorithm.version is not None else ""
        return f"{task.algorithm.name}{version}"

    def rate(task: Task) -> str:
        return f"{task.stats.fps_out:.1f}" if task.state.is_active and task.stats.fps_out else "–"

    def latency(task: Task) -> str:
        late = task.stats.latency_ms
        return words(_("{milliseconds} ms"), milliseconds=round(late)) if task.state.is_active and late else "–"

    def auto(task: Task) -> str:
        return words(_("Yes")) if task.auto_start else words(_("No"))

    return [
        Column(_("State"), state, 140, mark=lambda task: TASK_MARKS[task.state], tip=state_tip),
        Column(_("Name"), lambda task: task.name, order=lambda task: task.name.casefold()),
        Column(_("Camera"), lambda task: task.device.name),
        Column(_("Algorithm"), algorithm, 200, spare=3),
        Column(_("fps"), rate, 72, spare=4, order=lambda task: task.stats.fps_out, right=True),
        Column(_("Latency"), latency, 88, spare=2, order=lambda task: task.stats.latency_ms, right=True),
        Column(_("Auto-start"), auto, 96, spare=1),
    ]


class TasksPage(TablePage[Task]):
    """New, start, stop, delete, log."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, _("Tasks"), desk.stores.tasks, _columns(desk))
        self.start_button = self.add_action(
            _("Start"), "play", self._start, lambda rows: any(map(can_start, rows)), keys="F5"
        )
        self.stop_button = self.add_action(
            _("Stop"), "stop", self._stop, lambda rows: any(map(can_stop, rows)), keys="Shift+F5"
        )
        self.add_action(
            _("Log"),
            "article",
            lambda rows: self.open_log(rows[0]),
            lambda rows: len(rows) == 1,
            keys="Ctrl+G",
            role=Role.VIEWER,
        )
        self.add_action(_("Delete"), "trash", self.ask_delete, lambda rows: all(map(can_start, rows)), keys="Del")
        self.set_primary("list-bullets", _("There are no tasks yet."), _("New task"), self.add)
        # What the selected task may do changes with its state.
        desk.stores.tasks.put.connect(lambda _task: self.apply_rights())
        self.table.opened.connect(self.open_log)

    def add(self) -> None:
        self.open_sheet(TaskSheet(self.desk))

    def open_log(self, task: Task) -> None:
        self.open_sheet(TaskLogSheet(self.desk, task))

    def ask_delete(self, tasks: list[Task]) -> None:
        """Once, naming what is lost."""
        words = self.desk.words
        if len(tasks) == 1:
            title, verb = words(_("Delete the task “{name}”?"), name=tasks[0].name), _("Delete task")
        else:
            title, verb = words(_("Delete {count} tasks?"), count=len(tasks)), _("Delete tasks")
        names = "\n".join(task.name for task in tasks[:10]) + "\n\n" if len(tasks) > 1 else ""
        text = names + words(_("Its options, its log and its results are lost. Camera and algorithm stay."))
        Confirm(words, self.window(), title, text, verb, lambda: self._delete(tasks)).open()

    def _start(self, tasks: list[Task]) -> None:
        for task in filter(can_start, tasks):
            start_task(self.desk, self, task)

    def _stop(self, tasks: list[Task]) -> None:
        for task in filter(can_stop, tasks):
            stop_task(self.desk, self, task)

    def _delete(self, tasks: list[Task]) -> None:
        for task in tasks:
            self.desk.operations.run(
                self,
                f"delete-task-{task.id}",
                self.desk.services.tasks.delete(self.desk.actor, task.id),
                partial(self._deleted, task.name),
            )

    def _deleted(self, name: str, _nothing: None) -> None:
        self.desk.done(_("The task “{name}” is deleted."), name=name)
