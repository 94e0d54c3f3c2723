"""Placing, moving and removing: what a person does to the wall, and what is said about it."""

from dataclasses import replace

from siapp.core.domain import StreamKey
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.live.canvas import Spot
from siapp.ui.live.filling import Filling
from siapp.ui.live.layout import FIXED, Area, WallLayout, free_area
from siapp.ui.live.plan import MOST_FREE, Plan
from siapp.ui.live.source import Sources
from siapp.ui.live.wall_memory import WallMemory
from siapp.ui.notices import Offer

NO_ROOM = _("There is no room on this layout. Drop it on a tile to take its place, or choose a larger layout.")


class Arranging:
    """A layout that fills itself becomes the person's own with the first thing that is placed there."""

    def __init__(self, desk: Desk, memory: WallMemory, filling: Filling, sources: Sources) -> None:
        self._desk, self._memory, self._filling, self._sources = desk, memory, filling, sources

    # ---- layouts -----------------------------------------------------------------------------------------

    def show(self, layout: WallLayout, number: int | None = None) -> None:
        """The first free layout begins as what is seen now."""
        plan = self._memory.plan
        if layout is WallLayout.FREE and not plan.free:
            self.add_free(self._desk.words(_("Layout {number}"), number=1))
        else:
            self._memory.show_known(plan.showing(layout, number))

    def add_free(self, name: str) -> None:
        view = self._filling.view()
        self._memory.change(self._memory.plan.with_free(name, view.slots, view.columns, view.rows))

    def may_add_free(self) -> bool:
        return len(self._memory.plan.free) < MOST_FREE

    def rename_free(self, name: str) -> None:
        self._memory.change(self._memory.plan.renamed(name))

    def delete_free(self) -> None:
        layout = self._memory.plan.free_layout
        if layout is not None:
            self._memory.change(self._memory.plan.without_free())
            self._undoable(_("The layout “{name}” is removed."), layout.name)

    def fill_itself(self) -> None:
        self._memory.change(self._memory.plan.filling_itself())
        self._desk.offer(Offer(_("Undo"), self.undo), _("The layout shows the tasks by itself again."))

    def undo(self) -> None:
        self._memory.undo()
        self.forget_gone()

    # ---- tiles -------------------------------------------------------------------------------------------

    def drop(self, key: StreamKey, spot: Spot) -> None:
        """On a tile: in its place, or the two change places. On the free grid: a tile more there."""
        if self._sources.get(key) is None:
            return
        plan = self._memory.plan
        if plan.layout is WallLayout.AUTO:
            plan, spot = self._out_of_auto(key, spot)
        else:
            plan = self._own(plan)
        new: Plan | None
        if spot.place is not None and spot.place < len(plan.slots()):
            new = plan.placed(key, spot.place)
        elif plan.layout is WallLayout.FREE:
            area = free_area(spot.x, spot.y, [slot.area for slot in plan.slots() if slot.key != key])
            new = plan.added(key, area) if area is not None else None
        else:
            new = plan.put(key)
        self._take(new)

    def put(self, key: StreamKey) -> None:
        """Wherever there is room."""
        source, plan = self._sources.get(key), self._memory.plan
        if source is None:
            return
        if plan.layout is WallLayout.AUTO:
            self.drop(key, Spot(None))
            return
        plan = self._own(plan)
        if plan.find(key) is not None:
            self._desk.done(_("“{name}” is on the wall already."), name=source.name)
        else:
            self._take(plan.put(key))

    def nudge(self, key: StreamKey, across: int, down: int) -> None:
        """One place, or one line of the free grid, further."""
        plan = self._memory.plan
        if plan.layout is WallLayout.AUTO:
            plan, _spot = self._out_of_auto(key, Spot(None))
        plan = self._own(plan)
        place = plan.find(key)
        if place is None:
            return
        area = plan.slots()[place].area
        if plan.layout is WallLayout.FREE:
            self._reshaped(plan, place, replace(area, x=area.x + across, y=area.y + down))
            return
        x, y, side = area.x + across, area.y + down, plan.layout.side
        if 0 <= x < side and 0 <= y < side:
            self._memory.change(plan.placed(key, y * side + x))

    def grow(self, key: StreamKey, across: int, down: int) -> None:
        plan = self._memory.plan
        place = plan.find(key)
        if place is not None and plan.layout is WallLayout.FREE:
            area = plan.slots()[place].area
            self._reshaped(plan, place, replace(area, width=area.width + across, height=area.height + down))

    def reshape(self, key: StreamKey, area: Area) -> None:
        place = self._memory.plan.find(key)
        if place is not None:
            self._reshaped(self._memory.plan, place, area)

    def remove(self, key: StreamKey, name: str) -> None:
        self._memory.change(self._own(self._memory.plan).removed(key))
        self._undoable(_("“{name}” is off the wall."), name)

    def forget_gone(self) -> None:
        """What was deleted leaves all layouts. Nothing is forgotten before everything is known."""
        if self._memory.ready and self._sources.complete:
            self._memory.show_known(self._memory.plan.known(lambda key: self._sources.get(key) is not None))

    # ---- inside ------------------------------------------------------------------------------------------

    def _own(self, plan: Plan) -> Plan:
        """The layout that is shown, with what is seen on it as if a person had placed it."""
        if plan.is_arranged:
            return plan
        return plan.arranged(plan.layout, tuple(slot.key for slot in self._filling.view().slots))

    def _out_of_auto(self, key: StreamKey, spot: Spot) -> tuple[Plan, Spot]:
        """A layout for what Auto shows, and for `key`: one that nobody has arranged, so that nothing is lost."""
        plan = self._memory.plan
        keys = tuple(slot.key for slot in self._filling.view().slots)
        needed = len(keys) if key in keys else len(keys) + 1
        large = [layout for layout in FIXED if layout.tiles >= needed] or [FIXED[-1]]
        fresh = next((layout for layout in large if layout not in plan.cells), None)
        if fresh is None:
            return plan.showing(large[0]), Spot(None)
        return plan.arranged(fresh, keys), spot if key in keys else Spot(None)

    def _take(self, plan: Plan | None) -> None:
        if plan is None:
            self._desk.warn(NO_ROOM)
            return
        left_auto = self._memory.plan.layout is WallLayout.AUTO
        self._memory.change(plan)
        if left_auto:
            self._desk.offer(
                Offer(_("Undo"), self.undo),
                _("The wall is now as you place it. Auto brings back whatever runs."),
            )

    def _reshaped(self, plan: Plan, place: int, area: Area) -> None:
        new = plan.reshaped(place, area)
        if new is not None:
            self._memory.change(new)

    def _undoable(self, message: str, name: str) -> None:
        self._desk.offer(Offer(_("Undo"), self.undo), message, name=name)
