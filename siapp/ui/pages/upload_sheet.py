"""Upload weights: a new algorithm, or a new version of one."""

import asyncio
from pathlib import Path

from siapp.core.domain import Algorithm
from siapp.core.errors import InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.operations import Work
from siapp.ui.widgets.buttons import ProgressButton
from siapp.ui.widgets.drop import DropArea
from siapp.ui.widgets.fields import Field, TextField
from siapp.ui.widgets.sheet import Sheet


class UploadSheet(Sheet):
    """The button shows how much is copied and cancels; reading the file goes on after that, shown on its card."""

    def __init__(self, desk: Desk, algorithm: Algorithm | None = None, path: Path | None = None) -> None:
        title = _("New version of “{name}”") if algorithm else _("Upload algorithm")
        super().__init__(desk.words, title, name=algorithm.name if algorithm else "")
        self._desk, self._algorithm = desk, algorithm
        self._work: Work | None = None
        words = desk.words
        self.drop = DropArea(words)
        self.drop.chosen.connect(self._take)
        help_message = _("YOLO detection weights. Nothing inside the file is run: it is read as data and checked.")
        self.file = Field(words, _("Weight file"), self.drop, help_message)
        self.body.addWidget(self.file)
        self.name = TextField(words, _("Name"))
        self.name.setVisible(algorithm is None)
        self.body.addWidget(self.name)
        self.body.addStretch()
        self.save_button = ProgressButton(words, _("Upload"), _("Copying … Cancel"), self.save, look="primary")
        self.set_buttons(primary=self.save_button)
        self.begin_at(self.drop.button)
        if path is not None:
            self.drop.take(path)

    def save(self) -> None:
        path = self.drop.path
        if path is None:
            self.file.fail(self.words(_("Choose a weight file first.")))
            return
        self._work = self._desk.operations.run(
            self, "upload", self._upload(path), self._saved, failed=self._fail, busy=self.save_button
        )
        # Closing the sheet gives the upload up: nobody would see how it goes on.
        cancel = self._work.cancel
        self.destroyed.connect(lambda: cancel())

    async def _upload(self, path: Path) -> Algorithm:
        service, actor = self._desk.services.algorithms, self._desk.actor
        size = await asyncio.to_thread(_size, path)

        def on_bytes(copied: int) -> None:
            self.save_button.progress(copied / size)

        if self._algorithm is not None:
            return await service.add_version_from_file(actor, self._algorithm.id, path, on_bytes)
        return await service.add_from_file(actor, self.name.text, path, on_bytes)

    def _take(self, path: Path) -> None:
        self.file.clear()
        if not self.name.text:
            self.name.line.setText(path.stem[:100])
            self.name.line.setCursorPosition(0)

    def _saved(self, _algorithm: Algorithm) -> None:
        self._desk.done(_("The file is copied and is being read."))
        self.closed.emit()

    def _fail(self, error: SiappError) -> None:
        named = error.code == "name_taken" or (isinstance(error, InvalidInput) and error.field == "name")
        (self.name if named else self.file).fail(self.words.error(error))


def _size(path: Path) -> int:
    try:
        return max(1, path.stat().st_size)
    except OSError:
        return 1
