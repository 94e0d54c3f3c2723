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

KEPT_NETWORKS = 2  # compiled for different sizes of picture
LONGEST_REASON = 400


class Detector:
    """Finds objects in BGR pictures of any size; networks are compiled when a size is first seen and kept."""

    def __init__(
        self, model: ModelSpec, purpose: Purpose = Purpose.LATENCY, inference: InferenceSpec | None = None
    ) -> None:
        self._model = model
        self._purpose = purpose
        self._inference = inference or InferenceSpec()
        self._networks: OrderedDict[tuple[int, int], Network] = OrderedDict()

    def network(self, width: int, height: int) -> Network:
        """Raises SiappError where the artefact can't be opened or does not take this size."""
        size = width, height
        if size not in self._networks:
            self._networks[size] = self._compiled(width, height)
            if len(self._networks) > KEPT_NETWORKS:
                self._networks.popitem(last=False)
        self._networks.move_to_end(size)
        return self._networks[size]

    def _compiled(self, width: int, height: int) -> Network:
        box = letterbox_for(width, height, self._model)
        try:
            compiled = compile_network(Path(self._model.folder), box, self._purpose, self._inference)
        except (ImportError, RuntimeError, SiappError) as error:
            if self._inference.device != CPU:
                return self._compiled_for_processor(width, height, error)
            raise SiappError(
                "model_unusable",
                _("The algorithm's network could not be opened for pictures of {width} x {height}."),
                width=width,
                height=height,
            ) from error
        return Network(compiled, box, (width, height))

    def _compiled_for_processor(self, width: int, height: int, reason: Exception) -> Network:
        """Slower is better than nothing, but never silently."""
        logger.warning("the network can't run on %s, the processor is used: %s", self._inference.device, brief(reason))
        self._inference = replace(self._inference, device=CPU)
        return self._compiled(width, height)


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
