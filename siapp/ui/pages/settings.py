"""Settings: what this window does for everybody, and for administrators what the station does."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from siapp.core.domain import Role
from siapp.core.errors import InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.core.services.settings import Setting, Value
from siapp.ui.desk import Desk
from siapp.ui.icons import rail_icon
from siapp.ui.pages.page import Page
from siapp.ui.settings.about import AboutSection
from siapp.ui.settings.connections import ConnectionsSection
from siapp.ui.settings.diagnostics import DiagnosticsSection
from siapp.ui.settings.draft import Draft
from siapp.ui.settings.general import GeneralSection
from siapp.ui.settings.groups import AnalysisSection, AuditSection, LoggingSection, TestsSection
from siapp.ui.settings.save_bar import SaveBar
from siapp.ui.settings.section import GroupSection, Section
from siapp.ui.settings.server import ServerSection
from siapp.ui.settings.storage import StorageSection
from siapp.ui.widgets.confirm import Confirm
from siapp.ui.widgets.labels import restyle
from siapp.ui.widgets.search import SearchLine

NAV_WIDTH = 208
ICON = QSize(16, 16)


class SettingsPage(Page):
    """Sections at the left. `page_wanted` names another page of the shell."""

    page_wanted = Signal(str)
    role = Role.VIEWER

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, _("Settings"), parent)
        self.draft = Draft()
        self.general, self.server, self.connections = (
            GeneralSection(desk), ServerSection(desk, self.draft), ConnectionsSection(desk),
        )  # fmt: skip
        self.storage, self.diagnostics, self.about = (
            StorageSection(desk, self.draft), DiagnosticsSection(desk), AboutSection(desk),
        )  # fmt: skip
        self.logging = LoggingSection(desk, self.draft)
        self.sections: list[Section] = [
            self.general,
            self.server,
            self.connections,
            self.storage,
            AnalysisSection(desk, self.draft),
            TestsSection(desk, self.draft),
            AuditSection(desk, self.draft),
            self.logging,
            self.diagnostics,
            self.about,
        ]
        self.storage.wanted.connect(self.page_wanted)
        self.nav, self._stack = QListWidget(), QStackedWidget()
        self.search = SearchLine(desk.words, _("Search settings"), onward=self.nav.setFocus)
        self.bar = SaveBar(desk.words, self.draft, self.save, self.discard)
        self._compose()
        self._add_commands()
        desk.session.ended.connect(lambda _why: self.discard())

    @property
    def section(self) -> Section:
        shown = self._stack.currentWidget()
        return shown if isinstance(shown, Section) else self.general

    def show_section(self, section: Section) -> None:
        self.nav.setCurrentRow(self.sections.index(section))

    def save(self) -> None:
        desk = self.desk
        if self.draft.changes and desk.session.may(Role.ADMIN):
            changes, restarts = dict(self.draft.changes), self.draft.restarts
            work = desk.services.settings.change(desk.actor, changes)
            then = partial(self._saved, changes, restarts)
            desk.operations.run(self, "save-settings", work, then, failed=self._fail, busy=self.bar)

    def discard(self) -> None:
        self.draft.discard()

    def may_leave(self, go_on: Callable[[], object]) -> bool:
        if not self.draft.changes:
            return True
        words = self.desk.words
        names = "\n".join(words(self.draft.setting(name).title) for name in self.draft.changes)

        def leave() -> None:
            self.discard()
            go_on()

        title, text = words(_("Leave without saving?")), words(_("These changes are lost:\n{names}"), names=names)
        Confirm(words, self, title, text, _("Discard changes"), leave).open()
        return False

    def apply_rights(self) -> None:
        """Who is no administrator sees this window's settings and what siapp is made of."""
        for place, section in enumerate(self.sections):
            self.nav.item(place).setHidden(not self.desk.session.may(section.role))
        self.search.setVisible(self.desk.session.may(Role.ADMIN))
        self.search.clear()
        if not self.desk.session.may(self.section.role):
            self.discard()
            self.show_section(self.general)
        if self.isVisible():
            self._load()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._load()
        self.section.begin()

    def hideEvent(self, event: QHideEvent) -> None:
        self.section.end()
        super().hideEvent(event)

    def _narrow(self, text: str) -> None:
        """Only sections and settings with these words; with none of them, all stay and the search says so."""
        wanted, may = text.casefold().split(), self.desk.session.may
        found = [section.narrow(wanted) and may(section.role) for section in self.sections]
        self.search.setProperty("wrong", not any(found))
        restyle(self.search)
        for place, section in enumerate(self.sections):
            self.nav.item(place).setHidden(not (found[place] if any(found) else may(section.role)))
        if any(found) and not found[self.nav.currentRow()]:
            self.nav.setCurrentRow(found.index(True))

    def _load(self) -> None:
        desk = self.desk
        if desk.session.may(Role.ADMIN):
            desk.operations.run(self, "settings", desk.services.settings.all(desk.actor), self.draft.load)

    def _saved(self, changes: dict[str, Value], restarts: int, settings: tuple[Setting, ...]) -> None:
        self.draft.saved(changes)
        self.draft.load(settings)
        if restarts:
            self.desk.done(_("Saved. Changes that wait for the next start of siapp: {count}."), count=restarts)
        else:
            self.desk.done(_("Saved, and in use now."))

    def _fail(self, error: SiappError) -> None:
        """At the field that is to blame, wherever it is."""
        name = error.field if isinstance(error, InvalidInput) else None
        for section in self.sections:
            for field in section.fields:
                if field.name == name:
                    self.show_section(section)
                    field.fail(self.desk.words.error(error))
                    section.ensureWidgetVisible(field)
                    return
        self.desk.warn(error.message, **error.values)

    def _compose(self) -> None:
        words = self.desk.words
        self.nav.setObjectName("sections")
        self.nav.setIconSize(ICON)
        words.bind(self.nav, self.nav.setAccessibleName, _("Sections"))
        self.search.textChanged.connect(self._narrow)
        # From the outside to the inside, for the same reason as in MainWindow.
        upper = QHBoxLayout()
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(0)
        self.body.addLayout(upper, 1)
        self.body.addWidget(self.bar)
        upper.addWidget(self._left())
        upper.addWidget(self._stack, 1)
        for section in self.sections:
            item = QListWidgetItem(rail_icon(section.glyph), "")
            self.nav.addItem(item)
            self._stack.addWidget(section)
        words.follow(self.nav, self._write, "titles")
        self.nav.currentRowChanged.connect(self._show)
        self.nav.setCurrentRow(0)

    def _left(self) -> QFrame:
        left = QFrame()
        left.setObjectName("sectionsFrame")
        left.setFixedWidth(NAV_WIDTH)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 12, 1, 0)
        column.setSpacing(4)
        margins = QHBoxLayout()
        margins.setContentsMargins(12, 0, 12, 0)
        margins.addWidget(self.search)
        column.addLayout(margins)
        column.addWidget(self.nav, 1)
        return left

    def _write(self) -> None:
        for place, section in enumerate(self.sections):
            self.nav.item(place).setText(self.desk.words(section.title))

    def _show(self, place: int) -> None:
        self.section.end()
        if self._stack.isAncestorOf(self.focusWidget() or self):
            self.nav.setFocus()  # else the ring would land on the first button of the next section
        self._stack.setCurrentIndex(place)
        self.bar.setVisible(isinstance(self.section, GroupSection))
        if self.isVisible():
            self.section.begin()

    def _add_commands(self) -> None:
        for place, section in enumerate(self.sections, start=1):
            show = partial(self.show_section, section)
            keys = f"Alt+{place % 10}"
            self.add_command(section.title, show, keys=keys, glyph=section.glyph, role=section.role)

        def add(message: str, run: Callable[[], object], keys: str, glyph: str, ready: Callable[[], bool]) -> None:
            self.add_command(message, run, keys=keys, glyph=glyph, role=Role.ADMIN, ready=ready)

        add(_("Save changes"), self.save, "Ctrl+S", "floppy-disk", self._has_changes)
        add(_("Discard changes"), self.discard, "Ctrl+Shift+Z", "x", self._has_changes)
        add(_("Save a diagnostics bundle …"), self._make_bundle, "Ctrl+Shift+D", "first-aid-kit", lambda: True)
        add(_("Search settings"), self._search, "Ctrl+F", "magnifying-glass", lambda: True)
        self.add_command(
            _("Search packages and licences"), self._search_packages, keys="Ctrl+Shift+F", glyph="magnifying-glass"
        )

    def _has_changes(self) -> bool:
        return bool(self.draft.changes)

    def _make_bundle(self) -> None:
        self.show_section(self.diagnostics)
        self.diagnostics.choose()

    def _search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _search_packages(self) -> None:
        self.show_section(self.about)
        self.about.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
