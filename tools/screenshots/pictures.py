"""Small PNG files: 256 colours are enough for a window, and a quarter of the size."""

from __future__ import annotations

from dataclasses import asdict
from io import BytesIO
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QPixmap

from siapp.ui.theme import theme

COLOURS = 256
STRIP = 16  # rows of each of the theme's colours that the palette is made with


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
        from PIL import Image
    except ImportError:
        return data
    with Image.open(BytesIO(data)) as picture:
        whole = picture.convert("RGB")
        # A mark of a few pixels must keep its colour: states are told by it.
        sample = Image.new("RGB", (whole.width, whole.height + len(tokens) * STRIP))
        sample.paste(whole)
        for place, colour in enumerate(tokens):
            top = whole.height + place * STRIP
            sample.paste(colour, (0, top, whole.width, top + STRIP))
        palette = sample.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
        few = whole.quantize(COLOURS, palette=palette, dither=Image.Dither.NONE)
        result = BytesIO()
        few.save(result, "PNG", optimize=True)
    return min(data, result.getvalue(), key=len)
