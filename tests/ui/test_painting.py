"""A picture in its room: nothing of what was there before is left, and a label looks the same at each place."""

from collections.abc import Callable
from math import ceil

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from siapp.core.boxstyle import class_colour
from siapp.core.domain import DetectedObject
from siapp.ui.live.painting import paint_boxes
from siapp.ui.live.picture_view import PictureView
from tests.ui.conftest import picture

RATIOS = (1.0, 1.25, 1.5, 1.75, 2.0)
BEFORE = Qt.GlobalColor.magenta
CAR = 2


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("room", [(0, 0, 301, 200), (0, 0, 200, 301), (3, 5, 320, 180), (1, 1, 641, 361)])
@pytest.mark.parametrize("scale", [1.0, 1.3, 8.0])
def test_nothing_of_before_is_left(
    qapp: QApplication, ratio: float, room: tuple[int, int, int, int], scale: float
) -> None:
    """A tile is not cleared for each picture: what is not painted would stay as it was."""
    where, view = QRect(*room), PictureView()
    view.take(picture(1))
    fitted = view.fitted(where, ratio)
    view.zoom.by(scale, fitted.center(), fitted)
    for pan in (QPoint(0, 0), QPoint(9999, 9999), QPoint(-9999, -9999)):
        view.zoom.pan(pan, fitted)
        screen = _screen(where.right() + 1, where.bottom() + 1, ratio)
        _painted(screen, lambda painter: view.paint(painter, where, ratio, ""))
        seen = _rgb(screen)[ceil(where.top() * ratio) :, ceil(where.left() * ratio) :]
        assert not (seen == (255, 0, 255)).all(axis=2).any()


@pytest.mark.parametrize("ratio", RATIOS)
def test_a_label_is_as_sharp_at_each_place(qapp: QApplication, ratio: float) -> None:
    """A kept label that is copied to a place between two pixels would have a row twice."""
    looks = {_plate(ratio, left, top).tobytes() for left in range(100, 112) for top in range(100, 112)}
    assert len(looks) == 1


def test_labels_that_are_kept_are_told_apart(qapp: QApplication) -> None:
    """By text, by colour, by size."""
    looks = [
        _plate(1.0, 100, 100),
        _plate(1.0, 100, 100, label="bus"),
        _plate(1.0, 100, 100, number=CAR + 1),
        _plate(1.0, 100, 100, scale=2.0),
        _plate(2.0, 100, 100),
    ]
    assert len({(look.shape, look.tobytes()) for look in looks}) == len(looks)


def _plate(
    ratio: float, left: int, top: int, *, label: str = "car", number: int = CAR, scale: float = 1.0
) -> NDArray[np.uint8]:
    """The label above a box at this place, as (rows, columns, 3) RGB."""
    shown = picture(1, objects=(DetectedObject(number, label, 0.9, (left, top, left + 150, top + 90)),))
    screen = _screen(640, 360, ratio)
    _painted(screen, lambda painter: paint_boxes(painter, shown, QRect(0, 0, 640, 360), scale=scale))
    seen = _rgb(screen)
    # A row of the picture above the box: the plate, from its first to its last pixel.
    height = np.flatnonzero((seen[: round((top - 2) * ratio)] != (255, 0, 255)).all(axis=2).any(axis=1))
    width = np.flatnonzero((seen[height[0]] == class_colour(number)).all(axis=1))
    return np.ascontiguousarray(seen[height[0] : height[-1] + 1, width[0] : width[-1] + 1])


def _screen(width: int, height: int, ratio: float) -> QImage:
    screen = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_RGB32)
    screen.setDevicePixelRatio(ratio)
    screen.fill(BEFORE)
    return screen


def _painted(screen: QImage, paint: Callable[[QPainter], None]) -> None:
    painter = QPainter(screen)
    paint(painter)
    painter.end()


def _rgb(image: QImage) -> NDArray[np.uint8]:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(bytes(image.constBits()), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
