"""The web page: its files, its colours, its words. What is not in the page's folder does not exist."""

import asyncio

from aiohttp import web

from siapp.net.call import Call
from siapp.net.problem import no_such_page
from siapp.net.static import send
from siapp.net.web_files import INDEX, theme_file, web_files

# Live video comes through a MediaSource, whose address is a blob; result videos come from siapp itself.
SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

# A script, a style sheet or a picture is governed by the page that shows it; this is for whoever opens one by itself.
# A hundred answers carry it: short, it saves a tenth of the first load.
FILE_POLICY = "default-src 'none'; frame-ancestors 'none'"


async def index(call: Call) -> web.Response:
    return await _send(call, INDEX)


async def file(call: Call) -> web.Response:
    return await _send(call, call.request.match_info["file"])


async def file_in_folder(call: Call) -> web.Response:
    names = call.request.match_info
    return await _send(call, f"{names['folder']}/{names['module']}")


async def theme(call: Call) -> web.Response:
    return send(call, await asyncio.to_thread(theme_file), FILE_POLICY)


async def _send(call: Call, name: str) -> web.Response:
    found = (await asyncio.to_thread(web_files)).get(name)
    if found is None:
        raise no_such_page()
    return send(call, found, SECURITY_POLICY if found.type == "text/html" else FILE_POLICY)
