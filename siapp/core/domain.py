"""What siapp is about: people, cameras, algorithms, tasks. Frozen values, shared by services, server and window."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from siapp.core.histogram import Distribution


class Role(StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Whether somebody of this role may do what `needed` may do: each role includes the ones before it."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class AccountStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    DISABLED = "disabled"


LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, from where. Every service method that changes something takes one."""

    user_id: int
    username: str
    role: Role
    address: str = LOCAL


SYSTEM = Actor(0, "siapp", Role.ADMIN)
"""siapp itself: what nobody asked for just now, and what is done on the command line of its machine."""


class Action(StrEnum):
    """What a person can intend and the audit keeps. The part before the dot is the kind of the object."""

    USER_REGISTER = "user.register"
    USER_ADD = "user.add"
    USER_SIGN_IN = "user.sign_in"
    USER_SIGN_OUT = "user.sign_out"
    USER_UNLOCK = "user.unlock"
    USER_PASSWORD = "user.password"
    USER_STATUS = "user.status"
    USER_ROLE = "user.role"
    USER_DELETE = "user.delete"
    SESSION_REVOKE = "user.session_revoke"
    DEVICE_ADD = "device.add"
    DEVICE_EDIT = "device.edit"
    DEVICE_DELETE = "device.delete"
    DEVICE_CHECK = "device.check"
    ALGORITHM_ADD = "algorithm.add"
    ALGORITHM_ADD_VERSION = "algorithm.add_version"
    ALGORITHM_OPTIMIZE = "algorithm.optimize"
    ALGORITHM_TRY = "algorithm.try"
    ALGORITHM_ACTIVATE = "algorithm.activate"
    ALGORITHM_DELETE = "algorithm.delete"
    ALGORITHM_DELETE_VERSION = "algorithm.delete_version"
    TASK_ADD = "task.add"
    TASK_EDIT = "task.edit"
    TASK_START = "task.start"
    TASK_STOP = "task.stop"
    TASK_DELETE = "task.delete"
    TEST_ADD = "test.add"
    TEST_EDIT = "test.edit"
    TEST_START = "test.start"
    TEST_STOP = "test.stop"
    TEST_DELETE = "test.delete"
    USER_READ = "user.read"
    AUDIT_READ = "audit.read"
    AUDIT_CUT = "audit.cut"
    UNKNOWN = "unknown.unknown"  # read from a row that another siapp, or nobody, has written
    METRICS_READ = "metrics.read"
    SETTING_READ = "setting.read"
    SETTING_CHANGE = "setting.change"
    DIAGNOSTICS_MAKE = "diagnostics.make"

    @property
    def kind(self) -> str:
        return self.value.partition(".")[0]


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Deed:
    """What the audit is told: an intention with its object, and how that was before and after.

    `object_id` and `object_name` are None where the object is not known, as in an attempt that was refused. `before`
    and `after`: JSON of what changed, None where there was or is nothing; never a password, nor an address with one.
    """

    action: Action
    object_id: int | None = None
    object_name: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    outcome: Outcome = Outcome.DONE


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A deed as it is kept: number `seq` from 1 without gaps, when, by whom and from where.

    `actor_id` is None where nobody was signed in, or siapp itself acted. `hash` covers the entry and the one before it.
    """

    seq: int
    at: datetime
    actor_id: int | None
    actor: str
    address: str
    deed: Deed
    hash: str = ""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries of the audit: those by `actor`, of `action`, from `since` on and before `until`, about objects of
    `kind` whose name holds `text`, with `outcome`; None takes all."""

    actor: str | None = None
    action: Action | None = None
    since: datetime | None = None
    until: datetime | None = None
    outcome: Outcome | None = None
    kind: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole chain came to: `entries` looked at, the newest one's number and hash, and the number of
    the first that does not fit (None where all do)."""

    entries: int
    newest: int
    newest_hash: str
    first_fault: int | None


@dataclass(frozen=True, slots=True)
class User:
    id: int
    username: str
    role: Role
    status: AccountStatus
    created_at: datetime

    @property
    def is_superuser(self) -> bool:
        return self.role is Role.ADMIN


@dataclass(frozen=True, slots=True)
class SignIns:
    """How often an account is signed in now, and when it signed in last (None: not since siapp knows)."""

    now: int = 0
    last: datetime | None = None


class DeviceState(StrEnum):
    IDLE = "idle"
    CONNECTING = "connecting"
    ONLINE = "online"
    RECONNECTING = "reconnecting"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something is not as it should be: a stable code, and an English sentence for translation with values.

    The frozen little sister of an error, for states that last: shown in tables, tiles and answers.
    """

    code: str
    message: str
    values: tuple[tuple[str, str | int | float], ...] = ()


