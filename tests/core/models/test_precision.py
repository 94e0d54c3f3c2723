"""Which layers stay in float32: what is marked, and that the marks do what they are for."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import openvino as ov
import pytest

from siapp.core.models import precision
from siapp.core.models.artefact import MODEL_XML, ImportedModel, Precision
from siapp.core.models.confine import RECOMMENDED_CPU_SECONDS, RECOMMENDED_MEMORY_WITH_TORCH_BYTES
from siapp.core.models.precision import dead_leaves, keep_precision
from siapp.core.resources import resources
from tests.core.models.support import DATA, GOOD, SHARED_DATA, artefact, run_artefact

ROOT = Path(__file__).parents[3]
DEMO = resources() / "demo" / "demo.pt"
INT8 = SHARED_DATA / "yolov8n_coco_int8_openvino.zip"
FEW_PIXELS = 120_000
"""Two pictures: it is fast, and the demo network is just above the tolerance of these tests."""
PREFERRED = ov.Core().get_property("CPU", "INFERENCE_PRECISION_HINT").get_type_name()
REDUCES = pytest.mark.skipif(PREFERRED == "f32", reason="this processor has no 16-bit floating point")


def marked(folder: Path) -> list[str]:
    """The kinds of the marked layers, in the order of the file."""
    layers = ElementTree.parse(folder / MODEL_XML).iterfind("layers/layer")
    return [layer.get("type", "") for layer in layers if layer.find("rt_info/attribute[@name='precise']") is not None]


def convolutions(folder: Path) -> dict[str, str]:
    """The type in which each convolution runs where OpenVINO has the choice, in running order."""
    model = ov.Core().read_model(folder / MODEL_XML)
    model.reshape([1, 3, 96, 160])
    ran = ov.Core().compile_model(model, "CPU").get_runtime_model().get_ordered_ops()
    notes = [(node.get_friendly_name(), node.get_rt_info()) for node in ran]
    return {
        name: info["runtimePrecision"].astype(str)
        for name, info in notes
        if info["layerType"].astype(str) == "Convolution"
    }


@pytest.fixture
def no_reduction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_reduces_here", lambda: False)


@pytest.mark.usefixtures("no_reduction")
def test_the_first_part_is_marked_where_nothing_can_be_measured(target: Path) -> None:
    model = artefact(DEMO, target)
    assert model.precision == Precision(18, 71, None)
    assert marked(target) == ["Convolution"] * 18


@REDUCES
@pytest.mark.usefixtures("no_reduction")
def test_marked_convolutions_run_in_float32_and_the_others_do_not(target: Path) -> None:
    artefact(DEMO, target)
    types = list(convolutions(target).values())
    assert types.count("f32") == 18 and types[0] == "f32" and types[-1] == PREFERRED


@pytest.mark.parametrize("source", GOOD.values(), ids=GOOD)
@pytest.mark.usefixtures("no_reduction")
def test_marks_change_nothing_in_float32(source: Path, target: Path, tmp_path: Path) -> None:
    artefact(source, target)
    assert marked(target)
    image = np.random.default_rng(1).random((1, 3, 96, 160), dtype=np.float32)
    with_marks = run_artefact(target, image)
    root = ElementTree.parse(target / MODEL_XML)
    for layer in root.iterfind("layers/layer"):
        for notes in layer.findall("rt_info"):
            layer.remove(notes)
    root.write(target / MODEL_XML)
    assert marked(target) == []
    assert np.array_equal(run_artefact(target, image), with_marks)


@REDUCES
def test_a_network_that_is_good_enough_keeps_nothing(target: Path) -> None:
    model = artefact(GOOD["pt"], target)
    assert model.precision is not None and model.precision.kept == 0
    assert model.precision.error is not None and model.precision.error <= precision.TOLERANCE
    assert marked(target) == []


@REDUCES
@pytest.mark.timeout(300)
def test_what_is_kept_holds_the_tolerance_and_is_the_same_every_time(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "_ALL_PIXELS", FEW_PIXELS)
    monkeypatch.setattr(precision, "TOLERANCE", 0.025)
    model = artefact(DEMO, target)
    kept, written = model.precision, (target / MODEL_XML).read_bytes()
    assert kept is not None and kept.error is not None
    assert 0 < kept.kept < kept.of / 3 and kept.error <= 0.025
    assert marked(target) == ["Convolution"] * kept.kept
    assert keep_precision(target, model, lambda _done: None) == kept
    assert (target / MODEL_XML).read_bytes() == written


@REDUCES
def test_everything_is_kept_where_a_part_does_not_help(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "TOLERANCE", 0.0)
    monkeypatch.setattr(precision, "_LOOKED_INTO", 0.02)
    model = artefact(GOOD["pt"], target)
    assert model.precision is not None and model.precision.kept == model.precision.of
    assert set(convolutions(target).values()) == {"f32"}


@pytest.mark.parametrize(("limit", "value"), [("_MOST_SECONDS", -1.0), ("_MOST_WORK", 1.0)])
def test_what_takes_too_long_is_not_measured(
    limit: str, value: float, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, limit, value)
    model = artefact(GOOD["onnx"], target)
    assert model.precision is not None and model.precision.error is None
    assert 0 < model.precision.kept == len(marked(target)) < model.precision.of


def test_a_network_of_a_fixed_size_is_measured_at_that_size(target: Path) -> None:
    model = artefact(DATA / "yolov8-tiny-fixed-320.onnx", target)
    assert model.precision is not None and model.precision.of == 64


@pytest.mark.skipif(not INT8.exists(), reason="the real weights in shared/data are not here")
def test_an_int8_network_is_left_alone(target: Path) -> None:
    assert artefact(INT8, target).precision is None
    assert marked(target) == []


_CONFINED = """
import json, sys
from pathlib import Path
from siapp.core.models.confine import confine
source, folder, memory, seconds = sys.argv[1:]
confine(int(memory), int(seconds), Path(folder))
from siapp.core.models import precision
from siapp.core.models.importer import import_weights
precision.TOLERANCE, precision._ALL_PIXELS = 0.025, 120_000
steps = []
model = import_weights(Path(source), Path(folder), lambda done, step: steps.append((done, step)))
print(json.dumps([model.to_json(), steps]))
"""


@pytest.mark.timeout(300)
def test_it_is_chosen_inside_the_confined_process(target: Path) -> None:
    limits = [str(RECOMMENDED_MEMORY_WITH_TORCH_BYTES), str(RECOMMENDED_CPU_SECONDS)]
    done = subprocess.run(
        [sys.executable, "-c", _CONFINED, str(DEMO), str(target), *limits],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    learnt, steps = json.loads(done.stdout.splitlines()[-1])
    kept = ImportedModel.from_json(learnt).precision
    assert kept is not None and 0 < kept.kept == len(marked(target))
    assert [done for done, _step in steps] == sorted(done for done, _step in steps)
    if PREFERRED != "f32":
        assert kept.error is not None and kept.error <= 0.025
        assert "Choosing the precision" in {step for _done, step in steps}


def test_made_up_pictures_are_always_the_same_and_look_like_pictures() -> None:
    picture = dead_leaves(160, 96, seed=3)
    assert picture.shape == (1, 3, 96, 160) and picture.dtype == np.float32
    assert np.array_equal(picture, dead_leaves(160, 96, seed=3))
    assert not np.array_equal(picture, dead_leaves(160, 96, seed=4))
    assert picture.min() >= 0 and picture.max() <= 1 and picture.std() > 0.05
    # Neighbours are alike, as in photographs and unlike in noise.
    assert np.abs(np.diff(picture, axis=3)).mean() < 0.5 * picture.std()
