"""Upload weights: new algorithms, or new versions of one; several files go one after another."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from siapp.core.domain import Algorithm
from siapp.core.errors import InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.core.naming import LONGEST_NAME
from siapp.ui.desk import Desk
from siapp.ui.operations import Work
from siapp.ui.widgets.buttons import ProgressButton, icon_button
from siapp.ui.widgets.drop import DropArea
from siapp.ui.widgets.fields import Field, TextField
from siapp.ui.widgets.labels import ElidedLabel, label
from siapp.ui.widgets.sheet import COPY, Loss, Sheet
from siapp.ui.words import Words


class UploadItem(QFrame):
    """One file: its name, what the algorithm will be called where it is a new one, and how much is copied."""

    removed = Signal()

    def __init__(self, words: Words, path: Path, *, named: bool) -> None:
        super().__init__()
        self.setObjectName("upload")
        self.path = path
        self._words = words
        self.name = TextField(words, _("Name"))
        self.name.line.setText(path.stem[:LONGEST_NAME])
        self.name.line.setCursorPosition(0)
        self.name.setVisible(named)
        self._named = named
        self.remove_button = icon_button(words, _("Leave this file away"), "x", self.removed.emit)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        kept = self.bar.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(kept)
        self.bar.hide()
        words.bind(self.bar, self.bar.setAccessibleName, _("Copying"))
        self.note = label(words, "", "error", wrap=True)
        self.note.hide()
        head = QHBoxLayout()
        head.addWidget(ElidedLabel(path.name, "strong", Qt.TextElideMode.ElideMiddle), 1)
        head.addWidget(self.remove_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 4, 8)
        column.setSpacing(4)
        column.addLayout(head)
        for part in (self.name, self.note, self.bar):
            column.addWidget(part)
            part.setContentsMargins(0, 0, 8, 0)

    def begin(self) -> None:
        self.remove_button.setEnabled(False)
        self.note.hide()
        self.name.clear()

    def progress(self, fraction: float) -> None:
        self.bar.setValue(round(fraction * 1000))
        self.bar.setVisible(fraction > 0)

    def stop(self) -> None:
        """As before it began."""
        self.remove_button.setEnabled(True)
        self.progress(0)

    def fail(self, error: SiappError) -> None:
        """At the name where it is to blame, else below the file."""
        self.stop()
        text = self._words.error(error)
        if self._named and (error.code == "name_taken" or (isinstance(error, InvalidInput) and error.field == "name")):
            self.name.fail(text)
        else:
            self.note.setText(text)
            self.note.show()


class UploadSheet(Sheet):
    """The button shows how much is copied and cancels; reading the files goes on after that, shown on their cards."""

    def __init__(self, desk: Desk, algorithm: Algorithm | None = None, paths: Sequence[Path] = ()) -> None:
        title = _("New version of “{name}”") if algorithm else _("Upload algorithm")
        super().__init__(desk.words, title, name=algorithm.name if algorithm else "")
        self._desk, self._algorithm = desk, algorithm
        self._work: Work | None = None
        self.items: list[UploadItem] = []
        words = desk.words
        self.drop = DropArea(words, many=True)
        self.drop.chosen.connect(self.take)
        help_message = _("YOLO detection weights. Nothing inside the file is run: it is read as data and checked.")
        self.file = Field(words, _("Weight files"), self.drop, help_message)
        self.body.addWidget(self.file)
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self.body.addLayout(self._list)
        self.body.addStretch()
        self.save_button = ProgressButton(words, _("Upload"), _("Copying … Cancel"), self.save, look="primary")
        self.set_buttons(primary=self.save_button)
        self.begin_at(self.drop.button)
        for path in paths:
            self.take(path)

    def loss(self) -> Loss | None:
        return COPY if self.save_button.busy else super().loss()

    def take(self, path: Path) -> None:
        """One more file; the same one twice is once."""
        if any(item.path == path for item in self.items):
            return
        self.file.clear()
        item = UploadItem(self.words, path, named=self._algorithm is None)
        item.removed.connect(lambda: self._drop_item(item))
        self.items.append(item)
        self._list.addWidget(item)

    def save(self) -> None:
        if not self.items:
            self.file.fail(self.words(_("Choose a weight file first.")))
            return
        self._work = self._desk.operations.run(self, "upload", self._upload(), self._saved, busy=self.save_button)
        # Closing the sheet gives the upload up: nobody would see how it goes on.
        cancel = self._work.cancel
        self.destroyed.connect(lambda: cancel())

    async def _upload(self) -> int:
        """How many were copied. Those that were not stay in the list, with the reason."""
        waiting, copied = tuple(self.items), 0
        for place, item in enumerate(waiting):
            item.begin()
            try:
                await self._upload_item(item, place, len(waiting))
            except SiappError as error:
                item.fail(error)
            except asyncio.CancelledError:
                if shiboken6.isValid(item):  # else the sheet was closed
                    item.stop()
                raise
            else:
                copied += 1
                self._drop_item(item)
        return copied

    async def _upload_item(self, item: UploadItem, place: int, count: int) -> None:
        service, actor = self._desk.services.algorithms, self._desk.actor
        size = await asyncio.to_thread(_size, item.path)

        def on_bytes(copied: int) -> None:
            item.progress(copied / size)
            self.save_button.progress((place + copied / size) / count)

        if self._algorithm is not None:
            await service.add_version_from_file(actor, self._algorithm.id, item.path, on_bytes)
        else:
            await service.add_from_file(actor, item.name.text, item.path, on_bytes)

    def _drop_item(self, item: UploadItem) -> None:
        self.items.remove(item)
        self._list.removeWidget(item)
        item.hide()
        item.deleteLater()

    def _saved(self, copied: int) -> None:
        if copied == 1:
            self._desk.done(_("The file is copied and is being read."))
        elif copied:
            self._desk.done(_("{count} files are copied and are being read."), count=copied)
        if not self.items:
            self.closed.emit()


def _size(path: Path) -> int:
    try:
        return max(1, path.stat().st_size)
    except OSError:
        return 1
