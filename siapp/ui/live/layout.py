"""How many tiles, in how many rows and columns, and which tasks a layout shows that fills itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt

from siapp.core.domain import Task, TaskState

MOST_TILES = 16
FREE_GRID = 12  # columns and rows: each layout of a fixed number fits into it exactly
LEAST_COLUMNS, LEAST_ROWS = 2, 3  # of a tile in a free layout
USUAL_SIDE = 4
_WORTH_SEEING = frozenset({TaskState.ERROR, TaskState.INTERRUPTED})


class WallLayout(StrEnum):
    """Tiles at a time. AUTO fits the number of active tasks, FREE is as a person has laid it out."""

    AUTO = "auto"
    ONE = "1"
    FOUR = "4"
    NINE = "9"
    SIXTEEN = "16"
    FREE = "free"

    @property
    def tiles(self) -> int:
        """How many it has; 0 where that varies."""
        return int(self.value) if self.value.isdecimal() else 0

    @property
    def side(self) -> int:
        """Columns, and rows, of a fixed number of tiles."""
        return round(sqrt(self.tiles))


FIXED = tuple(layout for layout in WallLayout if layout.tiles)


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of a wall's grid, in its columns and rows."""

    x: int
    y: int
    width: int = 1
    height: int = 1

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def overlaps(self, other: "Area") -> bool:
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    @property
    def fits(self) -> bool:
        """Whether a tile of a free layout may be so."""
        inside = self.x >= 0 and self.y >= 0 and self.right <= FREE_GRID and self.bottom <= FREE_GRID
        return inside and self.width >= LEAST_COLUMNS and self.height >= LEAST_ROWS


def capacity(layout: WallLayout) -> int:
    return layout.tiles or MOST_TILES


def grid(layout: WallLayout, count: int) -> tuple[int, int]:
    """(columns, rows) for `count` tiles."""
    if layout is WallLayout.FREE:
        return FREE_GRID, FREE_GRID
    tiles = layout.tiles or max(1, min(count, MOST_TILES))
    columns = ceil(sqrt(tiles))
    return columns, ceil(tiles / columns)


def cells(columns: int, count: int) -> list[Area]:
    """Row after row."""
    return [Area(place % columns, place // columns) for place in range(count)]


def widened(area: Area, columns: int, rows: int) -> Area:
    """A cell of a grid of so many columns and rows as an area of the free grid."""
    left, right = area.x * FREE_GRID // columns, area.right * FREE_GRID // columns
    top, bottom = area.y * FREE_GRID // rows, area.bottom * FREE_GRID // rows
    return Area(left, top, right - left, bottom - top)


def free_area(x: int, y: int, taken: Collection[Area]) -> Area | None:
    """The largest area for a new tile that has cell (x, y) in it and overlaps none; None where there is no room."""
    best: Area | None = None
    for width in range(USUAL_SIDE, LEAST_COLUMNS - 1, -1):
        for height in range(USUAL_SIDE, LEAST_ROWS - 1, -1):
            found = _around(x, y, width, height, taken)
            if found is not None and (best is None or width * height > best.width * best.height):
                best = found
    return best


def any_free_area(taken: Collection[Area]) -> Area | None:
    """The first room for a new tile, from the upper left."""
    spots = ((x, y) for y in range(FREE_GRID) for x in range(FREE_GRID))
    return next((area for x, y in spots if (area := free_area(x, y, taken)) is not None), None)


def _around(x: int, y: int, width: int, height: int, taken: Collection[Area]) -> Area | None:
    for top in range(y, y - height, -1):
        for left in range(x, x - width, -1):
            area = Area(left, top, width, height)
            if area.fits and not any(area.overlaps(other) for other in taken):
                return area
    return None


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
