"""YOLO detection on our own artefacts, for pictures of any size."""

from collections import OrderedDict
from pathlib import Path

from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.specs import InferenceSpec, ModelSpec
from siapp.core.video.letterbox import letterbox_for
from siapp.core.video.network import Network, Purpose
from siapp.core.video.openvino_network import OpenVinoNetwork

KEPT_NETWORKS = 2  # compiled for different sizes of picture


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
            compiled = OpenVinoNetwork(Path(self._model.folder), box, self._purpose, self._inference)
        except RuntimeError as error:
            raise SiappError(
                "model_unusable",
                _("The algorithm's network could not be opened for pictures of {width} x {height}."),
                width=width,
                height=height,
            ) from error
        return Network(compiled, box, (width, height))
