"""Tests on recorded videos over HTTP."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import FormData

from siapp.core.domain import Problem
from siapp.core.specs import JobKind
from siapp.core.workers.engine import JobFailed
from tests.net.conftest import Site, until, video_form
from tests.net.test_algorithms import BOUNDARY, END, MULTIPART, part, refused_at_once

OPTIONS = {"confidence": 0.25, "iou": 0.7, "classes": None, "keyframe_interval": 30, "draw_labels": True}
NAME = part("name", b"Street")
ALGORITHM = part("algorithm_id", b"1")
VIDEO_FILE = part("video_file", b"a video", '; filename="../../street.mp4"')


def kept(site: Site) -> list[str]:
    """Videos, and uploads that are on their way or were left."""
    return [path.name for path in site.station.storage.videos.iterdir()] + site.incoming()


async def shown(site: Site, number: int) -> Any:
    return await site.good("GET", f"/test-tasks/{number}", "vera")


async def at_rest(site: Site) -> None:
    await until(lambda: not site.station.services.tests._background._tasks)


async def running(site: Site) -> Any:
    """A test whose analysis ends when the engine's `at_work` is set."""
    test = await site.add_test()
    site.engine.at_work = asyncio.Event()
    await site.good("POST", f"/test-tasks/{test['id']}/start")
    await until(lambda: ("job", JobKind.ANALYZE) in [call[:2] for call in site.engine.calls])
    return test


async def test_a_test_is_shown_whole(site: Site) -> None:
    test = await site.add_test()
    assert test == {
        "id": test["id"],
        "name": "Street",
        "algorithm": {"id": test["algorithm"]["id"], "name": "People", "version": 1},
        "options": OPTIONS,
        "video": {
            "filename": "street.mp4",
            "size": 7,
            "duration_s": 2.0,
            "frames": 30,
            "width": 960,
            "height": 540,
            "fps": 15.0,
        },
        "state": "stopped",
        "state_since": test["state_since"],
        "progress": {"done": 0, "total": 30, "fps": 0.0, "eta_s": None},
        "error": None,
        "created_by": "olga",
        "created_at": test["created_at"],
    }
    assert await shown(site, test["id"]) == test
    assert await site.good("GET", "/test-tasks", "vera") == {"items": [test], "total": 1}
    assert await site.good("GET", "/test-tasks?offset=1") == {"items": [], "total": 1}


@pytest.mark.parametrize("parts", [NAME + ALGORITHM + VIDEO_FILE, VIDEO_FILE + ALGORITHM + NAME])
async def test_fields_come_in_any_order_and_the_file_name_is_a_label(site: Site, parts: bytes) -> None:
    await site.add_algorithm()
    status, test = await site.ask("POST", "/test-tasks", data=parts + END, headers=MULTIPART)
    assert (status, test["name"], test["video"]["filename"]) == (201, "Street", "street.mp4")
    (name,) = kept(site)
    assert len(name) == 24 and "street" not in name


async def test_options_are_those_of_a_task_without_its_highest_rate(site: Site) -> None:
    wanted = {"confidence": 0.5, "iou": 0.4, "classes": [1], "keyframe_interval": 10, "draw_labels": False}
    test = await site.add_test(options=json.dumps(wanted))
    assert test["options"] == wanted
    await site.good("POST", f"/test-tasks/{test['id']}/start")
    await at_rest(site)
    assert site.engine.calls[-1][2]["options"] == {**wanted, "classes": (1,), "max_fps": None}


