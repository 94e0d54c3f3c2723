"""What a reconnecting tile says of the next try: counted down from what the problem tells."""

from math import ceil

from siapp.core.domain import Problem
from siapp.core.i18n import _
from siapp.ui.words import Words


def next_try(words: Words, problem: Problem | None, age_s: float) -> str:
    """Attempt and seconds to the next one, `age_s` after the problem was told; nothing where it names none."""
    values = dict(problem.values) if problem is not None else {}
    attempt, wait = values.get("attempt"), values.get("next_in_s")
    if not isinstance(attempt, int) or not isinstance(wait, int | float):
        return ""
    left = ceil(wait - age_s)
    if left > 0:
        return words(_("Attempt {attempt} failed, next try in {seconds} s"), attempt=attempt, seconds=left)
    return words(_("Attempt {attempt} failed, trying again"), attempt=attempt)
