"""Cameras over HTTP."""

from typing import Any

import pytest

from siapp.core.domain import Problem
from siapp.core.specs import JobKind
from siapp.core.workers.engine import JobDied, JobFailed
from tests.net.conftest import CAMERA, Site

SEEN = {"codec": "h264", "width": 1280, "height": 720, "fps": 25.0}


async def test_a_camera_is_added_shown_edited_and_deleted(site: Site) -> None:
    status, device = await site.ask("POST", "/devices", json=CAMERA)
    assert status == 201
    assert device == {
        "id": device["id"],
        "name": "Gate",
        "rtsp_url": "rtsp://***:***@192.168.1.20/live",
        "state": "idle",
        "state_since": None,
        "last_error": None,
        "created_at": device["created_at"],
    }
    path = f"/devices/{device['id']}"
    assert await site.good("GET", path, "vera") == device
    assert await site.good("GET", "/devices", "vera") == {"items": [device], "total": 1}
    edited = await site.good("PUT", path, json={"name": "门口", "rtsp_url": "rtsp://***:***@192.168.1.20/other"})
    assert (edited["name"], edited["rtsp_url"]) == ("门口", "rtsp://***:***@192.168.1.20/other")
    assert (await site.ask("DELETE", path))[0] == 204
    assert (await site.ask("GET", path))[0] == 404


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": "GATE"}, 409, "name_taken"),
        ({"name": ""}, 422, "bad_name"),
        ({"name": "x" * 101}, 422, "bad_name"),
        ({"rtsp_url": "ftp://h/x"}, 422, "bad_camera_url"),
        ({"rtsp_url": "http://169.254.169.254/"}, 422, "bad_camera_url"),
        ({"rtsp_url": "file:///../secret"}, 422, "bad_camera_url"),
    ],
)
async def test_a_camera_that_can_not_be(site: Site, change: dict[str, str], status: int, code: str) -> None:
    await site.add_camera()
    found, body = await site.ask("POST", "/devices", json={**CAMERA, "name": "Yard", **change})
    assert (found, body["code"]) == (status, code)
    assert (await site.good("GET", "/devices"))["total"] == 1


async def test_siapp_itself_is_no_camera(site: Site) -> None:
    own = {"name": "Me", "rtsp_url": f"http://127.0.0.1:{site.server.port}/"}
    assert (await site.ask("POST", "/devices", json=own))[0] == 422


async def test_a_camera_in_use_is_kept_and_says_by_whom(site: Site) -> None:
    task = await site.good("GET", f"/tasks/{await site.add_task()}")
    status, body = await site.ask("DELETE", f"/devices/{task['device']['id']}")
    assert (status, body["code"]) == (409, "device_in_use") and "Gate people" in body["detail"]


async def test_a_check_says_what_is_in_the_camera(site: Site) -> None:
    site.engine.results[JobKind.PROBE] = dict(SEEN)
    answer = await site.good("POST", "/devices/check", json={"rtsp_url": CAMERA["rtsp_url"]})
    assert answer == {**SEEN, "reachable": True, "elapsed_ms": answer["elapsed_ms"], "error": None}
    stored = await site.good("POST", "/devices/check", json={"device_id": await site.add_camera()})
    assert stored["reachable"] is True


@pytest.mark.parametrize(
    ("failure", "code"),
    [(JobFailed(Problem("auth_failed", "The camera refuses.")), "auth_failed"), (JobDied("timeout"), "timeout")],
)
async def test_a_check_that_fails_is_an_answer_too(site: Site, failure: Exception, code: str) -> None:
    site.engine.results[JobKind.PROBE] = failure
    answer: dict[str, Any] = await site.good("POST", "/devices/check", json={"rtsp_url": CAMERA["rtsp_url"]})
    assert (answer["reachable"], answer["codec"], answer["error"]["code"]) == (False, None, code)
    assert answer["error"]["message"]


async def test_a_check_needs_something_to_check(site: Site) -> None:
    assert (await site.ask("POST", "/devices/check", json={}))[0] == 422
    assert (await site.ask("POST", "/devices/check", json={"device_id": 999}))[0] == 404
    assert (await site.ask("POST", "/devices/check", json={"device_id": 2**31}))[0] == 422
