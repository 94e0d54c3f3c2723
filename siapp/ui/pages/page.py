"""What all pages have: a part of the header, a body, and room for one sheet at the side."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from siapp.core.domain import Role
from siapp.ui.commands import Command
from siapp.ui.desk import Desk
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.sheet import Sheet


class Page(QWidget):
    """`header` goes into the shell's header: the title, then what the page adds to `tools`.

    `role`: who may see the page at all. `badge` tells how much waits there; the rail shows it.
    """

    role = Role.VIEWER
    badge = Signal(int)

    def __init__(self, desk: Desk, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.title = title
        self.sheet: Sheet | None = None
        self.header = QWidget()
        self.tools = QHBoxLayout(self.header)
        self.tools.setContentsMargins(24, 0, 8, 0)
        self.tools.setSpacing(8)
        self.tools.addWidget(label(desk.words, title, "head"), 0, Qt.AlignmentFlag.AlignVCenter)
        self.tools.addStretch()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        self._row.addLayout(self.body, 1)
        desk.session.changed.connect(self.apply_rights)
        desk.session.ended.connect(lambda _why: self.close_sheet())

    def apply_rights(self) -> None:
        """The person's role changed: show what may be done, and only that."""

    def add_command(
        self,
        message: str,
        run: Callable[[], object],
        *,
        keys: str = "",
        glyph: str = "",
        role: Role = Role.VIEWER,
        ready: Callable[[], bool] = lambda: True,
    ) -> Command:
        """An action of this page, with its keys and in the palette. See Command."""
        needed = role if role.covers(self.role) else self.role
        return self.desk.commands.add(self, Command(message, run, keys, glyph, needed, ready, self))

    def may_leave(self, go_on: Callable[[], object]) -> bool:
        """Whether another page may be opened now. Where something would be lost the page asks, and `go_on` follows
        when the person does not mind."""
        return True

    def take_keyboard(self) -> None:
        """Where the keyboard is when the page opens, and again when its sheet is closed."""
        self.setFocus()

    def open_sheet(self, sheet: Sheet) -> None:
        """Show `sheet` at the right, in place of another one, unless that is half filled in and is to stay."""
        if self.sheet is None:
            self._show_sheet(sheet)
        else:
            self.sheet.leave(lambda: self._show_sheet(sheet))

    def _show_sheet(self, sheet: Sheet) -> None:
        self.close_sheet()
        self.sheet = sheet
        sheet.closed.connect(self.close_sheet)
        self._row.addWidget(sheet)
        sheet.show()

    def close_sheet(self) -> None:
        if self.sheet is not None:
            self.take_keyboard()  # else it would land on the rail
            self._row.removeWidget(self.sheet)
            self.sheet.hide()
            self.sheet.deleteLater()
            self.sheet = None
