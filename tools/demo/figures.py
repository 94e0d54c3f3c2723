"""Cars, trucks, people and bicycles as a few flat faces and thick strokes, in metres about their own middle.

Local axes: x forward, y to the left, z up; z = 0 is the ground. Colours are (blue, green, red) from 0 to 255.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tools.demo.camera import Floats

Colour = tuple[float, float, float]
Outline = Sequence[tuple[float, float]]

GLASS: Colour = (46, 38, 32)
TYRE: Colour = (24, 23, 22)
HUB: Colour = (112, 108, 104)
HEADLIGHT: Colour = (196, 214, 220)
TAIL_LIGHT: Colour = (44, 38, 158)
CHASSIS: Colour = (40, 38, 36)


@dataclass(frozen=True)
class Face:
    """A flat polygon (N, 3) of one colour; `details` (windows, wheels, lights) are seen when the face is."""

    points: Floats
    colour: Colour
    details: tuple[Face, ...] = ()

    def moved(self, turn: Floats, to: Floats) -> Face:
        """The same face turned by `turn` (3, 3) and then shifted by `to` (3,)."""
        details = tuple(detail.moved(turn, to) for detail in self.details)
        return Face(self.points @ turn.T + to, self.colour, details)


@dataclass(frozen=True)
class Solid:
    """A convex body of faces, so that drawing those that look at the camera is enough."""

    faces: tuple[Face, ...]

    @property
    def points(self) -> Floats:
        """All its corners, (N, 3)."""
        return np.concatenate([face.points for face in self.faces])

    def moved(self, turn: Floats, to: Floats) -> Solid:
        """The same body turned by `turn` (3, 3) and then shifted by `to` (3,)."""
        return Solid(tuple(face.moved(turn, to) for face in self.faces))


@dataclass(frozen=True)
class Stroke:
    """A round pole along the points (N, 3); a ball where there is one point only. `radius` in metres."""

    points: Floats
    radius: float
    colour: Colour

    def moved(self, turn: Floats, to: Floats) -> Stroke:
        """The same pole turned by `turn` (3, 3) and then shifted by `to` (3,)."""
        return replace(self, points=self.points @ turn.T + to)


Part = Solid | Stroke


def placed(parts: Sequence[Part], x: float, y: float, heading: float) -> list[Part]:
    """The figure standing at (x, y) metres, its front turned by `heading` radians from +x towards +y."""
    cos, sin = np.cos(heading), np.sin(heading)
    turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    return [part.moved(turn, np.array([x, y, 0.0])) for part in parts]


def darker(colour: Colour, factor: float) -> Colour:
    """The colour times `factor`."""
    blue, green, red = colour
    return blue * factor, green * factor, red * factor


def box(x: tuple[float, float], y: tuple[float, float], z: tuple[float, float], colour: Colour) -> Solid:
    """An upright box between the given limits."""
    return extruded([(x[0], z[0]), (x[0], z[1]), (x[1], z[1]), (x[1], z[0])], y, colour)


def extruded(profile: Outline, y: tuple[float, float], colour: Colour) -> Solid:
    """A convex outline in (x, z), stretched sideways between the two y. The first two faces are right and left."""
    return lofted(profile, y, profile, y, colour)


def lofted(right: Outline, y: tuple[float, float], left: Outline, ends: tuple[float, float], colour: Colour) -> Solid:
    """The body between outline `right` at y[0] and outline `left` at ends[1], both in (x, z)."""
    near = np.array([(px, y[0], pz) for px, pz in right])
    far = np.array([(px, ends[1], pz) for px, pz in left])
    strips = [np.stack([near[i - 1], near[i], far[i], far[i - 1]]) for i in range(len(near))]
    return Solid(tuple(Face(points, colour) for points in (near, far, *strips)))


def inset(face: Face, share: float, colour: Colour) -> Face:
    """The face shrunk to `share` of its size about its middle: a window in its frame."""
    middle = face.points.mean(axis=0)
    return Face(middle + (face.points - middle) * share, colour)


def disc(x: float, y: float, z: float, radius: float, colour: Colour) -> Face:
    """An upright disc that looks sideways: a wheel."""
    angles = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    points = np.stack([x + radius * np.cos(angles), np.full(18, y), z + radius * np.sin(angles)], axis=1)
    return Face(points, colour)


def wheels(along: Sequence[float], y: float, radius: float) -> tuple[Face, ...]:
    """Tyres and hubs at the given x, on the side at `y`."""
    tyres = [disc(x, y, radius, radius, TYRE) for x in along]
    hubs = [disc(x, y * 1.001, radius, radius * 0.55, HUB) for x in along]
    return (*tyres, *hubs)


def with_wheels(body: Solid, along: Sequence[float], half_width: float, radius: float) -> Solid:
    """The body with wheels on its first two faces, the right and the left side."""
    right, left, *others = body.faces
    right = replace(right, details=right.details + wheels(along, -half_width, radius))
    left = replace(left, details=left.details + wheels(along, half_width, radius))
    return Solid((right, left, *others))


def lamps(x: float, z: tuple[float, float], half_width: float, colour: Colour) -> tuple[Face, ...]:
    """A pair of lights in the plane across the vehicle at `x`."""
    return tuple(
        Face(
            np.array(
                [
                    (x, side * inner, z[0]),
                    (x, side * half_width, z[0]),
                    (x, side * half_width, z[1]),
                    (x, side * inner, z[1]),
                ]
            ),
            colour,
        )
        for side in (-1.0, 1.0)
        for inner in (half_width * 0.6,)
    )


def with_lamps(body: Solid, z: tuple[float, float], half_width: float) -> Solid:
    """The body with tail lights on its rearmost and headlights on its foremost face."""
    order = sorted(range(len(body.faces)), key=lambda i: float(body.faces[i].points[:, 0].mean()))
    faces = list(body.faces)
    for index, colour in ((order[0], TAIL_LIGHT), (order[-1], HEADLIGHT)):
        x = float(faces[index].points[:, 0].mean())
        faces[index] = replace(faces[index], details=lamps(x, z, half_width * 0.92, colour))
    return Solid(tuple(faces))


@dataclass(frozen=True)
class CarShape:
    """The measures that tell one car from another, in metres; `cabin` gives its rear and front end along x."""

    length: float = 4.3
    width: float = 1.8
    height: float = 1.46
    cabin: tuple[float, float] = (-1.95, 0.95)


HATCHBACK = CarShape(4.0, 1.75, 1.5, (-1.95, 0.95))
SALOON = CarShape(4.6, 1.82, 1.44, (-1.6, 1.0))
ESTATE = CarShape(4.7, 1.85, 1.52, (-2.25, 1.0))
OFF_ROADER = CarShape(4.5, 1.9, 1.75, (-2.15, 1.05))


def car(shape: CarShape, paint: Colour) -> list[Part]:
    """A car of the given measures: a body with wheels and lights, and a cabin with windows."""
    half, waist, end = shape.width / 2, shape.height * 0.6, shape.length / 2
    profile = [(-end, 0.3), (-end, waist), (shape.cabin[1], waist), (end, waist * 0.82), (end, 0.3)]
    body = with_lamps(extruded(profile, (-half, half), paint), (waist * 0.6, waist * 0.78), half)
    body = with_wheels(body, (-end * 0.62, end * 0.64), half, 0.33)
    return [body, cabin(shape, waist, paint)]


def cabin(shape: CarShape, waist: float, paint: Colour) -> Solid:
    """The upper part of a car: narrower towards the roof, glass all around."""
    (rear, front), half = shape.cabin, shape.width / 2
    base = np.array([(rear, -half), (front, -half), (front, half), (rear, half)])
    roof = np.array(
        [(rear + 0.4, -half + 0.2), (front - 0.75, -half + 0.2), (front - 0.75, half - 0.2), (rear + 0.4, half - 0.2)]
    )
    low = np.column_stack([base, np.full(4, waist)])
    high = np.column_stack([roof, np.full(4, shape.height)])
    sides = [Face(np.stack([low[i - 1], low[i], high[i], high[i - 1]]), paint) for i in range(4)]
    glazed = [replace(side, details=(inset(side, 0.84, GLASS),)) for side in sides]
    return Solid((*glazed, Face(high, paint)))


def truck(load: Colour, paint: Colour) -> list[Part]:
    """A lorry of 7.4 m: a closed load in one colour, a driver's cab in another, on a dark frame."""
    frame = with_wheels(box((-3.5, 3.6), (-1.05, 1.05), (0.5, 0.85), CHASSIS), (-2.3, -1.3, 2.6), 1.08, 0.48)
    tail = with_lamps(box((-3.6, 1.75), (-1.22, 1.22), (0.85, 3.2), load), (0.95, 1.15), 1.2)
    front = [(1.95, 0.55), (1.95, 2.55), (3.2, 2.55), (3.75, 1.6), (3.75, 0.55)]
    return [frame, without_front_lamps(tail), truck_cab(extruded(front, (-1.15, 1.15), paint))]