@pytest.mark.parametrize(
    ("options", "code", "named"),
    [
        ("", "invalid_field", "options"),
        ("{", "invalid_field", "options"),
        ("[]", "invalid_field", "options"),
        ("[" * 10_000, "invalid_field", "options"),
        ('{"confidence": 2}', "bad_option", ""),
        ('{"confidence": NaN}', "invalid_field", "options.confidence"),
        ('{"max_fps": 5}', "unknown_field", "options.max_fps"),
        ('{"classes": "car"}', "invalid_field", "options.classes"),
        ('{"keyframe_interval": 0}', "bad_option", ""),
    ],
)
async def test_an_option_that_can_not_be_is_named_and_nothing_is_kept(
    site: Site, options: str, code: str, named: str
) -> None:
    form = video_form(name="Street", algorithm_id=str(await site.add_algorithm()), options=options)
    status, body = await site.ask("POST", "/test-tasks", data=form)
    assert (status, body["code"]) == (422, code) and named in body["detail"]
    assert kept(site) == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (NAME + ALGORITHM + END, 422, "missing_field"),
        (NAME + VIDEO_FILE + END, 422, "missing_field"),
        (ALGORITHM + VIDEO_FILE + END, 422, "missing_field"),
        (NAME + ALGORITHM + VIDEO_FILE + part("colour", b"red") + END, 422, "unknown_field"),
        (NAME + ALGORITHM + ALGORITHM + VIDEO_FILE + END, 422, "repeated_field"),
        (NAME + part("algorithm_id", b"") + VIDEO_FILE + END, 422, "invalid_field"),
        (NAME + part("algorithm_id", b"0") + VIDEO_FILE + END, 422, "invalid_field"),
        (NAME + part("algorithm_id", b"-1") + VIDEO_FILE + END, 422, "invalid_field"),
        (NAME + part("algorithm_id", b"1.0") + VIDEO_FILE + END, 422, "invalid_field"),
        (NAME + part("algorithm_id", b"9" * 30) + VIDEO_FILE + END, 422, "invalid_field"),
        (NAME + part("algorithm_id", b"999") + VIDEO_FILE + END, 404, "algorithm_not_found"),
        (part("name", b"a/b") + ALGORITHM + VIDEO_FILE + END, 422, "bad_name"),
        (NAME + ALGORITHM + VIDEO_FILE, 422, "invalid_form"),
    ],
)
async def test_a_form_that_does_not_fit_leaves_nothing(site: Site, body: bytes, status: int, code: str) -> None:
    await site.add_algorithm()
    answer = await site.ask("POST", "/test-tasks", data=body, headers=MULTIPART)
    assert (answer[0], answer[1]["code"]) == (status, code)
    assert kept(site) == [] and (await site.good("GET", "/test-tasks"))["total"] == 0


@pytest.mark.parametrize(
    ("parts", "status", "code"),
    [
        (part("name", b"bad/name"), 422, "bad_name"),
        (part("name", b"STREET") + ALGORITHM, 409, "name_taken"),
        (part("algorithm_id", b"one"), 422, "invalid_field"),
        (part("algorithm_id", b"999"), 404, "algorithm_not_found"),
        (part("options", b"{"), 422, "invalid_field"),
        (part("options", b'{"max_fps": 5}'), 422, "unknown_field"),
        (part("options", b'{"confidence": 2}'), 422, "bad_option"),
    ],
)
async def test_what_is_wrong_is_said_before_the_video_is_sent(site: Site, parts: bytes, status: int, code: str) -> None:
    await site.add_test("Street")
    assert await refused_at_once(site, "/test-tasks", parts + VIDEO_FILE) == (status, code)
    assert (await site.good("GET", "/test-tasks"))["total"] == 1


async def test_a_name_that_a_live_task_has_is_refused_before_the_video_is_sent(site: Site) -> None:
    await site.add_task("Street")
    assert await refused_at_once(site, "/test-tasks", NAME + VIDEO_FILE) == (409, "name_taken")


async def test_what_is_no_video_is_refused_and_not_kept(site: Site) -> None:
    site.engine.results[JobKind.PROBE] = JobFailed(Problem("no_video", "There is no video in it."))
    form = video_form(name="Street", algorithm_id=str(await site.add_algorithm()))
    status, body = await site.ask("POST", "/test-tasks", data=form)
    assert (status, body["code"]) == (422, "not_a_video")
    assert kept(site) == []


async def test_a_video_over_the_limit_is_refused_while_it_comes(site: Site) -> None:
    site.station.services.videos.largest = 100_000
    form = video_form(b"x" * 200_000, name="Street", algorithm_id=str(await site.add_algorithm()))
    status, body = await site.ask("POST", "/test-tasks", data=form)
    assert (status, body["code"]) == (413, "file_too_large")
    assert kept(site) == []


async def test_a_name_is_taken_once_among_tasks_and_tests(site: Site) -> None:
    await site.add_task("Gate")
    for name in ("GATE", "Street"):
        form = video_form(name=name, algorithm_id="1")
        assert (await site.ask("POST", "/test-tasks", data=form))[0] == (409 if name == "GATE" else 201)
    status, body = await site.ask("POST", "/test-tasks", data=video_form(name="street", algorithm_id="1"))
    assert (status, body["code"]) == (409, "name_taken")
    assert len(kept(site)) == 1


