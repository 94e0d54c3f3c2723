"""Live tasks over HTTP."""

from typing import Any

import pytest

from siapp.core.domain import TaskState, TaskStats
from siapp.core.specs import TaskFigures, TaskReport
from tests.net.conftest import Site, until

OPTIONS = {
    "confidence": 0.25,
    "iou": 0.7,
    "classes": None,
    "max_fps": None,
    "keyframe_interval": 30,
    "draw_labels": True,
}


async def state_of(site: Site, number: int) -> str:
    return str((await site.good("GET", f"/tasks/{number}", "vera"))["state"])


async def stopped(site: Site, number: int) -> None:
    await until(lambda: number not in site.engine.running)
    await until(lambda: not site.station.services.tasks._background._tasks)


async def test_a_task_is_shown_whole(site: Site) -> None:
    number = await site.add_task()
    task = await site.good("GET", f"/tasks/{number}", "vera")
    assert task == {
        "id": number,
        "name": "Gate people",
        "device": {"id": task["device"]["id"], "name": "Gate"},
        "algorithm": {"id": task["algorithm"]["id"], "name": "People", "version": 1},
        "options": OPTIONS,
        "state": "stopped",
        "state_since": task["state_since"],
        "error": None,
        "auto_start": False,
        "stats": {
            "fps_in": 0,
            "fps_out": 0,
            "dropped": 0,
            "inference_ms": 0,
            "latency_ms": 0,
            "objects": 0,
            "latency_p95_ms": 0,
            "window_p95_ms": None,
            "viewers_p95_ms": None,
        },
    }
    assert await site.good("GET", "/tasks") == {"items": [task], "total": 1}


async def test_start_and_stop_do_nothing_twice(site: Site) -> None:
    number = await site.add_task()
    status, task = await site.ask("POST", f"/tasks/{number}/start")
    assert (status, task["state"]) == (202, "starting")
    assert (await site.ask("POST", f"/tasks/{number}/start"))[0] == 200
    assert site.engine.running == {number}
    status, task = await site.ask("POST", f"/tasks/{number}/stop")
    assert (status, task["state"]) == (202, "stopping")
    await stopped(site, number)
    assert (await site.ask("POST", f"/tasks/{number}/stop"))[0] == 200
    assert await state_of(site, number) == "stopped"


async def test_figures_of_a_running_task_are_shown(site: Site) -> None:
    number = await site.add_task()
    await site.good("POST", f"/tasks/{number}/start")
    await site.station.services.tasks.on_report(TaskReport(number, TaskState.RUNNING))
    stats = TaskStats(24.98765, 12.0, 3, float("nan"), 40.0, 2)
    site.station.services.tasks.on_figures(TaskFigures(number, stats))
    shown = (await site.good("GET", f"/tasks/{number}"))["stats"]
    assert (shown["fps_in"], shown["inference_ms"], shown["objects"]) == (24.988, 0, 2)


async def test_a_running_task_is_not_deleted(site: Site) -> None:
    number = await site.add_task()
    await site.good("POST", f"/tasks/{number}/start")
    status, body = await site.ask("DELETE", f"/tasks/{number}")
    assert (status, body["code"]) == (409, "task_running")
    await site.good("POST", f"/tasks/{number}/stop")
    await stopped(site, number)
    assert (await site.ask("DELETE", f"/tasks/{number}"))[0] == 204
    assert (await site.ask("POST", f"/tasks/{number}/start"))[0] == 404


