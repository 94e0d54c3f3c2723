"""What goes out, as the OpenAPI document describes it: one model for each object that `views` makes.

`views` builds plain dicts, because some of them are made for each picture of each viewer. The tests hold the two
together: each answer that any test of the server gets is checked against the document made from these models.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from siapp.core.domain import (
    AccountStatus,
    Action,
    CheckCode,
    DeviceState,
    Outcome,
    Role,
    TaskState,
    VersionState,
    WeightFormat,
)

AN_HOUR = "2026-01-31T12:00:00Z"

Count = Annotated[int, Field(ge=0, examples=[0])]
Total = Annotated[int, Field(ge=0, examples=[1], description="Of all items, shown or not")]
Number = Annotated[int, Field(ge=1, examples=[1])]
Figure = Annotated[float, Field(ge=0, examples=[24.8])]
Share = Annotated[float, Field(ge=0, le=1)]
Time = Annotated[datetime, Field(examples=[AN_HOUR], description="RFC 3339, UTC")]


def _like(example: object, text: str | None = None) -> Any:
    return Field(examples=[example], description=text)


class Answer(BaseModel):
    """A JSON object with exactly these fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Answer):
    """RFC 9457: what is wrong, for people and for programs."""

    type: Annotated[str, _like("about:blank")]
    title: Annotated[str, _like("Conflict")]
    status: Annotated[int, Field(ge=400, le=599, examples=[409])]
    detail: Annotated[str, _like("The name “Gate” is taken. Please choose another.", "What to do next")]
    code: Annotated[str, Field(pattern="^[a-z0-9_]+$", examples=["name_taken"], description="Stable, for programs")]
    request_id: Annotated[str, _like("8f2c61d09ab34e77", "Stands in the station's log, too")]


class Fault(Answer):
    """Why something is not as it should be, as a state that lasts."""

    code: Annotated[str, _like("timeout")]
    message: Annotated[str, _like("The camera does not answer.")]


class Health(Answer):
    status: Literal["ok"]
    version: Annotated[str, _like("0.1.0")]


class Verified(Answer):
    status: Literal["ok"]


class Tokens(Answer):
    access_token: Annotated[str, _like("eyJhbGciOi…")]
    token_type: Literal["bearer"]
    expires_in: Annotated[int, Field(ge=1, examples=[1800], description="Seconds")]
    refresh_token: Annotated[str, _like("0f3a….kL9w…", "Good for one use")]


class Registered(Answer):
    id: Number
    username: Annotated[str, _like("olga")]
    status: AccountStatus


class User(Answer):
    id: Number
    username: Annotated[str, _like("olga")]
    role: Annotated[Role, _like("operator")]
    status: Annotated[AccountStatus, _like("approved")]
    is_superuser: bool
    created_at: Time


class Users(Answer):
    items: list[User]
    total: Total


class AuditObject(Answer):
    """What an action was about; number and name are null where they are not known."""

    kind: Annotated[str, _like("device")]
    id: Annotated[int | None, _like(3)]
    name: Annotated[str | None, _like("Gate")]


class AuditEntry(Answer):
    """`before`, `after`: what changed; after a refusal, `after` has its code, and `times` where it came again."""

    at: Time
    actor: Annotated[str, _like("olga", "The account's name; ? where nobody was signed in")]
    action: Annotated[Action, _like("device.edit")]
    object: AuditObject
    before: Annotated[dict[str, Any] | None, _like({"name": "Gate"})]
    after: Annotated[dict[str, Any] | None, _like({"name": "North gate"})]
    outcome: Annotated[Outcome, _like("done")]
    address: Annotated[str, _like("192.0.2.7", "Of the client; window or local on the station itself")]


class AuditEntries(Answer):
    items: list[AuditEntry]
    total: Total


class Device(Answer):
    """A camera. Credentials inside `rtsp_url` read ***."""

    id: Number
    name: Annotated[str, _like("Gate")]
    rtsp_url: Annotated[str, _like("rtsp://***:***@192.168.1.20/live")]
    state: Annotated[DeviceState, _like("online")]
    state_since: Annotated[datetime | None, Field(examples=[AN_HOUR], description="null where nobody uses it")]
    last_error: Annotated[Fault | None, _like(None)]
    created_at: Time


