"""The wall's actions as commands of the desk, and the less usual ones in its menu."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from siapp.core.i18n import _
from siapp.ui.live.ask_name import AskName
from siapp.ui.live.layout import WallLayout
from siapp.ui.live.layout_bar import KEYS
from siapp.ui.live.snapshot import default_folder
from siapp.ui.live.verbs import Verb
from siapp.ui.widgets.confirm import Confirm

if TYPE_CHECKING:
    from siapp.ui.live.wall import WallPage

_LAYOUTS = {
    WallLayout.AUTO: _("Layout: as many tiles as tasks run"),
    WallLayout.ONE: _("Layout: 1 tile"),
    WallLayout.FOUR: _("Layout: 4 tiles"),
    WallLayout.NINE: _("Layout: 9 tiles"),
    WallLayout.SIXTEEN: _("Layout: 16 tiles"),
    WallLayout.FREE: _("Layout: free"),
}


def add_wall_commands(page: "WallPage") -> None:
    page.add_command(_("Put a camera or task on the wall"), page.open_list, keys="Ctrl+N", glyph="plus")
    page.add_command(_("Search cameras and tasks"), page.search_list, keys="Ctrl+F", glyph="magnifying-glass")
    for layout, message in _LAYOUTS.items():
        page.add_command(message, _chooser(page, layout), keys=KEYS[layout], glyph="squares-four")
    _add_entries(page)
    for verb in page.verbs:
        page.add_command(
            verb.name, _doer(page, verb), keys=verb.keys, glyph=verb.glyph, role=verb.role, ready=_ready(page, verb)
        )


def _add_entries(page: "WallPage") -> None:
    """In the menu too."""
    memory, arranging = page.memory, page.arranging

    def free() -> bool:
        return memory.plan.layout is WallLayout.FREE and memory.plan.free_layout is not None

    def arranged() -> bool:
        return memory.plan.layout in memory.plan.cells

    def undoable() -> bool:
        return memory.can_undo

    _entry(page, _("Undo the last change of the wall"), "arrow-counter-clockwise", arranging.undo, undoable, "Ctrl+Z")
    _entry(page, _("New free layout"), "plus", lambda: _ask_new(page), arranging.may_add_free, "Ctrl+D")
    _entry(page, _("Rename this layout"), "pencil-simple", lambda: _ask_rename(page), free, "F2")
    _entry(page, _("Remove this layout"), "trash", lambda: _ask_delete(page), free, "Ctrl+Shift+Del")
    _entry(page, _("Let this layout fill itself"), "magic-wand", arranging.fill_itself, arranged, "Ctrl+Shift+F")
    _entry(page, _("Folder for snapshots"), "folder", lambda: _choose_folder(page), lambda: True, "Ctrl+Shift+S")
    page.bar.add_entry(_("Full screen"), "corners-out", page.full_screen_wanted.emit, lambda: True)


def _entry(
    page: "WallPage", message: str, glyph: str, run: Callable[[], object], ready: Callable[[], bool], keys: str
) -> None:
    page.add_command(message, run, keys=keys, glyph=glyph, ready=ready)
    page.bar.add_entry(message, glyph, run, ready)


def _ask_new(page: "WallPage") -> None:
    words = page.desk.words
    name = words(_("Layout {number}"), number=len(page.memory.plan.free) + 1)
    AskName(words, page.window(), _("New free layout"), _("Create layout"), name, page.arranging.add_free).open()


def _ask_rename(page: "WallPage") -> None:
    layout = page.memory.plan.free_layout
    if layout is not None:
        ask = AskName(
            page.desk.words,
            page.window(),
            _("Rename this layout"),
            _("Rename layout"),
            layout.name,
            page.arranging.rename_free,
        )
        ask.open()


def _ask_delete(page: "WallPage") -> None:
    layout, words = page.memory.plan.free_layout, page.desk.words
    if layout is not None:
        title = words(_("Remove the layout “{name}”?"), name=layout.name)
        text = words(_("The places of its {count} tiles are lost. Cameras and tasks stay."), count=len(layout.tiles))
        Confirm(words, page.window(), title, text, _("Remove layout"), page.arranging.delete_free).open()


def _choose_folder(page: "WallPage") -> None:
    memory, words = page.memory, page.desk.words
    dialog = QFileDialog(page.window(), words(_("Choose a folder for snapshots")), memory.folder or default_folder())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(lambda name: memory.set_folder(Path(name)))
    dialog.open()


def _chooser(page: "WallPage", layout: WallLayout) -> Callable[[], None]:
    return lambda: page.bar.choose(layout)


def _doer(page: "WallPage", verb: Verb) -> Callable[[], None]:
    def do() -> None:
        tile = page.tile()
        if tile is not None:
            verb.run(tile)

    return do


def _ready(page: "WallPage", verb: Verb) -> Callable[[], bool]:
    def ready() -> bool:
        tile = page.tile()
        return tile is not None and verb.ready(tile)

    return ready
