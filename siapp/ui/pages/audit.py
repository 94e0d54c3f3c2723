"""Who did what, and who was refused what. For administrators; nothing of it can be changed."""

import asyncio
from datetime import date
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from siapp.core.domain import AuditEntry, AuditFilter, Role, Verdict
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.pages.audit_filter import FilterBar
from siapp.ui.pages.audit_sheets import AuditSheet, VerdictSheet
from siapp.ui.pages.audit_table import AuditRows, AuditTable
from siapp.ui.pages.page import Page
from siapp.ui.pages.table_page import TABLE_MARGIN
from siapp.ui.widgets.buttons import ProgressButton, icon_button
from siapp.ui.widgets.empty import EmptyState
from siapp.ui.widgets.labels import label

AT_ONCE = 200
LOOK_MS = 5_000


class AuditPage(Page):
    """Newest first; older entries come as one scrolls, newer ones while one looks at the top."""

    role = Role.ADMIN

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, _("Audit"), parent)
        self.rows = AuditRows(desk.words)
        self.table = AuditTable(self.rows)
        self.filter = FilterBar(desk.words)
        self.full = label(desk.words, _("Only the newest 20,000 are shown. Choose a time, or export all."), "muted")
        self.empty = EmptyState(
            desk.words, "clipboard-text", _("No entry fits these filters."), _("Show all"), self.filter.reset
        )
        self._wanted = AuditFilter()
        self._generation = 0  # of what is wanted: answers about what is not wanted any more are passed over
        self._add_tools()
        self._compose()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self.rows.more_wanted.connect(self._read_older)
        self.filter.changed.connect(self._filter)
        self.table.opened.connect(lambda entry: self.open_sheet(AuditSheet(desk, entry)))
        desk.session.ended.connect(lambda _why: self._forget())

    def take_keyboard(self) -> None:
        """Back to the entry that was looked at; without one nothing opens by itself."""
        (self.table if self.table.currentIndex().isValid() else self).setFocus()

    def refresh(self) -> None:
        """Read anew from the top."""
        self._generation += 1
        then = partial(self._show, self._generation)
        work = self.desk.services.audit.older(self.desk.actor, self._wanted, None, AT_ONCE)
        self.desk.operations.run(self, "audit", work, then)
        names = self.desk.services.audit.actors(self.desk.actor)
        self.desk.operations.run(self, "audit-actors", names, self.filter.show_actors)

    def look(self) -> None:
        """What is new, while nobody reads further down: nothing may move under somebody's eyes."""
        if self.table.verticalScrollBar().value() == 0 and self.desk.session.may(self.role):
            then = partial(self._add_newer, self._generation)
            work = self.desk.services.audit.older(self.desk.actor, self._wanted, None, AT_ONCE)
            self.desk.operations.run(self, "audit-new", work, then, failed=lambda _error: None)

    def verify(self) -> None:
        """A look at the whole chain, on a thread."""
        if self.verify_button.busy:
            return
        work = self.desk.services.audit.verify(self.desk.actor, self._verified_so_far)
        self.desk.operations.run(self, "verify", work, self._show_verdict, busy=self.verify_button)

    def export(self) -> None:
        """What the filters want, to a file that is chosen."""
        if self.export_button.busy:
            return
        words = self.desk.words
        dialog = QFileDialog(self.window(), words(_("Export the audit")))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("CSV (*.csv)")
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(f"siapp-audit-{date.today():%Y-%m-%d}.csv")
        dialog.fileSelected.connect(lambda name: self.export_to(Path(name)))
        dialog.finished.connect(lambda _result: dialog.deleteLater())
        dialog.open()

    def export_to(self, path: Path) -> None:
        then = partial(self._exported, path.name)
        self.desk.operations.run(self, "export", self._export(path), then, busy=self.export_button)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.desk.session.may(self.role):
            self._timer.start()
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _add_tools(self) -> None:
        words = self.desk.words
        self.tools.addWidget(icon_button(words, _("Refresh (F5)"), "arrows-clockwise", self.refresh))
        self.verify_button = ProgressButton(words, _("Verify"), _("Verifying … Cancel"), self.verify)
        self.export_button = ProgressButton(words, _("Export CSV"), _("Exporting … Cancel"), self.export)
        self.tools.addWidget(self.verify_button)
        self.tools.addWidget(self.export_button)
        self.add_command(_("Refresh"), self.refresh, keys="F5", glyph="arrows-clockwise")
        self.add_command(_("Verify the chain"), self.verify, keys="Ctrl+Shift+V", glyph="link")
        self.add_command(_("Export CSV"), self.export, keys="Ctrl+Shift+E", glyph="download-simple")
        self.add_command(_("Search"), self.filter.search.setFocus, keys="Ctrl+F", glyph="magnifying-glass")
        self.add_command(
            _("Show all"), self.filter.reset, keys="Ctrl+Shift+F", glyph="funnel", ready=lambda: self.filter.is_set
        )

    def _compose(self) -> None:
        self.desk.words.bind(self.table, self.table.setAccessibleName, _("Audit"))
        self._stack = QStackedLayout()
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(TABLE_MARGIN, 0, TABLE_MARGIN, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(11, 8, 11, 8)
        foot.addWidget(self.full)
        self.full.hide()
        column.addLayout(foot)
        self._stack.addWidget(full)
        self._stack.addWidget(self.empty)
        self.body.addWidget(self.filter)
        self.body.addLayout(self._stack, 1)

    def _filter(self) -> None:
        self._wanted = self.filter.wanted()
        if self.isVisible():
            self.refresh()

    def _read_older(self) -> None:
        then = partial(self._add_older, self._generation)
        work = self.desk.services.audit.older(self.desk.actor, self._wanted, self.rows.entries[-1].seq, AT_ONCE)
        self.desk.operations.run(self, "audit-older", work, then, failed=self._missed)

    def _show(self, generation: int, entries: tuple[AuditEntry, ...]) -> None:
        if generation == self._generation:
            self.rows.show(entries, len(entries) == AT_ONCE)
            self.table.scrollToTop()
            self._stack.setCurrentIndex(0 if entries else 1)
            self.full.setVisible(self.rows.is_full)

    def _add_older(self, generation: int, entries: tuple[AuditEntry, ...]) -> None:
        if generation == self._generation:
            self.rows.add_older(entries, len(entries) == AT_ONCE)
            self.full.setVisible(self.rows.is_full)

    def _add_newer(self, generation: int, entries: tuple[AuditEntry, ...]) -> None:
        if generation != self._generation or not self.isVisible():
            return
        newest = self.rows.entries[0].seq if self.rows.entries else 0
        new = tuple(entry for entry in entries if entry.seq > newest)
        if not self.rows.entries or len(new) == AT_ONCE:
            self._show(generation, entries)
        else:
            self.rows.add_newer(new)

    def _missed(self, error: SiappError) -> None:
        self.rows.missed()
        self.desk.warn(error.message, **error.values)

    def _verified_so_far(self, done: int, of: int) -> None:
        self.verify_button.progress(done / max(1, of))

    def _show_verdict(self, verdict: Verdict) -> None:
        self.open_sheet(VerdictSheet(self.desk, verdict))

    async def _export(self, path: Path) -> int:
        service, actor, wanted = self.desk.services.audit, self.desk.actor, self._wanted
        try:
            total = (await service.page(actor, wanted, 1)).total

            def on_entries(count: int) -> None:
                self.export_button.progress(count / max(1, total))

            return await service.save(actor, wanted, path, on_entries)
        except asyncio.CancelledError:
            self.desk.done(_("The export was cancelled; nothing was written."))
            raise

    def _exported(self, name: str, count: int) -> None:
        self.desk.done(_("{count} entries are in “{name}”."), count=count, name=name)

    def _forget(self) -> None:
        """Somebody else sits down."""
        self._generation += 1
        self.rows.show((), False)
        self.filter.show_actors(())
