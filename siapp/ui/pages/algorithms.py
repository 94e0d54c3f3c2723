"""Algorithms: cards with their versions, upload by button or drop."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from siapp.core.domain import Algorithm, AlgorithmVersion, Role, VersionState
from siapp.core.events import ImportProgress
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.pages.algorithm_card import AlgorithmCard, CardActions
from siapp.ui.pages.optimize_sheet import OptimizeSheet
from siapp.ui.pages.page import Page
from siapp.ui.pages.upload_sheet import UploadSheet
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.widgets.drop import weight_file
from siapp.ui.widgets.empty import EmptyState


class AlgorithmsPage(Page):
    """Follows the algorithms' store and the progress of imports."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, _("Algorithms"))
        self.cards: dict[int, AlgorithmCard] = {}
        self._actions = CardActions(
            self._add_version, self._activate, self.ask_delete, self._delete_version, self._optimize, self._cancel
        )
        self.setAcceptDrops(True)
        self.primary = button(desk.words, _("Upload algorithm"), self.add, look="primary", glyph="plus")
        self.tools.addWidget(self.primary)
        self.add_command(_("Upload algorithm"), self.add, keys="Ctrl+N", glyph="plus", role=Role.OPERATOR)
        self._compose()
        store = desk.stores.algorithms
        store.reset.connect(self._fill)
        store.put.connect(self._put)
        store.removed.connect(self._remove)
        desk.stores.progressed.connect(self._progress)
        self._fill()
        self.apply_rights()

    def apply_rights(self) -> None:
        operate = self.desk.may_operate()
        self.primary.setVisible(operate)
        self.empty.button.setVisible(operate)
        for card in self.cards.values():
            card.apply_rights()

    def add(self, path: Path | None = None) -> None:
        self.open_sheet(UploadSheet(self.desk, path=path))

    def ask_delete(self, algorithm: Algorithm) -> None:
        """Once, naming what is lost."""
        words = self.desk.words
        title = words(_("Delete the algorithm “{name}”?"), name=algorithm.name)
        text = words(_("All {count} versions and their files are lost."), count=len(algorithm.versions))
        Confirm(words, self.window(), title, text, _("Delete algorithm"), lambda: self._delete(algorithm)).open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.desk.may_operate() and weight_file(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = weight_file(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.add(path)

    def _compose(self) -> None:
        self.empty = EmptyState(
            self.desk.words, "cube", _("There are no algorithms yet."), _("Upload algorithm"), self.add
        )
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(24, 16, 24, 24)
        self._column.setSpacing(12)
        self._column.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(scroll)
        self.body.addWidget(holder)

    def _fill(self) -> None:
        for number in tuple(self.cards):
            self._remove(number)
        for algorithm in self.desk.stores.algorithms.by_name():
            self._put(algorithm)
        self._show_state()

    def _put(self, algorithm: Algorithm) -> None:
        old = self.cards.get(algorithm.id)
        place = self._column.indexOf(old) if old is not None else self._column.count() - 1
        card = AlgorithmCard(self.desk, algorithm, self._actions)
        if old is not None:
            self._discard(old)
            self._tell_outcome(old.algorithm, algorithm)
        self.cards[algorithm.id] = card
        self._column.insertWidget(place, card)
        for version in algorithm.versions:
            if (progress := self.desk.stores.progress.get((algorithm.id, version.version))) is not None:
                self._progress(progress)
        self._show_state()

    def _remove(self, number: int) -> None:
        card = self.cards.pop(number, None)
        if card is not None:
            self._discard(card)
        self._show_state()

    def _discard(self, card: AlgorithmCard) -> None:
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()

    def _show_state(self) -> None:
        self._stack.setCurrentIndex(1 if self.cards else 0)

    def _progress(self, progress: ImportProgress) -> None:
        card = self.cards.get(progress.algorithm_id)
        row = card.rows.get(progress.version) if card is not None else None
        if row is not None:
            row.show_progress(progress)

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

    def _add_version(self, algorithm: Algorithm) -> None:
        self.open_sheet(UploadSheet(self.desk, algorithm))

    def _activate(self, algorithm: Algorithm, version: int) -> None:
        work = self.desk.services.algorithms.activate(self.desk.actor, algorithm.id, version)
        self.desk.operations.run(self, f"activate-{algorithm.id}", work)

    def _optimize(self, algorithm: Algorithm, version: int) -> None:
        self.open_sheet(OptimizeSheet(self.desk, algorithm, version))

    def _cancel(self, algorithm: Algorithm, version: int) -> None:
        """Without a question: nothing is there yet that could be lost."""
        work = self.desk.services.algorithms.delete_version(self.desk.actor, algorithm.id, version)
        self.desk.operations.run(self, f"cancel-{algorithm.id}-{version}", work)

    def _delete(self, algorithm: Algorithm) -> None:
        work = self.desk.services.algorithms.delete(self.desk.actor, algorithm.id)
        self.desk.operations.run(self, f"delete-algorithm-{algorithm.id}", work, partial(self._deleted, algorithm.name))

    def _deleted(self, name: str, _nothing: None) -> None:
        self.desk.done(_("The algorithm “{name}” is deleted."), name=name)

    def _delete_version(self, algorithm: Algorithm, version: int) -> None:
        words = self.desk.words
        title = words(_("Delete version {number} of “{name}”?"), number=version, name=algorithm.name)
        text = words(_("Its file is lost. The other versions stay."))

        def delete() -> None:
            work = self.desk.services.algorithms.delete_version(self.desk.actor, algorithm.id, version)
            self.desk.operations.run(self, f"delete-version-{algorithm.id}-{version}", work)

        Confirm(words, self.window(), title, text, _("Delete version"), delete).open()
