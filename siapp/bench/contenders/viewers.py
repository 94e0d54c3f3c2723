"""People who watch one task over the network, and what they cost the station's main process."""

import asyncio
import time
from typing import Any

import aiohttp
import psutil

from siapp.bench.contenders.entry import tell

FIRST_PICTURE_S = 60.0


def run(given: dict[str, Any]) -> None:
    """Given what `served` says, how many `viewers` and for how many `seconds`. Says the main process' `cores` and the
    frames/s of the viewer who got least."""
    asyncio.run(_run(given))


async def _run(given: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {given['token']}"}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(given["address"], connector=connector, headers=headers) as client:
        viewers = [_Viewer() for _viewer in range(given["viewers"])]
        async with asyncio.TaskGroup() as group:
            watching = [group.create_task(viewer.watch(client, given["task"])) for viewer in viewers]
            async with asyncio.timeout(FIRST_PICTURE_S):
                for viewer in viewers:
                    await viewer.began.wait()
            station = psutil.Process(given["pid"])
            seen, cpu, began = [viewer.pictures for viewer in viewers], _cpu_s(station), time.perf_counter()
            await asyncio.sleep(given["seconds"])
            seconds = time.perf_counter() - began
            rates = [(viewer.pictures - before) / seconds for viewer, before in zip(viewers, seen, strict=True)]
            tell(viewers=len(viewers), cores=(_cpu_s(station) - cpu) / seconds, fps_least=min(rates, default=None))
            for one in watching:
                one.cancel()


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


class _Viewer:
    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.pictures = 0

    async def watch(self, client: aiohttp.ClientSession, task_id: int) -> None:
        async with client.ws_connect(f"/ws/tasks/{task_id}", max_msg_size=0) as socket:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.BINARY:
                    self.pictures += 1
                    self.began.set()
