"""A station with one running task and its server, for viewers to come."""

import asyncio
import os
import sys
from typing import Any

from siapp.bench.contenders.entry import tell
from siapp.bench.contenders.station import running_bench
from siapp.net.server import Server


def run(given: dict[str, Any]) -> None:
    """Given what `running_bench` is given. Says where it is and who may look, and serves until stdin ends."""
    asyncio.run(_run(given))


async def _run(given: dict[str, Any]) -> None:
    async with running_bench(given) as bench:
        task_id = await bench.add()
        await bench.start(task_id)
        server = Server(bench.services, bench.station.settings)
        try:
            address = await server.start()
            tell(address=address, task=task_id, token=await bench.token(), pid=os.getpid())
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        finally:
            await server.stop()
