"""Ultralytics, kept from the network and from the user's folders. Needs the extra `siapp[ultralytics]`."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

CONFIDENCE, OVERLAP = 0.25, 0.7
"""Least score of a detection, and the overlap (IoU) from which two of one class are one: ultralytics' defaults."""


def quiet_ultralytics(folder: Path) -> ModuleType:
    """The module `ultralytics`, with its settings in `folder`, no downloads, no installs, nothing reported home."""
    os.environ.update(
        YOLO_CONFIG_DIR=str(folder), YOLO_AUTOINSTALL="false", YOLO_OFFLINE="true", ULTRALYTICS_SAFE_LOAD="1",
        WANDB_MODE="disabled",
    )
    module = importlib.import_module("ultralytics")
    module.settings.update(sync=False, runs_dir=str(folder), datasets_dir=str(folder), weights_dir=str(folder))
    return module


def strip_checkpoint(source: Path, target: Path) -> None:
    """Write a trained checkpoint for shipping: fp16, no optimizer, and nothing about the machine it was made on."""
    torch = importlib.import_module("torch")
    checkpoint: dict[str, Any] = torch.load(source, map_location="cpu", weights_only=False)
    model = checkpoint.get("ema") or checkpoint["model"]
    model.args = {key: model.args[key] for key in ("imgsz", "task") if key in model.args}
    model.yaml.pop("yaml_file", None)
    for parameter in model.parameters():
        parameter.requires_grad = False
    kept = {key: checkpoint[key] for key in ("version", "license", "docs") if key in checkpoint}
    torch.save({**kept, "epoch": -1, "model": model.half(), "ema": None, "train_args": model.args}, target)


def detections(model: Any, picture: np.ndarray, size: int = 640) -> np.ndarray:
    """What an ultralytics model sees in a BGR picture: rows of x1, y1, x2, y2, score, class in pixels, float32."""
    (result,) = model.predict(picture, imgsz=size, conf=CONFIDENCE, iou=OVERLAP, rect=True, verbose=False, device="cpu")
    return np.asarray(result.boxes.data.cpu().numpy(), dtype=np.float32)
