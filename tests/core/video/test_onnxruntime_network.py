"""ONNX Runtime in OpenVINO's place. Its provider for processors stands in for the one for NVIDIA's cards: the same
code with another list of providers."""

import logging
from pathlib import Path

import numpy as np
import pytest

from siapp.core.domain import TaskOptions
from siapp.core.models.importer import import_weights
from siapp.core.resources import resources
from siapp.core.specs import InferenceSpec, ModelSpec
from siapp.core.video.detector import Detector
from siapp.core.video.letterbox import Letterbox, letterbox_for
from siapp.core.video.network import CompiledNetwork, Purpose
from siapp.core.video.onnxruntime_network import OnnxRuntimeNetwork
from siapp.core.video.openvino_network import OpenVinoNetwork

PROCESSOR = [("CPUExecutionProvider", {})]
SIZE = 320, 240


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    folder = tmp_path_factory.mktemp("artefact")
    imported = import_weights(resources() / "demo" / "demo.pt", folder, lambda _fraction, _step: None)
    return ModelSpec(str(folder), imported.classes, imported.input_size, imported.stride)


@pytest.fixture(scope="module")
def box(model: ModelSpec) -> Letterbox:
    return letterbox_for(*SIZE, model)


def on_processor(model: ModelSpec, box: Letterbox) -> OnnxRuntimeNetwork:
    """Its threads end with it: no fixture, which would hold it until after the test."""
    return OnnxRuntimeNetwork(Path(model.folder), box, InferenceSpec(), PROCESSOR)


def answers(network: CompiledNetwork, pictures: list[np.ndarray]) -> list[np.ndarray]:
    """All pictures in flight at the same time."""
    requests = [network.request() for _picture in pictures]
    for request, picture in zip(requests, pictures, strict=True):
        request.canvas[:] = picture
        request.start()
    return [request.result().copy() for request in requests]


def test_it_answers_as_openvino_does(model: ModelSpec, box: Letterbox) -> None:
    chance = np.random.default_rng(0)
    pictures = [chance.integers(0, 256, (box.height, box.width, 3), np.uint8) for _number in range(4)]
    compiled = on_processor(model, box)
    exact = OpenVinoNetwork(Path(model.folder), box, Purpose.LATENCY, InferenceSpec(exact=True))
    for right, given in zip(answers(exact, pictures), answers(compiled, pictures), strict=True):
        assert given.shape == right.shape
        np.testing.assert_allclose(given[4:], right[4:], atol=1e-4)
        np.testing.assert_allclose(given[:4], right[:4], atol=1e-2)
    assert (compiled.precision, exact.precision) == ("f32", "f32")


def test_a_request_is_used_again_and_starts_grey(model: ModelSpec, box: Letterbox) -> None:
    request = on_processor(model, box).request()
    assert (request.canvas == 114).all()
    assert request.canvas.shape == (box.height, box.width, 3)
    request.start()
    grey = request.result().copy()
    request.canvas[:] = np.random.default_rng(1).integers(0, 256, request.canvas.shape, np.uint8)
    request.start()
    assert not np.array_equal(request.result(), grey)
    request.canvas[:] = 114
    request.start()
    np.testing.assert_array_equal(request.result(), grey)


def test_starting_does_not_wait(model: ModelSpec, box: Letterbox) -> None:
    compiled = on_processor(model, box)
    requests = [compiled.request() for _number in range(compiled.parallel + 1)]
    for request in requests:
        request.start()
    assert not all(request._running.done() for request in requests)
    for request in requests:
        request.result()


def test_a_card_that_is_not_there_is_an_error_and_never_the_processor(model: ModelSpec, box: Letterbox) -> None:
    with pytest.raises(RuntimeError, match="CUDAExecutionProvider"):
        OnnxRuntimeNetwork(Path(model.folder), box, InferenceSpec("cuda.9"))


def test_a_folder_without_a_network_is_an_error(box: Letterbox, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        OnnxRuntimeNetwork(tmp_path, box, InferenceSpec(), PROCESSOR)


@pytest.mark.parametrize("device", ["cuda.9", "gpu.9"])
def test_a_device_that_fails_leaves_the_work_to_the_processor_and_says_so(
    device: str, model: ModelSpec, caplog: pytest.LogCaptureFixture
) -> None:
    picture = np.random.default_rng(2).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
    options = TaskOptions(confidence=0.01)
    right = Detector(model).network(*SIZE).detect(picture, options)
    with caplog.at_level(logging.WARNING):
        detector = Detector(model, Purpose.LATENCY, InferenceSpec(device))
        found = detector.network(*SIZE).detect(picture, options)
        detector.network(64, 64)  # asked once, not for each size
    np.testing.assert_array_equal(found, right)
    (line,) = [record.getMessage() for record in caplog.records if record.name.startswith("siapp")]
    assert f"can't run on {device}, the processor is used" in line and "\n" not in line
