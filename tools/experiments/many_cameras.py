"""How many cameras fit: a whole siapp with more and more tasks, each on a camera of its own.

    python -m tools.experiments.many_cameras [--cameras 1,2,4,6] [--max-fps 10]

Cameras of 1280x720 at 25 frames/s, the demo's algorithm, nobody watching. For each number of cameras: seconds until the
slowest of the new tasks ran, what the tasks say of themselves (the least frames/s, the worst latency), the cores
that siapp took, and memory (PSS): of all its processes, and of each further camera with its task.
"""

import argparse
import asyncio
import time
from contextlib import ExitStack

import psutil

from tools.figures.machine import camera
from tools.figures.program import Program, program

SETTLE_S = 8.0  # until the cores are planned anew and the networks compiled
MEASURE_S = 8.0


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", default="1,2,4,6", help="how many at once, several with commas")
    parser.add_argument("--max-fps", type=float, default=10.0)
    options = parser.parse_args()
    counts = sorted(map(int, options.cameras.split(",")))
    print("| cameras | running after s | least frames/s | latency ms | cores | PSS MB | each further camera MB |")
    print("|---|---|---|---|---|---|---|")
    with ExitStack() as cameras:
        url = cameras.enter_context(camera())
        async with program() as siapp:
            tasks: list[int] = []
            before = _pss_mb(siapp)
            for count in counts:
                new = [
                    await siapp.add_task(f"{url}?camera={number}", f"Task {number}", max_fps=options.max_fps)
                    for number in range(len(tasks), count)
                ]
                began = time.monotonic()
                await asyncio.gather(*(siapp.start(task) for task in new))
                started = time.monotonic() - began
                tasks += new
                await asyncio.sleep(SETTLE_S)
                cores = await _cores(siapp, MEASURE_S)
                stats = [(await siapp.get(f"/tasks/{task}"))["stats"] for task in tasks]
                fps, late = min(each["fps_out"] for each in stats), max(each["latency_ms"] for each in stats)
                pss = _pss_mb(siapp)
                each = (pss - before) / len(new)
                before = pss
                print(f"| {count} | {started:.1f} | {fps:.1f} | {late:.0f} | {cores:.2f} | {pss:.0f} | {each:.0f} |",
                      flush=True)  # fmt: skip


def _processes(siapp: Program) -> list[psutil.Process]:
    return [siapp.process, *siapp.process.children(recursive=True)]


def _pss_mb(siapp: Program) -> float:
    pss: int = sum(process.memory_full_info().pss for process in _processes(siapp))
    return pss / (1 << 20)


async def _cores(siapp: Program, seconds: float) -> float:
    """Processor time of all its processes, as so many cores."""
    before = sum(sum(process.cpu_times()[:2]) for process in _processes(siapp))
    await asyncio.sleep(seconds)
    return (sum(sum(process.cpu_times()[:2]) for process in _processes(siapp)) - before) / seconds


if __name__ == "__main__":
    asyncio.run(main())
