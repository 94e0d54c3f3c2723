"""What a person has put where on the wall: frozen values, changed by making new ones, and their JSON."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from siapp.core.domain import StreamKey
from siapp.ui.live.layout import FIXED, Area, WallLayout, any_free_area, cells, widened
from siapp.ui.live.source import key_text, parse_key

Cells = tuple[StreamKey | None, ...]
Test = Callable[[StreamKey], bool]
MOST_FREE = 12
MOST_PLACED = 24
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a wall, and what is on it."""

    area: Area
    key: StreamKey | None = None


@dataclass(frozen=True, slots=True)
class FreeLayout:
    """A layout of one's own: a name, and tiles that do not overlap."""

    name: str
    tiles: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Which layout is shown, and what is placed in each. A layout without `cells` of its own fills itself."""

    layout: WallLayout = WallLayout.AUTO
    cells: Mapping[WallLayout, Cells] = field(default_factory=dict)
    free: tuple[FreeLayout, ...] = ()
    chosen: int = 0

    @property
    def free_layout(self) -> FreeLayout | None:
        """The free layout that is shown, or would be."""
        return self.free[self.chosen] if self.chosen < len(self.free) else None

    @property
    def is_arranged(self) -> bool:
        """Whether a person has placed what is shown."""
        return self.layout is WallLayout.FREE or self.layout in self.cells

    def slots(self) -> tuple[Slot, ...]:
        """Of the layout that is shown, where it is arranged."""
        if self.layout is WallLayout.FREE:
            return self.free_layout.tiles if self.free_layout else ()
        keys = self.cells.get(self.layout, ())
        return tuple(Slot(area, key) for area, key in zip(cells(self.layout.side, len(keys)), keys, strict=True))

    # ---- which layout ------------------------------------------------------------------------------------

    def showing(self, layout: WallLayout, chosen: int | None = None) -> "Plan":
        return replace(self, layout=layout, chosen=self.chosen if chosen is None else chosen)

    def arranged(self, layout: WallLayout, keys: Cells) -> "Plan":
        """A fixed layout, shown with these on it."""
        filled = (keys + (None,) * layout.tiles)[: layout.tiles]
        return replace(self, layout=layout, cells={**self.cells, layout: filled})

    def filling_itself(self) -> "Plan":
        """The fixed layout that is shown, as if nobody had placed anything."""
        return replace(self, cells={layout: keys for layout, keys in self.cells.items() if layout is not self.layout})

    def with_free(self, name: str, slots: tuple[Slot, ...], columns: int, rows: int) -> "Plan":
        """One free layout more, shown, with what stands on a grid of so many columns and rows."""
        tiles = tuple(Slot(widened(slot.area, columns, rows), slot.key) for slot in slots if slot.key is not None)
        layouts = (*self.free, FreeLayout(name[:LONGEST_NAME], tiles))
        return replace(self, layout=WallLayout.FREE, free=layouts, chosen=len(layouts) - 1)

    def renamed(self, name: str) -> "Plan":
        return self._with_layout(replace(self.free[self.chosen], name=name[:LONGEST_NAME]))

    def without_free(self) -> "Plan":
        """Without the free layout that is shown; the next one, or Auto, in its place."""
        left = tuple(each for place, each in enumerate(self.free) if place != self.chosen)
        layout = WallLayout.FREE if left else WallLayout.AUTO
        return replace(self, layout=layout, free=left, chosen=max(0, min(self.chosen, len(left) - 1)))

    # ---- what is on it -----------------------------------------------------------------------------------

    def find(self, key: StreamKey) -> int | None:
        """The slot where it is."""
        return next((place for place, slot in enumerate(self.slots()) if slot.key == key), None)

    def placed(self, key: StreamKey, place: int) -> "Plan":
        """`key` on a slot. Where it was on another, the two change places; else it takes the place of what is there."""
        slots = list(self.slots())
        before = self.find(key)
        if before is not None:
            slots[before] = replace(slots[before], key=slots[place].key)
        slots[place] = replace(slots[place], key=key)
        return self._with_slots(tuple(slots))

    def added(self, key: StreamKey, area: Area) -> "Plan":
        """A tile more in the free layout; a tile that is there already moves."""
        left = tuple(slot for slot in self.slots() if slot.key != key)
        return self._with_slots((*left, Slot(area, key)))

    def put(self, key: StreamKey) -> "Plan | None":
        """Wherever there is room; None where there is none."""
        slots = self.slots()
        if self.layout is WallLayout.FREE:
            area = any_free_area([slot.area for slot in slots])
            return None if area is None else self.added(key, area)
        empty = next((place for place, slot in enumerate(slots) if slot.key is None), None)
        return None if empty is None else self.placed(key, empty)

    def reshaped(self, place: int, area: Area) -> "Plan | None":
        """A tile of the free layout moved or resized; None where it would leave the grid or lie on another."""
        slots = list(self.slots())
        others = [slot.area for number, slot in enumerate(slots) if number != place]
        if not area.fits or any(area.overlaps(other) for other in others):
            return None
        slots[place] = replace(slots[place], area=area)
        return self._with_slots(tuple(slots))

    def removed(self, key: StreamKey) -> "Plan":
        """Off the layout that is shown: a fixed one keeps an empty cell."""
        return self._with_slots(_without(self.slots(), lambda other: other == key, self.layout))

    def known(self, exists: Test) -> "Plan":
        """Without what does not exist any more, in all layouts."""
        fixed = {
            layout: tuple(key if key is not None and exists(key) else None for key in keys)
            for layout, keys in self.cells.items()
        }
        free = tuple(
            replace(each, tiles=_without(each.tiles, lambda key: not exists(key), WallLayout.FREE))
            for each in self.free
        )
        return replace(self, cells=fixed, free=free)

    def _with_slots(self, slots: tuple[Slot, ...]) -> "Plan":
        if self.layout is WallLayout.FREE:
            return self._with_layout(replace(self.free[self.chosen], tiles=slots))
        return replace(self, cells={**self.cells, self.layout: tuple(slot.key for slot in slots)})

    def _with_layout(self, layout: FreeLayout) -> "Plan":
        layouts = list(self.free)
        layouts[self.chosen] = layout
        return replace(self, free=tuple(layouts))


def to_json(plan: Plan) -> dict[str, Any]:
    return {
        "layout": plan.layout.value,
        "chosen": plan.chosen,
        "cells": {layout.value: [_text(key) for key in keys] for layout, keys in plan.cells.items()},
        "free": [{"name": each.name, "tiles": [_slot_json(slot) for slot in each.tiles]} for each in plan.free],
    }


def from_json(stored: object) -> Plan:
    """What can be read of a document that an older or a newer siapp may have written."""
    found = stored if isinstance(stored, dict) else {}
    fixed = _dict(found.get("cells"))
    given = {layout: tuple(map(parse_key, _list(fixed.get(layout.value)))) for layout in FIXED if layout in fixed}
    arranged = {layout: (_once(keys) + (None,) * layout.tiles)[: layout.tiles] for layout, keys in given.items()}
    free = tuple(map(_free_from_json, _list(found.get("free"))[:MOST_FREE]))
    chosen = found.get("chosen")
    chosen = chosen if isinstance(chosen, int) and 0 <= chosen < len(free) else 0
    layout = found.get("layout")
    shown = WallLayout(layout) if layout in list(WallLayout) else WallLayout.AUTO
    if shown is WallLayout.FREE and not free:
        shown = WallLayout.AUTO
    return Plan(shown, arranged, free, chosen)


def _without(slots: tuple[Slot, ...], gone: Test, layout: WallLayout) -> tuple[Slot, ...]:
    if layout is WallLayout.FREE:
        return tuple(slot for slot in slots if slot.key is not None and not gone(slot.key))
    return tuple(replace(slot, key=None) if slot.key is not None and gone(slot.key) else slot for slot in slots)


def _text(key: StreamKey | None) -> str | None:
    return None if key is None else key_text(key)


def _slot_json(slot: Slot) -> list[Any]:
    area = slot.area
    return [_text(slot.key), area.x, area.y, area.width, area.height]


def _free_from_json(stored: object) -> FreeLayout:
    found = _dict(stored)
    name = found.get("name")
    tiles: list[Slot] = []
    for slot in _slots_from_json(_list(found.get("tiles"))[:MOST_PLACED]):
        if not any(slot.area.overlaps(other.area) or slot.key == other.key for other in tiles):
            tiles.append(slot)
    return FreeLayout(name[:LONGEST_NAME] if isinstance(name, str) and name.strip() else "–", tuple(tiles))


def _slots_from_json(stored: list[object]) -> Iterator[Slot]:
    for each in stored:
        match each:
            case [str() as text, int() as x, int() as y, int() as width, int() as height]:
                key, area = parse_key(text), Area(x, y, width, height)
                if key is not None and area.fits:
                    yield Slot(area, key)


def _once(keys: Cells) -> Cells:
    """Each stream at its first place only."""
    return tuple(key if key is not None and key not in keys[:place] else None for place, key in enumerate(keys))


def _dict(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _list(found: object) -> list[Any]:
    return found if isinstance(found, list) else []
