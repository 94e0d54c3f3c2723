"""The page of algorithm tests, with real services and a real player's process."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import pytest
import pytest_asyncio
from PySide6.QtCore import QItemSelectionModel, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDropEvent, QKeySequence
from PySide6.QtTest import QTest

from siapp.app import Station
from siapp.core.domain import Actor, Algorithm, Problem, TaskOptions, TaskState, TestTask
from siapp.core.i18n import Language
from siapp.core.services import Services
from siapp.core.services.player import Film
from siapp.core.specs import JobKind, JobProgress
from siapp.core.workers.engine import JobFailed
from siapp.core.workers.entry import WorkerRole
from siapp.ui.pages.test_detail import FACTS, LOG
from siapp.ui.pages.test_sheets import AgainSheet, NewTestSheet, OptionsSheet
from siapp.ui.pages.tests import TestsPage
from siapp.ui.widgets import film_strip
from siapp.ui.window import MainWindow
from tests.core.video.support import counting, write_clip
from tests.ui.conftest import IMPORTED, Jobs, Open, dialog, settle, told, until

FRAMES, FPS = 50, 25
DEMO = Path(__file__).parents[2] / "resources" / "demo"
FOUND = {"codec": "h264", "width": 320, "height": 240, "fps": 25.0, "duration_s": 2.0, "frames": FRAMES}
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "crossing 3.mp4", counting(FRAMES), fps=FPS)


@dataclass
class Analyses(Jobs):
    """Analyses that leave a real video, key frames and detections at once, or as soon as `go_on` is set."""

    clip: Path = Path()
    done: int = FRAMES
    failure: Problem | None = None
    progress: list[Callable[[JobProgress], None]] = field(default_factory=list)

    async def run(self, kind: JobKind, params: dict[str, Any], **more: Any) -> dict[str, Any]:
        if kind is not JobKind.ANALYZE:
            return await super().run(kind, params, limit_s=0.0)
        self.asked.append((kind, params))
        folder = Path(params["folder"])
        more["on_progress"](JobProgress(0.2, done=10, total=FRAMES))
        self._leave(folder, 2 if params["options"]["confidence"] < 0.5 else 1)
        self.progress.append(more["on_progress"])
        await self.go_on.wait()
        if self.failure is not None:
            raise JobFailed(self.failure)
        more["on_progress"](JobProgress(1.0, done=self.done, total=FRAMES))
        return {"frames": self.done, "seconds": 0.5, "objects": 2 * self.done, "decode_errors": 0}

    def _leave(self, folder: Path, cars: int) -> None:
        (folder / "output.mp4").write_bytes(self.clip.read_bytes())
        for number in range(0, FRAMES, 10):
            cv2.imwrite(str(folder / f"frame_{number}.jpg"), counting(number + 1)[number])
        found = [{"label": "car"}] * cars + [{"label": "person"}]
        lines = (json.dumps({"frame": number, "objects": found}) for number in range(FRAMES))
        (folder / "detections.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest_asyncio.fixture
async def analyses(station: Station, clip: Path, monkeypatch: pytest.MonkeyPatch) -> Analyses:
    made = Analyses({JobKind.PROBE: dict(FOUND), JobKind.IMPORT: dict(IMPORTED)}, clip=clip)
    made.go_on.set()
    monkeypatch.setattr(station.services.tests._engine, "run_job", made.run)
    return made


@pytest_asyncio.fixture
async def algorithm(station: Station, analyses: Analyses, operator: Actor, tmp_path: Path) -> Algorithm:
    (weights := tmp_path / "people.pt").write_bytes(b"weights")
    made = await station.services.algorithms.add_from_file(operator, "people", weights)
    await until(lambda: not station.services.algorithms._imports._tasks)
    return await station.services.algorithms.get(made.id)


@dataclass
class Lab:
    """The page, and tests on it."""

    window: MainWindow
    services: Services
    operator: Actor
    algorithm: Algorithm
    clip: Path

    @property
    def page(self) -> TestsPage:
        return self.window.shell.tests

    @property
    def pane(self) -> Any:
        return self.page.detail.player.pane

    async def add(self, name: str, options: TaskOptions | None = None) -> TestTask:
        return await self.services.tests.add_from_file(self.operator, name, self.algorithm.id, self.clip, options)

    async def finished(self, name: str = "Street", options: TaskOptions | None = None) -> TestTask:
        test = await self.add(name, options)
        await self.services.tests.start(self.operator, test.id)
        return await self.ended(test)

    async def ended(self, test: TestTask, state: TaskState = TaskState.COMPLETED) -> TestTask:
        store = self.window.desk.stores.tests
        await until(lambda: (now := store.get(test.id)) is not None and now.state is state)
        found = store.get(test.id)
        assert found is not None
        return found

    async def playing(self) -> None:
        """Until the video is open and its first picture is there."""
        await until(lambda: self.pane.ready and self.pane._image is not None)

    def select(self, *tests: TestTask) -> None:
        self.page.list.clearSelection()
        for row in range(self.page.list.model().rowCount()):
            index = self.page.list.model().index(row, 0)
            if index.data(256).id in {test.id for test in tests}:
                self.page.list.selectionModel().select(index, QItemSelectionModel.SelectionFlag.Select)

    async def players(self) -> list[int]:
        processes = await self.services.player._engine.processes()
        return [pid for role, pid in processes if role is WorkerRole.PLAYER]


@pytest_asyncio.fixture
async def lab(station: Station, open_window: Open, operator: Actor, algorithm: Algorithm, clip: Path) -> Lab:
    window = await open_window(operator)
    window.shell.open(window.shell.tests)
    return Lab(window, station.services, operator, algorithm, clip)


def drop(page: TestsPage, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    page.dropEvent(event)


def press(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.focusWidget() or window, key, modifier)


async def rest(window: MainWindow) -> None:
    """Until nothing is under way, also of what a last repaint began."""
    for _again in range(2):
        await settle(window)


# ---- a new test ----------------------------------------------------------------------------------------------


async def test_an_empty_page_says_what_to_do_and_a_viewer_sees_no_button(
    lab: Lab, viewer: Actor, open_window: Open
) -> None:
    assert lab.page.empty.isVisible()
    QTest.mouseClick(lab.page.empty.button, LEFT)
    assert isinstance(lab.page.sheet, NewTestSheet)
    window = await open_window(viewer)
    window.shell.open(window.shell.tests)
    assert window.shell.tests.empty.isVisible()
    assert not window.shell.tests.empty.button.isVisible()
    assert not window.shell.tests.primary.isVisible()
    await rest(window)
    await rest(lab.window)


async def test_a_dropped_video_is_copied_started_and_shown(lab: Lab, analyses: Analyses) -> None:
    analyses.go_on.clear()
    drop(lab.page, lab.clip)
    sheet = lab.page.sheet
    assert isinstance(sheet, NewTestSheet)
    assert sheet.name.text == "crossing 3"
    analyses.go_on.set()  # for the look into the file
    sheet.form.confidence.set_value(0.4)
    QTest.mouseClick(sheet.save_button, LEFT)
    await until(lambda: len(lab.window.desk.stores.tests) == 1)
    test = await lab.ended(lab.window.desk.stores.tests.all()[0])
    assert lab.page.sheet is None
    assert (test.name, test.options.confidence, test.video.filename) == ("crossing 3", 0.4, "crossing 3.mp4")
    assert lab.page.list.current is not None and lab.page.list.current.id == test.id
    assert "The test “crossing 3” is completed." in told(lab.window)
    drop(lab.page, lab.clip)
    assert isinstance(lab.page.sheet, NewTestSheet)
    assert lab.page.sheet.name.text == "crossing 3 (2)", "the name is free"
    await rest(lab.window)


async def test_what_is_no_video_is_said_at_the_field_and_a_copy_is_given_up_with_the_sheet(
    lab: Lab, analyses: Analyses, station: Station, tmp_path: Path
) -> None:
    (path := tmp_path / "notes.mp4").write_text("no video")
    analyses.answers[JobKind.PROBE] = JobFailed(Problem("not_a_video", "?"))
    lab.page.add(path)
    sheet = lab.page.sheet
    assert isinstance(sheet, NewTestSheet)
    sheet.save()
    await settle(lab.window)
    assert sheet.file.note == "This file is not a video that siapp can read. MP4 with H.264 always works."
    assert len(lab.window.desk.stores.tests) == 0
    analyses.go_on.clear()
    lab.page.add(lab.clip)
    sheet = lab.page.sheet
    assert isinstance(sheet, NewTestSheet)
    sheet.save()
    await until(lambda: analyses.asked and analyses.asked[-1][0] is JobKind.PROBE)
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    question = dialog(lab.window)
    assert question.windowTitle() == "Stop the copy?" and lab.page.sheet is sheet
    question.accept()
    assert lab.page.sheet is None
    await settle(lab.window)
    assert list((station.storage.root / "incoming").iterdir()) == []
    assert list(station.storage.videos.iterdir()) == []
    await rest(lab.window)


# ---- a run ---------------------------------------------------------------------------------------------------


async def test_a_run_tells_how_far_it_is_and_can_be_stopped(lab: Lab, analyses: Analyses) -> None:
    test = await lab.add("Street")
    analyses.go_on.clear()
    lab.page.show_test(test.id)
    press(lab.window, Qt.Key.Key_F5)
    await until(lambda: (now := lab.page.list.current) is not None and now.progress.done == 10)
    panel = lab.page.detail.run_panel
    assert panel.isVisible()
    assert panel.state.text() == "Running · 20 %"
    assert "10 of 50 frames" in panel.figures.text()
    assert panel.bar.value() == 200
    assert not lab.page.detail.run_button.isEnabled()
    QTest.mouseClick(panel.stop_button, LEFT)
    await lab.ended(test, TaskState.STOPPED)
    await lab.playing()
    assert not panel.isVisible()
    await rest(lab.window)


async def test_while_it_runs_the_newest_key_frame_is_seen(lab: Lab, analyses: Analyses) -> None:
    test = await lab.add("Street")
    analyses.go_on.clear()
    await lab.services.tests.start(lab.operator, test.id)
    await until(lambda: lab.pane._still is not None)
    assert lab.page.detail.strip.frames.numbers == [0, 10, 20, 30, 40]
    analyses.go_on.set()
    await lab.ended(test)
    await lab.playing()
    await rest(lab.window)


async def test_one_that_waits_failed_or_was_interrupted_says_so(lab: Lab, analyses: Analyses) -> None:
    analyses.failure = Problem("disk_full", "The disk of the station is full. Free some space and try again.")
    test = await lab.add("Street")
    await lab.services.tests.start(lab.operator, test.id)
    await lab.ended(test, TaskState.ERROR)
    detail = lab.page.detail
    assert detail.notice.isVisible()
    assert detail.notice.text() == "The disk of the station is full. Free some space and try again."
    assert detail.state.text() == "Error"
    assert any("failed" in line and "disk" in line for line in told(lab.window))
    analyses.failure = None
    other, third = await lab.add("Bridge"), await lab.add("Harbour")
    analyses.go_on.clear()
    for each in (other, third):
        await lab.services.tests.start(lab.operator, each.id)
    lab.page.show_test(third.id)
    await until(lambda: detail.state.text() == "Waiting for its turn")
    assert "begins when it is its turn" in detail.run_panel.figures.text()
    analyses.go_on.set()
    await lab.ended(third)
    assert not detail.notice.isVisible()
    await rest(lab.window)


# ---- the player ----------------------------------------------------------------------------------------------


async def test_the_result_is_moved_by_keys_by_the_scrubber_and_by_key_frames(lab: Lab) -> None:
    await lab.finished()
    await lab.playing()
    transport = lab.page.detail.player.transport
    assert transport.frame.text() == "Frame 0 of 50"
    assert transport.time.text() == "0:00.00 / 0:02.00"
    press(lab.window, Qt.Key.Key_Space)
    await until(lambda: lab.pane.position.playing)
    assert transport.play_button.accessibleName() == "Pause (Space)"
    press(lab.window, Qt.Key.Key_Space)
    await until(lambda: not lab.pane.position.playing)
    here = lab.pane.position.frame
    press(lab.window, Qt.Key.Key_Period)
    await until(lambda: lab.pane.position.frame == here + 1)
    press(lab.window, Qt.Key.Key_Comma)
    await until(lambda: lab.pane.position.frame == here)
    press(lab.window, Qt.Key.Key_BracketRight)
    await until(lambda: lab.pane.position.speed == 2.0)
    scrubber = lab.page.detail.player.transport.scrubber
    middle = QPoint(scrubber.width() // 2, scrubber.height() - 10)
    QTest.mousePress(scrubber, LEFT, pos=QPoint(20, middle.y()))
    for x in range(40, scrubber.width() - 40, 30):
        QTest.mouseMove(scrubber, QPoint(x, middle.y()))
    QTest.mouseMove(scrubber, middle)
    QTest.mouseRelease(scrubber, LEFT, pos=middle)
    await until(lambda: abs(lab.pane.position.frame - 25) <= 1)
    press_key = Qt.Key.Key_Home
    scrubber.setFocus()
    QTest.keyClick(scrubber, press_key)
    await until(lambda: lab.pane.position.frame == 0)
    strip = lab.page.detail.strip
    await until(lambda: not strip.frames.lacks(30))
    QTest.mouseClick(strip.viewport(), LEFT, pos=strip.visualRect(strip.frames.index(3)).center())
    await until(lambda: lab.pane.position.frame == 30)
    lab.page.detail.player.transport.step(5)
    await until(lambda: lab.pane.position.frame == 35)
    assert strip.currentIndex().row() == 3, "marked is the one that was passed last"
    await rest(lab.window)


async def test_of_thousands_of_key_frames_only_those_in_sight_are_read(
    lab: Lab, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = await lab.finished()
    await lab.playing()  # the player that opens brings the strip to its first frame
    folder = station.storage.test_results(test.id)
    picture = (folder / "frame_0.jpg").read_bytes()
    for number in range(5000):
        (folder / f"frame_{number}.jpg").write_bytes(picture)
    read: list[Path] = []

    def note(path: Path, size: Any, real: Any = film_strip.read_picture) -> Any:
        read.append(path)
        return real(path, size)

    monkeypatch.setattr(film_strip, "read_picture", note)
    strip = lab.page.detail.strip
    strip.show_frames("")
    strip.show_frames(test.name)
    await until(lambda: len(strip.frames.numbers) == 5000)
    strip.scrollTo(strip.frames.index(4000))
    await until(lambda: not strip.frames.lacks(4000))
    await settle(lab.window)
    assert len(read) < 60
    scrolled = strip.horizontalScrollBar().value()
    strip.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, True)
    strip.mark(10)
    assert strip.horizontalScrollBar().value() == scrolled, "who looks for a key frame is not sent elsewhere"
    strip.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    strip.mark(20)
    assert strip.horizontalScrollBar().value() < scrolled, "it follows what is played"
    await rest(lab.window)
    strip.show_frames("")
    strip.show_frames(test.name)
    await asyncio.sleep(0)
    lab.window.desk.session._end("")  # who is signed out in the middle of it leaves no error behind
    await rest(lab.window)


async def test_the_original_is_seen_before_a_run_and_beside_a_result(lab: Lab) -> None:
    test = await lab.add("Street")
    await lab.playing()
    assert not lab.page.detail.film.isVisible()
    assert lab.pane._wanted == ("Street", Film.ORIGINAL)
    await lab.services.tests.start(lab.operator, test.id)
    await lab.ended(test)
    await lab.playing()
    assert lab.pane._wanted == ("Street", Film.RESULT)
    lab.page.detail.player.transport.seek_frame(20)
    await until(lambda: lab.pane.position.frame == 20)
    lab.page.detail.film.choose(Film.ORIGINAL)
    await until(lambda: lab.pane.ready and lab.pane._wanted == ("Street", Film.ORIGINAL))
    await until(lambda: lab.pane.position.frame == 20 and lab.pane.position.answered)
    await rest(lab.window)


async def test_a_player_ends_with_its_page_and_one_that_is_killed_is_opened_again(lab: Lab) -> None:
    await lab.finished()
    await lab.playing()
    assert len(await lab.players()) == 1
    lab.window.shell.open(lab.window.shell.wall)
    await settle(lab.window)
    assert await lab.players() == []
    lab.window.shell.open(lab.page)
    await lab.playing()
    lab.page.detail.player.transport.seek_frame(33)
    await until(lambda: lab.pane.position.frame == 33)
    (pid,) = await lab.players()
    os.kill(pid, signal.SIGKILL)
    await until(lambda: lab.pane.failed)
    assert lab.pane._why() == "The player ended (SIGKILL). Try again."
    assert not lab.page.detail.player.transport.play_button.isEnabled()
    QTest.mouseClick(lab.pane.again, LEFT)
    await lab.playing()
    await until(lambda: lab.pane.position.frame == 33)
    assert not lab.pane.again.isVisible()
    await rest(lab.window)


async def test_the_video_takes_the_whole_page_and_space_presses_what_has_the_focus(lab: Lab) -> None:
    await lab.finished()
    await lab.playing()
    before = lab.pane.width()
    press(lab.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: lab.pane.width() > before)
    assert not lab.page.list.isVisible()
    QTest.keyClick(lab.pane, Qt.Key.Key_Escape)
    await until(lambda: lab.page.list.isVisible())
    QTest.mouseDClick(lab.pane, LEFT)
    assert not lab.page.list.isVisible()
    QTest.mouseClick(lab.page.detail.player.transport.wide_button, LEFT)
    await until(lambda: lab.page.list.isVisible())
    lab.page.detail.tabs.button(FACTS).setFocus()
    press(lab.window, Qt.Key.Key_Space)
    assert lab.page.detail.tabs.value == FACTS
    assert not lab.pane.position.playing
    await rest(lab.window)


# ---- what can be done with a test ----------------------------------------------------------------------------


async def test_running_again_asks_because_the_results_go(lab: Lab) -> None:
    test = await lab.finished()
    assert lab.page.detail.run_button.text() == "Run again"
    QTest.mouseClick(lab.page.detail.run_button, LEFT)
    question = dialog(lab.window)
    assert question.windowTitle() == "Run “Street” again?"
    since = test.state_since
    question.accept()
    await until(lambda: (now := lab.window.desk.stores.tests.get(test.id)) and now.state_since > since)
    await lab.ended(test)
    await rest(lab.window)


async def test_options_are_changed_for_the_next_run_or_make_another_test(lab: Lab, station: Station) -> None:
    await lab.finished(options=TaskOptions(confidence=0.3))
    lab.page.detail.tabs.choose(FACTS)
    QTest.mouseClick(lab.page.detail.facts.change_button, LEFT)
    sheet = lab.page.sheet
    assert isinstance(sheet, OptionsSheet)
    sheet.form.iou.set_value(0.45)
    QTest.mouseClick(sheet.save_button, LEFT)
    await until(lambda: lab.page.sheet is None)
    assert lab.page.detail.facts.options.value("IoU") == "0.45"
    first = lab.window.desk.stores.tests.all()[0]
    QTest.mouseClick(lab.page.detail.again_button, LEFT)
    sheet = lab.page.sheet
    assert isinstance(sheet, AgainSheet)
    assert (sheet.name.text, sheet.form.options.confidence) == ("Street (2)", 0.3)
    sheet.form.confidence.set_value(0.8)
    sheet.form.classes.view.setFocus()
    sheet.form.classes.view.setCurrentIndex(sheet.form.classes.view.model().index(0, 0))
    press(lab.window, Qt.Key.Key_Space)  # ticks, and does not play
    QTest.mouseClick(sheet.save_button, LEFT)
    await until(lambda: len(lab.window.desk.stores.tests) == 2)
    second = next(test for test in lab.window.desk.stores.tests.all() if test.id != first.id)
    second = await lab.ended(second)
    assert (second.options.confidence, second.options.classes) == (0.8, (1,))
    assert lab.page.list.current is not None and lab.page.list.current.id == second.id
    assert len(list(station.storage.videos.iterdir())) == 1
    assert lab.window.desk.stores.tests.get(first.id) == first
    await rest(lab.window)


async def test_facts_and_log_tell_what_was_done_and_found(lab: Lab) -> None:
    await lab.finished()
    lab.page.detail.tabs.choose(FACTS)
    facts = lab.page.detail.facts
    await until(lambda: facts.counts.counts)
    assert facts.counts.counts == {"car": 2 * FRAMES, "person": FRAMES}
    assert facts.video.value("File") == "crossing 3.mp4"
    assert facts.run.value("Algorithm") == "people v1"
    assert facts.run.value("Created by") == "olga"
    press(lab.window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert lab.page.detail.tabs.value == LOG
    await until(lambda: "running -> completed" in lab.page.detail.log.text.toPlainText())
    await rest(lab.window)


async def test_a_video_is_read_to_its_end_and_what_is_wrong_is_told(lab: Lab, analyses: Analyses) -> None:
    test = await lab.finished()
    analyses.answers[JobKind.PROBE] = {"info": dict(FOUND), "good": True}
    QTest.keySequence(lab.window, QKeySequence("Ctrl+T"))
    await settle(lab.window)
    assert told(lab.window)[-1] == f"The video of “{test.name}” can be played to its end: 50 frames, 0:02.00."
    analyses.answers[JobKind.PROBE] = JobFailed(Problem("not_a_video", "It is no video."))
    lab.page.check_video()
    await settle(lab.window)
    assert told(lab.window)[-1].startswith(f"“{test.name}”: ")
    await rest(lab.window)


async def test_the_folder_is_opened_and_the_video_saved_elsewhere(
    lab: Lab, station: Station, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    test = await lab.finished()
    opened: list[str] = []
    answers = [True, False]  # the second time the desktop can't
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: (opened.append(url.toLocalFile()), answers.pop(0))[1])
    for _try in range(2):
        QTest.mouseClick(lab.page.detail.folder_button, LEFT)
        await settle(lab.window)
    assert opened == [str(station.storage.test_results(test.id))] * 2
    assert any(str(station.storage.test_results(test.id)) in line for line in told(lab.window))
    lab.page.detail.save_as(test, tmp_path / "mine.mp4")
    await settle(lab.window)
    assert (tmp_path / "mine.mp4").read_bytes() == lab.clip.read_bytes()
    assert "The video is saved as “mine.mp4”." in told(lab.window)
    lab.page.detail.save_as(test, tmp_path / "no folder" / "mine.mp4")
    await settle(lab.window)
    assert any("could not be written" in line for line in told(lab.window))
    assert sorted(path.name for path in tmp_path.glob("*.mp4*")) == ["mine.mp4"]
    await rest(lab.window)


async def test_deleting_asks_once_and_names_what_is_lost(lab: Lab) -> None:
    first, second = await lab.finished("Street"), await lab.finished("Bridge")
    lab.page.show_test(first.id)
    await lab.playing()
    QTest.mouseClick(lab.page.detail.delete_button, LEFT)
    question = dialog(lab.window)
    assert question.windowTitle() == "Delete the test “Street”?"
    question.accept()
    await until(lambda: len(lab.window.desk.stores.tests) == 1)
    assert lab.page.list.current is not None and lab.page.list.current.id == second.id
    lab.page.show_test(second.id)
    await settle(lab.window)
    lab.window.activateWindow()
    await until(lab.window.isActiveWindow)
    press(lab.window, Qt.Key.Key_Delete)
    dialog(lab.window).accept()
    await until(lambda: lab.page.empty.isVisible())
    await settle(lab.window)
    assert await lab.players() == []
    await rest(lab.window)


async def test_a_viewer_sees_everything_and_changes_nothing(lab: Lab, viewer: Actor, open_window: Open) -> None:
    await lab.finished()
    window = await open_window(viewer)
    page = window.shell.tests
    window.shell.open(page)
    detail = page.detail
    for made in (detail.run_button, detail.again_button, detail.delete_button, page.primary):
        assert not made.isVisible()
    assert detail.save_button.isVisible() and detail.folder_button.isVisible()
    await until(lambda: detail.player.pane.ready)
    press(window, Qt.Key.Key_F5)
    press(window, Qt.Key.Key_Delete)
    await settle(window)
    assert [test.state for test in window.desk.stores.tests.all()] == [TaskState.COMPLETED]
    await rest(window)
    await rest(lab.window)


# ---- two side by side ----------------------------------------------------------------------------------------


async def test_two_runs_with_results_are_compared_with_one_scrubber_and_their_differences(lab: Lab) -> None:
    first = await lab.finished("Street", TaskOptions(confidence=0.3))
    second, new = await lab.finished("Street strict", TaskOptions(confidence=0.6)), await lab.add("Bridge")
    for chosen, may in (((first,), False), ((first, new), False), ((first, second, new), False)):
        lab.select(*chosen)
        assert lab.page.compare_button.isEnabled() is may
    lab.select(first, second)
    QTest.mouseClick(lab.page.compare_button, LEFT)
    view = lab.page.compare_view
    await until(lambda: all(pane.ready for pane in view.panes))
    await until(lambda: len(view._found) == 2)
    order = [test.name for test in view.tests]
    assert order == ["Street strict", "Street"], "as in the list"
    rows = {row[0]: row[1:] for row in view.rows()}
    assert rows["Confidence"] == ("0.60", "0.30", "")
    assert rows["car"] == ("50", "100", "+50")
    assert rows["person"] == ("50", "50", "")
    view.only_differences.setChecked(True)
    shown = {view.table.item(row, 0).text() for row in range(view.table.rowCount())}
    assert shown >= {"Confidence", "car"} and "person" not in shown
    view.transport.seek_frame(17)
    await until(lambda: [pane.position.frame for pane in view.panes] == [17, 17])
    press(lab.window, Qt.Key.Key_Space)
    await until(lambda: all(pane.position.playing for pane in view.panes))
    press(lab.window, Qt.Key.Key_Space)
    await until(lambda: len({pane.position.frame for pane in view.panes}) == 1 and not view.transport.playing)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not lab.page.comparing
    await lab.playing()
    assert len(await lab.players()) == 1
    await rest(lab.window)


# ---- the list ------------------------------------------------------------------------------------------------


async def test_the_list_is_searched_keeps_its_choice_and_shows_what_is_not_known_yet(lab: Lab) -> None:
    first, second = await lab.finished("Street"), await lab.add("Bridge")
    lab.page.show_test(first.id)
    lab.window.desk.words.switch(Language.CHINESE)
    assert lab.page.list.current is not None and lab.page.list.current.id == first.id
    assert lab.page.detail.state.text() == "已完成"
    lab.page.search.setText("brid")
    assert lab.page.list.model().rowCount() == 1
    lab.page.show_test(first.id)
    assert lab.page.search.text() == ""
    assert lab.page.detail.test is not None and lab.page.detail.test.id == first.id
    lab.page.show_test(second.id + 1)
    third = await lab.add("Harbour")
    assert lab.page.detail.test is not None and lab.page.detail.test.id == third.id
    await rest(lab.window)


# ---- all of it for real --------------------------------------------------------------------------------------


async def test_a_real_video_through_a_real_network_plays_with_its_boxes(
    station: Station, open_window: Open, operator: Actor, tmp_path: Path
) -> None:
    window = await open_window(operator)
    page, services = window.shell.tests, station.services
    window.shell.open(page)
    algorithm = await services.algorithms.add_from_file(operator, "Street", DEMO / "demo.pt")
    await until(lambda: not services.algorithms._imports._tasks, 60)
    drop(page, DEMO / "demo.mp4")
    sheet = page.sheet
    assert isinstance(sheet, NewTestSheet) and sheet.algorithm.value == algorithm.id
    sheet.form.interval.spin.setValue(10)
    QTest.mouseClick(sheet.save_button, LEFT)
    await until(lambda: page.list.current is not None and page.list.current.progress.done > 20, 60)
    QTest.mouseClick(page.detail.run_panel.stop_button, LEFT)
    await until(lambda: page.list.current is not None and page.list.current.state is TaskState.STOPPED, 30)
    pane = page.detail.player.pane
    await until(lambda: pane.ready and pane.info is not None and pane._image is not None)
    assert pane.info is not None and (pane.info.width, pane.info.height) == (960, 540)
    await until(lambda: page.detail.facts.counts.counts)
    assert "car" in page.detail.facts.counts.counts
    page.detail.strip.chosen.emit(10)
    await until(lambda: pane.position.frame == 10)
    await rest(window)
