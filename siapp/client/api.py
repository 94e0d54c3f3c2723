"""Everything that a station can do for another program, one method for each route."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from ssl import SSLContext
from typing import Any, TypeVar
from urllib.parse import quote

from siapp.client import uploads
from siapp.client.answers import (
    Access,
    AccountStatus,
    Algorithm,
    AuditEntry,
    Check,
    Device,
    Health,
    KeyFrame,
    KeyFrames,
    LogLevel,
    Options,
    Page,
    Registered,
    Role,
    Task,
    Test,
    TestOptions,
    Tokens,
    User,
    VersionState,
    VideoCheck,
    read,
)
from siapp.client.connection import TRANSFER_TIMEOUT, Connection
from siapp.client.events import AlgorithmChanged, Event, Snapshot
from siapp.client.streams import (
    EventReader,
    Interruption,
    Patience,
    Picture,
    PictureReader,
    Seen,
    Stream,
    only_pictures,
)
from siapp.client.uploads import OnProgress, unheard

T = TypeVar("T")

Events = Callable[[], AsyncGenerator[Event | Interruption, None]]

PAGE_SIZE = 100


def unnoticed(_interruption: Interruption) -> None:
    """For those to whom an interruption is just a longer wait; the log has it all the same."""


class Client:
    """A station at `address`, as in http://192.168.1.5:8000. Use it as an async context manager.

    `language`: of sentences in errors, en or zh. `ssl`: a context that knows the station's certificate. `patience`:
    how streams come back after an interruption. Methods raise the errors of `siapp.client.errors`.
    """

    def __init__(
        self,
        address: str,
        *,
        language: str = "en",
        ssl: SSLContext | bool = True,
        patience: Patience = Patience(),  # noqa: B008  frozen
    ) -> None:
        self._connection = Connection(address, language=language, ssl=ssl)
        self._patience = patience
        self.users = Users(self._connection)
        self.audit = Audit(self._connection)
        self.devices = Devices(self._connection, patience)
        self.algorithms = Algorithms(self._connection, self.events)
        self.results = Results(self._connection)
        self.tasks = Tasks(self._connection, patience)
        self.tests = Tests(self._connection)

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. The sign-in stays good: `sign_out` ends it."""
        await self._connection.close()

    # ---- signing in ------------------------------------------------------------------------------------------

    @property
    def tokens(self) -> Tokens | None:
        """The present sign-in; a program that keeps it can go on with it in `resume`."""
        return self._connection.tokens

    def resume(self, tokens: Tokens) -> None:
        """Go on with an earlier sign-in. The access token is renewed at once if it is not good any more."""
        self._connection.keep(tokens)

    async def sign_in(self, username: str, password: str) -> None:
        """From now on the access token is renewed in time, as long as the account is good."""
        await self._connection.sign_in(username, password)

    async def sign_out(self) -> None:
        """End the session; its sockets are closed."""
        await self._connection.ask("POST", "/logout")
        self._connection.keep(None)

    async def verify(self) -> None:
        """Raises NotSignedIn where the sign-in is not good any more."""
        await self._connection.ask("GET", "/verify")

    async def register(self, username: str, password: str) -> Registered:
        """A new account, which an administrator has to approve. Nobody need be signed in."""
        body = {"username": username, "password": password}
        return read(Registered, await self._connection.open("POST", "/register", json=body))

    async def health(self) -> Health:
        """Whether the station answers, and its version. Nobody need be signed in."""
        return read(Health, await self._connection.open("GET", "/health"))

    async def metrics(self) -> str:
        """The station's figures in Prometheus' text. For administrators."""
        return await self._connection.text("/metrics")

    def events(self) -> AsyncGenerator[Event | Interruption, None]:
        """Everything that changes, after a Snapshot of how it is now."""
        return Stream[Event](self._connection, "/ws/events", EventReader, self._patience).values()


