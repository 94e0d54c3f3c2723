"""Algorithm tests: recorded videos with what an algorithm finds in them. A list, and the chosen one beside it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QUrl
from PySide6.QtGui import (
    QAction,
    QDesktopServices,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QComboBox, QHBoxLayout, QStackedLayout, QWidget

from siapp.core.domain import Role, TaskState, TestTask
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.icons import icon
from siapp.ui.pages.page import Page
from siapp.ui.pages.test_compare import CompareView
from siapp.ui.pages.test_detail import TestActions, TestDetail, has_result
from siapp.ui.pages.test_list import WIDTH, TestMaster
from siapp.ui.pages.test_questions import ask_delete, ask_run
from siapp.ui.pages.test_sheets import AgainSheet, NewTestSheet, OptionsSheet, start_test
from siapp.ui.pages.video_check import check_video
from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.drop import VIDEOS
from siapp.ui.widgets.drop_hint import DropHint
from siapp.ui.widgets.empty import EmptyState
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.sheet import Sheet
from siapp.ui.widgets.transport import Transport

LEAST_DETAIL = 500


class TestsPage(Page):
    """`show_test` opens one from elsewhere. A video that is dropped anywhere on the page becomes a new test."""

    __test__ = False

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, _("Algorithm tests"), parent)
        self._wanted: int | None = None
        self._wide = False
        self._states: dict[int, TaskState] = {}
        self._master = TestMaster(desk)
        self.list, self.search = self._master.list, self._master.search
        self.detail = TestDetail(
            desk, TestActions(self.run, self.stop, self.add_again, self.edit_options, self.open_folder, self.ask_delete)
        )
        self.compare_view = CompareView(desk, self.leave_compare)
        self.compare_button = button(desk.words, _("Compare"), self.compare, look="plain", glyph="columns")
        hint = _("Two completed tests, chosen with Ctrl in the list, side by side (Ctrl+M)")
        desk.words.bind(self.compare_button, self.compare_button.setToolTip, hint)
        self.primary = button(desk.words, _("New test"), self.add, look="primary", glyph="plus")
        self.tools.addWidget(self.compare_button)
        self.tools.addWidget(self.primary)
        self.setAcceptDrops(True)
        self._compose()
        self._connect()
        self._add_commands()
        self._show_state()

    # ---- what a person does --------------------------------------------------------------------------------

    def show_test(self, test_id: int) -> None:
        """Open the page's list at this test, now or as soon as it is known."""
        self.leave_compare()
        self.search.clear()
        self._wanted = None if self.list.open(test_id) else test_id

    def add(self, path: Path | None = None) -> None:
        self.open_sheet(NewTestSheet(self.desk, self._made, path))

    def add_again(self) -> None:
        if (test := self.list.current) is not None:
            self.open_sheet(AgainSheet(self.desk, self._made, test))

    def edit_options(self) -> None:
        if (test := self.list.current) is not None and not test.state.is_active:
            self.open_sheet(OptionsSheet(self.desk, test))

    def run(self) -> None:
        """Ask before results go."""
        test = self.list.current
        if test is None or test.state.is_active:
            return
        if not has_result(test):
            start_test(self.desk, test)
        else:
            ask_run(self.desk, self, test)

    def stop(self) -> None:
        for test in self.list.selected():
            if self._may_stop(test):
                work = self.desk.services.tests.stop(self.desk.actor, test.id)
                self.desk.operations.run(self, f"stop-test-{test.id}", work)

    def open_folder(self) -> None:
        if (test := self.list.current) is not None:
            work = self.desk.services.results.folder(self.desk.actor, test.name)
            self.desk.operations.run(self, "open-folder", work, self._open_folder)

    def check_video(self) -> None:
        if (test := self.list.current) is not None:
            check_video(self.desk, self, test)

    def ask_delete(self) -> None:
        if tests := [test for test in self.list.selected() if not test.state.is_active]:
            ask_delete(self.desk, self, tests, lambda: self._delete(tests))

    def compare(self) -> None:
        """The two selected ones, side by side."""
        if self._may_compare():
            first, second = self.list.selected()
            self.detail.player.pane.pause()
            self.compare_view.compare(first, second)
            self._stack.setCurrentWidget(self.compare_view)
            self.compare_view.setFocus()
            self.apply_rights()

    def leave_compare(self) -> None:
        if self.comparing:
            self.compare_view.forget()
            self._show_state()
            self.apply_rights()

    @property
    def comparing(self) -> bool:
        return self._stack.currentWidget() is self.compare_view

    def set_wide(self, wide: bool) -> None:
        """Nothing but the video."""
        self._wide = wide
        self.detail.set_wide(wide)
        self._fit()
        self.detail.player.pane.setFocus()

    def apply_rights(self) -> None:
        """The buttons of the header, of the empty state and of the chosen test."""
        operate = self.desk.may_operate()
        self.primary.setVisible(operate)
        self.empty.button.setVisible(operate)
        self.compare_button.setEnabled(self._may_compare() and not self.comparing)
        self.detail.apply_rights()

    def take_keyboard(self) -> None:
        """The arrow keys choose a test at once."""
        (self.list if self._master.isVisibleTo(self) and len(self.desk.stores.tests) else self).setFocus()

    def close_sheet(self) -> None:
        super().close_sheet()
        self._fit()

    def _show_sheet(self, sheet: Sheet) -> None:
        super()._show_sheet(sheet)
        self._fit()

    def _fit(self) -> None:
        """Beside a sheet there may be no room for the list and a video."""
        room = self.width() - (self.sheet.width() if self.sheet is not None else 0)
        self._master.setVisible(not self._wide and room >= WIDTH + LEAST_DETAIL)

    def event(self, event: QEvent) -> bool:
        """Space plays, but where the keyboard stands on a button, or in a form, it means what it means everywhere."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            focused = self.window().focusWidget()
            if event.key() == Qt.Key.Key_Space and focused is not None and _wants_space(focused):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._wide:
            self.set_wide(False)
        else:
            super().keyPressEvent(event)

    # ---- drag and drop -------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.desk.may_operate() and VIDEOS.first(event.mimeData()) is not None:
            event.acceptProposedAction()
            self._drop_hint.open()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop_hint.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self._drop_hint.hide()
        path = VIDEOS.first(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.add(path)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # ---- following -----------------------------------------------------------------------------------------

    def _connect(self) -> None:
        store = self.desk.stores.tests
        store.reset.connect(self._take_all)
        store.put.connect(self._put)
        store.removed.connect(self._removed)
        self.list.chosen.connect(self._show_chosen)
        self.detail.wide.connect(self.set_wide)

    def _take_all(self) -> None:
        self._states = {test.id: test.state for test in self.desk.stores.tests.all()}
        self._show_state()

    def _put(self, test: TestTask) -> None:
        before, self._states[test.id] = self._states.get(test.id), test.state
        if before is not None and before.is_active and not test.state.is_active:
            self._tell_end(test)
        if len(self.desk.stores.tests) == 1 or test.id == self._wanted:
            self._show_state()
        if self.detail.test is not None and self.detail.test.id == test.id:
            self.detail.show_test(test)
        self.apply_rights()

    def _removed(self, number: int) -> None:
        self._states.pop(number, None)
        if number in {test.id for test in self.compare_view.tests}:
            self.leave_compare()
        self._show_state()

    def _tell_end(self, test: TestTask) -> None:
        """Wherever the person is by now."""
        if test.state is TaskState.COMPLETED:
            self.desk.done(_("The test “{name}” is completed."), name=test.name)
        elif test.state is TaskState.ERROR:
            why = self.desk.words.problem(test.error) if test.error is not None else ""
            self.desk.warn(_("The test “{name}” failed. {why}"), name=test.name, why=why)

    def _made(self, test: TestTask) -> None:
        self.show_test(test.id)

    def _show_state(self) -> None:
        """Nothing yet, or the list with one test beside it."""
        if self.comparing and self.compare_view.tests:
            return
        some = len(self.desk.stores.tests) > 0
        self._stack.setCurrentWidget(self._split if some else self.empty)
        if self._wanted is not None and self.list.open(self._wanted):
            self._wanted = None
        elif some and self.list.current is None:
            self.list.open_first()
        self._show_chosen()

    def _show_chosen(self) -> None:
        test = self.list.current
        if test is not None:
            self.detail.show_test(test)
        elif self.detail.test is not None and self.desk.stores.tests.get(self.detail.test.id) is None:
            self.detail.forget()
        self._right.setCurrentWidget(self.detail if self.detail.test is not None else self._nothing)
        self.apply_rights()

    def _may_compare(self) -> bool:
        tests = self.list.selected()
        return len(tests) == 2 and all(map(has_result, tests))

    @staticmethod
    def _may_stop(test: TestTask) -> bool:
        return test.state.is_active and test.state is not TaskState.STOPPING

    def _open_folder(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.desk.warn(_("No program opened the folder. It is {folder}"), folder=str(folder))

    def _delete(self, tests: list[TestTask]) -> None:
        for test in tests:
            self.desk.operations.run(
                self,
                f"delete-test-{test.id}",
                self.desk.services.tests.delete(self.desk.actor, test.id),
                partial(self._deleted, test.name),
            )

    def _deleted(self, name: str, _nothing: None) -> None:
        self.desk.done(_("The test “{name}” is deleted."), name=name)

    # ---- layout and keys -----------------------------------------------------------------------------------

    def _add_commands(self) -> None:
        """Those for the chosen test are in the list's menu, too."""
        at_rest = self._chosen_where(lambda test: not test.state.is_active)
        active = self._chosen_where(self._may_stop)
        chosen = self._chosen_where(lambda _test: True)
        result = self._chosen_where(has_result)
        add, transport = self.add_command, self._transport
        add(_("New test"), self.add, keys="Ctrl+N", glyph="plus", role=Role.OPERATOR)
        add(_("Search"), self.search.setFocus, keys="Ctrl+F", glyph="magnifying-glass")
        add(_("Compare two tests"), self.compare, keys="Ctrl+M", glyph="columns", ready=self._may_compare)
        for message, run, keys, glyph, role, ready in (
            (_("Run test"), self.run, "F5", "play", Role.OPERATOR, at_rest),
            (_("Stop test"), self.stop, "Shift+F5", "stop", Role.OPERATOR, active),
            (_("Run with other options"), self.add_again, "Ctrl+D", "sliders-horizontal", Role.OPERATOR, chosen),
            (_("Change options"), self.edit_options, "Ctrl+E", "pencil-simple", Role.OPERATOR, at_rest),
            (_("Show the log"), self.detail.open_log, "Ctrl+G", "article", Role.VIEWER, chosen),
            (_("Open the folder"), self.open_folder, "Ctrl+O", "folder-open", Role.VIEWER, chosen),
            (_("Save video"), self.detail.save, "Ctrl+S", "download-simple", Role.VIEWER, result),
            (_("Check the video"), self.check_video, "Ctrl+T", "check-circle", Role.VIEWER, result),
            (_("Delete test"), self.ask_delete, "Del", "trash", Role.OPERATOR, at_rest),
        ):
            command = add(message, run, keys=keys, glyph=glyph, role=role, ready=ready)
            self._add_entry(command.message, glyph, partial(self.desk.commands.run, command), role)
        add(_("Play or pause"), lambda: transport().toggle(), keys="Space", glyph="play")
        add(_("One frame back"), lambda: transport().step(-1), keys=",", glyph="caret-left")
        add(_("One frame on"), lambda: transport().step(1), keys=".", glyph="caret-right")
        add(_("Slower"), lambda: transport().change_speed(-1), keys="[", glyph="rewind")
        add(_("Faster"), lambda: transport().change_speed(1), keys="]", glyph="fast-forward")
        add(_("Video as large as the page"), self._toggle_wide, keys="Ctrl+Return", glyph="arrows-out")

    def _transport(self) -> Transport:
        return self.compare_view.transport if self.comparing else self.detail.player.transport

    def _chosen_where(self, holds: Callable[[TestTask], bool]) -> Callable[[], bool]:
        """Whether a test is chosen for which this holds, and seen."""

        def ready() -> bool:
            test = self.list.current
            return test is not None and not self.comparing and holds(test)

        return ready

    def _add_entry(self, message: str, glyph: str, run: Callable[[], object], role: Role) -> None:
        entry = QAction(icon(glyph), "", self.list)
        self.desk.words.bind(entry, entry.setText, message)
        entry.triggered.connect(lambda _checked=False: run())
        self.desk.session.changed.connect(lambda: entry.setVisible(self.desk.session.may(role)))
        self.list.addAction(entry)

    def _toggle_wide(self) -> None:
        if not self.comparing:
            self.set_wide(not self._wide)

    def _compose(self) -> None:
        words = self.desk.words
        self.empty = EmptyState(
            words,
            "film-strip",
            _("There are no tests yet. Drop a recorded video here to try an algorithm on it."),
            _("New test"),
            self.add,
        )
        self._nothing = label(words, _("Choose a test on the left."), "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        right = QWidget()
        self._right = QStackedLayout(right)
        self._right.addWidget(self._nothing)
        self._right.addWidget(self.detail)
        self._split = QWidget()
        row = QHBoxLayout(self._split)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._master)
        row.addWidget(right, 1)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        for part in (self.empty, self._split, self.compare_view):
            self._stack.addWidget(part)
        self.body.addWidget(holder)
        self._drop_hint = DropHint(words, self, _("Drop the video to test an algorithm on it"))


def _wants_space(widget: QWidget) -> bool:
    parent: QWidget | None = widget
    while parent is not None and not isinstance(parent, Sheet):
        parent = parent.parentWidget()
    return parent is not None or isinstance(widget, QAbstractButton | QComboBox)
