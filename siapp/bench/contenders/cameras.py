"""How many cameras siapp carries: more and more of them, until one falls behind."""

import asyncio
import statistics
import time
from typing import Any

import psutil

from siapp.bench.contenders.entry import tell
from siapp.bench.contenders.station import Bench, running_bench
from siapp.core.domain import TaskStats
from siapp.core.events import Event, TaskStatsChanged

ENOUGH = 0.95  # of the wished frames/s
GROWING = 1.5, 50.0  # a latency that grows by this factor and by more than these ms
FIRST_FIGURES_S = 60.0
SETTLE_S = 2.0


def run(given: dict[str, Any]) -> None:
    """Given what `running_bench` is given, `most` cameras, for how many `seconds` each number of them is measured,
    and after how many (`limit_s`) no further number is begun. Says a line for each number."""
    asyncio.run(_run(given))


async def _run(given: dict[str, Any]) -> None:
    async with running_bench(given) as bench:
        wall = _Wall(bench)
        until = time.monotonic() + given["limit_s"]
        carried, too_many = 0, given["most"] + 1
        while (count := next_count(carried, too_many, given["most"])) and time.monotonic() < until:
            await wall.resize(count)
            step = await wall.measured(given["seconds"], given["fps"])
            tell(**step)
            if step["carried"]:
                carried = count
            else:
                too_many = count


def next_count(carried: int, too_many: int, most: int) -> int | None:
    """How many to try next: twice as many until it is too much, then between the two. None where that is settled."""
    count = min(max(1, 2 * carried), most) if too_many > most else (carried + too_many) // 2
    return count if carried < count < too_many else None


class _Wall:
    """The tasks that run, and what the station says of them."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._tasks: list[int] = []
        self._running = 0
        self._figures: dict[int, list[TaskStats]] = {}
        self._heard = asyncio.Event()
        bench.services.bus.subscribe(self._on_event)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, TaskStatsChanged) and event.task.id in self._figures:
            self._figures[event.task.id].append(event.task.stats)
            self._heard.set()

    async def resize(self, count: int) -> None:
        """Have `count` tasks running, each with figures already."""
        while len(self._tasks) < count:
            self._tasks.append(await self._bench.add())
        for task_id in self._tasks[self._running : count]:
            await self._bench.start(task_id)
        await asyncio.gather(*(self._bench.stop(task_id) for task_id in self._tasks[count : self._running]))
        self._running = count
        self._forget()
        async with asyncio.timeout(FIRST_FIGURES_S):
            while not all(any(one.fps_out for one in seen) for seen in self._figures.values()):
                await self._heard.wait()
                self._heard.clear()
        await asyncio.sleep(SETTLE_S)

    def _forget(self) -> None:
        self._figures = {task_id: [] for task_id in self._tasks[: self._running]}

    async def measured(self, seconds: float, fps: float) -> dict[str, Any]:
        """Frames/s, latency in ms, memory in bytes, and how many cores are busy."""
        self._forget()
        began, cpu = time.perf_counter(), _cpu_s()
        await asyncio.sleep(seconds)
        cores = (_cpu_s() - cpu) / (time.perf_counter() - began)
        figures = [seen for seen in self._figures.values() if seen]
        rates = [statistics.fmean(one.fps_out for one in seen) for seen in figures]
        keeps_up = len(rates) == self._running and min(rates) >= ENOUGH * fps and not any(map(_grows, figures))
        return {
            "cameras": self._running,
            "carried": keeps_up,
            "fps_least": min(rates, default=0.0),
            "fps_total": sum(rates),
            **_latency(figures),
            "cores": cores,
            "memory_bytes": _memory(),
        }


def _grows(seen: list[TaskStats]) -> bool:
    half = len(seen) // 2
    if not half:
        return False
    before = statistics.fmean(one.latency_ms for one in seen[:half])
    after = statistics.fmean(one.latency_ms for one in seen[-half:])
    factor, more_ms = GROWING
    return after > factor * before and after > before + more_ms


def _latency(figures: list[list[TaskStats]]) -> dict[str, float]:
    """In ms, from the camera's frame to the result in the station's main process: medians over the tasks. What a task
    says last covers its last ten seconds."""
    if not figures:
        return {}
    return {
        "latency_p50_ms": statistics.median(one.latency_ms for seen in figures for one in seen),
        "latency_p95_ms": statistics.median(seen[-1].latency_p95_ms for seen in figures),
    }


def _cpu_s() -> float:
    """Core-seconds that the station has taken: this process and its workers."""
    return sum(_times(process) for process in (psutil.Process(), *psutil.Process().children(recursive=True)))


def _times(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _memory() -> int:
    """Bytes of all workers, each page counted once however many share it; where the system can't tell, without the
    shared ones."""
    total = 0
    for child in psutil.Process().children(recursive=True):
        try:
            memory = child.memory_full_info()
        except psutil.NoSuchProcess:
            continue
        total += int(getattr(memory, "pss", memory.uss))
    return total
