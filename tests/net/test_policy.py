"""The policy table as such, and everything that is not in it. `test_matrix` tries every row of it for everybody."""

import re

import pytest

from siapp.net.handlers import all_handlers
from siapp.net.operations import OPERATIONS
from siapp.net.policy import ACTIONS, POLICY, Row, Who, bind
from tests.net.conftest import Site, problem_is_complete

NOT_YET = (
    ("GET", "/nothing/of/the/kind"),
    ("GET", "/page/../secret.key"),
    ("GET", "/devices/"),
    ("GET", "/ws/nothing"),
)


def some_path(row: Row) -> str:
    return re.sub(r"\{[^}]+\}", "999", row.path)


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


@pytest.mark.parametrize("path", [row.path for row in POLICY if row.socket])
async def test_head_of_a_socket_is_told_what_there_is(site: Site, path: str) -> None:
    address = re.sub(r"\{[^}]+\}", "1", path)
    async with site.session.head(address, headers=site.headers("vera")) as response:
        assert (response.status, response.headers["Allow"]) == (405, "GET")


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


def test_a_route_whose_refusals_the_audit_could_not_name_stops_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ACTIONS, "devices.add")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match=r"POST /devices has no name in ACTIONS"):
        bind(POLICY, all_handlers(), OPERATIONS)


def test_only_these_routes_are_open() -> None:
    paths = {(row.method, row.path) for row in POLICY if row.who is Who.OPEN}
    assert paths == {
        ("GET", "/health"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("GET", "/docs/{asset}"),
        ("GET", "/"),
        ("GET", "/page/{file}"),
        ("GET", "/page/{folder}/{module}"),
        ("GET", "/theme.css"),
        ("POST", "/register"),
        ("POST", "/token"),
        ("POST", "/token/refresh"),
    }
