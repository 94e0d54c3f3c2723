"""From the network's numbers to boxes: letterbox and suppression by tables, the whole by what ultralytics sees."""

import json
from pathlib import Path

import av
import numpy as np
import pytest

from siapp.core.domain import TaskOptions
from siapp.core.errors import SiappError
from siapp.core.models.importer import import_weights
from siapp.core.resources import resources
from siapp.core.specs import InferenceSpec, ModelSpec
from siapp.core.video.detections import Detections
from siapp.core.video.detector import Detector
from siapp.core.video.letterbox import PADDING_GREY, fill_letterbox, letterbox_for
from siapp.core.video.pictures import to_bgr
from siapp.core.video.yolo import MOST_DETECTIONS, decode_output, suppress

GOLDEN = Path(__file__).parents[2] / "data" / "parity" / "demo-clip.json"
DYNAMIC = ModelSpec("", ("car",), None, 32)
ALL = TaskOptions(confidence=0.25, iou=0.7)


def fixed(width: int, height: int) -> ModelSpec:
    return ModelSpec("", ("car",), (width, height), 32)


# -- letterbox


@pytest.mark.parametrize(
    ("picture", "model", "outer", "inner", "corner"),
    [
        # What ultralytics 8.4's LetterBox does with auto=True, and for fixed inputs with auto=False.
        ((768, 432), DYNAMIC, (640, 384), (640, 360), (0, 12)),
        ((960, 540), DYNAMIC, (640, 384), (640, 360), (0, 12)),
        ((1920, 1080), DYNAMIC, (640, 384), (640, 360), (0, 12)),
        ((1080, 1920), DYNAMIC, (384, 640), (360, 640), (12, 0)),
        ((641, 359), DYNAMIC, (640, 384), (640, 358), (0, 13)),
        ((1279, 719), DYNAMIC, (640, 384), (640, 360), (0, 12)),
        ((333, 1000), DYNAMIC, (224, 640), (213, 640), (5, 0)),
        ((100, 75), DYNAMIC, (640, 480), (640, 480), (0, 0)),  # small pictures are enlarged
        ((7, 5), DYNAMIC, (640, 480), (640, 457), (0, 11)),
        ((640, 640), DYNAMIC, (640, 640), (640, 640), (0, 0)),
        ((2560, 100), DYNAMIC, (640, 32), (640, 25), (0, 3)),
        ((768, 432), fixed(640, 640), (640, 640), (640, 360), (0, 140)),
        ((432, 768), fixed(640, 640), (640, 640), (360, 640), (140, 0)),
        ((321, 241), fixed(320, 320), (320, 320), (320, 240), (0, 40)),
        # What ultralytics gives up on.
        ((4000, 2), DYNAMIC, (640, 32), (640, 1), (0, 15)),
        ((1, 1), DYNAMIC, (640, 640), (640, 640), (0, 0)),
    ],
)
def test_a_picture_is_laid_into_the_input_as_ultralytics_does(
    picture: tuple[int, int],
    model: ModelSpec,
    outer: tuple[int, int],
    inner: tuple[int, int],
    corner: tuple[int, int],
) -> None:
    box = letterbox_for(*picture, model)
    assert (box.width, box.height) == outer
    assert (box.inner_width, box.inner_height) == inner
    assert (box.left, box.top) == corner


def test_a_network_with_a_larger_stride_gets_multiples_of_it() -> None:
    box = letterbox_for(768, 432, ModelSpec("", ("car",), None, 64))
    assert (box.width, box.height) == (640, 384)
    assert letterbox_for(333, 1000, ModelSpec("", ("car",), None, 64)).width == 256


def test_pictures_get_the_size_that_the_network_was_made_for() -> None:
    box = letterbox_for(768, 432, ModelSpec("", ("car",), None, 32, image_size=1280))
    assert (box.width, box.height, box.inner_height) == (1280, 736, 720)
    assert letterbox_for(768, 432, ModelSpec("", ("car",), (320, 320), 32, image_size=1280)).width == 320


@pytest.mark.parametrize("size", [(768, 432), (433, 767), (640, 360), (9, 5)])
def test_the_picture_lies_in_grey(size: tuple[int, int]) -> None:
    box = letterbox_for(*size, DYNAMIC)
    canvas = np.full((box.height, box.width, 3), PADDING_GREY, np.uint8)
    fill_letterbox(np.full((size[1], size[0], 3), 200, np.uint8), box, canvas)
    filled = (canvas == 200).all(axis=2)
    assert filled.sum() == box.inner_width * box.inner_height
    assert filled[box.top, box.left]
    assert (canvas[~filled] == PADDING_GREY).all()


