"""The live wall: tasks and cameras on a grid that fills itself, or as a person has laid it out."""

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from siapp.core.domain import StreamKey
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.live.arranging import Arranging
from siapp.ui.live.canvas import Spot, WallCanvas
from siapp.ui.live.dragging import Dragging
from siapp.ui.live.empty_cell import EmptyCell
from siapp.ui.live.filling import Filling, View
from siapp.ui.live.layout import Area, WallLayout
from siapp.ui.live.layout_bar import LayoutBar
from siapp.ui.live.own_windows import OwnWindows
from siapp.ui.live.plan import Plan
from siapp.ui.live.side_list import SideList
from siapp.ui.live.snapshot import Snapshots
from siapp.ui.live.source import Source, Sources
from siapp.ui.live.tile import Tile
from siapp.ui.live.wall_commands import add_wall_commands
from siapp.ui.live.wall_memory import WallMemory
from siapp.ui.live.wall_tiles import WallTiles
from siapp.ui.live.wall_verbs import wall_verbs, window_verbs
from siapp.ui.pages.page import Page
from siapp.ui.widgets.empty import EmptyState

TICK_MS = 1000
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class WallPage(Page):
    """`tasks_wanted` asks for the task page, `options_wanted` and `log_wanted` for a task there, and
    `full_screen_wanted` for the wall alone on the screen."""

    tasks_wanted = Signal()
    options_wanted = Signal(object)
    log_wanted = Signal(object)
    full_screen_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, _("Live wall"), parent)
        self.sources = Sources(desk.stores)
        self.memory = WallMemory(desk)
        self.snapshots = Snapshots(desk, lambda: self.memory.folder)
        self.filling = Filling(desk.stores, self.memory)
        self.arranging = Arranging(desk, self.memory, self.filling, self.sources)
        self._view = View()
        self._laid: tuple[View, frozenset[StreamKey]] | None = None
        self._bar_shows: Plan | None = None
        self._current: StreamKey | None = None
        self._target: int | None = None
        self.verbs = wall_verbs(desk, self, self.snapshots)
        self._tiles = WallTiles(desk, self.sources, self.memory, self.verbs, self._on_new, self._fill)
        self.windows = OwnWindows(desk, self, self.sources, self.memory, window_verbs(desk, self.snapshots))
        self._compose()
        self._connect()
        add_wall_commands(self)

    @property
    def tiles(self) -> dict[StreamKey, Tile]:
        """Those on the wall."""
        return self._tiles.by_key

    # ---- what is seen ------------------------------------------------------------------------------------

    def arrange(self) -> None:
        """Bring tiles and grid in line with the tasks and the plan."""
        if not (self.memory.ready and self.desk.session.signed_in):
            return
        plan, view = self.memory.plan, self.filling.view()
        if plan is not self._bar_shows:
            self._bar_shows = plan
            self.bar.show_layout(plan.layout, plan.free, plan.chosen)
        self.bar.show_range(view.first + 1, view.first + len(view.slots), view.total)
        self._tiles.update(view)
        shown = view, frozenset(self.tiles)
        if shown != self._laid:
            self._view, self._laid = view, shown
            self._lay(view)

    def apply_rights(self) -> None:
        self.arrange()

    def tile(self) -> Tile | None:
        """The one that commands are for: alone on the wall, or where the keyboard was last."""
        alone = self.canvas.alone
        if isinstance(alone, Tile):
            return alone
        if self._current is None and len(self.tiles) == 1:
            return next(iter(self.tiles.values()))
        return self.tiles.get(self._current) if self._current is not None else None

    def open_list(self) -> None:
        """The cameras and tasks beside the wall, the keyboard in their search; a second time closes them."""
        if isinstance(self.sheet, SideList):
            self.close_sheet()
            return
        shown = SideList(self.desk.words, self.sources)
        shown.chosen.connect(self._put)
        self.open_sheet(shown)

    def search_list(self) -> None:
        """The keyboard in the search of that list."""
        if isinstance(self.sheet, SideList):
            self.sheet.search.setFocus()
        else:
            self.open_list()

    # ---- what the verbs ask for --------------------------------------------------------------------------

    def is_alone(self, tile: Tile) -> bool:
        return self.canvas.alone is tile

    def may_be_alone(self, tile: Tile) -> bool:
        return self.is_alone(tile) or len(self._view.slots) > 1

    def toggle_alone(self, tile: Tile) -> None:
        self.canvas.show_alone(None if self.is_alone(tile) or not self.may_be_alone(tile) else tile)
        tile.setFocus()
        tile.controls.refresh()

    def open_window(self, tile: Tile) -> None:
        self.windows.open(tile.source)

    def may_move(self, tile: Tile) -> bool:
        return self.canvas.alone is None and (len(self._view.slots) > 1 or self._view.free)

    def nudge(self, tile: Tile, across: int, down: int) -> None:
        self.arranging.nudge(tile.key, across, down)

    def may_grow(self, tile: Tile) -> bool:
        return self._view.free and self.canvas.alone is None

    def grow(self, tile: Tile, across: int, down: int) -> None:
        self.arranging.grow(tile.key, across, down)

    def show_options(self, tile: Tile) -> None:
        self.options_wanted.emit(tile.task)

    def show_log(self, tile: Tile) -> None:
        self.log_wanted.emit(tile.task)

    def may_remove(self, tile: Tile) -> bool:
        return self.memory.plan.layout is not WallLayout.AUTO

    def remove(self, tile: Tile) -> None:
        self.arranging.remove(tile.key, tile.source.name)

    # ---- Qt ----------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.windows.follow(self.window())
        self.arrange()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        self.filling.forget()
        super().hideEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _ARROWS.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape and self.canvas.alone is not None:
            alone = self.canvas.alone
            self.canvas.show_alone(None)
            if isinstance(alone, Tile):
                alone.controls.refresh()
        elif step is not None and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.canvas.focus_beside(*step)
        else:
            super().keyPressEvent(event)

    # ---- inside ------------------------------------------------------------------------------------------

    def _compose(self) -> None:
        self.bar = LayoutBar(self.desk.words)
        self.tools.addWidget(self.bar)
        self.canvas = WallCanvas()
        self._dragging = Dragging(self.canvas)
        words = self.desk.words
        self.empty = EmptyState(
            words, "monitor-play", _("No task is running."), _("Open tasks"), self.tasks_wanted.emit
        )
        self.free_empty = EmptyState(
            words,
            "squares-four",
            _("Drag cameras and tasks onto this layout."),
            _("Choose cameras and tasks"),
            self.open_list,
        )
        for state in (self.empty, self.free_empty):
            state.setParent(self.canvas)  # nothing here is ever a window of its own
            state.hide()
        self.body.addWidget(self.canvas)

    def _connect(self) -> None:
        self.bar.chosen.connect(self._choose)
        self.bar.free_chosen.connect(self._choose_free)
        self.bar.leafed.connect(self._leaf)
        self.bar.list_wanted.connect(self.open_list)
        self.canvas.dropped.connect(self.arranging.drop)
        self._dragging.moved.connect(lambda tile, spot: self.arranging.drop(tile.key, spot))
        self._dragging.reshaped.connect(lambda tile, area: self.arranging.reshape(tile.key, area))
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.sources.reset.connect(self._known)
        self.sources.gone.connect(lambda _key: self._known())
        self.sources.changed.connect(self._changed)
        self.memory.changed.connect(self.arrange)
        self.memory.opened.connect(self._known)
        self.memory.closed.connect(self._clear)

    def _known(self) -> None:
        self.arranging.forget_gone()
        self.arrange()

    def _changed(self, source: Source) -> None:
        tile = self.tiles.get(source.key)
        if tile is not None and tile.source.state is source.state:
            # Fresh figures, once a second for each task: nothing about the wall's shape changes.
            tile.show_source(source)
            return
        self.arrange()

    def _lay(self, view: View) -> None:
        """Nothing to show is a state of its own, and says how to end it."""
        widgets = self._tiles.laid(view)
        nothing = None if widgets else (self.free_empty if view.free else self.empty)
        if nothing is self.empty:
            operate = self.desk.may_operate()
            has_tasks = len(self.desk.stores.tasks) > 0
            self.empty.say(_("No task is running.") if has_tasks or not operate else _("There are no tasks yet."))
        for state in (self.empty, self.free_empty):
            if state is not nothing:
                state.hide()
        if nothing is not None:
            self.canvas.lay(1, 1, [(Area(0, 0), nothing)], free=False)
        else:
            self.canvas.lay(view.columns, view.rows, widgets, free=view.free)

    def _on_new(self, tile: Tile) -> None:
        tile.alone_wanted.connect(lambda: self.toggle_alone(tile))
        tile.focused.connect(partial(self._look_at, tile.key))
        self._dragging.watch(tile)

    def _look_at(self, key: StreamKey) -> None:
        self._current, self._target = key, None

    def _fill(self, cell: EmptyCell) -> None:
        """What is chosen next goes here."""
        self._target = cell.place
        if not isinstance(self.sheet, SideList):
            self.open_list()
        else:
            self.sheet.search.setFocus()

    def _put(self, key: StreamKey) -> None:
        target, self._target = self._target, None
        self.canvas.show_alone(None)
        if target is not None and target < len(self._view.slots) and self._view.slots[target].key is None:
            self.arranging.drop(key, Spot(target))
        else:
            self.arranging.put(key)
        self._current = key

    def _choose(self, layout: WallLayout) -> None:
        self.canvas.show_alone(None)
        self.filling.leaf_to_start()
        self.arranging.show(layout)
        self.arrange()

    def _choose_free(self, number: int) -> None:
        self.canvas.show_alone(None)
        self.arranging.show(WallLayout.FREE, number)

    def _leaf(self, step: int) -> None:
        self.filling.leaf(step)
        self.arrange()

    def _clear(self) -> None:
        """Somebody else's wall may be another one."""
        self._tiles.clear()
        self.canvas.show_alone(None)
        self.canvas.lay(1, 1, [])
        self._view, self._laid, self._current, self._target = View(), None, None, None
        self.filling.forget()

    def _tick(self) -> None:
        self._tiles.tick()