class _Group:
    """What the groups below have in common."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def _ask(self, kind: type[T], method: str, path: str, **options: Any) -> T:
        return read(kind, await self._connection.ask(method, path, **options))

    async def _do(self, method: str, path: str) -> None:
        await self._connection.ask(method, path)

    async def _page(self, kind: Any, path: str, limit: int, offset: int, **query: str) -> Any:
        params = {"limit": limit, "offset": offset, **query}
        return await self._ask(kind, "GET", path, params=params)


async def each(page: Callable[[int], Any]) -> AsyncIterator[Any]:
    """All items of a list, fetched page by page; `page(offset)` gives one."""
    offset = 0
    while True:
        found: Page[Any] = await page(offset)
        for item in found.items:
            yield item
        offset += len(found.items)
        if not found.items or offset >= found.total:
            return


class Users(_Group):
    """Accounts. All but `me` and `change_password` is for administrators."""

    async def me(self) -> User:
        return await self._ask(User, "GET", "/users/me")

    async def page(self, limit: int = PAGE_SIZE, offset: int = 0, *, status: AccountStatus | None = None) -> Page[User]:
        query = {"status": status.value} if status else {}
        found: Page[User] = await self._page(Page[User], "/users", limit, offset, **query)
        return found

    def all(self, *, status: AccountStatus | None = None) -> AsyncIterator[User]:
        return each(lambda offset: self.page(offset=offset, status=status))

    async def set_status(self, user_id: int, status: AccountStatus) -> User:
        return await self._ask(User, "PUT", f"/users/{user_id}/status", json={"status": status})

    async def set_role(self, user_id: int, role: Role) -> User:
        return await self._ask(User, "PUT", f"/users/{user_id}/role", json={"role": role})

    async def delete(self, user_id: int) -> None:
        await self._do("DELETE", f"/users/{user_id}")

    async def change_password(self, current: str, new: str) -> None:
        """One's own. Every other session of the account ends."""
        body = {"current_password": current, "new_password": new}
        await self._connection.ask("PUT", "/users/me/password", json=body)


class Audit(_Group):
    """Who did what, newest first. For administrators."""

    async def page(
        self,
        limit: int = PAGE_SIZE,
        offset: int = 0,
        *,
        actor: str | None = None,
        action: str | None = None,
        since: datetime | None = None,
    ) -> Page[AuditEntry]:
        query = _asked(actor, action, since)
        found: Page[AuditEntry] = await self._page(Page[AuditEntry], "/audit", limit, offset, **query)
        return found

    def all(
        self, *, actor: str | None = None, action: str | None = None, since: datetime | None = None
    ) -> AsyncIterator[AuditEntry]:
        return each(lambda offset: self.page(offset=offset, actor=actor, action=action, since=since))

    async def save_csv(
        self, target: Path, *, actor: str | None = None, action: str | None = None, since: datetime | None = None
    ) -> None:
        """All of it as a file."""
        query, headers = _asked(actor, action, since), {"Accept": "text/csv"}
        await self._connection.download("/audit", target, params=query, headers=headers)


def _asked(actor: str | None, action: str | None, since: datetime | None) -> dict[str, str]:
    return _given(actor=actor, action=action, since=since.isoformat() if since else None)


class Devices(_Group):
    """Cameras."""

    def __init__(self, connection: Connection, patience: Patience) -> None:
        super().__init__(connection)
        self._patience = patience

    async def add(self, name: str, rtsp_url: str) -> Device:
        return await self._ask(Device, "POST", "/devices", json={"name": name, "rtsp_url": rtsp_url})

    async def get(self, device_id: int) -> Device:
        return await self._ask(Device, "GET", f"/devices/{device_id}")

    async def page(self, limit: int = PAGE_SIZE, offset: int = 0) -> Page[Device]:
        found: Page[Device] = await self._page(Page[Device], "/devices", limit, offset)
        return found

    def all(self) -> AsyncIterator[Device]:
        return each(lambda offset: self.page(offset=offset))

    async def update(self, device_id: int, *, name: str | None = None, rtsp_url: str | None = None) -> Device:
        """What is None stays; *** in the address keeps the stored password."""
        body = _given(name=name, rtsp_url=rtsp_url)
        return await self._ask(Device, "PUT", f"/devices/{device_id}", json=body)

    async def delete(self, device_id: int) -> None:
        await self._do("DELETE", f"/devices/{device_id}")

    async def check(self, rtsp_url: str | None = None, *, device_id: int | None = None) -> Check:
        """Whether a camera can be opened: a stored one, a new address, or a stored one's edited address."""
        body = _given(rtsp_url=rtsp_url, device_id=device_id)
        return await self._ask(Check, "POST", "/devices/check", json=body)

    def watch(self, device_id: int) -> AsyncGenerator[Seen | Interruption, None]:
        """The camera's own pictures, and a Device for each change of its state."""
        path = f"/ws/device-preview/{device_id}"
        return Stream[Seen](self._connection, path, lambda: PictureReader(Device), self._patience).values()

    def pictures(
        self, device_id: int, on_interruption: Callable[[Interruption], None] = unnoticed
    ) -> AsyncGenerator[Picture, None]:
        """The same without the states."""
        return only_pictures(self.watch(device_id), on_interruption)


