"""Every row of the policy table against every kind of caller, and everything that is not in it."""

import re
from dataclasses import dataclass

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from siapp.core.domain import AccountStatus, Actor, Role
from siapp.net.handlers import all_handlers
from siapp.net.operations import OPERATIONS
from siapp.net.policy import POLICY, Row, Who, bind
from tests.net.conftest import Site, problem_is_complete

ROOT = Actor(0, "root", Role.ADMIN)


@dataclass(frozen=True)
class Person:
    name: str
    role: Role | None


CALLERS = (
    Person("nobody", None),
    Person("pending", None),
    Person("vera", Role.VIEWER),
    Person("olga", Role.OPERATOR),
    Person("ada", Role.ADMIN),
)
NOT_YET = (
    ("GET", "/results/Gate/frames"),
    ("GET", "/results/Gate/check-video"),
    ("GET", "/results/Gate/output.mp4"),
    ("POST", "/results/Gate/access"),
    ("GET", "/nothing/of/the/kind"),
    ("GET", "/page/../secret.key"),
    ("GET", "/devices/"),
    ("GET", "/ws/nothing"),
)


def some_path(row: Row) -> str:
    return re.sub(r"\{[^}]+\}", "999", row.path)


async def let_pending_in(site: Site) -> None:
    """Somebody with a token of the time before an administrator thought again."""
    user_id = await site.add("pending", Role.ADMIN)
    await site.station.services.accounts.set_status(ROOT, user_id, AccountStatus.PENDING)


def expected(row: Row, caller: Person) -> str:
    if row.who.role is None:
        return "let in"
    if caller.role is None:
        return "not signed in"
    return "let in" if caller.role.covers(row.who.role) else "forbidden"


async def outcome(site: Site, row: Row, caller: Person) -> str:
    name = None if caller.name == "nobody" else caller.name
    status, body = await site.ask(row.method, some_path(row), name, headers={"Content-Type": "text/odd"})
    if status in (401, 403):
        assert problem_is_complete(body, status)
    return {401: "not signed in", 403: "forbidden"}.get(status, "let in")


@pytest.mark.parametrize("row", [row for row in POLICY if not row.socket], ids=lambda row: f"{row.method} {row.path}")
async def test_a_route_lets_in_whom_its_row_names_and_nobody_else(site: Site, row: Row) -> None:
    await let_pending_in(site)
    callers = CALLERS if row.handler != "accounts.sign_out" else CALLERS[:3]
    for caller in callers:
        assert await outcome(site, row, caller) == expected(row, caller), caller


@pytest.mark.parametrize("row", [row for row in POLICY if row.socket], ids=lambda row: row.path)
async def test_a_socket_lets_in_whom_its_row_names_and_nobody_else(site: Site, row: Row) -> None:
    await let_pending_in(site)
    for caller in CALLERS:
        async with site.open(some_path(row)) as socket:
            await socket.send_json({"token": site.tokens.get(caller.name, "none")})
            wanted = {"not signed in": 4401, "forbidden": 4403}.get(expected(row, caller))
            assert await first_close_code(socket) == wanted, caller


async def first_close_code(socket: ClientWebSocketResponse) -> int | None:
    """4401 or 4403 where the socket is refused, None where it is let in (to nothing, mostly)."""
    message = await socket.receive()
    if message.type is WSMsgType.TEXT:
        return None
    return message.data if message.data != 4404 else None


@pytest.mark.parametrize("row", [row for row in POLICY if row.socket], ids=lambda row: row.path)
async def test_a_socket_address_without_an_upgrade_asks_for_one_after_the_sign_in(site: Site, row: Row) -> None:
    assert (await site.ask("GET", some_path(row), None))[0] == 401
    assert (await site.ask("GET", some_path(row), "vera"))[0] == 426


@pytest.mark.parametrize(("method", "path"), NOT_YET)
@pytest.mark.parametrize("name", [None, "ada"])
async def test_what_has_no_row_is_a_404_problem_for_everyone(site: Site, method: str, path: str, name: str) -> None:
    status, body = await site.ask(method, path, name)
    assert (status, body["code"]) == (404, "not_found")
    assert problem_is_complete(body, status)


async def test_another_method_is_told_only_to_people_who_are_signed_in(site: Site) -> None:
    assert (await site.ask("PATCH", "/devices", None))[0] == 401
    status, body = await site.ask("PATCH", "/devices", "vera")
    assert (status, body["code"]) == (405, "method_not_allowed")
    assert (await site.ask("DELETE", "/token", None))[0] == 405
    assert (await site.ask("DELETE", "/page/app.js", None))[0] == 405


async def test_an_address_of_its_own_is_never_taken_for_an_object(site: Site) -> None:
    assert (await site.ask("PUT", "/devices/check", None))[0] == 401
    async with site.session.get("/devices/check", headers=site.headers("vera")) as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")


async def test_not_signed_in_comes_before_everything_else_that_is_wrong(site: Site) -> None:
    for method, path in (("GET", "/tasks/999"), ("PUT", "/devices/abc"), ("POST", "/devices"), ("DELETE", "/tasks/9")):
        assert (await site.ask(method, path, None, data=b"not json"))[0] == 401


async def test_every_get_answers_head_too(site: Site) -> None:
    assert (await site.ask("HEAD", "/health", None))[0] == 200
    assert (await site.ask("HEAD", "/devices", None))[0] == 401
    assert (await site.ask("HEAD", "/devices"))[0] == 200


def test_a_row_without_a_handler_stops_the_program() -> None:
    with pytest.raises(RuntimeError, match=r"devices\.paint"):
        bind((*POLICY, Row("GET", "/paint", Who.SIGNED_IN, "devices.paint")), all_handlers(), OPERATIONS)


def test_a_handler_without_a_row_stops_the_program() -> None:
    with pytest.raises(RuntimeError, match=r"devices\.paint"):
        bind(POLICY, {**all_handlers(), "devices.paint": None}, OPERATIONS)


def test_a_route_with_two_rows_stops_the_program() -> None:
    with pytest.raises(RuntimeError, match="two rows"):
        bind((*POLICY, POLICY[0]), all_handlers(), OPERATIONS)


def test_only_these_routes_are_open() -> None:
    paths = {(row.method, row.path) for row in POLICY if row.who is Who.OPEN}
    assert paths == {
        ("GET", "/health"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("GET", "/docs/{asset}"),
        ("GET", "/"),
        ("GET", "/page/{file}"),
        ("GET", "/page/texts/{language}"),
        ("GET", "/theme.css"),
        ("POST", "/register"),
        ("POST", "/token"),
        ("POST", "/token/refresh"),
    }
