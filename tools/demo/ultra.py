"""Ultralytics, kept from the network and from the user's folders. Needs the extra `siapp[ultralytics]`."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

CONFIDENCE, OVERLAP = 0.25, 0.7
"""Least score of a detection, and the overlap (IoU) from which two of one class are one: ultralytics' defaults."""


def quiet_ultralytics(folder: Path) -> ModuleType:
    """The module `ultralytics`, with its settings in `folder`, no downloads, no installs, nothing reported home."""
    os.environ.update(
        YOLO_CONFIG_DIR=str(folder),
        YOLO_AUTOINSTALL="false",
        YOLO_OFFLINE="true",
        ULTRALYTICS_SAFE_LOAD="1",
        WANDB_MODE="disabled",
    )
    module = importlib.import_module("ultralytics")
    module.settings.update(sync=False, runs_dir=str(folder), datasets_dir=str(folder), weights_dir=str(folder))
    return module


@dataclass(frozen=True)
class Size:
    """How deep and wide a network of a family is; `reg_max` is the number of steps of a box's side."""

    depth: float
    width: float
    max_channels: int = 1024
    reg_max: int = 16


def write_network(target: Path, family: str, classes: int, size: Size) -> Path:
    """Write a published network (for example "v8/yolov8") at another size, as a yaml file for ultralytics' parser."""
    yaml = importlib.import_module("ultralytics.utils").YAML
    published = Path(importlib.import_module("ultralytics").__file__ or "").parent / "cfg" / "models" / f"{family}.yaml"
    network = yaml.load(published)
    # Ultralytics' parser takes the first of the scales where the file's name names none.
    network["scales"] = {"n": [size.depth, size.width, size.max_channels]}
    network |= {"nc": classes, "reg_max": size.reg_max}
    yaml.save(target, network)
    return target


def strip_checkpoint(source: Path, target: Path, image_size: int) -> None:
    """Write a trained checkpoint for shipping: fp16, no optimizer, and nothing about the machine it was made on.

    `image_size`: pixels of the longest side of the pictures that it is meant for, whatever it was trained on.
    """
    torch = importlib.import_module("torch")
    checkpoint: dict[str, Any] = torch.load(source, map_location="cpu", weights_only=False)
    save_model(checkpoint.get("ema") or checkpoint["model"], target, image_size)


def save_model(model: Any, target: Path, image_size: int) -> None:
    """Write a network as ultralytics' stripped checkpoints are: fp16, and no word of the machine it was made on."""
    ultralytics, torch = importlib.import_module("ultralytics"), importlib.import_module("torch")
    # A namespace while training goes on, a dictionary afterwards; it also tells where the data lay.
    model.args = {"task": dict(model.args)["task"], "imgsz": image_size}
    model.yaml.pop("yaml_file", None)
    model.requires_grad_(False)
    checkpoint: dict[str, Any] = {"epoch": -1, "model": model.half(), "ema": None, "optimizer": None}
    checkpoint |= {"train_args": model.args, "version": ultralytics.__version__}
    checkpoint |= {"license": "AGPL-3.0 (https://ultralytics.com/license)", "docs": "https://docs.ultralytics.com"}
    torch.save(checkpoint, target)


def detections(model: Any, picture: np.ndarray, size: int = 640, overlap: float = OVERLAP) -> np.ndarray:
    """What an ultralytics model sees in a BGR picture: rows of x1, y1, x2, y2, score, class in pixels, float32."""
    options = {"imgsz": size, "conf": CONFIDENCE, "iou": overlap, "rect": True, "device": "cpu", "verbose": False}
    (result,) = model.predict(picture, **options)
    return np.asarray(result.boxes.data.cpu().numpy(), dtype=np.float32)
