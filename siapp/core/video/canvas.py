"""Pictures to draw on, in the form in which they leave: BGR for JPEG, YUV 4:2:0 for result videos.

A result video is drawn on in the decoder's own colours: turning every frame into BGR and back would cost more than
the drawing.
"""

from enum import Enum
from functools import lru_cache

import av
import cv2
import numpy as np
from av.video.reformatter import Colorspace

from siapp.core.boxstyle import RGB
from siapp.core.video.pictures import Pixels, plane

Patch = tuple[Pixels, ...]
"""A small picture, plane by plane, as a canvas of the same form has them."""


class Form(Enum):
    """How colours lie in the planes. The YUV ones are of limited range; 601 and 709 name their matrices."""

    BGR = "bgr"
    YUV_601 = "yuv 601"
    YUV_709 = "yuv 709"

    @property
    def steps(self) -> tuple[int, ...]:
        """For each plane, how many pixels of the picture one of its own stands for, across and down."""
        return (1,) if self is Form.BGR else (1, 2, 2)


class Canvas:
    """A picture that is drawn into where it lies. `planes` as `form` has them: (H, W, 3), or (H, W) and twice
    (H / 2, W / 2), all uint8."""

    def __init__(self, planes: tuple[Pixels, ...], form: Form) -> None:
        self._planes = planes
        self.form = form
        self.height, self.width = planes[0].shape[:2]
        self.step = max(form.steps)

    def snapped(self, side: float) -> int:
        """The nearest coordinate, in pixels, at which every plane can begin something."""
        return round(side / self.step) * self.step

    def outline(self, x1: int, y1: int, x2: int, y2: int, width: int, colour: RGB) -> None:
        """A frame whose line fills from (x1, y1) to before (x2, y2) except the middle, cut at the picture's edges.
        Coordinates and `width` are snapped ones."""
        for plane_, step, value in zip(self._planes, self.form.steps, colour_in(self.form, colour), strict=True):
            for inset in range(width // step):
                corner = x1 // step + inset, y1 // step + inset
                cv2.rectangle(plane_, corner, (x2 // step - 1 - inset, y2 // step - 1 - inset), value, 1, cv2.LINE_4)

    def paste(self, x: int, y: int, patch: Patch) -> None:
        """Lay a patch with its corner at (x, y), both snapped and inside; what leaves the picture is cut."""
        for plane_, step, part in zip(self._planes, self.form.steps, patch, strict=True):
            place = plane_[y // step : y // step + part.shape[0], x // step : x // step + part.shape[1]]
            place[:] = part[: place.shape[0], : place.shape[1]]


def bgr_canvas(bgr: Pixels) -> Canvas:
    """For a BGR picture (H, W, 3)."""
    return Canvas((bgr,), Form.BGR)


def yuv_canvas(frame: av.VideoFrame) -> Canvas:
    """For a frame of our own in yuv420p of limited range, as `pictures.own_yuv` makes them."""
    form = Form.YUV_709 if frame.colorspace == Colorspace.ITU709 else Form.YUV_601
    return Canvas(tuple(plane(frame, number) for number in range(3)), form)


@lru_cache(maxsize=256)
def colour_in(form: Form, colour: RGB) -> tuple[tuple[int, ...], ...]:
    """What a colour is in each plane."""
    patch = patch_in(form, np.full((2, 2, 3), colour[::-1], np.uint8))
    return tuple(tuple(np.atleast_1d(part[0, 0]).tolist()) for part in patch)


def patch_in(form: Form, bgr: Pixels) -> Patch:
    """A small BGR picture (H, W, 3), H and W even, in another form."""
    if form is Form.BGR:
        return (bgr,)
    rows = (bgr.reshape(-1, 3) / 255.0) @ _MATRICES[form].T + (16.0, 128.0, 128.0)
    yuv = rows.round().clip(0, 255).astype(np.uint8).reshape(bgr.shape)
    # One colour for two by two pixels: that of their upper left one, since plates are of one colour but for the text.
    return yuv[:, :, 0], yuv[::2, ::2, 1], yuv[::2, ::2, 2]


def _matrix(red: float, blue: float) -> np.ndarray:
    """B, G, R of 0..1 to Y, U, V of limited range, by the weights of red and blue in the brightness."""
    brightness = np.array([blue, 1 - red - blue, red])
    u = (np.array([1.0, 0.0, 0.0]) - brightness) / (1 - blue)
    v = (np.array([0.0, 0.0, 1.0]) - brightness) / (1 - red)
    return np.stack((219 * brightness, 112 * u, 112 * v))


_MATRICES = {Form.YUV_601: _matrix(0.299, 0.114), Form.YUV_709: _matrix(0.2126, 0.0722)}
