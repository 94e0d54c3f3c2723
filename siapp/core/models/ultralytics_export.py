"""Networks with layers that siapp doesn't know, exported by ultralytics where the extra is installed.

Only here does an object that a file names come to life, and only classes of torch's and ultralytics' own layers:
the inert reader has seen every name first, and ultralytics' restricted loading (torch's `weights_only`) is on. It
runs in the import process, confined as that is.
"""

import importlib.util
import logging
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import openvino as ov

from siapp.core.errors import WeightsRejected
from siapp.core.i18n import _
from siapp.core.models.checkpoint import Checkpoint
from siapp.core.models.network import check_task, stages
from siapp.core.models.refusals import foreign

_log = logging.getLogger(__name__)

_LAYERS: Final = re.compile(
    r"torch\.nn\.modules\.\w+\.[A-Z]\w*|ultralytics\.nn\.modules\.\w+\.[A-Z]\w*|ultralytics\.nn\.tasks\.\w+Model"
)
_DATA: Final = re.compile(
    r"torch\._utils\._rebuild_(tensor_v2|parameter|parameter_with_state)|torch\.[A-Z]\w*Storage|torch\.(Size|device)"
    r"|torch\.(b?float|u?int)\d+|collections\.OrderedDict|(__builtin__|builtins)\.set|torch\.nn\.parameter\.Parameter"
)
_ENVIRONMENT: Final = {
    "ULTRALYTICS_SAFE_LOAD": "1",
    "YOLO_AUTOINSTALL": "false",
    "YOLO_OFFLINE": "true",
    "YOLO_VERBOSE": "false",
    "OMP_NUM_THREADS": "2",
}


def available() -> bool:
    """Whether the extra `siapp[ultralytics]` is installed. Imports nothing."""
    return all(importlib.util.find_spec(name) is not None for name in ("ultralytics", "torch"))


def export(checkpoint: Checkpoint, source: Path, target: Path) -> ov.Model:
    """Let ultralytics export `source`, whose pickle `checkpoint` is, for any input size and without NMS.

    Works in a folder of its own inside `target` and removes it. The answer still has to pass the contract.
    WeightsRejected: `unsupported_task` or `foreign_code`, before anything is loaded; `export_failed`.
    """
    check_task(stages(checkpoint.model)[-1].kind)
    check_globals(checkpoint.globals)
    with tempfile.TemporaryDirectory(dir=target) as folder:
        _prepare(Path(folder))
        copy = Path(folder) / "weights.pt"
        shutil.copyfile(source, copy)
        try:
            return _export(copy)
        except Exception as error:
            # Torch, ultralytics and the converter raise what they like.
            _log.info("ultralytics could not export: %s: %.300s", type(error).__name__, error)
            raise _export_failed() from error


def _export_failed() -> WeightsRejected:
    return WeightsRejected(
        "export_failed",
        _(
            "The network has layers that siapp doesn't know, and ultralytics could not export it here. Export it to "
            "ONNX where it was trained and upload that."
        ),
    )


def check_globals(names: tuple[str, ...]) -> None:
    """WeightsRejected `foreign_code` for anything but layers, tensors and plain containers."""
    for name in names:
        if not _LAYERS.fullmatch(name) and not _DATA.fullmatch(name):
            raise foreign(name)


def _prepare(folder: Path) -> None:
    """ultralytics reads these when it is first imported; its settings file must not lie in the user's home."""
    os.environ.update(_ENVIRONMENT, YOLO_CONFIG_DIR=str(folder))


def _export(weights: Path) -> ov.Model:
    # By name: it is an extra, and has no types that a checker could use.
    ultralytics: Any = importlib.import_module("ultralytics")
    ultralytics.settings.update({"sync": False})
    network = ultralytics.YOLO(weights, task="detect")
    exported = network.export(
        format="openvino", dynamic=True, half=False, int8=False, nms=False, end2end=False, imgsz=640, device="cpu"
    )
    xml = next(Path(exported).glob("*.xml"))
    # Read into memory: the folder is gone when the network is used.
    return ov.Core().read_model(xml.read_bytes(), xml.with_suffix(".bin").read_bytes())
