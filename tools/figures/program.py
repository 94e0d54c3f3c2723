"""A real `siapp serve` in a process of its own, spoken to over the network as anybody would."""

import asyncio
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import psutil
from aiohttp import ClientSession, ClientWebSocketResponse, FormData, TCPConnector

from siapp.core.resources import resources

PATIENCE_S = 60.0
Json = dict[str, Any]


class Program:
    """One running siapp. `port`: of its server; `token`: of its administrator; `process`: its main process."""

    def __init__(self, process: psutil.Process, session: ClientSession, token: str, port: int) -> None:
        self.process = process
        self.port = port
        self.token = token
        self._session = session

    async def as_another(self, name: str) -> "Program":
        """The same siapp, for a person of their own, who may look."""
        form = {"username": name, "password": secrets.token_urlsafe(16)}
        person = await self.post("/register", json=form)
        await self._approve(person["id"])
        return Program(self.process, self._session, (await self.post("/token", data=form))["access_token"], self.port)

    async def _approve(self, user_id: int) -> None:
        path, body = f"/users/{user_id}/status", {"status": "approved"}
        async with self._session.put(path, json=body, headers=self._headers) as response:
            assert response.ok, await response.text()

    async def post(self, path: str, **content: Any) -> Json:
        async with self._session.post(path, headers=self._headers, **content) as response:
            answer: Json = await response.json(content_type=None)
            assert response.ok, answer
            return answer

    async def get(self, path: str) -> Json:
        async with self._session.get(path, headers=self._headers) as response:
            answer: Json = await response.json(content_type=None)
            assert response.ok, answer
            return answer

    async def watch(self, path: str) -> ClientWebSocketResponse:
        return await self._session.ws_connect(path, headers=self._headers, max_msg_size=0)

    async def add_task(self, camera_url: str, name: str = "Task", **options: Any) -> int:
        """A task of the demo's algorithm on a camera, stopped; its id."""
        device = await self.post("/devices", json={"name": f"Camera of {name}", "rtsp_url": camera_url})
        algorithm = await self._algorithm()
        body = {"name": name, "device_id": device["id"], "algorithm_id": algorithm, "options": options}
        return int((await self.post("/tasks", json=body))["id"])

    async def start(self, task_id: int) -> None:
        """Answers once it is running."""
        await self.post(f"/tasks/{task_id}/start")
        await self.reaches(task_id, "running")

    async def reaches(self, task_id: int, state: str) -> None:
        await _until(lambda: self.get(f"/tasks/{task_id}"), lambda task: task["state"] == state)

    async def _algorithm(self) -> int:
        found = (await self.get("/algorithms"))["items"]
        if not found:
            form = FormData({"name": "Demo"})
            form.add_field("weight_file", (resources() / "demo" / "demo.pt").read_bytes(), filename="demo.pt")
            found = [await self.post("/algorithms", data=form)]
        await _until(lambda: self.get("/algorithms"), lambda found: found["items"][0]["active_version"] is not None)
        return int(found[0]["id"])

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@asynccontextmanager
async def program() -> AsyncIterator[Program]:
    """siapp without a window, over a new data folder."""
    password = secrets.token_urlsafe(16)
    given = {"SIAPP_ADMIN_USERNAME": "figures", "SIAPP_ADMIN_PASSWORD": password, "ACCESS_TOKEN_EXPIRE_MINUTES": "600"}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "siapp", "serve", "--port", "0", "--data-dir", folder]
        process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **given}, stdout=subprocess.PIPE)
        assert process.stdout
        address = (await process.stdout.readline()).decode().split()[-1]
        try:
            # A viewer of many sockets must not wait for one of its own to close.
            async with ClientSession(address, connector=TCPConnector(limit=0)) as session:
                form = {"username": "figures", "password": password}
                async with session.post("/token", data=form) as response:
                    token = (await response.json())["access_token"]
                yield Program(psutil.Process(process.pid), session, token, int(address.rpartition(":")[2]))
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), 20)


async def _until(ask: Callable[[], Awaitable[Json]], good: Callable[[Json], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not good(await ask()):  # noqa: ASYNC110 - over the network nothing says when
            await asyncio.sleep(0.1)


async def share_of_a_core(process: psutil.Process, seconds: float) -> float:
    """Processor time of one process, without its children, as a share of one core."""
    before = process.cpu_times()
    await asyncio.sleep(seconds)
    after = process.cpu_times()
    return (after.user + after.system - before.user - before.system) / seconds
