"""How long a person waits from a task's start to its first picture."""

import asyncio
import statistics
import time

from aiohttp import WSMsgType

from tools.figures.machine import camera
from tools.figures.program import Program, program

ROUNDS = 5
REST_S = 2.0


async def first_picture(rounds: int = ROUNDS) -> None:
    """One RTSP camera, 1280x720 at 25 frames/s with a key frame each second; a viewer that waits already."""
    with camera() as url:
        async with program() as siapp:
            task = await siapp.add_task(url)
            seconds = [await _start_once(siapp, task) for _round in range(rounds)]
    print(f"from a task's start to its first picture at a viewer: {statistics.median(seconds):.2f} s "
          f"(median of {rounds}: {', '.join(f'{each:.2f}' for each in seconds)})")  # fmt: skip


async def _start_once(siapp: Program, task: int) -> float:
    socket = await siapp.watch(f"/ws/tasks/{task}")
    began = time.perf_counter()
    await siapp.post(f"/tasks/{task}/start")
    async for message in socket:
        if message.type is WSMsgType.BINARY:
            break
    took = time.perf_counter() - began
    await siapp.post(f"/tasks/{task}/stop")
    await siapp.reaches(task, "stopped")
    await socket.close()
    await asyncio.sleep(REST_S)
    return took
