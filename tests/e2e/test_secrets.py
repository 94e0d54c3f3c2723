"""Secrets are planted in a running siapp, everything that may hold one is used, and all that it says is searched.

The program is the real one, in a process of its own, with the most talkative log; its cameras want passwords.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
import pytest
from aiohttp import ClientSession, FormData, WSMsgType

from siapp.core.resources import resources
from tests.cameras import MjpegCamera, ScriptedCamera
from tests.e2e.support import CarClip

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
WEIGHTS = resources() / "demo" / "demo.pt"
# What passwords look like that people choose: with the marks that end a part of an address, too.
CAMERA_PASSWORD = "sesame-77-userinfo"
WRONG_PASSWORD = "sesame@77/wrong?#"
QUERY_PASSWORD = "sesame-77-query"
PATH_PASSWORD = "sesame-77-path"
ADMIN_PASSWORD = "sesame 77 of the administrator"
OTHER_PASSWORD = "sesame 77 of somebody else"
WRONG_SIGN_IN = "sesame 77 not a password"
KEY = "sesame-77-key-sesame-77-key-sesame-77-key"
DATABASE_PASSWORD = "sesame-77-database"
METRICS_TOKEN = "sesame-77-metrics-token"
IN_QUERY = "sesame-77-in-a-query"
FILE_NAME = "sesame-77-label.pt"


@dataclass
class Witness:
    """Uses a station over the network and keeps all that it says. `given` are secrets that it gave out to us."""

    session: ClientSession
    said: list[tuple[str, str]] = field(default_factory=list)
    given: set[str] = field(default_factory=set)
    token: str = ""

    async def ask(self, method: str, path: str, status: int | None = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.session.request(
            method, path, headers={**headers, **options.pop("headers", {})}, **options
        ) as r:
            text = await r.text()
            assert status in (None, r.status), (path, text)
            gives_secret = path in ("/token", "/token/refresh") or path.endswith("/access")
            if not gives_secret or r.status != 200:
                self.said.append((f"{method} {path}", f"{r.status} {dict(r.headers)} {text}"))
            return json.loads(text) if "json" in r.content_type else text

    async def sign_in(self, name: str, password: str) -> dict[str, Any]:
        answer: dict[str, Any] = await self.ask("POST", "/token", 200, data={"username": name, "password": password})
        self.token = answer["access_token"]
        self.given |= {answer["access_token"], answer["refresh_token"]}
        return answer

    async def listen(self, path: str, until: str, token: str | None = None) -> None:
        """Keep what a socket says until `until` is in it, or it ends."""
        async with self.session.ws_connect(path, max_msg_size=0) as socket:
            await socket.send_json({"token": self.token if token is None else token})
            async with asyncio.timeout(PATIENCE_S):
                async for message in socket:
                    text = str(message.data if message.type is WSMsgType.TEXT else bytes(message.data))
                    self.said.append((path, text))
                    if until in text:
                        break
            self.said.append((path, str(socket.close_code)))


def environment(**more: str) -> dict[str, str]:
    ours = ("SECRET_KEY", "DATABASE_URL", "ALGORITHM", "ACCESS_TOKEN_EXPIRE_MINUTES")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SIAPP_") and name not in ours}
    return {**plain, "PYTHONPATH": str(ROOT), "SIAPP_INFERENCE_DEVICE": "cpu", **more}


@dataclass
class Program:
    """`siapp serve`, and the files that its output goes into."""

    process: subprocess.Popen[bytes]
    folder: Path
    environment: dict[str, str]

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def output(self) -> str:
        return "".join((self.folder / name).read_text(errors="replace") for name in ("stdout", "stderr"))

    async def address(self) -> str:
        async with asyncio.timeout(PATIENCE_S):
            while "siapp is at " not in (said := self.output()):
                assert self.process.poll() is None, said
                await asyncio.sleep(0.05)
        return said.partition("siapp is at ")[2].split()[0]


@asynccontextmanager
async def running(folder: Path, database_url: str) -> AsyncIterator[Program]:
    given = environment(
        SECRET_KEY=KEY,
        SIAPP_ADMIN_USERNAME="ada",
        SIAPP_ADMIN_PASSWORD=ADMIN_PASSWORD,
        SIAPP_METRICS_TOKEN=METRICS_TOKEN,
        SIAPP_LOG_LEVEL="DEBUG",
        DATABASE_URL=database_url,
    )
    command = [sys.executable, "-m", "siapp", "serve", "--port", "0", "--data-dir", str(folder / "data")]
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as errors:
        process = subprocess.Popen(command, cwd=folder, env=given, stdout=out, stderr=errors)  # noqa: ASYNC220  to be read from files
    program = Program(process, folder, given)
    try:
        yield program
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, 20)
        process.kill()
        await asyncio.to_thread(process.wait)


def with_password(database_url: str) -> str:
    """PostgreSQL's address with a password, which the tests' server does not ask for."""
    return database_url.replace("postgres:@", f"postgres:{DATABASE_PASSWORD}@", 1)


@pytest.mark.timeout(300)
async def test_no_secret_leaves_siapp(database_url: str, tmp_path: Path, car: CarClip) -> None:
    url = with_password(database_url)
    assert url.startswith("sqlite") or DATABASE_PASSWORD in url
    with (
        ScriptedCamera(car.clip, username="user", password=CAMERA_PASSWORD) as camera,
        ScriptedCamera(username="user", password="right") as refusing,
        MjpegCamera() as web,
    ):
        cameras = {
            "works": camera.url_with_login,
            "refuses": refusing.url_with_login.replace("right", quote(WRONG_PASSWORD, safe="")),
            "query": f"{web.url}?user=admin&password={QUERY_PASSWORD}",
            "path": f"rtsp://127.0.0.1:1/user=admin_password={PATH_PASSWORD}_channel=1_stream=0.sdp",
        }
        async with running(tmp_path, url) as program:
            async with ClientSession(await program.address()) as session:
                witness = Witness(session)
                await use_everything(witness, cameras, program)
            processes = what_processes_show(program)
            cli = command_lines(program, whole=url.startswith("sqlite"))
    said = [*witness.said, *processes, *cli, ("output", program.output())]
    said += [
        (str(path.relative_to(tmp_path)), path.read_bytes().decode("latin-1")) for path in files(tmp_path / "data")
    ]
    said += tables(url)
    assert leaks(said, secrets_of(witness)) == []
    assert_was_used(said)
    assert not [path for path in tmp_path.rglob("*") if FILE_NAME in path.name], "an uploaded name became a path"


async def use_everything(witness: Witness, cameras: dict[str, str], program: Program) -> None:
    await sign_in_in_all_ways(witness)
    weights = await algorithm(witness)
    tasks = {}
    for name, url in cameras.items():
        device = await witness.ask("POST", "/devices", 201, json={"name": name, "rtsp_url": url})
        await witness.ask("POST", "/devices/check", 200, json={"rtsp_url": url})
        await witness.ask("POST", "/devices/check", 200, json={"device_id": device["id"]})
        wanted = {"name": f"task {name}", "device_id": device["id"], "algorithm_id": weights}
        tasks[name] = (await witness.ask("POST", "/tasks", 201, json=wanted))["id"]
        await witness.ask("POST", f"/tasks/{tasks[name]}/start", 202)
    await asyncio.gather(
        witness.listen(f"/ws/tasks/{tasks['works']}", "detections"),
        witness.listen(f"/ws/tasks/{tasks['refuses']}", "auth_failed"),
        witness.listen(f"/ws/tasks/{tasks['path']}", "refused"),
        witness.listen("/ws/device-preview/1", "online"),
        witness.listen("/ws/events", "stats"),
        witness.listen(f"/ws/events?token={IN_QUERY}", "never", token=IN_QUERY),
    )
    await crash_workers(program)
    await witness.listen(f"/ws/tasks/{tasks['works']}", '"running"')
    await ask_wrongly(witness, cameras)
    for name, task in tasks.items():
        await witness.ask("PUT", f"/devices/{task}", None, json={"name": f"{name} again"})
        await witness.ask("GET", f"/tasks/{task}/log", 200)
        await witness.ask("POST", f"/tasks/{task}/stop")
    await read_results(witness)
    await read_everything(witness)


async def sign_in_in_all_ways(witness: Witness) -> None:
    first = await witness.sign_in("ada", ADMIN_PASSWORD)
    await witness.ask("POST", "/token", 401, data={"username": "ada", "password": WRONG_SIGN_IN})
    await witness.ask("POST", "/register", 201, json={"username": "otto", "password": OTHER_PASSWORD})
    await witness.ask("POST", "/token", 403, data={"username": "otto", "password": OTHER_PASSWORD})
    await witness.ask("POST", "/register", 422, json={"username": "otto", "password": OTHER_PASSWORD, "x": IN_QUERY})
    renewed = await witness.ask("POST", "/token/refresh", 200, json={"refresh_token": first["refresh_token"]})
    witness.given |= {renewed["access_token"], renewed["refresh_token"]}
    await witness.ask("POST", "/token/refresh", 401, json={"refresh_token": first["refresh_token"]})
    await witness.sign_in("ada", ADMIN_PASSWORD)


async def algorithm(witness: Witness) -> int:
    """The demo's weights, under a name that would like to be a path."""
    form = FormData({"name": "cars"}, quote_fields=False)
    content = await asyncio.to_thread(WEIGHTS.read_bytes)
    form.add_field("weight_file", content, filename=f"../../{FILE_NAME}", content_type="application/octet-stream")
    added: dict[str, Any] = await witness.ask("POST", "/algorithms", 202, data=form)
    async with asyncio.timeout(PATIENCE_S):
        while added["versions"][0]["state"] == "importing":
            await asyncio.sleep(0.1)
            added = await witness.ask("GET", f"/algorithms/{added['id']}", 200)
    assert added["versions"][0]["filename"] == FILE_NAME
    return int(added["id"])


