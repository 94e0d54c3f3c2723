"""A colleague at another desk: from registration to annotated pictures, nothing stood in for."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from aiohttp import ClientSession, ClientWebSocketResponse, FormData, WSMsgType

from siapp.app import Station
from siapp.core.domain import Role
from siapp.core.resources import resources
from siapp.core.settings import Settings
from siapp.net.server import Server
from tests.cameras import ScriptedCamera
from tests.e2e.support import CarClip, iou, jpeg_index

PASSWORD = "a long enough secret"
ENOUGH = 40
PATIENCE_S = 60.0


class Client:
    """What a browser or a program does."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session
        self._token = ""

    async def sign_in(self, name: str) -> None:
        answer = await self.ask("POST", "/token", data={"username": name, "password": PASSWORD})
        self._token = answer["access_token"]

    async def ask(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with self._session.request(method, path, headers=headers, **options) as response:
            assert response.status < 300, await response.text()
            return await response.json()

    async def socket(self, path: str) -> ClientWebSocketResponse:
        socket = await self._session.ws_connect(path, max_msg_size=0)
        await socket.send_json({"token": self._token})
        return socket


@pytest_asyncio.fixture
async def client(station: Station, settings: Settings) -> AsyncIterator[Client]:
    server = Server(station.services, settings)
    address = await server.start()
    try:
        async with ClientSession(address) as session:
            yield Client(session)
    finally:
        await server.stop()


async def test_from_registration_to_boxes_on_the_car(
    station: Station, client: Client, camera: ScriptedCamera, car: CarClip
) -> None:
    await station.services.accounts.add_user("anna", PASSWORD, Role.ADMIN)
    newcomer = await client.ask("POST", "/register", json={"username": "otto", "password": PASSWORD})
    assert newcomer["status"] == "pending"
    await client.sign_in("anna")
    approved = await client.ask("PUT", f"/users/{newcomer['id']}/status", json={"status": "approved"})
    assert approved["status"] == "approved"

    checked = await client.ask("POST", "/devices/check", json={"rtsp_url": camera.url})
    assert (checked["reachable"], checked["width"], checked["height"]) == (True, 640, 352)
    device = await client.ask("POST", "/devices", json={"name": "Yard", "rtsp_url": camera.url})
    algorithm = await _upload(client)
    wanted = {"name": "cars", "device_id": device["id"], "algorithm_id": algorithm["id"]}
    task = await client.ask("POST", "/tasks", json={**wanted, "options": {"confidence": 0.4}})
    await client.ask("POST", f"/tasks/{task['id']}/start")

    await client.sign_in("otto")
    sockets = [await client.socket(f"/ws/tasks/{task['id']}?boxes=0") for _viewer in range(3)]
    seen = await asyncio.gather(*(_watch(socket) for socket in sockets))
    for pictures in seen:
        _assert_on_the_car(pictures, car)
    _assert_nobody_is_robbed(seen)
    assert camera.clients_playing == 1, "a camera sees one client, however many watch"
    for socket in sockets:
        await socket.close()


async def _upload(client: Client) -> dict[str, Any]:
    """The demo's weights, as a browser sends them, until they are ready."""
    form = FormData()
    weights = await asyncio.to_thread((resources() / "demo" / "demo.pt").read_bytes)
    form.add_field("weight_file", weights, filename="demo.pt", content_type="application/octet-stream")
    form.add_field("name", "street users")
    added: dict[str, Any] = await client.ask("POST", "/algorithms", data=form)
    assert added["versions"][0]["state"] == "importing"
    events = await client.socket("/ws/events")
    async with asyncio.timeout(PATIENCE_S):
        while added["versions"][0]["state"] == "importing":
            await events.receive()  # whatever it is: something changed
            added = await client.ask("GET", f"/algorithms/{added['id']}")
    await events.close()
    assert added["active_version"] == 1, added
    return added


async def _watch(socket: ClientWebSocketResponse) -> list[tuple[dict[str, Any], bytes]]:
    """Pictures with the detections that came just before each."""
    seen: list[tuple[dict[str, Any], bytes]] = []
    said: dict[str, Any] = {}
    async with asyncio.timeout(PATIENCE_S):
        while len(seen) < ENOUGH:
            message = await socket.receive()
            if message.type is WSMsgType.BINARY:
                assert said["type"] == "detections", "a picture without its detections"
                seen.append((said, message.data))
            else:
                said = json.loads(message.data)
    return seen


def _assert_on_the_car(seen: list[tuple[dict[str, Any], bytes]], car: CarClip) -> None:
    hits = 0
    for said, jpeg in seen:
        index = jpeg_index(jpeg)
        assert index is not None, "not a picture of the clip"
        hits += any(found["label"] == "car" and iou(found["box"], car.boxes[index]) > 0.5 for found in said["objects"])
    assert hits >= 0.9 * len(seen), f"{hits} of {len(seen)}"


def _assert_nobody_is_robbed(seen: list[list[tuple[dict[str, Any], bytes]]]) -> None:
    """Of the pictures that were there while all watched, each viewer has 95 %, in order."""
    numbers = [[said["seq"] for said, _jpeg in pictures] for pictures in seen]
    first, last = max(row[0] for row in numbers), min(row[-1] for row in numbers)
    made = {number for row in numbers for number in row if first <= number <= last}
    for row in numbers:
        assert row == sorted(set(row))
        assert len(made & set(row)) >= 0.95 * len(made)
