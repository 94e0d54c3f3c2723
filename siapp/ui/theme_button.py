"""The button that offers the other theme."""

from PySide6.QtWidgets import QToolButton

from siapp.core.i18n import _
from siapp.ui.icons import SIZE, explain, icon
from siapp.ui.theme import Looks
from siapp.ui.words import Words


class ThemeButton(QToolButton):
    """Switches between dark and light at once."""

    def __init__(self, words: Words, looks: Looks) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self.setIcon(icon("circle-half", "muted"))
        self.setIconSize(SIZE)
        explain(words, self, _("Switch between dark and light"))
        self.clicked.connect(lambda _checked=False: looks.switch(looks.other))
