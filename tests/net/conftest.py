"""A running server on a free port, people of each kind who are signed in, and an engine that starts no process."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, FormData
from pydantic import SecretStr

from siapp.app import Station
from siapp.core.domain import DetectedObject, Picture, Role, StreamKey, StreamKind
from siapp.core.settings import Settings
from siapp.core.specs import InferenceSpec, JobKind, JobProgress
from siapp.net.server import Server
from tests.net import document

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # for the one test on the window's loop

PASSWORD = "a long enough secret"
PATIENCE_S = 20.0  # where other work has the machine
SECRET_KEY = "k" * 48
CAMERA = {"name": "Gate", "rtsp_url": "rtsp://root:hunter2@192.168.1.20/live"}
IMPORTED = {"format": "pt", "classes": ["person", "car"], "input_size": [320, 320], "stride": 32}
VIDEO = {"codec": "h264", "width": 960, "height": 540, "fps": 15.0, "duration_s": 2.0, "frames": 30}
ANALYSED = {"frames": 30, "seconds": 1.5, "objects": 44, "decode_errors": 0}
JPEG = b"\xff\xd8 not really a picture \xff\xd9"


@dataclass
class Engine:
    """Stands in for the supervisor: remembers what it was asked for, and answers as told.

    `result`: of every kind of job that `results` does not name; `read_through`: of a look at a whole video. `at_work`
    is there while analyses go on.
    """

    result: dict[str, Any] | Exception = field(default_factory=lambda: dict(IMPORTED))
    results: dict[JobKind, dict[str, Any] | Exception] = field(
        default_factory=lambda: {JobKind.PROBE: dict(VIDEO), JobKind.ANALYZE: dict(ANALYSED)}
    )
    read_through: dict[str, Any] | Exception = field(default_factory=lambda: {"info": dict(VIDEO), "good": True})
    at_work: asyncio.Event | None = None
    inference = InferenceSpec()
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    running: set[int] = field(default_factory=set)
    clock = staticmethod(time.monotonic)

    async def run_job(self, kind: JobKind, params: dict[str, Any], **options: Any) -> dict[str, Any]:
        self.calls.append(("job", kind, params))
        if kind is JobKind.ANALYZE:
            options["on_progress"](JobProgress(0.5, done=15, total=30))
            if self.at_work is not None:
                await self.at_work.wait()
        result = self.read_through if params.get("whole") else self.results.get(kind, self.result)
        if isinstance(result, Exception):
            raise result
        return result

    def start_task(self, spec: Any) -> None:
        self.running.add(spec.task_id)

    async def stop_task(self, task_id: int) -> None:
        self.running.discard(task_id)

    def runs(self, task_id: int) -> bool:
        return task_id in self.running

    def hold_camera(self, device_id: int, _source: Any) -> None:
        self.calls.append(("hold", device_id))

    def release_camera(self, device_id: int) -> None:
        self.calls.append(("release", device_id))

    waiting = (0, 0)

    async def processes(self) -> tuple[Any, ...]:
        return ()

    def ignore(self, *_values: Any) -> None: ...

    replace_model = set_options = set_source = retry_camera = ignore


@dataclass
class Site:
    """A running station with its server, as a client sees it. `token`s are kept by user name."""

    station: Station
    server: Server
    address: str
    session: ClientSession
    engine: Engine
    tokens: dict[str, str] = field(default_factory=dict)

    async def sign_in(self, name: str) -> dict[str, Any]:
        form = {"username": name, "password": PASSWORD}
        async with self.session.post("/token", data=form) as response:
            assert response.status == 200, await response.text()
            return dict(await response.json())

    async def add(self, name: str, role: Role) -> int:
        """An approved person, signed in."""
        user = await self.station.services.accounts.add_user(name, PASSWORD, role)
        self.tokens[name] = (await self.sign_in(name))["access_token"]
        return user.id

    def headers(self, name: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[name]}"} if name else {}

    async def ask(
        self,
        method: str,
        path: str,
        name: str | None = "olga",
        *,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> tuple[int, Any]:
        """Status and JSON of an answer to `name`, an operator unless said otherwise. It must be in the document."""
        async with self.session.request(
            method, path, headers={**self.headers(name), **(headers or {})}, **options
        ) as response:
            body = await json_of(response)
            document.check(response.method, response.url.path, response.status, response.content_type, body)
            return response.status, body

    async def good(self, method: str, path: str, name: str | None = "olga", **options: Any) -> Any:
        status, body = await self.ask(method, path, name, **options)
        assert 200 <= status < 300, (status, body)
        return body

    async def raw(self, request: bytes, limit_s: float = PATIENCE_S) -> bytes:
        """All that comes back for these bytes until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            writer.write(request)
            async with asyncio.timeout(limit_s):
                return await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()

    def open(self, path: str, **options: Any) -> AbstractAsyncContextManager[ClientWebSocketResponse]:
        return self.session.ws_connect(path, **options)

    async def add_camera(self) -> int:
        return int((await self.good("POST", "/devices", json=CAMERA))["id"])

    async def add_algorithm(self) -> int:
        """An algorithm with version 1 ready."""
        algorithm = await self.good("POST", "/algorithms", data=weights_form())
        await until(lambda: not self.station.services.algorithms._imports._tasks)
        return int(algorithm["id"])

    async def add_task(self, name: str = "Gate people") -> int:
        body = {"name": name, "device_id": await self.add_camera(), "algorithm_id": await self.add_algorithm()}
        return int((await self.good("POST", "/tasks", json=body))["id"])

    async def add_test(self, name: str = "Street", **fields: str) -> Any:
        """A test that has not been started, as the answer shows it."""
        number = await self.add_algorithm()
        return await self.good("POST", "/test-tasks", data=video_form(name=name, algorithm_id=str(number), **fields))

    def deliver(self, task_id: int, seq: int, **changes: Any) -> None:
        self.station.hub.deliver(StreamKey(StreamKind.TASK, task_id), picture(seq, **changes))

    def viewers(self, kind: StreamKind, number: int) -> int:
        return self.station.hub.viewers(StreamKey(kind, number))

    def incoming(self) -> list[str]:
        """Names of uploads that are on their way, or were left."""
        return [path.name for path in (self.station.storage.root / "incoming").iterdir()]


