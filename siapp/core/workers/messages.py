"""What crosses the pipes: small frozen values as JSON bytes, never pickles, and of pixels a thumbnail now and then.

Each pipe is one-way. A worker that is killed in the middle of a write leaves a broken pipe, not a hung reader.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, get_args

from siapp.core.domain import Problem

LARGEST_MESSAGE_BYTES = 4 << 20


# ---- from a worker to the supervisor ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """The process is up and its heavy imports are done."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing new, but alive. Any other message says so too."""


@dataclass(frozen=True, slots=True)
class WarmingUp:
    """What comes now takes its time: more patience, until the next message."""


@dataclass(frozen=True, slots=True)
class Crashed:
    """The worker ends by an error nobody foresaw. `trace` is for the program's own log, never for a task's."""

    trace: str


@dataclass(frozen=True, slots=True)
class RingWanted:
    """A camera's frames need slots of this many bytes; the supervisor makes the ring."""

    slot_bytes: int


@dataclass(frozen=True, slots=True)
class PictureRingWanted:
    """The same for what viewers see: a capture's previews, an analysis's pictures."""

    slot_bytes: int


@dataclass(frozen=True, slots=True)
class FrameWritten:
    """A camera's frame lies in its ring. `decoded`: frames that the camera gave so far, also those nobody wanted."""

    seq: int
    decoded: int


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a camera does. `state` is a DeviceState; `code`, `message`, `values` a Problem, empty where all is well."""

    state: str
    code: str = ""
    message: str = ""
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a camera shows just now, as small as a table has room for. `jpeg`: in Base64."""

    jpeg: str


@dataclass(frozen=True, slots=True)
class Published:
    """One picture's result. Its pixels lie in the publisher's ring under `seq` where `in_ring`.

    `objects`: [class_id, confidence, x1, y1, x2, y2] each, in pixels of the source frame (`width` x `height`).
    `frame`: the number of the frame at its source; gaps are frames that were skipped. Times: `captured_at` seconds
    since the epoch, `captured_monotonic` seconds of time.monotonic, `inference_ms` milliseconds.
    `video`: of the picture's H.264 in the ring, empty where there is none: its number in the order of encoding, its
    time in seconds of the video, and 1 where it is a key frame. `no_video`: H.264 is wanted and can't be made.
    """

    seq: int
    frame: int
    width: int
    height: int
    captured_at: float
    captured_monotonic: float
    inference_ms: float
    objects: list[list[float]]
    in_ring: bool
    video: list[float] = field(default_factory=list)
    no_video: bool = False


@dataclass(frozen=True, slots=True)
class VideoBegins:
    """The H.264 of the pictures from now on. `codec`: as browsers name it; `init`: the segment before all others, in
    Base64."""

    codec: str
    width: int
    height: int
    init: str


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """From the next result on, class ids belong to this version of the algorithm."""

    version: int
    classes: list[str]


@dataclass(frozen=True, slots=True)
class Opened:
    """A player's video is open. `info`: as StreamInfo's JSON; said again once all of it was looked through."""

    info: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a player is now, see specs.PlayerPosition."""

    time_s: float
    frame: int
    playing: bool
    at_end: bool
    speed: float
    answered: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """The frame was overwritten before it could be read; ready for the next one."""


@dataclass(frozen=True, slots=True)
class Log:
    """A line for the log. `level` as in logging: INFO, WARNING, ERROR."""

    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The work can't be done; the sentence says why."""

    code: str
    message: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is, see specs.JobProgress."""

    fraction: float
    step: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """A job's answer."""

    result: dict[str, Any]


# ---- from the supervisor to a worker -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stop:
    """End in order, soon."""


@dataclass(frozen=True, slots=True)
class RingGranted:
    """The ring that a capture writes its frames to."""

    name: str


@dataclass(frozen=True, slots=True)
class PictureRingGranted:
    """The ring that this worker writes the viewers' pictures to."""

    name: str


@dataclass(frozen=True, slots=True)
class SourceRing:
    """The camera's ring that an analysis reads from now on."""

    name: str


@dataclass(frozen=True, slots=True)
class FrameReady:
    """The newest frame in the camera's ring. The next comes only after the result of this one."""

    seq: int


@dataclass(frozen=True, slots=True)
class Show:
    """What the viewers together want of each picture, see specs.Demand."""

    width: int
    height: int
    jpeg: bool
    jpeg_clean: bool
    h264: bool
    remote_width: int


@dataclass(frozen=True, slots=True)
class KeyFrameWanted:
    """Somebody needs a key frame of the H.264 soon."""


@dataclass(frozen=True, slots=True)
class SetRate:
    """The most frames a second that anybody wants of a camera, None for all that it gives."""

    max_fps: float | None


@dataclass(frozen=True, slots=True)
class Play:
    """From where it is; from the beginning where it is at the end."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Stay at the picture that is shown."""


@dataclass(frozen=True, slots=True)
class Seek:
    """To the frame that is shown at `time_s` seconds, or to `frame` where that is no less than 0. Not `exact`: the key
    frame before it comes first, and the frame itself unless something newer is asked. `number`: of this wish."""

    number: int
    time_s: float
    frame: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Step:
    """So many frames on, or back."""

    frames: int


@dataclass(frozen=True, slots=True)
class SetSpeed:
    speed: float


@dataclass(frozen=True, slots=True)
class TryNow:
    """Don't wait for the next try of a camera that is away."""


@dataclass(frozen=True, slots=True)
class SetOptions:
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SetModel:
    model: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SetInference:
    """How to run the network from now on, see specs.InferenceSpec."""

    inference: dict[str, Any]


PlayerCommand = Play | Pause | Seek | Step | SetSpeed
Report = (
    Ready
    | Heartbeat
    | WarmingUp
    | Crashed
    | RingWanted
    | PictureRingWanted
    | FrameWritten
    | SourceState
    | Glimpse
    | Published
    | VideoBegins
    | ModelInUse
    | Opened
    | Position
    | Skipped
    | Log
    | Failed
    | Progress
    | Done
)
Command = (
    Stop
    | RingGranted
    | PictureRingGranted
    | SourceRing
    | FrameReady
    | Show
    | KeyFrameWanted
    | SetRate
    | TryNow
    | SetOptions
    | SetModel
    | SetInference
    | PlayerCommand
)
Message = Report | Command

_KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in get_args(Report) + get_args(Command)}


def encode(message: Message) -> bytes:
    return json.dumps([type(message).__name__, asdict(message)], separators=(",", ":")).encode()


def decode(data: bytes) -> Message:
    """Raises ValueError for anything that `encode` did not write."""
    try:
        name, fields = json.loads(data)
        return _KINDS[name](**fields)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError("not a worker's message") from error


def as_problem(message: SourceState | Failed) -> Problem | None:
    return Problem(message.code, message.message, tuple(message.values.items())) if message.code else None
