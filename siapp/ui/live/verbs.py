"""What can be done with a tile: one list for its menu, its buttons and the commands of the page."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from siapp.core.domain import Role

if TYPE_CHECKING:
    from siapp.ui.live.tile import Tile


class Group(Enum):
    """What stands together in a menu."""

    VIEW = auto()
    SOURCE = auto()
    PLACE = auto()
    END = auto()


@dataclass(frozen=True)
class Verb:
    """`name` stands among the commands; `said` is what it would do right now, where that differs. `glyph_now` in
    the same way. Of `role` and more, where it is `ready`; `on_tile`: a button of its own."""

    id: str
    name: str
    run: Callable[["Tile"], object]
    glyph: str
    said: Callable[["Tile"], str] | None = None
    glyph_now: Callable[["Tile"], str] | None = None
    keys: str = ""
    role: Role = Role.VIEWER
    ready: Callable[["Tile"], bool] = lambda _tile: True
    on_tile: bool = False
    group: Group = Group.VIEW

    def says(self, tile: "Tile") -> str:
        return self.said(tile) if self.said is not None else self.name

    def shows(self, tile: "Tile") -> str:
        return self.glyph_now(tile) if self.glyph_now is not None else self.glyph
