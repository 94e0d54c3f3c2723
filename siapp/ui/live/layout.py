"""How many tiles, in how many rows and columns, and which tasks are on them."""

from collections.abc import Collection, Sequence
from enum import IntEnum
from math import ceil, sqrt

from siapp.core.domain import Task, TaskState

MOST_TILES = 16
_WORTH_SEEING = frozenset({TaskState.ERROR, TaskState.INTERRUPTED})


class WallLayout(IntEnum):
    """Tiles at a time. AUTO fits the number of active tasks."""

    AUTO = 0
    ONE = 1
    FOUR = 4
    NINE = 9
    SIXTEEN = 16


def capacity(layout: WallLayout) -> int:
    return int(layout) or MOST_TILES


def grid(layout: WallLayout, count: int) -> tuple[int, int]:
    """(columns, rows) for `count` tiles."""
    tiles = int(layout) or max(1, min(count, MOST_TILES))
    columns = ceil(sqrt(tiles))
    return columns, ceil(tiles / columns)


def tasks_on_wall(tasks: Sequence[Task], layout: WallLayout, kept: Collection[int]) -> list[Task]:
    """Tasks that run or need eyes, and those that did since the wall was opened (`kept`): nothing jumps away
    because it stopped. A layout with a fixed number of tiles shows the others after them."""
    first = [task for task in tasks if belongs(task) or task.id in kept]
    if layout is WallLayout.AUTO:
        return first
    chosen = {task.id for task in first}
    return first + [task for task in tasks if task.id not in chosen]


def belongs(task: Task) -> bool:
    """Whether a task is worth a tile by itself."""
    return task.state.is_active or task.state in _WORTH_SEEING
