"""Artefacts on NVIDIA cards, through ONNX Runtime (the extra `cuda`).

Nobody but this module and `accelerators` imports onnxruntime, and only where a card is asked for.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import openvino as ov
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from siapp.core.models.artefact import INPUT_NAME, OUTPUT_NAME
from siapp.core.models.onnx_export import to_onnx
from siapp.core.specs import InferenceSpec
from siapp.core.video.letterbox import PADDING_GREY, Letterbox
from siapp.core.video.pictures import Pixels

Provider = tuple[str, dict[str, str]]
"""An execution provider of ONNX Runtime with its options."""

CUDA = "CUDAExecutionProvider"
PARALLEL = 2  # while one is computed, the next is copied
_PICTURES = "pictures"
_ERRORS_ONLY = 3


class OnnxRuntimeRequest:
    """See network.Request."""

    def __init__(self, session: ort.InferenceSession, box: Letterbox, threads: ThreadPoolExecutor) -> None:
        self._session = session
        self._threads = threads
        self._pictures: Pixels = np.full((1, box.height, box.width, 3), PADDING_GREY, np.uint8)
        self._running: Future[list[NDArray[np.float32]]]

    @property
    def canvas(self) -> Pixels:
        canvas: Pixels = self._pictures[0]
        return canvas

    def start(self) -> None:
        self._running = self._threads.submit(self._session.run, [OUTPUT_NAME], {_PICTURES: self._pictures})

    def result(self) -> NDArray[np.float32]:
        raw: NDArray[np.float32] = self._running.result()[0][0]
        return raw


class OnnxRuntimeNetwork:
    """See network.CompiledNetwork. RuntimeError where the artefact can't be opened, does not take this size, or the
    device can't run it; SiappError `not_translatable` where the network has an operator that only OpenVINO runs.

    `providers`: others than the card's, for tests.
    """

    def __init__(
        self, folder: Path, box: Letterbox, inference: InferenceSpec, providers: Sequence[Provider] | None = None
    ) -> None:
        self._box = box
        self._precision = "f32" if inference.exact or providers is not None else "tf32"
        self._session = _session(_network(folder, box), providers or [_card(inference)])
        self._threads = ThreadPoolExecutor(PARALLEL, thread_name_prefix="onnxruntime")
        # Kernels are chosen at the first run: it belongs to the compilation and not to somebody's first picture.
        first = self.request()
        first.start()
        try:
            first.result()
        except Exception as error:
            raise RuntimeError(f"the network could not be run: {error}") from error

    @property
    def parallel(self) -> int:
        return PARALLEL

    @property
    def precision(self) -> str:
        return self._precision

    def request(self) -> OnnxRuntimeRequest:
        return OnnxRuntimeRequest(self._session, self._box, self._threads)


def _card(inference: InferenceSpec) -> Provider:
    _name, _dot, number = inference.device.partition(".")
    return CUDA, {"device_id": number or "0", "use_tf32": "0" if inference.exact else "1"}


def _session(network: onnx.ModelProto, providers: Sequence[Provider]) -> ort.InferenceSession:
    """RuntimeError also where ONNX Runtime would quietly take the processor in place of the card."""
    wanted = providers[0][0]
    if wanted not in ort.get_available_providers():
        raise RuntimeError(f"the ONNX Runtime that is installed has no {wanted}: siapp[cuda] brings one")
    options = ort.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    # The card computes; a pool of threads that wait for work would only warm the processor.
    options.intra_op_num_threads = 1
    ort.preload_dlls()  # CUDA and cuDNN of pip's packages; those of the system are found without
    try:
        session = ort.InferenceSession(network.SerializeToString(), options, providers=list(providers))
    except Exception as error:  # its errors have no base of their own
        raise RuntimeError(f"ONNX Runtime could not open the network: {error}") from error
    if wanted not in session.get_providers():
        raise RuntimeError(f"ONNX Runtime could not start {wanted}: a driver, CUDA or cuDNN is missing or too old")
    session.disable_fallback()
    return session


def _network(folder: Path, box: Letterbox) -> onnx.ModelProto:
    network = ov.Core().read_model(folder / "model.xml")
    network.reshape([1, 3, box.height, box.width])
    return _takes_bgr_bytes(to_onnx(network), box)


def _takes_bgr_bytes(network: onnx.ModelProto, box: Letterbox) -> onnx.ModelProto:
    """The network with its pre-processing inside: uint8 BGR rows in, instead of float RGB planes."""
    graph: Any = network.graph
    steps = [
        helper.make_node("Cast", [_PICTURES], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["floats"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Gather", ["planes", "bgr_to_rgb"], ["rgb"], axis=1),
        helper.make_node("Div", ["rgb", "brightest"], [INPUT_NAME]),
    ]
    nodes = [*steps, *graph.node]
    del graph.node[:], graph.input[:]
    graph.node.extend(nodes)
    shape = [1, box.height, box.width, 3]
    graph.input.append(helper.make_tensor_value_info(_PICTURES, TensorProto.UINT8, shape))
    graph.initializer.append(numpy_helper.from_array(np.array([2, 1, 0], np.int64), "bgr_to_rgb"))
    graph.initializer.append(numpy_helper.from_array(np.array(255, np.float32), "brightest"))
    return network
