"""A colleague at another desk: from registration to annotated pictures, nothing stood in for."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest_asyncio

from siapp.app import Station
from siapp.client import Client
from siapp.client.answers import AccountStatus, Detections, Options, TaskState, VersionState
from siapp.core.domain import Role
from siapp.core.resources import resources
from siapp.core.settings import Settings
from siapp.net.server import Server
from tests.cameras import ScriptedCamera
from tests.e2e.support import CarClip, decoded_jpeg, iou, jpeg_index

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = resources() / "demo" / "demo.pt"
PASSWORD = "a long enough secret"
ENOUGH = 40
PATIENCE_S = 60.0

Shown = tuple[Detections, bytes]


@pytest_asyncio.fixture
async def address(station: Station, settings: Settings) -> AsyncIterator[str]:
    server = Server(station.services, settings)
    try:
        yield await server.start()
    finally:
        await server.stop()


@pytest_asyncio.fixture
async def anna(station: Station, address: str) -> AsyncIterator[Client]:
    """An administrator's program."""
    await station.services.accounts.add_user("anna", PASSWORD, Role.ADMIN)
    async with Client(address) as client:
        await client.sign_in("anna", PASSWORD)
        yield client


async def test_from_registration_to_boxes_on_the_car(
    anna: Client, address: str, camera: ScriptedCamera, car: CarClip
) -> None:
    newcomer = await anna.register("otto", PASSWORD)
    assert newcomer.status is AccountStatus.PENDING
    assert (await anna.users.set_status(newcomer.id, AccountStatus.APPROVED)).status is AccountStatus.APPROVED

    checked = await anna.devices.check(camera.url)
    assert (checked.reachable, checked.width, checked.height) == (True, 640, 352)
    device = await anna.devices.add("Yard", camera.url)
    algorithm = await anna.algorithms.add("street users", WEIGHTS)
    assert algorithm.versions[0].state is VersionState.IMPORTING
    algorithm = await anna.algorithms.imported(algorithm.id, PATIENCE_S)
    assert algorithm.active_version == 1, algorithm
    task = await anna.tasks.add("cars", device.id, algorithm.id, options=Options(confidence=0.4))
    await anna.tasks.start(task.id)

    async with Client(address) as otto:
        await otto.sign_in("otto", PASSWORD)
        seen = await asyncio.gather(*(_watch(otto, task.id) for _viewer in range(3)))
    for pictures in seen:
        _assert_on_the_car(pictures, car)
    _assert_nobody_is_robbed(seen)
    assert camera.clients_playing == 1, "a camera sees one client, however many watch"


async def test_the_example_saves_ten_pictures(
    anna: Client, address: str, camera: ScriptedCamera, tmp_path: Path
) -> None:
    command = [sys.executable, "examples/save_ten_pictures.py", address, "anna", camera.url, str(WEIGHTS)]
    program = await asyncio.create_subprocess_exec(
        *command,
        "--folder",
        str(tmp_path),
        cwd=ROOT,
        env={**os.environ, "SIAPP_PASSWORD": PASSWORD},
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE_S):
        output, _errors = await program.communicate()
    assert program.returncode == 0
    pictures = [(tmp_path / f"picture_{number}.jpg").read_bytes() for number in range(10)]
    assert len(set(pictures)) == 10
    assert all(decoded_jpeg(picture).shape == (352, 640, 3) for picture in pictures)
    assert output.decode().count("picture_") == 10 and "car" in output.decode()
    (task,) = (await anna.tasks.page()).items
    assert task.state in (TaskState.STOPPING, TaskState.STOPPED)


async def _watch(client: Client, task_id: int) -> list[Shown]:
    """Pictures with the detections that came just before each."""
    seen: list[Shown] = []
    async with asyncio.timeout(PATIENCE_S), aclosing(client.tasks.pictures(task_id, boxes=False)) as pictures:
        async for picture in pictures:
            assert picture.detections is not None, "a picture without its detections"
            seen.append((picture.detections, picture.jpeg))
            if len(seen) == ENOUGH:
                break
    return seen


def _assert_on_the_car(seen: list[Shown], car: CarClip) -> None:
    hits = 0
    for said, jpeg in seen:
        index = jpeg_index(jpeg)
        assert index is not None, "not a picture of the clip"
        hits += any(found.label == "car" and iou(found.box, car.boxes[index]) > 0.5 for found in said.objects)
    assert hits >= 0.9 * len(seen), f"{hits} of {len(seen)}"


def _assert_nobody_is_robbed(seen: list[list[Shown]]) -> None:
    """Of the pictures that were there while all watched, each viewer has 95 %, in order."""
    numbers = [[said.seq for said, _jpeg in pictures] for pictures in seen]
    first, last = max(row[0] for row in numbers), min(row[-1] for row in numbers)
    made = {number for row in numbers for number in row if first <= number <= last}
    for row in numbers:
        assert row == sorted(set(row))
        assert len(made & set(row)) >= 0.95 * len(made)
