"""What happened, as small frozen values in one tagged union. Consume with `match`."""

from dataclasses import dataclass

from siapp.core.domain import Algorithm, Device, Problem, Progress, Severity, Task, TestTask, User


@dataclass(frozen=True, slots=True)
class UserChanged:
    user: User


@dataclass(frozen=True, slots=True)
class UserDeleted:
    user_id: int


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A sign-in is no longer good: signed out, revoked, or all sessions of the account (`session_id` None)."""

    user_id: int
    session_id: str | None


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """Added, edited, or in a new state."""

    device: Device


@dataclass(frozen=True, slots=True)
class DeviceDeleted:
    device_id: int


@dataclass(frozen=True, slots=True)
class DeviceGlimpsed:
    """There is a newer thumbnail of it, for tables at this machine."""

    device_id: int


@dataclass(frozen=True, slots=True)
class AlgorithmChanged:
    algorithm: Algorithm


@dataclass(frozen=True, slots=True)
class AlgorithmDeleted:
    algorithm_id: int


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """`fraction` from 0 to 1; `step` is a sentence for translation."""

    algorithm_id: int
    version: int
    fraction: float
    step: str


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """How much of a file has arrived; for nobody but who sends it. `upload_id`: the client's own word for it,
    or one made for it. `received` and `total` in bytes of the file and of the whole request; None where it did not say.
    """

    user_id: int
    upload_id: str
    received: int
    total: int | None


@dataclass(frozen=True, slots=True)
class TaskStateChanged:
    """Added, edited, or in a new state. `task` is how it is now."""

    task: Task


@dataclass(frozen=True, slots=True)
class TaskStatsChanged:
    """Fresh figures of a running task, about once a second."""

    task: Task


@dataclass(frozen=True, slots=True)
class TaskDeleted:
    task_id: int


@dataclass(frozen=True, slots=True)
class TestStateChanged:
    """Added, edited, or in a new state. `test` is how it is now."""

    test: TestTask


@dataclass(frozen=True, slots=True)
class TestProgress:
    """How far a running test is, a few times a second at most."""

    test_id: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class TestDeleted:
    test_id: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person at the desk should read."""

    severity: Severity
    problem: Problem


Event = (
    UserChanged
    | UserDeleted
    | SessionEnded
    | DeviceChanged
    | DeviceDeleted
    | DeviceGlimpsed
    | AlgorithmChanged
    | AlgorithmDeleted
    | ImportProgress
    | UploadProgress
    | TaskStateChanged
    | TaskStatsChanged
    | TaskDeleted
    | TestStateChanged
    | TestProgress
    | TestDeleted
    | Notice
)