@dataclass(frozen=True, slots=True)
class Device:
    """A camera. `rtsp_url` is the public form: credentials inside it read ***. `since`: when it came online, or when
    its trouble began, however many tries ago; None where it is not in use."""

    id: int
    name: str
    rtsp_url: str
    created_at: datetime
    state: DeviceState = DeviceState.IDLE
    last_error: Problem | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A camera's last small picture: JPEG, and when it was taken."""

    jpeg: bytes
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a probe found in a camera or a file. Sizes in pixels; `fps` 0 and `frames` None where unknown."""

    codec: str
    width: int
    height: int
    fps: float
    duration_s: float | None = None
    frames: int | None = None


class CheckCode(StrEnum):
    """Why a camera can't be opened."""

    AUTH_FAILED = "auth_failed"
    NOT_FOUND = "not_found"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    DNS = "dns"
    NO_VIDEO = "no_video"
    UNSUPPORTED = "unsupported"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The answer to "can this camera be opened". The code of `error` is a CheckCode.

    `picture` and `thumbnail`: JPEG of what it shows, for the window; None where it gave none.
    """

    reachable: bool
    elapsed_ms: int
    info: StreamInfo | None = None
    error: Problem | None = None
    picture: bytes | None = field(default=None, repr=False)
    thumbnail: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class VideoCheck:
    """The answer to "can this result video be played", from reading all of it. `size` in bytes; `info` where it could
    be opened, with `frames` and `duration_s` as they were read."""

    exists: bool
    playable: bool
    size: int = 0
    info: StreamInfo | None = None
    error: Problem | None = None


@dataclass(frozen=True, slots=True)
class FoundObjects:
    """What a test has found. `frames`: that were looked at; `by_class`: objects of each class by its label, all frames
    together; `per_frame`: objects in each frame. `complete` is False where there were too many frames to count."""

    frames: int
    by_class: dict[str, int]
    per_frame: tuple[int, ...]
    complete: bool = True

    @property
    def total(self) -> int:
        return sum(self.by_class.values())


@dataclass(frozen=True, slots=True)
class StorageUse:
    """Bytes that siapp's files take, that are `free` on the disk of the data folder, and that it has in `total`."""

    weights: int
    videos: int
    results: int
    database: int
    free: int
    total: int = 0


class WeightFormat(StrEnum):
    PYTORCH = "pt"
    ONNX = "onnx"
    OPENVINO = "openvino"


class VersionState(StrEnum):
    IMPORTING = "importing"
    READY = "ready"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class OptimizationReport:
    """What making a version INT8 changed, on `pictures` that it was not calibrated with.

    `boxes`: that the original found. `kept`: of them, those that the new version finds too, of the same class and
    with more than half of the union shared; `kept_closely`: with more than nine tenths. `added`: what only the new
    version finds. `score_change`: mean over the kept boxes. `fps_before`, `fps_after`: frames per second of the
    network alone, measured in turns on as many processors as the optimisation was given.
    """

    pictures: int
    boxes: int
    kept: int
    kept_closely: int
    added: int
    score_change: float
    fps_before: float
    fps_after: float

    @property
    def speedup(self) -> float:
        return self.fps_after / self.fps_before if self.fps_before else 0.0

    @property
    def share_kept(self) -> float | None:
        """From 0 to 1; None where the original found nothing, which proves nothing."""
        return self.kept / self.boxes if self.boxes else None

    @property
    def share_kept_closely(self) -> float | None:
        return self.kept_closely / self.boxes if self.boxes else None


