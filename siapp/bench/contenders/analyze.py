"""siapp's own run of a recorded video, the way that `siapp analyze` takes."""

import asyncio
import time
from pathlib import Path
from typing import Any

import psutil

from siapp.bench.contenders.entry import tell
from siapp.core.domain import TaskOptions
from siapp.core.hub import FrameHub
from siapp.core.services.recordings import Recording, RecordingAnalysis
from siapp.core.specs import JobProgress
from siapp.core.workers.engine import Engine


def run(given: dict[str, Any]) -> None:
    """Given `video`, `weights`, `folder` for the results, `with_video`, `confidence` and `iou`."""
    tell(**asyncio.run(_analysed(given)))


async def _analysed(given: dict[str, Any]) -> dict[str, Any]:
    options = TaskOptions(confidence=given["confidence"], iou=given["iou"])
    recording = Recording(Path(given["video"]), Path(given["weights"]), options, given["with_video"])
    clock = _Clock()
    engine = Engine(FrameHub())
    await engine.start()
    try:
        outcome = await RecordingAnalysis(engine, Path(given["folder"]), clock.on_progress).run(recording)
        closing_s = time.perf_counter() - clock.last
    finally:
        await engine.close()
    # Its own seconds begin with the first frame; its files are closed after its last word of progress.
    return {"frames": outcome.frames, "seconds": outcome.seconds + closing_s, "cpu_s": clock.cpu_s(outcome.frames)}


class _Clock:
    """What a run takes of the processor from its first frames on: import and compilation are left out."""

    def __init__(self) -> None:
        self._me = psutil.Process()
        self._first: tuple[int, float] | None = None
        self.last = time.perf_counter()

    def on_progress(self, job: JobProgress) -> None:
        self.last = time.perf_counter()
        if job.done and self._first is None:
            self._first = job.done, self._spent()

    def cpu_s(self, frames: int) -> float | None:
        """Core-seconds for all frames, once every worker is reaped. None where the run was too short to tell."""
        if self._first is None or self._first[0] >= frames:
            return None
        done, spent = self._first
        return (self._spent() - spent) * frames / (frames - done)

    def _spent(self) -> float:
        """Core-seconds of this process, its children, and those it has had."""
        mine = self._me.cpu_times()
        total = mine.user + mine.system + mine.children_user + mine.children_system
        for child in self._me.children(recursive=True):
            try:
                times = child.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return float(total)
