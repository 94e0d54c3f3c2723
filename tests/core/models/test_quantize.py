"""INT8 twins of our artefacts, made for real of the demo's network and clip."""

from pathlib import Path

import openvino as ov
import pytest

from siapp.core.domain import OptimizationReport
from siapp.core.errors import MediaError, SiappError
from siapp.core.models import quantize
from siapp.core.models.agreement import compare
from siapp.core.models.artefact import INPUT_NAME, MODEL_XML, OUTPUT_NAME
from siapp.core.models.calibration import LEAST_PICTURES, collect
from siapp.core.resources import resources
from siapp.core.specs import CameraSource, ModelSpec
from siapp.core.video.pictures import Pixels
from tests.core.models.support import artefact, silent
from tests.core.video.support import counting, write_clip, write_sound

CLIP = resources() / "demo" / "demo.mp4"
PICTURES = 30


def spec(folder: Path, imported: object) -> ModelSpec:
    return ModelSpec.from_json({**imported.to_json(), "folder": str(folder), "version": 1})  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    folder = tmp_path_factory.mktemp("original")
    return spec(folder, artefact(resources() / "demo" / "demo.pt", folder))


@pytest.fixture(scope="module")
def pictures(model: ModelSpec) -> list[Pixels]:
    return collect(CameraSource(str(CLIP), is_file=True), model, PICTURES, silent)


@pytest.fixture(scope="module")
def int8(model: ModelSpec, pictures: list[Pixels], tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    folder = tmp_path_factory.mktemp("int8")
    quantize.quantize(Path(model.folder), folder, pictures[::2], silent)
    return ModelSpec.from_json({**model.to_json(), "folder": str(folder)})


def video(path: Path) -> CameraSource:
    return CameraSource(str(path), is_file=True)


def test_pictures_are_spread_over_the_whole_clip_in_the_networks_size(tmp_path: Path, model: ModelSpec) -> None:
    clip = write_clip(tmp_path / "clip.mp4", counting(50))
    heard: list[float] = []
    taken = collect(video(clip), model, 20, lambda fraction, _step: heard.append(fraction))
    assert len(taken) == 13  # every fourth of 50
    assert {picture.shape for picture in taken} == {(480, 640, 3)}
    assert heard == sorted(heard) and 0.8 < heard[-1] <= 1.0


@pytest.mark.parametrize("content", [b"", b"no video at all", b"#EXTM3U\nfile:///etc/passwd\n"])
def test_a_file_that_is_no_video_is_refused(tmp_path: Path, model: ModelSpec, content: bytes) -> None:
    (tmp_path / "v.mp4").write_bytes(content)
    with pytest.raises(MediaError):
        collect(video(tmp_path / "v.mp4"), model, PICTURES, silent)


def test_a_file_without_pictures_is_refused(tmp_path: Path, model: ModelSpec) -> None:
    with pytest.raises(MediaError):
        collect(video(write_sound(tmp_path / "sound.mp4")), model, PICTURES, silent)


def test_a_clip_with_few_pictures_is_refused(tmp_path: Path, model: ModelSpec) -> None:
    clip = write_clip(tmp_path / "clip.mp4", counting(LEAST_PICTURES - 1))
    with pytest.raises(SiappError) as caught:
        collect(video(clip), model, PICTURES, silent)
    assert caught.value.code == "too_few_pictures"
    assert str(LEAST_PICTURES - 1) in caught.value.text()


def test_the_twin_has_the_same_form_and_convolves_in_8_bits(model: ModelSpec, int8: ModelSpec) -> None:
    before, after = (ov.Core().read_model(Path(each.folder) / MODEL_XML) for each in (model, int8))
    assert {path.name for path in Path(int8.folder).iterdir()} == {"model.xml", "model.bin"}
    assert after.input(0).partial_shape == before.input(0).partial_shape
    assert after.output(0).partial_shape == before.output(0).partial_shape
    assert (after.input(0).names, after.output(0).names) == ({INPUT_NAME}, {OUTPUT_NAME})
    # A mark that a layer needs float32 would take it out again.
    assert 'name="precise"' not in (Path(int8.folder) / MODEL_XML).read_text(encoding="utf-8")
    convolutions = sum(node.get_type_name() == "Convolution" for node in after.get_ops())
    constants = [node for node in after.get_ops() if node.get_type_name() == "Constant"]
    assert sum(node.get_element_type() == ov.Type.i8 for node in constants) >= convolutions > 50
    assert (Path(int8.folder) / "model.bin").stat().st_size < 0.65 * (Path(model.folder) / "model.bin").stat().st_size


def test_what_turns_cells_into_boxes_stays_exact(int8: ModelSpec) -> None:
    network = ov.Core().read_model(Path(int8.folder) / MODEL_XML)
    roundings = [node for node in network.get_ops() if node.get_type_name() == "FakeQuantize"]
    ahead = {reader.get_node().get_type_name() for node in roundings for reader in node.output(0).get_target_inputs()}
    assert len(roundings) > 50
    assert ahead.isdisjoint({"Softmax", "Sigmoid", "ReduceSum", "Subtract", "Result"})


def test_the_twin_finds_what_the_original_finds(
    model: ModelSpec, int8: ModelSpec, pictures: list[Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siapp.core.models.agreement.TURN_S", 0.05)
    report = compare(model, int8, pictures[1::2], silent)
    assert report.pictures == len(pictures) // 2 and report.boxes > 50
    assert (report.share_kept or 0) > 0.85 and (report.share_kept_closely or 0) > 0.7
    assert report.added < 0.15 * report.boxes and abs(report.score_change) < 0.05
    assert report.fps_before > 0 and report.fps_after > 0


def test_a_network_agrees_with_itself(
    model: ModelSpec, pictures: list[Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siapp.core.models.agreement.TURN_S", 0.05)
    report = compare(model, model, pictures[:4], silent)
    assert report.boxes == report.kept == report.kept_closely > 0
    assert (report.added, report.score_change) == (0, 0.0)


def test_int8_is_not_made_of_int8(int8: ModelSpec, pictures: list[Pixels], target: Path) -> None:
    with pytest.raises(SiappError) as caught:
        quantize.quantize(Path(int8.folder), target, pictures[:2], silent)
    assert caught.value.code == "already_int8"
    assert list(target.iterdir()) == []


def test_where_nothing_was_found_nothing_is_claimed() -> None:
    report = OptimizationReport(10, 0, 0, 0, 0, 0.0, 50.0, 100.0)
    assert (report.share_kept, report.share_kept_closely, report.speedup) == (None, None, 2.0)
