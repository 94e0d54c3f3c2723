"""Disposable processes from the supervisor's side: one piece of work each, with a limit of time, or watched for
silence where it may take as long as it needs."""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from siapp.core.domain import Problem
from siapp.core.specs import JobKind, JobProgress
from siapp.core.workers import messages as m
from siapp.core.workers.entry import WorkerRole
from siapp.core.workers.keeper import Child, Exit, Keeper

logger = logging.getLogger(__name__)

OVER_TIME = "over its time"


def log_as_ours(level: str, text: str) -> None:
    """What a job says goes to the program's own log, as a warning at most: its answer tells what became of it."""
    number = logging.getLevelNamesMapping().get(level, logging.INFO)
    logger.log(min(number, logging.WARNING), "job: %s", text)


@dataclass(eq=False)
class Errand:
    """Who waits for a job. Exactly one of `on_done`, `on_failed`, `on_died` is called, none after `cancel`; then, once
    its process is reaped, `on_gone`."""

    on_progress: Callable[[JobProgress], None]
    on_done: Callable[[dict[str, Any]], None]
    on_failed: Callable[[Problem], None]
    on_died: Callable[[str], None]
    on_log: Callable[[str, str], None] = log_as_ours
    on_gone: Callable[[], None] = lambda: None
    child: Child | None = None
    answered: bool = False


class Errands:
    """All jobs under way."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._under_way: set[Errand] = set()
        self._closed = False

    def run(self, kind: JobKind, params: dict[str, Any], limit_s: float, errand: Errand) -> None:
        if errand.answered:  # cancelled before it began
            return
        if self._closed:
            self._died(errand, "siapp is being closed")
            errand.on_gone()
            return
        self._under_way.add(errand)
        child = errand.child = self._keeper.spawn(
            WorkerRole(kind.value),
            f"job-{kind.value}",
            params,
            partial(self._on_message, errand),
            partial(self._on_exit, errand),
            watched=math.isinf(limit_s),
        )
        self._keeper.timers.after(limit_s, lambda: child.kill(OVER_TIME))

    def stop(self, errand: Errand) -> None:
        """Ask it to come to an end, and end it where it does not. It answers as always."""
        if errand.child is not None:
            self._keeper.stop(errand.child)

    def cancel(self, errand: Errand) -> None:
        errand.answered = True
        if errand.child is not None:
            errand.child.kill()

    def close(self) -> None:
        """Kill them: they have nothing to bring to an end, and most could not hear."""
        self._closed = True
        for errand in self._under_way:
            if errand.child is not None:
                errand.child.kill("siapp is being closed")

    def _on_message(self, errand: Errand, message: m.Message) -> None:
        if isinstance(message, m.Log):
            errand.on_log(message.level, message.text)
        if errand.answered:
            return
        match message:
            case m.Progress(fraction, step, done, total):
                errand.on_progress(JobProgress(fraction, step, done, total))
            case m.Done(result):
                errand.answered = True
                errand.on_done(result)
            case m.Failed():
                errand.answered = True
                errand.on_failed(m.as_problem(message) or Problem("failed", message.message))

    def _on_exit(self, errand: Errand, how: Exit) -> None:
        self._under_way.discard(errand)
        if not errand.answered:
            self._died(errand, how.cause)
        errand.on_gone()

    @staticmethod
    def _died(errand: Errand, cause: str) -> None:
        errand.answered = True
        errand.on_died(cause)
