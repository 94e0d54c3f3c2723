"""The live wall: tiles of running tasks in a grid."""

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QStackedLayout, QWidget

from siapp.core.domain import Task
from siapp.core.i18n import _
from siapp.ui.actions import toggle_task
from siapp.ui.desk import Desk
from siapp.ui.live.layout import WallLayout, belongs, capacity, grid, tasks_on_wall
from siapp.ui.live.layout_bar import LayoutBar
from siapp.ui.live.tile import Tile
from siapp.ui.pages.page import Page
from siapp.ui.widgets.empty import EmptyState

TICK_MS = 1000
GAP = 4


class WallPage(Page):
    """Follows the tasks' store. `tasks_wanted` asks for the task page."""

    tasks_wanted = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, _("Live wall"))
        self.tiles: dict[int, Tile] = {}
        self._layout = WallLayout.AUTO
        self._kept: set[int] = set()
        self._first = 0
        self._shape: tuple[object, ...] = ()
        self.bar = LayoutBar(desk.words)
        self.bar.chosen.connect(self._choose)
        self.bar.leafed.connect(self._leaf)
        self.tools.addWidget(self.bar)
        self._compose()
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        tasks = desk.stores.tasks
        tasks.reset.connect(self.arrange)
        tasks.put.connect(self._put)
        tasks.removed.connect(lambda _number: self.arrange())
        self.arrange()

    def arrange(self) -> None:
        """Bring tiles and grid in line with the tasks and the layout."""
        tasks = self.desk.stores.tasks.all()
        self._kept |= {task.id for task in tasks if belongs(task)}
        wanted = tasks_on_wall(tasks, self._layout, self._kept)
        size = capacity(self._layout)
        self._first = max(0, min(self._first, (len(wanted) - 1) // size * size))
        seen = wanted[self._first : self._first + size]
        self._show_empty(not seen, bool(tasks))
        self.bar.show_range(self._first + 1, self._first + len(seen), len(wanted))
        self._update_tiles(seen)
        shape = (self._layout, tuple(task.id for task in seen))
        if shape != self._shape:
            self._shape = shape
            self._fill_grid(seen)

    def apply_rights(self) -> None:
        self.arrange()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.arrange()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        self._kept.clear()
        super().hideEvent(event)

    def _compose(self) -> None:
        self._frame = QFrame()
        self._frame.setObjectName("wall")
        self._grid = QGridLayout(self._frame)
        self._grid.setContentsMargins(GAP, GAP, GAP, GAP)
        self._grid.setSpacing(GAP)
        self.empty = EmptyState(
            self.desk.words, "monitor-play", _("No task is running."), _("Open tasks"), self.tasks_wanted.emit
        )
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._frame)
        self.body.addWidget(holder)

    def _put(self, task: Task) -> None:
        tile = self.tiles.get(task.id)
        if tile is not None and tile.task.state is task.state:
            # Fresh figures, once a second for each task: nothing about the wall's shape changes.
            tile.show_task(task)
            return
        self.arrange()

    def _update_tiles(self, seen: list[Task]) -> None:
        numbers = {task.id for task in seen}
        for number in [number for number in self.tiles if number not in numbers]:
            tile = self.tiles.pop(number)
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        for task in seen:
            if task.id in self.tiles:
                self.tiles[task.id].show_task(task)
            else:
                self.tiles[task.id] = self._new_tile(task)

    def _new_tile(self, task: Task) -> Tile:
        tile = Tile(self.desk, task)
        tile.toggled.connect(lambda task: toggle_task(self.desk, self, task))
        return tile

    def _fill_grid(self, seen: list[Task]) -> None:
        for tile in self.tiles.values():
            self._grid.removeWidget(tile)
        columns, rows = grid(self._layout, len(seen))
        for place, task in enumerate(seen):
            self._grid.addWidget(self.tiles[task.id], place // columns, place % columns)
            self.tiles[task.id].show()
        self._stretch(columns, self._grid.columnCount(), self._grid.setColumnStretch)
        self._stretch(rows, self._grid.rowCount(), self._grid.setRowStretch)

    @staticmethod
    def _stretch(used: int, known: int, set_stretch: Callable[[int, int], None]) -> None:
        # A grid never forgets a row: those of a larger layout before must take no room.
        for line in range(max(used, known)):
            set_stretch(line, 1 if line < used else 0)

    def _show_empty(self, empty: bool, has_tasks: bool) -> None:
        operate = self.desk.may_operate()
        self.empty.say(_("No task is running.") if has_tasks or not operate else _("There are no tasks yet."))
        self._stack.setCurrentWidget(self.empty if empty else self._frame)

    def _choose(self, layout: WallLayout) -> None:
        self._layout, self._first = layout, 0
        self.arrange()

    def _leaf(self, step: int) -> None:
        self._first = max(0, self._first + step * capacity(self._layout))
        self.arrange()

    def _tick(self) -> None:
        for tile in self.tiles.values():
            tile.tick()
