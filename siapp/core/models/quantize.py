"""An artefact -> its INT8 twin: post-training quantisation with NNCF, the optional extra `siapp[optimize]`.

Convolutions compute in 8 bits, in ranges that were seen on calibration pictures. What follows the last convolutions
(distributions to sides, cells to pixels, scores) stays in floating point: rounding there moves every box.
"""

import contextlib
import importlib.util
import io
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.models.artefact import FAKE_QUANTIZE, MODEL_XML

if TYPE_CHECKING:
    import openvino as ov

    from siapp.core.models.importer import Report
    from siapp.core.video.pictures import Pixels

MEMORY_BYTES: Final = 12 << 30
"""Address space. Measured peak: 2.4 GB for a YOLOv8n with 95 pictures of 640 x 384."""
CPU_SECONDS: Final = 3600

_log = logging.getLogger(__name__)

_CONVOLUTIONS: Final = frozenset({"Convolution", "GroupConvolution"})
_PASSES: Final = 2
"""NNCF runs the pictures through the network for the ranges, and again to correct biases."""


def available() -> bool:
    """Whether the extra is installed. Imports nothing."""
    return importlib.util.find_spec("nncf") is not None


def missing() -> SiappError:
    return SiappError(
        "optimize_missing", _("Optimising needs a part that is not installed: pip install siapp[optimize]")
    )


def quantize(source: Path, target: Path, pictures: "Sequence[Pixels]", report: "Report") -> None:
    """Write the INT8 twin of the artefact in `source` into `target`, which exists and is empty.

    It keeps the artefact's form, and any size of input where the original takes any. `pictures`: uint8 (H, W, 3),
    BGR, as `calibration.collect` gives them. SiappError: `already_int8`, or `not_quantizable` for whatever NNCF
    or OpenVINO has against the network.
    """
    import openvino as ov

    from siapp.core.models.contract import settle, try_once, write

    try:
        network = ov.Core().read_model(source / MODEL_XML)
    except RuntimeError as error:
        raise SiappError("not_quantizable", _("This network can't be brought to INT8.")) from error
    if any(node.get_type_name() == FAKE_QUANTIZE for node in network.get_ops()):
        raise SiappError("already_int8", _("The network is INT8 already."))
    _fold_constants(network)
    try:
        made = settle(_quantized(network, _Reported(pictures, report)))
        try_once(made)
    except Exception as error:
        # NNCF raises errors of many types, all of them about a network that it does not know.
        _log.warning("not quantised: %s: %.300s", type(error).__name__, error)
        raise SiappError("not_quantizable", _("This network can't be brought to INT8.")) from error
    write(made, target)


class _Reported:
    """The pictures, telling how many NNCF has looked at."""

    def __init__(self, pictures: "Sequence[Pixels]", report: "Report") -> None:
        self._pictures = pictures
        self._report = report
        self._seen = 0

    def __len__(self) -> int:
        return len(self._pictures)

    def __iter__(self) -> "Iterator[Pixels]":
        for picture in self._pictures:
            self._report(min(1.0, self._seen / (_PASSES * len(self))), _("Calibrating"))
            self._seen += 1
            yield picture


def _fold_constants(network: "ov.Model") -> None:
    """Filters as plain numbers: those that our importer scales in the graph NNCF would leave in floating point."""
    from openvino.passes import ConstantFolding, Manager

    manager = Manager()
    manager.register_pass(ConstantFolding())
    manager.run_passes(network)


def _quantized(network: "ov.Model", pictures: _Reported) -> "ov.Model":
    # NNCF imports torch where it is installed, which then misses a graphics card that nobody has asked for.
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()):  # where it draws bars
        import nncf

        nncf.set_log_level(logging.ERROR)
        return nncf.quantize(
            network,
            nncf.Dataset(pictures, _as_input),
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(pictures),
            ignored_scope=nncf.IgnoredScope(names=_after_the_convolutions(network)),
        )


def _as_input(picture: "Pixels") -> Any:
    """BGR bytes (H, W, 3) as float32 [1, 3, H, W], RGB, 0..1."""
    import numpy as np

    return picture[None, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)


def _after_the_convolutions(network: "ov.Model") -> list[str]:
    """The names of all operations between the last convolutions and the output."""
    found: dict[str, str] = {}
    waiting = [result.get_node() for result in network.outputs]
    while waiting:
        node = waiting.pop()
        if node.get_type_name() in _CONVOLUTIONS or node.get_friendly_name() in found:
            continue
        found[node.get_friendly_name()] = node.get_type_name()
        waiting += [value.get_source_output().get_node() for value in node.inputs()]
    return [name for name, kind in found.items() if kind not in ("Constant", "Parameter", "Result")]
