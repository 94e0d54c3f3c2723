"""Trains the demo network on streets that it draws itself: `python -m tools.demo.train`.

Needs the extra `siapp[ultralytics]`; no download, no pretrained weights. About half an hour on two cores.
"""

from __future__ import annotations

import argparse
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from tools.demo.ground import Picture
from tools.demo.painter import Box
from tools.demo.scene import LABELS, PERIOD, GroundTruth, Scene
from tools.demo.ultra import Size, quiet_ultralytics, strip_checkpoint, write_network

WEIGHTS = Path(__file__).parents[2] / "resources" / "demo" / "demo.pt"
SIDE = 320
"""Pixels of the pictures in training; the network itself takes any multiple of 32."""
IMAGE_SIZE = 640
"""Longest side of the pictures that the network is run on: the crops are cut from pictures of about this size."""
FIRST_TRAINING_SEED, FIRST_VALIDATION_SEED = 10_000, 90_000
"""No seed near the demo's: the network has never seen the street that it is shown on."""
STREET_SIZES = ((640, 360), (640, 480), (480, 360))
WHOLE_SHARE = 0.25
FRAMES_PER_STREET = 3
LEAST_LEFT = 0.4
"""Share of a box that a crop must keep for the object to stay in the truth."""


def draw_dataset(folder: Path, streets: int, validation_streets: int) -> Path:
    """Draw pictures and labels in ultralytics' layout; returns the data set's yaml file."""
    with get_context("spawn").Pool() as pool:
        for part, first, count in (
            ("train", FIRST_TRAINING_SEED, streets),
            ("val", FIRST_VALIDATION_SEED, validation_streets),
        ):
            (folder / "images" / part).mkdir(parents=True)
            (folder / "labels" / part).mkdir(parents=True)
            pool.starmap(draw_street_samples, [(folder, part, seed) for seed in range(first, first + count)])
    description = folder / "street.yaml"
    names = "".join(f"  {number}: {label}\n" for number, label in enumerate(LABELS))
    description.write_text(f"path: {folder}\ntrain: images/train\nval: images/val\nnames:\n{names}", encoding="utf-8")
    return description


def draw_street_samples(folder: Path, part: str, seed: int) -> None:
    """A few moments of one street: the whole picture made small, and crops at full size, for objects of many sizes."""
    random = np.random.default_rng([seed, 1])
    scene = Scene(*STREET_SIZES[int(random.integers(len(STREET_SIZES)))], seed)
    whole = random.uniform() < WHOLE_SHARE
    for number in range(FRAMES_PER_STREET):
        picture, truth = scene.frame(int(random.integers(PERIOD)))
        if not whole:
            picture, truth = crop(picture, truth, random)
        store(folder, part, f"{seed}-{number}", as_seen_by_a_camera(picture, random), truth)


def crop(
    picture: Picture, truth: Sequence[GroundTruth], random: np.random.Generator
) -> tuple[Picture, list[GroundTruth]]:
    """A square of SIDE pixels cut out of the picture anywhere, with the truth that lies in it."""
    height, width = picture.shape[:2]
    left, top = int(random.integers(width - SIDE + 1)), int(random.integers(height - SIDE + 1))
    kept = [GroundTruth(item.class_id, item.label, box) for item in truth if (box := cut(item.box, left, top))]
    return picture[top : top + SIDE, left : left + SIDE], kept


def cut(box: Box, left: int, top: int) -> Box | None:
    """What a square of SIDE pixels at (left, top) keeps of a box; None where that is too little."""
    x1, y1, x2, y2 = box
    part = max(x1 - left, 0.0), max(y1 - top, 0.0), min(x2 - left, SIDE), min(y2 - top, SIDE)
    kept = max(0.0, part[2] - part[0]) * max(0.0, part[3] - part[1])
    return part if kept >= LEAST_LEFT * (x2 - x1) * (y2 - y1) else None


def as_seen_by_a_camera(picture: Picture, random: np.random.Generator) -> Picture:
    """The picture a little brighter or darker, and with a sensor's noise."""
    noise = random.normal(0, random.uniform(0, 4), picture.shape)
    return np.clip(picture * random.uniform(0.75, 1.4) + noise, 0, 255).astype(np.uint8)


def store(folder: Path, part: str, name: str, picture: Picture, truth: Iterable[GroundTruth]) -> None:
    """Write one picture as JPEG and its truth as lines of class, middle and size in shares of the picture."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, 60 + zlib.crc32(name.encode()) % 35]
    cv2.imwrite(str(folder / "images" / part / f"{name}.jpg"), picture, quality)
    height, width = picture.shape[:2]
    lines = [label_line(item, width, height) for item in truth]
    (folder / "labels" / part / f"{name}.txt").write_text("".join(lines), encoding="ascii")


def label_line(item: GroundTruth, width: int, height: int) -> str:
    """One line of a label file."""
    x1, y1, x2, y2 = item.box
    shares = (x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height
    return f"{item.class_id} " + " ".join(f"{share:.6f}" for share in shares) + "\n"


def train(data: Path, folder: Path, epochs: int) -> Path:
    """Train from nothing on the given data set; returns the best checkpoint."""
    ultralytics = quiet_ultralytics(folder)
    network = write_network(folder / "yolov8-street.yaml", "v8/yolov8", len(LABELS), Size(depth=0.33, width=0.125))
    model = ultralytics.YOLO(str(network), task="detect")
    model.train(
        data=str(data),
        imgsz=SIDE,
        epochs=epochs,
        batch=16,
        device="cpu",
        amp=False,
        pretrained=False,
        plots=False,
        cache="ram",
        workers=2,
        seed=0,
        project=str(folder),
        name="run",
        optimizer="AdamW",
        lr0=0.003,
        lrf=0.02,
        cos_lr=True,
        warmup_epochs=1.0,
        close_mosaic=max(1, epochs // 3),
        mosaic=0.5,
        scale=0.4,
        hsv_s=0.5,
        hsv_v=0.3,
        hsv_h=0.02,
        erasing=0.0,
    )
    return folder / "run" / "weights" / "best.pt"


def measure(weights: Path, data: Path, folder: Path) -> str:
    """One line with the mean average precision of the weights on the validation pictures."""
    ultralytics = quiet_ultralytics(folder)
    found = ultralytics.YOLO(str(weights)).val(
        data=str(data), imgsz=SIDE, device="cpu", plots=False, verbose=False, project=str(folder), name="val"
    )
    box = found.box
    return f"mAP50 {box.map50:.3f}, mAP50-95 {box.map:.3f}, precision {box.mp:.3f}, recall {box.mr:.3f}"


def main() -> None:
    """Draw, train, strip, store, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streets", type=int, default=280, help=f"streets drawn, {FRAMES_PER_STREET} pictures each")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = draw_dataset(folder / "data", options.streets, max(2, options.streets // 8))
        best = train(data, folder, options.epochs)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        strip_checkpoint(best, options.out, IMAGE_SIZE)
        print(f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB, {measure(options.out, data, folder)}")


if __name__ == "__main__":
    main()
