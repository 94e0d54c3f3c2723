"""The desk behind the sign-in: rail, header, pages and status bar."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from siapp.core.domain import Task
from siapp.core.i18n import _
from siapp.ui.account import AccountButton
from siapp.ui.bell import BellButton, NoticePanel
from siapp.ui.commands import Command
from siapp.ui.desk import Desk
from siapp.ui.live.wall import WallPage
from siapp.ui.live.wall_verbs import view_verbs
from siapp.ui.pages.algorithms import AlgorithmsPage
from siapp.ui.pages.audit import AuditPage
from siapp.ui.pages.devices import DevicesPage
from siapp.ui.pages.page import Page
from siapp.ui.pages.password_sheet import PasswordSheet
from siapp.ui.pages.settings import SettingsPage
from siapp.ui.pages.tasks import TasksPage
from siapp.ui.pages.tests import TestsPage
from siapp.ui.pages.users import UsersPage
from siapp.ui.palette import Palette
from siapp.ui.rail import RAIL_WIDTH, RailButton
from siapp.ui.status import StatusBar
from siapp.ui.widgets.buttons import icon_button
from siapp.ui.widgets.sheet import Sheet

HEADER_HEIGHT = 56


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of the rail. `apart`: a line above it parts what only some people see."""

    page: Page
    word: str
    glyph: str
    apart: bool = False


