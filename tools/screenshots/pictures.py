"""Small PNG files: 256 colours are enough for a window, and a quarter of the size."""

from __future__ import annotations

from dataclasses import asdict
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QPixmap

from siapp.ui.theme import theme

COLOURS = 256
CHUNKS = 16
Pixels = NDArray[np.uint8]
Numbers = NDArray[np.int32]


def save(pixmap: QPixmap, path: Path) -> int:
    """Write it, with Pillow in fewer colours where there is one. The answer is its size in bytes."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap.save(buffer, "PNG")
    data = bytes(buffer.data().data())
    path.write_bytes(smaller(data, tuple(asdict(theme().colours).values())))
    return path.stat().st_size


def smaller(data: bytes, tokens: tuple[str, ...], colours: int = COLOURS) -> bytes:
    """A PNG in fewer colours, those of `tokens` among them; as it is where Pillow is missing."""
    try:
        from PIL import Image, ImageColor
    except ImportError:
        return data
    with Image.open(BytesIO(data)) as picture:
        whole = picture.convert("RGB")
    # The theme's own colours exactly: states are told by marks of a few pixels.
    own = [part for token in tokens for part in ImageColor.getrgb(token)[:3]]
    others = whole.quantize(colours - len(tokens), method=Image.Quantize.MEDIANCUT).getpalette() or []
    palette = (own + others)[: 3 * colours]
    few = Image.fromarray(_nearest(np.asarray(whole), np.array(palette, np.int32).reshape(-1, 3)), "P")
    few.putpalette(palette)
    result = BytesIO()
    few.save(result, "PNG", optimize=True)
    return min(data, result.getvalue(), key=len)


def _nearest(pixels: Pixels, palette: Numbers) -> Pixels:
    """For each pixel the place of the colour that is nearest. Pillow's own search is a few levels off."""
    height, width, _channels = pixels.shape
    flat = pixels.reshape(-1, 3).astype(np.int32)
    packed = flat[:, 0] << 16 | flat[:, 1] << 8 | flat[:, 2]
    colours, places = np.unique(packed, return_inverse=True)
    apart = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1)
    best = np.concatenate(
        [((part[:, None] - palette) ** 2).sum(axis=2).argmin(axis=1) for part in np.array_split(apart, CHUNKS)]
    )
    return best[places].reshape(height, width).astype(np.uint8)