def without_front_lamps(load: Solid) -> Solid:
    """The load of a lorry has lights at its tail only."""
    return Solid(
        tuple(replace(face, details=()) if float(face.points[:, 0].mean()) > 1.0 else face for face in load.faces)
    )


def truck_cab(body: Solid) -> Solid:
    """A driver's cab with a windscreen, side windows and headlights."""
    screen = max(
        body.faces,
        key=lambda face: float(np.ptp(face.points[:, 1]) * face.points[:, 2].mean() * (face.points[:, 0].mean() > 3.3)),
    )
    faces = [replace(face, details=(inset(face, 0.86, GLASS),)) if face is screen else face for face in body.faces]
    for side, y in ((0, -1.16), (1, 1.16)):
        window = np.array([(2.45, y, 1.6), (3.5, y, 1.6), (3.05, y, 2.35), (2.45, y, 2.35)])
        faces[side] = replace(faces[side], details=(Face(window, GLASS),))
    faces = [
        replace(face, details=lamps(3.76, (0.7, 0.95), 1.05, HEADLIGHT)) if is_bumper(face) else face for face in faces
    ]
    return Solid(tuple(faces))


def is_bumper(face: Face) -> bool:
    """Whether the face is the upright foremost one of a driver's cab."""
    return bool(face.points[:, 0].min() > 3.7)


