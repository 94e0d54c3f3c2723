"""A video with everything to move it by, as the page of tests shows it."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from siapp.ui.desk import Desk
from siapp.ui.widgets.transport import Transport
from siapp.ui.widgets.video_pane import VideoPane


class Player(QWidget):
    """One video above its controls."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.pane = VideoPane(desk)
        self.transport = Transport(desk, [self.pane])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.pane, 1)
        column.addWidget(self.transport)
