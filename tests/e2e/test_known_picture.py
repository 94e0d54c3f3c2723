"""Detections lie on what is to be seen, wherever the picture goes."""

import asyncio
import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import pytest

from siapp.core.domain import DetectedObject, Picture, TaskOptions
from siapp.core.hub import FrameHub
from siapp.core.resources import resources
from siapp.core.services.recordings import Recording, RecordingAnalysis
from siapp.core.specs import Demand
from siapp.core.workers.engine import Engine
from tests.cameras import GStreamerCamera, ScriptedCamera
from tests.e2e.support import WINDOW, Box, CarClip, Site, decoded_jpeg, iou, jpeg_index, task_key, until, window_index

ENOUGH = 30
CONFIDENT = TaskOptions(confidence=0.4)


def on_the_car(objects: Sequence[DetectedObject], box: Box) -> bool:
    return any(found.label == "car" and iou(found.box, box) > 0.5 for found in objects)


def assert_found(pictures: list[Picture], indexes: list[int | None], car: CarClip) -> None:
    """Each picture is a whole one of the clip, and in at least nine of ten the car is where it was drawn."""
    assert None not in indexes
    hits = [on_the_car(picture.objects, car.boxes[index]) for picture, index in zip(pictures, indexes, strict=True)]
    assert sum(hits) >= 0.9 * len(hits), f"{sum(hits)} of {len(hits)}"


async def test_boxes_lie_on_the_car_in_a_window_and_in_jpegs(site: Site, camera: ScriptedCamera, car: CarClip) -> None:
    task = await site.running(camera.url, options=CONFIDENT)
    in_window: list[Picture] = []
    in_jpeg: list[Picture] = []
    await site.watch(task_key(task), WINDOW, in_window)
    await site.watch(task_key(task), Demand(jpeg=True, jpeg_clean=True), in_jpeg)
    await until(lambda: len([p for p in in_jpeg if p.bgra and p.jpeg and p.jpeg_clean]) >= ENOUGH)
    whole = [picture for picture in in_jpeg if picture.bgra and picture.jpeg and picture.jpeg_clean]
    indexes = [window_index(picture) for picture in whole]
    assert_found(whole, indexes, car)
    assert [jpeg_index(picture.jpeg_clean or b"") for picture in whole] == indexes
    assert all((picture.width, picture.height) == (640, 352) for picture in whole)
    boxed, clean = decoded_jpeg(whole[0].jpeg or b""), decoded_jpeg(whole[0].jpeg_clean or b"")
    assert (boxed != clean).any(), "the boxes are drawn in one of them"


async def test_boxes_lie_on_the_car_of_an_independent_camera(site: Site, car: CarClip) -> None:
    with GStreamerCamera(car.clip) as camera:
        task = await site.running(camera.url, options=CONFIDENT)
        pictures: list[Picture] = []
        await site.watch(task_key(task), WINDOW, pictures)
        await until(lambda: len(pictures) >= ENOUGH)
        assert_found(pictures, [window_index(picture) for picture in pictures], car)


async def test_boxes_lie_on_the_car_when_the_clip_is_a_file(car: CarClip, tmp_path: Path) -> None:
    video = tmp_path / "car.mp4"
    await asyncio.to_thread(write_video, car, video)
    engine = Engine(FrameHub())
    await engine.start()
    try:
        recording = Recording(video, resources() / "demo" / "demo.pt", CONFIDENT, with_video=False)
        outcome = await RecordingAnalysis(engine, tmp_path / "out").run(recording)
    finally:
        await engine.close()
    assert outcome.frames == len(car.pictures)
    lines = [json.loads(line) for line in (tmp_path / "out" / "detections.jsonl").read_text().splitlines()]
    assert [line["frame"] for line in lines] == list(range(len(car.pictures)))
    hits = [
        any(found["label"] == "car" and iou(found["box"], box) > 0.5 for found in line["objects"])
        for line, box in zip(lines, car.boxes, strict=True)
    ]
    assert sum(hits) >= 0.9 * len(hits)


@pytest.mark.parametrize("shown", [(320, 176), (1280, 704)])
async def test_a_window_gets_the_picture_in_its_size_and_never_enlarged(
    site: Site, camera: ScriptedCamera, shown: tuple[int, int]
) -> None:
    task = await site.running(camera.url)
    pictures: list[Picture] = []
    await site.watch(task_key(task), Demand(*shown), pictures)
    await until(lambda: len(pictures) >= 3)
    assert (pictures[-1].width_shown, pictures[-1].height_shown) == (min(shown[0], 640), min(shown[1], 352))
    assert window_index(pictures[-1]) is not None


def write_video(car: CarClip, path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(10))
        stream.width, stream.height, stream.pix_fmt = car.pictures.shape[2], car.pictures.shape[1], "yuv420p"
        stream.options = {"crf": "18", "preset": "ultrafast"}
        for picture in car.pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
