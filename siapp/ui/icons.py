"""Icons of one family (Phosphor), drawn from QtAwesome's font in the theme's colours."""

import os

# qtpy, under QtAwesome, must not choose another binding that happens to be installed.
os.environ["QT_API"] = "pyside6"

import qtawesome
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QAbstractButton

from siapp.ui.theme import theme
from siapp.ui.words import Words

SIZE = QSize(16, 16)
LARGE = QSize(20, 20)
# Phosphor leaves a margin inside its em square.
SCALE = 1.15


def icon(name: str, token: str = "text") -> QIcon:
    """The Phosphor glyph `name` in the colour of a token; disabled ones are dimmed."""
    colours = theme().colours
    drawn: QIcon = qtawesome.icon(
        f"ph.{name}", color=getattr(colours, token), color_disabled=colours.disabled, scale_factor=SCALE
    )
    return drawn


def rail_icon(name: str) -> QIcon:
    """Muted, and bright when its page is shown."""
    colours = theme().colours
    drawn: QIcon = qtawesome.icon(
        f"ph.{name}", color=colours.muted, color_active=colours.text, color_on=colours.text, scale_factor=SCALE
    )
    return drawn


def explain(words: Words, button: QAbstractButton, message: str) -> None:
    """A tooltip and an accessible name: no icon stands alone."""
    words.bind(button, button.setToolTip, message)
    words.bind(button, button.setAccessibleName, message)
