"""Algorithms: cards with their versions, upload by button or drop, and a place to try them on a picture."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QStackedLayout, QWidget

from siapp.core.domain import Algorithm, AlgorithmVersion, VersionState
from siapp.core.events import ImportProgress
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.pages.algorithm_acts import AlgorithmActs
from siapp.ui.pages.algorithm_card import AlgorithmCard
from siapp.ui.pages.algorithm_cards import CardList
from siapp.ui.pages.algorithm_commands import AlgorithmCommands
from siapp.ui.pages.algorithm_details import DetailsSheet
from siapp.ui.pages.card_actions import CardActions
from siapp.ui.pages.optimize_sheet import OptimizeSheet
from siapp.ui.pages.page import Page
from siapp.ui.pages.trial_panel import TrialPanel
from siapp.ui.pages.upload_sheet import UploadSheet
from siapp.ui.pages.video_sheet import VideoSheet
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.drop import WEIGHTS
from siapp.ui.widgets.empty import EmptyState
from siapp.ui.widgets.labels import label


class AlgorithmsPage(Page):
    """Follows the algorithms' store and the progress of imports. `test_begun` tells a test to be shown."""

    test_begun = Signal(int)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, _("Algorithms"), parent)
        self.trial: TrialPanel | None = None
        self.acts = AlgorithmActs(desk, self)
        self.list = CardList(desk, self._card_actions())
        self.setAcceptDrops(True)
        self.primary = button(desk.words, _("Upload algorithm"), self.add, look="primary", glyph="plus")
        self.tools.addWidget(self.primary)
        self._compose()
        self.commands = AlgorithmCommands(self)
        store = desk.stores.algorithms
        store.reset.connect(self._fill)
        store.put.connect(self._put)
        store.removed.connect(self._remove)
        desk.stores.progressed.connect(self._progress)
        self._fill()
        self.apply_rights()

    @property
    def cards(self) -> dict[int, AlgorithmCard]:
        """By the algorithm's number."""
        return self.list.cards

    def apply_rights(self) -> None:
        operate = self.desk.may_operate()
        self.primary.setVisible(operate)
        self.empty.button.setVisible(operate)
        self.list.apply_rights()
        if not operate:
            self.close_trial()

    # ---- what a person does ------------------------------------------------------------------------------

    def add(self, paths: Sequence[Path] = ()) -> None:
        self.open_sheet(UploadSheet(self.desk, paths=paths))

    def add_version(self, algorithm: Algorithm, paths: Sequence[Path] = ()) -> None:
        self.open_sheet(UploadSheet(self.desk, algorithm, paths))

    def show_details(self, algorithm: Algorithm, version: AlgorithmVersion) -> None:
        self.open_sheet(
            DetailsSheet(self.desk, algorithm, version, lambda: self._open_trial(algorithm, version.version, None))
        )

    def try_picture(self, algorithm: Algorithm, path: Path | None = None) -> None:
        """With the active version; the panel has the others, too."""
        if algorithm.active_version is None:
            self._tell_not_ready(algorithm)
        else:
            self._open_trial(algorithm, algorithm.active_version, path)

    def try_video(self, algorithm: Algorithm, path: Path | None = None) -> None:
        if algorithm.active_version is None:
            self._tell_not_ready(algorithm)
        else:
            self.open_sheet(VideoSheet(self.desk, algorithm, self.test_begun.emit, path))

    def optimize(self, algorithm: Algorithm, version: int) -> None:
        self.open_sheet(OptimizeSheet(self.desk, algorithm, version))

    def close_trial(self) -> None:
        """Back to the cards."""
        panel, self.trial = self.trial, None
        if panel is not None:
            panel.shut()
            self._stack.removeWidget(panel)
            panel.deleteLater()
            self._show_state()
            self.list.focus_again()

    # ---- drops -------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.trial is None and self.desk.may_operate() and WEIGHTS.first(event.mimeData()) is not None:
            event.acceptProposedAction()
            self._hint.show()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._hint.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self._hint.hide()
        paths = WEIGHTS.every(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.add(paths)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size = self._hint.sizeHint()
        self._hint.setGeometry((self.width() - size.width()) // 2, 16, size.width(), size.height())

    # ---- composition -------------------------------------------------------------------------------------

    def _card_actions(self) -> CardActions:
        acts = self.acts
        return CardActions(
            add_version=self.add_version,
            delete=acts.ask_delete,
            try_picture=self.try_picture,
            try_video=self.try_video,
            details=self.show_details,
            activate=acts.activate,
            delete_version=acts.ask_delete_version,
            optimize=self.optimize,
            cancel=acts.cancel,
            reached=lambda stop: self.list.reach(stop),
            walk=lambda stop, step: self.list.walk(stop, step),
        )

    def _compose(self) -> None:
        words = self.desk.words
        self.empty = EmptyState(words, "cube", _("There are no algorithms yet."), _("Upload algorithm"), self.add)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.list)
        self.body.addWidget(holder)
        hint = _("Drop it here for a new algorithm, or on a card for a new version of it.")
        self._hint: QLabel = label(words, hint, "notice", parent=self)
        self._hint.hide()

    # ---- what happens ------------------------------------------------------------------------------------

    def _fill(self) -> None:
        self.list.fill(self.desk.stores.algorithms.by_name())
        self._show_state()

    def _put(self, algorithm: Algorithm) -> None:
        before = self.list.put(algorithm)
        if before is not None:
            self._tell_outcome(before, algorithm)
        if self.trial is not None and self.trial.algorithm.id == algorithm.id:
            self._follow_trial(self.trial, algorithm)
        self._look_after_sheet(algorithm.id)
        self._show_state()

    def _remove(self, number: int) -> None:
        self.list.remove(number)
        if self.trial is not None and self.trial.algorithm.id == number:
            self.close_trial()
        self._look_after_sheet(number)
        self._show_state()

    def _follow_trial(self, panel: TrialPanel, algorithm: Algorithm) -> None:
        if any(version.state is VersionState.READY for version in algorithm.versions):
            panel.follow(algorithm)
        else:
            self.close_trial()

    def _look_after_sheet(self, number: int) -> None:
        """Details of what is not there any more would lie."""
        sheet = self.sheet
        if isinstance(sheet, DetailsSheet) and sheet.algorithm.id == number:
            now = self.desk.stores.algorithms.get(number)
            version = now.version(sheet.version.version) if now is not None else None
            if now is None or version is None:
                self.close_sheet()
            elif version != sheet.version or now.active_version != sheet.algorithm.active_version:
                self.show_details(now, version)

    def _show_state(self) -> None:
        self._stack.setCurrentWidget(self.trial or (self.list if self.list.cards else self.empty))

    def _progress(self, progress: ImportProgress) -> None:
        self.list.progress(progress)

    def _tell_outcome(self, before: Algorithm, now: Algorithm) -> None:
        """An import that has ended is told wherever the person is by now."""
        for version in now.versions:
            old = before.version(version.version)
            if old is not None and old.state is VersionState.IMPORTING:
                self._tell_version(now, version)

    def _tell_version(self, algorithm: Algorithm, version: AlgorithmVersion) -> None:
        name, number = algorithm.name, version.version
        if version.state is VersionState.READY:
            self.desk.done(_("Version {number} of “{name}” is ready."), number=number, name=name)
        elif version.state is VersionState.REJECTED:
            self.desk.warn(_("Version {number} of “{name}” was rejected."), number=number, name=name)

    def _tell_not_ready(self, algorithm: Algorithm) -> None:
        """For files that are dropped: the buttons are grey then."""
        self.desk.warn(_("“{name}” has no active version that could be tried."), name=algorithm.name)

    def _open_trial(self, algorithm: Algorithm, version: int, path: Path | None) -> None:
        self.close_sheet()
        self.close_trial()
        self.trial = panel = TrialPanel(self.desk, algorithm, version)
        panel.closed.connect(self.close_trial)
        self._stack.addWidget(panel)
        self._show_state()
        panel.take_keyboard()
        if path is not None:
            panel.take(path)
