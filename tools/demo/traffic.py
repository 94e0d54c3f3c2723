"""Who moves through the demo street, where each one is at a moment, and what stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

import numpy as np

from tools.demo import figures
from tools.demo.figures import Clothes, Colour, Part
from tools.demo.ground import BAY_WIDTH, CYCLE_KERB, FAR_KERB, MIDDLE, NEAR_KERB, WALL_FOOT, YARD_EDGE

Random = np.random.Generator
Choice = TypeVar("Choice")
Figure = Callable[[float], list[Part]]
"""A figure for a phase of its step in radians."""

TO_THE_RIGHT, TO_THE_LEFT, TO_THE_WALL, TO_THE_CAMERA = 0.0, np.pi, np.pi / 2, -np.pi / 2

PAINTS: tuple[Colour, ...] = (
    (206, 208, 206),
    (168, 168, 164),
    (112, 110, 106),
    (76, 72, 68),
    (120, 84, 50),
    (104, 72, 50),
    (52, 48, 132),
    (60, 96, 118),
    (104, 112, 70),
    (96, 140, 158),
    (140, 116, 84),
    (60, 54, 102),
)
LOADS: tuple[Colour, ...] = (
    (200, 204, 204),
    (168, 172, 168),
    (150, 120, 84),
    (104, 128, 150),
    (92, 112, 78),
    (74, 70, 128),
)
JACKETS: tuple[Colour, ...] = (
    (90, 82, 74),
    (120, 82, 52),
    (52, 50, 128),
    (66, 106, 66),
    (58, 136, 178),
    (150, 148, 144),
    (112, 62, 92),
    (196, 198, 196),
)
TROUSERS: tuple[Colour, ...] = ((62, 46, 38), (44, 42, 42), (84, 92, 100), (106, 78, 54))
HAIR: tuple[Colour, ...] = ((30, 32, 36), (44, 60, 84), (70, 110, 140), (112, 114, 116))
SKIN: tuple[Colour, ...] = ((128, 152, 190), (96, 118, 158), (62, 82, 116), (144, 170, 204))
CARS = (figures.HATCHBACK, figures.SALOON, figures.ESTATE, figures.OFF_ROADER)
STEP = 1.45
"""Metres that a person goes with two steps, and about as many as one turn of the pedals gives."""


class Kind(Enum):
    """The four classes, in the order in which the demo network numbers them."""

    PERSON = "person"
    BICYCLE = "bicycle"
    CAR = "car"
    TRUCK = "truck"

    @property
    def class_id(self) -> int:
        """The number of this class in the network's output."""
        return list(Kind).index(self)


@dataclass(frozen=True)
class Way:
    """A straight way through the picture, parallel to the road: both ends lie outside it."""

    y: float
    middle: float
    length: float
    heading: float
    laps: int
    """How often somebody passes during one period; a whole number, so that the last frame leads to the first."""
    returns: bool = False
    """Whether the walker turns at the end and comes back, instead of leaving the picture."""

    def at(self, share: float) -> tuple[float, float]:
        """Metres along the way (its middle is 0) and the heading when `share` of a lap lies behind."""
        if not self.returns:
            return (share - 0.5) * self.length * float(np.cos(self.heading)), self.heading
        there = share < 0.5
        gone = (share if there else 1 - share) * 2 - 0.5
        return gone * self.length * float(np.cos(self.heading)), self.heading + (0.0 if there else np.pi)


@dataclass(frozen=True)
class Actor:
    """Somebody or something of a class: standing at (x, y), or on the way when `way` is given."""

    kind: Kind
    figure: Figure
    x: float = 0.0
    y: float = 0.0
    heading: float = TO_THE_RIGHT
    way: Way | None = None
    phase: float = 0.0
    """Which share of the way lies behind at frame 0."""

    def parts(self, moment: float) -> list[Part]:
        """The figure where it is at `moment`, a share of the period from 0 to 1."""
        if self.way is None:
            return figures.placed(self.figure(0.0), self.x, self.y, self.heading)
        x, heading = self.way.at((self.phase + moment * self.way.laps) % 1.0)
        return figures.placed(self.figure(x * 2 * np.pi / STEP), self.way.middle + x, self.way.y + self.y, heading)


def some_car(random: Random) -> Figure:
    """A car of some shape and paint."""
    parts = figures.car(pick(random, CARS), varied(random, pick(random, PAINTS)))
    return lambda _: parts


def some_truck(random: Random) -> Figure:
    """A lorry with some load and paint."""
    parts = figures.truck(varied(random, pick(random, LOADS)), varied(random, pick(random, PAINTS)))
    return lambda _: parts


def some_clothes(random: Random) -> Clothes:
    """Somebody's looks."""
    return Clothes(
        varied(random, pick(random, JACKETS)),
        varied(random, pick(random, TROUSERS)),
        pick(random, HAIR),
        pick(random, SKIN),
        float(random.uniform(1.58, 1.88)),
    )


def some_person(random: Random) -> Figure:
    """A person on foot."""
    clothes = some_clothes(random)
    return lambda stride: figures.person(clothes, stride)


def some_rider(random: Random) -> Figure:
    """A person for a bicycle."""
    clothes = some_clothes(random)
    return lambda stride: figures.rider(clothes, stride)


def some_bicycle(random: Random) -> Figure:
    """A bicycle without its rider."""
    parts = figures.bicycle(varied(random, pick(random, PAINTS)))
    return lambda _: parts


