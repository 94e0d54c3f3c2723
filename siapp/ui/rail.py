"""A page's button in the rail at the left."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QToolButton

from siapp.ui.bell import paint_badge
from siapp.ui.icons import LARGE, rail_icon

RAIL_WIDTH = 88
BUTTON_HEIGHT = 56


class RailButton(QToolButton):
    """A page's place in the rail, with a count of what waits there."""

    def __init__(self, glyph: str) -> None:
        super().__init__()
        self.count = 0
        self.setProperty("look", "rail")
        self.setCheckable(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIcon(rail_icon(glyph))
        self.setIconSize(LARGE)
        self.setFixedSize(QSize(RAIL_WIDTH - 1, BUTTON_HEIGHT))

    def show_count(self, count: int) -> None:
        self.count = count
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.count:
            painter = QPainter(self)
            paint_badge(painter, self.width() // 2 + 18, 7, self.count, "warning")
            painter.end()
