"""Qt's loop as asyncio's: what is due after a run waits for the next one."""

import asyncio

from PySide6.QtWidgets import QApplication

from siapp.ui.loop import Loop


def test_a_task_that_is_due_when_a_run_ends_goes_on_in_the_next(qapp: QApplication) -> None:
    seen: list[asyncio.AbstractEventLoop | None] = []

    async def look() -> None:
        while True:
            seen.append(asyncio.get_running_loop())
            await asyncio.sleep(0)

    async def begin() -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(look())
        await asyncio.sleep(0.01)
        return task

    async def end(task: "asyncio.Task[None]") -> None:
        assert not task.done(), "it has gone on without a loop, and failed"
        task.cancel()

    with Loop(qapp) as loop:
        task = loop.run_until_complete(begin())
        loop.run_until_complete(end(task))
    assert seen and all(each is loop for each in seen)