class Shell(QWidget):
    """`sign_out` asks for the end of the session, `lock_wanted` for the password before anything else is done."""

    sign_out = Signal()
    lock_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self.desk = desk
        pages, self._headers = QStackedWidget(self), QStackedWidget(self)
        self._pages = pages
        self.wall, self.devices = WallPage(desk, pages), DevicesPage(desk, pages)
        self.algorithms, self.tasks = AlgorithmsPage(desk, pages), TasksPage(desk, pages)
        self.tests, self.users = TestsPage(desk, pages), UsersPage(desk, pages)
        self.audit, self.settings = AuditPage(desk, pages), SettingsPage(desk, pages)
        self.wall.tasks_wanted.connect(lambda: self.open(self.tasks))
        self.wall.options_wanted.connect(lambda task: self._show_with(task, self.tasks.open_details))
        self.wall.log_wanted.connect(lambda task: self._show_with(task, self.tasks.open_log))
        self.settings.page_wanted.connect(self._open_by_name)
        self.users.wanted.connect(lambda: self.open(self.users))
        self.algorithms.test_begun.connect(self._show_test)
        self.devices.task_wanted.connect(self.show_task)
        self.devices.preview_verbs = view_verbs(self.wall.snapshots)
        self._group = QButtonGroup(self)
        self._buttons: dict[Page, RailButton] = {}
        self._entries = (
            _Entry(self.wall, _("Live"), "squares-four"),
            _Entry(self.devices, _("Devices"), "video-camera"),
            _Entry(self.algorithms, _("Algorithms"), "cube"),
            _Entry(self.tasks, _("Tasks"), "list-bullets"),
            _Entry(self.tests, _("Tests"), "film-strip"),
            _Entry(self.users, _("Users"), "users", apart=True),
            _Entry(self.audit, _("Audit"), "clipboard-text"),
            _Entry(self.settings, _("Settings"), "gear"),
        )
        self.status = StatusBar(desk)
        self.rail, self.header = self._rail(), self._header()
        self._compose()
        self.notices = NoticePanel(self, desk.words, desk.notices)
        self.palette_ = Palette(self, desk.words, desk.commands, self._title_of, self.run)
        self._add_commands()
        desk.session.changed.connect(self._apply_rights)

    @property
    def page(self) -> Page | None:
        shown = self._pages.currentWidget()
        return shown if isinstance(shown, Page) else None

    def pages(self) -> list[Page]:
        """All of them, in the rail's order, also those that this person does not see."""
        return [entry.page for entry in self._entries]

    def open(self, page: Page) -> None:
        """Show `page`, unless the present one has something to lose and the person stays."""
        now = self.page
        if now is None or now is page or now.may_leave(lambda: self._open(page)):
            self._open(page)
        elif (button := self._buttons.get(now)) is not None:
            button.setChecked(True)

    def _open_by_name(self, name: str) -> None:
        """A page by what it is called here."""
        self.open({"algorithms": self.algorithms, "tests": self.tests}.get(name, self.tasks))

    def may_leave(self, go_on: Callable[[], object]) -> bool:
        """Whether nothing would be lost with the desk; see Page.may_leave. Nothing is lost behind the entrance."""
        if self.page is None or not self.desk.session.signed_in:
            return True
        for page in self.pages():
            if page.sheet is not None and page.sheet.loss() is not None:
                self._ask_for(page, page.sheet, go_on)
                return False
        return self.page.may_leave(go_on)

    def _ask_for(self, page: Page, sheet: Sheet, go_on: Callable[[], object]) -> None:
        """Show the half-filled form that would be lost, and ask."""

        def leave() -> None:
            page.close_sheet()
            go_on()

        self._open(page)
        sheet.leave(leave)

    def run(self, command: Command) -> None:
        """Do it, on the page where it belongs."""
        if isinstance(command.page, Page) and command.page is not self.page:
            self.open(command.page)
        if command.page is None or command.page is self.page:
            self.desk.commands.run(command)

    def close_overlays(self) -> None:
        for overlay in (self.notices, self.palette_):
            overlay.shut()

    def set_chrome(self, visible: bool) -> None:
        """Without rail, header and status bar a page has the whole window."""
        for part in (self.rail, self.header, self.status):
            part.setVisible(visible)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.page is not None:
            self.page.take_keyboard()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc that nobody else wanted leaves the sheet, wherever the keyboard is."""
        page = self.page
        if event.key() == Qt.Key.Key_Escape and page is not None and page.sheet is not None:
            page.sheet.leave()
        else:
            super().keyPressEvent(event)

    def _open(self, page: Page) -> None:
        self._buttons[page].setChecked(True)
        self._pages.setCurrentWidget(page)
        self._headers.setCurrentWidget(page.header)
        page.take_keyboard()  # the ring belongs to what the keyboard reached, not to the rail's first button

    def _add_commands(self) -> None:
        add = self.desk.commands.add
        for entry in self._entries:
            page, keys = entry.page, self._keys(entry)
            add(self, Command(page.title, self._opener(page), keys, entry.glyph, page.role))
        for command in (
            Command(_("All actions"), self.show_palette, "Ctrl+K", "magnifying-glass"),
            Command(_("Keyboard shortcuts"), self.show_palette, "F1", "keyboard"),
            Command(_("Notices"), self.notices.toggle, "Ctrl+B", "bell"),
            Command(_("Settings"), self._opener(self.settings), "Ctrl+,", "gear"),
            Command(_("Change password"), self.change_password, "Ctrl+Alt+P", "key", ready=self._may_change_password),
            Command(_("Lock now"), self.lock_wanted.emit, "Ctrl+L", "lock"),
            Command(_("Sign out"), self.sign_out.emit, "Ctrl+Shift+Q", "sign-out"),
        ):
            add(self, command)

    def _show_test(self, number: int) -> None:
        self.open(self.tests)
        self.tests.show_test(number)

    def show_palette(self) -> None:
        self.palette_.show_for(self.page)

    def change_password(self) -> None:
        """In a sheet beside whatever page is shown."""
        identity = self.desk.session.identity
        if self.page is not None and identity is not None:
            self.page.open_sheet(PasswordSheet(self.desk, identity))

    def show_task(self, number: int) -> None:
        """The task page, with this one chosen."""
        self.open(self.tasks)
        self.tasks.table.choose(number)
        self.tasks.table.setFocus()

    def _show_with(self, task: Task, details: Callable[[Task], None]) -> None:
        self.show_task(task.id)
        if self.page is self.tasks:
            details(task)

    def show_page(self, page: Page) -> None:
        """As `open`, without a question: nothing is left for good."""
        self._open(page)

    def _may_change_password(self) -> bool:
        return self.desk.session.identity is not None

    def _opener(self, page: Page) -> Callable[[], None]:
        return lambda: self.open(page)

    def _keys(self, entry: _Entry) -> str:
        return f"Ctrl+{self._entries.index(entry) + 1}"

    def _title_of(self, page: QWidget) -> str:
        return page.title if isinstance(page, Page) else ""

    def _apply_rights(self) -> None:
        """Pages that would be refused are not there; who stands on one is led to the wall."""
        if not self.desk.session.signed_in:
            return
        for page, button in self._buttons.items():
            button.setVisible(self.desk.session.may(page.role))
        if self.page is not None and not self.desk.session.may(self.page.role):
            self._open(self.wall)

    def _compose(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.header)
        right.addWidget(self._pages, 1)
        upper = QHBoxLayout()
        upper.setSpacing(0)
        upper.addWidget(self.rail)
        upper.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(upper, 1)
        column.addWidget(self.status)
        self._open(self.wall)

    def _rail(self) -> QFrame:
        rail = QFrame()
        rail.setObjectName("rail")
        rail.setFixedWidth(RAIL_WIDTH)
        column = QVBoxLayout(rail)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(0)
        logo = QLabel("siapp")
        logo.setProperty("look", "title")
        logo.setAlignment(Qt.AlignmentFlag.AlignCenter)
        logo.setFixedHeight(HEADER_HEIGHT)
        column.addWidget(logo)
        for entry in self._entries:
            if entry.apart:
                column.addStretch()
            column.addWidget(self._rail_button(entry))
            self._pages.addWidget(entry.page)
            self._headers.addWidget(entry.page.header)
        return rail

    def _rail_button(self, entry: _Entry) -> RailButton:
        made, words = RailButton(entry.glyph), self.desk.words
        keys = QKeySequence(self._keys(entry)).toString(QKeySequence.SequenceFormat.NativeText)
        words.bind(made, made.setText, entry.word)
        words.bind(made, made.setAccessibleName, entry.word)
        words.follow(made, lambda: made.setToolTip(f"{words(entry.page.title)} ({keys})"), "tip")
        # Where the page stays because something would be lost, the mark must stay too.
        made.clicked.connect(lambda _checked=False: self.open(entry.page))
        entry.page.badge.connect(made.show_count)
        self._group.addButton(made)
        self._buttons[entry.page] = made
        return made

    def _header(self) -> QFrame:
        header = QFrame()
        header.setObjectName("header")
        header.setFixedHeight(HEADER_HEIGHT)
        row = QHBoxLayout(header)
        row.setContentsMargins(0, 0, 12, 0)
        row.setSpacing(4)
        row.addWidget(self._headers, 1)
        words = self.desk.words
        row.addWidget(icon_button(words, _("All actions (Ctrl+K)"), "magnifying-glass", self.show_palette))
        self.bell = BellButton(words, self.desk.notices)
        self.bell.clicked.connect(lambda _checked=False: self.notices.open())
        row.addWidget(self.bell)
        self.account = AccountButton(self.desk, self.sign_out.emit, self.change_password, self.lock_wanted.emit)
        row.addWidget(self.account)
        return header
