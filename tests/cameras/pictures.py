"""Test pictures that say which one they are: an index in black and white cells at the bottom."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
"""Height x width x 3, uint8, BGR."""
Pictures = Callable[[int], Picture]
"""The picture that belongs to an index, counted from 0."""

INDEX_BITS = 16
CHECK_BITS = 4
CELLS = 1 + INDEX_BITS + CHECK_BITS + 1  # a white cell on the left, a black one on the right
MIN_STRIP = 16  # px: one macroblock, so that prediction from the picture above does not smear into it
STRIP_FRACTION = 24  # the strip is at least 1/24 of the height, so that it is found in scaled pictures too
DARK, BRIGHT = 96, 160  # grey levels; a cell between them is unreadable, not guessed


def stamp_index(picture: Picture, index: int) -> Picture:
    """Draw `index` (0 to 65535) over the bottom of `picture`, in place, and return the picture.

    The strip is the bottom 16 px, or 1/24 of the height if that is more; 22 equal cells over the whole width.
    """
    if not 0 <= index < 1 << INDEX_BITS:
        raise ValueError(f"index {index} does not fit {INDEX_BITS} bits")
    height, width = picture.shape[:2]
    top = height - max(MIN_STRIP, height // STRIP_FRACTION)
    edges = _edges(width)
    for cell, bit in enumerate(_bits(index)):
        picture[top:, edges[cell] : edges[cell + 1]] = 255 if bit else 0
    return picture


def read_index(picture: Picture) -> int | None:
    """The index stamped on `picture`, also after H.264, JPEG and scaling; None if it can't be read."""
    height, width = picture.shape[:2]
    rows = picture[height - max(2, height // STRIP_FRACTION) :]
    levels = [_middle_level(rows, left, right) for left, right in _spans(width)]
    if any(DARK < level < BRIGHT for level in levels):
        return None
    bits = [level >= BRIGHT for level in levels]
    index = sum(1 << place for place, bit in enumerate(bits[1 : 1 + INDEX_BITS]) if bit)
    return index if bits == _bits(index) else None


def counting_picture(index: int, width: int = 320, height: int = 240) -> Picture:
    """A grey picture with one orange square that moves 4 px to the right per index; index stamped."""
    picture = np.full((height, width, 3), 90, np.uint8)
    side = height // 4
    left = index * 4 % (width - side)
    picture[side : 2 * side, left : left + side] = (0, 128, 255)
    return stamp_index(picture, index)


def _bits(index: int) -> list[bool]:
    """All cells from left to right: white, index (lowest bit first), checksum, black."""
    check = 0b1010  # so that an all-black strip is no index
    for shift in range(0, INDEX_BITS, CHECK_BITS):
        check ^= index >> shift & 0xF
    word = index | check << INDEX_BITS
    return [True, *(bool(word >> place & 1) for place in range(INDEX_BITS + CHECK_BITS)), False]


def _edges(width: int) -> list[int]:
    """Left edges of the cells in px, and the right edge of the last."""
    return [cell * width // CELLS for cell in range(CELLS + 1)]


def _spans(width: int) -> list[tuple[int, int]]:
    edges = _edges(width)
    return list(pairwise(edges))


def _middle_level(rows: Picture, left: int, right: int) -> float:
    """Mean grey level of the middle half of a cell: its edges are blurred by coding and scaling."""
    margin = (right - left) // 4
    return float(rows[:, left + margin : max(left + margin + 1, right - margin)].mean())
