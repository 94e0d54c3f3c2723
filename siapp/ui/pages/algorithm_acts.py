"""What is done to algorithms from their page: activate, roll back, delete, cancel; and what is told of it."""

from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from siapp.core.domain import Algorithm, VersionState
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.notices import Offer
from siapp.ui.widgets.confirm import Confirm

MOST_NAMES = 5


class AlgorithmActs:
    """`owner`: the page, over which questions are asked."""

    def __init__(self, desk: Desk, owner: QWidget) -> None:
        self._desk, self._owner = desk, owner

    def activate(self, algorithm: Algorithm, version: int) -> None:
        """Nothing is lost by it, so that it is done at once and can be undone."""
        work = self._desk.services.algorithms.activate(self._desk.actor, algorithm.id, version)
        then = partial(self._activated, algorithm.active_version)
        self._desk.operations.run(self._owner, f"activate-{algorithm.id}", work, then)

    def earlier(self, algorithm: Algorithm) -> int | None:
        """The version to roll back to: the last ready one before the active one."""
        active = algorithm.active_version
        ready = (version.version for version in algorithm.versions if version.state is VersionState.READY)
        return max((number for number in ready if active is not None and number < active), default=None)

    def cancel(self, algorithm: Algorithm, version: int) -> None:
        """Without a question: nothing is there yet that could be lost."""
        work = self._desk.services.algorithms.cancel_import(self._desk.actor, algorithm.id, version)
        self._run(
            f"cancel-{algorithm.id}-{version}",
            work,
            _("Version {number} of “{name}” was cancelled."),
            algorithm,
            version,
        )

    def ask_delete(self, algorithm: Algorithm) -> None:
        """Once, naming what is lost; where it would be refused, that is said in place of the question."""
        stores = self._desk.stores
        users = [task.name for task in stores.tasks.all() if task.algorithm.id == algorithm.id]
        users += [test.name for test in stores.tests.all() if test.algorithm.id == algorithm.id]
        if self._refused(algorithm, users):
            return
        title = self._desk.words(_("Delete the algorithm “{name}”?"), name=algorithm.name)
        count = len(algorithm.versions)
        text = (
            _("Its only version and the file are lost.")
            if count == 1
            else _("All {count} versions and their files are lost.")
        )
        self._ask(title, self._desk.words(text, count=count), _("Delete algorithm"), lambda: self._delete(algorithm))

    def ask_delete_version(self, algorithm: Algorithm, version: int) -> None:
        tests = (test for test in self._desk.stores.tests.all() if test.state.is_active)
        users = [test.name for test in tests if (test.algorithm.id, test.algorithm.version) == (algorithm.id, version)]
        if version == algorithm.active_version:
            self._desk.warn(_("Version {number} is the active one. Activate another version first."), number=version)
        elif not self._refused(algorithm, users):
            title = self._desk.words(_("Delete version {number} of “{name}”?"), number=version, name=algorithm.name)
            text = self._desk.words(_("Its file is lost. The other versions stay."))
            self._ask(title, text, _("Delete version"), lambda: self._delete_version(algorithm, version))

    def _activated(self, before: int | None, algorithm: Algorithm) -> None:
        values = {"number": algorithm.active_version, "name": algorithm.name, "tasks": self._running(algorithm)}
        message = (
            _("Version {number} of “{name}” is active. Running tasks change over to it now: {tasks}.")
            if values["tasks"]
            else _("Version {number} of “{name}” is active. No running task uses the algorithm.")
        )
        if before is None or before == algorithm.active_version:
            self._desk.done(message, **values)
        else:
            self._desk.offer(Offer(_("Undo"), lambda: self.activate(algorithm, before)), message, **values)

    def _running(self, algorithm: Algorithm) -> str:
        tasks = (task for task in self._desk.stores.tasks.by_name() if task.state.is_active)
        return self._names(task.name for task in tasks if task.algorithm.id == algorithm.id)

    def _refused(self, algorithm: Algorithm, users: list[str]) -> bool:
        if users:
            self._desk.warn(
                _("“{name}” is used by {users}. Delete what uses it first."),
                name=algorithm.name,
                users=self._names(users),
            )
        return bool(users)

    def _names(self, names: Iterable[str]) -> str:
        """All of a few, the first of many."""
        known = list(names)
        first = self._desk.words.listed(known[:MOST_NAMES])
        more = len(known) - MOST_NAMES
        return self._desk.words(_("{names} and {count} more"), names=first, count=more) if more > 0 else first

    def _ask(self, title: str, text: str, verb: str, then: Callable[[], object]) -> None:
        Confirm(self._desk.words, self._owner.window(), title, text, verb, then).open()

    def _delete(self, algorithm: Algorithm) -> None:
        work = self._desk.services.algorithms.delete(self._desk.actor, algorithm.id)
        self._run(f"delete-algorithm-{algorithm.id}", work, _("The algorithm “{name}” is deleted."), algorithm)

    def _delete_version(self, algorithm: Algorithm, version: int) -> None:
        work = self._desk.services.algorithms.delete_version(self._desk.actor, algorithm.id, version)
        name = f"delete-version-{algorithm.id}-{version}"
        self._run(name, work, _("Version {number} of “{name}” is deleted."), algorithm, version)

    def _run(
        self, name: str, work: Coroutine[Any, Any, object], message: str, algorithm: Algorithm, version: int = 0
    ) -> None:
        def tell(_result: object) -> None:
            self._desk.done(message, name=algorithm.name, number=version)

        self._desk.operations.run(self._owner, name, work, tell)
