"""The station itself."""

import asyncio

from aiohttp import web

from siapp import __version__
from siapp.net.call import Call, answer
from siapp.net.metrics import CONTENT_TYPE, METRICS


async def health(_call: Call) -> web.Response:
    return answer({"status": "ok", "version": __version__})


async def metrics(call: Call) -> web.Response:
    """The station's figures for Prometheus."""
    counted = call.request.app[METRICS]
    families = counted.families(await call.services.readings.take())
    text = await asyncio.to_thread(counted.text, families)
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})