@dataclass(frozen=True, slots=True)
class AlgorithmVersion:
    """One imported weight file, or the INT8 form of an earlier version (`made_from`), with a `report` once it is ready.
    `int8`: made so by siapp, or uploaded as such.

    `input_size` is (width, height) in pixels, None where the network is dynamic. `filename`, `sha256` and `size` are
    those of the file that was uploaded, also for a version that was made from it.
    """

    version: int
    filename: str
    sha256: str
    size: int
    format: WeightFormat | None
    state: VersionState
    error: Problem | None
    classes: tuple[str, ...]
    input_size: tuple[int, int] | None
    uploaded_by: str
    created_at: datetime
    made_from: int | None = None
    report: OptimizationReport | None = None
    int8: bool = False

    @property
    def can_be_optimized(self) -> bool:
        return self.state is VersionState.READY and not self.int8


@dataclass(frozen=True, slots=True)
class Algorithm:
    id: int
    name: str
    active_version: int | None
    versions: tuple[AlgorithmVersion, ...]

    def version(self, number: int | None) -> AlgorithmVersion | None:
        return next((v for v in self.versions if v.version == number), None)

    @property
    def active(self) -> AlgorithmVersion | None:
        return self.version(self.active_version)


class TaskState(StrEnum):
    """States of live tasks and tests. Only tests on recorded videos are `completed`, only live tasks `reconnecting`."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    RECONNECTING = "reconnecting"
    STOPPING = "stopping"
    COMPLETED = "completed"
    INTERRUPTED = "interrupted"
    ERROR = "error"

    @property
    def is_active(self) -> bool:
        """Whether a worker belongs to the task in this state."""
        return self in _ACTIVE

    def may_become(self, new: "TaskState") -> bool:
        return new in _TRANSITIONS[self]


_ACTIVE = frozenset({TaskState.STARTING, TaskState.RUNNING, TaskState.RECONNECTING, TaskState.STOPPING})
_AT_REST = frozenset({TaskState.STARTING})
_TRANSITIONS: dict[TaskState, frozenset[TaskState]] = {
    TaskState.STOPPED: _AT_REST,
    TaskState.COMPLETED: _AT_REST,
    TaskState.INTERRUPTED: _AT_REST | {TaskState.STOPPED},
    TaskState.STARTING: frozenset(
        {TaskState.RUNNING, TaskState.RECONNECTING, TaskState.STOPPING, TaskState.ERROR, TaskState.INTERRUPTED}
    ),
    TaskState.RUNNING: frozenset(
        {
            TaskState.STARTING,  # its worker died and is started again
            TaskState.RECONNECTING,
            TaskState.STOPPING,
            TaskState.COMPLETED,
            TaskState.ERROR,
            TaskState.INTERRUPTED,
        }
    ),
    TaskState.RECONNECTING: frozenset(
        {TaskState.STARTING, TaskState.RUNNING, TaskState.STOPPING, TaskState.ERROR, TaskState.INTERRUPTED}
    ),
    TaskState.STOPPING: frozenset({TaskState.STOPPED, TaskState.INTERRUPTED}),
    TaskState.ERROR: _AT_REST | {TaskState.STOPPING, TaskState.STOPPED},
}


@dataclass(frozen=True, slots=True)
class TaskOptions:
    """How a task analyses. `classes`: ids to keep, None keeps all. `max_fps`: None takes what the camera gives."""

    confidence: float = 0.25
    iou: float = 0.7
    classes: tuple[int, ...] | None = None
    max_fps: float | None = None
    keyframe_interval: int = 30
    draw_labels: bool = True


@dataclass(frozen=True, slots=True)
class TaskStats:
    """Measured over the last seconds. Rates in frames per second, times in milliseconds.

    Latencies begin with the camera's frame in the capture process. `latency_ms` (the mean) and `latency_p95_ms` end
    with the result in the main process, `window_p95_ms` with its paint in a tile, `viewers_p95_ms` with the picture
    on its way to a remote viewer; None where nobody watches.
    """

    fps_in: float = 0.0
    fps_out: float = 0.0
    dropped: int = 0
    inference_ms: float = 0.0
    latency_ms: float = 0.0
    objects: int = 0
    latency_p95_ms: float = 0.0
    window_p95_ms: float | None = None
    viewers_p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class TaskTotals:
    """Of a task's present or last run. Frames that the camera gave, that were analysed, and that were skipped;
    milliseconds of the network and from the camera's frame to the result, by how often they were needed."""

    frames_in: int
    frames_out: int
    dropped: int
    inference_ms: Distribution
    latency_ms: Distribution


