"""A new test, the same video with other options, and the options of a test's next run."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QCheckBox

from siapp.core.domain import TaskOptions, TestTask
from siapp.core.errors import InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.core.naming import LONGEST_NAME, name_key
from siapp.core.services.uploads import size_of
from siapp.ui.desk import Desk
from siapp.ui.operations import Work
from siapp.ui.pages.task_options import OptionsForm
from siapp.ui.widgets.buttons import ProgressButton
from siapp.ui.widgets.drop import VIDEOS, DropArea
from siapp.ui.widgets.fields import ChoiceField, Field, TextField
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.sheet import COPY, Loss, Sheet

Made = Callable[[TestTask], object]
"""Hears of a test that is there now."""


def free_name(desk: Desk, wanted: str) -> str:
    """`wanted`, with a number where a test or a task has that name already."""
    stores = desk.stores
    taken = {name_key(test.name) for test in stores.tests.all()} | {name_key(task.name) for task in stores.tasks.all()}
    plain = " ".join(wanted.replace("/", " ").replace("\\", " ").split())
    name, number = plain[:LONGEST_NAME].strip(), 1
    while name_key(name) in taken:
        number += 1
        ending = f" ({number})"
        name = plain[: LONGEST_NAME - len(ending)].strip() + ending
    return name


class TestSheet(Sheet):
    """What the three have in common: the algorithm, how it analyses, and where an error belongs."""

    __test__ = False

    def __init__(self, desk: Desk, title: str, name: str = "") -> None:
        super().__init__(desk.words, title, name=name)
        self._desk = desk
        ready = [(each.id, each.name) for each in desk.stores.algorithms.by_name() if each.active is not None]
        self.name = TextField(desk.words, _("Name"))
        self.algorithm = ChoiceField(desk.words, _("Algorithm"), ready)
        self.form = OptionsForm(desk.words)
        self.form.show_options(TaskOptions())
        self.form.max_fps.hide()  # of a recorded video every frame is looked at
        self.start_now = QCheckBox()
        self.start_now.setChecked(True)
        desk.words.bind(self.start_now, self.start_now.setText, _("Start at once"))
        self.algorithm.box.currentIndexChanged.connect(lambda _place: self._show_classes())
        self._show_classes()

    def choose_algorithm(self, number: int | None) -> None:
        place = self.algorithm.box.findData(number)
        if place >= 0:
            self.algorithm.box.setCurrentIndex(place)

    def _show_classes(self) -> None:
        number = self.algorithm.value
        algorithm = self._desk.stores.algorithms.get(number) if number is not None else None
        version = algorithm.active if algorithm is not None else None
        self.form.set_classes(version.classes if version is not None else ())

    def _blamed(self, error: SiappError) -> Field:
        named = error.code == "name_taken" or (isinstance(error, InvalidInput) and error.field == "name")
        return self.name if named else self.algorithm

    def _fail(self, error: SiappError) -> None:
        if not self.form.fail(error):
            self._blamed(error).fail(self.words.error(error))


class NewTestSheet(TestSheet):
    """The button shows how much of the video is copied, and cancels that."""

    __test__ = False

    def __init__(self, desk: Desk, made: Made, path: Path | None = None, algorithm: int | None = None) -> None:
        super().__init__(desk, _("New test"))
        self._made = made
        self._work: Work | None = None
        self._named = False
        self.drop = DropArea(self.words, VIDEOS)
        self.drop.chosen.connect(self._take)
        self.file = Field(self.words, _("Video file"), self.drop, _("It is copied to the station."))
        self.name.line.textEdited.connect(self._take_name)
        for part in (self.file, self.name, self.algorithm, self.form, self.start_now):
            self.body.addWidget(part)
        self.body.addStretch()
        self.save_button = ProgressButton(self.words, _("Add test"), _("Copying … Cancel"), self.save, look="primary")
        self.set_buttons(primary=self.save_button)
        self.begin_at(self.drop.button)
        self.choose_algorithm(algorithm)
        if path is not None:
            self.drop.take(path)

    def loss(self) -> Loss | None:
        return COPY if self.save_button.busy else super().loss()

    def save(self) -> None:
        path, algorithm = self.drop.path, self.algorithm.value
        if path is None:
            self.file.fail(self.words(_("Choose a video file first.")))
        elif algorithm is None:
            self.algorithm.fail(self.words(_("Upload an algorithm on the page Algorithms first.")))
        else:
            work = self._add(path, algorithm, self.form.options)
            self._work = self._desk.operations.run(
                self, "add-test", work, self._saved, failed=self._fail, busy=self.save_button
            )
            # Closing the sheet gives the copy up: nobody would see how it goes on.
            cancel = self._work.cancel
            self.destroyed.connect(lambda: cancel())

    async def _add(self, path: Path, algorithm: int, options: TaskOptions) -> TestTask:
        size = max(1, await size_of(path))
        return await self._desk.services.tests.add_from_file(
            self._desk.actor,
            self.name.text,
            algorithm,
            path,
            options,
            lambda copied: self.save_button.progress(copied / size),
        )

    def _take(self, path: Path) -> None:
        self.file.clear()
        if not self._named:
            self.name.line.setText(free_name(self._desk, path.stem))
            self.name.line.setCursorPosition(0)
            self.name.clear()

    def _take_name(self, text: str) -> None:
        self._named = bool(text)

    def _saved(self, test: TestTask) -> None:
        self._desk.done(_("The test “{name}” is there."), name=test.name)
        start_now = self.start_now.isChecked()
        self.closed.emit()
        self._made(test)
        if start_now:
            start_test(self._desk, test)

    def _blamed(self, error: SiappError) -> Field:
        by_name = super()._blamed(error)
        return self.file if by_name is self.algorithm and error.code != "algorithm_not_ready" else by_name


class AgainSheet(TestSheet):
    """Another test of the same video. The first one keeps its results, so that both can be compared."""

    __test__ = False

    def __init__(self, desk: Desk, made: Made, test: TestTask) -> None:
        super().__init__(desk, _("Run “{name}” with other options"), name=test.name)
        self._made, self._test = made, test
        self.choose_algorithm(test.algorithm.id)
        self.form.show_options(test.options)
        self.name.line.setText(free_name(desk, test.name))
        self.name.line.setCursorPosition(0)
        hint = _("A new test of the same video. The results of “{name}” stay, and both can be compared.")
        explained = label(self.words, "", "muted", wrap=True)
        self.words.bind(explained, explained.setText, hint, name=test.name)
        for part in (explained, self.name, self.algorithm, self.form, self.start_now):
            self.body.addWidget(part)
        self.body.addStretch()
        self.save_button = ProgressButton(
            self.words, _("Add test"), _("Adding …"), self.save, look="primary", cancel=False
        )
        self.set_buttons(primary=self.save_button)
        self.begin_at(self.name)

    def save(self) -> None:
        work = self._desk.services.tests.add_again(
            self._desk.actor, self._test.id, self.name.text, self.form.options, self.algorithm.value
        )
        self._desk.operations.run(self, "add-again", work, self._saved, failed=self._fail, busy=self.save_button)

    def _saved(self, test: TestTask) -> None:
        self._desk.done(_("The test “{name}” is there."), name=test.name)
        start_now = self.start_now.isChecked()
        self.closed.emit()
        self._made(test)
        if start_now:
            start_test(self._desk, test)


class OptionsSheet(TestSheet):
    """For the next run of a test at rest."""

    __test__ = False

    def __init__(self, desk: Desk, test: TestTask) -> None:
        super().__init__(desk, _("Options of “{name}”"), name=test.name)
        self._test = test
        for unused in (self.name, self.algorithm, self.start_now):
            unused.setParent(self)  # else it would never go
            unused.hide()
        self.choose_algorithm(test.algorithm.id)
        self.form.show_options(test.options)
        self.body.addWidget(label(self.words, _("They count from the next run on."), "muted", wrap=True))
        self.body.addWidget(self.form)
        self.body.addStretch()
        self.save_button = ProgressButton(self.words, _("Save"), _("Saving …"), self.save, look="primary", cancel=False)
        self.set_buttons(primary=self.save_button)
        self.begin_at(self.form.confidence)

    def save(self) -> None:
        work = self._desk.services.tests.update_options(self._desk.actor, self._test.id, self.form.options)
        self._desk.operations.run(self, "options", work, self._saved, failed=self._fail, busy=self.save_button)

    def _saved(self, test: TestTask) -> None:
        self._desk.done(_("The options of “{name}” are saved."), name=test.name)
        self.closed.emit()

    def _blamed(self, error: SiappError) -> Field:
        return self.form.confidence


def start_test(desk: Desk, test: TestTask) -> None:
    """What becomes of it comes as an event; a refusal is a toast."""
    desk.operations.run(desk.stores, f"start-test-{test.id}", desk.services.tests.start(desk.actor, test.id))
