"""The audit over the network: what is refused at the door is in it, and administrators read and download it."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientPayloadError, FormData, WSMsgType

from siapp.core.domain import Action, Actor, AuditFilter, Deed, Role
from siapp.core.errors import Unavailable
from siapp.core.services import audit
from siapp.net.policy import ACTIONS, POLICY, Row, Who
from tests.net.conftest import CAMERA, PASSWORD, Site
from tests.net.test_policy import some_path

ADMIN = Actor(1, "ada", Role.ADMIN)


async def newest(site: Site, **query: Any) -> Any:
    return (await site.good("GET", "/audit", "ada", params=query))["items"][0]


async def test_who_changes_something_is_in_the_audit(site: Site) -> None:
    number = await site.add_camera()
    page = await site.good("GET", "/audit?limit=1", "ada")
    entry = page["items"][0]
    assert page["total"] > 1
    assert entry == {
        "at": entry["at"],
        "actor": "olga",
        "action": "device.add",
        "object": {"kind": "device", "id": number, "name": "Gate"},
        "before": None,
        "after": {"name": "Gate", "rtsp_url": "rtsp://***:***@192.168.1.20/live"},
        "outcome": "done",
        "address": "127.0.0.1",
    }
    assert datetime.fromisoformat(entry["at"]) > datetime.now(UTC) - timedelta(minutes=1)


@pytest.mark.parametrize(
    "row", [row for row in POLICY if row.who in (Who.OPERATOR, Who.ADMIN)], ids=lambda row: row.handler
)
async def test_what_a_role_does_not_allow_is_refused_and_kept(site: Site, row: Row) -> None:
    status, _body = await site.ask(row.method, some_path(row), "vera", headers={"Content-Type": "text/odd"})
    assert status == 403
    entry = await newest(site)
    assert (entry["actor"], entry["action"], entry["outcome"]) == ("vera", row.action, "refused")
    assert entry["after"] == {"code": "forbidden"}
    assert entry["object"]["id"] == (999 if any(name.endswith("_id") for name in row.parameters) else None)


async def test_what_a_role_does_not_allow_on_a_socket_is_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket asks for more than a sign-in so far; this one does."""
    monkeypatch.setitem(ACTIONS, "sockets.task", Action.TASK_EDIT)  # type: ignore[arg-type]
    doors = site.server._gate._doors
    for route, door in list(doors.items()):
        if door.row.handler == "sockets.task":
            row = Row("GET", door.row.path, Who.OPERATOR, door.row.handler, door.row.rule, socket=True)
            monkeypatch.setitem(doors, route, type(door)(row, door.handler))
    async with site.open("/ws/tasks/7", headers=site.headers("vera")) as socket:
        assert (await socket.receive_json())["code"] == "forbidden"
        message = await socket.receive()
        assert (message.type, message.data) == (WSMsgType.CLOSE, 4403)
    entry = await newest(site)
    assert (entry["actor"], entry["action"], entry["object"]["id"]) == ("vera", "task.edit", 7)


async def test_a_flood_of_refusals_leaves_one_entry_for_the_moment(site: Site) -> None:
    before = (await site.good("GET", "/audit", "ada"))["total"]
    for _time in range(50):
        assert (await site.ask("POST", "/devices", "vera", json=CAMERA))[0] == 403
    assert (await site.good("GET", "/audit", "ada"))["total"] == before + 1


async def test_what_a_page_of_another_site_tries_is_kept_by_address_and_does_not_flood(site: Site) -> None:
    before = (await site.good("GET", "/audit", "ada"))["total"]
    for _time in range(20):
        foreign = {"Origin": "http://evil.example"}
        assert (await site.ask("DELETE", "/devices/7", "ada", headers=foreign))[0] == 403
    entry = await newest(site)
    assert (entry["actor"], entry["address"], entry["action"]) == ("?", "127.0.0.1", "device.delete")
    assert (entry["outcome"], entry["after"], entry["object"]["id"]) == ("refused", {"code": "cross_site"}, 7)
    assert (await site.good("GET", "/audit", "ada"))["total"] == before + 1


async def test_an_upload_that_is_too_large_is_kept(site: Site) -> None:
    site.station.services.uploads.largest = 10
    form = FormData({"name": "People"})
    form.add_field("weight_file", b"x" * 1000, filename="people.pt")
    status, body = await site.ask("POST", "/algorithms", data=form)
    assert (status, body["code"]) == (413, "file_too_large")
    entry = await newest(site)
    assert (entry["actor"], entry["action"], entry["after"]) == ("olga", "algorithm.add", {"code": "file_too_large"})


