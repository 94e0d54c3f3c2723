"""What the web page is made of: its files as they lie, and what is derived from them and from the theme.

Everything is read once: a name that a client sends is only ever a key, never a path.
"""

import json
import posixpath
import re
from functools import cache
from pathlib import Path
from typing import Any

from siapp.core.boxstyle import CLASS_COLOURS, RGB, text_colour
from siapp.core.i18n import Language, translate
from siapp.core.resources import resources
from siapp.net.glyphs import glyph_paths
from siapp.net.static import StaticFile, as_file

INDEX = "index.html"
ICONS = "icons.json"
_JSON = "application/json"
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_SENTENCE = re.compile(r'\bmark\(\s*"((?:[^"\\]|\\.)*)"')
_GLYPH = re.compile(r'\b(?:icon\(|glyph\(|glyph: |(?:iconButton|tool)\(\s*mark\("[^"]*"\),\s*)"([a-z0-9-]+)"')
_IMPORT = re.compile(r'^(?:import|export)\b[^"]*"(\.[^"]+)";', re.MULTILINE)
# Where the browser is told at once of all modules that the page begins with, it does not find them one after the other.
_PRELOADS = "<!-- modules -->"
_BEGINNING = "app.js"


@cache
def web_files() -> dict[str, StaticFile]:
    """By name: every file under web/, with its folder if it has one, and texts/LANGUAGE.json and icons.json."""
    files = {name: as_file(path.read_bytes(), _TYPES[path.suffix]) for name, path in _sources().items()}
    files[INDEX] = as_file(_index().encode(), "text/html")
    files[ICONS] = as_file(_dumps(glyph_paths(glyphs())), _JSON)
    for language in Language:
        words = {text: translate(text, language) for text in sentences()}
        files[f"texts/{language}.json"] = as_file(_dumps(words), _JSON)
    return files


@cache
def theme_file() -> StaticFile:
    """The colours that the window has too, and those of classes, as CSS variables."""
    tokens: dict[str, Any] = json.loads((resources() / "theme" / "tokens.json").read_text(encoding="utf-8"))
    rules = [f":root{{color-scheme:dark;{_variables(tokens['dark'])}{_measures(tokens)}{_classes()}}}"]
    rules.append(f":root[data-theme=light]{{color-scheme:light;{_variables(tokens['light'])}}}")
    return as_file("\n".join(rules).encode(), "text/css")


def sentences() -> list[str]:
    """What the scripts say: each `mark("...")` of them."""
    return sorted({json.loads(f'"{text}"') for script in _scripts() for text in _SENTENCE.findall(script)})


def glyphs() -> list[str]:
    """The icons that the scripts name: see icon.js for the forms that are found."""
    return sorted({name for script in _scripts() for name in _GLYPH.findall(script)})


def _sources() -> dict[str, Path]:
    folder = resources() / "web"
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def _scripts() -> list[str]:
    return [path.read_text(encoding="utf-8") for name, path in _sources().items() if name.endswith(".js")]


def first_modules() -> list[str]:
    """Those without which nothing is shown: what app.js imports, what that imports, and so on."""
    texts, found, waiting = _sources(), set[str](), [_BEGINNING]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            imported = _IMPORT.findall(texts[name].read_text(encoding="utf-8"))
            waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(name), other)) for other in imported]
    return sorted(found)


def _index() -> str:
    links = "\n    ".join(f'<link rel="modulepreload" href="/page/{name}">' for name in first_modules())
    return _sources()[INDEX].read_text(encoding="utf-8").replace(_PRELOADS, links)


def _dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _variables(values: dict[str, str]) -> str:
    return "".join(f"--{name.replace('_', '-')}:{value};" for name, value in values.items())


def _measures(tokens: dict[str, Any]) -> str:
    sizes = {f"size-{name}": f"{size}px" for name, size in tokens["type"].items()}
    fonts = ",".join(["system-ui", *(f'"{name}"' for name in tokens["fonts"]), "sans-serif"])
    radii = {"radius": f"{tokens['radius']}px", "tile-radius": f"{tokens['tile_radius']}px", "font": fonts}
    return _variables({**sizes, **radii})


def _classes() -> str:
    """`--class-N` and, for what is written on it, `--class-text-N`."""
    plates = {f"class-{number}": _hex(colour) for number, colour in enumerate(CLASS_COLOURS)}
    texts = {f"class-text-{number}": _hex(text_colour(colour)) for number, colour in enumerate(CLASS_COLOURS)}
    return _variables({**plates, **texts})


def _hex(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