class Devices(Answer):
    items: list[Device]
    total: Total


class CheckFault(Fault):
    """Why a camera can't be opened."""

    code: Annotated[CheckCode, _like("timeout")]


class CheckResult(Answer):
    """Whether a camera can be opened, and what is in it."""

    reachable: Annotated[bool, _like(True)]
    codec: Annotated[str | None, _like("h264")]
    width: Annotated[Count | None, _like(1280)]
    height: Annotated[Count | None, _like(720)]
    fps: Annotated[Figure | None, _like(25.0)]
    elapsed_ms: Annotated[Count, _like(412)]
    error: Annotated[CheckFault | None, _like(None)]


class OptimizationReport(Answer):
    """What INT8 changed, on pictures that it was not calibrated with."""

    pictures: Count
    boxes: Count
    kept: Count
    kept_closely: Count
    added: Count
    score_change: float
    fps_before: Figure
    fps_after: Figure


class Version(Answer):
    """One imported weight file, or the INT8 form of an earlier version (`made_from`)."""

    version: Number
    filename: Annotated[str, _like("yolov8n.pt", "The client's own name, a label only")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$", examples=["9f86d081884c7d65" * 4])]
    size: Annotated[Count, _like(6_534_387, "Bytes")]
    format: Annotated[WeightFormat | None, _like("pt")]
    state: Annotated[VersionState, _like("ready")]
    error: Annotated[Fault | None, _like(None)]
    classes: Annotated[list[str], _like(["person", "bicycle", "car"])]
    input_size: Annotated[
        Annotated[list[Number], Field(min_length=2, max_length=2)] | None,
        _like([640, 640], "Width and height in pixels; null where the network takes any"),
    ]
    uploaded_by: Annotated[str, _like("olga")]
    created_at: Time
    made_from: Annotated[Number | None, _like(None)]
    int8: Annotated[bool, _like(False, "Made so by siapp, or uploaded as such: it can't be optimised further")]
    report: Annotated[OptimizationReport | None, _like(None)]


class Algorithm(Answer):
    id: Number
    name: Annotated[str, _like("People")]
    active_version: Annotated[Number | None, _like(1)]
    versions: list[Version]


class Algorithms(Answer):
    items: list[Algorithm]
    total: Total


class NamedRef(Answer):
    id: Number
    name: Annotated[str, _like("Gate")]


class AlgorithmRef(Answer):
    id: Number
    name: Annotated[str, _like("People")]
    version: Annotated[Number | None, _like(1)]


class TestOptions(Answer):
    """`classes`: ids to keep, null keeps all."""

    confidence: Annotated[Share, _like(0.25)]
    iou: Annotated[Share, _like(0.7)]
    classes: Annotated[list[Count] | None, _like(None)]
    keyframe_interval: Annotated[Number, _like(30)]
    draw_labels: Annotated[bool, _like(True)]


class TaskOptions(TestOptions):
    """`classes`: ids to keep, null keeps all. `max_fps`: null takes what the camera gives."""

    max_fps: Annotated[float | None, _like(None)]


class TaskStats(Answer):
    """Measured over the last seconds: frames per second, milliseconds; null where nobody watches."""

    fps_in: Figure
    fps_out: Figure
    dropped: Count
    inference_ms: Figure
    latency_ms: Figure
    objects: Count
    latency_p95_ms: Figure
    window_p95_ms: Figure | None
    viewers_p95_ms: Figure | None


class Task(Answer):
    id: Number
    name: Annotated[str, _like("Gate people")]
    device: NamedRef
    algorithm: AlgorithmRef
    options: TaskOptions
    state: Annotated[TaskState, _like("running")]
    state_since: Time
    error: Annotated[Fault | None, _like(None)]
    auto_start: bool
    stats: TaskStats


class Tasks(Answer):
    items: list[Task]
    total: Total


class Video(Answer):
    """What is known of a test's video; null where its container does not say."""

    filename: Annotated[str, _like("street.mp4", "The client's own name, a label only")]
    size: Annotated[Count, _like(1_523_433, "Bytes")]
    duration_s: Annotated[Figure | None, _like(20.0)]
    frames: Annotated[Count | None, _like(300)]
    width: Annotated[Number, _like(960)]
    height: Annotated[Number, _like(540)]
    fps: Annotated[Figure, _like(15.0)]


class Progress(Answer):
    """Frames, frames per second, and seconds to go; null where nobody knows."""

    done: Annotated[Count, _like(120)]
    total: Annotated[Count | None, _like(300)]
    fps: Annotated[Figure, _like(24.8)]
    eta_s: Annotated[Figure | None, _like(7.3)]


class Test(Answer):
    """`algorithm.version`: of the last run. `error`: also why it waits for its turn, and of a completed test that its
    video is damaged."""

    id: Number
    name: Annotated[str, _like("Gate, last night")]
    algorithm: AlgorithmRef
    options: TestOptions
    video: Video
    state: Annotated[TaskState, _like("running")]
    state_since: Time
    progress: Progress
    error: Annotated[Fault | None, _like(None)]
    created_by: Annotated[str, _like("olga")]
    created_at: Time


class Tests(Answer):
    items: list[Test]
    total: Total


class Log(Answer):
    log: Annotated[str, _like("2026-01-31 12:00:00 INFO stopped -> starting\n")]


class KeyFrame(Answer):
    name: Annotated[str, _like("frame_30.jpg")]
    frame: Annotated[Count, _like(30)]
    at: Time
    url: Annotated[str, _like("/results/Gate%20people/frame_30.jpg")]


class KeyFrames(Answer):
    frames: list[KeyFrame]
    total: Total


class VideoCheck(Answer):
    """`frames`, `duration_s` and the others as they were read, null where that failed."""

    exists: Annotated[bool, _like(True)]
    playable: Annotated[bool, _like(True)]
    size: Annotated[Count, _like(5_242_880, "Bytes")]
    size_mb: Annotated[Figure, _like(5.0)]
    duration_s: Annotated[Figure | None, _like(15.08)]
    frames: Annotated[Count | None, _like(377)]
    width: Annotated[Count | None, _like(1280)]
    height: Annotated[Count | None, _like(720)]
    codec: Annotated[str | None, _like("h264")]
    error: Annotated[Fault | None, _like(None)]


class Access(Answer):
    access: Annotated[str, _like("eyJhbGciOi…", "To be sent as ?access=")]
    expires_in: Annotated[int, Field(ge=1, examples=[600], description="Seconds")]


class DetectedObject(Answer):
    """`class` is the number, `label` the name; `box` is x1, y1, x2, y2 in pixels of the source frame."""

    class_: Annotated[int, Field(alias="class", ge=0, examples=[2])]
    label: Annotated[str, _like("car")]
    confidence: Annotated[Share, _like(0.8765)]
    box: Annotated[list[float], Field(min_length=4, max_length=4, examples=[[101.0, 52.5, 340.2, 208.9]])]


class Detections(Answer):
    """The text message that comes just before each picture of a task's WebSocket."""

    type: Literal["detections"]
    seq: Annotated[Count, _like(1207)]
    at: Time
    latency_ms: Annotated[Figure, _like(41.2)]
    width: Annotated[Number, _like(1280)]
    height: Annotated[Number, _like(720)]
    objects: list[DetectedObject]
    time: Annotated[float | None, _like(86412.04, "Only with H.264: seconds of the video")] = None


class VideoFormat(Answer):
    """The text message that comes just before the initialization segment of a task's H.264."""

    type: Literal["video"]
    codec: Annotated[str, _like("avc1.42c01f", "For `MediaSource.addSourceBuffer`")]
    width: Annotated[Number, _like(1280)]
    height: Annotated[Number, _like(720)]
