"""The view of a log: following its end, levels, search, copy and save, over a real log."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from siapp.core.errors import NotFound
from siapp.core.i18n import Language, load_catalogues
from siapp.core.storage import Storage
from siapp.core.tasklog import LogLevel, LogTail, OnLine, TaskLogs
from siapp.ui.operations import Operations
from siapp.ui.theme import Looks, Scheme, theme
from siapp.ui.widgets import log_view
from siapp.ui.widgets.log_text import MOST_LINES, TIME_WIDTH, block_colour
from siapp.ui.widgets.log_view import LogView
from siapp.ui.words import Words
from tests.ui.conftest import until

Say = Callable[..., None]
NUMBER = 7


@dataclass
class Bench:
    """What the view needs of a desk, over a real log."""

    logs: TaskLogs
    words: Words = field(default_factory=Words)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.operations = Operations(self.words, lambda text, _severity: self.told.append(text))

    def done(self, message: str, **values: object) -> None:
        self.told.append(self.words(message, **values))

    async def source(self, on_line: OnLine, lines: int) -> LogTail:
        return await self.logs.follow(NUMBER, lines, on_line)

    async def settle(self) -> None:
        await until(lambda: not self.operations._background._tasks)


@pytest_asyncio.fixture
async def bench(qapp: QApplication, tmp_path: Path) -> AsyncIterator[Bench]:
    load_catalogues()
    storage = Storage(tmp_path / "data")
    storage.prepare()
    made = Bench(TaskLogs(storage))
    yield made
    await made.operations.close()
    await made.logs.close()


@pytest.fixture
def say(bench: Bench) -> Say:
    def said(*texts: str, level: str = "INFO") -> None:
        for text in texts:
            bench.logs.write(NUMBER, level, text)

    return said


@pytest.fixture
def view(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[LogView]:
    """Not shown yet."""
    monkeypatch.setattr(log_view, "FLUSH_MS", 5)
    made = LogView(bench, "gate.log", bench.source)  # type: ignore[arg-type]
    made.resize(520, 300)
    yield made
    made.close()
    made.deleteLater()
    assert not bench.logs._followers, "nobody follows any more"


async def _shown(bench: Bench, view: LogView) -> None:
    view.show()
    await bench.settle()


def _texts(view: LogView) -> list[str]:
    """What stands behind time and level."""
    return [line[TIME_WIDTH:].split(maxsplit=1)[1] for line in view.text.toPlainText().splitlines()]


async def test_the_end_is_read_and_new_lines_follow(bench: Bench, view: LogView, say: Say) -> None:
    say("one", "two")
    await _shown(bench, view)
    assert _texts(view) == ["one", "two"]
    say("three")
    await until(lambda: _texts(view) == ["one", "two", "three"])
    assert view.text.at_end and not view.newer.isVisible()


async def test_lines_that_come_while_the_end_is_read_are_not_lost(bench: Bench, view: LogView, say: Say) -> None:
    say("before")
    view.show()
    await asyncio.sleep(0)
    say("meanwhile")
    await bench.settle()
    say("after")
    await until(lambda: _texts(view) == ["before", "meanwhile", "after"])


async def test_who_scrolls_up_is_left_alone_and_told_how_much_is_new(bench: Bench, view: LogView, say: Say) -> None:
    say(*(f"line {number}" for number in range(100)))
    await _shown(bench, view)
    bar = view.text.verticalScrollBar()
    bar.setValue(10)
    before = view.text.toPlainText()
    say("new", "newer")
    await until(lambda: view.newer.isVisible())
    assert view.newer.text() == "New lines: 2"
    assert (bar.value(), view.text.toPlainText()) == (10, before)
    view.newer.click()
    assert _texts(view)[-2:] == ["new", "newer"] and view.text.at_end and not view.newer.isVisible()
    say("newest")
    await until(lambda: _texts(view)[-1] == "newest")
    assert view.text.at_end


async def test_scrolling_back_to_the_end_goes_on(bench: Bench, view: LogView, say: Say) -> None:
    say(*(f"line {number}" for number in range(100)))
    await _shown(bench, view)
    bar = view.text.verticalScrollBar()
    bar.setValue(0)
    say("new")
    await until(lambda: view.newer.isVisible())
    bar.setValue(bar.maximum())
    assert _texts(view)[-1] == "new" and not view.newer.isVisible() and view.text.at_end


async def test_levels_are_counted_and_filter_what_comes_too(bench: Bench, view: LogView, say: Say) -> None:
    say("fine")
    say("late", level="WARNING")
    say("broken", level="ERROR")
    await _shown(bench, view)
    assert [view.levels.button(level).text() for level in LogLevel] == ["All  3", "Info  3", "Warnings  2", "Errors  1"]
    view.levels.choose(LogLevel.WARNING)
    assert _texts(view) == ["late", "broken"]
    say("fine again")
    say("broken again", level="ERROR")
    await until(lambda: _texts(view) == ["late", "broken", "broken again"])
    assert view.levels.button(LogLevel.DEBUG).text() == "All  5"
    view.levels.choose(LogLevel.DEBUG)
    assert len(_texts(view)) == 5


async def test_a_level_without_lines_says_so(bench: Bench, view: LogView, say: Say) -> None:
    say("fine")
    await _shown(bench, view)
    view.levels.choose(LogLevel.ERROR)
    assert view.text.placeholderText() == "No line of this level."


async def test_levels_are_told_in_colour_and_in_words(bench: Bench, view: LogView, say: Say) -> None:
    say("fine")
    say("broken", level="ERROR")
    await _shown(bench, view)
    document = view.text.document()
    assert "Error" in document.lastBlock().text()
    assert block_colour(document.lastBlock(), TIME_WIDTH) == theme().colours.of("alarm")
    looks = Looks()
    looks.switch(Scheme.LIGHT)
    try:
        assert block_colour(document.lastBlock(), TIME_WIDTH) == theme(Scheme.LIGHT).colours.of("alarm")
    finally:
        looks.switch(Scheme.DARK)


async def test_the_language_reaches_lines_that_are_there(bench: Bench, view: LogView, say: Say) -> None:
    say("坏了", level="ERROR")
    await _shown(bench, view)
    bench.words.switch(Language.CHINESE)
    assert "错误" in view.text.toPlainText() and _texts(view) == ["坏了"]


async def test_search_marks_every_match_and_goes_through_them(bench: Bench, view: LogView, say: Say) -> None:
    say("camera answers", "nothing", "Camera is gone", "camera again")
    await _shown(bench, view)
    view.search.setText("camera")
    assert len(view.text.extraSelections()) == 3 and view.matches.text() == "3 of 3", "the newest first"
    view.activateWindow()
    view.begin_search()
    QTest.keyClick(view.search, Qt.Key.Key_Return)
    assert view.matches.text() == "1 of 3"
    QTest.keyClick(view.search, Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert view.matches.text() == "3 of 3"
    say("camera once more")
    await until(lambda: view.matches.text() == "3 of 4")
    view.search.setText("zebra")
    assert view.matches.text() == "No match" and not view.on_button.isEnabled()
    QTest.keyClick(view.search, Qt.Key.Key_Escape)
    assert view.search.text() == "" and not view.text.extraSelections()


async def test_ctrl_f_in_the_log_means_the_log(bench: Bench, view: LogView) -> None:
    await _shown(bench, view)
    view.activateWindow()
    view.text.setFocus()
    QTest.keyClick(view.text, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert view.search.hasFocus()


async def test_what_is_shown_is_copied(bench: Bench, view: LogView, say: Say) -> None:
    say("fine")
    say("broken", level="ERROR")
    await _shown(bench, view)
    view.levels.choose(LogLevel.ERROR)
    view.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.endswith("broken") and "fine" not in copied
    assert bench.told == ["Lines copied: 1"]


async def test_what_is_shown_is_saved(bench: Bench, view: LogView, say: Say, tmp_path: Path) -> None:
    say("fine", "摄像机")
    await _shown(bench, view)
    view.save_button.click()
    (asked,) = view.findChildren(QFileDialog)
    asked.fileSelected.emit(str(tmp_path / "gate.log"))
    asked.close()
    await bench.settle()
    first, second = (tmp_path / "gate.log").read_text(encoding="utf-8").splitlines()
    assert first.endswith("INFO    fine") and second.endswith("摄像机")
    assert bench.told == ["The log is saved as “gate.log”."]


async def test_a_file_that_can_not_be_written_says_what_to_do(bench: Bench, view: LogView, tmp_path: Path) -> None:
    await _shown(bench, view)
    view.save_as(tmp_path / "no such folder" / "gate.log")
    await bench.settle()
    assert bench.told == ["The file could not be written: No such file or directory. Choose another folder."]


async def test_a_flood_is_bounded_and_the_newest_stay(bench: Bench, view: LogView, say: Say) -> None:
    await _shown(bench, view)
    for _round in range(5):
        say(*(f"line {number}" for number in range(600)))
        await asyncio.sleep(0.03)
    say("the last")
    await until(lambda: _texts(view)[-1] == "the last")
    assert view.text.blockCount() <= MOST_LINES and len(view._entries) <= MOST_LINES


async def test_a_hidden_view_follows_nothing_and_reads_anew(bench: Bench, view: LogView, say: Say) -> None:
    await _shown(bench, view)
    view.hide()
    assert not bench.logs._followers
    say("while nobody looked")
    await _shown(bench, view)
    assert _texts(view) == ["while nobody looked"]


async def test_a_view_that_is_hidden_while_it_begins_gives_its_place_back(bench: Bench, view: LogView) -> None:
    view.show()
    await asyncio.sleep(0)
    view.hide()
    await bench.settle()
    assert not bench.logs._followers


async def test_a_log_that_is_gone_is_told(bench: Bench, view: LogView) -> None:
    async def gone(_on_line: OnLine, _lines: int) -> LogTail:
        raise NotFound("task_not_found", "There is no such task.")

    view.follow(gone)
    await _shown(bench, view)
    assert bench.told == ["There is no such task."]
