"""Tasks: the table, what can be done with the chosen ones, and everything about one of them at its side."""

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from siapp.core.domain import Role, Task, TaskState
from siapp.core.i18n import _
from siapp.ui.actions import can_start, can_stop
from siapp.ui.bulk import Outcomes, Telling, for_each, tell
from siapp.ui.desk import Desk
from siapp.ui.pages.table_page import TablePage
from siapp.ui.pages.task_columns import GROUPS, Group, columns
from siapp.ui.pages.task_details import TaskDetails
from siapp.ui.pages.task_sheet import TaskSheet
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.widgets.segments import Segments
from siapp.ui.widgets.sheet import Sheet
from siapp.ui.widgets.table import Column

# Of one, the table shows the new state: nothing has to be told.
STARTED = Telling("", _("{count} tasks are starting."), _("{count} of {total} tasks are starting."))
STOPPED = Telling("", _("{count} tasks are stopping."), _("{count} of {total} tasks are stopping."))
DELETED = Telling(
    _("The task “{name}” is deleted."), _("{count} tasks are deleted."), _("{count} of {total} tasks are deleted.")
)
MOST_NAMED = 10


class TasksPage(TablePage[Task]):
    """New, start, stop, delete; options, log, charts and key frames of the one that is chosen."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        made: list[Column[Task]] = columns(desk)
        super().__init__(desk, _("Tasks"), desk.stores.tasks, made, parent)
        self.groups: Segments[Group] = Segments(desk.words, _("State"), GROUPS, widest="99")
        self.groups.chosen.connect(lambda group: self.table.narrow(group.takes))
        self.tools.addWidget(self.groups)
        self.start_button = self.add_action(
            _("Start"), "play", self.start, lambda rows: any(map(can_start, rows)), keys="F5"
        )
        self.stop_button = self.add_action(
            _("Stop"), "stop", self.stop, lambda rows: any(map(can_stop, rows)), keys="Shift+F5"
        )
        self._add_details()
        self.add_action(_("Delete"), "trash", self.ask_delete, lambda rows: all(map(can_start, rows)), keys="Del")
        self.set_primary("list-bullets", _("There are no tasks yet."), _("New task"), self.add)
        store = desk.stores.tasks
        for signal in (store.reset, store.put, store.removed):
            signal.connect(self._count)
        # What the selected task may do changes with its state.
        store.put.connect(lambda _task: self.apply_rights())
        self.table.opened.connect(self.open_details)
        self.table.chosen.connect(self._follow_row)
        self._count()

    @property
    def details(self) -> TaskDetails | None:
        return self.sheet if isinstance(self.sheet, TaskDetails) else None

    def add(self) -> None:
        self.open_sheet(TaskSheet(self.desk))

    def open_details(self, task: Task, tab: Callable[[TaskDetails], QWidget] = lambda sheet: sheet.tuning) -> None:
        """At the side, with one of its tabs in front."""
        if [each.id for each in self.table.selected()] != [task.id]:  # asked for from elsewhere
            self.table.choose(task.id)
        if self.details is None:
            self.open_sheet(TaskDetails(self.desk, task))
        elif self.details.task.id != task.id:
            self.details.show_task(task)
        if self.details is not None:
            self.details.tabs.open(tab(self.details))

    def open_log(self, task: Task) -> None:
        self.open_details(task, lambda sheet: sheet.log)

    def open_sheet(self, sheet: Sheet) -> None:
        if isinstance(sheet, TaskDetails):
            sheet.fit(self.width())
        super().open_sheet(sheet)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.details is not None:
            self.details.fit(self.width())

    def start(self, tasks: list[Task]) -> None:
        service, actor = self.desk.services.tasks, self.desk.actor
        work = for_each(list(filter(can_start, tasks)), lambda task: service.start(actor, task.id))
        self.desk.operations.run(self, "start-tasks", work, self._tell(STARTED))

    def stop(self, tasks: list[Task]) -> None:
        service, actor = self.desk.services.tasks, self.desk.actor
        work = for_each(list(filter(can_stop, tasks)), lambda task: service.stop(actor, task.id))
        self.desk.operations.run(self, "stop-tasks", work, self._tell(STOPPED))

    def ask_delete(self, tasks: list[Task]) -> None:
        """Once, naming what is lost."""
        words = self.desk.words
        if len(tasks) == 1:
            title, verb = words(_("Delete the task “{name}”?"), name=tasks[0].name), _("Delete task")
        else:
            title, verb = words(_("Delete {count} tasks?"), count=len(tasks)), _("Delete tasks")
        text = self._names(tasks) + words(
            _("Its options, its log and its results are lost. Camera and algorithm stay.")
        )
        Confirm(words, self.window(), title, text, verb, lambda: self._delete(tasks)).open()

    def _delete(self, tasks: list[Task]) -> None:
        service, actor = self.desk.services.tasks, self.desk.actor
        work = for_each(tasks, lambda task: service.delete(actor, task.id))
        self.desk.operations.run(self, "delete-tasks", work, self._tell(DELETED))

    def _tell(self, telling: Telling) -> Callable[[Outcomes[Task]], None]:
        return lambda outcomes: tell(self.desk, outcomes, telling)

    def _names(self, tasks: list[Task]) -> str:
        """Of several, one a line, and how many more there are."""
        if len(tasks) == 1:
            return ""
        lines = [task.name for task in tasks[:MOST_NAMED]]
        if len(tasks) > MOST_NAMED:
            lines.append(self.desk.words(_("And {count} more."), count=len(tasks) - MOST_NAMED))
        return "\n".join(lines) + "\n\n"

    def _add_details(self) -> None:
        def one(rows: list[Task]) -> bool:
            return len(rows) == 1

        def at(tab: Callable[[TaskDetails], QWidget]) -> Callable[[list[Task]], None]:
            return lambda rows: self.open_details(rows[0], tab)

        options, log = at(lambda sheet: sheet.tuning), at(lambda sheet: sheet.log)
        self.add_action(_("Details"), "sliders-horizontal", options, one, keys="Ctrl+E", role=Role.VIEWER)
        self.add_action(_("Log"), "article", log, one, keys="Ctrl+G", role=Role.VIEWER)
        for message, glyph, keys, show in (
            (_("Charts of the task"), "chart-line", "Ctrl+Shift+G", at(lambda sheet: sheet.charts)),
            (_("Key frames of the task"), "image", "Ctrl+Shift+F", at(lambda sheet: sheet.frames)),
        ):
            self.add_command(
                message,
                partial(self._with_chosen, show),
                keys=keys,
                glyph=glyph,
                ready=lambda: one(self.table.selected()),
            )
        self.add_command(
            _("Undo changes of options"),
            self._undo,
            keys="Ctrl+Z",
            glyph="arrow-counter-clockwise",
            role=Role.OPERATOR,
            ready=lambda: self.details is not None and self.details.tuning.can_undo,
        )

    def _with_chosen(self, show: Callable[[list[Task]], None]) -> None:
        show(self.table.selected())

    def _undo(self) -> None:
        if self.details is not None:
            self.details.tuning.undo()

    def _follow_row(self) -> None:
        """With the details open, the arrow keys go through the tasks."""
        chosen = self.table.selected()
        if self.details is not None and len(chosen) == 1 and chosen[0].id != self.details.task.id:
            self.details.show_task(chosen[0])

    def _count(self, *_change: object) -> None:
        tasks = self.desk.stores.tasks.all()
        self.groups.set_counts({group: sum(map(group.takes, tasks)) for group in Group})
        self.badge.emit(sum(task.state is TaskState.ERROR for task in tasks))
