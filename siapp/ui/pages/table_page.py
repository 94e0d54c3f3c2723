"""A page that is a table: search and actions above it, an empty state in its place."""

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from siapp.core.domain import Role
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.icons import icon
from siapp.ui.pages.page import Page
from siapp.ui.store import Identified, Store
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.empty import EmptyState
from siapp.ui.widgets.search import SearchLine
from siapp.ui.widgets.table import Column, Rows, TableView

T = TypeVar("T", bound=Identified)

# With the cells' own padding the text stands below the page's title.
TABLE_MARGIN = 13
LEAST_SEARCH = 140
SEARCH_FIRST = 1000  # it gets its width before the gap beside it gets any
ACTION_PADDING = 48  # icon, gap and the button's own


class TablePage(Page, Generic[T]):
    """Primary button in the header, actions for the selected rows, all of them also in the row's menu."""

    def __init__(
        self, desk: Desk, title: str, store: Store[T], columns: list[Column[T]], parent: QWidget | None = None
    ) -> None:
        super().__init__(desk, title, parent)
        self._store = store
        self.table: TableView[T] = TableView(Rows(store, columns, desk.words), columns)
        desk.words.bind(self.table, self.table.setAccessibleName, title)
        self.table.chosen.connect(self.apply_rights)
        self.table.installEventFilter(self)
        self._actions: list[tuple[QPushButton, QAction, Role, Callable[[list[T]], bool]]] = []
        self._captions: dict[QPushButton, str] = {}
        self._bar = QHBoxLayout()
        self._bar.setContentsMargins(24, 12, 16, 12)
        self._bar.setSpacing(8)
        self._add_search()
        self._bar.addStretch(1)
        self._stack = QStackedLayout()
        self.empty: EmptyState
        self.primary: QPushButton

    def set_primary(
        self, glyph: str, sentence: str, verb: str, on_click: Callable[[], object], *, keys: str = "Ctrl+N"
    ) -> None:
        """The button that adds something, in the header and where nothing is yet."""
        self.add_command(verb, on_click, keys=keys, glyph="plus", role=Role.OPERATOR)
        self.primary = button(self.desk.words, verb, on_click, look="primary", glyph="plus")
        self.tools.addWidget(self.primary)
        self.empty = EmptyState(self.desk.words, glyph, sentence, verb, on_click)
        full = QWidget()
        full_column = QVBoxLayout(full)
        full_column.setContentsMargins(0, 0, 0, 0)
        full_column.setSpacing(0)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(full)
        full_column.addLayout(self._bar)
        margins = QHBoxLayout()
        margins.setContentsMargins(TABLE_MARGIN, 0, TABLE_MARGIN, 0)
        margins.addWidget(self.table)
        full_column.addLayout(margins, 1)
        holder = QWidget()
        holder.setLayout(self._stack)
        self.body.addWidget(holder)
        for signal in (self._store.reset, self._store.put, self._store.removed):
            signal.connect(self._show_state)
        self._show_state()

    def add_action(
        self,
        message: str,
        glyph: str,
        on_rows: Callable[[list[T]], object],
        allowed: Callable[[list[T]], bool],
        *,
        keys: str = "",
        role: Role = Role.OPERATOR,
    ) -> QPushButton:
        """A button above the table, an entry in the row's menu and a command, for the selected rows."""

        def ready() -> bool:
            chosen = self.table.selected()
            return bool(chosen) and allowed(chosen)

        def act() -> None:
            chosen = self.table.selected()
            if chosen and allowed(chosen):
                on_rows(chosen)

        command = self.add_command(message, act, keys=keys, glyph=glyph, role=role, ready=ready)
        made = button(self.desk.words, message, act, look="plain", glyph=glyph)
        self._captions[made] = message
        self.desk.words.follow(made, lambda: self._caption(made, command.shown_keys), "caption")
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        entry = QAction(icon(glyph), "", self.table)
        self.desk.words.bind(entry, entry.setText, message)
        entry.triggered.connect(lambda _checked=False: act())
        self.table.addAction(entry)
        self._bar.addWidget(made)
        self._actions.append((made, entry, role, allowed))
        return made

    def apply_rights(self) -> None:
        """Buttons that would be refused are not there; those that make no sense now are grey."""
        operate = self.desk.may_operate()
        chosen = self.table.selected()
        for made, entry, role, allowed in self._actions:
            shown = self.desk.session.may(role)
            made.setVisible(shown)
            entry.setVisible(shown)
            made.setEnabled(bool(chosen) and allowed(chosen))
            entry.setEnabled(made.isEnabled())
        self._fit_bar(self.table.width())
        self.primary.setVisible(operate)
        self.empty.button.setVisible(operate)

    def take_keyboard(self) -> None:
        """The arrow keys choose a row at once."""
        (self.table if len(self._store) else self).setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.table and event.type() is QEvent.Type.Resize:
            self._fit_bar(self.table.width())
        return super().eventFilter(watched, event)

    def _caption(self, made: QPushButton, keys: str) -> None:
        """Its tooltip says what it is and its keys: beside a sheet there may be room for its icon only."""
        text = self.desk.words(self._captions[made])
        made.setAccessibleName(text)
        made.setToolTip(f"{text} ({keys})" if keys else text)
        self._fit_bar(self.table.width())

    def _fit_bar(self, room: int) -> None:
        """Words beside the icons where there is room for all of them."""
        words = self.desk.words
        captions = {made: words(message) for made, message in self._captions.items() if not made.isHidden()}
        needed = sum(made.fontMetrics().horizontalAdvance(text) + ACTION_PADDING for made, text in captions.items())
        whole = not captions or LEAST_SEARCH + needed <= room
        for made, text in captions.items():
            if made.text() != (text if whole else ""):
                made.setText(text if whole else "")

    def _add_search(self) -> None:
        words = self.desk.words
        self.search = SearchLine(words, _("Search"), onward=self.table.setFocus)
        self.search.setMinimumWidth(LEAST_SEARCH)
        self.search.setMaximumWidth(240)
        self.search.textChanged.connect(self.table.search)
        self.add_command(_("Search"), self.search.setFocus, keys="Ctrl+F", glyph="magnifying-glass")
        self._bar.addWidget(self.search, SEARCH_FIRST)

    def _show_state(self, *_change: object) -> None:
        self._stack.setCurrentIndex(1 if len(self._store) else 0)
        self.apply_rights()