async def test_start_and_stop_do_nothing_twice(site: Site) -> None:
    test = await running(site)
    path = f"/test-tasks/{test['id']}"
    assert (await site.ask("POST", f"{path}/start"))[0] == 200
    status, body = await site.ask("POST", f"{path}/stop")
    assert (status, body["state"]) == (202, "stopping")
    await at_rest(site)
    status, body = await site.ask("POST", f"{path}/stop")
    assert (status, body["state"]) == (200, "stopped")


async def test_a_running_test_is_not_deleted_and_a_finished_one_is_with_its_files(site: Site) -> None:
    test = await running(site)
    status, body = await site.ask("DELETE", f"/test-tasks/{test['id']}")
    assert (status, body["code"]) == (409, "task_running")
    assert site.engine.at_work is not None
    site.engine.at_work.set()
    await at_rest(site)
    assert (await shown(site, test["id"]))["state"] == "completed"
    assert (await site.ask("DELETE", f"/test-tasks/{test['id']}"))[0] == 204
    assert (await site.ask("GET", f"/test-tasks/{test['id']}"))[0] == 404
    assert kept(site) == [] and list(site.station.storage.results.iterdir()) == []


async def test_an_error_is_said_in_the_reader_s_language(site: Site) -> None:
    test = await site.add_test()
    site.engine.results[JobKind.ANALYZE] = JobFailed(
        Problem("bad_folder", "The results can't be written there: {reason}.", (("reason", "No space"),))
    )
    assert (await site.ask("POST", f"/test-tasks/{test['id']}/start"))[0] == 202
    await at_rest(site)
    failed = await shown(site, test["id"])
    assert (failed["state"], failed["error"]["code"]) == ("error", "bad_folder")
    assert failed["error"]["message"] == "The results can't be written there: No space."
    chinese = await site.good("GET", f"/test-tasks/{test['id']}", headers={"Accept-Language": "zh"})
    assert chinese["error"]["message"] != failed["error"]["message"] and "No space" in chinese["error"]["message"]


async def test_the_log_comes_as_json_or_as_text(site: Site) -> None:
    test = await site.add_test()
    await site.good("POST", f"/test-tasks/{test['id']}/start")
    await at_rest(site)
    path = f"/test-tasks/{test['id']}/log"
    log = (await site.good("GET", path, "vera"))["log"]
    assert "running -> completed" in log
    text = await site.good("GET", f"{path}?tail=1", "vera", headers={"Accept": "text/plain"})
    assert text == log.splitlines(keepends=True)[-1]
    assert (await site.ask("GET", f"{path}?tail=0"))[0] == 422
    assert (await site.ask("GET", "/test-tasks/999/log"))[0] == 404


async def test_an_algorithm_that_a_test_uses_is_kept_and_says_so(site: Site) -> None:
    test = await site.add_test()
    status, body = await site.ask("DELETE", f"/algorithms/{test['algorithm']['id']}")
    assert (status, body["code"]) == (409, "algorithm_in_use") and "Street" in body["detail"]


async def test_events_begin_with_the_tests_and_tell_what_becomes_of_them(site: Site) -> None:
    test = await site.add_test()
    async with site.open("/ws/events", headers=site.headers("vera")) as socket:
        snapshot = await socket.receive_json()
        assert (snapshot["type"], snapshot["tests"]) == ("snapshot", [test])
        await site.good("POST", f"/test-tasks/{test['id']}/start")
        await at_rest(site)
        assert (await site.ask("DELETE", f"/test-tasks/{test['id']}"))[0] == 204
        heard = [await socket.receive_json() for _ in range(5)]
    assert [message["type"] for message in heard] == ["test", "test", "test_progress", "test", "test_deleted"]
    assert [message["test"]["state"] for message in heard if "test" in message] == ["starting", "running", "completed"]
    assert heard[2] == {
        "type": "test_progress",
        "id": test["id"],
        "progress": {"done": 15, "total": 30, "fps": 0.0, "eta_s": None},
    }
    assert heard[4] == {"type": "test_deleted", "id": test["id"]}


async def test_a_form_of_another_type_is_refused(site: Site) -> None:
    assert (await site.ask("POST", "/test-tasks", data=FormData({"name": "x"})))[0] == 415
    headers = {"Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}
    assert (await site.ask("POST", "/test-tasks", data=NAME + END, headers=headers))[0] == 415
