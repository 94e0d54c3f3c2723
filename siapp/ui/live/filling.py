"""What the wall shows right now: what a person has placed, or the tasks, page by page."""

from dataclasses import dataclass

from siapp.ui.live.layout import WallLayout, belongs, capacity, cells, grid, tasks_on_wall
from siapp.ui.live.plan import Slot
from siapp.ui.live.source import task_key
from siapp.ui.live.wall_memory import WallMemory
from siapp.ui.store import Stores


@dataclass(frozen=True, slots=True)
class View:
    """Slots on a grid of so many columns and rows. `first` and `total`: which of how many tasks, where there is no
    room for all; `free`: tiles may be moved and resized."""

    columns: int = 1
    rows: int = 1
    slots: tuple[Slot, ...] = ()
    free: bool = False
    first: int = 0
    total: int = 0


class Filling:
    """Remembers which tasks have been on the wall since it was opened: nothing jumps away because it stopped."""

    def __init__(self, stores: Stores, memory: WallMemory) -> None:
        self._tasks, self._memory = stores.tasks, memory
        self._kept: set[int] = set()
        self._first = 0

    def view(self) -> View:
        plan = self._memory.plan
        if plan.is_arranged:
            slots = plan.slots()
            columns, rows = grid(plan.layout, len(slots))
            return View(columns, rows, slots, plan.layout is WallLayout.FREE, total=len(slots))
        return self._by_itself(plan.layout)

    def leaf(self, step: int) -> None:
        self._first = max(0, self._first + step * capacity(self._memory.plan.layout))

    def leaf_to_start(self) -> None:
        self._first = 0

    def forget(self) -> None:
        self._kept.clear()

    def _by_itself(self, layout: WallLayout) -> View:
        tasks = self._tasks.all()
        self._kept |= {task.id for task in tasks if belongs(task)}
        wanted, size = tasks_on_wall(tasks, layout, self._kept), capacity(layout)
        self._first = max(0, min(self._first, (len(wanted) - 1) // size * size))
        seen = wanted[self._first : self._first + size]
        columns, rows = grid(layout, len(seen))
        areas = cells(columns, layout.tiles or len(seen))
        keys = [task_key(task) for task in seen] + [None] * (len(areas) - len(seen))
        slots = tuple(Slot(area, key) for area, key in zip(areas, keys, strict=True))
        return View(columns, rows, slots, first=self._first, total=max(len(wanted), len(slots)))
