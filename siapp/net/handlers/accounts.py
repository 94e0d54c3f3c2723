"""People and their sessions."""

from aiohttp import web

from siapp.core.domain import User
from siapp.net import bodies, query, views
from siapp.net.call import Call, answer, nothing


async def register(call: Call) -> web.Response:
    wanted = await call.body(bodies.Registration)
    user = await call.services.accounts.register(wanted.username, wanted.password, call.address)
    return answer(views.registered(user), 201)


async def sign_in(call: Call) -> web.Response:
    form = await bodies.read_sign_in(call.request)
    return answer(views.signed_in(await call.services.accounts.sign_in(form.username, form.password, call.address)))


async def refresh(call: Call) -> web.Response:
    body = await call.body(bodies.Refresh)
    return answer(views.signed_in(await call.services.accounts.refresh(body.refresh_token, call.address)))


async def sign_out(call: Call) -> web.Response:
    await call.services.accounts.sign_out(call.identity, call.address)
    return nothing()


async def verify(_call: Call) -> web.Response:
    return answer({"status": "ok"})


async def me(call: Call) -> web.Response:
    return answer(views.user(call.identity.user))


async def change_password(call: Call) -> web.Response:
    body = await call.body(bodies.NewPassword)
    await call.services.accounts.change_password(call.identity, body.current_password, body.new_password, call.address)
    return nothing()


async def list_users(call: Call) -> web.Response:
    window, status = call.window(), query.STATUS.read(call.request)
    found = await call.services.accounts.users(call.actor, status, window.limit, window.offset)
    return call.page(found, _user)


async def set_status(call: Call) -> web.Response:
    user_id, body = call.number("user_id"), await call.body(bodies.NewStatus)
    return answer(views.user(await call.services.accounts.set_status(call.actor, user_id, body.status)))


async def set_role(call: Call) -> web.Response:
    user_id, body = call.number("user_id"), await call.body(bodies.NewRole)
    return answer(views.user(await call.services.accounts.set_role(call.actor, user_id, body.role)))


async def delete(call: Call) -> web.Response:
    await call.services.accounts.delete(call.actor, call.number("user_id"))
    return nothing()


def _user(user: User, _language: object) -> views.Json:
    return views.user(user)
