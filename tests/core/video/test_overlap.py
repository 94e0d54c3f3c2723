"""Stages on threads of their own: the same items in the same order, errors and early ends included."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from siapp.core.video.overlap import overlapped


def test_items_come_in_their_order_from_another_thread() -> None:
    makers: set[str] = set()

    def items() -> Iterator[int]:
        for number in range(500):
            makers.add(threading.current_thread().name)
            yield number

    assert list(overlapped(items(), 3, "maker")) == list(range(500))
    assert makers == {"maker"}


def test_no_more_wait_than_may() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    with closing(overlapped(items(), 4, "maker")) as stage:
        next(stage)
        time.sleep(0.3)
        assert len(made) <= 1 + 4 + 1, "one taken, four waiting, one that finds no room"


def test_an_error_arrives_after_what_was_made_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("disk full")

    taken = []
    with pytest.raises(OSError, match="disk full"):
        for item in overlapped(items(), 3, "maker"):
            taken.append(item)
    assert taken == [1, 2]


@pytest.mark.parametrize("taken", [0, 1, 20])
def test_an_early_end_ends_the_maker_on_its_own_thread(taken: int) -> None:
    ended: list[str] = []

    def items() -> Iterator[int]:
        try:
            number = 0
            while True:
                yield number
                number += 1
        finally:
            ended.append(threading.current_thread().name)

    with closing(overlapped(items(), 2, "maker")) as stage:
        for _ in range(taken):
            next(stage)
        if not taken:
            return  # never begun: there is no thread to end
    assert ended == ["maker"]
    assert all(thread.name != "maker" for thread in threading.enumerate())


def test_stages_can_stand_in_a_row_and_all_end_when_the_last_is_closed() -> None:
    ended: list[str] = []

    def numbers() -> Iterator[int]:
        try:
            yield from range(10_000)
        finally:
            ended.append("numbers")

    def doubled(items: Iterator[int]) -> Iterator[int]:
        try:
            for item in items:
                yield 2 * item
        finally:
            ended.append("doubled")

    with closing(overlapped(doubled(overlapped(numbers(), 2, "first")), 2, "second")) as stage:
        assert [next(stage) for _ in range(3)] == [0, 2, 4]
    deadline = time.monotonic() + 5
    while sorted(ended) != ["doubled", "numbers"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sorted(ended) == ["doubled", "numbers"]


def test_a_depth_of_one_can_be_ended_early_too() -> None:
    with closing(overlapped(iter(range(100)), 1, "maker")) as stage:
        next(stage)
    assert all(thread.name != "maker" for thread in threading.enumerate())


def test_an_error_at_the_end_of_the_maker_arrives() -> None:
    def items() -> Iterator[int]:
        try:
            yield 1
        finally:
            raise OSError("while closing")

    with pytest.raises(OSError, match="while closing"):
        list(overlapped(items(), 3, "maker"))
