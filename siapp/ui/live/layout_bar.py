"""The wall's part of the header: layouts, leafing where there are more tasks than tiles, and what else there is."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from siapp.core.i18n import _
from siapp.ui.icons import explain, icon
from siapp.ui.live.layout import WallLayout
from siapp.ui.live.plan import FreeLayout
from siapp.ui.widgets.buttons import icon_button
from siapp.ui.widgets.labels import restyle
from siapp.ui.words import Words

KEYS = {
    WallLayout.AUTO: "Alt+0",
    WallLayout.ONE: "Alt+1",
    WallLayout.FOUR: "Alt+4",
    WallLayout.NINE: "Alt+9",
    WallLayout.SIXTEEN: "Alt+6",
    WallLayout.FREE: "Alt+F",
}


class LayoutBar(QWidget):
    """`chosen` tells another layout, `free_chosen` the number of a free one, `leafed` -1 or +1."""

    chosen = Signal(object)
    free_chosen = Signal(int)
    leafed = Signal(int)
    list_wanted = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._pager = QWidget()
        self._range = QLabel()
        self._range.setProperty("look", "muted")
        row.addWidget(self._build_pager())
        row.addSpacing(16)
        self._shown_range = 0, 0, 0
        self._group = QButtonGroup(self)
        self.segments: dict[WallLayout, QToolButton] = {}
        for layout in WallLayout:
            row.addWidget(self._segment(layout))
        self.free_menu = QMenu(self)
        row.addSpacing(8)
        self.list_button = icon_button(words, _("Cameras and tasks"), "list-plus", self.list_wanted.emit)
        row.addWidget(self.list_button)
        self.more = icon_button(words, _("More for the wall"), "dots-three", lambda: None)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more_menu = QMenu(self.more)
        self.more.setMenu(self.more_menu)
        row.addWidget(self.more)

    def choose(self, layout: WallLayout) -> None:
        self.segments[layout].click()

    def show_layout(self, layout: WallLayout, free: tuple[FreeLayout, ...], chosen: int) -> None:
        """Which one is shown, and which free ones there are to choose from."""
        self.segments[layout].setChecked(True)
        self._fill_free(free, chosen if layout is WallLayout.FREE else -1)

    def show_range(self, first: int, last: int, total: int) -> None:
        """Which tasks are seen; hidden where it is all of them."""
        if (first, last, total) == self._shown_range:
            return
        self._shown_range = first, last, total
        self._pager.setVisible(last - first + 1 < total)
        self._words.bind(
            self._range, self._range.setText, _("{first} to {last} of {total}"), first=first, last=last, total=total
        )

    def add_entry(self, message: str, glyph: str, run: Callable[[], object], ready: Callable[[], bool]) -> QAction:
        """A line of the menu, shown where it makes sense."""
        entry = QAction(icon(glyph), "", self.more_menu)
        self._words.bind(entry, entry.setText, message)
        entry.triggered.connect(lambda _checked=False: run())
        self.more_menu.aboutToShow.connect(lambda: entry.setVisible(ready()))
        self.more_menu.addAction(entry)
        return entry

    def _fill_free(self, free: tuple[FreeLayout, ...], chosen: int) -> None:
        self.free_menu.clear()
        for number, each in enumerate(free):
            entry = self.free_menu.addAction(each.name.replace("&", "&&"))
            entry.setCheckable(True)
            entry.setChecked(number == chosen)
            entry.triggered.connect(lambda _checked=False, number=number: self.free_chosen.emit(number))
        # One alone needs no choice: a click shows it.
        several, mode = len(free) > 1, QToolButton.ToolButtonPopupMode
        segment = self.segments[WallLayout.FREE]
        segment.setPopupMode(mode.MenuButtonPopup if several else mode.DelayedPopup)
        segment.setMenu(self.free_menu if several else None)  # type: ignore[arg-type]  # Qt takes none
        restyle(segment)

    def _segment(self, layout: WallLayout) -> QToolButton:
        made, words = QToolButton(), self._words
        made.setProperty("look", "segment")
        made.setProperty("first", layout is WallLayout.AUTO)
        made.setCheckable(True)
        made.setChecked(layout is WallLayout.AUTO)
        if layout.tiles:
            made.setText(layout.value)
            words.bind(made, made.setToolTip, _("{count} tiles ({keys})"), count=layout.value, keys=KEYS[layout])
            words.bind(made, made.setAccessibleName, _("{count} tiles"), count=layout.value)
        else:
            auto = layout is WallLayout.AUTO
            words.bind(made, made.setText, _("Auto") if auto else _("Free"))
            explain(words, made, _("As many tiles as tasks run") if auto else _("Tiles of any size, laid out by you"))
        made.clicked.connect(lambda _checked=False: self.chosen.emit(layout))
        self._group.addButton(made)
        self.segments[layout] = made
        return made

    def _build_pager(self) -> QWidget:
        row = QHBoxLayout(self._pager)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(icon_button(self._words, _("Earlier tasks"), "caret-left", lambda: self.leafed.emit(-1)))
        row.addWidget(self._range)
        row.addWidget(icon_button(self._words, _("Later tasks"), "caret-right", lambda: self.leafed.emit(1)))
        self._pager.hide()
        return self._pager
