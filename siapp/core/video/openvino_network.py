"""Artefacts on what OpenVINO drives: processors, and Intel's graphics and neural units."""

from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as op

from siapp.core.accelerators import CPU
from siapp.core.specs import InferenceSpec
from siapp.core.video.letterbox import PADDING_GREY, Letterbox
from siapp.core.video.network import Purpose
from siapp.core.video.pictures import Pixels


class OpenVinoRequest:
    """See network.Request."""

    def __init__(self, compiled: Any, box: Letterbox) -> None:
        self._request: Any = compiled.create_infer_request()
        self._canvas: Pixels = np.full((1, box.height, box.width, 3), PADDING_GREY, np.uint8)
        # The request reads the canvas where it lies.
        self._request.set_input_tensor(ov.Tensor(self._canvas, shared_memory=True))

    @property
    def canvas(self) -> Pixels:
        canvas: Pixels = self._canvas[0]
        return canvas

    def start(self) -> None:
        self._request.start_async()

    def result(self) -> NDArray[np.float32]:
        self._request.wait()
        raw: NDArray[np.float32] = self._request.get_output_tensor().data[0]
        return raw


class OpenVinoNetwork:
    """See network.CompiledNetwork. RuntimeError where the artefact can't be opened or does not take this size."""

    def __init__(self, folder: Path, box: Letterbox, purpose: Purpose, inference: InferenceSpec) -> None:
        self._box = box
        core = ov.Core()
        network = core.read_model(folder / "model.xml")
        network.reshape([1, 3, box.height, box.width])
        # Our names of devices are OpenVINO's in small letters.
        device = inference.device.upper()
        self._compiled: Any = core.compile_model(_takes_bgr_bytes(network), device, _settings(purpose, inference))

    @property
    def parallel(self) -> int:
        return int(self._compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))

    @property
    def precision(self) -> str:
        name: str = self._compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        return name

    def request(self) -> OpenVinoRequest:
        return OpenVinoRequest(self._compiled, self._box)


def _settings(purpose: Purpose, inference: InferenceSpec) -> dict[str, Any]:
    """No CACHE_DIR, though graphics units compile for seconds: all analyses of an algorithm would write the same file
    when siapp starts, and what they then read could not be tried without such a unit."""
    settings: dict[str, Any] = {"PERFORMANCE_HINT": purpose.value}
    if inference.exact:
        settings["INFERENCE_PRECISION_HINT"] = "f32"
    if inference.device == CPU:
        # Pinned, the threads of several processes would all sit on the first cores.
        settings["ENABLE_CPU_PINNING"] = False
        settings["INFERENCE_NUM_THREADS"] = inference.threads
    return settings


def _takes_bgr_bytes(network: ov.Model) -> ov.Model:
    """The network with its pre-processing inside: uint8 BGR rows in, instead of float RGB planes."""
    folded = _fold_into_first_convolution(network)
    steps = ov.preprocess.PrePostProcessor(network)
    tensor, model, pixels = steps.input().tensor(), steps.input().model(), steps.input().preprocess()
    tensor.set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    model.set_layout(ov.Layout("NCHW"))
    pixels.convert_element_type(ov.Type.f32)
    if not folded:
        tensor.set_color_format(ov.preprocess.ColorFormat.BGR)
        pixels.convert_color(ov.preprocess.ColorFormat.RGB).scale(255.0)
    return steps.build()


def _fold_into_first_convolution(network: ov.Model) -> bool:
    """Let its filters, instead of the pixels, be divided by 255 and have their channels in BGR; False where the
    network begins otherwise. Whole numbers to 255 are exact in 16 bits, their 255th parts are not."""
    readers = list(network.input(0).get_target_inputs())
    if len(readers) != 1 or readers[0].get_node().get_type_name() != "Convolution":
        return False
    convolution = readers[0].get_node()
    channels = op.gather(convolution.input_value(1), op.constant([2, 1, 0]), op.constant(1))
    filters = op.multiply(channels, op.constant(np.float32(1 / 255)))
    convolution.input(1).replace_source_output(filters.output(0))
    return True
