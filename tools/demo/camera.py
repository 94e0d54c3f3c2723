"""A pinhole camera above a flat ground: from metres in the world to pixels in the picture, and back to the ground.

World axes, in metres: x to the right, y away from the camera's foot, z up. Pixels: x to the right, y down,
(0, 0) the upper left corner of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """A camera at (0, 0, `above`) that looks along +y, turned by `yaw` to the right and `pitch` down (radians)."""

    width: int
    height: int
    focal: float
    """Focal length in pixels."""
    above: float
    """Metres above the ground."""
    yaw: float
    pitch: float

    @cached_property
    def position(self) -> Floats:
        """Where the camera hangs: (3,) metres."""
        return np.array([0.0, 0.0, self.above])

    @cached_property
    def axes(self) -> Floats:
        """Rows right, up, forward of the camera in world axes: (3, 3)."""
        sy, cy, sp, cp = np.sin(self.yaw), np.cos(self.yaw), np.sin(self.pitch), np.cos(self.pitch)
        return np.array([[cy, -sy, 0.0], [sy * sp, cy * sp, cp], [sy * cp, cy * cp, -sp]])

    def depth(self, points: Floats) -> Floats:
        """Metres along the line of sight of world points (..., 3); negative behind the camera."""
        distances: Floats = (points - self.position) @ self.axes[2]
        return distances

    def project(self, points: Floats) -> Floats:
        """Pixels (N, 2) of world points (N, 3) that lie before the camera."""
        right, up, forward = ((points - self.position) @ self.axes.T).T
        scale = self.focal / forward
        return np.stack([self.width / 2 + right * scale, self.height / 2 - up * scale], axis=1)

    def rays(self) -> Floats:
        """Directions in world axes through each pixel's centre, (height, width, 3); not of unit length."""
        across = (np.arange(self.width) + 0.5 - self.width / 2) / self.focal
        down = (np.arange(self.height) + 0.5 - self.height / 2) / self.focal
        right, up, forward = self.axes
        return np.asarray(forward + across[None, :, None] * right - down[:, None, None] * up)