@dataclass(frozen=True)
class Clothes:
    """What a person wears, and how tall the person is (metres)."""

    jacket: Colour
    trousers: Colour
    hair: Colour = (38, 44, 52)
    skin: Colour = (128, 152, 190)
    height: float = 1.75


def person(clothes: Clothes, stride: float) -> list[Part]:
    """Somebody on foot; `stride` is the phase of the step in radians."""
    swing, tall = float(np.sin(stride)) * 0.26, clothes.height
    hip, shoulder = tall * 0.5, tall * 0.79
    legs = [
        stroke([(reach, side, 0.07), (reach * 0.35, side, hip * 0.52), (0, side, hip)], 0.085, clothes.trousers)
        for side, reach in ((0.09, swing), (-0.09, -swing))
    ]
    arms = [
        stroke([(0, side, shoulder), (reach * 0.7, side * 1.08, hip * 1.02)], 0.06, darker(clothes.jacket, 0.86))
        for side, reach in ((0.21, -swing), (-0.21, swing))
    ]
    trunk = [
        stroke([(0, side, hip + 0.05), (0, side * 1.35, shoulder)], 0.115, clothes.jacket) for side in (0.08, -0.08)
    ]
    return [arms[0], *legs, *trunk, arms[1], *head(0.02, 0.0, tall * 0.91, clothes)]


def head(x: float, y: float, z: float, clothes: Clothes) -> list[Part]:
    """A head with hair at the given height, and the neck under it."""
    return [
        stroke([(x, y, z - 0.2), (x, y, z)], 0.06, clothes.skin),
        stroke([(x + 0.02, y, z)], 0.115, clothes.skin),
        stroke([(x - 0.03, y, z + 0.05)], 0.118, clothes.hair),
    ]


