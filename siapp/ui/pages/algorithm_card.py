"""One algorithm with its versions."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from siapp.core.domain import Algorithm
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.icons import SIZE, icon
from siapp.ui.pages.card_actions import CardActions, Stop
from siapp.ui.pages.version_row import VersionRow
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.drop import PICTURES, VIDEOS, WEIGHTS
from siapp.ui.widgets.labels import ElidedLabel, restyle

MARGIN = 16
LABELLED = 760  # pixels of a card from which its buttons have words
SHOWN = 4
"""Versions that a card shows before somebody asks for all of them; the active one always."""


class _FoldingButton(QPushButton):
    """An icon with words, and its keys in the tooltip; in a narrow card the words move there, too."""

    def __init__(self, keys: str) -> None:
        super().__init__()
        self._words, self._folded = "", False
        self._keys = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)

    def write(self, words: str) -> None:
        self._words = words
        self.setAccessibleName(words)
        self.fold(self._folded)

    def fold(self, folded: bool) -> None:
        self._folded = folded
        self.setText("" if folded else self._words)
        self.setToolTip(f"{self._words} ({self._keys})" if folded else self._keys)


class AlgorithmCard(Stop):
    """Built anew when the algorithm changes, which is rare; progress is written into it. Files can be dropped on it:
    weights for a new version, a picture or a video to try it on."""

    def __init__(self, desk: Desk, algorithm: Algorithm, actions: CardActions, *, unfolded: bool = False) -> None:
        super().__init__(algorithm, None, actions)
        self.setObjectName("card")
        self.setAcceptDrops(True)
        self._desk = desk
        self.unfolded = unfolded
        self.rows: dict[int, VersionRow] = {}
        self._buttons: list[QWidget] = []
        self._folding: list[_FoldingButton] = []
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(MARGIN, 12, MARGIN, 8)
        self.column.setSpacing(0)
        self.column.addLayout(self._head())
        self.column.addSpacing(8)
        for version in reversed(algorithm.versions):
            row = self.rows[version.version] = VersionRow(desk, algorithm, version, actions)
            self._buttons += row.buttons
            self.column.addWidget(row)
        self._add_unfold()
        self.setAccessibleName(algorithm.name)
        self.apply_rights()

    def stops(self) -> list[Stop]:
        """What the arrow keys reach, from top to bottom."""
        return [self, *(row for row in self.rows.values() if not row.isHidden())]

    def apply_rights(self) -> None:
        for made in self._buttons:
            made.setVisible(self._desk.may_operate())

    def unfold(self) -> None:
        """Show all versions."""
        self.unfolded = True
        self.unfold_button.hide()
        for row in self.rows.values():
            row.show()

    def fit(self, width: int) -> None:
        """With `width` pixels to be had: words or icons alone, more or fewer columns."""
        for made in self._folding:
            made.fold(width < LABELLED)
        for row in self.rows.values():
            row.fit(width - 2 * MARGIN)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        kinds = (WEIGHTS, PICTURES, VIDEOS)
        if self._desk.may_operate() and any(kind.first(event.mimeData()) is not None for kind in kinds):
            event.acceptProposedAction()
            self._highlight(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._highlight(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self._highlight(False)
        event.acceptProposedAction()
        data, algorithm = event.mimeData(), self.algorithm
        if weights := WEIGHTS.every(data):
            self._actions.add_version(algorithm, weights)
        elif (picture := PICTURES.first(data)) is not None:
            self._actions.try_picture(algorithm, picture)
        elif (video := VIDEOS.first(data)) is not None:
            self._actions.try_video(algorithm, video)

    def _highlight(self, over: bool) -> None:
        self.setProperty("over", over)
        restyle(self)

    def _head(self) -> QHBoxLayout:
        actions, algorithm = self._actions, self.algorithm
        nothing: tuple[Path, ...] = ()
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(ElidedLabel(algorithm.name, "title"), 1)
        self.picture_button = self._folding_button(
            _("Try on a picture"), "image", "Ctrl+T", lambda: actions.try_picture(algorithm, None)
        )
        self.video_button = self._folding_button(
            _("Try on a video"), "film-strip", "Ctrl+Shift+T", lambda: actions.try_video(algorithm, None)
        )
        for made in (self.picture_button, self.video_button):
            made.setEnabled(algorithm.active is not None)
        self.add_button = self._folding_button(
            _("New version"), "plus", "Ctrl+Shift+N", lambda: actions.add_version(algorithm, nothing)
        )
        self.delete_button = self._folding_button(
            _("Delete algorithm"), "trash", "Del", lambda: actions.delete(algorithm)
        )
        for made in self._folding:
            row.addWidget(made)
        return row

    def _folding_button(self, message: str, glyph: str, keys: str, on_click: Callable[[], object]) -> _FoldingButton:
        made = _FoldingButton(keys)
        made.setProperty("look", "plain")
        made.setIcon(icon(glyph))
        made.setIconSize(SIZE)
        self._desk.words.bind(made, made.write, message)
        made.clicked.connect(lambda _checked=False: on_click())
        self._folding.append(made)
        self._buttons.append(made)
        return made

    def _add_unfold(self) -> None:
        words, newest = self._desk.words, list(self.rows)[:SHOWN]
        more = [number for number in self.rows if number not in newest and number != self.algorithm.active_version]
        self.unfold_button = button(words, "", self.unfold, look="link")
        words.bind(self.unfold_button, self.unfold_button.setText, _("Show all {count} versions"), count=len(self.rows))
        self.unfold_button.setVisible(bool(more) and not self.unfolded)
        self.column.addWidget(self.unfold_button, 0, Qt.AlignmentFlag.AlignLeft)
        for number in more:
            self.rows[number].setVisible(self.unfolded)