async def crash_workers(program: Program) -> None:
    """What a worker leaves in the logs when it dies."""
    for child in program.children():
        if "spawn_main" in " ".join(child.cmdline()):
            child.send_signal(signal.SIGABRT)
    await asyncio.sleep(0.5)


async def ask_wrongly(witness: Witness, cameras: dict[str, str]) -> None:
    """Errors that might quote what they were given."""
    for name, url in cameras.items():
        for bad in (url.replace("://", "+x://", 1), f"ftp{url[url.index(':') :]}", url + " x", url * 60, f"{url}#x"):
            await witness.ask("POST", "/devices", 422, json={"name": f"bad {name}", "rtsp_url": bad})
            await witness.ask("POST", "/devices/check", 422, json={"rtsp_url": bad})
        await witness.ask("POST", "/devices", 422, json={"name": name, "rtsp_url": url, url: url})
        await witness.ask("POST", "/devices", 422, data=json.dumps(url), headers={"Content-Type": "application/json"})
    await witness.ask("GET", f"/devices?token={IN_QUERY}&password={IN_QUERY}")
    await witness.ask("GET", "/verify", 401, headers={"Authorization": f"Bearer {IN_QUERY}"})
    await witness.ask("GET", "/verify", 401, headers={"Authorization": f"Basic {IN_QUERY}"})
    await witness.ask("POST", "/token", 422, data={"username": "ada", "pass": IN_QUERY})
    await witness.ask("POST", "/algorithms", 415, data={"name": "x", "password": IN_QUERY})


