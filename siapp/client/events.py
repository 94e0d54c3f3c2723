"""What a station says by itself on /ws/events, as one tagged union: consume it with `match`."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic.dataclasses import dataclass

from siapp.client.answers import Algorithm, Device, Progress, Stats, Task, Test, User, read


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How everything is now: comes first, and again after each interruption."""

    devices: tuple[Device, ...]
    algorithms: tuple[Algorithm, ...]
    tasks: tuple[Task, ...]
    tests: tuple[Test, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    device: Device


@dataclass(frozen=True, slots=True)
class DeviceDeleted:
    id: int


@dataclass(frozen=True, slots=True)
class AlgorithmChanged:
    algorithm: Algorithm


@dataclass(frozen=True, slots=True)
class AlgorithmDeleted:
    id: int


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """`fraction` from 0 to 1; `step` is a sentence in the client's language."""

    algorithm_id: int
    version: int
    fraction: float
    step: str


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """How much of an upload of one's own has arrived. `total` is of the whole request, None where it did not say."""

    upload_id: str
    received: int
    total: int | None


@dataclass(frozen=True, slots=True)
class TaskChanged:
    task: Task


@dataclass(frozen=True, slots=True)
class TaskStats:
    task_id: int
    stats: Stats


@dataclass(frozen=True, slots=True)
class TaskDeleted:
    id: int


@dataclass(frozen=True, slots=True)
class TestChanged:
    test: Test


@dataclass(frozen=True, slots=True)
class TestProgress:
    """How far a running test is."""

    id: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class TestDeleted:
    id: int


@dataclass(frozen=True, slots=True)
class UserChanged:
    """Only administrators hear it."""

    user: User


@dataclass(frozen=True, slots=True)
class UserDeleted:
    """Only administrators hear it."""

    id: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should read. `severity`: info, warning, alarm."""

    severity: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Other:
    """A message of a newer station."""

    type: str
    message: dict[str, Any]


Event = (
    Snapshot
    | DeviceChanged
    | DeviceDeleted
    | AlgorithmChanged
    | AlgorithmDeleted
    | ImportProgress
    | UploadProgress
    | TaskChanged
    | TaskStats
    | TaskDeleted
    | TestChanged
    | TestProgress
    | TestDeleted
    | UserChanged
    | UserDeleted
    | Notice
    | Other
)

_KINDS: Mapping[str, Callable[..., Any]] = {
    "snapshot": Snapshot,
    "device": DeviceChanged,
    "device_deleted": DeviceDeleted,
    "algorithm": AlgorithmChanged,
    "algorithm_deleted": AlgorithmDeleted,
    "import_progress": ImportProgress,
    "upload_progress": UploadProgress,
    "task": TaskChanged,
    "stats": TaskStats,
    "task_deleted": TaskDeleted,
    "test": TestChanged,
    "test_progress": TestProgress,
    "test_deleted": TestDeleted,
    "user": UserChanged,
    "user_deleted": UserDeleted,
    "notice": Notice,
}


def event(message: dict[str, Any]) -> Event:
    """A message of /ws/events as a value."""
    name = str(message.get("type"))
    kind: Any = _KINDS.get(name)
    return read(kind, message) if kind else Other(name, message)
