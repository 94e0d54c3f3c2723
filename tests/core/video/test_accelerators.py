"""What is measured of a device, here by ONNX Runtime and by a network that is wrong on purpose."""

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from siapp.core.accelerators import CPU, Accelerator, is_nvidia
from siapp.core.models.importer import import_weights
from siapp.core.resources import resources
from siapp.core.specs import InferenceSpec, ModelSpec
from siapp.core.video import accelerators
from siapp.core.video.accelerators import inventory, measure
from siapp.core.video.letterbox import Letterbox
from siapp.core.video.network import CompiledNetwork, Purpose
from siapp.core.video.onnxruntime_network import OnnxRuntimeNetwork
from siapp.core.video.openvino_network import OpenVinoNetwork, OpenVinoRequest

CLIP = resources() / "demo" / "demo.mp4"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    folder = tmp_path_factory.mktemp("artefact")
    imported = import_weights(resources() / "demo" / "demo.pt", folder, lambda _fraction, _step: None)
    return ModelSpec(str(folder), imported.classes, imported.input_size, imported.stride)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerators, "WARM_UP_S", 0.05)
    monkeypatch.setattr(accelerators, "MEASURED_S", 0.2)


class Wrong(OpenVinoRequest):
    """Answers something else: `how` is added to every score."""

    how = 0.3

    def result(self) -> np.ndarray:
        raw = super().result().copy()
        raw[4:] += self.how
        return raw


class NoNumber(Wrong):
    how = float("nan")


def stand_in(kind: type[OpenVinoRequest] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `gpu` is from now on: OpenVINO's network with requests of this kind, or ONNX Runtime's."""

    def compiled(folder: Path, box: Letterbox, purpose: Purpose, inference: InferenceSpec) -> CompiledNetwork:
        if inference.device != CPU and kind is None:
            return OnnxRuntimeNetwork(folder, box, inference, [("CPUExecutionProvider", {})])
        network = OpenVinoNetwork(folder, box, purpose, InferenceSpec(CPU, exact=inference.exact))
        if inference.device != CPU and kind is not None:
            network.request = lambda: kind(network._compiled, box)  # type: ignore[method-assign]
        return network

    monkeypatch.setattr(accelerators, "compile_network", compiled)


def test_the_processor_is_always_there() -> None:
    found = inventory()
    assert found.accelerators[0].name == CPU
    assert found.accelerators[0].title
    assert {"ffmpeg", "openvino"} <= set(found.versions) <= {"ffmpeg", "openvino", "onnxruntime-gpu"}


class Driver:
    """NVIDIA's driver with two cards, as far as it is asked."""

    def cuInit(self, _flags: int) -> int:
        return 0

    def cuDeviceGetCount(self, count: Any) -> int:
        count._obj.value = 2
        return 0

    def cuDriverGetVersion(self, number: Any) -> int:
        number._obj.value = 13010
        return 0

    def cuDeviceGet(self, device: Any, place: int) -> int:
        device._obj.value = place + 40
        return 0

    def cuDeviceGetName(self, title: Any, _size: int, device: Any) -> int:
        title.value = f"Card {device.value}".encode()
        return 0


def test_nvidias_cards_are_listed_by_their_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: Driver())
    assert inventory().accelerators[-2:] == (
        Accelerator("cuda.0", "Card 40", "CUDA 13.1"),
        Accelerator("cuda.1", "Card 41", "CUDA 13.1"),
    )


def test_without_a_driver_there_is_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert not any(is_nvidia(each.name) for each in inventory().accelerators)


def test_the_processor_agrees_with_itself(model: ModelSpec) -> None:
    measurement = measure(model, CPU, CLIP)
    assert measurement.agrees
    assert measurement.fps > 1
    assert 0 < measurement.compile_s < 60
    assert measurement.precision in ("f32", "bf16", "f16")


def test_another_library_is_measured_as_well(model: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(None, monkeypatch)
    measurement = measure(model, "gpu", CLIP)
    assert measurement.agrees
    assert (measurement.name, measurement.precision) == ("gpu", "f32")
    assert measurement.score_error < 1e-4 and measurement.box_error < 0.01


@pytest.mark.parametrize("kind", [Wrong, NoNumber])
def test_a_device_that_computes_something_else_does_not_agree(
    kind: type[Wrong], model: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(kind, monkeypatch)
    measurement = measure(model, "gpu", CLIP)
    assert not measurement.agrees
    assert measurement.score_error >= 0.2


def test_a_device_that_is_not_there_can_not_be_measured(model: ModelSpec) -> None:
    with pytest.raises(RuntimeError):
        measure(model, "gpu.9", CLIP)
