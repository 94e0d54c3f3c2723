"""What is said of a problem that lasts: why, and when the next try is where one is due."""

from math import ceil

from siapp.core.domain import Problem
from siapp.core.i18n import Language, _, translate

_NEXT_TRY = _("{problem} Attempt {attempt}, next try in {seconds} s.")


def sentence(problem: Problem, language: Language) -> str:
    """The whole of it, for everybody who does not count the seconds down."""
    text = reason(problem, language)
    values = dict(problem.values)
    attempt, wait = values.get("attempt"), values.get("next_in_s")
    if not isinstance(attempt, int) or not isinstance(wait, int | float):
        return text
    return translate(_NEXT_TRY, language, problem=text, attempt=attempt, seconds=ceil(wait))


def reason(problem: Problem, language: Language) -> str:
    """Only why."""
    return translate(problem.message, language, **dict(problem.values))
