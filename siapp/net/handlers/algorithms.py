"""Algorithms and their versions."""

from collections.abc import Mapping

from aiohttp import web

from siapp.core.naming import clean_name
from siapp.net import bodies, views
from siapp.net.call import Call, answer, nothing


async def add(call: Call) -> web.Response:
    async def check(texts: Mapping[str, str]) -> None:
        if "name" in texts:
            await call.services.algorithms.refuse_name(call.actor, texts["name"])

    async with call.upload("weight_file", "name", check=check) as form:
        name = clean_name(form.text("name"))
        algorithm = await call.services.algorithms.add(call.actor, name, form.upload)
    return answer(views.algorithm(algorithm, call.language), 202)


async def add_version(call: Call) -> web.Response:
    algorithm_id = call.number("algorithm_id")
    await call.services.algorithms.get(algorithm_id)  # before a gigabyte is sent for nothing
    async with call.upload("weight_file") as form:
        algorithm = await call.services.algorithms.add_version(call.actor, algorithm_id, form.upload)
    return answer(views.algorithm(algorithm, call.language), 202)


async def list_all(call: Call) -> web.Response:
    window = call.window()
    return call.page(await call.services.algorithms.page(window.limit, window.offset), views.algorithm)


async def get(call: Call) -> web.Response:
    return answer(views.algorithm(await call.services.algorithms.get(call.number("algorithm_id")), call.language))


async def activate(call: Call) -> web.Response:
    algorithm_id, wanted = call.number("algorithm_id"), await call.body(bodies.ActiveVersion)
    algorithm = await call.services.algorithms.activate(call.actor, algorithm_id, wanted.version)
    return answer(views.algorithm(algorithm, call.language))


async def delete(call: Call) -> web.Response:
    await call.services.algorithms.delete(call.actor, call.number("algorithm_id"))
    return nothing()


async def delete_version(call: Call) -> web.Response:
    await call.services.algorithms.delete_version(call.actor, call.number("algorithm_id"), call.number("version"))
    return nothing()


async def optimize(call: Call) -> web.Response:
    algorithm_id, version = call.number("algorithm_id"), call.number("version")
    wanted = await call.body(bodies.Optimization)
    algorithm = await call.services.algorithms.optimize(call.actor, algorithm_id, version, wanted.device_id)
    return answer(views.algorithm(algorithm, call.language), 202)