def weights_form(name: str | None = "People", content: bytes = b"weights") -> FormData:
    form = FormData()
    if name is not None:
        form.add_field("name", name)
    form.add_field("weight_file", content, filename="yolo.pt", content_type="application/octet-stream")
    return form


def video_form(content: bytes = b"a video", filename: str = "street.mp4", **fields: str) -> FormData:
    form = FormData(fields)
    form.add_field("video_file", content, filename=filename, content_type="video/mp4")
    return form


def picture(seq: int, jpeg: bytes = JPEG, jpeg_clean: bytes | None = None, captured_monotonic: float = 1.0) -> Picture:
    found = DetectedObject(2, "car", 0.87654321, (1.0, 2.0, 30.128, 40.0))
    return Picture(
        seq=seq,
        width=1280,
        height=720,
        captured_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
        captured_monotonic=captured_monotonic,
        latency_ms=41.25,
        objects=(found,),
        jpeg=jpeg,
        jpeg_clean=jpeg_clean,
    )


async def json_of(response: ClientResponse) -> Any:
    return await response.json(content_type=None) if "json" in response.content_type else await response.text()


async def until(condition: Callable[[], object], limit_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.01)


def problem_is_complete(body: Any, status: int) -> bool:
    """Whether an answer is a problem document as the contract wants it."""
    fields = {"type", "title", "status", "detail", "code", "request_id"}
    return isinstance(body, dict) and set(body) == fields and body["status"] == status and bool(body["detail"])


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"secret_key": SecretStr(SECRET_KEY)})


@pytest_asyncio.fixture
async def site(station: Station) -> AsyncIterator[Site]:
    engine = Engine()
    services = station.services
    with_workers = (
        services.devices,
        services.algorithms,
        services.tasks,
        services.live,
        services.readings,
        services.tests,
        services.results,
    )
    for service in with_workers:
        service._engine = engine  # type: ignore[union-attr, assignment]
    server = Server(services, station.settings)
    address = await server.start()
    try:
        async with ClientSession(address) as session:
            site = Site(station, server, address, session, engine)
            for name, role in (("ada", Role.ADMIN), ("olga", Role.OPERATOR), ("vera", Role.VIEWER)):
                await site.add(name, role)
            yield site
    finally:
        await server.stop()
