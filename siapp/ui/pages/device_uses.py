"""Which tasks use which camera, kept true by the tasks' store."""

from PySide6.QtCore import QObject, Signal

from siapp.core.domain import Device, Task
from siapp.ui.store import Store


class Uses(QObject):
    """`changed` tells that a task came, went or has another name or camera; fresh figures and states tell nothing."""

    changed = Signal()

    def __init__(self, tasks: Store[Task], parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._known: dict[int, tuple[int, str]] = {}
        self._numbers: dict[int, list[int]] = {}
        tasks.put.connect(self._put)
        tasks.removed.connect(lambda _number: self._read())
        tasks.reset.connect(self._read)
        self._read()

    def of(self, device: Device) -> list[Task]:
        """By name."""
        found = (self._tasks.get(number) for number in self._numbers.get(device.id, ()))
        return [task for task in found if task is not None]

    def _put(self, task: Task) -> None:
        if self._known.get(task.id) != (task.device.id, task.name):
            self._read()

    def _read(self) -> None:
        tasks = self._tasks.by_name()
        self._known = {task.id: (task.device.id, task.name) for task in tasks}
        self._numbers = {}
        for task in tasks:
            self._numbers.setdefault(task.device.id, []).append(task.id)
        self.changed.emit()
