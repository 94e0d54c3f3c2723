"""Looks for what can run networks, and measures it; in disposable processes, which a broken driver takes along."""

import ctypes
import importlib.util
import sys
import time
from collections import deque
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import av
import numpy as np
import openvino as ov
from numpy.typing import NDArray

from siapp.core.accelerators import CPU, Accelerator, Inventory, Measurement
from siapp.core.specs import InferenceSpec, ModelSpec
from siapp.core.video.detector import compile_network
from siapp.core.video.letterbox import Letterbox, letterbox_for
from siapp.core.video.network import CompiledNetwork, Purpose, Request
from siapp.core.video.pictures import Pixels

WARM_UP_S: Final = 0.5
MEASURED_S: Final = 2.0
_COMPARED_PICTURES: Final = 3
_PICTURE_EVERY: Final = 30
_CERTAIN: Final = 0.25
"""Boxes are compared where the right answer shows one: elsewhere they mean nothing."""
_LIBRARIES: Final = ("openvino", "onnxruntime-gpu")


def inventory() -> Inventory:
    """What there is: what OpenVINO names, and NVIDIA's cards where the extra for them is installed."""
    return Inventory((*_known_to_openvino(), *_cards()), dict(_versions()))


def _known_to_openvino() -> Iterator[Accelerator]:
    core = ov.Core()
    for name in core.available_devices:
        if name.partition(".")[0] in ("CPU", "GPU", "NPU"):
            title = str(core.get_property(name, "FULL_DEVICE_NAME")).strip()
            yield Accelerator(name.lower(), title, _driver(core, name))


def _driver(core: ov.Core, name: str) -> str:
    """The driver's version, where the plugin tells it."""
    told = core.get_property(name, "SUPPORTED_PROPERTIES")
    key = next((key for key in ("GPU_DRIVER_VERSION", "NPU_DRIVER_VERSION") if key in told), None)
    return str(core.get_property(name, key)) if key else ""


def _cards() -> Iterator[Accelerator]:
    """NVIDIA's cards by the word of their driver: ONNX Runtime names its CUDA provider also where there is none."""
    if importlib.util.find_spec("onnxruntime") is None:
        return
    import onnxruntime

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return
    count, number = ctypes.c_int(), ctypes.c_int()
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)):
        return
    driver.cuDriverGetVersion(ctypes.byref(number))
    title = ctypes.create_string_buffer(256)
    for place in range(count.value):
        device = ctypes.c_int()
        if not driver.cuDeviceGet(ctypes.byref(device), place) and not driver.cuDeviceGetName(title, 256, device):
            name = "cuda" if count.value == 1 else f"cuda.{place}"
            # 13010 is CUDA 13.1, the newest that the driver can serve.
            yield Accelerator(
                name, title.value.decode(errors="replace"), f"CUDA {number.value // 1000}.{number.value % 1000 // 10}"
            )


def _versions() -> Iterator[tuple[str, str]]:
    yield "ffmpeg", av.ffmpeg_version_info
    for name in _LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def measure(model: ModelSpec, device: str, clip: Path) -> Measurement:
    """The network alone on one device: how many pictures a second, and how far from the processor's float32.

    Raises what `compile_network` raises.
    """
    frames = _frames(clip)
    box = letterbox_for(frames[0].width, frames[0].height, model)
    canvases = [_canvas(frame, box) for frame in frames]
    folder = Path(model.folder)
    exact = compile_network(folder, box, Purpose.LATENCY, InferenceSpec(CPU, exact=True))
    right = _answers(exact, canvases)
    started = time.perf_counter()
    compiled = compile_network(folder, box, Purpose.THROUGHPUT, InferenceSpec(device))
    compile_s = time.perf_counter() - started
    score_error, box_error = _errors(right, _answers(compiled, canvases))
    _rate(compiled, canvases[0], WARM_UP_S)
    fps = _rate(compiled, canvases[0], MEASURED_S)
    return Measurement(device, compiled.precision, fps, compile_s, score_error, box_error)


def _frames(clip: Path) -> list[av.VideoFrame]:
    """A few pictures that differ."""
    frames: list[av.VideoFrame] = []
    with av.open(str(clip)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % _PICTURE_EVERY == 0:
                frames.append(frame)
            if len(frames) == _COMPARED_PICTURES:
                break
    return frames


def _canvas(frame: av.VideoFrame, box: Letterbox) -> Pixels:
    """The picture in the network's input: uint8 (box.height, box.width, 3), BGR."""
    inner = frame.reformat(box.inner_width, box.inner_height, "bgr24").to_ndarray()
    canvas = np.zeros((box.height, box.width, 3), np.uint8)
    canvas[box.top : box.top + box.inner_height, box.left : box.left + box.inner_width] = inner
    return canvas


def _answers(compiled: CompiledNetwork, canvases: list[Pixels]) -> list[NDArray[np.float32]]:
    request, answers = compiled.request(), []
    for canvas in canvases:
        request.canvas[:] = canvas
        request.start()
        answers.append(request.result().copy())
    return answers


def _errors(right: list[NDArray[np.float32]], found: list[NDArray[np.float32]]) -> tuple[float, float]:
    """The largest differences of scores, and of boxes in pixels. Infinite where an answer is no number."""
    score, box = 0.0, 0.0
    for expected, given in zip(right, found, strict=True):
        if not np.isfinite(given).all():
            return float("inf"), float("inf")
        distance = np.abs(expected - given)
        certain = expected[4:].max(axis=0) > _CERTAIN
        score = max(score, float(distance[4:].max()))
        box = max(box, float(distance[:4, certain].max(initial=0.0)))
    return score, box


def _rate(compiled: CompiledNetwork, canvas: Pixels, seconds: float) -> float:
    """Pictures a second, with as many in flight as the device wants and one more."""
    waiting: deque[Request] = deque(compiled.request() for _number in range(compiled.parallel + 1))
    for request in waiting:
        request.canvas[:] = canvas
        request.start()
    done, started = 0, time.perf_counter()
    while (spent := time.perf_counter() - started) < seconds:
        request = waiting.popleft()
        request.result()
        request.start()
        waiting.append(request)
        done += 1
    for request in waiting:
        request.result()
    return done / spent
