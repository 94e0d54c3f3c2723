"""Registration, tokens and their end."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from siapp.core.domain import AccountStatus, Role
from siapp.core.services import tries
from tests.net.conftest import PASSWORD, PATIENCE_S, SECRET_KEY, Site, problem_is_complete, until


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


def forgeries(token: str) -> dict[str, str]:
    claims = claims_of(token)
    past = datetime.now(UTC) - timedelta(hours=1)
    return {
        "none": unsigned(token),
        "other key": jwt.encode(claims, "o" * 48, algorithm="HS256"),
        "other algorithm": jwt.encode(claims, SECRET_KEY, algorithm="HS512"),
        "no exp": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, SECRET_KEY, algorithm="HS256"),
        "exp as text": jwt.encode({**claims, "exp": "tomorrow"}, SECRET_KEY, algorithm="HS256"),
        "expired": jwt.encode({**claims, "exp": past}, SECRET_KEY, algorithm="HS256"),
        "no session": jwt.encode({**claims, "sid": "f" * 32}, SECRET_KEY, algorithm="HS256"),
        "somebody else's session": jwt.encode({**claims, "sub": "1"}, SECRET_KEY, algorithm="HS256"),
        "cut": token[:-2],
        "nothing": "",
        "garbage": "a.b.c",
    }


async def with_token(site: Site, token: str) -> tuple[int, Any]:
    return await site.ask("GET", "/verify", None, headers={"Authorization": f"Bearer {token}"})


async def test_a_person_registers_waits_and_comes_in(site: Site) -> None:
    body = {"username": "nina", "password": PASSWORD}
    status, user = await site.ask("POST", "/register", None, json=body)
    assert status == 201 and user == {"id": user["id"], "username": "nina", "status": "pending"}
    status, refused = await site.ask("POST", "/token", None, data=body)
    assert (status, refused["code"]) == (403, "account_pending")
    approved = await site.good("PUT", f"/users/{user['id']}/status", "ada", json={"status": "approved"})
    assert (approved["status"], approved["role"], approved["is_superuser"]) == ("approved", "viewer", False)
    tokens = await site.good("POST", "/token", None, data=body)
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 1800)
    assert await with_token(site, tokens["access_token"]) == (200, {"status": "ok"})


async def test_who_am_i(site: Site) -> None:
    me = await site.good("GET", "/users/me", "ada")
    assert me.keys() == {"id", "username", "role", "status", "is_superuser", "created_at"}
    assert (me["username"], me["role"], me["is_superuser"]) == ("ada", "admin", True)
    assert datetime.fromisoformat(me["created_at"]).tzinfo is not None and me["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"username": "ADA", "password": PASSWORD}, 409, "name_taken"),
        ({"username": "nina", "password": "short"}, 422, "weak_password"),
        ({"username": "nina", "password": "xy1" * 100}, 422, "long_password"),
        ({"username": "", "password": PASSWORD}, 422, "bad_name"),
        ({"username": "a/b", "password": PASSWORD}, 422, "bad_name"),
        ({"username": "nina", "password": PASSWORD, "role": "admin"}, 422, "unknown_field"),
        ({"username": "nina"}, 422, "missing_field"),
    ],
)
async def test_a_registration_that_can_not_be(site: Site, body: dict[str, str], status: int, code: str) -> None:
    found, answer = await site.ask("POST", "/register", None, json=body)
    assert (found, answer["code"]) == (status, code)


@pytest.mark.parametrize("form", [{"username": "ada", "password": "wrong"}, {"username": "who", "password": "wrong"}])
async def test_a_wrong_name_and_a_wrong_password_read_the_same(site: Site, form: dict[str, str]) -> None:
    async with site.session.post("/token", data=form) as response:
        assert response.status == 401 and response.headers["WWW-Authenticate"] == "Bearer"
        assert (await response.json(content_type=None))["code"] == "invalid_credentials"


async def test_the_fields_of_an_oauth_client_are_taken(site: Site) -> None:
    form = {"grant_type": "password", "scope": "", "client_id": "x", "client_secret": "y"}
    await site.good("POST", "/token", None, data={**form, "username": "ada", "password": PASSWORD})


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"username=ada", "missing_field"),
        (b"username=ada&password=x&colour=1", "unknown_field"),
        (b"username=ada&username=vera&password=x", "repeated_field"),
        (b"username=ada&password=x&scope=&scope=", "repeated_field"),
        (b"username=%ff&password=x", "invalid_form"),
        (b"username=\xff&password=x", "invalid_form"),
        (b"&".join(b"client_%d=1" % number for number in range(30)), "invalid_form"),
        (b"username=a%00b&password=x", "invalid_field"),
    ],
)
async def test_a_form_that_does_not_fit_is_refused(site: Site, raw: bytes, code: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    status, body = await site.ask("POST", "/token", None, data=raw, headers=headers)
    assert (status, body["code"]) == (422, code)


async def test_the_token_route_wants_a_form(site: Site) -> None:
    assert (await site.ask("POST", "/token", None, json={"username": "ada", "password": PASSWORD}))[0] == 415


async def test_a_token_that_is_not_ours_opens_nothing(site: Site) -> None:
    for kind, token in forgeries(site.tokens["olga"]).items():
        status, body = await with_token(site, token)
        assert status == 401 and problem_is_complete(body, 401), kind


@pytest.mark.parametrize("header", ["", "Bearer", "Basic YTpi", "Token {token}", "{token}"])
async def test_another_kind_of_authorization_opens_nothing(site: Site, header: str) -> None:
    headers = {"Authorization": header.format(token=site.tokens["olga"])}
    assert (await site.ask("GET", "/verify", None, headers=headers))[0] == 401


async def test_a_token_is_dead_after_signing_out(site: Site) -> None:
    other = (await site.sign_in("olga"))["access_token"]
    assert (await site.ask("POST", "/logout", "olga"))[0] == 204
    assert (await site.ask("GET", "/verify", "olga"))[0] == 401
    assert (await with_token(site, other))[0] == 200


async def test_a_token_is_dead_after_a_rejection_and_signing_in_says_why(site: Site) -> None:
    me = await site.good("GET", "/users/me", "vera")
    for status in (AccountStatus.REJECTED, AccountStatus.DISABLED):
        await site.good("PUT", f"/users/{me['id']}/status", "ada", json={"status": status})
        assert (await site.ask("GET", "/verify", "vera"))[0] == 401
        found, body = await site.ask("POST", "/token", None, data={"username": "vera", "password": PASSWORD})
        assert (found, body["code"]) == (403, f"account_{status}")


async def test_a_refresh_token_works_once_and_its_reuse_ends_the_session(site: Site) -> None:
    first = await site.sign_in("vera")
    second = await site.good("POST", "/token/refresh", None, json={"refresh_token": first["refresh_token"]})
    assert (await with_token(site, second["access_token"]))[0] == 200
    status, body = await site.ask("POST", "/token/refresh", None, json={"refresh_token": first["refresh_token"]})
    assert (status, body["code"]) == (401, "session_ended")
    assert (await with_token(site, second["access_token"]))[0] == 401
    assert (await site.ask("POST", "/token/refresh", None, json={"refresh_token": second["refresh_token"]}))[0] == 401


async def test_nobody_ends_a_session_by_its_number(site: Site) -> None:
    mine = await site.sign_in("vera")
    invented = mine["refresh_token"].partition(".")[0] + ".whatever"
    status, body = await site.ask("POST", "/token/refresh", None, json={"refresh_token": invented})
    assert (status, body["code"]) == (401, "session_ended")
    assert (await with_token(site, mine["access_token"]))[0] == 200


@pytest.mark.parametrize("token", ["", ".", "x", "x.y", "é.é"])
async def test_a_refresh_token_that_is_none_is_refused(site: Site, token: str) -> None:
    assert (await site.ask("POST", "/token/refresh", None, json={"refresh_token": token}))[0] == 401


async def test_the_last_administrator_stays(site: Site) -> None:
    me = await site.good("GET", "/users/me", "ada")
    status, body = await site.ask("PUT", f"/users/{me['id']}/status", "ada", json={"status": "disabled"})
    assert (status, body["code"]) == (409, "last_admin")


async def test_a_status_that_is_none_is_refused_with_those_there_are(site: Site) -> None:
    status, body = await site.ask("PUT", "/users/1/status", "ada", json={"status": "king"})
    assert status == 422 and "approved" in body["detail"]
    assert (await site.ask("PUT", "/users/999/status", "ada", json={"status": "approved"}))[0] == 404


async def test_the_list_of_users_pages(site: Site) -> None:
    page = await site.good("GET", "/users?limit=2&offset=1", "ada")
    assert (len(page["items"]), page["total"]) == (2, 3)
    assert Role(page["items"][0]["role"]) is Role.OPERATOR


# ---- passwords, roles, deletion, limits ----------------------------------------------------------------------


async def me(site: Site, name: str) -> int:
    return int((await site.good("GET", "/users/me", name))["id"])


async def change_password(site: Site, name: str, current: str = PASSWORD) -> tuple[int, Any]:
    body = {"current_password": current, "new_password": "quite another secret"}
    return await site.ask("PUT", "/users/me/password", name, json=body)


async def close_code(socket: ClientWebSocketResponse) -> int:
    """The code it is closed with, within the five seconds of the contract."""
    async with asyncio.timeout(5):
        while (message := await socket.receive()).type is not WSMsgType.CLOSE:
            assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY), message
    return int(message.data)


async def test_a_changed_password_ends_the_other_sessions_and_their_sockets(site: Site) -> None:
    other = await site.sign_in("vera")
    headers = {"Authorization": f"Bearer {other['access_token']}"}
    async with (
        site.open("/ws/events", headers=headers) as theirs,
        site.open("/ws/events", headers=site.headers("vera")) as ours,
    ):
        assert (await theirs.receive_json())["type"] == (await ours.receive_json())["type"] == "snapshot"
        assert await change_password(site, "vera") == (204, "")
        assert await close_code(theirs) == 4401
        assert not ours.closed
    assert (await with_token(site, other["access_token"]))[0] == 401
    assert (await site.ask("POST", "/token/refresh", None, json={"refresh_token": other["refresh_token"]}))[0] == 401
    assert (await site.ask("GET", "/verify", "vera"))[0] == 200
    for password, status in ((PASSWORD, 401), ("quite another secret", 200)):
        form = {"username": "vera", "password": password}
        assert (await site.ask("POST", "/token", None, data=form))[0] == status


async def test_a_wrong_current_password_changes_nothing(site: Site) -> None:
    status, body = await change_password(site, "vera", "wrong")
    assert (status, body["code"]) == (422, "wrong_password")
    await site.sign_in("vera")


async def test_a_token_may_what_its_owners_role_may_right_now(site: Site) -> None:
    number = await me(site, "olga")
    changed = await site.good("PUT", f"/users/{number}/role", "ada", json={"role": "viewer"})
    assert (changed["role"], changed["is_superuser"]) == ("viewer", False)
    status, body = await site.ask("DELETE", "/devices/1", "olga")
    assert (status, body["code"]) == (403, "forbidden")
    await site.good("PUT", f"/users/{number}/role", "ada", json={"role": "admin"})
    assert (await site.ask("GET", "/users", "olga"))[0] == 200


async def test_a_role_that_is_none_is_refused_with_those_there_are(site: Site) -> None:
    status, body = await site.ask("PUT", "/users/1/role", "ada", json={"role": "king"})
    assert status == 422 and "operator" in body["detail"]
    assert (await site.ask("PUT", "/users/999/role", "ada", json={"role": "viewer"}))[0] == 404


async def test_what_administrators_hear_ends_with_their_role(site: Site) -> None:
    """News of accounts go to administrators only, also on a socket that was opened as one."""
    number = await site.add("nina", Role.ADMIN)
    async with site.open("/ws/events", headers=site.headers("nina")) as socket:
        assert (await socket.receive_json())["type"] == "snapshot"
        await site.good("PUT", f"/users/{number}/role", "ada", json={"role": "viewer"})
        await until(lambda: all(one.call.actor.role is Role.VIEWER for one in site.server._gate.seats))
        await site.good("PUT", f"/users/{await me(site, 'vera')}/role", "ada", json={"role": "operator"})
        await site.add_camera()
        heard = []
        while "device" not in heard:
            heard.append((await socket.receive_json(timeout=PATIENCE_S))["type"])
        assert heard.count("user") <= 1, "of its own change at most"


async def test_a_deleted_account_is_gone_with_its_sockets(site: Site) -> None:
    number = await me(site, "vera")
    async with site.open("/ws/events", headers=site.headers("vera")) as socket:
        assert (await socket.receive_json())["type"] == "snapshot"
        assert await site.ask("DELETE", f"/users/{number}", "ada") == (204, "")
        assert await close_code(socket) == 4401
    assert (await site.ask("GET", "/verify", "vera"))[0] == 401
    assert (await site.ask("POST", "/token", None, data={"username": "vera", "password": PASSWORD}))[0] == 401
    assert (await site.ask("DELETE", f"/users/{number}", "ada"))[0] == 404


async def test_the_last_administrator_can_be_neither_demoted_nor_deleted(site: Site) -> None:
    number = await me(site, "ada")
    for method, path, options in (
        ("PUT", f"/users/{number}/role", {"json": {"role": "operator"}}),
        ("DELETE", f"/users/{number}", {}),
    ):
        status, body = await site.ask(method, path, "ada", **options)
        assert (status, body["code"]) == (409, "last_admin")


@pytest.mark.parametrize("name", ["vera", "nobody"])
async def test_too_many_wrong_passwords_are_429_with_a_time_to_come_back(site: Site, name: str) -> None:
    form = {"username": name, "password": "wrong"}
    while True:
        async with site.session.post("/token", data=form) as response:
            if response.status == 429:
                break
            assert response.status == 401
    assert 0 < int(response.headers["Retry-After"]) <= 300
    async with site.session.post("/token", data={"username": name, "password": PASSWORD}) as response:
        assert response.status == 429, "whether or not the password is right"
    await site.sign_in("olga")


async def test_too_many_requests_for_accounts_are_429_with_a_time_to_come_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries, "REGISTRATIONS", 3)
    for number in range(4):
        async with site.session.post("/register", json={"username": f"n{number}", "password": PASSWORD}) as response:
            assert response.status == (201 if number < 3 else 429)
    assert int(response.headers["Retry-After"]) > 0
