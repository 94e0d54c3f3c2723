"""The empty street under the camera: what each pixel sees of road, pavements, parking bays and the wall behind."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.demo.camera import Camera, Floats
from tools.demo.figures import Colour

Picture = NDArray[np.uint8]

ASPHALT: Colour = (66, 63, 60)
PAVING: Colour = (92, 92, 90)
CYCLE_WAY: Colour = (62, 66, 92)
YARD: Colour = (76, 73, 70)
PAINT: Colour = (158, 160, 158)
KERB: Colour = (118, 118, 116)
WALL: Colour = (78, 74, 70)
DOOR: Colour = (98, 84, 70)
WINDOW: Colour = (44, 40, 36)

# Where one strip of the street ends and the next begins, in metres from the camera's foot.
NEAR_KERB, CYCLE_KERB, MIDDLE, FAR_KERB, YARD_EDGE, WALL_FOOT = 11.2, 13.0, 16.5, 20.0, 22.0, 29.0
BAY_FRONT, BAY_WIDTH = 24.0, 2.9


@dataclass(frozen=True)
class Look:
    """What makes one street look unlike another: a seed for its stains, its brightness and where its lamps stand."""

    seed: int = 0
    brightness: float = 1.0
    crossing: float = 6.0
    """Where the zebra crossing begins, metres along x."""
    lamps: tuple[float, ...] = (-9.0, 8.0)


class Surface:
    """The street as the camera sees it, one array element per pixel."""

    def __init__(self, camera: Camera) -> None:
        rays = camera.rays()
        down = np.maximum(-rays[..., 2], 1e-6)
        far = np.minimum(camera.above / down, WALL_FOOT / rays[..., 1])
        self.on_wall: NDArray[np.bool_] = camera.above / down > far + 1e-9
        self.x: Floats = rays[..., 0] * far
        self.y: Floats = rays[..., 1] * far
        self.z: Floats = camera.above + rays[..., 2] * far
        self.metres: Floats = far / camera.focal
        """Metres that one pixel covers across the line of sight."""
        self.metres_along: Floats = self.metres / np.maximum(down / np.linalg.norm(rays, axis=2), 0.08)
        """Metres that one pixel covers along the ground, away from the camera."""

    def along(self, low: float, high: float) -> Floats:
        """1 where y lies between the two, soft over one pixel at the edges."""
        return soft_band(self.y, low, high, self.metres_along)

    def across(self, low: float, high: float) -> Floats:
        """1 where x lies between the two, soft over one pixel at the edges."""
        return soft_band(self.x, low, high, self.metres)

    def repeated(self, step: float, width: float, start: float = 0.0) -> Floats:
        """1 on stripes of the given width along y that come again every `step` metres of x."""
        return soft_band(np.mod(self.x - start, step), 0.0, width, self.metres)


def soft_band(values: Floats, low: float, high: float, softness: Floats) -> Floats:
    """1 where low <= values <= high, 0 elsewhere, with a slope as wide as `softness` at both ends."""
    inside = np.minimum(values - low, high - values) / softness + 0.5
    return np.asarray(np.clip(inside, 0.0, 1.0))


def draw_street(camera: Camera, look: Look) -> Picture:
    """The empty street, (height, width, 3) uint8 BGR."""
    surface = Surface(camera)
    canvas = np.empty((camera.height, camera.width, 3))
    canvas[:] = ASPHALT
    paint_strips(canvas, surface)
    canvas *= texture(surface, look.seed)[..., None]
    paint_marks(canvas, surface, look)
    paint_wall(canvas, surface)
    light_up(canvas, surface, look)
    return np.clip(canvas * look.brightness, 0, 255).astype(np.uint8)


def blend(canvas: Floats, cover: Floats, colour: Colour) -> None:
    """Paint `colour` where `cover` is 1, and as much of it as `cover` says between."""
    canvas += cover[..., None] * (np.array(colour) - canvas)


def paint_strips(canvas: Floats, surface: Surface) -> None:
    """Pavements, cycle way and yard on the asphalt, with kerbs between."""
    blend(canvas, surface.along(-50, NEAR_KERB), PAVING)
    blend(canvas, surface.along(NEAR_KERB, CYCLE_KERB), CYCLE_WAY)
    blend(canvas, surface.along(FAR_KERB, YARD_EDGE), PAVING)
    blend(canvas, surface.along(YARD_EDGE, WALL_FOOT), YARD)
    joints = np.maximum(surface.repeated(0.9, 0.04), soft_band(np.mod(surface.y, 0.9), 0, 0.04, surface.metres_along))
    paved = np.maximum(surface.along(-50, NEAR_KERB), surface.along(FAR_KERB, YARD_EDGE))
    blend(canvas, joints * paved * 0.35, (60, 60, 58))
    for kerb in (NEAR_KERB, CYCLE_KERB, FAR_KERB, YARD_EDGE):
        blend(canvas, surface.along(kerb - 0.1, kerb + 0.06), KERB)


def paint_marks(canvas: Floats, surface: Surface, look: Look) -> None:
    """Lane lines, the zebra crossing, parking bays and the edge of the cycle way, in worn paint."""
    dashes = surface.along(MIDDLE - 0.07, MIDDLE + 0.07) * surface.repeated(4.5, 2.2)
    edges = np.maximum(surface.along(CYCLE_KERB + 0.3, CYCLE_KERB + 0.4), surface.along(FAR_KERB - 0.4, FAR_KERB - 0.3))
    zebra = (
        surface.along(CYCLE_KERB + 0.5, FAR_KERB - 0.5)
        * surface.repeated(1.0, 0.5, look.crossing)
        * surface.across(look.crossing, look.crossing + 3.5)
    )
    road = np.maximum(dashes * (1 - surface.across(look.crossing - 0.6, look.crossing + 4.1)), zebra)
    bays = surface.repeated(BAY_WIDTH, 0.1) * surface.along(BAY_FRONT, WALL_FOOT - 0.3)
    worn = 0.75 * texture(surface, look.seed + 1)
    for marks, share in ((road, 0.8), (edges, 0.45), (bays, 0.6)):
        blend(canvas, np.clip(marks * share * worn, 0, 1), PAINT)


def paint_wall(canvas: Floats, surface: Surface) -> None:
    """A warehouse wall behind the yard: dark panels, shutters, a strip of dark windows."""
    wall = surface.on_wall.astype(float)
    blend(canvas, wall, WALL)
    panels = surface.repeated(1.2, 0.05) * wall
    blend(canvas, panels * 0.4, (56, 54, 52))
    shutter = surface.repeated(8.7, 3.6, 1.6) * soft_band(surface.z, -1, 3.4, surface.metres) * wall
    blend(canvas, shutter * 0.8, DOOR)
    slats = soft_band(np.mod(surface.z, 0.35), 0, 0.06, surface.metres) * shutter
    blend(canvas, slats * 0.45, (62, 54, 48))
    blend(canvas, soft_band(surface.z, 0, 0.3, surface.metres) * wall * 0.6, (50, 50, 50))
    windows = surface.repeated(2.175, 1.5, 0.6) * soft_band(surface.z, 4.1, 5.2, surface.metres) * wall
    blend(canvas, windows * 0.6, WINDOW)


def light_up(canvas: Floats, surface: Surface, look: Look) -> None:
    """Pools of lamp light, less light far away, and a lens that darkens the corners a little."""
    pools = sum((pool(surface, x) for x in look.lamps), np.zeros_like(surface.x))
    canvas *= (0.82 + 0.42 * pools)[..., None]
    canvas += pools[..., None] * np.array((2.0, 8.0, 12.0))
    height, width = surface.x.shape
    down, across = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    canvas *= (1.06 - 0.13 * (down**2 + across**2))[..., None]


def pool(surface: Surface, x: float) -> Floats:
    """How much of the light of a lamp at `x` over the far kerb falls on each pixel, 0 to 1."""
    squared = ((surface.x - x) / 6.0) ** 2 + ((surface.y - FAR_KERB + 1.0) / 5.0) ** 2
    return np.asarray(np.exp(-squared))


def texture(surface: Surface, seed: int) -> Floats:
    """Stains and grain about 1, fixed to the ground so that they shrink with distance."""
    random = np.random.default_rng(seed)
    stains = random.normal(0, 1, (64, 96)).astype(np.float32)
    grain = random.normal(0, 1, (512, 512)).astype(np.float32)
    fine = sample(grain, surface, 0.06) / (1 + (surface.metres_along / 0.06) ** 2) ** 0.5
    return 1 + 0.045 * sample(stains, surface, 1.3) + 0.05 * fine


def sample(tile: NDArray[np.float32], surface: Surface, metres: float) -> Floats:
    """The tile laid over the ground again and again, one of its elements to each `metres`."""
    x = np.mod(surface.x / metres, tile.shape[1]).astype(np.float32)
    y = np.mod((surface.y + surface.z) / metres, tile.shape[0]).astype(np.float32)
    return np.asarray(cv2.remap(tile, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), dtype=np.float64)
