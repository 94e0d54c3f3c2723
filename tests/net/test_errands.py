"""What is done for one WebSocket beside receiving."""

import asyncio
from contextvars import Context, ContextVar

import pytest

from siapp.net.sockets.errands import Errands

name: ContextVar[str] = ContextVar("name", default="nobody")


async def fail() -> None:
    raise ValueError("first")


async def test_the_first_error_of_an_errand_ends_the_block_and_cancels_the_others() -> None:
    stopped = asyncio.Event()

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    async with asyncio.timeout(5), Errands() as errands:
        errands.start(long)
        errands.start(fail)
        await asyncio.sleep(60)
    assert str(errands.reason) == "first" and stopped.is_set()


async def test_an_error_of_a_later_call_and_one_of_the_block_are_reasons_too() -> None:
    def late() -> None:
        raise ValueError("late")

    async with asyncio.timeout(5), Errands() as errands:
        errands.after(0.01, late)
        await asyncio.sleep(60)
    assert str(errands.reason) == "late"
    async with Errands() as errands:
        raise ValueError("in the block")
    assert str(errands.reason) == "in the block"


async def test_the_first_reason_counts_and_nothing_begins_after_it() -> None:
    begun: list[str] = []

    async def begin() -> None:
        begun.append("task")

    async with Errands() as errands:
        errands.after(0.01, lambda: begun.append("call"))
        errands.end(ValueError("one"))
        errands.end(ValueError("two"))
        errands.start(begin)
        raise ValueError("three")
    errands.end(ValueError("four"))
    await asyncio.sleep(0.05)
    assert str(errands.reason) == "one" and not begun


async def test_a_cancellation_from_outside_goes_through_and_stops_all() -> None:
    inner: list[asyncio.Task[object]] = []

    async def block() -> None:
        async with Errands() as errands:
            errands.start(forever)
            await asyncio.sleep(60)

    async def forever() -> None:
        task = asyncio.current_task()
        assert task is not None
        inner.append(task)
        await asyncio.sleep(60)

    outer = asyncio.create_task(block())
    while not inner:
        await asyncio.sleep(0)
    outer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await outer
    assert inner[0].cancelled()


async def test_errands_run_in_the_context_of_their_socket_whoever_calls_for_them() -> None:
    """Otherwise the check after a change of an account would write its lines, and its user, into the log note of the
    administrator's request."""
    seen: list[str] = []

    async def look() -> None:
        seen.append(name.get())
        name.set("the socket's user")

    name.set("socket")
    async with Errands() as errands:
        other = Context()
        other.run(name.set, "administrator")
        other.run(errands.start, look)
        other.run(errands.after, 0.01, lambda: seen.append(name.get()))
        await asyncio.sleep(0.05)
        errands.end(ValueError("done"))
        await asyncio.sleep(1)
    assert seen == ["socket", "the socket's user"] and other[name] == "administrator"
