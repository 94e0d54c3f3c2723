"""`siapp optimize`: a weight file brought to INT8 on a video's pictures; a progress bar, and a table at the end."""

import argparse

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table

from siapp.core.domain import OptimizationReport
from siapp.core.hub import FrameHub
from siapp.core.i18n import _, terminal_language, translate
from siapp.core.services.optimizations import FileOptimization, Optimization
from siapp.core.specs import JobProgress
from siapp.core.workers.engine import Engine


async def run_optimize(options: argparse.Namespace) -> Table:
    """What changed. Raises SiappError with one clear sentence where it can't be done."""
    engine = Engine(FrameHub())
    await engine.start()
    try:
        with _progress_bar() as bar:
            report = await FileOptimization(engine, _Shown(bar)).run(
                Optimization(
                    options.weights.absolute(), options.video.absolute(), options.out.absolute(), options.frames
                )
            )
    finally:
        await engine.close()
    return _table(report)


def _table(report: OptimizationReport) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for title in (_("Original"), "INT8"):
        table.add_column(_said(title), justify="right")
    table.add_row(_said(_("Speed (frames/s)")), f"{report.fps_before:.1f}", f"{report.fps_after:.1f}")
    table.add_row(
        _said(_("Boxes in {pictures} pictures"), pictures=report.pictures),
        f"{report.boxes}",
        f"{report.kept + report.added}",
    )
    table.add_row(_said(_("Boxes kept (IoU above 0.5)")), "", _share(report.share_kept))
    table.add_row(_said(_("Boxes kept (IoU above 0.9)")), "", _share(report.share_kept_closely))
    table.add_row(_said(_("Mean change of their scores")), "", f"{report.score_change:+.3f}")
    return table


def _said(message: str, **values: object) -> str:
    return translate(message, terminal_language(), **values)


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _progress_bar() -> Progress:
    """On stderr, and only where a person looks."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


class _Shown:
    """A job's progress as the bar's text and length."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=1.0)

    def __call__(self, job: JobProgress) -> None:
        self._bar.update(self._task, description=_said(job.step), completed=job.fraction)
