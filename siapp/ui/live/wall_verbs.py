"""What can be done with a tile of the wall, or of a window of its own."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from siapp.core.domain import Role, StreamKind
from siapp.core.i18n import _
from siapp.ui.actions import can_start, can_stop, start_task, stop_task
from siapp.ui.desk import Desk
from siapp.ui.live.snapshot import Snapshots
from siapp.ui.live.tile import Tile
from siapp.ui.live.verbs import Group, Verb
from siapp.ui.live.zoom import STEP


class Wall(Protocol):
    """What the verbs need of the page."""

    def is_alone(self, tile: Tile) -> bool: ...
    def may_be_alone(self, tile: Tile) -> bool: ...
    def toggle_alone(self, tile: Tile) -> None: ...
    def open_window(self, tile: Tile) -> None: ...
    def may_move(self, tile: Tile) -> bool: ...
    def nudge(self, tile: Tile, across: int, down: int) -> None: ...
    def may_grow(self, tile: Tile) -> bool: ...
    def grow(self, tile: Tile, across: int, down: int) -> None: ...
    def show_log(self, tile: Tile) -> None: ...
    def show_options(self, tile: Tile) -> None: ...
    def may_remove(self, tile: Tile) -> bool: ...
    def remove(self, tile: Tile) -> None: ...


def wall_verbs(desk: Desk, wall: Wall, snapshots: Snapshots) -> list[Verb]:
    """Of a tile on the wall."""
    alone = Verb(
        "alone",
        _("One tile alone, or all"),
        wall.toggle_alone,
        "corners-out",
        lambda tile: _("Show all tiles") if wall.is_alone(tile) else _("Show this tile alone"),
        lambda tile: "corners-in" if wall.is_alone(tile) else "corners-out",
        keys="Ctrl+Return",
        ready=wall.may_be_alone,
    )
    window = Verb(
        "window",
        _("Open in a window of its own"),
        wall.open_window,
        "app-window",
        keys="Ctrl+Shift+W",
        on_tile=True,
    )
    return [alone, *view_verbs(snapshots), window, *source_verbs(desk), *_page_verbs(wall), *_place_verbs(wall)]


def window_verbs(desk: Desk, snapshots: Snapshots) -> list[Verb]:
    """Of a tile in a window of its own, which fills the screen instead of the wall."""
    full = Verb(
        "full", _("Full screen"), lambda tile: tile.alone_wanted.emit(), "corners-out", keys="F11", on_tile=True
    )
    close = Verb(
        "close", _("Close this window"), lambda tile: tile.window().close(), "x", keys="Ctrl+W", group=Group.END
    )
    return [full, *view_verbs(snapshots), *source_verbs(desk), close]


def view_verbs(snapshots: Snapshots) -> list[Verb]:
    """How pictures are looked at. For everybody."""
    return [
        Verb(
            "snapshot",
            _("Save a snapshot"),
            snapshots.take,
            "camera",
            keys="Ctrl+S",
            ready=lambda tile: tile.is_live,
            on_tile=True,
        ),
        Verb(
            "boxes",
            _("Show or hide boxes"),
            _switch_boxes,
            "bounding-box",
            lambda tile: _("Hide boxes") if tile.view.overlay.boxes else _("Show boxes"),
            lambda tile: "bounding-box" if tile.view.overlay.boxes else "selection-slash",
            keys="Ctrl+Shift+B",
            ready=_is_task,
            on_tile=True,
        ),
        Verb(
            "labels",
            _("Show or hide labels"),
            _switch_labels,
            "tag",
            lambda tile: _("Hide labels") if tile.view.overlay.labels else _("Show labels"),
            keys="Ctrl+Shift+L",
            ready=lambda tile: _is_task(tile) and tile.view.overlay.boxes,
        ),
        _zoom("zoom-in", _("Zoom in"), "magnifying-glass-plus", "Ctrl++", STEP, lambda tile: tile.is_live),
        _zoom(
            "zoom-out", _("Zoom out"), "magnifying-glass-minus", "Ctrl+-", 1 / STEP, lambda tile: tile.view.zoom.active
        ),
        Verb(
            "zoom-reset",
            _("Show the whole picture"),
            Tile.reset_zoom,
            "frame-corners",
            keys="Ctrl+0",
            ready=lambda tile: tile.view.zoom.active,
            on_tile=True,
        ),
    ]


def source_verbs(desk: Desk) -> list[Verb]:
    """What is done to the task or the camera itself."""

    def run(tile: Tile) -> None:
        if tile.task is not None:
            (stop_task if can_stop(tile.task) else start_task)(desk, tile, tile.task)

    def try_now(tile: Tile) -> None:
        work = desk.services.devices.try_now(desk.actor, tile.source.camera_id)
        desk.operations.run(tile, f"try-{tile.source.camera_id}", work)

    return [
        Verb(
            "try-now",
            _("Try to connect now"),
            try_now,
            "arrows-clockwise",
            keys="Ctrl+R",
            role=Role.OPERATOR,
            ready=lambda tile: tile.source.waits_for_camera,
            on_tile=True,
            group=Group.SOURCE,
        ),
        Verb(
            "start",
            _("Start task"),
            run,
            "play",
            keys="F5",
            role=Role.OPERATOR,
            ready=lambda tile: tile.task is not None and can_start(tile.task) and not can_stop(tile.task),
            on_tile=True,
            group=Group.SOURCE,
        ),
        Verb(
            "stop",
            _("Stop task"),
            run,
            "stop",
            keys="Shift+F5",
            role=Role.OPERATOR,
            ready=lambda tile: tile.task is not None and can_stop(tile.task),
            on_tile=True,
            group=Group.SOURCE,
        ),
    ]


def _page_verbs(wall: Wall) -> list[Verb]:
    """What other pages have to say of its task."""
    return [
        Verb(
            "options",
            _("Adjust the task"),
            wall.show_options,
            "sliders-horizontal",
            keys="Ctrl+E",
            role=Role.OPERATOR,
            ready=_is_task,
            group=Group.SOURCE,
        ),
        Verb(
            "log",
            _("Show the task's log"),
            wall.show_log,
            "article",
            keys="Ctrl+G",
            ready=_is_task,
            group=Group.SOURCE,
        ),
    ]


def _place_verbs(wall: Wall) -> list[Verb]:
    """Where a tile stands. In a free layout it also grows and shrinks."""
    moves = [
        ("left", _("Move tile left"), "arrow-left", "Ctrl+Left", (-1, 0)),
        ("right", _("Move tile right"), "arrow-right", "Ctrl+Right", (1, 0)),
        ("up", _("Move tile up"), "arrow-up", "Ctrl+Up", (0, -1)),
        ("down", _("Move tile down"), "arrow-down", "Ctrl+Down", (0, 1)),
    ]
    sizes = [
        ("narrower", _("Make tile narrower"), "arrows-in-line-horizontal", "Ctrl+Shift+Left", (-1, 0)),
        ("wider", _("Make tile wider"), "arrows-out-line-horizontal", "Ctrl+Shift+Right", (1, 0)),
        ("lower", _("Make tile lower"), "arrows-in-line-vertical", "Ctrl+Shift+Up", (0, -1)),
        ("higher", _("Make tile higher"), "arrows-out-line-vertical", "Ctrl+Shift+Down", (0, 1)),
    ]
    return [
        *(
            Verb(name, said, _steps(wall.nudge, by), glyph, keys=keys, ready=wall.may_move, group=Group.PLACE)
            for name, said, glyph, keys, by in moves
        ),
        *(
            Verb(name, said, _steps(wall.grow, by), glyph, keys=keys, ready=wall.may_grow, group=Group.PLACE)
            for name, said, glyph, keys, by in sizes
        ),
        Verb(
            "remove",
            _("Take off the wall"),
            wall.remove,
            "x",
            keys="Del",
            ready=wall.may_remove,
            group=Group.END,
        ),
    ]


def _zoom(name: str, said: str, glyph: str, keys: str, factor: float, ready: Callable[[Tile], bool]) -> Verb:
    return Verb(name, said, lambda tile: tile.zoom_by(factor), glyph, keys=keys, ready=ready)


def _steps(step: Callable[[Tile, int, int], None], by: tuple[int, int]) -> Callable[[Tile], None]:
    return lambda tile: step(tile, *by)


def _is_task(tile: Tile) -> bool:
    return tile.key.kind is StreamKind.TASK


def _switch_boxes(tile: Tile) -> None:
    overlay = tile.view.overlay
    tile.set_overlay(replace(overlay, boxes=not overlay.boxes))


def _switch_labels(tile: Tile) -> None:
    overlay = tile.view.overlay
    tile.set_overlay(replace(overlay, labels=not overlay.labels))
