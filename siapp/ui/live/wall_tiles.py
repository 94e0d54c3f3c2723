"""The widgets on the wall: a tile for each source that is seen, and a cell for each place that is empty."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from siapp.core.domain import StreamKey
from siapp.ui.desk import Desk
from siapp.ui.live.empty_cell import EmptyCell
from siapp.ui.live.filling import View
from siapp.ui.live.layout import Area
from siapp.ui.live.source import Source, Sources
from siapp.ui.live.tile import Tile
from siapp.ui.live.tile_menu import show_menu
from siapp.ui.live.verbs import Verb
from siapp.ui.live.wall_memory import WallMemory


class WallTiles:
    """Kept as long as they are seen, wherever they move. `on_new` hears of each new tile, `on_fill` of an empty cell
    that somebody clicked."""

    def __init__(
        self,
        desk: Desk,
        sources: Sources,
        memory: WallMemory,
        verbs: Sequence[Verb],
        on_new: Callable[[Tile], object],
        on_fill: Callable[[EmptyCell], object],
    ) -> None:
        self._desk, self._sources, self._memory, self._verbs = desk, sources, memory, verbs
        self._on_new, self._on_fill = on_new, on_fill
        self._cells: list[EmptyCell] = []
        self.by_key: dict[StreamKey, Tile] = {}

    def update(self, view: View) -> None:
        """Tiles for what is seen and exists, none for anything else."""
        wanted = [slot.key for slot in view.slots if slot.key is not None]
        for key in self.by_key.keys() - set(wanted):
            self._take_down(key)
        for key in wanted:
            source = self._sources.get(key)
            if source is None:
                continue
            if key in self.by_key:
                self.by_key[key].show_source(source)
            else:
                self.by_key[key] = made_tile(self._desk, self._memory, source, self._verbs)
                self._on_new(self.by_key[key])

    def laid(self, view: View) -> list[tuple[Area, QWidget]]:
        """The widget of each slot, place by place."""
        empty = [place for place, slot in enumerate(view.slots) if slot.key is None or slot.key not in self.by_key]
        cells = dict(zip(empty, self._enough_cells(len(empty)), strict=True))
        for place, cell in cells.items():
            cell.place = place
        return [
            (slot.area, cells[place] if place in cells or slot.key is None else self.by_key[slot.key])
            for place, slot in enumerate(view.slots)
        ]

    def clear(self) -> None:
        for key in list(self.by_key):
            self._take_down(key)

    def tick(self) -> None:
        for tile in self.by_key.values():
            tile.tick()

    def _take_down(self, key: StreamKey) -> None:
        tile = self.by_key.pop(key)
        tile.hide()
        tile.deleteLater()

    def _enough_cells(self, needed: int) -> list[EmptyCell]:
        """Kept from one layout to the next."""
        while len(self._cells) < needed:
            cell = EmptyCell(self._desk.words)
            cell.clicked.connect(lambda _checked=False, cell=cell: self._on_fill(cell))
            self._cells.append(cell)
        for cell in self._cells[needed:]:
            cell.hide()
        return self._cells[:needed]


def made_tile(desk: Desk, memory: WallMemory, source: Source, verbs: Sequence[Verb]) -> Tile:
    """A tile with its buttons and its menu, and what is painted over its pictures as the person left it."""
    tile = Tile(desk, source, [verb for verb in verbs if verb.on_tile], memory.overlay(source.key))
    tile.overlay_changed.connect(lambda: memory.set_overlay(tile.key, tile.view.overlay))
    tile.menu_wanted.connect(lambda at: show_menu(desk, tile, verbs, at))
    return tile
