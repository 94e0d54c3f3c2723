"""Between the supervisor's thread and the loop: in order, and never too much."""

import asyncio
from datetime import UTC, datetime

from siapp.core.domain import DeviceState, Picture, StreamKey, StreamKind, TaskState, TaskStats
from siapp.core.specs import DeviceGlimpse, DeviceReport, LogLine, Report, TaskFigures, TaskReport
from siapp.core.workers.outbox import MOST_LINES, MOST_PICTURES, Outbox

KEY = StreamKey(StreamKind.TASK, 1)


def picture(seq: int) -> Picture:
    return Picture(seq, 1, 1, datetime.now(UTC), 0.0, 0.0, ())


async def test_much_news_wakes_the_loop_once() -> None:
    woken: list[int] = []
    outbox = Outbox(asyncio.get_running_loop(), lambda: woken.append(1))
    for seq in range(10):
        outbox.put_picture(KEY, picture(seq))
        outbox.put_report(LogLine(1, "INFO", str(seq)))
    await asyncio.sleep(0)
    assert len(woken) == 1
    taken = outbox.take_pictures()[KEY]
    assert [shown.seq for shown in taken] == list(range(10 - MOST_PICTURES, 10))
    outbox.put_picture(KEY, picture(11))
    await asyncio.sleep(0)
    assert len(woken) == 2


async def test_states_are_all_kept_figures_replaced_and_lines_limited() -> None:
    outbox = Outbox(asyncio.get_running_loop(), lambda: None)
    states: list[Report] = [TaskReport(1, TaskState.RUNNING), DeviceReport(1, DeviceState.ONLINE)]
    for number in range(MOST_LINES + 5):
        outbox.put_report(LogLine(1, "INFO", str(number)))
        outbox.put_report(TaskFigures(1, TaskStats(dropped=number)))
    for state in states:
        outbox.put_report(state)
    taken = outbox.take_reports()
    assert len(taken) == MOST_LINES + 3 and outbox.lost_lines == 5
    assert taken[-3:] == [*states, TaskFigures(1, TaskStats(dropped=MOST_LINES + 4))]
    assert outbox.take_reports() == []


async def test_only_the_newest_glimpse_of_each_camera_waits() -> None:
    outbox = Outbox(asyncio.get_running_loop(), lambda: None)
    for number in range(100):
        for camera in (1, 2):
            outbox.put_report(DeviceGlimpse(camera, str(number)))
    assert outbox.waiting == (2, 0)
    assert outbox.take_reports() == [DeviceGlimpse(1, "99"), DeviceGlimpse(2, "99")]
    assert outbox.take_reports() == []


def test_a_closed_loop_is_nobody_who_hears() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    Outbox(loop, lambda: None).put_report(LogLine(1, "INFO", "late"))
