"""`siapp analyze`: a recorded video, a weight file, a folder; a progress bar, and figures at the end."""

import argparse
import asyncio

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from siapp.core.domain import TaskOptions
from siapp.core.hub import FrameHub
from siapp.core.i18n import _, terminal_language, translate
from siapp.core.services.accelerators import device_at_once
from siapp.core.services.recordings import Outcome, Recording, RecordingAnalysis
from siapp.core.settings import load_settings
from siapp.core.specs import JobProgress
from siapp.core.workers.engine import Engine


async def run_analyze(options: argparse.Namespace) -> str:
    """The figures in one line. Raises SiappError with one clear sentence where it can't be done."""
    settings = load_settings()
    device = await asyncio.to_thread(device_at_once, settings.data_dir, settings.inference_device)
    engine = Engine(FrameHub())
    await engine.start()
    engine.set_device(device)
    try:
        with _progress_bar() as bar:
            show = _Shown(bar, options.video.name)
            outcome = await RecordingAnalysis(engine, options.out.absolute(), show).run(_recording(options))
    finally:
        await engine.close()
    return _figures(outcome)


def _recording(options: argparse.Namespace) -> Recording:
    task = TaskOptions(confidence=options.confidence, iou=options.iou, keyframe_interval=options.keyframes)
    return Recording(options.video.absolute(), options.weights.absolute(), task, with_video=not options.no_video)


def _figures(outcome: Outcome) -> str:
    return translate(
        _("{frames} frames, {seconds} s, {fps} frames/s"),
        terminal_language(),
        frames=outcome.frames,
        seconds=f"{outcome.seconds:.2f}",
        fps=f"{outcome.fps:.1f}",
    )


def _progress_bar() -> Progress:
    """On stderr, and only where a person looks: in a file or a pipe a bar is noise around the one sentence."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


class _Shown:
    """A job's progress as the bar's text and length."""

    def __init__(self, bar: Progress, name: str) -> None:
        self._bar = bar
        self._name = name
        self._task = bar.add_task("", total=None)

    def __call__(self, job: JobProgress) -> None:
        if job.step:
            self._bar.update(self._task, description=translate(job.step, terminal_language()))
        else:
            # Frames can be more than the file promised.
            total = max(job.total, job.done) if job.total else None
            self._bar.update(self._task, description=escape(self._name), completed=job.done, total=total)
