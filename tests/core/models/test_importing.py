"""Good files of each format become the same artefact, with the output that ultralytics computes.

Golden outputs come from tools/parity/make_golden.py; the picture in them is uint8 [H, W, 3] in RGB.
"""

import json
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openvino as ov
import pytest

from siapp.core.domain import WeightFormat
from siapp.core.models.artefact import ImportedModel
from siapp.core.models.contract import image_size
from siapp.core.models.importer import import_weights
from siapp.core.resources import resources
from siapp.core.specs import ModelSpec
from tests.core.models.support import DATA, GOOD, SHARED_DATA, artefact, refusal, run_artefact

BOX_PIXELS = 0.05
SCORE = 1e-4
"""Largest differences allowed. Half-precision weights too: they are not rounded again. Measured: 2e-4 and 3e-8."""

INT8 = SHARED_DATA / "yolov8n_coco_int8_openvino.zip"


def _golden(name: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    with np.load(DATA / f"{name}.npz") as golden:
        image = golden["picture"].astype(np.float32).transpose(2, 0, 1)[None] / np.float32(255)
        return image, golden["output"]


def _assert_close(found: npt.NDArray[np.float32], wanted: npt.NDArray[np.float32]) -> None:
    assert found.shape == wanted.shape and found.dtype == np.float32
    assert np.abs(found - wanted)[:, :4].max() < BOX_PIXELS
    assert np.abs(found - wanted)[:, 4:].max() < SCORE


@pytest.mark.parametrize(
    ("network", "architecture"),
    [("yolov8-tiny", "YOLOv8"), ("yolov5u-tiny", "YOLOv5u"), ("yolo11-tiny", "YOLO11")],
)
def test_a_checkpoint_gives_what_ultralytics_gives(network: str, architecture: str, target: Path) -> None:
    model = artefact(DATA / f"{network}.pt", target)
    assert (model.format, model.architecture) == (WeightFormat.PYTORCH, architecture)
    assert (model.input_size, model.stride) == (None, 32)
    image, wanted = _golden(network)
    _assert_close(run_artefact(target, image), wanted)


def test_class_names_of_any_language_survive(target: Path) -> None:
    assert artefact(GOOD["pt"], target).classes == ("helmet", "安全帽", "high-vis vest")


def test_a_dynamic_onnx_stays_dynamic(target: Path) -> None:
    model = artefact(GOOD["onnx"], target)
    assert (model.format, model.architecture) == (WeightFormat.ONNX, "ONNX")
    assert (model.classes, model.input_size, model.stride) == (("helmet", "安全帽", "high-vis vest"), None, 32)
    image, wanted = _golden("yolov8-tiny")
    _assert_close(run_artefact(target, image), wanted)


def test_a_fixed_onnx_keeps_its_size(target: Path) -> None:
    assert artefact(DATA / "yolov8-tiny-fixed-320.onnx", target).input_size == (320, 320)
    image, wanted = _golden("yolov8-tiny-320")
    _assert_close(run_artefact(target, image), wanted)


def test_an_openvino_archive_is_written_anew(target: Path) -> None:
    model = artefact(GOOD["openvino"], target)
    assert (model.format, model.classes[1]) == (WeightFormat.OPENVINO, "安全帽")
    size = model.input_size
    image, wanted = _golden("yolov8-tiny" if size is None else "yolov8-tiny-320")
    # The export itself rounds to float16, so it is farther from ultralytics' float32 than our own graph.
    difference = np.abs(run_artefact(target, image) - wanted)
    assert difference[:, :4].max() < BOX_PIXELS and difference[:, 4:].max() < 10 * SCORE


@pytest.mark.skipif(not INT8.exists(), reason="the real weights in shared/data are not here")
def test_real_int8_weights_keep_their_fixed_size_and_their_names(target: Path) -> None:
    model = artefact(INT8, target)
    assert (model.input_size, len(model.classes), model.classes[0]) == ((640, 640), 80, "person")
    image = np.full((1, 3, 640, 640), 0.5, np.float32)
    assert run_artefact(target, image).shape == (1, 84, 8400)
    kinds = {node.get_type_name() for node in ov.Core().read_model(target / "model.xml").get_ops()}
    assert "FakeQuantize" in kinds
    assert model.int8


def test_the_artefact_has_the_form_it_promises(target: Path) -> None:
    for number, source in enumerate(GOOD.values()):
        folder = target / str(number)
        folder.mkdir()
        artefact(source, folder)
        assert {path.name for path in folder.iterdir()} == {"model.xml", "model.bin"}
        model = ov.Core().read_model(folder / "model.xml")
        assert [port.get_any_name() for port in (model.input(), model.output())] == ["images", "output0"]
        assert model.input().element_type == model.output().element_type == ov.Type.f32
        assert model.input().partial_shape[0].get_length() == 1


def test_half_precision_weights_stay_small(target: Path) -> None:
    """The weights keep the type of the checkpoint (float16 here); nothing is rounded to it."""
    artefact(GOOD["pt"], target)
    constants = [
        node.get_element_type().get_type_name()
        for node in ov.Core().read_model(target / "model.xml").get_ops()
        if node.get_type_name() == "Constant" and math.prod(node.get_output_shape(0)) > 64
    ]
    assert "f16" in constants
    assert (target / "model.bin").stat().st_size < GOOD["pt"].stat().st_size


def test_the_format_is_told_from_the_content_not_from_the_name(tmp_path: Path, target: Path) -> None:
    for name, source in GOOD.items():
        disguised = tmp_path / f"{name}.jpg"
        disguised.write_bytes(source.read_bytes())
        folder = target / name
        folder.mkdir()
        assert artefact(disguised, folder).format.value == name


def test_progress_rises_and_ends_at_one(target: Path) -> None:
    steps: list[tuple[float, str]] = []
    import_weights(GOOD["pt"], target, lambda done, step: steps.append((done, step)))
    assert [done for done, _step in steps] == sorted(done for done, _step in steps)
    assert steps[0][0] == 0 and steps[-1][0] == 1
    assert "Building the network" in {step for _done, step in steps}


@pytest.mark.parametrize("source", GOOD.values(), ids=GOOD)
def test_the_size_of_the_pictures_is_the_one_in_the_file(source: Path, target: Path) -> None:
    assert artefact(source, target).image_size == 320


def test_the_demo_network_is_for_the_size_at_which_it_was_measured(target: Path) -> None:
    assert artefact(resources() / "demo" / "demo.pt", target).image_size == 640


def test_a_fixed_network_is_for_its_own_size(target: Path) -> None:
    assert artefact(DATA / "yolov8-tiny-fixed-320.onnx", target).image_size == 320


@pytest.mark.parametrize(
    ("raw", "stride", "size"),
    [
        (1280, 32, 1280),
        ([480, 640], 32, 640),
        ((640, 480), 32, 640),
        ("[736, 1280]", 32, 1280),
        (500, 32, 512),
        (672, 64, 704),
        (4096, 64, 4096),
        # What says nothing.
        (None, 32, 640),
        ("", 32, 640),
        ("large", 32, 640),
        ([], 32, 640),
        (True, 32, 640),
        (31, 32, 640),
        (4097, 32, 640),
        (-640, 32, 640),
        (10**30, 32, 640),
        (float("nan"), 32, 640),
        ({"imgsz": 320}, 32, 640),
        ("9" * 1_000_000, 32, 640),
    ],
)
def test_what_a_file_says_of_its_pictures_is_believed_within_bounds(raw: object, stride: int, size: int) -> None:
    assert image_size(raw, stride) == size


def test_what_was_learnt_survives_json(target: Path) -> None:
    model = artefact(DATA / "yolov8-tiny-fixed-320.onnx", target)
    assert ImportedModel.from_json(json.loads(json.dumps(model.to_json()))) == model


def test_a_description_of_an_earlier_release_is_still_read() -> None:
    stored = {"format": "pt", "classes": ["car"], "input_size": None, "stride": 32, "architecture": "YOLOv8"}
    model = ImportedModel.from_json(stored)
    assert (model.image_size, model.precision) == (640, None)
    assert ModelSpec.from_json({**stored, "folder": "somewhere", "version": 1}).image_size == 640


@pytest.mark.parametrize("broken", [{}, {"format": "pt"}, {"format": 3, "classes": []}])
def test_a_wrong_description_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a description"):
        ImportedModel.from_json(broken)


# --- What is refused, and how it is said


def test_a_segmentation_checkpoint_is_refused_by_name(target: Path) -> None:
    error = refusal(DATA / "yolov8-seg-tiny.pt", target)
    assert error.code == "unsupported_task" and "segmentation" in str(error)


def test_an_unknown_head_is_refused_with_what_to_do(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siapp.core.models.ultralytics_export.available", lambda: False)
    error = refusal(DATA / "yolo26-tiny.pt", target)
    assert error.code == "unknown_layer"
    assert "Detect (end to end)" in str(error) and "siapp[ultralytics]" in str(error)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_weights"),
        (b"hello, I am a text", "not_weights"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not_weights"),
        (bytes(10_000), "not_weights"),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "legacy_checkpoint"),
        (b"storages".ljust(257, b"\0") + b"ustar\0", "legacy_checkpoint"),
        (b'<?xml version="1.0"?><net/>', "not_weights"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
    ],
)
def test_a_file_that_is_no_model_is_refused(content: bytes, code: str, tmp_path: Path, target: Path) -> None:
    source = tmp_path / "file"
    source.write_bytes(content)
    assert refusal(source, target).code == code


@pytest.mark.parametrize("kind", GOOD)
def test_a_file_cut_off_anywhere_is_refused(kind: str, tmp_path: Path, target: Path) -> None:
    whole = GOOD[kind].read_bytes()
    source = tmp_path / "cut"
    places = [*range(0, 64, 7), *range(64, len(whole), max(1, len(whole) // 40)), len(whole) - 1]
    for place in places:
        source.write_bytes(whole[:place])
        assert refusal(source, target).code in {
            "damaged", "not_weights", "unreadable", "archive_unsafe", "unsupported_operator", "wrong_outputs"
        }, place  # fmt: skip
