"""What a tile says in words: in its strip, in place of a picture, and to a screen reader."""

from siapp.core.domain import Picture, TaskState
from siapp.core.i18n import _
from siapp.ui.live.figures import Figures
from siapp.ui.live.retry import next_try
from siapp.ui.live.source import KINDS, Source
from siapp.ui.live.strip import StripText
from siapp.ui.live.tip import lateness
from siapp.ui.marks import STALE_MARK
from siapp.ui.words import Words


def message_lines(source: Source, words: Words, age_s: float) -> tuple[str, ...]:
    """What stands in place of a picture: the state, why, what comes next, since when. `age_s`: of the problem."""
    if source.is_live:
        return (words(_("Waiting for the first picture")),)
    reason = words.reason(source.problem) if source.problem is not None else ""
    since = source.since.astimezone().strftime("%H:%M:%S") if source.since is not None else ""
    return (
        words(source.mark.word),
        reason,
        next_try(words, source.problem, age_s),
        words(_("Since {time}"), time=since) if since else "",
    )


def strip_text(
    source: Source, picture: Picture | None, stale_s: int, figures: Figures, words: Words, now: float
) -> StripText:
    mark = STALE_MARK if stale_s else source.mark
    shown = _live_figures(source, picture, stale_s, figures, words, now) if source.is_live and picture else ()
    return StripText(mark, words(mark.word), source.name, described(source, words), shown)


def described(source: Source, words: Words) -> str:
    """A task by its algorithm, a camera as what it is."""
    return source.task.algorithm.name if source.task is not None else words(KINDS[source.key.kind])


def spoken(source: Source, stale_s: int, words: Words) -> str:
    if stale_s:
        return words(_("{name}: the picture is {seconds} s old"), name=source.name, seconds=stale_s // 5 * 5 or stale_s)
    return words(_("{name}: {state}"), name=source.name, state=words(source.mark.word))


def _live_figures(
    source: Source, picture: Picture, stale_s: int, figures: Figures, words: Words, now: float
) -> tuple[tuple[str, str], ...]:
    late = figures.latency(now)
    rate, count = _("{rate} fps"), _("{count} obj.")
    measured = (
        (words(rate, rate=f"{figures.rate(now):.1f}"), words(rate, rate="00.0")),
        ("" if late is None else lateness(words, late), words(_("{milliseconds} ms"), milliseconds="000")),
    )
    if source.state is not TaskState.RUNNING:  # a camera's own pictures have no objects
        return measured
    objects = "" if stale_s else words(count, count=len(picture.objects))
    return (*measured, (objects, words(count, count="000")))
