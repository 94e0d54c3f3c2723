"""A place on the wall where nothing is yet."""

from PySide6.QtWidgets import QPushButton, QSizePolicy

from siapp.core.i18n import _
from siapp.ui.icons import SIZE, icon
from siapp.ui.words import Words


class EmptyCell(QPushButton):
    """Takes what is dropped on it, through the wall; a click asks for the list of what can be put there."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.place = 0  # on the wall
        self.setProperty("look", "cell")
        self.setIcon(icon("plus", "muted"))
        self.setIconSize(SIZE)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        words.bind(self, self.setText, _("Camera or task"))
        words.bind(self, self.setAccessibleName, _("Empty tile: choose a camera or task"))
