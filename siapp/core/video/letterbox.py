"""How a picture is laid into a network's input."""

from dataclasses import dataclass

import cv2

from siapp.core.specs import ModelSpec
from siapp.core.video.pictures import Pixels

PADDING_GREY = 114


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture is laid into the network's input (`width` x `height`): scaled by `ratio` to `inner_width` x
    `inner_height`, then put `left` and `top` pixels away from the corner.

    All in pixels. The rule is ultralytics' LetterBox as its predict uses it (small pictures are enlarged, the
    picture is centred, grey 114 around it), so that boxes agree with theirs.
    """

    width: int
    height: int
    inner_width: int
    inner_height: int
    left: int
    top: int
    ratio: float


def letterbox_for(width: int, height: int, model: ModelSpec) -> Letterbox:
    """The network's input for pictures of `width` x `height`.

    A dynamic network gets the smallest input that holds the picture with the longest side that it was made for, in
    multiples of its stride: at 640, a 768 x 432 picture runs at 640 x 384 and is not padded to a square. A fixed one
    keeps its size.
    """
    max_width, max_height = model.input_size or (model.image_size, model.image_size)
    ratio = min(max_width / width, max_height / height)
    # A picture 30 times as wide as high would vanish.
    inner_width, inner_height = max(1, round(width * ratio)), max(1, round(height * ratio))
    outer_width, outer_height = model.input_size or (
        _multiple(inner_width, model.stride),
        _multiple(inner_height, model.stride),
    )
    left = round((outer_width - inner_width) / 2 - 0.1)
    top = round((outer_height - inner_height) / 2 - 0.1)
    return Letterbox(outer_width, outer_height, inner_width, inner_height, left, top, ratio)


def fill_letterbox(bgr: Pixels, box: Letterbox, canvas: Pixels) -> None:
    """Lay `bgr` (H, W, 3) into `canvas` (box.height, box.width, 3), whose padding is grey already."""
    inner = canvas[box.top : box.top + box.inner_height, box.left : box.left + box.inner_width]
    if inner.shape == bgr.shape:
        inner[:] = bgr
    else:
        cv2.resize(bgr, (box.inner_width, box.inner_height), dst=inner, interpolation=cv2.INTER_LINEAR)


def _multiple(value: int, of: int) -> int:
    return -(-value // of) * of
