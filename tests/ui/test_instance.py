"""A second start and the window of the first one; what Qt says; news of what happened before."""

import logging
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import qWarning
from PySide6.QtNetwork import QLocalSocket

from siapp.core.domain import Actor
from siapp.ui import instance
from siapp.ui.instance import SOCKET_NAME, FirstStart, show_first, socket_name
from siapp.ui.qtlog import qt_messages_logged
from tests.ui.conftest import Open, until


@pytest.fixture
def first(tmp_path: Path, qapp: object) -> Iterator[FirstStart]:
    made = FirstStart(tmp_path)
    made.listen()
    yield made
    made.close()


async def test_a_hidden_window_comes_up_when_siapp_is_started_again(
    open_window: Open, admin: Actor, first: FirstStart, tmp_path: Path
) -> None:
    window = await open_window(admin)
    first.asked.connect(window.bring_up)
    window.hide()
    assert (tmp_path / SOCKET_NAME).stat().st_mode & 0o077 == 0
    assert await show_first(tmp_path)
    assert window.isVisible()


async def test_where_nobody_has_a_window_a_second_start_is_told_so(tmp_path: Path) -> None:
    assert not await show_first(tmp_path)
    (tmp_path / SOCKET_NAME).write_bytes(b"no socket")
    assert not await show_first(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="binds a socket to a path")
async def test_a_first_start_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance, "ANSWER_LIMIT_S", 0.1)
    with socket.socket(socket.AF_UNIX) as hanging:
        hanging.bind(socket_name(tmp_path))
        hanging.listen()
        assert not await show_first(tmp_path)


async def test_who_says_something_else_is_shown_nothing(first: FirstStart, tmp_path: Path) -> None:
    asked: list[bool] = []
    first.asked.connect(lambda: asked.append(True))
    caller, gone = QLocalSocket(), []
    caller.disconnected.connect(lambda: gone.append(True))
    caller.connectToServer(socket_name(tmp_path))
    caller.write(b"GET / HTTP/1.1\r\n")
    await until(lambda: gone)
    assert asked == []
    caller.deleteLater()


async def test_a_folder_whose_path_is_too_long_for_a_socket_works_too(tmp_path: Path) -> None:
    folder = tmp_path / ("深" * 40)
    folder.mkdir()
    assert Path(socket_name(folder)).name == socket_name(folder), "a name of its own, no path"
    first = FirstStart(folder)
    first.listen()
    try:
        assert await show_first(folder)
    finally:
        first.close()


def test_what_qt_says_is_in_the_log(qapp: object, caplog: pytest.LogCaptureFixture) -> None:
    with qt_messages_logged():
        qWarning("something is odd")
    assert ("qt", logging.WARNING, "something is odd") in caplog.record_tuples