# -- suppression

BOX = (0, 0, 10, 10)
HALF = (0, 0, 10, 5)  # shares a half of its union with BOX
FAR = (100, 100, 110, 110)


@pytest.mark.parametrize(
    ("boxes", "class_ids", "iou", "kept"),
    [
        ([], [], 0.5, []),
        ([BOX], [0], 0.5, [0]),
        ([BOX, BOX, BOX], [0, 0, 0], 0.99, [0]),  # ties: the first stays
        ([BOX, BOX], [0, 1], 0.0, [0, 1]),  # classes don't suppress one another
        ([BOX, FAR, HALF], [0, 0, 0], 0.4, [0, 1]),
        ([BOX, FAR, HALF], [0, 0, 0], 0.5, [0, 1, 2]),  # just the limit is not too much
        ([BOX, HALF], [79, 79], 0.49, [0]),
        ([BOX, HALF, (0, 5, 10, 10)], [0, 0, 0], 0.49, [0]),
        ([HALF, BOX, (0, 5, 10, 10)], [0, 0, 0], 0.49, [0, 2]),  # what is suppressed suppresses nothing
        ([(5, 5, 5, 5), (5, 5, 5, 5)], [0, 0], 0.5, [0, 1]),  # nothing shared
    ],
)
def test_of_boxes_that_share_too_much_the_best_stays(
    boxes: list[tuple[int, ...]], class_ids: list[int], iou: float, kept: list[int]
) -> None:
    corners = np.array(boxes, np.float32).reshape(-1, 4)
    assert suppress(corners, np.array(class_ids, np.float32), iou).tolist() == kept


def test_small_boxes_of_the_last_of_many_classes_are_told_apart() -> None:
    boxes = np.array([(10, 10, 11, 11), (10.9, 10, 11.9, 11)], np.float32)
    assert suppress(boxes, np.array([999, 999], np.float32), 0.1).tolist() == [0, 1]


def test_there_are_never_more_than_three_hundred() -> None:
    boxes = np.array([(x, 0, x + 1, 1) for x in range(1000)], np.float32)
    assert suppress(boxes, np.zeros(1000, np.float32), 0.5).tolist() == list(range(MOST_DETECTIONS))


# -- decoding


def output(*objects: tuple[float, float, float, float, float, int], classes: int = 3) -> np.ndarray:
    """A network's output [4 + classes, N] of objects: middle x, middle y, width, height, score, class."""
    raw = np.zeros((4 + classes, max(1, len(objects))), np.float32)
    for place, (*box, score, class_id) in enumerate(objects):
        raw[:4, place], raw[4 + class_id, place] = box, score
    return raw


def decoded(raw: np.ndarray, options: TaskOptions = ALL, size: tuple[int, int] = (1280, 720)) -> list[list[float]]:
    found = decode_output(raw, letterbox_for(*size, DYNAMIC), size, options)
    assert found.dtype == np.float32 and found.shape[1] == 6
    return [[round(float(value), 3) for value in row] for row in found]


def test_boxes_are_mapped_back_to_the_picture() -> None:
    assert decoded(output((320, 192, 100, 50, 0.9, 2))) == [[540, 310, 740, 410, 0.9, 2]]


def test_nothing_found_is_an_empty_answer() -> None:
    assert decoded(output()) == []


def test_the_best_comes_first_and_what_is_not_above_the_threshold_is_left_out() -> None:
    raw = output((50, 50, 9, 9, 0.3, 0), (150, 50, 9, 9, 0.8, 1), (250, 50, 9, 9, 0.25, 1), (350, 50, 9, 9, 0.2, 1))
    assert [row[4:] for row in decoded(raw)] == [[0.8, 1], [0.3, 0]]


def test_only_the_wanted_classes_are_kept() -> None:
    raw = output((50, 50, 9, 9, 0.9, 0), (150, 50, 9, 9, 0.8, 1), (250, 50, 9, 9, 0.7, 2))
    assert [row[5] for row in decoded(raw, TaskOptions(classes=(2, 0)))] == [0, 2]
    assert decoded(raw, TaskOptions(classes=())) == []
    assert decoded(raw, TaskOptions(classes=(7,))) == []


def test_an_unwanted_class_hides_no_wanted_one() -> None:
    raw = output((50, 50, 20, 20, 0.9, 0), (50, 50, 20, 20, 0.5, 1))
    assert [row[5] for row in decoded(raw, TaskOptions(classes=(1,)))] == [1]


