"""The page's icons: the glyphs that the window paints, as SVG paths out of the same font."""

import json
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

PACKAGE = "qtawesome"
FIELD = 256
"""Units of the square that every path is drawn in, from its upper left corner."""
_FONT, _NAMES = "phosphor-*.ttf", "phosphor-charmap-*.json"


def glyph_paths(names: Iterable[str]) -> dict[str, str]:
    """The `d` of an SVG path for each of Phosphor's `names` that it has: one that is missing does not cost the page."""
    folder = _fonts()
    codes: dict[str, str] = json.loads(_newest(folder, _NAMES).read_text(encoding="utf-8"))
    with TTFont(_newest(folder, _FONT), lazy=True) as font:
        return {name: _path(font, int(codes[name], 16)) for name in sorted(names) if name in codes}


def _path(font: Any, code: int) -> str:
    glyphs = font.getGlyphSet()
    scale = FIELD / font["head"].unitsPerEm
    pen = SVGPathPen(glyphs, ntos=lambda value: f"{value:.1f}".rstrip("0").rstrip("."))
    # Fonts count upwards from the base line, SVG downwards from the top.
    top = font["hhea"].ascent * scale
    glyphs[font.getBestCmap()[code]].draw(TransformPen(pen, (scale, 0, 0, -scale, 0, top)))
    return str(pen.getCommands())


def _fonts() -> Path:
    """Found without an import: the package would bring Qt with it, and a server has none."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"the package {PACKAGE} is missing")
    return Path(spec.submodule_search_locations[0]) / "fonts"


def _newest(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise RuntimeError(f"the package {PACKAGE} has no {pattern}")
    return found[-1]
