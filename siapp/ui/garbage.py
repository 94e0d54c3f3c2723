"""Python's collector of cycles, on the window's thread only.

By itself it runs on whichever thread happens to allocate: a widget or timer that it finds in a cycle would be
destroyed on a database thread, and Qt would go on calling it. So it is switched off, and its work is done here.
"""

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 500


class GarbageCollector:
    """Switches the automatic collector off until `stop`. Young cycles are looked at twice a second, older ones less."""

    def __init__(self, parent: QObject) -> None:
        gc.disable()
        self._timer = QTimer(parent, interval=EVERY_MS)
        self._timer.timeout.connect(collect_due)
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        gc.collect()
        gc.enable()


def collect_due() -> None:
    """What the automatic collector would have done by now: the oldest generation whose threshold is passed."""
    due = [
        generation
        for generation, (count, threshold) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
        if threshold and count > threshold
    ]
    if due:
        gc.collect(due[-1])
