"""Cameras from a list: first what would become of each line, then the good ones are added."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from siapp.core.clock import now
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.services.camera_lists import Fate, ImportRow
from siapp.ui.desk import Desk
from siapp.ui.marks import Mark, Shape
from siapp.ui.store import Store
from siapp.ui.widgets.buttons import ProgressButton, button
from siapp.ui.widgets.drop import CAMERA_LISTS
from siapp.ui.widgets.labels import ElidedLabel, label, restyle
from siapp.ui.widgets.sheet import Sheet
from siapp.ui.widgets.table import Column, Rows, TableView
from siapp.ui.widgets.two_lines import TwoLineDelegate
from siapp.ui.words import Words

WIDTH, LEAST_WIDTH = 560, 420
WHAT_HAPPENS, CAMERA = 1, 2
ROW_HEIGHT = 49
MOST_LINES = 1 << 24

FATE_MARKS: dict[Fate, Mark] = {
    Fate.NEW: Mark(Shape.DISC, "info", _("Will be added")),
    Fate.ADDED: Mark(Shape.CHECK, "ok", _("Added")),
    Fate.NAME_TAKEN: Mark(Shape.TRIANGLE, "warning", _("Name taken")),
    Fate.BAD_NAME: Mark(Shape.CROSS, "alarm", _("Wrong name")),
    Fate.BAD_ADDRESS: Mark(Shape.CROSS, "alarm", _("Wrong address")),
    Fate.FAILED: Mark(Shape.CROSS, "alarm", _("Not added")),
}


def _columns(words: Words) -> list[Column[ImportRow]]:
    def fate(row: ImportRow) -> str:
        return words(FATE_MARKS[row.fate].word)

    def name(row: ImportRow) -> str:
        return row.name or "–"

    def why(row: ImportRow) -> str:
        return words.reason(row.problem) if row.problem is not None else row.address

    def whole(row: ImportRow) -> str:
        return "\n".join(part for part in (row.name, row.address, why(row) if row.problem else "") if part)

    return [
        Column(_("Line"), lambda row: str(row.line), 64, order=lambda row: row.line, right=True),
        Column(_("What happens"), fate, 160, mark=lambda row: FATE_MARKS[row.fate], order=_rank),
        Column(_("Camera"), name, order=lambda row: row.name.casefold(), tip=whole, second=why),
    ]


def _rank(row: ImportRow) -> int:
    """What can't be added comes first: that is what somebody has to see to. Nothing moves while rows are added."""
    possible = row.fate in (Fate.NEW, Fate.ADDED, Fate.FAILED)
    return (MOST_LINES if possible else 0) + row.line


