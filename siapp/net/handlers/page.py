"""The web page: its files, its colours, its words. Read once; what is not in the folder does not exist."""

import asyncio
import hashlib
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web

from siapp.core.i18n import Language, translate
from siapp.core.resources import resources
from siapp.net.call import Call, answer
from siapp.net.page_texts import PAGE_TEXTS
from siapp.net.problem import no_such_page

SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
INDEX = "index.html"


async def index(call: Call) -> web.StreamResponse:
    return await _send(call, INDEX)


async def file(call: Call) -> web.StreamResponse:
    return await _send(call, call.request.match_info["file"])


async def theme(_call: Call) -> web.Response:
    return web.Response(text=await asyncio.to_thread(_theme), content_type="text/css", headers=_CACHING)


async def texts(call: Call) -> web.Response:
    """The page's sentences in one language, by their English text."""
    try:
        language = Language(call.request.match_info["language"].removesuffix(".json"))
    except ValueError:
        raise no_such_page() from None
    return answer({text: await asyncio.to_thread(translate, text, language) for text in PAGE_TEXTS})
