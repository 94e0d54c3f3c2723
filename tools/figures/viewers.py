"""What remote viewers of one task cost: a real program, and WebSocket clients in another process."""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tools.figures.machine import camera, percentiles
from tools.figures.program import Program, program, share_of_a_core

COUNTS = (0, 1, 50)
RATE = 10
SETTLE_S = 3.0
MEASURE_S = 15.0


@dataclass
class Viewer:
    """One client: milliseconds from the camera's frame to its arrival, and bytes, of each picture."""

    socket: ClientWebSocketResponse
    latencies_ms: list[float] = field(default_factory=list)
    size: int = 0

    async def read(self) -> None:
        shown_at: float | None = None
        async for message in self.socket:
            if message.type is WSMsgType.BINARY:
                self.size += len(message.data)
                if shown_at is not None:  # else it is what comes before the pictures of a video
                    self.latencies_ms.append((time.time() - shown_at) * 1000)
                shown_at = None
            elif (said := json.loads(message.data))["type"] == "detections":
                shown_at = datetime.fromisoformat(said["at"]).timestamp()

    def begin_anew(self) -> None:
        """Count from now on."""
        self.latencies_ms.clear()
        self.size = 0


async def viewers(counts: Sequence[int] = COUNTS) -> None:
    """One 1280x720 task at 10 frames/s, watched by none, one and fifty."""
    with camera() as url:
        async with program() as siapp:
            task = await siapp.add_task(url, max_fps=RATE)
            await siapp.start(task)
            shares = [await _watched_by(siapp, task, count) for count in counts]
    extra = (shares[-1] - shares[0]) / (counts[-1] - counts[0])
    print(f"each viewer adds {extra * 100:.2f} % of a core")


async def _watched_by(siapp: Program, task: int, count: int) -> float:
    """The main process's share of a core with this many viewers."""
    watching = [Viewer(await siapp.watch(f"/ws/tasks/{task}")) for _viewer in range(count)]
    reading = [asyncio.create_task(viewer.read()) for viewer in watching]
    await asyncio.sleep(SETTLE_S)
    for viewer in watching:
        viewer.begin_anew()
    share = await share_of_a_core(siapp.process, MEASURE_S)
    print(f"{count:2d} viewers: main process {share * 100:5.1f} % of a core")
    if watching:
        rates = [len(viewer.latencies_ms) / MEASURE_S for viewer in watching]
        samples = [late for viewer in watching for late in viewer.latencies_ms]
        kilobytes = sum(viewer.size for viewer in watching) / max(1, len(samples)) / 1024
        print(f"            {min(rates):.1f} to {max(rates):.1f} pictures/s each, of {kilobytes:.0f} KiB; "
              f"from the camera's frame to the client {percentiles(samples)}")  # fmt: skip
    print(f"            stats {(await siapp.get(f'/tasks/{task}'))['stats']}")
    for viewer in watching:
        await viewer.socket.close()
    await asyncio.gather(*reading)
    return share


async def _watch(url: str, token: str, warm_s: float, seconds: float) -> None:
    """One viewer for a while: how late its pictures were."""
    async with ClientSession() as session:
        viewer = Viewer(await session.ws_connect(url, headers={"Authorization": f"Bearer {token}"}, max_msg_size=0))
        reading = asyncio.create_task(viewer.read())
        await asyncio.sleep(warm_s)
        viewer.latencies_ms.clear()
        await asyncio.sleep(seconds)
        print(percentiles(viewer.latencies_ms))
        await viewer.socket.close()
        await reading


if __name__ == "__main__":  # the remote viewer of live.py
    address, bearer, warm, measured = sys.argv[1:]
    asyncio.run(_watch(address, bearer, float(warm), float(measured)))
