"""Puts figures into a picture, far ones first, and keeps account of which pixel shows which figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.demo.camera import Camera, Floats
from tools.demo.figures import Colour, Face, Part, Solid, Stroke, corners
from tools.demo.ground import Picture

Box = tuple[float, float, float, float]

# The low evening sun: where the shadow of a point one metre up falls, in metres, and the way to the light.
SHADOW_PER_METRE = np.array([0.55, 0.3])
TO_LIGHT = np.array([-0.55, -0.3, 1.0]) / np.linalg.norm([-0.55, -0.3, 1.0])
SHADOW_DEPTH = 0.5
FRACTION_BITS = 4
NEAREST = 2.0
"""Metres before the lens; what comes nearer is not drawn."""


@dataclass
class Drawn:
    """What was seen of a figure when it was drawn, before nearer ones covered it."""

    owner: int
    whole: Box
    pixels: int


class Painter:
    """A picture (H, W, 3) uint8 BGR under work, and `owners` (H, W) uint8: 0 scenery, else a figure's number."""

    def __init__(self, camera: Camera, ground: Picture) -> None:
        self.camera = camera
        self.picture: Picture = ground.copy()
        self.owners: NDArray[np.uint8] = np.zeros(ground.shape[:2], np.uint8)

    def cast_shadows(self, figures: Sequence[Sequence[Part]]) -> None:
        """Darken the ground softly where the figures keep the light away; to be done before they are drawn."""
        light = np.full(self.owners.shape, 255, np.uint8)
        for points in (points for figure in figures for points in corners(figure)):
            self._shadow(light, points)
        soft = cv2.blur(cv2.blur(light, self._softness()), self._softness())
        self.picture = cv2.multiply(self.picture, cv2.merge([soft] * 3), scale=1 / 255).astype(np.uint8, copy=False)

    def _softness(self) -> tuple[int, int]:
        size = max(3, self.camera.height // 90)
        return size, size

    def _shadow(self, light: Picture, points: Floats) -> None:
        if self.camera.depth(points).min() < NEAREST:
            return
        flat = np.column_stack([points[:, :2] + points[:, 2:] * SHADOW_PER_METRE, np.zeros(len(points))])
        if self.camera.depth(flat).min() < NEAREST:
            return
        hull = np.asarray(cv2.convexHull(self.camera.project(flat).astype(np.float32)), dtype=np.float64)
        cv2.fillConvexPoly(light, fixed(hull[:, 0]), 255 * (1 - SHADOW_DEPTH), cv2.LINE_8, FRACTION_BITS)

    def draw(self, figure: Sequence[Part], owner: int) -> Drawn | None:
        """Draw a figure over what is there; None where nothing of it is in the picture."""
        points = np.concatenate(list(corners(figure)))
        if self.camera.depth(points).min() < NEAREST:
            return None
        for part in figure:
            if isinstance(part, Solid):
                self._solid(part, owner)
            else:
                self._stroke(part, owner)
        pixels = int(np.count_nonzero(self.owners == owner))
        return Drawn(owner, outer_box(self.camera, figure), pixels) if pixels else None

    def _solid(self, solid: Solid, owner: int) -> None:
        middle = solid.points.mean(axis=0)
        for face in solid.faces:
            normal = outward(face.points, middle)
            if normal @ (face.points.mean(axis=0) - self.camera.position) < 0:
                self._face(face, 0.62 + 0.42 * max(0.0, float(normal @ TO_LIGHT)), owner)

    def _face(self, face: Face, shade: float, owner: int) -> None:
        outline = fixed(self.camera.project(face.points))
        cv2.fillConvexPoly(self.picture, outline, shaded(face.colour, shade), cv2.LINE_AA, FRACTION_BITS)
        cv2.fillConvexPoly(self.owners, outline, owner, cv2.LINE_8, FRACTION_BITS)
        for detail in face.details:
            self._face(detail, shade, owner)

    def _stroke(self, stroke: Stroke, owner: int) -> None:
        depth = float(self.camera.depth(stroke.points).mean())
        thickness = max(1, round(2 * stroke.radius * self.camera.focal / depth))
        line = fixed(self.camera.project(stroke.points))
        if len(line) == 1:
            line = np.repeat(line, 2, axis=0)
        cv2.polylines(self.picture, [line], False, shaded(stroke.colour, 0.95), thickness, cv2.LINE_AA, FRACTION_BITS)
        cv2.polylines(self.owners, [line], False, owner, thickness, cv2.LINE_8, FRACTION_BITS)

    def visible_box(self, owner: int) -> tuple[Box, int]:
        """The box around the pixels that show the figure, edges included, and their number (at least one)."""
        mine = self.owners == owner
        rows, columns = np.flatnonzero(mine.any(axis=1)), np.flatnonzero(mine.any(axis=0))
        if not len(rows):
            return (0.0, 0.0, 0.0, 0.0), 0
        box = float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
        return box, int(np.count_nonzero(mine))


def outer_box(camera: Camera, figure: Sequence[Part]) -> Box:
    """The box around a whole figure in pixels, also where it reaches out of the picture."""
    points = camera.project(np.concatenate(list(corners(figure))))
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def fixed(points: Floats) -> NDArray[np.int32]:
    """Pixel positions as OpenCV's fixed-point numbers; a pixel's centre is at half a pixel for us, at 0 for OpenCV."""
    return np.asarray(np.round((points - 0.5) * (1 << FRACTION_BITS)), dtype=np.int32)


def outward(points: Floats, middle: Floats) -> Floats:
    """The unit normal of a flat polygon that looks away from `middle`."""
    normal = np.cross(points[1] - points[0], points[2] - points[1])
    normal = normal / np.linalg.norm(normal)
    return np.asarray(normal if normal @ (points.mean(axis=0) - middle) > 0 else -normal)


def shaded(colour: Colour, shade: float) -> Colour:
    """The colour in the given light, in whole numbers as OpenCV wants them."""
    blue, green, red = (float(min(255, round(part * shade))) for part in colour)
    return blue, green, red
