"""A real file system that fills up under a running task: what can wait, waits, and goes on by itself."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, FormData

from siapp.app import Station
from siapp.core.domain import TaskState
from siapp.core.events import Notice
from siapp.core.keyframes import numbers
from siapp.core.settings import Settings
from tests.cameras import ScriptedCamera
from tests.e2e.support import Site, until
from tests.e2e.test_results import OFTEN, asked, browser

__all__ = ["browser"]  # a fixture

MB = 1 << 20
FLOOR = 20 * MB


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """120 MB, of which 20 MB have to stay free."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root mounts a file system")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def settings(settings: Settings, disk: Path) -> Settings:
    return settings.model_copy(update={"data_dir": disk / "data", "free_space_floor_bytes": FLOOR})


async def test_results_stop_first_uploads_answer_507_and_all_of_it_goes_on_by_itself(
    station: Station, site: Site, browser: ClientSession, camera: ScriptedCamera, disk: Path
) -> None:
    notices: list[str] = []
    site.services.bus.subscribe(lambda event: notices.append(event.problem.code) if isinstance(event, Notice) else None)
    task = await site.running(camera.url, "cars", OFTEN)
    folder = station.storage.task_folder(task.id)
    await until(lambda: len(numbers(folder)) >= 2)

    ballast = disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(disk).free - FLOOR // 2))
    await until(lambda: "the disk is nearly full" in (folder / "process.log").read_text())
    stopped = numbers(folder)
    await asyncio.sleep(2.0)  # several key frames' time
    assert numbers(folder) == stopped
    assert await site.state(task) is TaskState.RUNNING

    form = FormData()
    form.add_field("name", "People")
    form.add_field("weight_file", bytes(100_000), filename="yolo.pt")
    status, problem = await asked(browser, "POST", "/algorithms", data=form)
    assert (status, problem["code"]) == (507, "disk_full")
    assert list((station.storage.root / "incoming").iterdir()) == []
    camera_body = {"name": "Yard", "rtsp_url": "rtsp://192.168.1.30/live"}
    assert (await asked(browser, "POST", "/devices", json=camera_body))[0] == 201  # the database still writes

    await until(lambda: notices == ["disk_full"])

    ballast.unlink()
    await until(lambda: len(numbers(folder)) >= len(stopped) + 2, within_s=30)
    log = (folder / "process.log").read_text()
    assert log.count("the disk is nearly full") == log.count("kept again") == 1
    await until(lambda: notices == ["disk_full", "disk_free"], within_s=30)
    await site.stop(task)