def test_boxes_end_at_the_picture_s_edge() -> None:
    assert decoded(output((0, 12, 40, 40, 0.9, 0), (639, 370, 60, 60, 0.8, 0))) == [
        [0, 0, 40, 40, 0.9, 0],
        [1218, 656, 1280, 720, 0.8, 0],
    ]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_none_hide_nothing(bad: float) -> None:
    raw = output((bad, 50, 9, 9, 0.95, 0), (50, 50, bad, 9, 0.94, 0), (50, 50, 9, 9, 0.9, 0), (9, 9, 2, 2, 0.1, 0))
    raw[5, 3] = float("nan")
    assert [row[4] for row in decoded(raw)] == [0.9]


# -- the whole, against ultralytics


@pytest.fixture(scope="module")
def demo_model(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    folder = tmp_path_factory.mktemp("artefact")
    model = import_weights(resources() / "demo" / "demo.pt", folder, lambda _fraction, _step: None)
    return ModelSpec(str(folder), model.classes, model.input_size, model.stride)


@pytest.fixture(scope="module")
def golden() -> dict[int, Detections]:
    stored = json.loads(GOLDEN.read_text())["frames"]
    return {int(number): np.array(rows, np.float32).reshape(-1, 6) for number, rows in stored.items()}


def seen(model: ModelSpec, numbers: set[int], *, exact: bool) -> dict[int, Detections]:
    detector = Detector(model, inference=InferenceSpec(exact=exact))
    with av.open(str(resources() / "demo" / "demo.mp4")) as clip:
        pictures = {number: to_bgr(frame) for number, frame in enumerate(clip.decode(video=0)) if number in numbers}
    return {number: detector.network(bgr.shape[1], bgr.shape[0]).detect(bgr, ALL) for number, bgr in pictures.items()}


def agreement(left: dict[int, Detections], right: dict[int, Detections], score: float) -> float:
    """The share of `left`'s boxes above 0.3 that `right` has: same class, IoU above 0.9, score within `score`."""
    agreeing = [
        bool(np.any((right[number][:, 5] == row[5]) & (overlaps(row, right[number]) > 0.9)
                    & (np.abs(right[number][:, 4] - row[4]) <= score)))
        for number, rows in left.items()
        for row in rows
        if row[4] > 0.3
    ]  # fmt: skip
    assert len(agreeing) > 50
    return float(np.mean(agreeing))


def overlaps(box: np.ndarray, boxes: Detections) -> np.ndarray:
    """IoU of one box (6,) with others (N, 6)."""
    size = np.minimum(box[2:4], boxes[:, 2:4]) - np.maximum(box[:2], boxes[:, :2])
    shared = size.clip(0).prod(axis=1)
    areas = (boxes[:, 2:4] - boxes[:, :2]).prod(axis=1)
    return np.asarray(shared / ((box[2:4] - box[:2]).prod() + areas - shared))


def test_detections_agree_with_ultralytics(demo_model: ModelSpec, golden: dict[int, Detections]) -> None:
    ours = seen(demo_model, set(golden), exact=True)
    assert agreement(golden, ours, 0.005) > 0.995
    assert agreement(ours, golden, 0.005) > 0.995


def test_detections_agree_with_ultralytics_in_the_processor_s_fastest_numbers_too(
    demo_model: ModelSpec, golden: dict[int, Detections]
) -> None:
    ours = seen(demo_model, set(golden), exact=False)
    assert agreement(golden, ours, 0.02) >= 0.98
    assert agreement(ours, golden, 0.02) >= 0.98


def test_networks_are_kept_for_the_inputs_seen_last(demo_model: ModelSpec) -> None:
    detector = Detector(demo_model)
    first = detector.network(1280, 720)
    assert detector.network(1280, 720) is first
    assert detector.network(1920, 1080).compiled is first.compiled, "both are laid into 640 x 384"
    assert detector.network(1920, 1080).size == (1920, 1080)
    detector.network(720, 1280)
    assert detector.network(1280, 720).compiled is first.compiled
    detector.network(64, 64)
    assert detector.network(720, 1280) is not None and detector.network(1280, 720).compiled is not first.compiled


def test_an_artefact_that_is_gone_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SiappError) as raised:
        Detector(ModelSpec(str(tmp_path), ("car",), None, 32)).network(320, 192)
    assert raised.value.code == "model_unusable"
    assert str(tmp_path) not in raised.value.text()
