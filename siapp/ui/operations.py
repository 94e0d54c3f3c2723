"""One place for what takes time: busy, result and error of every click. Slots start something here and return."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

import shiboken6
from PySide6.QtCore import QObject

from siapp.core.background import Background
from siapp.core.domain import Severity
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.ui.words import Words

logger = logging.getLogger(__name__)

T = TypeVar("T")

Work = asyncio.Task[None]


class Busy(Protocol):
    """Something that shows that work is under way, and can ask for its end."""

    def begin(self, cancel: Callable[[], object]) -> None: ...

    def end(self) -> None: ...


class Operations:
    """Starts named, referenced tasks for widgets, and brings their outcome back to them.

    A SiappError goes to `failed`, or to a toast; anything else is logged and told in general words. A widget that
    is gone by then hears nothing.
    """

    def __init__(self, words: Words, tell: Callable[[str, Severity], object]) -> None:
        self._words = words
        self._tell = tell
        self._background = Background("window")

    def run(
        self,
        owner: QObject,
        name: str,
        work: Coroutine[Any, Any, T],
        then: Callable[[T], object] | None = None,
        *,
        failed: Callable[[SiappError], object] | None = None,
        busy: Busy | None = None,
    ) -> Work:
        task = self._background.start(self._outcome(owner, name, work, then, failed), name)
        # A task that is cancelled before it began never awaits its work.
        task.add_done_callback(lambda _task: work.close())
        if busy is not None:
            busy.begin(task.cancel)
            task.add_done_callback(lambda _task: busy.end() if _alive(busy) else None)
        return task

    async def close(self) -> None:
        """Cancel what is under way and wait for its end."""
        await self._background.close()

    async def _outcome(
        self,
        owner: QObject,
        name: str,
        work: Coroutine[Any, Any, T],
        then: Callable[[T], object] | None,
        failed: Callable[[SiappError], object] | None,
    ) -> None:
        try:
            result = await work
            if then is not None and _alive(owner):
                then(result)
        except SiappError as error:
            if failed is not None and _alive(owner):
                failed(error)
            else:
                self._tell(self._words.error(error), Severity.WARNING)
        except Exception:
            logger.exception("%s failed", name)
            self._tell(
                self._words(_("Something went wrong inside siapp. It is in the log; please try again.")), Severity.ALARM
            )


def _alive(thing: object) -> bool:
    return not isinstance(thing, QObject) or shiboken6.isValid(thing)
