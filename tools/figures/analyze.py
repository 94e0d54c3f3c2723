"""`siapp analyze` beside `yolo predict` on the same video."""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3


def compare_analyze(video: Path, weights: Path, yolo: Path | None) -> None:
    for _round in range(ROUNDS):
        print(f"siapp analyze   {_siapp_fps(video, weights):6.1f} frames/s")
        if yolo is not None:
            print(f"yolo predict    {_yolo_fps(video, weights, yolo):6.1f} frames/s")


def _siapp_fps(video: Path, weights: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "siapp", "analyze", str(video), "--weights", str(weights), "--out", folder]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"([\d.]+) frames/s", printed)
    assert found, printed
    return float(found.group(1))


def _yolo_fps(video: Path, weights: Path, yolo: Path) -> float:
    """Frames by the wall clock of the prediction, without loading: what ultralytics needs for 0 frames is taken off."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(yolo), "predict", f"model={weights}", f"source={video}", f"project={folder}", "save=True"]
        began = time.perf_counter()
        printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout
        lines = [line for line in printed.splitlines() if line.startswith("video ")]
        seconds = time.perf_counter() - began - _loading_s(yolo, weights, folder)
    return len(lines) / seconds


def _loading_s(yolo: Path, weights: Path, folder: str) -> float:
    """The same command on one picture: what loading torch and the weights costs."""
    import cv2
    import numpy as np

    picture = Path(folder) / "one.png"
    cv2.imwrite(str(picture), np.zeros((64, 64, 3), np.uint8))
    command = [str(yolo), "predict", f"model={weights}", f"source={picture}", f"project={folder}", "save=False"]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return time.perf_counter() - began
