"""A street seen by a high camera, drawn by numpy and OpenCV, with the exact place of everything in it.

What a frame shows depends on nothing but the size, the seed and the frame's index, and comes again after one
period. The picture is drawn at twice its size and then made smaller, so that edges are as smooth as a camera's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from tools.demo import figures
from tools.demo.camera import Camera
from tools.demo.figures import Part
from tools.demo.ground import CYCLE_KERB, MIDDLE, Look, Picture, draw_street
from tools.demo.painter import Box, Drawn, Painter
from tools.demo.traffic import TO_THE_LEFT, TO_THE_RIGHT, Actor, Kind, scenery, street_life

LABELS = tuple(kind.value for kind in Kind)
PERIOD = 300
"""Frames after which a scene comes again."""
DEMO_SEED = 3
OVERSAMPLING = 2
LEAST_VISIBLE = 0.3
"""Share of a figure that must be seen for it to be in the truth."""
LEAST_SIDE = 5.0
"""Pixels that the shorter side of a box in the truth has at least."""
CAR_MARGIN = 8.5
"""Metres of the road in view that the middle of `moving_car`'s car keeps off, both ends together."""
CAR_TRAVEL = 45
"""Frames that `moving_car` takes from one end of its way to the other."""


@dataclass(frozen=True)
class GroundTruth:
    """One visible object: its class and the box (x1, y1, x2, y2) around what is seen of it, in pixels."""

    class_id: int
    label: str
    box: Box


class Scene:
    """A street of the given size in pixels; every seed is another street, camera and traffic."""

    def __init__(self, width: int, height: int, seed: int = DEMO_SEED, period: int = PERIOD) -> None:
        random = np.random.default_rng(seed)
        self.period = period
        self.camera = some_camera(width * OVERSAMPLING, height * OVERSAMPLING, random)
        self.actors = street_life(random, self.camera.yaw)
        self.scenery = scenery(random, self.camera.yaw)
        self._ground = self._street(some_look(random, seed, self.camera.yaw))

    def frame(self, index: int) -> tuple[Picture, list[GroundTruth]]:
        """The picture at `index`, (height, width, 3) uint8 BGR, and what is to be seen in it."""
        return self.with_actors(self.actors, index)

    def empty(self, index: int) -> Picture:
        """The same street at `index` with nobody in it: ground and scenery only."""
        return self.with_actors([], index)[0]

    def with_actors(self, actors: Sequence[Actor], index: int) -> tuple[Picture, list[GroundTruth]]:
        """The street at `index` with other actors than its own: picture and truth as of `frame`."""
        moment = index % self.period / self.period
        painter, drawn = self._paint([actor.parts(moment) for actor in actors])
        truth = [found for item in drawn if (found := self._truth(painter, item, actors[item.owner - 1].kind))]
        return self._finish(painter.picture, moment), truth

    def _street(self, look: Look) -> Picture:
        """The empty street at the size that figures are drawn in."""
        # Its edges are soft by themselves, so it is drawn at the final size and its pixels repeated.
        size = self.camera.width // OVERSAMPLING, self.camera.height // OVERSAMPLING
        camera = replace(self.camera, width=size[0], height=size[1], focal=self.camera.focal / OVERSAMPLING)
        street = draw_street(camera, look)
        return np.ascontiguousarray(street.repeat(OVERSAMPLING, axis=0).repeat(OVERSAMPLING, axis=1))

    def _paint(self, people: Sequence[Sequence[Part]]) -> tuple[Painter, list[Drawn]]:
        """Draw the numbered figures and the scenery, far ones first. Figure n becomes owner n + 1."""
        painter = Painter(self.camera, self._ground)
        painter.cast_shadows([*people, *self.scenery])
        numbered = [(0, thing) for thing in self.scenery] + list(enumerate(people, start=1))
        numbered.sort(key=lambda item: -self._row(item[1]))
        return painter, [drawn for owner, parts in numbered if (drawn := painter.draw(parts, owner)) and owner]

    def _row(self, parts: Sequence[Part]) -> float:
        """What sorts figures by who hides whom: the row along the road first, then the place within the row."""
        x, y, _ = np.concatenate(list(figures.corners(parts))).mean(axis=0)
        return float(y + 0.1 * np.sin(self.camera.yaw) * x)

    def _truth(self, painter: Painter, drawn: Drawn, kind: Kind) -> GroundTruth | None:
        box, pixels = painter.visible_box(drawn.owner)
        left, top, right, bottom = (side / OVERSAMPLING for side in box)
        if pixels / drawn.pixels * share_inside(drawn.whole, self.camera) < LEAST_VISIBLE:
            return None
        if min(right - left, bottom - top) < LEAST_SIDE:
            return None
        return GroundTruth(kind.class_id, kind.value, (left, top, right, bottom))

    def _finish(self, picture: Picture, moment: float) -> Picture:
        """The picture at its own size, in light that swells and fades a little once in a period, as under clouds."""
        light = 1.0 + 0.05 * float(np.sin(2 * np.pi * moment))
        size = self.camera.width // OVERSAMPLING, self.camera.height // OVERSAMPLING
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.convertScaleAbs(small, alpha=light), dtype=np.uint8)


