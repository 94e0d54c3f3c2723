"""What was told: every outcome is kept here after its toast is gone, and an alarm waits for an answer."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import QObject, Signal

from siapp.core.domain import Severity

MOST = 200


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be done about a notice, such as Undo: a verb for translation and what it does."""

    verb: str
    run: Callable[[], object]


@dataclass(slots=True, eq=False)
class Told:
    """One sentence as it was told. An alarm is `open` until somebody answers it, others until the list was seen."""

    text: str
    severity: Severity
    at: datetime
    offer: Offer | None = None
    open: bool = True


class Notices(QObject):
    """The last 200, newest first. `told` for each new one, `changed` for whatever the list shows otherwise."""

    told = Signal(object)
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._entries: deque[Told] = deque(maxlen=MOST)

    def tell(self, text: str, severity: Severity = Severity.INFO, offer: Offer | None = None) -> Told:
        entry = Told(text, severity, datetime.now(UTC), offer)
        self._entries.appendleft(entry)
        self.told.emit(entry)
        self.changed.emit()
        return entry

    def all(self) -> list[Told]:
        return list(self._entries)

    @property
    def open_count(self) -> int:
        """Warnings and alarms that nobody has looked at; good news needs no count."""
        return sum(entry.open and entry.severity is not Severity.INFO for entry in self._entries)

    def answer(self, entry: Told) -> None:
        if entry.open:
            entry.open = False
            self.changed.emit()

    def seen(self) -> None:
        """The list was looked at. Alarms stay open."""
        for entry in self._entries:
            if entry.severity is not Severity.ALARM:
                entry.open = False
        self.changed.emit()

    def clear(self) -> None:
        """Forget all but alarms that nobody has answered."""
        kept = [entry for entry in self._entries if entry.severity is Severity.ALARM and entry.open]
        self._entries = deque(kept, maxlen=MOST)
        self.changed.emit()

    def forget(self) -> None:
        """Somebody else sits down: what was told was not for them."""
        self._entries.clear()
        self.changed.emit()
