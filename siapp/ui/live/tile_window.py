"""A tile in a window of its own, for a second monitor."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QKeySequence, QMoveEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from siapp.core.domain import StreamKey
from siapp.ui.desk import Desk
from siapp.ui.live.source import Source
from siapp.ui.live.tile import Tile
from siapp.ui.live.verbs import Verb

USUAL = (960, 540)
SMALLEST = (320, 208)
SETTLE_MS = 400
NORMAL, MAXIMIZED, FULL = range(3)


class TileWindow(QWidget):
    """Double-click, Enter or F11 for the whole screen, Esc back. `settled` tells that it lies elsewhere; `left` that
    the person closed it."""

    settled = Signal(object)
    left = Signal(object)

    def __init__(self, desk: Desk, owner: QWidget, tile: Tile, verbs: Sequence[Verb], geometry: list[int]) -> None:
        super().__init__(owner, Qt.WindowType.Window)
        self.tile = tile
        self._desk = desk
        self._was = NORMAL
        self.setMinimumSize(*SMALLEST)
        self.setWindowIcon(owner.window().windowIcon())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(tile)
        tile.alone_wanted.connect(self.toggle_full_screen)
        self._timer = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._timer.timeout.connect(lambda: self.settled.emit(self))
        for verb in verbs:
            self._bind(verb.keys, self._doer(verb))
        self.show_source(tile.source)
        self._place(geometry)

    @property
    def key(self) -> StreamKey:
        return self.tile.key

    def show_source(self, source: Source) -> None:
        self.setWindowTitle(f"{source.name} – siapp")
        self.tile.show_source(source)

    def described(self) -> list[int]:
        """Place, size and state, to come back like this."""
        usual = self.normalGeometry() if self._state() else self.geometry()
        return [usual.x(), usual.y(), usual.width(), usual.height(), self._state()]

    def toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showMaximized() if self._was == MAXIMIZED else self.showNormal()
        else:
            self._was = self._state()
            self.showFullScreen()

    def appear(self) -> None:
        """On its screen as it was; a full one fills that screen."""
        {NORMAL: self.show, MAXIMIZED: self.showMaximized, FULL: self.showFullScreen}[self._wanted]()
        handle = self.windowHandle()
        if handle is not None:
            handle.setTransientParent(None)  # type: ignore[arg-type]  # Qt takes none: a window beside the main one, not above it

    # ---- Qt ----------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self.left.emit(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self.toggle_full_screen()
        else:
            super().keyPressEvent(event)

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._timer.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._timer.start()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._timer.start()

    # ---- inside ------------------------------------------------------------------------------------------

    def _state(self) -> int:
        if self.isFullScreen():
            return FULL
        return MAXIMIZED if self.isMaximized() else NORMAL

    def _bind(self, keys: str, run: Callable[[], object]) -> None:
        if keys:
            QShortcut(QKeySequence(keys), self).activated.connect(run)

    def _doer(self, verb: Verb) -> Callable[[], None]:
        def do() -> None:
            if self._desk.session.may(verb.role) and verb.ready(self.tile):
                verb.run(self.tile)

        return do

    def _place(self, geometry: list[int]) -> None:
        """Where it was; in the middle of the main window's screen where that place is on no screen any more."""
        self._wanted = geometry[4] if len(geometry) == 5 and geometry[4] in (NORMAL, MAXIMIZED, FULL) else NORMAL
        place = QRect(*geometry[:4]) if len(geometry) == 5 else QRect(0, 0, *USUAL)
        screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
        if len(geometry) != 5 or not any(screen.contains(place.center()) for screen in screens):
            owner = self.parentWidget()
            room = owner.screen().availableGeometry() if owner is not None else screens[0]
            place = QRect(0, 0, min(USUAL[0], room.width()), min(USUAL[1], room.height()))
            place.moveCenter(room.center())
        self.setGeometry(place)
