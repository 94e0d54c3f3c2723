"""What a tile shows: a task's pictures or a camera's own, with the state that goes with them."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from PySide6.QtCore import QMimeData, QObject, Signal

from siapp.core.domain import Device, DeviceState, Problem, StreamKey, StreamKind, Task, TaskState
from siapp.core.i18n import _
from siapp.ui.marks import DEVICE_MARKS, TASK_MARKS, Mark
from siapp.ui.store import Store, Stores

MIME = "application/x-siapp-stream"
KINDS = {StreamKind.DEVICE: _("Camera"), StreamKind.TASK: _("Task")}
GLYPHS = {StreamKind.DEVICE: "video-camera", StreamKind.TASK: "list-bullets"}


@dataclass(frozen=True, slots=True)
class Source:
    """A task or a camera as it is now."""

    of: Task | Device

    @property
    def key(self) -> StreamKey:
        return StreamKey(StreamKind.TASK if isinstance(self.of, Task) else StreamKind.DEVICE, self.of.id)

    @property
    def name(self) -> str:
        return self.of.name

    @property
    def task(self) -> Task | None:
        return self.of if isinstance(self.of, Task) else None

    @property
    def state(self) -> TaskState | DeviceState:
        return self.of.state

    @property
    def is_live(self) -> bool:
        """Whether its pictures can be of this moment."""
        return self.of.state in (TaskState.RUNNING, DeviceState.ONLINE)

    @property
    def mark(self) -> Mark:
        return TASK_MARKS[self.of.state] if isinstance(self.of, Task) else DEVICE_MARKS[self.of.state]

    @property
    def problem(self) -> Problem | None:
        return self.of.error if isinstance(self.of, Task) else self.of.last_error

    @property
    def since(self) -> datetime | None:
        return self.of.state_since if isinstance(self.of, Task) else self.of.since

    @property
    def pause_s(self) -> float:
        """Seconds between two of its pictures, where it was asked for so few that this matters."""
        return 1 / self.of.options.max_fps if isinstance(self.of, Task) and self.of.options.max_fps else 0.0

    @property
    def camera_id(self) -> int:
        return self.of.device.id if isinstance(self.of, Task) else self.of.id

    @property
    def waits_for_camera(self) -> bool:
        """Whether the next try to connect could be made at once."""
        return self.of.state in (TaskState.RECONNECTING, DeviceState.RECONNECTING, DeviceState.OFFLINE)


class Sources(QObject):
    """All tasks and cameras by their stream. `changed` tells one source, `gone` a stream, `reset` a new snapshot."""

    changed = Signal(object)
    gone = Signal(object)
    reset = Signal()

    def __init__(self, stores: Stores) -> None:
        super().__init__()
        self._tasks: Store[Task] = stores.tasks
        self._devices: Store[Device] = stores.devices
        self._loaded: set[StreamKind] = set()
        for kind, store in ((StreamKind.TASK, stores.tasks), (StreamKind.DEVICE, stores.devices)):
            store.reset.connect(partial(self._take_snapshot, kind))
            store.put.connect(self._put)
            store.removed.connect(lambda number, kind=kind: self.gone.emit(StreamKey(kind, number)))

    @property
    def complete(self) -> bool:
        """Whether all that exist are known."""
        return len(self._loaded) == len(StreamKind)

    def get(self, key: StreamKey) -> Source | None:
        item = self._tasks.get(key.id) if key.kind is StreamKind.TASK else self._devices.get(key.id)
        return Source(item) if item is not None else None

    def all(self) -> list[Source]:
        """Cameras, then tasks, each by name."""
        return [*map(Source, self._devices.by_name()), *map(Source, self._tasks.by_name())]

    def _put(self, item: Task | Device) -> None:
        self.changed.emit(Source(item))

    def _take_snapshot(self, kind: StreamKind) -> None:
        self._loaded.add(kind)
        self.reset.emit()


def task_key(task: Task) -> StreamKey:
    return StreamKey(StreamKind.TASK, task.id)


def key_text(key: StreamKey) -> str:
    """A stream's key in documents and while it is dragged."""
    return f"{key.kind.value}:{key.id}"


def parse_key(text: object) -> StreamKey | None:
    """The other way; None for what is none."""
    kind, _colon, number = text.partition(":") if isinstance(text, str) else ("", "", "")
    if kind not in list(StreamKind) or not (number.isascii() and number.isdecimal()) or len(number) > 10:
        return None
    return StreamKey(StreamKind(kind), int(number))


def dragged(key: StreamKey) -> QMimeData:
    """What is dragged onto a tile."""
    data = QMimeData()
    data.setData(MIME, key_text(key).encode())
    return data


def dragged_key(data: QMimeData) -> StreamKey | None:
    return parse_key(bytes(data.data(MIME).data()).decode("utf-8", "replace")) if data.hasFormat(MIME) else None
