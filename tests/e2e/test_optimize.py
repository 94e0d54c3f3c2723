"""Optimising as a person does it: the command with real files, and a station with its real worker and a real camera."""

import asyncio
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from siapp.app import Station
from siapp.core.domain import Actor, AlgorithmVersion, VersionState
from siapp.core.resources import resources
from siapp.core.services import algorithms
from tests.cameras import ScriptedCamera, encode_clip
from tests.core.models.support import artefact
from tools.demo.scene import Scene

IMPORTING = VersionState.IMPORTING
ROOT = Path(__file__).parents[2]
CLIP, WEIGHTS = resources() / "demo" / "demo.mp4", resources() / "demo" / "demo.pt"


def optimize(*arguments: object) -> tuple[int, str, str]:
    """(exit code, stdout, stderr)."""
    done = subprocess.run(
        [sys.executable, "-m", "siapp", "optimize", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "LANGUAGE": "en", "SIAPP_LOG_LEVEL": ""},
        text=True,
        capture_output=True,
        timeout=170,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_command_writes_a_network_that_can_be_uploaded(tmp_path: Path) -> None:
    out = tmp_path / "cars.zip"
    code, table, errors = optimize("--weights", WEIGHTS, "--video", CLIP, "--out", out, "--frames", "16")
    assert (code, errors) == (0, "")
    for words in ("Original", "INT8", "Speed (frames/s)", "Boxes kept (IoU above 0.5)", "Mean change of their scores"):
        assert words in table
    assert {path.name for path in tmp_path.iterdir()} == {"cars.zip"}
    with zipfile.ZipFile(out) as archive:
        assert {str(Path(name).parent) for name in archive.namelist()} == {"cars_openvino_model"}
        metadata = yaml.safe_load(archive.read("cars_openvino_model/metadata.yaml"))
    assert metadata["task"] == "detect" and metadata["names"][2] == "car" and metadata["imgsz"][0] % 32 == 0
    (target := tmp_path / "imported").mkdir()
    imported = artefact(out, target)
    assert (imported.classes, imported.input_size) == (("person", "bicycle", "car", "truck"), None)


@pytest.mark.parametrize(
    ("weights", "video", "out", "words"),
    [
        ("gone.pt", CLIP, "o.zip", "siapp: There is no file “gone.pt”.\n"),
        (
            WEIGHTS,
            WEIGHTS,
            "o.zip",
            "siapp: This file is not a video that siapp can read. MP4 with H.264 always works.\n",
        ),
        (CLIP, CLIP, "o.zip", "siapp: This is no weight file that siapp knows."),
        (WEIGHTS, CLIP, "no/such/o.zip", "siapp: The folder for the result does not exist.\n"),
        (WEIGHTS, CLIP, WEIGHTS, "siapp: The result would take the place of what it is made from.\n"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    tmp_path: Path, weights: Path | str, video: Path, out: Path | str, words: str
) -> None:
    before = WEIGHTS.stat()
    code, printed, errors = optimize("--weights", weights, "--video", video, "--out", tmp_path / out)
    assert (code, printed) == (1, "") and errors.startswith(words)
    assert list(tmp_path.iterdir()) == [] and WEIGHTS.stat() == before


async def test_a_station_optimizes_for_a_camera(
    station: Station, operator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(algorithms, "CALIBRATION_PICTURES", 12)
    scene = Scene(640, 360, 1)
    clip = encode_clip([scene.frame(number)[0] for number in range(50)], 50, fps=25, gop=25)
    services = station.services
    algorithm = await services.algorithms.add_from_file(operator, "Cars", WEIGHTS)

    async def wait_for(number: int) -> AlgorithmVersion:
        async with asyncio.timeout(150):
            while (found := (await services.algorithms.get(algorithm.id)).versions[number - 1]).state is IMPORTING:
                await asyncio.sleep(0.05)
        return found

    await wait_for(1)
    with ScriptedCamera(clip) as camera:
        device = await services.devices.add(operator, "Gate", camera.url)
        await services.algorithms.optimize(operator, algorithm.id, 1, device.id)
        made = await wait_for(2)
    assert (made.state, made.error) == (VersionState.READY, None)
    assert made.report is not None and made.report.pictures == 6 and made.report.fps_after > 0
    folder = Path((await services.algorithms.model(algorithm.id, 2)).folder)
    assert {path.name for path in folder.iterdir()} == {"model.xml", "model.bin"}
