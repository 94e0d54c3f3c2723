"""The window as a whole: its language, its end, and what must not be left behind."""

import asyncio
import signal
import sys

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from siapp.app import Station
from siapp.core.domain import Actor
from siapp.core.i18n import Language, translate
from siapp.ui.application import Desktop
from siapp.ui.stylesheet import style_sheet
from siapp.ui.theme import Scheme, theme
from siapp.ui.widgets.labels import ElidedLabel
from tests.ui.conftest import SERVER, Jobs, Open, Stock, settle, until

CHINESE = {"Tasks": "任务", "Live wall": "视频墙", "Stopped": "已停止", "Name": "名称"}


@pytest.fixture
def some_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    def told(message: str, language: Language, **values: object) -> str:
        known = CHINESE.get(message) if language is Language.CHINESE else None
        return known or translate(message, Language.ENGLISH, **values)

    monkeypatch.setattr("siapp.ui.words.translate", told)


async def test_the_language_switches_at_once(
    some_chinese: None, open_window: Open, stock: Stock, viewer: Actor
) -> None:
    window = await open_window(viewer)
    window.desk.words.switch(Language.CHINESE)
    assert "视频墙" in [label.text() for label in window.shell.wall.header.findChildren(QLabel)]
    model = window.shell.tasks.table.model()
    assert model.index(0, 0).data() == "已停止"
    assert model.headerData(1, window.shell.tasks.table.horizontalHeader().orientation()) == "名称"
    window.desk.words.switch(Language.ENGLISH)
    assert model.index(0, 0).data() == "Stopped"


async def test_words_forget_a_widget_that_is_gone(open_window: Open, viewer: Actor) -> None:
    window = await open_window(viewer)
    label = QLabel()
    window.desk.words.bind(label, label.setText, "Name")
    before = len(window.desk.words._followers)
    label.deleteLater()
    del label
    await until(lambda: len(window.desk.words._followers) == before - 1)


async def test_the_desktop_returns_when_its_window_is_closed(station: Station, admin: Actor) -> None:
    desktop = Desktop(station.services, SERVER, admin)
    running = asyncio.create_task(desktop.run())
    await until(desktop.window.isVisible)
    assert desktop.window.shell.isVisible(), "the demo opens on the wall"
    desktop.window.close()
    await asyncio.wait_for(running, 5)


async def test_a_cancelled_desktop_takes_its_window_down(station: Station, admin: Actor) -> None:
    desktop = Desktop(station.services, SERVER, admin)
    running = asyncio.create_task(desktop.run())
    await until(desktop.window.isVisible)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not shiboken6.isValid(desktop.window)


@pytest.mark.expects_errors
async def test_unexpected_failures_are_logged_and_told_in_general_words(
    open_window: Open, viewer: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    window = await open_window(viewer)

    async def fail() -> None:
        raise ZeroDivisionError("secret detail")

    window.desk.operations.run(window, "risky", fail())
    await settle(window)
    (text,) = [toast.text for toast in window.toasts.toasts()]
    assert "went wrong inside siapp" in text and "secret" not in text
    assert "risky failed" in caplog.text


async def test_void_calls_lose_no_reference_to_none(qapp: QApplication) -> None:
    """PySide 6.12.0 on Python 3.10 and 3.11 loses one at every void call, until the interpreter dies."""
    label = QLabel()
    before = sys.getrefcount(None)
    for number in range(5000):
        label.setNum(number)
        label.update()
    assert sys.getrefcount(None) > before - 1000


def test_both_schemes_give_a_whole_style_sheet(qapp: QApplication) -> None:
    for scheme in Scheme:
        sheet = style_sheet(theme(scheme))
        assert theme(scheme).colours.accent in sheet and "{{" not in sheet


PROGRAM = """
import asyncio, os, signal, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from siapp.ui.application import run
async def main():
    try:
        print("up", flush=True)
        await asyncio.sleep({seconds})
        return 3
    finally:
        print("down", flush=True)
sys.exit(run(main))
"""


async def _run_program(seconds: float, number: signal.Signals | None) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM.format(seconds=seconds), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    first = await process.stdout.readline()
    if number is not None:
        await asyncio.sleep(0.3)
        process.send_signal(number)
    rest = await process.stdout.read()
    return await process.wait(), (first + rest).decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_program_in_order(number: signal.Signals) -> None:
    assert asyncio.run(_run_program(60, number)) == (0, "up\ndown\n")


def test_the_program_answers_what_main_answers() -> None:
    assert asyncio.run(_run_program(0.01, None)) == (3, "up\ndown\n")


async def test_names_that_look_like_html_stay_text(
    open_window: Open, station: Station, jobs: Jobs, operator: Actor
) -> None:
    await station.services.devices.add(operator, "<b>Gate", "rtsp://h/x")
    window = await open_window(operator)
    index = window.shell.devices.table.model().index(0, 2)
    assert index.data() == "<b>Gate" and "&lt;b&gt;Gate" in index.data(Qt.ItemDataRole.ToolTipRole)
    label = ElidedLabel("<img src='x'>")
    assert "&lt;img" in label.toolTip() and label.textFormat() is Qt.TextFormat.PlainText
