"""Live tasks."""

from dataclasses import replace

from aiohttp import web

from siapp.core.domain import TaskOptions
from siapp.core.tasklog import LogLevel
from siapp.net import bodies, query, views
from siapp.net.call import Call, answer, log_answer, nothing

ACCEPTED, ALREADY_SO = 202, 200


async def add(call: Call) -> web.Response:
    new = await call.body(bodies.NewTask)
    options = replace(TaskOptions(), **new.options.given()) if new.options else None
    task = await call.services.tasks.add(call.actor, new.name, new.device_id, new.algorithm_id, options, new.auto_start)
    return answer(views.task(task, call.language), 201)


async def list_all(call: Call) -> web.Response:
    window = call.window()
    return call.page(await call.services.tasks.page(window.limit, window.offset), views.task)


async def get(call: Call) -> web.Response:
    return answer(views.task(await call.services.tasks.get(call.number("task_id")), call.language))


async def update(call: Call) -> web.Response:
    task_id, edit = call.number("task_id"), await call.body(bodies.TaskEdit)
    options = edit.options.given() if edit.options else None
    task = await call.services.tasks.update(call.actor, task_id, options, edit.auto_start)
    return answer(views.task(task, call.language))


async def delete(call: Call) -> web.Response:
    await call.services.tasks.delete(call.actor, call.number("task_id"))
    return nothing()


async def start(call: Call) -> web.Response:
    task, done = await call.services.tasks.start(call.actor, call.number("task_id"))
    return answer(views.task(task, call.language), ACCEPTED if done else ALREADY_SO)


async def stop(call: Call) -> web.Response:
    task, done = await call.services.tasks.stop(call.actor, call.number("task_id"))
    return answer(views.task(task, call.language), ACCEPTED if done else ALREADY_SO)


async def log(call: Call) -> web.Response:
    level = query.LEVEL.read(call.request) or LogLevel.DEBUG
    text = await call.services.tasks.log(call.number("task_id"), query.TAIL.read(call.request), level)
    return log_answer(call, text)
