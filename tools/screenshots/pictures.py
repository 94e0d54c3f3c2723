"""Small PNG files: 256 colours are enough for a window, and a quarter of the size."""

from __future__ import annotations

from dataclasses import asdict
from io import BytesIO
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QPixmap

from siapp.ui.theme import theme

COLOURS = 256


def save(pixmap: QPixmap, path: Path) -> int:
    """Write it, with Pillow in fewer colours where there is one. The answer is its size in bytes."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap.save(buffer, "PNG")
    data = bytes(buffer.data().data())
    path.write_bytes(_smaller(data, tuple(asdict(theme().colours).values())))
    return path.stat().st_size


def _smaller(data: bytes, tokens: tuple[str, ...]) -> bytes:
    try:
        from PIL import Image, ImageColor
    except ImportError:
        return data
    with Image.open(BytesIO(data)) as picture:
        whole = picture.convert("RGB")
        # The theme's own colours exactly: states are told by marks of a few pixels, and grounds are looked at side by side.
        own = [part for token in tokens for part in ImageColor.getrgb(token)[:3]]
        others = whole.quantize(COLOURS - len(tokens), method=Image.Quantize.MEDIANCUT).getpalette() or []
        palette = Image.new("P", (1, 1))
        palette.putpalette((own + others)[: 3 * COLOURS])
        few = whole.quantize(COLOURS, palette=palette, dither=Image.Dither.NONE)
        result = BytesIO()
        few.save(result, "PNG", optimize=True)
    return min(data, result.getvalue(), key=len)
