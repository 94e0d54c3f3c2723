"""Turns: so many at once, first come first served, and the number may change meanwhile."""

import asyncio

from siapp.core.turns import Turns


async def test_turns_are_given_in_order_and_more_of_them_at_once() -> None:
    turns, order, go_on = Turns(1), list[int](), asyncio.Event()

    async def work(number: int) -> None:
        async with turns:
            order.append(number)
            await go_on.wait()

    tasks = [asyncio.create_task(work(number)) for number in range(4)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (order, turns.full) == ([0], True)
    turns.allow(3)
    await asyncio.sleep(0)
    assert order == [0, 1, 2]
    turns.allow(1)
    go_on.set()
    await asyncio.gather(*tasks)
    assert (order, turns.full) == ([0, 1, 2, 3], False)


async def test_who_gives_up_waiting_costs_nobody_a_turn() -> None:
    turns = Turns(1)

    async def wait() -> None:
        async with turns:
            pass

    async with turns:
        impatient, called = asyncio.create_task(wait()), asyncio.create_task(wait())
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.gather(impatient, return_exceptions=True)
    called.cancel()  # called in already, and gives its turn back
    await asyncio.gather(called, return_exceptions=True)
    async with asyncio.timeout(1):
        await wait()
    assert not turns.full