class Algorithms(_Group):
    """Weights in versions."""

    def __init__(
        self, connection: Connection, events: Callable[[], AsyncGenerator[Event | Interruption, None]]
    ) -> None:
        super().__init__(connection)
        self._events = events

    async def add(
        self, name: str, weights: Path, *, on_progress: OnProgress = unheard, upload_id: str | None = None
    ) -> Algorithm:
        """A new algorithm. Its version 1 is importing: `imported` waits for the end of that.

        `on_progress` hears how much of the file is sent. `upload_id`: what /ws/events calls this upload.
        """
        return await self._upload("/algorithms", {"name": name}, weights, on_progress, upload_id)

    async def add_version(
        self, algorithm_id: int, weights: Path, *, on_progress: OnProgress = unheard, upload_id: str | None = None
    ) -> Algorithm:
        path = f"/algorithms/{algorithm_id}/versions"
        return await self._upload(path, {}, weights, on_progress, upload_id)

    async def _upload(
        self, path: str, texts: Mapping[str, object], file: Path, on_progress: OnProgress, upload_id: str | None
    ) -> Algorithm:
        body = await uploads.form(texts, "weight_file", file, on_progress)
        headers = {"X-Upload-ID": upload_id} if upload_id else {}
        return await self._ask(Algorithm, "POST", path, body=body, headers=headers, timeout=TRANSFER_TIMEOUT)

    async def imported(self, algorithm_id: int, limit_s: float = 600) -> Algorithm:
        """The algorithm once none of its versions is importing. Raises TimeoutError."""
        async with asyncio.timeout(limit_s), aclosing(self._events()) as events:
            async for happened in events:
                found = _algorithm_in(happened, algorithm_id)
                if found and all(version.state is not VersionState.IMPORTING for version in found.versions):
                    return found
        raise AssertionError("a stream of events has no end")

    async def get(self, algorithm_id: int) -> Algorithm:
        return await self._ask(Algorithm, "GET", f"/algorithms/{algorithm_id}")

    async def page(self, limit: int = PAGE_SIZE, offset: int = 0) -> Page[Algorithm]:
        found: Page[Algorithm] = await self._page(Page[Algorithm], "/algorithms", limit, offset)
        return found

    def all(self) -> AsyncIterator[Algorithm]:
        return each(lambda offset: self.page(offset=offset))

    async def activate(self, algorithm_id: int, version: int) -> Algorithm:
        """Running tasks take it over; an earlier version rolls back."""
        body = {"version": version}
        return await self._ask(Algorithm, "PUT", f"/algorithms/{algorithm_id}/active-version", json=body)

    async def optimize(self, algorithm_id: int, version: int, device_id: int) -> Algorithm:
        """Begin to make the INT8 form of a version, from pictures of a camera."""
        path, body = f"/algorithms/{algorithm_id}/versions/{version}/optimize", {"device_id": device_id}
        return await self._ask(Algorithm, "POST", path, json=body)

    async def delete(self, algorithm_id: int) -> None:
        await self._do("DELETE", f"/algorithms/{algorithm_id}")

    async def delete_version(self, algorithm_id: int, version: int) -> None:
        await self._do("DELETE", f"/algorithms/{algorithm_id}/versions/{version}")


class Results(_Group):
    """What live tasks and tests leave, by the name of the task."""

    async def frames(self, task_name: str, limit: int = PAGE_SIZE, offset: int = 0) -> Page[KeyFrame]:
        path, params = f"/results/{_named(task_name)}/frames", {"limit": limit, "offset": offset}
        found = await self._ask(KeyFrames, "GET", path, params=params)
        return Page(found.frames, found.total)

    def all_frames(self, task_name: str) -> AsyncIterator[KeyFrame]:
        return each(lambda offset: self.frames(task_name, offset=offset))

    async def check_video(self, task_name: str) -> VideoCheck:
        return await self._ask(VideoCheck, "GET", f"/results/{_named(task_name)}/check-video")

    async def save(self, task_name: str, file_name: str, target: Path) -> None:
        """output.mp4, process.log, error.txt, detections.jsonl or a key frame, as the file `target`."""
        await self._connection.download(f"/results/{_named(task_name)}/{_named(file_name)}", target)

    async def access(self, task_name: str) -> Access:
        """A key for addresses that go where no header goes, such as a <video>: `?access=` and the key."""
        return await self._ask(Access, "POST", f"/results/{_named(task_name)}/access")


def _named(name: str) -> str:
    """A name as a part of a path, whatever is in it."""
    return quote(name, safe="")


