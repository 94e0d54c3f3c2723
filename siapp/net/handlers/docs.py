"""The OpenAPI document, and a page to try it out: Swagger UI's files from their package, nothing from elsewhere."""

import asyncio
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from aiohttp import web

from siapp.core.resources import resources
from siapp.net import API_SECURITY_POLICY, openapi
from siapp.net.call import Call
from siapp.net.problem import no_such_page
from siapp.net.static import StaticFile, as_file, send

PACKAGE = "flask_swagger_ui"
SWAGGER_FILES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
PAGE = "docs.html"
# Swagger UI draws with style properties, which this allows, and small pictures inside its style sheet.
SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


async def document(call: Call) -> web.Response:
    return send(call, await asyncio.to_thread(_document), API_SECURITY_POLICY)


async def page(call: Call) -> web.Response:
    return send(call, await asyncio.to_thread(_page), SECURITY_POLICY)


async def file(call: Call) -> web.Response:
    name = call.request.match_info["asset"]
    if name not in SWAGGER_FILES:
        raise no_such_page()
    return send(call, await asyncio.to_thread(_swagger_file, name), SECURITY_POLICY)


@cache
def _document() -> StaticFile:
    return as_file(json.dumps(openapi.document(), ensure_ascii=False).encode(), "application/json")


@cache
def _page() -> StaticFile:
    return as_file((resources() / "web" / PAGE).read_bytes(), "text/html")


@cache
def _swagger_file(name: str) -> StaticFile:
    return as_file((_swagger_folder() / name).read_bytes(), SWAGGER_FILES[name])


def _swagger_folder() -> Path:
    """Found without an import: the package would bring Flask with it."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"the package {PACKAGE} is missing")
    return Path(spec.submodule_search_locations[0]) / "dist"
