"""What becomes of truth on its way into the training data and out of a comparison."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tools.demo.evaluate import Score, count, matches, overlap
from tools.demo.scene import GroundTruth
from tools.demo.train import SIDE, crop, cut, draw_street_samples, label_line


def test_a_label_line_holds_class_middle_and_size_in_shares() -> None:
    item = GroundTruth(2, "car", (10.0, 20.0, 30.0, 60.0))
    assert label_line(item, 100, 200) == "2 0.200000 0.200000 0.200000 0.200000\n"


@pytest.mark.parametrize(
    ("box", "kept"),
    [
        ((110.0, 60.0, 150.0, 90.0), (10.0, 10.0, 50.0, 40.0)),
        ((80.0, 60.0, 120.0, 90.0), (0.0, 10.0, 20.0, 40.0)),
        ((70.0, 60.0, 110.0, 90.0), None),
        ((0.0, 0.0, 50.0, 40.0), None),
        ((100.0, 50.0, 600.0, 400.0), (0.0, 0.0, 320.0, 320.0)),
    ],
)
def test_a_crop_keeps_a_box_only_where_enough_of_it_is_left(
    box: tuple[float, float, float, float], kept: tuple[float, float, float, float] | None
) -> None:
    assert cut(box, 100, 50) == kept


def test_a_crop_moves_the_truth_with_the_pixels() -> None:
    picture = np.zeros((360, 640, 3), np.uint8)
    picture[100:260, 250:390] = 255
    item = GroundTruth(3, "truck", (250.0, 100.0, 390.0, 260.0))
    part, items = crop(picture, [item], np.random.default_rng(0))
    assert part.shape == (SIDE, SIDE, 3)
    x1, y1, x2, y2 = (int(side) for side in items[0].box)
    assert part[y1:y2, x1:x2].min() == 255
    assert part.astype(int).sum() == part[y1:y2, x1:x2].astype(int).sum()


def test_the_samples_of_a_street_are_written_with_their_labels(tmp_path: Path) -> None:
    for kind in ("images", "labels"):
        (tmp_path / kind / "train").mkdir(parents=True)
    draw_street_samples(tmp_path, "train", 10_000)
    pictures = sorted((tmp_path / "images" / "train").iterdir())
    assert len(pictures) == 3
    for path in pictures:
        assert cv2.imread(str(path)) is not None
        labels = (tmp_path / "labels" / "train" / f"{path.stem}.txt").read_text(encoding="ascii").splitlines()
        numbers = np.array([line.split() for line in labels], dtype=float)
        assert set(numbers[:, 0]) <= {0, 1, 2, 3}
        assert (numbers[:, 1:] > 0).all()
        assert (numbers[:, 1:] <= 1).all()


def test_overlap_is_the_shared_area_over_the_joint_one() -> None:
    first = np.array([[0.0, 0.0, 2.0, 2.0]])
    second = np.array([[0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 3.0, 2.0], [5.0, 5.0, 6.0, 6.0]])
    assert overlap(first, second).tolist() == [[1.0, pytest.approx(1 / 3), 0.0]]


def test_each_object_is_matched_once_and_with_its_best_detection() -> None:
    truth = np.array([[0.0, 0.0, 10.0, 10.0]])
    found = np.array([[0.0, 0.0, 10.0, 8.0], [0.0, 0.0, 10.0, 10.0]])
    assert matches(truth, found) == [1.0]


def test_a_detection_of_another_class_is_no_match() -> None:
    scores = [Score() for _ in range(4)]
    count(scores, np.array([[2, 0.0, 0.0, 10.0, 10.0]]), np.array([[0.0, 0.0, 10.0, 10.0, 0.9, 3]]))
    assert [score.objects for score in scores] == [0, 0, 1, 0]
    assert [score.detections for score in scores] == [0, 0, 0, 1]
    assert not any(score.overlaps for score in scores)
