"""One test: its video with what was found, facts and log, and what can be done with it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from siapp.core.domain import FoundObjects, TaskState, TestTask
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.keyframes import name_of
from siapp.core.services.player import Film
from siapp.ui.desk import Desk
from siapp.ui.marks import TASK_MARKS
from siapp.ui.pages.test_facts import FactsView
from siapp.ui.pages.test_list import state_text
from siapp.ui.pages.test_run import RunPanel
from siapp.ui.widgets.buttons import ProgressButton, button, icon_button
from siapp.ui.widgets.film_strip import FilmStrip, read_picture
from siapp.ui.widgets.labels import ElidedLabel, label, restyle
from siapp.ui.widgets.log_view import LogView
from siapp.ui.widgets.player import Player
from siapp.ui.widgets.segments import Segments
from siapp.ui.widgets.toasts import MarkLabel

LOOK_AGAIN_MS = 2000
BUTTON_PADDING = 48
VIDEO, FACTS, LOG = "video", "facts", "log"


@dataclass(frozen=True, slots=True)
class TestActions:
    """What the page does for the buttons."""

    __test__ = False

    run: Callable[[], object]
    stop: Callable[[], object]
    again: Callable[[], object]
    options: Callable[[], object]
    folder: Callable[[], object]
    delete: Callable[[], object]


def has_result(test: TestTask) -> bool:
    """Whether a run has left something to look at."""
    return not test.state.is_active and test.progress.done > 0


class TestDetail(QWidget):
    """`wide` tells that a person wants the video as large as the page."""

    __test__ = False

    wide = Signal(bool)

    def __init__(self, desk: Desk, actions: TestActions) -> None:
        super().__init__()
        self._desk, self._actions = desk, actions
        self.test: TestTask | None = None
        self._found: FoundObjects | None = None
        self.mark, self.name = MarkLabel(TASK_MARKS[TaskState.STOPPED]), ElidedLabel("", "title")
        self.state = label(desk.words, "", "muted")
        self.notice = QLabel()
        self.player, self.strip = Player(desk), FilmStrip(desk)
        self.run_panel = RunPanel(desk, actions.stop)
        self.facts, self.log = FactsView(desk, actions.options), LogView(desk, "process.log")
        self.tabs: Segments[str] = Segments(
            desk.words, _("View"), [(VIDEO, _("Video")), (FACTS, _("Facts")), (LOG, _("Log"))]
        )
        self.film: Segments[Film] = Segments(
            desk.words, _("Which video"), [(Film.RESULT, _("With boxes")), (Film.ORIGINAL, _("Without boxes"))]
        )
        self._timer = QTimer(self, interval=LOOK_AGAIN_MS)
        self._compose()
        self._connect()
        desk.words.follow(self, self._write)

    # ---- what is shown -------------------------------------------------------------------------------------

    def show_test(self, test: TestTask) -> None:
        """The test as it is now: the same one with a new state, or another one."""
        before, self.test = self.test, test
        another = before is None or before.id != test.id
        if another:
            self.log.follow(partial(self._desk.services.tests.follow_log, test.id))
            self.film.button(Film.RESULT).setChecked(True)
        self._write()
        if another or before is None or before.state.is_active is not test.state.is_active:
            self._show_video()
            self._count_found()

    def forget(self) -> None:
        """No test is shown any more."""
        self.test = None
        self.log.follow(None)
        self.player.pane.show_still(None)
        self.strip.show_frames("")

    def open_log(self) -> None:
        self.tabs.choose(LOG)

    def set_wide(self, wide: bool) -> None:
        """Only the video, or everything."""
        if wide:
            self.tabs.choose(VIDEO)
        for part in (self._head, self._bar, self.strip):
            part.setVisible(not wide)
        self.player.transport.set_wide(wide)
        self._write()

    def apply_rights(self) -> None:
        self._write()

    def save(self) -> None:
        """Ask where the result video goes."""
        test = self.test
        if test is None or not has_result(test) or self.save_button.busy:
            return
        dialog = QFileDialog(self.window(), self._desk.words(_("Save video")))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"{self._desk.words(_('Videos'))} (*.mp4)")
        dialog.setDefaultSuffix("mp4")
        dialog.selectFile(f"{test.name}.mp4")
        dialog.fileSelected.connect(lambda path: self.save_as(test, Path(path)))
        dialog.open()

    def save_as(self, test: TestTask, path: Path) -> None:
        work = self._desk.services.results.save_video(self._desk.actor, test.name, path, self.save_button.progress)
        done = partial(self._desk.done, _("The video is saved as “{name}”."), name=path.name)
        self._desk.operations.run(self, "save-video", work, lambda _nothing: done(), busy=self.save_button)

    # ---- inside --------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.tabs.chosen.connect(lambda _tab: self._turn_tab())
        self.film.chosen.connect(lambda _film: self._show_video(self.player.pane.position.time_s))
        self.strip.chosen.connect(self.player.transport.seek_frame)
        self.strip.counted.connect(lambda _count: self._show_newest())
        self.player.pane.changed.connect(self._mark_strip)
        self.player.transport.wide.connect(self.wide)
        self._timer.timeout.connect(self._look_again)

    def _write(self) -> None:
        test, words = self.test, self._desk.words
        if test is None:
            return
        mark = TASK_MARKS[test.state]
        self.mark.set_mark(mark)
        self.name.setText(test.name)
        self.state.setText(state_text(test, words))
        shown = (
            test.error is not None and not test.state.is_active and not self.player.transport.wide_button.isChecked()
        )
        self.notice.setText(words.problem(test.error) if test.error is not None else "")
        self.notice.setProperty("look", "failed" if test.state is TaskState.ERROR else "notice")
        restyle(self.notice)
        self.notice.setVisible(shown)
        self.run_panel.show_test(test)
        self._controls.setCurrentWidget(self.run_panel if test.state.is_active else self.player.transport)
        self.film.setVisible(has_result(test) and self.tabs.value == VIDEO)
        self.facts.show_test(test)
        self._write_buttons(test)

    def _write_buttons(self, test: TestTask) -> None:
        operate, active = self._desk.may_operate(), test.state.is_active
        verb = _("Run again") if has_result(test) else _("Run")
        self._desk.words.bind(self.run_button, self.run_button.setText, verb)
        widest = self.run_button.fontMetrics().horizontalAdvance(self._desk.words(_("Run again")))
        self.run_button.setMinimumWidth(widest + BUTTON_PADDING)  # what stands beside it does not move
        self.run_button.setVisible(operate)
        self.run_button.setEnabled(not active)
        self.again_button.setVisible(operate)
        self.delete_button.setVisible(operate)
        self.delete_button.setEnabled(not active)
        self.save_button.setEnabled(has_result(test))
        self.folder_button.setEnabled(active or has_result(test) or test.error is not None)

    def _show_video(self, at_s: float = 0.0) -> None:
        test = self.test
        if test is None:
            return
        self._timer.stop()
        self.strip.show_frames(test.name if test.state.is_active or has_result(test) else "")
        if test.state.is_active:
            self.player.pane.show_still(None)
            self._timer.start()
        else:
            film = self.film.value if has_result(test) else Film.ORIGINAL
            self.player.pane.show_video(test.name, film, at_s)

    def _turn_tab(self) -> None:
        self._pages.setCurrentWidget({VIDEO: self._video, FACTS: self.facts, LOG: self.log}[self.tabs.value])
        self._write()

    def _look_again(self) -> None:
        """What a run under way has left meanwhile."""
        if self.test is not None and self.isVisible():
            self.strip.show_frames(self.test.name)

    def _show_newest(self) -> None:
        """The newest key frame stands for the video while that is being made."""
        test, numbers = self.test, self.strip.frames.numbers
        if test is None or not test.state.is_active or not numbers:
            return
        self.strip.scrollTo(self.strip.frames.index(len(numbers) - 1))
        work = self._key_frame(test.name, numbers[-1])
        self._desk.operations.run(self, "newest", work, partial(self._take_newest, test.id), failed=_gone)

    async def _key_frame(self, name: str, number: int) -> QImage:
        path = await self._desk.services.results.file(self._desk.actor, name, name_of(number))
        return await asyncio.to_thread(read_picture, path, self.player.pane.size() * self.devicePixelRatioF())

    def _take_newest(self, test_id: int, picture: QImage) -> None:
        test = self.test
        if test is not None and test.id == test_id and test.state.is_active and not picture.isNull():
            self.player.pane.show_still(picture)

    def _mark_strip(self) -> None:
        if self.player.pane.ready and self.strip.isVisible():
            self.strip.mark(self.player.pane.position.frame)

    def _count_found(self) -> None:
        test = self.test
        self._take_found(None)
        if test is not None and has_result(test):
            work = self._desk.services.results.found(self._desk.actor, test.name)
            self._desk.operations.run(self, "found", work, partial(self._found_of, test.id), failed=_gone)

    def _found_of(self, test_id: int, found: FoundObjects) -> None:
        if self.test is not None and self.test.id == test_id:
            self._take_found(found)

    def _take_found(self, found: FoundObjects | None) -> None:
        self._found = found
        self.facts.show_found(found)
        self.player.transport.scrubber.show_finds(found.per_frame if found is not None else ())

    # ---- layout --------------------------------------------------------------------------------------------

    def _compose(self) -> None:
        self.notice.setProperty("look", "notice")
        self.notice.setTextFormat(Qt.TextFormat.PlainText)
        self.notice.setWordWrap(True)
        self._head, self._bar = self._make_head(), self._make_bar()
        self._video = self._make_video()
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        for page in (self._video, self.facts, self.log):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        for part in (self._head, self.notice, self._bar):
            column.addWidget(part)
        column.addWidget(pages, 1)

    def _make_head(self) -> QWidget:
        words, act = self._desk.words, self._actions
        self.run_button = button(words, _("Run again"), act.run, glyph="play")
        self.again_button = button(words, _("Other options"), act.again, glyph="sliders-horizontal")
        self.save_button = ProgressButton(words, _("Save video"), _("Saving …"), self.save)
        self.folder_button = icon_button(words, _("Open the folder (Ctrl+O)"), "folder-open", act.folder)
        self.delete_button = icon_button(words, _("Delete (Del)"), "trash", act.delete)
        upper, lower = QHBoxLayout(), QHBoxLayout()
        upper.setSpacing(8)
        lower.setSpacing(8)
        lower.setContentsMargins(0, 0, 0, 0)
        upper.addWidget(self.mark)
        upper.addWidget(self.name, 1)
        upper.addWidget(self.state)
        for made in (self.run_button, self.again_button, self.save_button):
            lower.addWidget(made)
        lower.addStretch()
        lower.addWidget(self.folder_button)
        lower.addWidget(self.delete_button)
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(upper)
        column.addLayout(lower)
        return head

    def _make_bar(self) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.tabs)
        row.addStretch()
        row.addWidget(self.film)
        return bar

    def _make_video(self) -> QWidget:
        video, controls = QWidget(), QWidget()
        self._controls = QStackedLayout(controls)
        self._controls.addWidget(self.player.transport)
        self._controls.addWidget(self.run_panel)
        column = QVBoxLayout(video)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.player.pane, 1)
        column.addWidget(controls)
        column.addWidget(self.strip)
        return video


def _gone(_error: SiappError) -> None:
    """The test, or this file of it, is gone meanwhile: there is nothing to show."""
