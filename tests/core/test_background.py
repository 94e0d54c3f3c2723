"""Work that outlives its caller, and who hears of events."""

import asyncio
import logging

import pytest

from siapp.core.background import Background
from siapp.core.bus import Bus
from siapp.core.events import DeviceDeleted, Event


async def test_the_end_of_the_owner_ends_its_work() -> None:
    background, ended = Background("test"), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    task = background.start(work(), "long")
    await asyncio.sleep(0)
    await background.close()
    assert ended.is_set()
    assert (task.cancelled(), task.get_name()) == (True, "test-long")


@pytest.mark.expects_errors
async def test_work_that_fails_is_in_the_log_by_name(caplog: pytest.LogCaptureFixture) -> None:
    background = Background("test")

    async def fail() -> None:
        raise RuntimeError("no")

    await asyncio.gather(background.start(fail(), "bad"), return_exceptions=True)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [(logging.ERROR, "test-bad failed")]
    await background.close()


async def test_closing_without_work_is_fine() -> None:
    await Background("test").close()


def test_listeners_hear_events_in_order_until_they_unsubscribe() -> None:
    bus, heard = Bus(), list[tuple[int, Event]]()
    first = bus.subscribe(lambda event: heard.append((1, event)))
    bus.subscribe(lambda event: heard.append((2, event)))
    bus.publish(DeviceDeleted(7))
    for _twice in range(2):
        first()
    bus.publish(DeviceDeleted(8))
    assert heard == [(1, DeviceDeleted(7)), (2, DeviceDeleted(7)), (2, DeviceDeleted(8))]


@pytest.mark.expects_errors
def test_a_listener_that_fails_keeps_nothing_from_the_others() -> None:
    bus, heard = Bus(), list[Event]()

    def failing(_event: Event) -> None:
        raise RuntimeError("no")

    bus.subscribe(failing)
    bus.subscribe(heard.append)
    bus.publish(DeviceDeleted(7))
    assert heard == [DeviceDeleted(7)]
