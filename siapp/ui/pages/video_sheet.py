"""Try an algorithm on a recorded video: choose it, and a test of both begins."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from siapp.core.domain import Algorithm, TestTask
from siapp.core.errors import InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.core.naming import LONGEST_NAME, name_key
from siapp.ui.desk import Desk
from siapp.ui.widgets.buttons import ProgressButton
from siapp.ui.widgets.drop import VIDEOS, DropArea
from siapp.ui.widgets.fields import Field, TextField
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.sheet import COPY, Loss, Sheet


class VideoSheet(Sheet):
    """The button shows how much is copied and cancels. `begun(test_id)` hears of the test that was started."""

    def __init__(
        self, desk: Desk, algorithm: Algorithm, begun: Callable[[int], object], path: Path | None = None
    ) -> None:
        super().__init__(desk.words, _("Try “{name}” on a video"), name=algorithm.name)
        self._desk, self._algorithm, self._begun = desk, algorithm, begun
        words = desk.words
        self.body.addWidget(
            label(words, _("The video becomes a test with the algorithm's active version."), "muted", wrap=True)
        )
        self.drop = DropArea(words, VIDEOS)
        self.drop.chosen.connect(self._take)
        self.file = Field(words, _("Video file"), self.drop)
        self.name = TextField(words, _("Name of the test"))
        for part in (self.file, self.name):
            self.body.addWidget(part)
        self.body.addStretch()
        self.save_button = ProgressButton(words, _("Start test"), _("Copying … Cancel"), self.save, look="primary")
        self.set_buttons(primary=self.save_button)
        self.begin_at(self.save_button if path is not None else self.drop.button)
        if path is not None:
            self.drop.take(path)

    def loss(self) -> Loss | None:
        return COPY if self.save_button.busy else super().loss()

    def save(self) -> None:
        path = self.drop.path
        if path is None:
            self.file.fail(self.words(_("Choose a video file first.")))
            return
        work = self._desk.operations.run(
            self, "try-video", self._make(path), self._made, failed=self._fail, busy=self.save_button
        )
        self.destroyed.connect(lambda: work.cancel())

    async def _make(self, path: Path) -> TestTask:
        tests, actor = self._desk.services.tests, self._desk.actor
        size = await asyncio.to_thread(_size, path)

        def on_bytes(copied: int) -> None:
            self.save_button.progress(copied / size)

        made = await tests.add_from_file(actor, self.name.text, self._algorithm.id, path, on_bytes=on_bytes)
        started, _done = await tests.start(actor, made.id)
        return started

    def _take(self, path: Path) -> None:
        self.file.clear()
        if not self.name.line.isModified():
            self.name.line.setText(self._free_name(f"{self._algorithm.name} {path.stem}"))
            self.name.line.setCursorPosition(0)
        self.save_button.setFocus()

    def _free_name(self, wanted: str) -> str:
        """`wanted`, with a number behind it where a task or a test has that name already."""
        stores = self._desk.stores
        taken = {name_key(task.name) for task in stores.tasks.all()} | {
            name_key(test.name) for test in stores.tests.all()
        }
        plain = "".join(" " if character in "/\\" else character for character in wanted)
        name, number = plain[:LONGEST_NAME].strip(), 1
        while name_key(name) in taken:
            number += 1
            name = f"{plain[: LONGEST_NAME - 5].strip()} {number}"
        return name

    def _made(self, test: TestTask) -> None:
        self._desk.done(_("The test “{name}” is started."), name=test.name)
        begun = self._begun
        self.closed.emit()
        begun(test.id)

    def _fail(self, error: SiappError) -> None:
        named = error.code == "name_taken" or (isinstance(error, InvalidInput) and error.field == "name")
        (self.name if named else self.file).fail(self.words.error(error))


def _size(path: Path) -> int:
    try:
        return max(1, path.stat().st_size)
    except OSError:
        return 1
