"""Writes the golden files of the importer's tests into tests/data/parity: `python -m tools.parity.make_golden`.

Needs the extra `siapp[ultralytics]`, and resources/demo with its weights and clip. Downloads nothing. Each `.npz`
holds `picture`, uint8 (H, W, 3) RGB, and `output`, float32 (1, 4 + classes, N): what the network of the same name
gives in eval mode for picture / 255 as (1, 3, H, W). Rows of the output: middle x, middle y, width and height in
pixels of the input, then one score for each class.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import platform
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from tools.demo.evaluate import pictures
from tools.demo.ground import Picture
from tools.demo.make_clip import FOLDER as DEMO
from tools.demo.scene import Scene
from tools.demo.ultra import CONFIDENCE, OVERLAP, detections, quiet_ultralytics
from tools.parity.networks import (
    END_TO_END,
    SEGMENTING,
    YOLO11,
    YOLOV5U,
    YOLOV8,
    Network,
    load,
    parameters,
    write_checkpoint,
)

GOLDEN = Path(__file__).parents[2] / "tests" / "data" / "parity"
DETECTED: tuple[Network, ...] = (YOLOV8, YOLOV5U, YOLO11)
UNKNOWN: tuple[Network, ...] = (SEGMENTING, END_TO_END)
"""Heads that the importer has to refuse without the extra."""
PICTURE_SIZE = (128, 96)
EXPORT_SIDE = 320
CLIP_FRAMES = tuple(range(0, 300, 30))
CLIP_SIDE = 640


def golden_picture(width: int, height: int) -> Picture:
    """A drawn street, (height, width, 3) uint8 RGB."""
    picture, _ = Scene(width, height, seed=11).frame(40)
    return np.ascontiguousarray(picture[..., ::-1])


def magnified(picture: Picture, times: int) -> Picture:
    """The picture with each pixel repeated, which makes a large input of a small file."""
    return np.ascontiguousarray(picture.repeat(times, axis=0).repeat(times, axis=1))


def raw_output(checkpoint: Path, picture: Picture) -> np.ndarray:
    """What the network of a checkpoint gives for an RGB picture: float32 (1, 4 + classes, N)."""
    torch = importlib.import_module("torch")
    pixels = torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32) / 255)
    with torch.inference_mode():
        output = load(checkpoint)(pixels)
    return np.asarray(output[0].numpy(), dtype=np.float32)


def write_output(checkpoint: Path, picture: Picture, target: Path) -> None:
    """Write picture and output of one network."""
    np.savez_compressed(target, picture=picture, output=raw_output(checkpoint, picture))


def write_exports(ultralytics: Any, checkpoint: Path, folder: Path, scratch: Path) -> None:
    """Write the network as users export theirs: ONNX of one size, ONNX of any size, OpenVINO in a zip."""
    copy = Path(shutil.copy(checkpoint, scratch / checkpoint.name))
    model = ultralytics.YOLO(str(copy))
    common: dict[str, Any] = {"imgsz": EXPORT_SIDE, "device": "cpu", "verbose": False}
    for stem, dynamic in (("fixed-320", False), ("dynamic", True)):
        exported = model.export(format="onnx", dynamic=dynamic, simplify=False, **common)
        shutil.move(exported, folder / f"{checkpoint.stem}-{stem}.onnx")
    exported = Path(model.export(format="openvino", dynamic=True, half=True, **common))
    with zipfile.ZipFile(folder / f"{checkpoint.stem}-openvino.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(exported.iterdir()):
            archive.write(path, path.name)


def write_clip_detections(ultralytics: Any, target: Path) -> None:
    """Write what ultralytics sees in some frames of the demo clip, decoded by PyAV to bgr24."""
    model = ultralytics.YOLO(str(DEMO / "demo.pt"))
    seen = {
        str(index): np.round(detections(model, picture, CLIP_SIDE).astype(float), 4).tolist()
        for index, picture in enumerate(pictures(DEMO / "demo.mp4"))
        if index in CLIP_FRAMES
    }
    content: dict[str, Any] = {"conf": CONFIDENCE, "iou": OVERLAP, "imgsz": CLIP_SIDE, "rect": True}
    content |= {"row": ["x1", "y1", "x2", "y2", "score", "class_id"], "frames": seen}
    target.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="ascii")


def write_manifest(folder: Path, networks: Iterable[Network]) -> None:
    """Write which versions made which files, and what the networks are."""
    packages = ("ultralytics", "torch", "onnx", "openvino", "numpy", "opencv-python", "av")
    described = {item.name: describe(item, folder / f"{item.name}.pt") for item in networks}
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name != "manifest.json"
    }
    versions = {name: version(name) for name in packages} | {"python": platform.python_version()}
    content = {"versions": versions, "networks": described, "sha256": digests}
    (folder / "manifest.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def describe(network: Network, checkpoint: Path) -> dict[str, Any]:
    """Family, task, class names, strides and size of one network."""
    model = load(checkpoint)
    return {
        "family": network.family,
        "task": network.task,
        "names": dict(enumerate(network.labels)),
        "strides": [int(stride) for stride in model.stride],
        "parameters": parameters(model),
        "layers": sorted({type(layer).__name__ for layer in model.modules()}),
        "reg_max": network.size.reg_max,
    }


def make_golden(folder: Path, scratch: Path) -> None:
    """Write every golden file into `folder`."""
    ultralytics = quiet_ultralytics(scratch)
    folder.mkdir(parents=True, exist_ok=True)
    small, square = golden_picture(*PICTURE_SIZE), magnified(golden_picture(EXPORT_SIDE // 4, EXPORT_SIDE // 4), 4)
    for network in DETECTED:
        write_output(write_checkpoint(network, folder, scratch), small, folder / f"{network.name}.npz")
    for network in UNKNOWN:
        write_checkpoint(network, folder, scratch)
    exported = folder / f"{YOLOV8.name}.pt"
    write_output(exported, square, folder / f"{exported.stem}-{EXPORT_SIDE}.npz")
    write_exports(ultralytics, exported, folder, scratch)
    write_output(DEMO / "demo.pt", small, folder / "demo.npz")
    write_clip_detections(ultralytics, folder / "demo-clip.json")
    write_manifest(folder, DETECTED + UNKNOWN)


def main() -> None:
    """Write the files and list their sizes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=GOLDEN)
    folder = parser.parse_args().out
    with tempfile.TemporaryDirectory() as scratch:
        make_golden(folder, Path(scratch))
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size / 1e3:8.1f} kB  {path.name}")


if __name__ == "__main__":
    main()
