"""An algorithm tried on a picture: boxes at once, thresholds that follow the hand, classes to show and hide."""

import asyncio
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from siapp.core.domain import Algorithm, VersionState
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.trials import Trial
from siapp.ui.desk import Desk
from siapp.ui.operations import Work
from siapp.ui.pages.trial_side import LEAST, TrialSide
from siapp.ui.widgets.buttons import icon_button
from siapp.ui.widgets.drop import PICTURES, choose_files
from siapp.ui.widgets.empty import EmptyState
from siapp.ui.widgets.labels import ElidedLabel
from siapp.ui.widgets.waiting import Waiting
from siapp.ui.widgets.zoomed_picture import ZoomedPicture

VERSION_WIDTH = 160

Source = Path | QImage


class TrialPanel(QWidget):
    """In place of the cards until it is `closed`. `take` gives it a picture."""

    closed = Signal()

    def __init__(self, desk: Desk, algorithm: Algorithm, version: int) -> None:
        super().__init__()
        self._desk, self.algorithm, self.version = desk, algorithm, version
        self.source: Source | None = None
        self.trial: Trial | None = None
        self._problem: SiappError | None = None
        self._work: Work | None = None
        self.setAcceptDrops(True)
        self.view = ZoomedPicture()
        desk.words.bind(self.view, self.view.setAccessibleName, _("Picture with what was found"))
        self.side = TrialSide(desk.words)
        self.side.changed.connect(self._filter)
        self._compose()
        self.follow(algorithm)

    # ---- what a person does ------------------------------------------------------------------------------

    def choose(self) -> None:
        choose_files(self.window(), self._desk.words, PICTURES, lambda paths: self.take(paths[0]))

    def paste(self) -> None:
        """A picture from the clipboard, or the file that was copied there."""
        data: QMimeData | None = QGuiApplication.clipboard().mimeData()
        path = PICTURES.first(data) if data is not None else None
        image = QGuiApplication.clipboard().image()
        if path is not None:
            self.take(path)
        elif not image.isNull():
            self.take(image)
        else:
            self._desk.warn(_("There is no picture on the clipboard."))

    def shut(self) -> None:
        """Give up what is under way."""
        if self._work is not None:
            self._work.cancel()

    def take(self, source: Source) -> None:
        self.source = source
        self._run()

    def copy(self) -> None:
        if (image := self.view.annotated()) is not None:
            QGuiApplication.clipboard().setImage(image)
            self._desk.done(_("The picture with its boxes is on the clipboard."))

    def save(self) -> None:
        """Ask where to, then write what is seen, boxes included."""
        if self.trial is None:
            return
        dialog = QFileDialog(self.window(), self._desk.words(_("Save the picture with its boxes")))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["PNG (*.png)", "JPEG (*.jpg *.jpeg)"])
        dialog.setDefaultSuffix("png")
        stem = self.source.stem if isinstance(self.source, Path) else self.algorithm.name
        dialog.selectFile(f"{stem}-boxes.png")
        dialog.fileSelected.connect(lambda name: self.save_to(Path(name)))
        dialog.open()

    def save_to(self, path: Path) -> None:
        image = self.view.annotated()
        if image is not None:
            self._desk.operations.run(self, "save-picture", _saved(image, path), self._tell_saved)

    def follow(self, algorithm: Algorithm) -> None:
        """The algorithm as it is now: other versions may be ready, the one in use may be gone."""
        self.algorithm = algorithm
        ready = [version.version for version in reversed(algorithm.versions) if version.state is VersionState.READY]
        before = self.version
        if self.version not in ready:
            self.version = algorithm.active_version or (ready[0] if ready else self.version)
        self.versions.blockSignals(True)
        self.versions.clear()
        for number in ready:
            self.versions.addItem("", number)
        self.versions.setCurrentIndex(self.versions.findData(self.version))
        self.versions.blockSignals(False)
        self._write_versions()
        self._show_classes()
        if self.version != before:
            self._run()

    # ---- what happens ------------------------------------------------------------------------------------

    def _run(self) -> None:
        """Look at the picture with the chosen version; what was under way is given up."""
        if self.source is None:
            return
        self.shut()
        self.trial, self._problem = None, None
        self._work = self._desk.operations.run(
            self, "try-picture", self._look(self.source), self._found, failed=self._failed, busy=self._busy
        )
        self._show_state()

    async def _look(self, source: Source) -> Trial:
        picture = source if isinstance(source, Path) else await asyncio.to_thread(_as_png, source)
        service = self._desk.services.algorithms
        return await service.try_picture(self._desk.actor, self.algorithm.id, self.version, picture, LEAST)

    def _found(self, trial: Trial) -> None:
        self.trial = trial
        self._show_classes()
        self._filter()

    def _failed(self, error: SiappError) -> None:
        self._problem = error

    def _filter(self) -> None:
        """Show what a task with these thresholds would find. All of it is known: nothing has to run."""
        if self.trial is not None:
            self.view.show_picture(replace(self.trial.picture, objects=self.side.seen(self.trial)))

    def _show_classes(self) -> None:
        version = self.algorithm.version(self.version)
        self.side.show_classes(version.classes if version is not None else (), self.trial)

    def _show_state(self) -> None:
        """The picture, or why there is none."""
        busy = self._work is not None and not self._work.done()
        if self._problem is not None:
            self._refused.say(self._problem.message, **self._problem.values)
        pages = ((busy, self._busy), (self.trial, self.view), (self._problem, self._refused), (True, self._empty))
        self._stack.setCurrentWidget(next(page for when, page in pages if when))
        usable = self.trial is not None and not busy
        self.side.show_trial(self.trial, usable)
        for made in (self.copy_button, self.save_button):
            made.setEnabled(usable)
        # From what was shown before; never away from a slider or from outside.
        focused = self.window().focusWidget()
        if self.isVisible() and (focused is None or focused.isAncestorOf(self) or self._stack.isAncestorOf(focused)):
            self.take_keyboard()

    def take_keyboard(self) -> None:
        """To what is shown."""
        for page, place in (
            (self._empty, self._empty.button),
            (self._refused, self._refused.button),
            (self._busy, self._busy.cancel_button),
            (self.view, self.view),
        ):
            if self._stack.currentWidget() is page:
                place.setFocus()

    def _tell_saved(self, name: str) -> None:
        self._desk.done(_("The picture is saved as “{name}”."), name=name)

    def _choose_version(self, _place: int) -> None:
        self.version = int(self.versions.currentData())
        self._show_classes()
        self._run()

    # ---- events ------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if PICTURES.first(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = PICTURES.first(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.take(path)

    # ---- composition -------------------------------------------------------------------------------------

    def _compose(self) -> None:
        words = self._desk.words
        invitation = _("Drop a picture here, paste one with Ctrl+V, or choose a file. Nothing of it is kept.")
        self._empty = EmptyState(words, "image", invitation, _("Choose a picture"), self.choose)
        self._refused = EmptyState(words, "image-square", invitation, _("Choose another picture"), self.choose)
        self._busy = Waiting(words, _("The network looks at the picture …"), self._show_state)
        self._stack = QStackedWidget()
        for page in (self._empty, self.view, self._refused, self._busy):
            self._stack.addWidget(page)
        below = QHBoxLayout()
        below.setSpacing(0)
        below.addWidget(self._stack, 1)
        below.addWidget(self.side)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head())
        column.addLayout(below, 1)
        self._show_state()

    def _head(self) -> QWidget:
        words, head = self._desk.words, QFrame()
        head.setObjectName("panelHead")
        row = QHBoxLayout(head)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(4)
        self.back_button = icon_button(words, _("Back to the algorithms (Esc)"), "arrow-left", self.closed.emit)
        row.addWidget(self.back_button)
        title = ElidedLabel("", "title")
        words.bind(title, title.setText, _("Try “{name}” on a picture"), name=self.algorithm.name)
        row.addWidget(title, 1)
        self.versions = QComboBox()
        self.versions.setFixedWidth(VERSION_WIDTH)
        words.bind(self.versions, self.versions.setAccessibleName, _("Version"))
        words.follow(self.versions, self._write_versions, "items")
        self.versions.currentIndexChanged.connect(self._choose_version)
        row.addWidget(self.versions)
        row.addSpacing(8)
        self.copy_button = icon_button(words, _("Copy the picture with its boxes (Ctrl+C)"), "copy", self.copy)
        self.save_button = icon_button(words, _("Save the picture with its boxes (Ctrl+S)"), "floppy-disk", self.save)
        whole = _("Show the whole picture (0); the wheel zooms, dragging moves it")
        for made in (
            icon_button(words, whole, "frame-corners", self.view.fit),
            icon_button(words, _("Choose a picture (Ctrl+O)"), "folder-open", self.choose),
            icon_button(words, _("Paste a picture (Ctrl+V)"), "clipboard-text", self.paste),
            self.copy_button,
            self.save_button,
        ):
            row.addWidget(made)
        return head

    def _write_versions(self) -> None:
        words = self._desk.words
        for place in range(self.versions.count()):
            number = self.versions.itemData(place)
            active = number == self.algorithm.active_version
            message = _("Version {number} (active)") if active else _("Version {number}")
            self.versions.setItemText(place, words(message, number=number))


def _as_png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


async def _saved(image: QImage, path: Path) -> str:
    if not await asyncio.to_thread(image.save, str(path)):
        raise SiappError(
            "not_saved",
            _("The picture could not be written there. Choose another folder, or a name that ends in .png."),
        )
    return path.name