def rider(clothes: Clothes, stride: float) -> list[Part]:
    """The person on a bicycle; `stride` is the phase of the pedals in radians."""
    hip, shoulder = (-0.22, 0.98), (0.16, 1.42)
    legs = [
        stroke(leg(hip, side * 0.11, stride + turn), 0.08, clothes.trousers) for side, turn in ((1, 0.0), (-1, np.pi))
    ]
    arms = [
        stroke(
            [(*shoulder[:1], side * 0.2, shoulder[1] - 0.04), (0.5, side * 0.24, 1.06)],
            0.055,
            darker(clothes.jacket, 0.86),
        )
        for side in (1, -1)
    ]
    trunk = [
        stroke([(hip[0], side * 0.09, hip[1]), (shoulder[0], side * 0.11, shoulder[1])], 0.125, clothes.jacket)
        for side in (1, -1)
    ]
    return [arms[0], *legs, *trunk, arms[1], *head(0.27, 0.0, 1.66, clothes)]


def leg(hip: tuple[float, float], y: float, turn: float) -> list[tuple[float, float, float]]:
    """Hip, knee and foot of a rider whose pedal stands at `turn` radians."""
    foot = (0.05 + 0.17 * float(np.cos(turn)), 0.32 + 0.17 * float(np.sin(turn)))
    knee = ((hip[0] + foot[0]) / 2 + 0.22, (hip[1] + foot[1]) / 2 + 0.06)
    return [(hip[0], y, hip[1]), (knee[0], y, knee[1]), (foot[0], y, foot[1])]


def bicycle(paint: Colour) -> list[Part]:
    """A bicycle of 1.7 m, without its rider."""
    rear, front, crank, seat, fork = (-0.52, 0.34), (0.54, 0.34), (-0.02, 0.32), (-0.2, 0.86), (0.4, 0.86)
    frame = [
        upright([rear, crank, seat, rear], paint),
        upright([crank, fork, seat], paint),
        upright([fork, front], paint),
    ]
    handle = stroke([(0.44, -0.27, 1.02), (0.4, 0.0, 0.98), (0.44, 0.27, 1.02)], 0.028, TYRE)
    saddle = stroke([(-0.3, 0, 0.95), (-0.1, 0, 0.95)], 0.05, TYRE)
    return [
        *(wheel(*hub) for hub in (rear, front)),
        *frame,
        upright([seat, (-0.21, 0.93)], paint),
        upright([fork, (0.4, 0.98)], paint),
        saddle,
        handle,
    ]


def upright(points: Outline, colour: Colour) -> Stroke:
    """A tube of a bicycle's frame through the given (x, z)."""
    return stroke([(x, 0.0, z) for x, z in points], 0.03, colour)


def wheel(x: float, z: float) -> Stroke:
    """The tyre of a bicycle with its hub at (x, z)."""
    angles = np.linspace(0, 2 * np.pi, 25)
    return stroke([(x + 0.32 * float(np.cos(a)), 0.0, z + 0.32 * float(np.sin(a))) for a in angles], 0.028, TYRE)


def lamp_post(height: float = 5.2) -> list[Part]:
    """A street lamp: scenery, and something that hides what is behind it."""
    grey = (70, 68, 64)
    return [
        stroke([(0, 0, 0), (0, 0, height)], 0.07, grey),
        stroke([(0, 0, height), (0, -1.1, height + 0.2)], 0.05, grey),
    ]


def planter(length: float) -> list[Part]:
    """A low concrete trough with a hedge in it: scenery."""
    trough = box((-length / 2, length / 2), (-0.3, 0.3), (0, 0.42), (96, 100, 102))
    hedge = box((-length / 2 + 0.08, length / 2 - 0.08), (-0.24, 0.24), (0.42, 0.78), (44, 66, 52))
    return [trough, hedge]


def stroke(points: Sequence[tuple[float, float, float]], radius: float, colour: Colour) -> Stroke:
    """A pole through the given points."""
    return Stroke(np.array(points, dtype=float), radius, colour)


def corners(parts: Sequence[Part]) -> Iterator[Floats]:
    """The corner points (N, 3) of each part."""
    for part in parts:
        yield part.points
