"""Tiles in windows of their own: opened, remembered, gone with the main window and back with the person."""

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from siapp.core.domain import StreamKey
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.live.source import Source, Sources
from siapp.ui.live.tile_window import TileWindow
from siapp.ui.live.verbs import Verb
from siapp.ui.live.wall_memory import MOST_WINDOWS, WallMemory
from siapp.ui.live.wall_tiles import made_tile

TICK_MS = 1000


class OwnWindows(QObject):
    """`page` is the wall, with whose main window they come and go; `verbs`: what can be done in one."""

    def __init__(
        self,
        desk: Desk,
        page: QWidget,
        sources: Sources,
        memory: WallMemory,
        verbs: list[Verb],
    ) -> None:
        super().__init__(page)
        self._desk, self._page, self._sources, self._memory = desk, page, sources, memory
        self._verbs = verbs
        self._main: QWidget | None = None
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._hidden: set[StreamKey] = set()
        self.open_ones: dict[StreamKey, TileWindow] = {}
        sources.changed.connect(self._show_source)
        sources.gone.connect(self._gone)
        sources.reset.connect(self.restore)
        memory.opened.connect(self.restore)
        memory.closed.connect(self.close_all)

    def open(self, source: Source) -> None:
        """A window for it; where there is one it comes to the front."""
        window = self.open_ones.get(source.key)
        if window is not None:
            window.raise_()
            window.activateWindow()
        elif len(self.open_ones) >= MOST_WINDOWS:
            self._desk.warn(_("{count} windows are open already. Close one of them first."), count=MOST_WINDOWS)
        else:
            window = self._make(source, [])
            self._memory.set_window(source.key, window.described())

    def restore(self) -> None:
        """Those that the person had, of what still exists."""
        for key, geometry in list(self._memory.windows.items()):
            source = self._sources.get(key)
            if source is not None and key not in self.open_ones:
                self._make(source, geometry)

    def close_all(self) -> None:
        """They stay remembered."""
        for key in list(self.open_ones):
            self._take_down(key)

    def _tick(self) -> None:
        for window in self.open_ones.values():
            window.tile.tick()

    def follow(self, main: QWidget) -> None:
        """Hidden while the main window is, as in the tray, and back with it."""
        if self._main is not main:
            self._main = main
            main.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._main and event.type() == QEvent.Type.Hide:
            self._hidden = {key for key, window in self.open_ones.items() if window.isVisible()}
            for key in self._hidden:
                self.open_ones[key].hide()
        elif watched is self._main and event.type() == QEvent.Type.Show:
            # Those alone: what a locked desk hides it shows itself.
            for key in self._hidden & self.open_ones.keys():
                self.open_ones[key].appear()
            self._hidden = set()
        return False

    def _make(self, source: Source, geometry: list[int]) -> TileWindow:
        window = TileWindow(
            self._desk, self._page, made_tile(self._desk, self._memory, source, self._verbs), self._verbs, geometry
        )
        self.open_ones[source.key] = window
        window.settled.connect(self._settled)
        window.left.connect(self._left)
        window.appear()
        self._timer.start()
        return window

    def _settled(self, window: TileWindow) -> None:
        if window.isVisible() and window.key in self.open_ones:
            self._memory.set_window(window.key, window.described())

    def _left(self, window: TileWindow) -> None:
        self._memory.set_window(window.key, None)
        self._take_down(window.key)

    def _gone(self, key: StreamKey) -> None:
        if key in self.open_ones:
            self._memory.set_window(key, None)
            self._take_down(key)

    def _show_source(self, source: Source) -> None:
        window = self.open_ones.get(source.key)
        if window is not None:
            window.show_source(source)

    def _take_down(self, key: StreamKey) -> None:
        window = self.open_ones.pop(key, None)
        if window is not None:
            window.hide()
            window.deleteLater()
        if not self.open_ones:
            self._timer.stop()
