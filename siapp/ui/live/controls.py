"""The few buttons of a tile, seen while the mouse or the keyboard is on it."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from siapp.ui.desk import Desk
from siapp.ui.icons import explain, icon
from siapp.ui.live.verbs import Verb
from siapp.ui.widgets.buttons import icon_button

if TYPE_CHECKING:
    from siapp.ui.live.tile import Tile

MARGIN = 8


class TileControls(QWidget):
    """A button for each verb that makes sense now, for those who may."""

    def __init__(self, desk: Desk, tile: "Tile", verbs: Sequence[Verb]) -> None:
        super().__init__(tile)
        self._desk, self._tile, self._verbs = desk, tile, verbs
        self._shown: dict[str, tuple[str, str]] = {}
        self.buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for verb in verbs:
            made = icon_button(desk.words, verb.name, verb.shows(tile), partial(self._run, verb), look="tile")
            self.buttons[verb.id] = made
            row.addWidget(made)
        self.refresh()
        self.hide()
        tile.installEventFilter(self)

    def refresh(self) -> None:
        """After a change of the tile, or of the person's role."""
        for verb in self._verbs:
            made, looks = self.buttons[verb.id], (verb.says(self._tile), verb.shows(self._tile))
            if self._shown.get(verb.id) != looks:
                self._shown[verb.id] = looks
                made.setIcon(icon(looks[1]))
                explain(self._desk.words, made, looks[0])
            made.setVisible(self._desk.session.may(verb.role) and verb.ready(self._tile))
        self.place(self._tile.width())

    def place(self, width: int) -> None:
        """In the upper right corner of a tile of this width."""
        self.adjustSize()
        self.move(width - self.width() - MARGIN, MARGIN)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Seen while the mouse or the keyboard is on the tile. The mouse leaves it even while it is destroyed."""
        if not shiboken6.isValid(self._tile):
            return False
        match event.type():
            case QEvent.Type.Enter | QEvent.Type.FocusIn:
                self.show()
            case QEvent.Type.Leave:
                self.setVisible(self._has_focus())
            case QEvent.Type.FocusOut:
                # Where the keyboard goes to is known at Qt's next turn.
                QTimer.singleShot(0, self, lambda: self.setVisible(self._has_focus() or self._tile.underMouse()))
            case QEvent.Type.Resize:
                self.place(self._tile.width())
        return False

    def _has_focus(self) -> bool:
        """Whether the keyboard is on the tile, or on a button of it."""
        focused: QWidget | None = self._tile.window().focusWidget()
        inside = focused is not None and (focused is self._tile or self._tile.isAncestorOf(focused))
        return inside and focused is not None and focused.hasFocus()

    def _run(self, verb: Verb) -> None:
        verb.run(self._tile)
        self.refresh()