def pick(random: Random, choices: Sequence[Choice]) -> Choice:
    """One of the choices."""
    return choices[int(random.integers(len(choices)))]


def varied(random: Random, colour: Colour) -> Colour:
    """A colour like the given one."""
    blue, green, red = np.clip(np.array(colour) * random.uniform(0.85, 1.15) + random.normal(0, 4, 3), 12, 225)
    return float(blue), float(green), float(red)


def street_life(random: Random, yaw: float) -> list[Actor]:
    """Everyone in a street that a camera turned by `yaw` radians looks at."""
    return [*road(random, yaw), *cyclists(random, yaw), *walkers(random, yaw), *yard(random, yaw)]


def way_at(y: float, yaw: float, heading: float, length: float, laps: int) -> Way:
    """A way at distance `y` whose middle is in the middle of the picture."""
    return Way(y, y * float(np.tan(yaw)), length, heading, laps)


def slots(random: Random, count: int, share: float) -> Iterator[float]:
    """Phases spread evenly over a way with a little disorder; each is taken with probability `share`."""
    start = random.uniform(0, 1)
    for index in range(count):
        if random.uniform() < share:
            yield float(start + (index + random.uniform(-0.15, 0.15)) / count) % 1.0


def road(random: Random, yaw: float) -> Iterator[Actor]:
    """Cars and lorries on two lanes, each lane at one speed, so that nobody runs into anybody."""
    near = way_at((CYCLE_KERB + MIDDLE) / 2 + 0.1, yaw, TO_THE_RIGHT, 66.0, int(random.integers(2, 4)))
    far = way_at((MIDDLE + FAR_KERB) / 2, yaw, TO_THE_LEFT, 70.0, int(random.integers(2, 4)))
    for lane in (near, far):
        for phase in slots(random, 5, 0.7):
            lorry = random.uniform() < 0.24
            figure = some_truck(random) if lorry else some_car(random)
            yield Actor(Kind.TRUCK if lorry else Kind.CAR, figure, way=lane, phase=phase)


def cyclists(random: Random, yaw: float) -> Iterator[Actor]:
    """Riders on the cycle way: each a bicycle and a person, two figures of two classes."""
    way = way_at((NEAR_KERB + CYCLE_KERB) / 2, yaw, TO_THE_RIGHT, 60.0, 1)
    for phase in slots(random, 6, 0.65):
        yield Actor(Kind.BICYCLE, some_bicycle(random), way=way, phase=phase)
        yield Actor(Kind.PERSON, some_rider(random), way=way, phase=phase, y=-0.01)


def walkers(random: Random, yaw: float) -> Iterator[Actor]:
    """People on both pavements and in the yard."""
    for y, heading, length in ((8.8, TO_THE_RIGHT, 26.0), (9.7, TO_THE_LEFT, 27.0)):
        for phase in slots(random, 4, 0.5):
            yield Actor(Kind.PERSON, some_person(random), way=way_at(y, yaw, heading, length, 1), phase=phase)
    for y in (FAR_KERB + 0.7, FAR_KERB + 1.4, YARD_EDGE + 0.9):
        for phase in slots(random, 3, 0.6):
            x, length = float(random.uniform(-12, 12)), float(random.uniform(11, 13))
            way = Way(y, y * float(np.tan(yaw)) + x, length, TO_THE_RIGHT, 1, returns=True)
            yield Actor(Kind.PERSON, some_person(random), way=way, phase=phase)


def yard(random: Random, yaw: float) -> Iterator[Actor]:
    """Parked cars in their bays, bicycles against the kerb, people who wait."""
    middle = 26.0 * float(np.tan(yaw))
    first = int(np.floor((middle - 20) / BAY_WIDTH))
    for bay in range(first, first + 14):
        if random.uniform() < 0.55:
            heading = TO_THE_WALL if random.uniform() < 0.5 else TO_THE_CAMERA
            x = (bay + 0.5) * BAY_WIDTH + 0.05 + random.uniform(-0.15, 0.15)
            yield Actor(Kind.CAR, some_car(random), x, WALL_FOOT - 2.9 + random.uniform(-0.2, 0.2), heading)
    yield from parked_bicycles(random, float(random.uniform(-5, 5)) + middle)
    for _ in range(int(random.integers(0, 3))):
        x, heading = float(random.uniform(-6, 6)) + 10 * float(np.tan(yaw)), float(random.uniform(-np.pi, np.pi))
        yield Actor(Kind.PERSON, some_person(random), x, float(random.uniform(9.2, 10.0)), heading)


def parked_bicycles(random: Random, x: float) -> Iterator[Actor]:
    """A few bicycles leaning side by side on the far pavement, or near by on this one."""
    near = random.uniform() < 0.4
    y, start = (10.75, x * 0.4) if near else (YARD_EDGE + 0.3, x)
    for index in range(int(random.integers(1, 4))):
        heading = float(random.uniform(-0.35, 0.35))
        yield Actor(Kind.BICYCLE, some_bicycle(random), start + index * 2.3, y, heading)


def scenery(random: Random, yaw: float) -> list[list[Part]]:
    """What belongs to no class: lamp posts and planters along the far kerb."""
    middle = FAR_KERB * float(np.tan(yaw))
    posts = [figures.placed(figures.lamp_post(), middle + x, FAR_KERB + 0.3, 0.0) for x in (-9.0, 8.0)]
    places = middle + random.uniform(-12, 12, 2)
    return posts + [figures.placed(figures.planter(2.4), float(x), YARD_EDGE - 0.35, 0.0) for x in places]
