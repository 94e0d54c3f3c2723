"""Who is connected now, watched while somebody looks."""

from datetime import UTC, datetime

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QSizePolicy, QStackedWidget

from siapp.core.i18n import _
from siapp.core.reach import SocketInfo, SocketKind
from siapp.ui.desk import Desk
from siapp.ui.settings.section import Section
from siapp.ui.store import Store
from siapp.ui.units import duration_text, size_text
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.table import Column, Rows, TableView

LOOK_MS = 1000
LEAST_HEIGHT = 320
WIDE = 1040


class ConnectionsSection(Section):
    """For administrators."""

    title, glyph = _("Connections"), "broadcast"
    width_ = WIDE

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.store: Store[SocketInfo] = Store(lambda info: info.user or "")
        columns = self._columns()
        self.table: TableView[SocketInfo] = TableView(Rows(self.store, columns, desk.words), columns)
        desk.words.bind(self.table, self.table.setAccessibleName, self.title)
        self.table.setMinimumHeight(LEAST_HEIGHT)
        self.heading(_("Connected now"))
        self.sentence(_("Browsers and programs that watch over the network, as they are now."))
        self.empty = label(desk.words, _("Nobody is connected over the network."), "muted")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.table)
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.column.addWidget(self._stack, 1)
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)

    def begin(self) -> None:
        self.look()
        self._timer.start()

    def end(self) -> None:
        self._timer.stop()

    def look(self) -> None:
        now = {info.id: info for info in self.desk.server.connections()}
        for info in self.store.all():
            if info.id not in now:
                self.store.remove(info.id)
        for info in now.values():
            if self.store.get(info.id) != info:
                self.store.change(info)
        self.table.refresh()  # how long it has lasted
        self._stack.setCurrentIndex(1 if now else 0)

    def _columns(self) -> list[Column[SocketInfo]]:
        words = self.desk.words
        return [
            Column(_("Person"), lambda info: info.user or words(_("Not signed in yet")), 140),
            Column(_("Address"), lambda info: info.address, 130),
            Column(_("Watches"), self._what),
            Column(_("For"), lambda info: duration_text(_lasts(info)), 88, _lasts, right=True),
            Column(_("Pictures"), lambda info: str(info.pictures), 80, lambda info: info.pictures, right=True, spare=1),
            Column(_("Sent"), lambda info: size_text(info.sent_bytes), 88, lambda info: info.sent_bytes, right=True),
        ]

    def _what(self, info: SocketInfo) -> str:
        stores, number = self.desk.stores, info.object_id or 0
        match info.kind:
            case SocketKind.TASK:
                task = stores.tasks.get(number)
                return task.name if task else f"#{number}"
            case SocketKind.DEVICE:
                device = stores.devices.get(number)
                return device.name if device else f"#{number}"
            case SocketKind.EVENTS:
                return self.desk.words(_("What happens at the station"))


def _lasts(info: SocketInfo) -> float:
    return (datetime.now(UTC) - info.since).total_seconds()
