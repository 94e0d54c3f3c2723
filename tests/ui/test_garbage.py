"""Cycles with Qt's objects in them are taken apart on the window's thread, whoever allocates."""

import asyncio
import gc
import threading

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication


class _Cycle(QObject):
    """Refers to itself, and notes where it is taken apart."""

    def __init__(self, ended_on: list[threading.Thread]) -> None:
        super().__init__()
        self.me = self
        self._ended_on = ended_on

    def __del__(self) -> None:
        self._ended_on.append(threading.current_thread())


def _allocate_much() -> list[list[int]]:
    """Far more than the automatic collector would let pass."""
    return [[number] for number in range(20_000)]


async def test_a_widget_in_a_cycle_is_not_destroyed_on_another_thread(qapp: QApplication) -> None:
    ended_on: list[threading.Thread] = []
    _Cycle(ended_on)
    worker = threading.Thread(target=_allocate_much)
    worker.start()
    worker.join()
    assert not gc.isenabled()
    assert ended_on == [], "the thread that allocated has collected nothing"
    kept: list[list[int]] = []
    for _second in range(30):
        kept += _allocate_much()
        await asyncio.sleep(0.2)
        if ended_on:
            break
    assert ended_on == [threading.main_thread()]
