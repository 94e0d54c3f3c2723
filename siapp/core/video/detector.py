"""YOLO detection on our own artefacts, for pictures of any size."""

import logging
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

from siapp.core.accelerators import CPU, is_nvidia
from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.specs import InferenceSpec, ModelSpec
from siapp.core.video.letterbox import Letterbox, letterbox_for
from siapp.core.video.network import CompiledNetwork, Network, Purpose
from siapp.core.video.openvino_network import OpenVinoNetwork

logger = logging.getLogger(__name__)

KEPT_NETWORKS = 2  # compiled for different inputs
LONGEST_REASON = 400


class Detector:
    """Finds objects in BGR pictures of any size. A network is compiled when the first size comes that needs it, and
    kept for others that are laid into the same input: 1280 x 720 and 1920 x 1080 share one."""

    def __init__(
        self, model: ModelSpec, purpose: Purpose = Purpose.LATENCY, inference: InferenceSpec | None = None
    ) -> None:
        self._model = model
        self._purpose = purpose
        self._inference = inference or InferenceSpec()
        self._compiled: OrderedDict[tuple[int, int], CompiledNetwork] = OrderedDict()
        self._network: Network | None = None

    def network(self, width: int, height: int) -> Network:
        """Raises SiappError where the artefact can't be opened or does not take this size."""
        if self._network is None or self._network.size != (width, height):
            box = letterbox_for(width, height, self._model)
            self._network = Network(self._compiled_for(box, width, height), box, (width, height))
        return self._network

    def _compiled_for(self, box: Letterbox, width: int, height: int) -> CompiledNetwork:
        shape = box.width, box.height
        if shape not in self._compiled:
            self._compiled[shape] = self._compile(box, width, height)
            if len(self._compiled) > KEPT_NETWORKS:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(shape)
        return self._compiled[shape]

    def _compile(self, box: Letterbox, width: int, height: int) -> CompiledNetwork:
        try:
            return compile_network(Path(self._model.folder), box, self._purpose, self._inference)
        except (ImportError, RuntimeError, SiappError) as error:
            if self._inference.device != CPU:
                self._leave_to_processor(error)
                return self._compile(box, width, height)
            raise SiappError(
                "model_unusable",
                _("The algorithm's network could not be opened for pictures of {width} x {height}."),
                width=width,
                height=height,
            ) from error

    def _leave_to_processor(self, reason: Exception) -> None:
        """Slower is better than nothing, but never silently."""
        logger.warning("the network can't run on %s, the processor is used: %s", self._inference.device, brief(reason))
        self._inference = replace(self._inference, device=CPU)


def brief(error: Exception) -> str:
    """A library's many lines in one, for a log."""
    return " ".join(str(error).split())[:LONGEST_REASON]


def compile_network(folder: Path, box: Letterbox, purpose: Purpose, inference: InferenceSpec) -> CompiledNetwork:
    """The artefact in `folder` for the device that `inference` names.

    ImportError: the extra for it is not installed. RuntimeError: the artefact can't be opened, does not take this
    size, or the device can't run it. SiappError: the network can't be brought to the device.
    """
    if is_nvidia(inference.device):
        from siapp.core.video.onnxruntime_network import OnnxRuntimeNetwork

        return OnnxRuntimeNetwork(folder, box, inference)
    return OpenVinoNetwork(folder, box, purpose, inference)