class ImportSheet(Sheet):
    """Shows a list that was read; `stop` ends the adding and leaves what is there."""

    def __init__(self, desk: Desk, path: Path) -> None:
        super().__init__(desk.words, _("Import cameras"), width=WIDTH, least=LEAST_WIDTH, scrolls=False)
        self._desk = desk
        self._rows: tuple[ImportRow, ...] = ()
        self._added = self._tried = 0
        self._work: asyncio.Task[None] | None = None
        self._shown: Store[ImportRow] = Store()
        columns = _columns(desk.words)
        self.table: TableView[ImportRow] = TableView(Rows(self._shown, columns, desk.words), columns)
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.table.setItemDelegateForColumn(CAMERA, TwoLineDelegate(self.table))
        self.table.sortByColumn(WHAT_HAPPENS, Qt.SortOrder.AscendingOrder)
        desk.words.bind(self.table, self.table.setAccessibleName, _("Import cameras"))
        self._file = ElidedLabel("", "strong", Qt.TextElideMode.ElideMiddle)
        self.sentence = label(desk.words, "", "muted", wrap=True)
        self._compose_body()
        self.add_button = ProgressButton(desk.words, _("Add cameras"), _("Adding … Cancel"), self.add, look="primary")
        self.close_button = button(desk.words, _("Close"), self.closed.emit)
        self.set_buttons(self.close_button, primary=self.add_button)
        self.begin_at(self.table)
        self.read(path)

    def read(self, path: Path) -> None:
        """Look at another file."""
        self._file.setText(path.name)
        self._show_rows(())
        self._say(_("Reading …"))
        work = self._desk.services.camera_lists.plan(self._desk.actor, path)
        self._desk.operations.run(self, "read-cameras", work, self._planned, failed=self._refused)

    def add(self) -> None:
        """All that can be added, one after the other."""
        self._added = self._tried = 0
        lists, operations = self._desk.services.camera_lists, self._desk.operations
        work = lists.add_all(self._desk.actor, self._rows, self._told)
        self._work = operations.run(self, "import-cameras", work, self._finished, busy=self.add_button)
        self._work.add_done_callback(self._ended)

    def stop(self) -> None:
        """Before it is taken away."""
        if self._work is not None:
            self._work.cancel()

    def _compose_body(self) -> None:
        self.choose_button = button(self.words, _("Other file"), lambda: choose_list(self, self.words, self.read))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._file, 1)
        row.addWidget(self.choose_button)
        self.body.addLayout(row)
        self.body.addWidget(self.sentence)
        self.body.addWidget(self.table, 1)

    def _planned(self, rows: tuple[ImportRow, ...]) -> None:
        self._show_rows(rows)
        good, bad = self._count(Fate.NEW), len(rows) - self._count(Fate.NEW)
        if not good:
            self._say(_("None of these cameras can be added. The table says why."), "warning")
        elif bad:
            self._say(_("Can be added: {good}. Can't: {bad}; the table says why."), good=good, bad=bad)
        else:
            self._say(_("Can be added: {good}."), good=good)

    def _refused(self, error: SiappError) -> None:
        self._say(error.message, "error", **error.values)

    def _told(self, row: ImportRow) -> None:
        self._added += row.fate is Fate.ADDED
        self._tried += 1
        if shiboken6.isValid(self):
            self._shown.change(row)
            self.add_button.progress(self._tried / len(self._rows))

    def _finished(self, rows: tuple[ImportRow, ...]) -> None:
        self._show_rows(rows)
        failed = sum(row.fate is Fate.FAILED for row in rows)
        if failed:
            sentence = _("Cameras added: {count}. Not added: {failed}; the table says why.")
            self._say(sentence, "warning", count=self._added, failed=failed)
            self._desk.warn(sentence, count=self._added, failed=failed)
        else:
            self._say(_("Cameras added: {count}."), "good", count=self._added)
            self._desk.done(_("Cameras added: {count}."), count=self._added)

    def _ended(self, work: asyncio.Task[None]) -> None:
        self._work = None
        if work.cancelled():
            sentence = _("The import was cancelled. Cameras added before, which stay: {count}.")
            self._desk.warn(sentence, count=self._added)
            if shiboken6.isValid(self):
                self._say(sentence, "warning", count=self._added)
                self._offer()

    def _show_rows(self, rows: tuple[ImportRow, ...]) -> None:
        self._rows = rows
        self._shown.fill(rows)
        self._offer()

    def _offer(self) -> None:
        self._rows = tuple(self._shown.all())
        self.add_button.setEnabled(bool(self._count(Fate.NEW)))

    def _count(self, fate: Fate) -> int:
        return sum(row.fate is fate for row in self._rows)

    def _say(self, message: str, look: str = "muted", **values: object) -> None:
        self.words.bind(self.sentence, self.sentence.setText, message, **values)
        self.sentence.setProperty("look", look)
        restyle(self.sentence)


def choose_list(parent: QWidget, words: Words, on_path: Callable[[Path], object]) -> None:
    """Ask for a list of cameras."""
    dialog = QFileDialog(parent.window(), words(CAMERA_LISTS.title))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    lists, everything = words(CAMERA_LISTS.name), words(_("All files"))
    dialog.setNameFilters([f"{lists} (*.csv *.txt)", f"{everything} (*)"])
    dialog.fileSelected.connect(lambda name: on_path(Path(name)))
    dialog.open()


def choose_target(parent: QWidget, words: Words, on_path: Callable[[Path], object]) -> None:
    """Ask where a list of cameras is to be written."""
    dialog = QFileDialog(parent.window(), words(_("Export cameras")))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("csv")
    lists, name = words(CAMERA_LISTS.name), words(_("cameras"))
    dialog.setNameFilter(f"{lists} (*.csv)")
    dialog.selectFile(f"{name}-{now().astimezone():%Y-%m-%d}.csv")
    dialog.fileSelected.connect(lambda name: on_path(Path(name)))
    dialog.open()
