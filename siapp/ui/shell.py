"""The desk behind the sign-in: rail, header, pages and status bar."""

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from siapp.core.i18n import _
from siapp.ui.account import AccountButton
from siapp.ui.desk import Desk
from siapp.ui.icons import LARGE, rail_icon
from siapp.ui.language import LanguageButton
from siapp.ui.live.wall import WallPage
from siapp.ui.pages.algorithms import AlgorithmsPage
from siapp.ui.pages.devices import DevicesPage
from siapp.ui.pages.page import Page
from siapp.ui.pages.tasks import TasksPage
from siapp.ui.status import StatusBar

RAIL_WIDTH = 88
HEADER_HEIGHT = 56


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of the rail."""

    page: Page
    word: str
    glyph: str


class Shell(QWidget):
    """`sign_out` asks for the end of the session."""

    sign_out = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.wall, self.devices = WallPage(desk), DevicesPage(desk)
        self.algorithms, self.tasks = AlgorithmsPage(desk), TasksPage(desk)
        self.wall.tasks_wanted.connect(lambda: self.open(self.tasks))
        self._pages, self._headers = QStackedWidget(), QStackedWidget()
        self._group = QButtonGroup(self)
        self._entries = (
            _Entry(self.wall, _("Live"), "squares-four"),
            _Entry(self.devices, _("Devices"), "video-camera"),
            _Entry(self.algorithms, _("Algorithms"), "cube"),
            _Entry(self.tasks, _("Tasks"), "list-bullets"),
        )
        self._compose()

    @property
    def page(self) -> QWidget | None:
        return self._pages.currentWidget()

    def open(self, page: Page) -> None:
        place = self._pages.indexOf(page)
        self._group.button(place).setChecked(True)
        self._pages.setCurrentIndex(place)
        self._headers.setCurrentIndex(place)
        self.setFocus()  # the ring belongs to what the keyboard reached, not to the rail's first button

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.setFocus()

    def _compose(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._header())
        right.addWidget(self._pages, 1)
        upper = QHBoxLayout()
        upper.setSpacing(0)
        upper.addWidget(self._rail())
        upper.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(upper, 1)
        column.addWidget(StatusBar(self.desk))
        self.open(self.wall)

    def _rail(self) -> QFrame:
        rail = QFrame()
        rail.setObjectName("rail")
        rail.setFixedWidth(RAIL_WIDTH)
        column = QVBoxLayout(rail)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(0)
        logo = QLabel("siapp")
        logo.setProperty("look", "title")
        logo.setAlignment(Qt.AlignmentFlag.AlignCenter)
        logo.setFixedHeight(HEADER_HEIGHT)
        column.addWidget(logo)
        for place, entry in enumerate(self._entries):
            column.addWidget(self._rail_button(place, entry))
            self._pages.addWidget(entry.page)
            self._headers.addWidget(entry.page.header)
        column.addStretch()
        return rail

    def _rail_button(self, place: int, entry: _Entry) -> QToolButton:
        made, words = QToolButton(), self.desk.words
        made.setProperty("look", "rail")
        made.setCheckable(True)
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        made.setIcon(rail_icon(entry.glyph))
        made.setIconSize(LARGE)
        made.setFixedSize(QSize(RAIL_WIDTH - 1, 60))
        shortcut = QKeySequence(f"Ctrl+{place + 1}")
        made.setShortcut(shortcut)
        words.bind(made, made.setText, entry.word)
        words.bind(made, made.setAccessibleName, entry.word)
        words.follow(made, lambda: made.setToolTip(f"{words(entry.word)} ({shortcut.toString()})"), "tip")
        made.clicked.connect(lambda _checked=False: self.open(entry.page))
        self._group.addButton(made, place)
        return made

    def _header(self) -> QFrame:
        header = QFrame()
        header.setObjectName("header")
        header.setFixedHeight(HEADER_HEIGHT)
        row = QHBoxLayout(header)
        row.setContentsMargins(0, 0, 12, 0)
        row.setSpacing(4)
        row.addWidget(self._headers, 1)
        row.addWidget(LanguageButton(self.desk.words))
        row.addWidget(AccountButton(self.desk, self.sign_out.emit))
        return header