async def read_results(witness: Witness) -> None:
    for path in ("frames", "check-video", "process.log", "error.txt"):
        await witness.ask("GET", f"/results/task works/{path}")
    key = (await witness.ask("POST", "/results/task works/access", 200))["access"]
    witness.given.add(key)
    await witness.ask("GET", f"/results/task works/process.log?access={key}", 200)
    await witness.ask("GET", f"/results/task works/frames?access={key}&access_token={IN_QUERY}")


async def read_everything(witness: Witness) -> None:
    for path in ("/devices", "/tasks", "/algorithms", "/users", "/users/me", "/audit?limit=500", "/openapi.json"):
        await witness.ask("GET", path, 200)
    await witness.ask("GET", "/audit", 200, headers={"Accept": "text/csv"})
    await witness.ask("GET", "/metrics")
    await witness.ask("GET", "/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    await witness.ask("POST", "/logout", 204)


# ---- what is searched -----------------------------------------------------------------------------------------


def what_processes_show(program: Program) -> list[tuple[str, str]]:
    """Command lines of all, and the environment of all but the main process, which was given its secrets there."""
    shown = [("main's command line", " ".join(program.process.args))]  # type: ignore[arg-type]
    for child in program.children():
        with suppress(psutil.NoSuchProcess):
            shown.append((f"environment of {child.pid}", str(child.environ())))
            shown.append((f"command line of {child.pid}", str(child.cmdline())))
    return shown


def command_lines(program: Program, *, whole: bool) -> list[tuple[str, str]]:
    """What commands say on the same station: of a second start and of its database; and the `whole`, which is the same
    for each database: help, refusals, one that can't be had."""
    data = ["--data-dir", str(program.folder / "data")]
    away = {"DATABASE_URL": f"postgresql://siapp:{DATABASE_PASSWORD}@127.0.0.1:1/siapp"}
    wrong = {"DATABASE_URL": f"mysql://siapp:{DATABASE_PASSWORD}@127.0.0.1/siapp"}
    short = {"SECRET_KEY": KEY[:12]}
    said = []
    always: list[tuple[list[str], dict[str, str]]] = [
        (["serve", *data], {}),
        (["doctor", "--quick", *data], {}),
        (["audit", "verify", *data], {}),
    ]
    once = [
        (["--help"], {}),
        (["serve", "--data-dir", str(program.folder / "other")], away),
        (["user", "list", "--data-dir", str(program.folder / "other")], away),
        (["serve", *data], wrong),
        (["serve", *data], short),
        (["doctor", "--quick", *data], away),
    ]
    for arguments, more in [*always, *(once if whole else [])]:
        done = subprocess.run(
            [sys.executable, "-m", "siapp", *arguments],
            cwd=program.folder,
            env={**program.environment, **more},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        said.append((" ".join(arguments), done.stdout + done.stderr))
    return said


def files(folder: Path) -> list[Path]:
    """All of the data folder but the weights, which are large and nobody's words."""
    return [path for path in folder.rglob("*") if path.is_file() and "weights" not in path.parts]


def tables(url: str) -> list[tuple[str, str]]:
    """Every row of every table of PostgreSQL; SQLite's file is among the files."""
    if url.startswith("sqlite"):
        return [("siapp.db", Path(url.removeprefix("sqlite:///")).read_bytes().decode("latin-1"))]
    said = []
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in names:
            rows = connection.execute(f'SELECT * FROM "{name}"'.encode()).fetchall()
            said.append((f"table {name}", str(rows)))
    return said


def secrets_of(witness: Witness) -> set[str]:
    planted = {
        CAMERA_PASSWORD, WRONG_PASSWORD, quote(WRONG_PASSWORD, safe=""), QUERY_PASSWORD, PATH_PASSWORD,
        ADMIN_PASSWORD, OTHER_PASSWORD, WRONG_SIGN_IN, KEY, KEY[:12], DATABASE_PASSWORD, METRICS_TOKEN, IN_QUERY,
    }  # fmt: skip
    return planted | {quote(secret, safe="") for secret in planted} | witness.given


def leaks(said: list[tuple[str, str]], secrets: set[str]) -> list[str]:
    """Where each secret is to be read, with a little of what stands around it."""
    found = []
    for place, text in said:
        for secret in sorted(secrets):
            if (at := text.find(secret)) >= 0:
                found.append(f"{place}: {text[max(0, at - 80) : at + 80]!r}")
    return found


def assert_was_used(said: list[tuple[str, str]]) -> None:
    """The search looked where it meant to: each place has what belongs there."""
    everything = "\n".join(f"{place}: {text}" for place, text in said)
    for word in ("***:***@", "password=***", "auth_failed", "detections", "device.add", "SIAPP_LOG_LEVEL", "SIGABRT"):
        assert word in everything, word
    assert any("siapp.log" in place and "DEBUG" in text for place, text in said)
    assert any("process.log" in place for place, _text in said)
