"""New tasks: one algorithm on one camera or on several, and how to analyse."""

from collections.abc import Awaitable, Callable

from PySide6.QtWidgets import QCheckBox

from siapp.core.domain import Task
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.ui.bulk import Outcomes, Telling, for_each, tell
from siapp.ui.desk import Desk
from siapp.ui.pages.task_options import OptionsForm
from siapp.ui.widgets.buttons import ProgressButton
from siapp.ui.widgets.check_list import CheckList, Choice
from siapp.ui.widgets.fields import ChoiceField, Field, TextField
from siapp.ui.widgets.sheet import Sheet

LONGEST_NAME = 100
WIDTH = 424
ROWS = 4
CREATED = Telling(
    _("The task “{name}” is there."), _("{count} tasks are there."), _("{count} of {total} tasks are there.")
)


class TaskSheet(Sheet):
    """The suggested name follows camera and algorithm until somebody writes another. Several cameras give as many
    tasks, each with the suggested name."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.words, _("New task"), width=WIDTH)
        self._desk = desk
        self._add_choices()
        self.form = OptionsForm(desk.words)
        self.body.addWidget(self.form)
        self.auto_start, self.start_now = QCheckBox(), QCheckBox()
        self.start_now.setChecked(True)
        self.words.bind(self.start_now, self.start_now.setText, _("Start at once"))
        self.words.bind(self.auto_start, self.auto_start.setText, _("Start with siapp"))
        self.body.addWidget(self.start_now)
        self.body.addWidget(self.auto_start)
        self.body.addStretch()
        self.save_button = ProgressButton(
            desk.words, _("Create task"), _("Creating …"), self.save, look="primary", cancel=False
        )
        self.set_buttons(primary=self.save_button)
        self._show_classes()
        self._suggest()
        self.begin_at(self.name if self.cameras.checked else self.cameras.view)

    def save(self) -> None:
        algorithm, cameras = self.algorithm.value, self._cameras()
        if not self.cameras.names():
            self.device.fail(self.words(_("Add a camera on the page Devices first.")))
        elif not cameras:
            self.device.fail(self.words(_("Choose at least one camera.")))
        elif algorithm is None:
            self.algorithm.fail(self.words(_("Upload an algorithm on the page Algorithms first.")))
        else:
            created: list[Task] = []
            create = self._creation(cameras, algorithm, created)
            work = for_each(cameras, create)
            self._desk.operations.run(
                self, "add-task", work, lambda outcomes: self._saved(outcomes, created), busy=self.save_button
            )

    def _creation(
        self, cameras: list[Choice], algorithm: int, created: list[Task]
    ) -> Callable[[Choice], Awaitable[None]]:
        """Makes a task for a camera as the form is now: it may be changed, or gone, before the last one is made."""
        desk, tasks, actor = self._desk, self._desk.services.tasks, self._desk.actor
        names = {each.number: self._name_for(each) if len(cameras) > 1 else self.name.text for each in cameras}
        options, auto_start, start_now = self.form.options, self.auto_start.isChecked(), self.start_now.isChecked()

        async def create(camera: Choice) -> None:
            task = await tasks.add(actor, names[camera.number], camera.number, algorithm, options, auto_start)
            created.append(task)
            if start_now:
                try:
                    await tasks.start(actor, task.id)
                except SiappError as error:  # it is there all the same
                    desk.warn(_("“{name}”: {reason}"), name=task.name, reason=desk.words.error(error))

        return create

    def _add_choices(self) -> None:
        words, stores = self.words, self._desk.stores
        self.cameras = CheckList(words, _("Cameras"), rows=ROWS)
        self.cameras.set_choices([Choice(device.id, device.name) for device in stores.devices.by_name()])
        if len(self.cameras.names()) == 1:
            self.cameras.set_checked(self.cameras.names())
        self.device = Field(words, _("Cameras"), self.cameras)
        ready = [(each.id, each.name) for each in stores.algorithms.by_name() if each.active is not None]
        self.algorithm = ChoiceField(words, _("Algorithm"), ready)
        self.name = TextField(words, _("Name"))
        self._named = False
        self.name.line.textEdited.connect(self._take_name)
        self.cameras.changed.connect(self._suggest)
        self.algorithm.box.currentIndexChanged.connect(lambda _index: self._show_classes())
        for part in (self.device, self.algorithm, self.name):
            self.body.addWidget(part)

    def _cameras(self) -> list[Choice]:
        names = self.cameras.names()
        return [Choice(number, names[number]) for number in self.cameras.checked]

    def _name_for(self, camera: Choice) -> str:
        return f"{camera.name} – {self.algorithm.box.currentText()}"[:LONGEST_NAME]

    def _take_name(self, text: str) -> None:
        self._named = bool(text)

    def _show_classes(self) -> None:
        algorithm = self._desk.stores.algorithms.get(self.algorithm.value or 0)
        active = algorithm.active if algorithm is not None else None
        self.form.set_classes(active.classes if active is not None else ())
        self._suggest()

    def _suggest(self) -> None:
        cameras = self._cameras()
        several = len(cameras) > 1
        self.device.clear()
        self.name.line.setEnabled(not several)
        if several:
            self.name.say(self.words(_("Each task is named after its camera and the algorithm.")))
        else:
            self.name.clear()
        if (several or not self._named) and cameras and self.algorithm.value is not None:
            self.name.line.setText(self._name_for(cameras[0]))
            self.name.line.setCursorPosition(0)
            self._named = False

    def _saved(self, outcomes: Outcomes[Choice], created: list[Task]) -> None:
        """Of one that was refused the form says why, and stays. Of several, those that are there are not asked
        for again."""
        if len(outcomes.done) + len(outcomes.failed) == 1 and outcomes.failed:
            self._fail(outcomes.failed[0][1])
            return
        if not outcomes.failed:
            tell(self._desk, Outcomes(created), CREATED)
            self.closed.emit()
        else:
            tell(self._desk, outcomes, CREATED)
            self.cameras.set_checked([camera.number for camera, _why in outcomes.failed])
            self._suggest()

    def _fail(self, error: SiappError) -> None:
        if not self.form.fail(error):
            field: Field = self.algorithm if error.code == "duplicate_task" else self.name
            field.fail(self.words.error(error))
