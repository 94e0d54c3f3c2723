"""The same for several things at once: how many succeeded, which did not and why, told in one sentence."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from siapp.core.domain import Severity
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.ui.desk import Desk

MOST_NAMED = 3


class Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


@dataclass(slots=True)
class Outcomes(Generic[T]):
    """What became of each."""

    done: list[T] = field(default_factory=list)
    failed: list[tuple[T, SiappError]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Telling:
    """Sentences for translation: of one by its {name}, or nothing where that is seen anyway; of {count}; and of
    {count} among {total}."""

    one: str
    many: str
    some: str


async def for_each(items: Iterable[T], act: Callable[[T], Awaitable[object]]) -> Outcomes[T]:
    """One after another; what is refused does not keep the others from being done."""
    outcomes: Outcomes[T] = Outcomes()
    for item in items:
        try:
            await act(item)
        except SiappError as error:
            outcomes.failed.append((item, error))
        else:
            outcomes.done.append(item)
    return outcomes


def tell(desk: Desk, outcomes: Outcomes[T], telling: Telling) -> None:
    """One toast, however many there were."""
    words, done, failed = desk.words, outcomes.done, outcomes.failed
    total = len(done) + len(failed)
    if not failed:
        if len(done) > 1:
            desk.done(telling.many, count=len(done))
        elif done and telling.one:
            desk.done(telling.one, name=done[0].name)
    elif total == 1:
        desk.tell(words.error(failed[0][1]), Severity.WARNING)
    else:
        head = words(telling.some, count=len(done), total=total)
        desk.tell("\n".join([head, *_reasons(desk, failed)]), Severity.WARNING)


def _reasons(desk: Desk, failed: list[tuple[T, SiappError]]) -> list[str]:
    words = desk.words
    lines = [words(_("“{name}”: {reason}"), name=each.name, reason=words.error(why)) for each, why in failed]
    if len(lines) > MOST_NAMED:
        return [*lines[:MOST_NAMED], words(_("And {count} more."), count=len(lines) - MOST_NAMED)]
    return lines
