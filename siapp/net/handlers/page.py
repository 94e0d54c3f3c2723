"""The web page: its files, its colours, its words. What is not in the page's folder does not exist."""

import asyncio
import json
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web

from siapp.core.i18n import Language, translate
from siapp.core.resources import resources
from siapp.net.call import Call
from siapp.net.page_texts import PAGE_TEXTS
from siapp.net.problem import no_such_page
from siapp.net.static import StaticFile, as_file, send

SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
INDEX = "index.html"
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


async def index(call: Call) -> web.Response:
    return await _send(call, INDEX)


async def file(call: Call) -> web.Response:
    return await _send(call, call.request.match_info["file"])


async def theme(call: Call) -> web.Response:
    """The colours that the window has too, as CSS variables."""
    return send(call, await asyncio.to_thread(_theme), SECURITY_POLICY)


async def texts(call: Call) -> web.Response:
    """The page's sentences in one language, by their English text."""
    wanted = call.request.match_info["language"].removesuffix(".json")
    if wanted not in list(Language):
        raise no_such_page()
    return send(call, await asyncio.to_thread(_texts, Language(wanted)), SECURITY_POLICY)


async def _send(call: Call, name: str) -> web.Response:
    found = (await asyncio.to_thread(_files)).get(name)
    if found is None:
        raise no_such_page()
    return send(call, found, SECURITY_POLICY)


@cache
def _files() -> dict[str, StaticFile]:
    """Read once: a name that a client sends is only ever a key, never a path."""
    folder = resources() / "web"
    return {path.name: as_file(path.read_bytes(), _TYPES[path.suffix]) for path in sorted(folder.iterdir())}


@cache
def _texts(language: Language) -> StaticFile:
    words = {text: translate(text, language) for text in PAGE_TEXTS}
    return as_file(json.dumps(words, ensure_ascii=False).encode(), "application/json")


@cache
def _theme() -> StaticFile:
    tokens: dict[str, Any] = json.loads(_tokens_path().read_text(encoding="utf-8"))
    rules = [f":root{{color-scheme:dark;{_variables(tokens['dark'])}{_measures(tokens)}}}"]
    rules.append(f":root[data-theme=light]{{color-scheme:light;{_variables(tokens['light'])}}}")
    return as_file("\n".join(rules).encode(), "text/css")


def _tokens_path() -> Path:
    return resources() / "theme" / "tokens.json"


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name.replace('_', '-')}:{value};" for name, value in colours.items())


def _measures(tokens: dict[str, Any]) -> str:
    sizes = {f"size-{name}": f"{size}px" for name, size in tokens["type"].items()}
    fonts = ",".join(["system-ui", *(f'"{name}"' for name in tokens["fonts"]), "sans-serif"])
    radii = {"radius": f"{tokens['radius']}px", "tile-radius": f"{tokens['tile_radius']}px", "font": fonts}
    return _variables({**sizes, **radii})
