"""The golden files: whole, believable, and still what ultralytics says where it is installed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "data" / "parity"
NETWORKS = ["demo", "yolov8-tiny", "yolov5u-tiny", "yolo11-tiny"]


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((GOLDEN / "manifest.json").read_text(encoding="utf-8"))
    return content


def checkpoint(name: str) -> Path:
    return ROOT / "resources" / "demo" / "demo.pt" if name == "demo" else GOLDEN / f"{name}.pt"


def test_every_golden_file_is_the_one_that_the_manifest_names(manifest: dict[str, Any]) -> None:
    files = {path.name: path for path in GOLDEN.iterdir() if path.name != "manifest.json"}
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()} == manifest["sha256"]


@pytest.mark.parametrize("name", [*NETWORKS, "yolov8-tiny-320"])
def test_a_golden_output_has_boxes_near_the_picture_and_scores_that_differ(name: str) -> None:
    golden = np.load(GOLDEN / f"{name}.npz")
    height, width, _ = golden["picture"].shape
    output = golden["output"]
    assert output.dtype == np.float32
    assert output.shape[2] == sum((height // stride) * (width // stride) for stride in (8, 16, 32))
    assert np.isfinite(output).all()
    assert np.ptp(output[0, 4:]) > 0.1
    assert output[0, 0].min() > -width
    assert output[0, 0].max() < 2 * width


@pytest.mark.parametrize("name", NETWORKS)
def test_ultralytics_still_gives_the_golden_output(name: str) -> None:
    pytest.importorskip("ultralytics")
    from tools.parity.make_golden import raw_output

    golden = np.load(GOLDEN / f"{name}.npz")
    output = raw_output(checkpoint(name), golden["picture"])
    assert np.abs(output[0, :4] - golden["output"][0, :4]).max() < 1e-2
    assert np.abs(output[0, 4:] - golden["output"][0, 4:]).max() < 1e-4
