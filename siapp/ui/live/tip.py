"""What a tile says of its source when somebody points at its strip: who, and where its milliseconds go."""

from siapp.core.domain import TaskState, TaskStats
from siapp.core.i18n import _
from siapp.ui.live.source import KINDS, Source
from siapp.ui.words import Words


def lateness(words: Words, milliseconds: float) -> str:
    """In milliseconds, in seconds from one second on: at most five characters and the unit."""
    if milliseconds < 999.5:
        return words(_("{milliseconds} ms"), milliseconds=round(milliseconds))
    return words(_("{seconds} s"), seconds=f"{milliseconds / 1000:.1f}")


def tip_lines(source: Source, words: Words) -> list[str]:
    """Name, camera and algorithm; while a task runs, each part of the way from the camera's frame to the eyes."""
    task = source.task
    if task is None:
        return [source.name, words(KINDS[source.key.kind])]
    lines = [task.name, f"{task.device.name} · {task.algorithm.name}"]
    if task.state is TaskState.RUNNING and task.stats.fps_out:
        lines += _way(task.stats, words)
    return lines


def _way(stats: TaskStats, words: Words) -> list[str]:
    within = _("{place}: {time}; 95 % within {limit}")
    only = _("{place}: 95 % within {limit}")
    result, limit = lateness(words, stats.latency_ms), lateness(words, stats.latency_p95_ms)
    lines = [
        words(_("Inference: {time}"), time=lateness(words, stats.inference_ms)),
        words(within, place=words(_("Camera to result")), time=result, limit=limit),
    ]
    for place, late in (
        (_("Camera to screen"), stats.window_p95_ms),
        (_("Camera to remote viewers"), stats.viewers_p95_ms),
    ):
        if late is not None:
            lines.append(words(only, place=words(place), limit=lateness(words, late)))
    return [*lines, words(_("Frames left out for newer ones: {count}"), count=stats.dropped)]
