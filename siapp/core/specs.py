"""What the services ask the workers to do, as frozen values that travel to child processes as JSON."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from siapp.core.domain import DeviceState, Problem, TaskOptions, TaskState, TaskStats, TaskTotals
from siapp.core.keyframes import KeyFrameSpec

THUMBNAIL = (160, 90)
"""Pixels (width, height) of the box that a camera's thumbnail fits."""
MOST_THUMBNAIL_BYTES = 12 << 10

CHECK_PICTURE_SIDE = 480
"""Pixels of the longest side of the picture that a check answers with."""
MOST_CHECK_PICTURE_BYTES = 64 << 10

DEFAULT_IMAGE_SIZE = 640
"""Pixels of a picture's longest side, where a weight file doesn't say what it was made for."""


@dataclass(frozen=True, slots=True)
class CameraSource:
    """Where a camera's pictures come from: its address with credentials, or a video file that is looped.

    `own_ports`: where siapp listens on this machine; no camera is looked for there.
    """

    url: str
    is_file: bool = False
    own_ports: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return cls(str(stored["url"]), bool(stored["is_file"]), tuple(int(port) for port in stored["own_ports"]))


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """An imported artefact. `input_size`: (width, height) in pixels, None where the network is dynamic;
    `stride`: the multiple that dynamic sizes must have; `image_size`: pixels of the longest side of a dynamic one."""

    folder: str
    classes: tuple[str, ...]
    input_size: tuple[int, int] | None
    stride: int
    version: int = 1
    image_size: int = DEFAULT_IMAGE_SIZE

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        size = stored["input_size"]
        return cls(
            folder=str(stored["folder"]),
            classes=tuple(stored["classes"]),
            input_size=(int(size[0]), int(size[1])) if size else None,
            stride=int(stored["stride"]),
            version=int(stored["version"]),
            image_size=int(stored.get("image_size", DEFAULT_IMAGE_SIZE)),
        )


@dataclass(frozen=True, slots=True)
class InferenceSpec:
    """How a worker runs its network. `device`: a name as accelerators are called (see settings), `threads`: of the
    processor, 0 takes what there is; `exact`: float32 throughout, also where the processor has something faster."""

    device: str = "cpu"
    threads: int = 0
    exact: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return cls(str(stored["device"]), int(stored["threads"]), bool(stored["exact"]))


def options_to_json(options: TaskOptions) -> dict[str, Any]:
    return asdict(options)


def options_from_json(stored: dict[str, Any]) -> TaskOptions:
    classes = stored.get("classes")
    return TaskOptions(**{**stored, "classes": None if classes is None else tuple(int(n) for n in classes)})


@dataclass(frozen=True, slots=True)
class AnalysisSpec:
    """One live task as the supervisor runs it. `key_frames`: None keeps none."""

    task_id: int
    device_id: int
    source: CameraSource
    model: ModelSpec
    options: TaskOptions
    key_frames: KeyFrameSpec | None = None


WIDEST_REMOTE = 1280
"""Pixels of the widest picture that is sent to remote viewers."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a viewer wants of each picture. `width` x `height`: pixels of the widest window that shows it,
    0 where no window does; `jpeg`: with boxes, `jpeg_clean` and `h264`: without, each as wide as the widest remote
    viewer shows it: `remote_width` pixels, 0 where nobody says."""

    width: int = 0
    height: int = 0
    jpeg: bool = False
    jpeg_clean: bool = False
    h264: bool = False
    remote_width: int = 0

    def __or__(self, other: "Demand") -> "Demand":
        return Demand(
            max(self.width, other.width),
            max(self.height, other.height),
            self.jpeg or other.jpeg,
            self.jpeg_clean or other.jpeg_clean,
            self.h264 or other.h264,
            max(self.remote_width, other.remote_width),
        )

    @property
    def nothing(self) -> bool:
        return self == Demand()


class JobKind(StrEnum):
    """Work for a disposable process."""

    PROBE = "probe"
    IMPORT = "import"
    ANALYZE = "analyze"
    INVENTORY = "inventory"
    MEASURE = "measure"
    OPTIMIZE = "optimize"
    TRY = "try"


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job is: `fraction` from 0 to 1, `step` a sentence for translation, `done` of `total` frames, if any."""

    fraction: float
    step: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class PlayerPosition:
    """Where a player is in its video: `time_s` seconds and `frame` frames from the first one. `speed`: 1 as it was
    recorded. `answered`: the number of the last seek that has brought a picture."""

    time_s: float = 0.0
    frame: int = 0
    playing: bool = False
    at_end: bool = False
    speed: float = 1.0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class TaskReport:
    """What the supervisor says of a task: starting (again), running, reconnecting, error.

    `run`: which start of the task it belongs to, None where that does not matter.
    """

    task_id: int
    state: TaskState
    problem: Problem | None = None
    run: int | None = None


@dataclass(frozen=True, slots=True)
class TaskFigures:
    task_id: int
    stats: TaskStats
    totals: TaskTotals | None = None


@dataclass(frozen=True, slots=True)
class DeviceReport:
    device_id: int
    state: DeviceState
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class DeviceGlimpse:
    """What a camera in use shows, a few times a minute. `jpeg`: in Base64, as its worker sent it."""

    device_id: int
    jpeg: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line for a task's process.log, in English as logs are."""

    task_id: int
    level: str
    text: str


Report = TaskReport | TaskFigures | DeviceReport | DeviceGlimpse | LogLine
