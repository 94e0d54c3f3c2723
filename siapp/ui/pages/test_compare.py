"""Two runs side by side: one scrubber and one play button for both videos, and below what differs."""

from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from siapp.core.domain import FoundObjects, TestTask
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.services.player import Film
from siapp.ui.desk import Desk
from siapp.ui.marks import TASK_MARKS
from siapp.ui.pages.test_facts import class_names, option_facts
from siapp.ui.pages.test_list import algorithm_text
from siapp.ui.theme import theme
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import ElidedLabel, plain_tip
from siapp.ui.widgets.toasts import MarkLabel
from siapp.ui.widgets.transport import Transport
from siapp.ui.widgets.video_pane import VideoPane

TABLE_HEIGHT, LEAST_TABLE = 208, 124
ROW_HEIGHT = 28
MOST_CLASSES = 100

Row = tuple[str, str, str, str]
"""What is compared, of the one, of the other, and the difference where it is a number."""


class CompareView(QWidget):
    """`compare` opens two tests; `leave` is called when a person has seen enough."""

    def __init__(self, desk: Desk, leave: Callable[[], object]) -> None:
        super().__init__()
        self._desk, self._leave = desk, leave
        self.tests: tuple[TestTask, ...] = ()
        self._found: dict[int, FoundObjects] = {}
        self.panes = VideoPane(desk), VideoPane(desk)
        self.names = ElidedLabel("", "title"), ElidedLabel("", "title")
        self._marks = [MarkLabel(mark) for mark in list(TASK_MARKS.values())[:2]]
        self.transport = Transport(desk, self.panes)
        self.transport.wide_button.setEnabled(False)  # they have the page already
        self.transport.wide_button.hide()
        self.back_button = button(desk.words, _("Back to the tests"), leave, look="plain", glyph="arrow-left")
        self.only_differences = QCheckBox()
        desk.words.bind(self.only_differences, self.only_differences.setText, _("Only what differs"))
        self.only_differences.toggled.connect(lambda _on: self._fill())
        self.table = self._make_table()
        self._compose()
        desk.words.follow(self, self._fill)
        desk.looks.changed.connect(self._fill)

    def compare(self, first: TestTask, second: TestTask) -> None:
        self.tests, self._found = (first, second), {}
        for test, pane, name, mark in zip(self.tests, self.panes, self.names, self._marks, strict=True):
            name.setText(test.name)
            mark.set_mark(TASK_MARKS[test.state])
            pane.show_video(test.name, Film.RESULT)
            work = self._desk.services.results.found(self._desk.actor, test.name)
            self._desk.operations.run(self, "found", work, partial(self._take_found, test.id), failed=_nothing)
        self._fill()

    def forget(self) -> None:
        self.tests = ()
        for pane in self.panes:
            pane.show_still(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            super().keyPressEvent(event)

    def rows(self) -> list[Row]:
        """Everything that is compared, as it is shown."""
        return list(self._rows()) if len(self.tests) == 2 else []

    def _take_found(self, test_id: int, found: FoundObjects) -> None:
        if test_id in {test.id for test in self.tests}:
            self._found[test_id] = found
            self._fill()

    def _rows(self) -> Iterator[Row]:
        words, (one, other) = self._desk.words, self.tests
        yield words(_("Algorithm")), algorithm_text(one), algorithm_text(other), ""
        of_one, of_other = (option_facts(test.options, class_names(self._desk, test), words) for test in self.tests)
        for (name, left), (_name, right) in zip(of_one, of_other, strict=True):
            yield words(name), left, right, ""
        yield words(_("Frames per second")), f"{one.progress.fps:.1f}", f"{other.progress.fps:.1f}", ""
        yield _counted(words(_("Frames")), one.progress.done, other.progress.done)
        yield from self._counts()

    def _counts(self) -> Iterator[Row]:
        found = [self._found.get(test.id) for test in self.tests]
        one, other = found
        if one is None or other is None:
            return
        yield _counted(self._desk.words(_("Objects, all frames together")), one.total, other.total)
        classes = sorted(one.by_class.keys() | other.by_class.keys(), key=lambda name: -one.by_class.get(name, 0))
        for name in classes[:MOST_CLASSES]:
            yield _counted(name, one.by_class.get(name, 0), other.by_class.get(name, 0))

    def _fill(self) -> None:
        self._name_columns()
        rows = self.rows()
        if self.only_differences.isChecked():
            rows = [row for row in rows if row[1] != row[2]]
        self.table.setRowCount(len(rows))
        for place, row in enumerate(rows):
            for column, text in enumerate(row):
                self.table.setItem(place, column, _item(text, column, differs=row[1] != row[2]))

    def _name_columns(self) -> None:
        """The style sheet's headings don't end in an ellipsis by themselves."""
        header = self.table.horizontalHeader()
        names = [
            header.fontMetrics().elidedText(test.name, Qt.TextElideMode.ElideRight, header.sectionSize(1) - 32)
            for test in self.tests
        ]
        self.table.setHorizontalHeaderLabels(["", *(names or ["", ""]), self._desk.words(_("Difference"))])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._name_columns()

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 4)
        table.setMinimumHeight(LEAST_TABLE)
        table.setMaximumHeight(TABLE_HEIGHT)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in range(4):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self._desk.words.bind(table, table.setAccessibleName, _("What differs"))
        return table

    def _compose(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.back_button)
        head.addStretch()
        head.addWidget(self.only_differences)
        both = QHBoxLayout()
        both.setSpacing(12)
        for pane, name, mark in zip(self.panes, self.names, self._marks, strict=True):
            side, above = QVBoxLayout(), QHBoxLayout()
            above.addWidget(mark)
            above.addWidget(name, 1)
            side.addLayout(above)
            side.addWidget(pane, 1)
            both.addLayout(side, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(both, 1)
        column.addWidget(self.transport)
        column.addWidget(self.table)


def _counted(name: str, one: int, other: int) -> Row:
    change = f"{other - one:+,}".replace("-", "−") if other != one else ""
    return name, f"{one:,}", f"{other:,}", change


def _item(text: str, column: int, *, differs: bool) -> QTableWidgetItem:
    """What is alike steps back; what differs is strong."""
    item = QTableWidgetItem(text)
    item.setToolTip(plain_tip(text))
    item.setForeground(theme().colours.of("muted" if column == 0 or not differs else "text"))
    if differs and column:
        font = QFont()
        font.setWeight(QFont.Weight.DemiBold)
        item.setFont(font)
    return item


def _nothing(_error: SiappError) -> None:
    """A run that left no detections has no counts."""
