"""The station itself."""

from aiohttp import web

from siapp import __version__
from siapp.net.call import Call, answer


async def health(_call: Call) -> web.Response:
    return answer({"status": "ok", "version": __version__})
