"""Everything that can be done from the keyboard: what it is called, its keys, who may do it and when.

A command belongs to a page or to the whole desk. The keys of a page's commands work while that page is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from siapp.core.domain import Role
from siapp.ui.session import Session


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """`message` names it, for translation; `keys` as QKeySequence spells them; `ready`: whether it makes sense now.
    `page`: the page that it belongs to, None for the whole desk."""

    message: str
    run: Callable[[], object]
    keys: str = ""
    glyph: str = ""
    role: Role = Role.VIEWER
    ready: Callable[[], bool] = _always
    page: QWidget | None = None

    @property
    def shown_keys(self) -> str:
        """As the desktop's own menus write them."""
        return QKeySequence(self.keys).toString(QKeySequence.SequenceFormat.NativeText) if self.keys else ""


class Commands(QObject):
    """All commands of the desk, in the order in which they were added."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._commands: list[Command] = []

    def add(self, owner: QWidget, command: Command) -> Command:
        """Its keys work while `owner` can be seen; with `owner` it goes."""
        self._commands.append(command)
        if command.keys:
            shortcut = QShortcut(QKeySequence(command.keys), owner)
            shortcut.activated.connect(lambda: self.run(command))
        return command

    def allowed(self, command: Command) -> bool:
        """Whether this person may do it at all."""
        return self._session.may(command.role)

    def run(self, command: Command) -> None:
        """Do it, where it is allowed and makes sense."""
        if self.allowed(command) and command.ready():
            command.run()

    def all(self) -> list[Command]:
        """Those that this person may do, of pages that still exist."""
        living = (each for each in self._commands if each.page is None or shiboken6.isValid(each.page))
        return [each for each in living if self.allowed(each)]
