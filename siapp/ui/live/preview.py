"""A camera's tile outside the wall, in the sheet that tells of the camera."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent

from siapp.core.domain import Device, DeviceState
from siapp.ui.desk import Desk
from siapp.ui.live import strip
from siapp.ui.live.source import Source
from siapp.ui.live.tile import Tile
from siapp.ui.live.verbs import Verb

TICK_MS = 1000
RATIO = 16 / 9


class PreviewTile(Tile):
    """Watches while it is seen, as wide as its sheet and 16 to 9, and looks at its own age once a second."""

    def __init__(self, desk: Desk, device: Device, verbs: Sequence[Verb] = ()) -> None:
        super().__init__(desk, _watched(device), verbs)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.tick)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_device(self, device: Device) -> None:
        self.show_source(_watched(device))

    def heightForWidth(self, width: int) -> int:
        return round(width / RATIO) + strip.HEIGHT

    def sizeHint(self) -> QSize:
        return QSize(320, self.heightForWidth(320))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)


def _watched(device: Device) -> Source:
    """One that is not in use yet will be connecting in a moment: it is watched."""
    idle = device.state is DeviceState.IDLE
    return Source(replace(device, state=DeviceState.CONNECTING) if idle else device)
