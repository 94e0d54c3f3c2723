"""What the page of algorithms does for its cards, and what the arrow keys reach on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame

from siapp.core.domain import Algorithm, AlgorithmVersion


@dataclass(frozen=True, slots=True)
class CardActions:
    """For the buttons of a card and its versions, for files that are dropped there, and for the keyboard."""

    add_version: Callable[[Algorithm, Sequence[Path]], object]
    delete: Callable[[Algorithm], object]
    try_picture: Callable[[Algorithm, Path | None], object]
    try_video: Callable[[Algorithm, Path | None], object]
    details: Callable[[Algorithm, AlgorithmVersion], object]
    activate: Callable[[Algorithm, int], object]
    delete_version: Callable[[Algorithm, int], object]
    optimize: Callable[[Algorithm, int], object]
    cancel: Callable[[Algorithm, int], object]
    reached: Callable[["Stop"], object]
    walk: Callable[["Stop", int], object]


class Stop(QFrame):
    """A card, or one version in it: the arrow keys go from one to the next, and commands are about where they are.

    `version`: None for a card. Left to the Tab key are cards alone, so that it leads through forty of them.
    """

    def __init__(self, algorithm: Algorithm, version: AlgorithmVersion | None, actions: CardActions) -> None:
        super().__init__()
        self.algorithm, self.version, self._actions = algorithm, version, actions
        whole = version is None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if whole else Qt.FocusPolicy.ClickFocus)

    @property
    def meant(self) -> AlgorithmVersion | None:
        """The version that a command is about: of a card the active one, else its newest."""
        newest = self.algorithm.versions[-1] if self.algorithm.versions else None
        return self.version or self.algorithm.active or newest

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._actions.reached(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Up:
                self._actions.walk(self, -1)
            case Qt.Key.Key_Down:
                self._actions.walk(self, 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self.meant is not None:
                self._actions.details(self.algorithm, self.meant)
            case _:
                super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        if self.meant is not None:
            self._actions.details(self.algorithm, self.meant)