async def test_wrong_passwords_and_states_are_kept(site: Site) -> None:
    await site.good("POST", "/register", None, json={"username": "nina", "password": PASSWORD})
    assert (await newest(site))["action"] == "user.register"
    for form, code in (
        ({"username": "vera", "password": "wrong"}, "invalid_credentials"),
        ({"username": "nina", "password": PASSWORD}, "account_pending"),
    ):
        await site.ask("POST", "/token", None, data=form)
        entry = await newest(site)
        assert (entry["actor"], entry["action"], entry["after"]) == (form["username"], "user.sign_in", {"code": code})
        assert (entry["outcome"], entry["address"]) == ("refused", "127.0.0.1")


async def test_signing_in_and_out_is_kept(site: Site) -> None:
    await site.sign_in("vera")
    assert (await newest(site))["action"] == "user.sign_in"
    await site.ask("POST", "/logout", "vera")
    assert (await newest(site))["action"] == "user.sign_out"


# ---- reading -------------------------------------------------------------------------------------------------


async def test_the_audit_is_filtered(site: Site) -> None:
    await site.add_camera()
    await site.ask("DELETE", "/devices/999", "vera")
    for query, expected in (
        ({"actor": "vera", "action": "device.delete"}, ["device.delete"]),
        ({"action": "device.add"}, ["device.add"]),
        ({"since": "2999-01-01T00:00:00Z"}, []),
        ({"since": "2026-01-31", "action": "device.add"}, ["device.add"]),
        ({"since": "2026-01-31T12:00:00+08:00", "action": "device.add", "actor": "nobody"}, []),
    ):
        found = await site.good("GET", "/audit", "ada", params=query)
        assert [entry["action"] for entry in found["items"]] == expected, query


@pytest.mark.parametrize(
    "query",
    ["action=dance", "action=", "since=yesterday", "since=0001-01-01T00:00:00%2B23:59", "actor=a%00b", "limit=0"],
)
async def test_a_filter_that_can_not_be_is_refused(site: Site, query: str) -> None:
    status, body = await site.ask("GET", f"/audit?{query}", "ada")
    assert (status, body["code"]) == (422, "bad_parameter")


async def test_the_whole_audit_is_downloaded_as_csv(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "EXPORTED_AT_ONCE", 3)
    await site.good("POST", "/devices", json={**CAMERA, "name": "=HYPERLINK(A1)"})
    total = (await site.good("GET", "/audit", "ada"))["total"]
    headers = {**site.headers("ada"), "Accept": "text/csv"}
    async with site.session.get("/audit?limit=1", headers=headers) as response:
        assert (response.status, response.content_type, response.charset) == (200, "text/csv", "utf-8")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "attachment" in response.headers["Content-Disposition"]
        lines = list(csv.DictReader(io.StringIO(await response.text())))
    assert len(lines) == total > 6
    assert (lines[0]["action"], lines[0]["object"]) == ("device.add", "'=HYPERLINK(A1)")
    assert "hunter2" not in repr(lines)
    async with site.session.head("/audit", headers=headers) as response:
        assert (response.status, await response.read()) == (200, b"")


async def test_a_download_that_breaks_off_does_not_look_whole(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "EXPORTED_AT_ONCE", 1)
    service = site.station.services.audit
    read, asked = service._db.read, []

    async def fail_later(query: Any) -> Any:
        asked.append(query)
        if len(asked) > 2 and "_piece" in repr(query):
            raise Unavailable("database_unavailable", "The database does not answer.")
        return await read(query)

    monkeypatch.setattr(service._db, "read", fail_later)
    with pytest.raises(ClientPayloadError):
        async with site.session.get("/audit", headers={**site.headers("ada"), "Accept": "text/csv"}) as response:
            await response.text()


async def test_the_chain_holds_after_all_that_people_do(site: Site) -> None:
    await site.add_task()
    await site.ask("DELETE", "/tasks/1", "vera")
    await site.station.services.audit.done(ADMIN, Deed(Action.DEVICE_CHECK))
    verdict = await site.station.services.audit.verify(ADMIN)
    newest_entry = (await site.station.services.audit.page(ADMIN, AuditFilter(), 1)).items[0]
    assert (verdict.first_fault, verdict.newest, verdict.newest_hash) == (None, newest_entry.seq, newest_entry.hash)
