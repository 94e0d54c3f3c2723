"""The guard of conftest.py finds what it is there for."""

import asyncio
import logging
import subprocess
import sys
import threading
from multiprocessing.shared_memory import SharedMemory

import pytest

from tests import leftovers
from tests.leftovers import ErrorLines, Snapshot, tasks_left_behind


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "PATIENCE_S", 0.0)


def test_a_thread_is_found() -> None:
    before, end = Snapshot(), threading.Event()
    thread = threading.Thread(target=end.wait, name="forgotten")
    thread.start()
    assert before.left_behind() == ["thread forgotten"]
    end.set()
    thread.join()
    assert before.left_behind() == []


def test_a_child_process_is_found() -> None:
    before = Snapshot()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert [str(child.pid) in line for line in before.left_behind()] == [True]
    child.communicate(b"\n")
    assert before.left_behind() == []


@pytest.mark.skipif(sys.platform != "linux", reason="blocks are files on Linux only")
def test_a_block_of_shared_memory_is_found() -> None:
    before, block = Snapshot(), SharedMemory(create=True, size=16)
    assert before.left_behind() == [f"shared memory {block.name}"]
    block.close()
    block.unlink()
    assert before.left_behind() == []


async def test_a_task_is_found() -> None:
    task = asyncio.create_task(asyncio.sleep(60), name="forgotten")
    assert tasks_left_behind() == ["forgotten"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.expects_errors
def test_an_error_line_is_found_and_a_warning_is_not() -> None:
    errors = ErrorLines()
    logging.getLogger().addHandler(errors)
    logging.getLogger("somewhere").warning("it rains")
    logging.getLogger("somewhere").error("it %s", "burns")
    logging.getLogger().removeHandler(errors)
    assert errors.lines == ["somewhere: it burns"]