async def test_an_edit_changes_what_it_names_and_nothing_else(site: Site) -> None:
    number = await site.add_task()
    edited = await site.good("PUT", f"/tasks/{number}", json={"options": {"confidence": 0.5, "classes": [0, 2]}})
    assert edited["options"] == {**OPTIONS, "confidence": 0.5, "classes": [0, 2]}
    edited = await site.good("PUT", f"/tasks/{number}", json={"options": {"classes": None}, "auto_start": True})
    assert (edited["options"], edited["auto_start"]) == ({**OPTIONS, "confidence": 0.5}, True)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"confidence": 1.5}, "bad_option"),
        ({"confidence": "0.5"}, "invalid_field"),
        ({"confidence": True}, "invalid_field"),
        ({"max_fps": 0}, "bad_option"),
        ({"keyframe_interval": 1.5}, "invalid_field"),
        ({"keyframe_interval": 10**30}, "bad_option"),
        ({"classes": [-1]}, "bad_option"),
        ({"classes": "car"}, "invalid_field"),
        ({"draw_labels": 1}, "invalid_field"),
        ({"colour": "red"}, "unknown_field"),
    ],
)
async def test_an_option_that_can_not_be_is_named(site: Site, options: dict[str, Any], code: str) -> None:
    number = await site.add_task()
    status, body = await site.ask("PUT", f"/tasks/{number}", json={"options": options})
    assert (status, body["code"]) == (422, code)
    if code != "bad_option":
        assert f"options.{next(iter(options))}" in body["detail"]


async def test_numbers_that_are_none_are_refused(site: Site) -> None:
    number = await site.add_task()
    for raw in (b'{"options": {"confidence": NaN}}', b'{"options": {"confidence": Infinity}}'):
        headers = {"Content-Type": "application/json"}
        assert (await site.ask("PUT", f"/tasks/{number}", data=raw, headers=headers))[0] == 422


async def test_the_same_twice_is_a_conflict(site: Site) -> None:
    task = await site.good("GET", f"/tasks/{await site.add_task()}")
    again = {"name": "Other", "device_id": task["device"]["id"], "algorithm_id": task["algorithm"]["id"]}
    assert (await site.ask("POST", "/tasks", json=again))[1]["code"] == "duplicate_task"
    assert (await site.ask("POST", "/tasks", json={**again, "device_id": 999}))[0] == 404
    assert (await site.ask("POST", "/tasks", json={**again, "device_id": 2**31}))[0] == 422
    assert (await site.ask("POST", "/tasks", json={**again, "device_id": True}))[0] == 422


async def test_the_log_comes_as_json_or_as_text(site: Site) -> None:
    number = await site.add_task()
    await site.good("POST", f"/tasks/{number}/start")
    log = (await site.good("GET", f"/tasks/{number}/log", "vera"))["log"]
    assert "stopped -> starting" in log
    text = await site.good("GET", f"/tasks/{number}/log?tail=1", "vera", headers={"Accept": "text/plain"})
    assert text == log.splitlines(keepends=True)[-1]
    assert (await site.ask("GET", f"/tasks/{number}/log?tail=0"))[0] == 422
    assert (await site.ask("GET", "/tasks/999/log"))[0] == 404


async def test_the_log_is_read_from_a_level_on_and_kept_as_a_file(site: Site) -> None:
    task_id = await site.add_task()
    logs = site.station.services.tasks._logs
    for level in ("INFO", "WARNING", "ERROR", "INFO"):
        logs.write(task_id, level, f"a line of {level}")
    body = await site.good("GET", f"/tasks/{task_id}/log?level=warning", "vera")
    assert [line.rpartition(" ")[2] for line in body["log"].splitlines()] == ["WARNING", "ERROR"]
    assert len((await site.good("GET", f"/tasks/{task_id}/log?level=info&tail=2", "vera"))["log"].splitlines()) == 2
    status, problem = await site.ask("GET", f"/tasks/{task_id}/log?level=loud", "vera")
    assert (status, problem["code"]) == (422, "bad_parameter")
    headers = {**site.headers("vera"), "Accept": "text/plain"}
    async with site.session.get(f"/tasks/{task_id}/log?level=error", headers=headers) as response:
        assert response.headers["Content-Disposition"] == 'attachment; filename="process.log"'
        assert (await response.text()).endswith("ERROR   a line of ERROR\n")