def share_inside(box: Box, camera: Camera) -> float:
    """Which share of a box lies in the camera's picture."""
    left, top, right, bottom = box
    inside = max(0.0, min(right, camera.width) - max(left, 0)) * max(0.0, min(bottom, camera.height) - max(top, 0))
    return inside / ((right - left) * (bottom - top))


def some_camera(width: int, height: int, random: np.random.Generator) -> Camera:
    """A camera as high as a lamp post or a first floor, looking at the road."""
    focal = height * float(random.uniform(1.25, 1.8))
    above = float(random.uniform(8.0, 11.0))
    yaw = float(random.uniform(-0.26, 0.26))
    return Camera(width, height, focal, above, yaw, float(np.arctan2(above, random.uniform(15.5, 17.5))))


def some_look(random: np.random.Generator, seed: int, yaw: float) -> Look:
    """How the street of a seed looks."""
    middle = 20.0 * float(np.tan(yaw))
    return Look(seed, float(random.uniform(0.85, 1.1)), middle + float(random.uniform(-9, 6)), (middle - 9, middle + 8))


@lru_cache(maxsize=4)
def quiet_street(width: int, height: int) -> Scene:
    """The demo's street without traffic and scenery, for `moving_car`."""
    scene = Scene(width, height, DEMO_SEED)
    scene.actors = []
    scene.scenery = []
    return scene


def empty_street(width: int, height: int) -> Picture:
    """The street of `moving_car` without the car: (height, width, 3) uint8 BGR."""
    return quiet_street(width, height).empty(0)


def car_place(width: int, height: int, index: int) -> tuple[float, float, float]:
    """Where `moving_car` is: x and y in metres and its heading in radians.

    It goes through the picture from left to right in `CAR_TRAVEL` frames and comes back on the other lane in as
    many, for ever; it turns before it leaves the picture.
    """
    camera = quiet_street(width, height).camera
    turn, step = divmod(index, CAR_TRAVEL)
    share = (step + 0.5) / CAR_TRAVEL - 0.5
    y, heading = ((CYCLE_KERB + MIDDLE) / 2, TO_THE_RIGHT) if turn % 2 == 0 else (MIDDLE + 1.75, TO_THE_LEFT)
    reach = camera.width / camera.focal * float(np.hypot(y, camera.above)) - CAR_MARGIN
    return y * float(np.tan(camera.yaw)) + float(np.cos(heading)) * share * reach, y, heading


def moving_car(width: int, height: int, index: int) -> tuple[Picture, Box]:
    """A lone car at frame `index`: the picture, (height, width, 3) uint8 BGR, and the car's box in pixels.

    The whole car is in the picture at every index; it comes again after 2 * CAR_TRAVEL frames.
    """
    picture, (item,) = quiet_street(width, height).with_actors([lone_car(width, height, index)], 0)
    return picture, item.box


def lone_car(width: int, height: int, index: int) -> Actor:
    """The car of `moving_car` where it is at `index`."""
    parts = figures.car(figures.SALOON, (196, 198, 196))
    x, y, heading = car_place(width, height, index)
    return Actor(Kind.CAR, lambda _: parts, x, y, heading)
