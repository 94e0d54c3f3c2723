"""Services on both databases, with workers that do as a test says."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from siapp import app
from siapp.app import Station
from siapp.core.bus import Bus
from siapp.core.domain import Actor, Algorithm, Device, Problem, Task, TaskOptions, TaskState, TestTask
from siapp.core.events import AlgorithmChanged, Event, TaskStateChanged, TestStateChanged
from siapp.core.hub import FrameHub
from siapp.core.services import Services
from siapp.core.services.uploads import Upload
from siapp.core.settings import Settings
from siapp.core.specs import (
    AnalysisSpec,
    CameraSource,
    InferenceSpec,
    JobKind,
    JobProgress,
    ModelSpec,
    Report,
    TaskReport,
)
from siapp.core.trials import PIXELS_NAME
from siapp.core.workers.engine import Engine, JobDied, JobFailed

IMPORTED = {"format": "pt", "classes": ["car", "person"], "input_size": [320, 320], "stride": 32}
VIDEO = {"codec": "h264", "width": 960, "height": 540, "fps": 15.0, "duration_s": 2.0, "frames": 30}
ANALYSED = {"frames": 30, "seconds": 1.5, "objects": 44, "decode_errors": 0}
TRIED = {
    "size": [640, 360],
    "shown": [1, 1],
    "found": [[1, 0.9, 10.0, 20.0, 30.0, 40.0], [7, 0.4, 1.0, 2.0, 3.0, 4.0]],
    "kept": [[0.7, [0, 1]], [0.05, [0]]],
    "inference_ms": 12.5,
}
USUAL_ANSWERS = {JobKind.PROBE: VIDEO, JobKind.ANALYZE: ANALYSED, JobKind.TRY: TRIED}


class FakeEngine(Engine):
    """Starts no process: notes what it is asked for, answers jobs from `answers`, reports what a test says."""

    def __init__(self, hub: FrameHub) -> None:
        super().__init__(hub)
        self.specs: dict[int, AnalysisSpec] = {}
        self.calls: list[tuple[Any, ...]] = []
        self.jobs: list[tuple[JobKind, dict[str, Any]]] = []
        self.analysing: set[str] = set()  # folders that results are being written to
        self.answers: deque[dict[str, Any] | Problem | JobDied] = deque()
        # Tests hold these back to look at what happens meanwhile.
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.may_stop = asyncio.Event()
        self.may_stop.set()

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def run_job(
        self,
        kind: JobKind,
        params: dict[str, Any],
        *,
        limit_s: float,
        on_progress: Callable[[JobProgress], None] = lambda _progress: None,
        on_log: Callable[[str, str], None] | None = None,
        gently: bool = False,
    ) -> dict[str, Any]:
        self.jobs.append((kind, params))
        on_progress(JobProgress(0.5, "Reading the file", done=15, total=30))
        if on_log is not None:
            on_log("WARNING", "said by the process")
        if kind is JobKind.ANALYZE:
            assert params["folder"] not in self.analysing, "started twice"
            self.analysing.add(params["folder"])
            (Path(params["folder"]) / "output.mp4").write_bytes(b"the first half")
        try:
            await self.may_answer.wait()
        finally:
            self.analysing.discard(params.get("folder", ""))
        answer = self.answers.popleft() if self.answers else dict(USUAL_ANSWERS.get(kind, IMPORTED))
        if isinstance(answer, Problem):
            raise JobFailed(answer)
        if isinstance(answer, JobDied):
            raise answer
        if kind is JobKind.IMPORT:
            (Path(params["target"]) / "model.xml").write_text("artefact")
        if kind is JobKind.TRY:
            (Path(params["target"]) / PIXELS_NAME).write_bytes(bytes(4))
        return answer

    def start_task(self, spec: AnalysisSpec) -> None:
        assert spec.task_id not in self.specs, "started twice"
        self.specs[spec.task_id] = spec
        self.calls.append(("start", spec.task_id))

    async def stop_task(self, task_id: int) -> None:
        await self.may_stop.wait()
        self.specs.pop(task_id, None)
        self.calls.append(("stop", task_id))

    def runs(self, task_id: int) -> bool:
        return task_id in self.specs

    def set_device(self, name: str) -> None:
        self._inference = InferenceSpec(device=name)
        self.calls.append(("device", name))

    def set_options(self, task_id: int, options: TaskOptions) -> None:
        self.calls.append(("options", task_id, options))

    def replace_model(self, task_id: int, model: ModelSpec) -> None:
        self.calls.append(("model", task_id, model.version))

    def set_source(self, device_id: int, source: CameraSource) -> None:
        self.calls.append(("source", device_id, source.url))

    def retry_camera(self, device_id: int) -> None:
        self.calls.append(("retry", device_id))

    def hold_camera(self, device_id: int, source: CameraSource) -> None:
        self.calls.append(("hold", device_id, source.url))

    def release_camera(self, device_id: int) -> None:
        self.calls.append(("release", device_id))

    async def report(self, report: Report) -> None:
        """As the supervisor would."""
        assert self.on_report is not None
        await self.on_report(report)


class Desk:
    """What a person at the desk does, in few words."""

    def __init__(self, station: Station, engine: FakeEngine, operator: Actor) -> None:
        self.services: Services = station.services
        self.storage = station.storage
        self.engine = engine
        self.operator = operator
        # As announced: an announcement comes after the store, and tests look at what comes with it.
        self._algorithms: dict[int, Algorithm] = {}
        self._tasks: dict[int, Task] = {}
        self._tests: dict[int, TestTask] = {}
        self.services.bus.subscribe(self._note)

    def _note(self, event: Event) -> None:
        if isinstance(event, AlgorithmChanged):
            self._algorithms[event.algorithm.id] = event.algorithm
        elif isinstance(event, TaskStateChanged):
            self._tasks[event.task.id] = event.task
        elif isinstance(event, TestStateChanged):
            self._tests[event.test.id] = event.test

    async def upload(self, content: bytes = b"weights", filename: str = "yolo.pt") -> Upload:
        path = self.storage.new_upload()
        path.write_bytes(content)
        return Upload(path, filename, len(content), "0" * 64)

    async def camera(self, name: str = "North gate", url: str = "rtsp://admin:s3cret@192.168.1.20/1") -> Device:
        return await self.services.devices.add(self.operator, name, url)

    async def algorithm(self, name: str = "Cars") -> Algorithm:
        """An algorithm whose first version is ready."""
        added = await self.services.algorithms.add(self.operator, name, await self.upload())
        return await self.imported(added.id)

    async def imported(self, algorithm_id: int) -> Algorithm:
        """The algorithm once no import of it is under way."""
        await until(_soon(lambda: self._algorithms[algorithm_id]), _nothing_importing)
        return await self.services.algorithms.get(algorithm_id)

    async def task(self, name: str = "Gate cars", *, auto_start: bool = False) -> Task:
        camera, algorithm = await self.camera(f"{name} camera"), await self.algorithm(f"{name} algorithm")
        return await self.services.tasks.add(self.operator, name, camera.id, algorithm.id, auto_start=auto_start)

    async def running_task(self, name: str = "Gate cars", *, auto_start: bool = False) -> Task:
        task = await self.task(name, auto_start=auto_start)
        await self.services.tasks.start(self.operator, task.id)
        await self.engine.report(TaskReport(task.id, TaskState.RUNNING))
        return await self.services.tasks.get(task.id)

    async def test(self, name: str = "Street", algorithm: Algorithm | None = None) -> TestTask:
        """A test that has not been started."""
        algorithm = algorithm or await self.algorithm(f"{name} algorithm")
        upload = await self.upload(b"a video", "street.mp4")
        return await self.services.tests.add(self.operator, name, algorithm.id, upload)

    async def test_in_state(self, test_id: int, state: TaskState) -> TestTask:
        """The test once it is announced in this state, and its run has ended where it is at rest."""
        await until(_soon(lambda: self._tests[test_id]), lambda test: test.state is state)
        return await self.services.tests.get(test_id)

    async def in_state(self, task_id: int, state: TaskState) -> Task:
        await until(_soon(lambda: self._tasks[task_id]), lambda task: task.state is state)
        return await self.services.tasks.get(task_id)


async def until(look: Callable[[], Awaitable[Any]], good: Callable[[Any], bool]) -> Any:
    """What `look` gives as soon as it is `good`."""
    async with asyncio.timeout(30):
        while not good(found := await look()):
            await asyncio.sleep(0.005)
    return found


def _soon(look: Callable[[], Any]) -> Callable[[], Awaitable[Any]]:
    async def answer() -> Any:
        return look()

    return answer


def _nothing_importing(algorithm: Algorithm) -> bool:
    return all(version.state != "importing" for version in algorithm.versions)


def heard(bus: Bus) -> list[Event]:
    """Everything that is published from now on."""
    events: list[Event] = []
    bus.subscribe(events.append)
    return events


@pytest.fixture
def engines(database_url: str, monkeypatch: pytest.MonkeyPatch) -> list[FakeEngine]:
    """The engines of the stations that a test starts, in order. Whoever starts one does so on both databases."""
    made: list[FakeEngine] = []

    def make(hub: FrameHub) -> FakeEngine:
        made.append(FakeEngine(hub))
        return made[-1]

    monkeypatch.setattr(app, "Engine", make)
    return made


@pytest_asyncio.fixture
async def station(settings: Settings, engines: list[FakeEngine]) -> AsyncIterator[Station]:
    async with Station(settings) as running:
        yield running


@pytest.fixture
def services(station: Station) -> Services:
    return station.services


@pytest.fixture
def engine(station: Station, engines: list[FakeEngine]) -> FakeEngine:
    return engines[-1]


@pytest.fixture
def desk(station: Station, engine: FakeEngine, operator: Actor) -> Desk:
    return Desk(station, engine, operator)
