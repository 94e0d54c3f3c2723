"""Cameras."""

from aiohttp import web

from siapp.net import bodies, views
from siapp.net.call import Call, answer, nothing


async def add(call: Call) -> web.Response:
    new = await call.body(bodies.NewDevice)
    device = await call.services.devices.add(call.actor, new.name, new.rtsp_url)
    return answer(views.device(device, call.language), 201)


async def list_all(call: Call) -> web.Response:
    window = call.window()
    return call.page(await call.services.devices.page(window.limit, window.offset), views.device)


async def get(call: Call) -> web.Response:
    return answer(views.device(await call.services.devices.get(call.number("device_id")), call.language))


async def update(call: Call) -> web.Response:
    device_id, edit = call.number("device_id"), await call.body(bodies.DeviceEdit)
    device = await call.services.devices.update(call.actor, device_id, edit.name, edit.rtsp_url)
    return answer(views.device(device, call.language))


async def delete(call: Call) -> web.Response:
    await call.services.devices.delete(call.actor, call.number("device_id"))
    return nothing()


async def check(call: Call) -> web.Response:
    asked = await call.body(bodies.DeviceCheck)
    result = await call.services.devices.check(call.actor, asked.rtsp_url, asked.device_id)
    return answer(views.check(result, call.language))
