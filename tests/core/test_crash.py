"""A run that ended otherwise than it should is known at the next start, and what nobody caught is in the log."""

import asyncio
import logging
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from siapp import __version__
from siapp.app import Station
from siapp.core.crash import CRASH_LOG, LARGEST_LOG_BYTES, MARK_NAME, RunMark, crashes_logged
from siapp.core.domain import Actor, Severity
from siapp.core.errors import Forbidden
from siapp.core.settings import Settings


def test_an_orderly_end_leaves_no_mark(tmp_path: Path) -> None:
    mark = RunMark(tmp_path)
    assert mark.begin() is None
    assert (tmp_path / MARK_NAME).stat().st_mode & 0o777 == 0o600
    mark.end()
    assert RunMark(tmp_path).begin() is None
    assert mark.last_crash() is None


def test_the_time_of_a_crash_is_the_last_sign_of_life(tmp_path: Path) -> None:
    RunMark(tmp_path).begin()
    log = tmp_path / "siapp.log"
    log.touch()
    for path, at in ((tmp_path / MARK_NAME, 1_000), (log, 2_000)):
        os.utime(path, (at, at))
    crash = RunMark(tmp_path).begin()
    assert crash is not None
    assert (crash.at, crash.version, crash.told) == (datetime.fromtimestamp(2_000, UTC), __version__, False)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 7}'])
def test_a_mark_that_can_not_be_read_is_a_crash_too(tmp_path: Path, content: str) -> None:
    (tmp_path / MARK_NAME).write_text(content)
    assert RunMark(tmp_path).begin() is not None


def test_a_crash_is_remembered_until_it_was_told_and_known_after_that(tmp_path: Path) -> None:
    RunMark(tmp_path).begin()
    RunMark(tmp_path).begin()
    later = RunMark(tmp_path)
    assert (found := later.last_crash()) is not None and not found.told
    later.told()
    assert (found := RunMark(tmp_path).last_crash()) is not None and found.told


async def test_the_desk_is_told_once_who_may_act_on_it(
    settings: Settings, viewer: Actor, operator: Actor, admin: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    async with Station(settings) as station:
        mark = station.storage.logs / MARK_NAME
        content = mark.read_text()
        assert await station.services.diagnostics.news(operator) == ()
    mark.write_text(content)
    async with Station(settings) as station:
        news = station.services.diagnostics.news
        with pytest.raises(Forbidden):
            await news(viewer)
        (notice,) = await news(operator)
        assert (notice.severity, notice.problem.code) == (Severity.ALARM, "ended_unexpectedly")
        assert await news(admin) == ()
    assert "ended unexpectedly" in caplog.text
    async with Station(settings) as station:
        assert await station.services.diagnostics.news(operator) == ()


@pytest.mark.expects_errors
async def test_an_end_that_nobody_foresaw_is_a_crash_and_stopping_is_none(settings: Settings) -> None:
    mark = settings.data_dir / "logs" / MARK_NAME
    with pytest.raises(ZeroDivisionError):
        async with Station(settings):
            raise ZeroDivisionError
    assert mark.exists()
    with pytest.raises(asyncio.CancelledError):
        async with Station(settings):
            raise asyncio.CancelledError
    assert not mark.exists()


@pytest.mark.expects_errors
def test_what_nobody_catches_is_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    hooks = sys.excepthook, threading.excepthook
    with crashes_logged(tmp_path):
        try:
            raise ZeroDivisionError("in main")
        except ZeroDivisionError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        thread = threading.Thread(target=lambda: [][0], name="odd one")
        thread.start()
        thread.join()
        assert (tmp_path / CRASH_LOG).stat().st_mode & 0o777 == 0o600
    assert (sys.excepthook, threading.excepthook) == hooks
    critical = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert ["ZeroDivisionError" in str(one.exc_info) for one in critical] == [True, False]
    assert "odd one" in critical[1].getMessage() and "IndexError" in str(critical[1].exc_info)


def test_a_crash_log_does_not_grow_for_ever(tmp_path: Path) -> None:
    (tmp_path / CRASH_LOG).write_bytes(b"x" * (LARGEST_LOG_BYTES + 1))
    with crashes_logged(tmp_path):
        pass
    assert (tmp_path / CRASH_LOG).stat().st_size == 0
    assert (tmp_path / f"{CRASH_LOG}.1").stat().st_size == LARGEST_LOG_BYTES + 1
