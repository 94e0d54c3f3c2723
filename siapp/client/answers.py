"""What a station answers, as frozen values. Fields that a newer station adds are passed over."""

from collections.abc import Hashable
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Generic, TypeVar, cast

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from siapp.client.errors import Unexpected

T = TypeVar("T")


class Role(StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class AccountStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    DISABLED = "disabled"


class LogLevel(StrEnum):
    """How much a line of a log matters, the least first."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class DeviceState(StrEnum):
    IDLE = "idle"
    CONNECTING = "connecting"
    ONLINE = "online"
    RECONNECTING = "reconnecting"
    OFFLINE = "offline"


class VersionState(StrEnum):
    IMPORTING = "importing"
    READY = "ready"
    REJECTED = "rejected"


class TaskState(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    RECONNECTING = "reconnecting"
    STOPPING = "stopping"
    COMPLETED = "completed"
    INTERRUPTED = "interrupted"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list; `total` counts all of it."""

    items: tuple[T, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something is not as it should be: `code` for programs, `message` for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Health:
    status: str
    version: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """A sign-in. The access token is good for `expires_in` seconds, the refresh token for one new pair."""

    access_token: str
    refresh_token: str
    expires_in: float


@dataclass(frozen=True, slots=True)
class Registered:
    id: int
    username: str
    status: AccountStatus


@dataclass(frozen=True, slots=True)
class User:
    id: int
    username: str
    role: Role
    status: AccountStatus
    is_superuser: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AuditObject:
    """What a deed was about. `id` and `name` are None where nothing of the kind was found."""

    kind: str
    id: int | None
    name: str | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, or was refused it (`outcome`: done, refused). `before`, `after`: what changed."""

    at: datetime
    actor: str
    action: str
    object: AuditObject
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    outcome: str
    address: str


@dataclass(frozen=True, slots=True)
class Device:
    """A camera; credentials in `rtsp_url` read ***."""

    id: int
    name: str
    rtsp_url: str
    state: DeviceState
    state_since: datetime | None
    last_error: Problem | None
    created_at: datetime


class CheckCode(StrEnum):
    AUTH_FAILED = "auth_failed"
    NOT_FOUND = "not_found"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    DNS = "dns"
    NO_VIDEO = "no_video"
    UNSUPPORTED = "unsupported"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class CheckProblem:
    """Why a camera can't be opened: `code` for programs, `message` for people."""

    code: CheckCode
    message: str


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a camera can be opened, and what is in it. Sizes in pixels."""

    reachable: bool
    codec: str | None
    width: int | None
    height: int | None
    fps: float | None
    elapsed_ms: int
    error: CheckProblem | None


@dataclass(frozen=True, slots=True)
class OptimizationReport:
    """What making a version INT8 changed: of `boxes` that the original found, `kept` and `kept_closely` are there."""

    pictures: int
    boxes: int
    kept: int
    kept_closely: int
    added: int
    score_change: float
    fps_before: float
    fps_after: float


@dataclass(frozen=True, slots=True)
class Version:
    """`input_size`: (width, height) in pixels, None where it is dynamic or not known yet."""

    version: int
    filename: str
    sha256: str
    size: int
    format: str | None
    state: VersionState
    error: Problem | None
    classes: tuple[str, ...]
    input_size: tuple[int, int] | None
    uploaded_by: str
    created_at: datetime
    made_from: int | None = None
    int8: bool = False
    report: OptimizationReport | None = None


@dataclass(frozen=True, slots=True)
class Algorithm:
    id: int
    name: str
    active_version: int | None
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class AlgorithmRef:
    id: int
    name: str
    version: int | None


@dataclass(frozen=True, slots=True)
class Options:
    """How a task analyses. `classes`: ids to keep, None keeps all; `max_fps`: None takes what the camera gives."""

    confidence: float = 0.25
    iou: float = 0.7
    classes: tuple[int, ...] | None = None
    max_fps: float | None = None
    keyframe_interval: int = 30
    draw_labels: bool = True


@dataclass(frozen=True, slots=True)
class Stats:
    """Rates in frames per second, times in milliseconds."""

    fps_in: float
    fps_out: float
    dropped: int
    inference_ms: float
    latency_ms: float
    objects: int
    latency_p95_ms: float = 0.0
    window_p95_ms: float | None = None
    viewers_p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Task:
    id: int
    name: str
    device: Ref
    algorithm: AlgorithmRef
    options: Options
    state: TaskState
    state_since: datetime
    error: Problem | None
    auto_start: bool
    stats: Stats


@dataclass(frozen=True, slots=True)
class TestOptions:
    """How a test analyses: as a task, but each frame of its video."""

    confidence: float = 0.25
    iou: float = 0.7
    classes: tuple[int, ...] | None = None
    keyframe_interval: int = 30
    draw_labels: bool = True


@dataclass(frozen=True, slots=True)
class Video:
    """What is known of a test's video; None where its container does not say."""

    filename: str
    size: int
    duration_s: float | None
    frames: int | None
    width: int
    height: int
    fps: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Frames, frames per second, and seconds to go; None where nobody knows."""

    done: int
    total: int | None
    fps: float
    eta_s: float | None


@dataclass(frozen=True, slots=True)
class Test:
    """An algorithm tried on a recorded video. `algorithm.version`: of the last run."""

    id: int
    name: str
    algorithm: AlgorithmRef
    options: TestOptions
    video: Video
    state: TaskState
    state_since: datetime
    progress: Progress
    error: Problem | None
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """A picture among the results: of frame number `frame`, which counts from 0."""

    name: str
    frame: int
    at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class KeyFrames:
    frames: tuple[KeyFrame, ...]
    total: int


@dataclass(frozen=True, slots=True)
class VideoCheck:
    """Whether the result video is there and can be played, from really opening it. Sizes in bytes and pixels."""

    exists: bool
    playable: bool
    size: int
    duration_s: float | None
    frames: int | None
    width: int | None
    height: int | None
    codec: str | None
    error: Problem | None


@dataclass(frozen=True, slots=True)
class Access:
    """A key that stands for a sign-in in the address of one task's result files, for `expires_in` seconds."""

    access: str
    expires_in: float


@dataclass(frozen=True, slots=True)
class DetectedObject:
    """`box`: (x1, y1, x2, y2) in pixels of the source frame."""

    class_id: Annotated[int, Field(alias="class")]
    label: str
    confidence: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Detections:
    """What was found in one picture; `width` x `height`: the source frame, to which the boxes belong."""

    seq: int
    at: datetime
    latency_ms: float
    width: int
    height: int
    objects: tuple[DetectedObject, ...]


def read(kind: type[T], value: Any) -> T:
    """`value`, as JSON gave it, as a `kind`. Raises Unexpected where it is something else."""
    try:
        found: T = _adapter(cast(Hashable, kind)).validate_python(value)
        return found
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Unexpected(
            f"the station's answer is no {kind.__name__}: {place or 'all of it'}: {first['msg']}"
        ) from None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
