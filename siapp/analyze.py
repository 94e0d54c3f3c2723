"""`siapp analyze`: a recorded video, a weight file, a folder; a progress bar, and figures at the end."""

import argparse

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from siapp.core.domain import TaskOptions
from siapp.core.errors import InvalidInput
from siapp.core.hub import FrameHub
from siapp.core.i18n import _, terminal_language, translate
from siapp.core.services.recordings import Outcome, RecordingAnalysis
from siapp.core.specs import JobProgress
from siapp.core.workers.engine import Engine


async def run_analyze(options: argparse.Namespace) -> int:
    """Raises SiappError with one clear sentence where it can't be done."""
    for path in (options.video, options.weights):
        if not path.is_file():
            raise InvalidInput("no_such_file", _("There is no file “{name}”."), name=path.name)
    engine = Engine(FrameHub())
    await engine.start()
    try:
        outcome = await _run(engine, options)
    finally:
        await engine.close()
    Console().print(
        translate(
            _("{frames} frames, {seconds} s, {fps} frames/s"),
            terminal_language(),
            frames=outcome.frames,
            seconds=f"{outcome.seconds:.2f}",
            fps=f"{outcome.fps:.1f}",
        )
    )
    return 0


async def _run(engine: Engine, options: argparse.Namespace) -> Outcome:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        shown = bar.add_task("", total=None)

        def progress(job: JobProgress) -> None:
            if job.step:
                bar.update(shown, description=translate(job.step, terminal_language()))
            else:
                bar.update(shown, description=options.video.name, completed=job.done, total=job.total or None)

        return await RecordingAnalysis(engine, options.out.resolve()).run(
            options.video.resolve(),
            options.weights.resolve(),
            TaskOptions(confidence=options.confidence, iou=options.iou, keyframe_interval=options.keyframes),
            with_video=not options.no_video,
            on_progress=progress,
        )
