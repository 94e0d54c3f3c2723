"""The role matrix, made from the policy table: every route, for everybody, on every kind of object, on both stores."""

from collections.abc import Iterator

import pytest
from aiohttp import ClientWebSocketResponse, FormData, WSMsgType

from siapp.core.domain import Actor, Role
from siapp.net.operations import OPERATIONS
from siapp.net.policy import POLICY, Row, Rule
from siapp.net.query import LIMIT
from siapp.net.sockets.wire import CloseCode
from tests.net.conftest import PASSWORD, Site
from tests.net.world import CHANGES_ITS_CALLER, PEOPLE, Person, Whose, World, ready_world

ROUTES = tuple(row for row in POLICY if not row.socket)
SOCKETS = tuple(row for row in POLICY if row.socket)
SIGN_INS = ("accounts.sign_in", "accounts.refresh")
RANKS = (Role.VIEWER, Role.OPERATOR, Role.ADMIN)
MAY_BE_BUSY = (Rule.UNUSED, Rule.AT_REST)


def objects_of(row: Row) -> Iterator[Whose]:
    yield Whose.OWN
    if row.rule.names_object:
        yield from (Whose.FOREIGN, Whose.MISSING)
    if row.rule in MAY_BE_BUSY:
        yield Whose.BUSY


def refusal(row: Row, person: Person) -> int | None:
    """401 or 403 where the row keeps this person out, else None."""
    if row.who.role is None:
        return None
    if person.may is None:
        return 401
    return None if RANKS.index(person.may) >= RANKS.index(row.who.role) else 403


def expected(row: Row, person: Person, whose: Whose) -> set[int]:
    """Statuses that the table allows for a request that is right in itself."""
    refused = refusal(row, person)
    if refused is not None:
        return {refused}
    match whose:
        case Whose.MISSING:
            return {404}
        case Whose.BUSY:
            return {409}
        case _:
            return set(OPERATIONS[row.handler].answers)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.name)
async def test_a_route_answers_everybody_as_the_table_says(database_url: str, site: Site, person: Person) -> None:
    world = await ready_world(site)
    caller = await world.caller(person)
    faults = []
    for row in ROUTES:
        for whose in objects_of(row):
            status = await asked(world, row, person, caller, whose)
            if status not in expected(row, person, whose):
                faults.append(f"{row.method} {row.path}, {whose.value}: {status}")
    assert not faults


async def asked(world: World, row: Row, person: Person, caller: Actor, whose: Whose) -> int:
    let_in = refusal(row, person) is None
    if let_in and row.rule in CHANGES_ITS_CALLER:
        caller = await world.caller(person)
    path = await world.path(row, caller, whose, fresh=let_in)
    body = await world.body(row) if row.handler not in SIGN_INS else await sign_in_body(world, row)
    name = None if person.role is None else caller.username
    status, _answer = await world.site.ask(row.method, path, name, **body)
    return status


async def sign_in_body(world: World, row: Row) -> dict[str, object]:
    """What only somebody with an account can send."""
    if row.handler == "accounts.sign_in":
        return {"data": {"username": "olga", "password": PASSWORD}}
    return {"json": {"refresh_token": (await world.site.sign_in("olga"))["refresh_token"]}}


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.name)
async def test_a_socket_lets_everybody_in_as_the_table_says(database_url: str, site: Site, person: Person) -> None:
    world = await ready_world(site)
    caller = await world.caller(person)
    token = "none" if person.role is None else site.tokens[caller.username]
    faults = []
    for row in SOCKETS:
        for whose in objects_of(row):
            path = await world.path(row, caller, whose, fresh=False)
            code = await close_code(site, path, token)
            if code != expected_code(row, person, whose):
                faults.append(f"{row.path}, {whose.value}: {code}")
    assert not faults


def expected_code(row: Row, person: Person, whose: Whose) -> CloseCode | None:
    refused = refusal(row, person) or (404 if whose is Whose.MISSING else None)
    return CloseCode(4000 + refused) if refused else None


async def close_code(site: Site, path: str, token: str) -> CloseCode | None:
    """Why a socket is closed before anything but an error is said on it; None where it is let in."""
    async with site.open(path) as socket:
        await socket.send_json({"token": token})
        return await first_close_code(socket)


async def first_close_code(socket: ClientWebSocketResponse) -> CloseCode | None:
    async for message in socket:
        if message.type is WSMsgType.TEXT and message.json()["type"] != "error":
            return None
    return CloseCode(socket.close_code or 0)


async def test_an_unknown_field_is_refused_by_every_route_with_a_body(site: Site) -> None:
    world = await ready_world(site)
    caller = await world.caller(PEOPLE[-1])
    faults = []
    for row in ROUTES:
        body = await world.body(row)
        for form in body.values():
            form.add_field("surplus", "1") if isinstance(form, FormData) else form.update(surplus="1")
            path = await world.path(row, caller, Whose.OWN, fresh=False)
            status, answer = await site.ask(row.method, path, caller.username, **body)
            if (status, answer["code"]) != (422, "unknown_field"):
                faults.append(f"{row.method} {row.path}: {status} {answer}")
    assert not faults


async def test_every_list_answers_items_and_total_and_keeps_to_its_window(site: Site) -> None:
    world = await ready_world(site)
    caller = await world.caller(PEOPLE[-1])
    for row in ROUTES:
        if LIMIT in OPERATIONS[row.handler].query:
            answer = await site.good("GET", f"{row.path}?limit=1&offset=0", caller.username)
            assert set(answer) == {"items", "total"} and len(answer["items"]) <= 1, row
            for bad in ("limit=0", "limit=501", "offset=-1", "limit=x", "limit="):
                status, problem = await site.ask("GET", f"{row.path}?{bad}", caller.username)
                assert (status, problem["code"]) == (422, "bad_parameter"), (row, bad)