class Tasks(_Group):
    """Live tasks."""

    def __init__(self, connection: Connection, patience: Patience) -> None:
        super().__init__(connection)
        self._patience = patience

    async def add(
        self,
        name: str,
        device_id: int,
        algorithm_id: int,
        *,
        options: Options | None = None,
        auto_start: bool = False,
    ) -> Task:
        body: dict[str, Any] = {"name": name, "device_id": device_id, "algorithm_id": algorithm_id}
        body |= {"options": asdict(options) if options else None, "auto_start": auto_start}
        return await self._ask(Task, "POST", "/tasks", json=body)

    async def get(self, task_id: int) -> Task:
        return await self._ask(Task, "GET", f"/tasks/{task_id}")

    async def page(self, limit: int = PAGE_SIZE, offset: int = 0) -> Page[Task]:
        found: Page[Task] = await self._page(Page[Task], "/tasks", limit, offset)
        return found

    def all(self) -> AsyncIterator[Task]:
        return each(lambda offset: self.page(offset=offset))

    async def update(self, task_id: int, *, auto_start: bool | None = None, **options: Any) -> Task:
        """Options by their names, as in `confidence=0.4`; what is left out stays."""
        body = _given(options=options or None, auto_start=auto_start)
        return await self._ask(Task, "PUT", f"/tasks/{task_id}", json=body)

    async def delete(self, task_id: int) -> None:
        await self._do("DELETE", f"/tasks/{task_id}")

    async def start(self, task_id: int) -> Task:
        return await self._ask(Task, "POST", f"/tasks/{task_id}/start")

    async def stop(self, task_id: int) -> Task:
        return await self._ask(Task, "POST", f"/tasks/{task_id}/stop")

    async def log(self, task_id: int, tail: int = 200, *, level: LogLevel = LogLevel.DEBUG) -> str:
        """The last lines of the task's log that are of `level` or above."""
        params = {"tail": tail, "level": level.value}
        answer = await self._connection.ask("GET", f"/tasks/{task_id}/log", params=params)
        return str(answer["log"])

    def watch(self, task_id: int, *, boxes: bool = True) -> AsyncGenerator[Seen | Interruption, None]:
        """Pictures with their detections, drawn on or not; a Task for each change of its state; Stats now and then."""
        path = f"/ws/tasks/{task_id}?boxes={int(boxes)}"
        return Stream[Seen](self._connection, path, lambda: PictureReader(Task), self._patience).values()

    def pictures(
        self,
        task_id: int,
        *,
        boxes: bool = True,
        on_interruption: Callable[[Interruption], None] = unnoticed,
    ) -> AsyncGenerator[Picture, None]:
        """The same without states and figures."""
        return only_pictures(self.watch(task_id, boxes=boxes), on_interruption)


class Tests(_Group):
    """Algorithms tried on recorded videos."""

    async def add(
        self,
        name: str,
        algorithm_id: int,
        video: Path,
        *,
        options: TestOptions | None = None,
        on_progress: OnProgress = unheard,
        upload_id: str | None = None,
    ) -> Test:
        """A new test; `start` runs it. `on_progress` and `upload_id` as for an algorithm's weights.

        Raises InvalidInput `not_a_video` where the file is none.
        """
        texts = {"name": name, "algorithm_id": algorithm_id, "options": json.dumps(asdict(options or TestOptions()))}
        body = await uploads.form(texts, "video_file", video, on_progress)
        headers = {"X-Upload-ID": upload_id} if upload_id else {}
        return await self._ask(Test, "POST", "/test-tasks", body=body, headers=headers, timeout=TRANSFER_TIMEOUT)

    async def get(self, test_id: int) -> Test:
        return await self._ask(Test, "GET", f"/test-tasks/{test_id}")

    async def page(self, limit: int = PAGE_SIZE, offset: int = 0) -> Page[Test]:
        found: Page[Test] = await self._page(Page[Test], "/test-tasks", limit, offset)
        return found

    def all(self) -> AsyncIterator[Test]:
        return each(lambda offset: self.page(offset=offset))

    async def delete(self, test_id: int) -> None:
        """Its video and its results go too."""
        await self._do("DELETE", f"/test-tasks/{test_id}")

    async def start(self, test_id: int) -> Test:
        """The results of an earlier run go."""
        return await self._ask(Test, "POST", f"/test-tasks/{test_id}/start")

    async def stop(self, test_id: int) -> Test:
        return await self._ask(Test, "POST", f"/test-tasks/{test_id}/stop")

    async def log(self, test_id: int, tail: int = 200, *, level: LogLevel = LogLevel.DEBUG) -> str:
        """The last lines of the test's log that are of `level` or above."""
        params = {"tail": tail, "level": level.value}
        answer = await self._connection.ask("GET", f"/test-tasks/{test_id}/log", params=params)
        return str(answer["log"])


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _algorithm_in(happened: Event | Interruption, algorithm_id: int) -> Algorithm | None:
    match happened:
        case Snapshot(algorithms=algorithms):
            return next((one for one in algorithms if one.id == algorithm_id), None)
        case AlgorithmChanged(algorithm) if algorithm.id == algorithm_id:
            return algorithm
        case _:
            return None
