"""A picture tried in its real process, with the demo's network."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import pytest_asyncio

from siapp.core.domain import TaskOptions
from siapp.core.errors import SiappError
from siapp.core.hub import FrameHub
from siapp.core.models.importer import import_weights
from siapp.core.resources import resources
from siapp.core.services import trials
from siapp.core.services.trials import Trials
from siapp.core.space import Space
from siapp.core.specs import ModelSpec
from siapp.core.storage import Storage
from siapp.core.video.detector import Detector
from siapp.core.workers.engine import Engine
from tests.core.video.test_still import SVG, png_header

DEMO = resources() / "demo"
LOW = TaskOptions(confidence=0.05, iou=0.7)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    folder = tmp_path_factory.mktemp("demo")
    imported = import_weights(DEMO / "demo.pt", folder, lambda _fraction, _step: None)
    return ModelSpec.from_json({**imported.to_json(), "folder": str(folder), "version": 1})


@pytest.fixture(scope="module")
def frame() -> Any:
    clip = cv2.VideoCapture(str(DEMO / "demo.mp4"))
    good, picture = clip.read()
    clip.release()
    assert good
    return picture


@pytest_asyncio.fixture
async def service(tmp_path: Path) -> AsyncIterator[Trials]:
    storage = Storage(tmp_path / "data")
    storage.prepare()
    engine = Engine(FrameHub())
    await engine.start()
    yield Trials(storage, Space(storage.root, 0), engine)
    await engine.close()
    assert not list((storage.root / "incoming").iterdir())


async def test_each_threshold_shows_what_a_run_with_it_would_find(
    service: Trials, model: ModelSpec, frame: Any, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), frame)
    trial = await service.run(model, photo, LOW)
    network = Detector(model).network(frame.shape[1], frame.shape[0])
    for confidence, iou in ((0.05, 0.7), (0.25, 0.7), (0.25, 0.2), (0.6, 0.45), (0.1, 0.95)):
        expected = network.detect(frame, TaskOptions(confidence=confidence, iou=iou))
        found = trial.objects(confidence, iou)
        assert len(expected) > 2 and [one.class_id for one in found] == expected[:, 5].astype(int).tolist()
        assert np.allclose([one.box for one in found], expected[:, :4], atol=0.05)
    assert trial.picture.objects == trial.objects(LOW.confidence, LOW.iou)
    assert trial.picture.objects[0].label in model.classes and trial.inference_ms > 0
    shown = np.frombuffer(trial.picture.bgra or b"", np.uint8).reshape(frame.shape[0], frame.shape[1], 4)
    assert (shown[:, :, :3] == frame).all()


async def test_a_picture_of_one_pixel_is_a_picture(service: Trials, model: ModelSpec) -> None:
    data = cv2.imencode(".bmp", np.zeros((1, 1, 3), np.uint8))[1].tobytes()
    trial = await service.run(model, data, LOW)
    assert (trial.picture.width, trial.picture.height, trial.picture.bgra) == (1, 1, bytes((0, 0, 0, 255)))


@pytest.mark.parametrize(
    ("content", "code"), [(png_header(30_000, 30_000), "too_many_pixels"), (SVG, "not_a_picture")], ids=["bomb", "svg"]
)
async def test_a_hostile_picture_is_refused_by_its_process(
    service: Trials, model: ModelSpec, content: bytes, code: str, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(content)
    with pytest.raises(SiappError) as refused:
        await service.run(model, photo, LOW)
    assert refused.value.code == code and str(tmp_path) not in str(refused.value)


async def test_a_process_over_its_time_is_told_in_a_sentence(
    service: Trials, model: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "LIMIT_S", 0.05)
    with pytest.raises(SiappError, match="within the limits of time and memory"):
        await service.run(model, png_header(64, 64), LOW)
    await asyncio.sleep(0)