@dataclass(frozen=True, slots=True)
class NamedRef:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class AlgorithmRef:
    id: int
    name: str
    version: int | None


@dataclass(frozen=True, slots=True)
class Task:
    id: int
    name: str
    device: NamedRef
    algorithm: AlgorithmRef
    options: TaskOptions
    state: TaskState
    state_since: datetime
    error: Problem | None
    auto_start: bool
    stats: TaskStats = field(default_factory=TaskStats)


@dataclass(frozen=True, slots=True)
class RecordedVideo:
    """An uploaded video. `filename`: the client's own name for it, a label; `file`: its generated name in videos/;
    `size` in bytes."""

    filename: str
    file: str
    size: int
    info: StreamInfo

    @property
    def frames(self) -> int | None:
        """How many frames it promises: counted by its container, else reckoned from its duration."""
        if self.info.frames is not None or not (self.info.duration_s and self.info.fps):
            return self.info.frames
        return round(self.info.duration_s * self.info.fps)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a test is: `done` of `total` frames (None where nobody knows), `fps` frames per second of the last
    seconds, `eta_s` seconds to go."""

    done: int = 0
    total: int | None = None
    fps: float = 0.0
    eta_s: float | None = None


@dataclass(frozen=True, slots=True)
class TestTask:
    """An algorithm tried on a recorded video. `algorithm.version`: of the last run; before it, the active one.

    `error` says why it ended in error, was interrupted or waits for its turn, and, where it is completed, that
    parts of the video could not be read.
    """

    id: int
    name: str
    algorithm: AlgorithmRef
    video: RecordedVideo
    options: TaskOptions
    state: TaskState
    state_since: datetime
    error: Problem | None
    progress: Progress
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DetectedObject:
    """One detection. `box` is (x1, y1, x2, y2) in pixels of the source frame."""

    class_id: int
    label: str
    confidence: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class VideoFormat:
    """H.264 as one encoder makes it. `codec`: as browsers name it; `init`: the fragmented MP4's first segment."""

    codec: str
    width: int
    height: int
    init: bytes


@dataclass(frozen=True, slots=True, eq=False)
class VideoPicture:
    """A picture as H.264: a media segment of its own. Of use to whoever has the `number`s before it, back to a key
    frame of the same format. `time_s`: seconds of the video from which on it is shown."""

    format: VideoFormat
    number: int
    time_s: float
    is_key: bool
    segment: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One analysed (or previewed) frame as it reaches a viewer: pixels and detections under one number.

    Equal to nothing but itself: what is made of a picture can be kept for all its viewers.

    `bgra`: width_shown x height_shown x 4 bytes in Qt's Format_RGB32 order, clean, None where no window asks;
    `jpeg`: with boxes drawn, `jpeg_clean` and `video`: without, each None where nobody remote asks; `no_video`: H.264
    is asked for and can't be made. `width`, `height`: the source frame, to which the objects' boxes belong.
    `captured_at`: wall clock, UTC; `captured_monotonic`: seconds of time.monotonic, the same clock in every process
    of one machine.
    """

    seq: int
    width: int
    height: int
    captured_at: datetime
    captured_monotonic: float
    latency_ms: float
    objects: tuple[DetectedObject, ...]
    bgra: bytes | None = None
    width_shown: int = 0
    height_shown: int = 0
    jpeg: bytes | None = None
    jpeg_clean: bytes | None = None
    video: VideoPicture | None = None
    no_video: bool = False


class StreamKind(StrEnum):
    DEVICE = "device"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class StreamKey:
    """Which pictures: a camera's own, or a task's with detections."""

    kind: StreamKind
    id: int


class Severity(IntEnum):
    INFO = 0
    WARNING = 1
    ALARM = 2
