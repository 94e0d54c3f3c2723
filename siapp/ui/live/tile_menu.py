"""A tile's menu: all that can be done with it now, by those who may."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.icons import icon
from siapp.ui.live.tile import Tile
from siapp.ui.live.verbs import Group, Verb


def show_menu(desk: Desk, tile: Tile, verbs: Sequence[Verb], at: QPoint) -> QMenu:
    """At a place of the screen. Verbs of one group stand together."""
    menu = QMenu(tile)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    group: Group | None = None
    into = menu
    for verb in verbs:
        if not (desk.session.may(verb.role) and verb.ready(tile)):
            continue
        if verb.group is not group:
            if group is not None:
                menu.addSeparator()
            group = verb.group
            into = menu.addMenu(desk.words(_("Move and resize"))) if group is Group.PLACE else menu
        entry = into.addAction(icon(verb.shows(tile)), desk.words(verb.says(tile)))
        entry.setShortcut(QKeySequence(verb.keys))
        # It says the keys; the page listens to them.
        entry.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        entry.setShortcutVisibleInContextMenu(True)
        entry.triggered.connect(lambda _checked=False, verb=verb: verb.run(tile))
    menu.popup(at)
    return menu
