"""Tests: algorithms tried on recorded videos."""

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from siapp.core.domain import TaskOptions
from siapp.core.naming import clean_name
from siapp.core.services.tasks import check_options
from siapp.core.tasklog import LogLevel
from siapp.net import bodies, query, views
from siapp.net.call import Call, answer, log_answer, nothing
from siapp.net.handlers.tasks import ACCEPTED, ALREADY_SO


async def add(call: Call) -> web.Response:
    async def check(texts: Mapping[str, str]) -> None:
        if "name" in texts:
            await call.services.tests.refuse_name(call.actor, texts["name"])
        if "algorithm_id" in texts:
            await call.services.algorithms.get(_algorithm_id(texts))
        check_options(_options(texts))

    async with call.video("video_file", "name", "algorithm_id", optional=("options",), check=check) as form:
        name, algorithm_id, options = clean_name(form.text("name")), _algorithm_id(form.texts), _options(form.texts)
        test = await call.services.tests.add(call.actor, name, algorithm_id, form.upload, options)
    return answer(views.test(test, call.language), 201)


def _algorithm_id(texts: Mapping[str, str]) -> int:
    return bodies.form_number(texts["algorithm_id"], "algorithm_id")


def _options(texts: Mapping[str, str]) -> TaskOptions:
    given = bodies.form_object(texts.get("options"), "options", bodies.TestOptions)
    return replace(TaskOptions(), **given.given()) if given else TaskOptions()


async def list_all(call: Call) -> web.Response:
    window = call.window()
    return call.page(await call.services.tests.page(window.limit, window.offset), views.test)


async def get(call: Call) -> web.Response:
    return answer(views.test(await call.services.tests.get(call.number("test_id")), call.language))


async def delete(call: Call) -> web.Response:
    await call.services.tests.delete(call.actor, call.number("test_id"))
    return nothing()


async def start(call: Call) -> web.Response:
    test, done = await call.services.tests.start(call.actor, call.number("test_id"))
    return answer(views.test(test, call.language), ACCEPTED if done else ALREADY_SO)


async def stop(call: Call) -> web.Response:
    test, done = await call.services.tests.stop(call.actor, call.number("test_id"))
    return answer(views.test(test, call.language), ACCEPTED if done else ALREADY_SO)


async def log(call: Call) -> web.Response:
    level = query.LEVEL.read(call.request) or LogLevel.DEBUG
    text = await call.services.tests.log(call.number("test_id"), query.TAIL.read(call.request), level)
    return log_answer(call, text)
