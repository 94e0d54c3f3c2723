"""Results over HTTP: by any name, by part, by key, and nothing else than the files that results have."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jwt
import pytest
from multidict import CIMultiDictProxy
from yarl import URL

from siapp.core.clock import now
from siapp.core.domain import AccountStatus, Actor, Problem, Role
from siapp.core.services import results as service
from siapp.core.workers.engine import JobDied, JobFailed
from siapp.net import files
from siapp.net.policy import POLICY, Who
from tests.net.conftest import Site, problem_is_complete

ROOT = Actor(0, "root", Role.ADMIN)
VIDEO = bytes(range(256)) * 40
NAMES = (
    "Gate people",
    "大门 行人",
    "100% sure?",
    "a{b}c",
    "a+b&c=d;e#f",
    "...",
    "~'\"<>|*:",
    "ünïcödé",
    "x" * 100,
    "字" * 100,
)


async def folder_of(site: Site, name: str = "Gate people") -> Path:
    """A task's results folder, with a file of each kind in it."""
    folder = site.station.storage.task_results(await site.add_task(name))
    for frame in (0, 30, 60, 120):
        (folder / f"frame_{frame}.jpg").write_bytes(b"\xff\xd8 %d" % frame)
    (folder / "output.mp4").write_bytes(VIDEO)
    (folder / "detections.jsonl").write_text("{}\n")
    return folder


def at(name: str, rest: str) -> URL:
    return URL(f"/results/{quote(name, safe='')}/{rest}", encoded=True)


async def get(
    site: Site, url: URL | str, name: str | None = "vera", method: str = "GET", **headers: str
) -> tuple[int, CIMultiDictProxy[str], bytes]:
    sent = {**site.headers(name), **{key.replace("_", "-"): value for key, value in headers.items()}}
    async with site.session.request(method, url, headers=sent) as response:
        return response.status, response.headers, await response.read()


async def key_for(site: Site, name: str = "Gate people", who: str = "vera") -> str:
    granted = await site.good("POST", str(at(name, "access")), who)
    assert granted["expires_in"] == 600
    return str(granted["access"])


# ---- frames and names ----------------------------------------------------------------------------------------


async def test_key_frames_are_listed_by_their_numbers_with_an_address_that_works(site: Site) -> None:
    await folder_of(site)
    body = await site.good("GET", "/results/Gate people/frames", "vera")
    assert [frame["frame"] for frame in body["frames"]] == [0, 30, 60, 120]
    assert (body["frames"][3]["name"], body["total"]) == ("frame_120.jpg", 4)
    assert body["frames"][0]["at"].endswith("Z")
    status, headers, content = await get(site, URL(body["frames"][1]["url"], encoded=True))
    assert (status, headers["Content-Type"], content) == (200, "image/jpeg", b"\xff\xd8 30")


async def test_the_list_of_key_frames_comes_in_parts(site: Site) -> None:
    await folder_of(site)
    body = await site.good("GET", "/results/Gate people/frames?limit=2&offset=1", "vera")
    assert ([frame["frame"] for frame in body["frames"]], body["total"]) == ([30, 60], 4)
    assert (await site.ask("GET", "/results/Gate people/frames?limit=1001", "vera"))[0] == 422


async def test_a_task_that_never_ran_has_no_frames(site: Site) -> None:
    await site.add_task("Gate people")
    assert await site.good("GET", "/results/Gate people/frames", "vera") == {"frames": [], "total": 0}


@pytest.mark.parametrize("name", NAMES)
async def test_results_are_found_by_any_name_that_a_task_may_have(site: Site, name: str) -> None:
    await folder_of(site, name)
    async with site.session.get(at(name, "frames"), headers=site.headers("vera")) as response:
        frames = (await response.json())["frames"]
    assert (await get(site, URL(frames[0]["url"], encoded=True)))[2] == b"\xff\xd8 0"
    status, _headers, content = await get(site, at(name, "output.mp4"))
    assert (status, content) == (200, VIDEO)


@pytest.mark.parametrize("name", ["nothing", "a%00b", "%ed%a0%80", "x" * 3000, "%2e", "%2e%2e%2f", "task-1"])
async def test_a_name_that_no_task_has_is_a_404(site: Site, name: str) -> None:
    await folder_of(site)
    for rest in ("frames", "check-video", "output.mp4"):
        async with site.session.get(
            URL(f"/results/{name}/{rest}", encoded=True), headers=site.headers("vera")
        ) as response:
            assert response.status == 404
            assert problem_is_complete(await response.json(content_type=None), 404)


# ---- files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "content_type"),
    [
        ("output.mp4", "video/mp4"),
        ("frame_30.jpg", "image/jpeg"),
        ("detections.jsonl", "application/jsonl; charset=utf-8"),
        ("process.log", "text/plain; charset=utf-8"),
        ("error.txt", "text/plain; charset=utf-8"),
    ],
)
async def test_each_kind_of_file_has_its_type(site: Site, file: str, content_type: str) -> None:
    (await folder_of(site) / file).write_bytes(b"what it holds")
    status, headers, content = await get(site, at("Gate people", file))
    assert (status, headers["Content-Type"], content) == (200, content_type, b"what it holds")
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")


@pytest.mark.parametrize(
    "file",
    [
        "secret.key",
        "process.log.1",
        "frame_30.JPG",
        "frame_030.jpg",
        "frame_-1.jpg",
        "frame_%d9%a3.jpg",
        "frame_30.jpg%0a",
        "output.mp4%00",
        "output.mp4%00.jpg",
        "..",
        "%2e%2e",
        "..%2f..%2fsecret.key",
        "%2e%2e%2f%2e%2e%2fsecret.key",
        "..%5c..%5csecret.key",
        "%252e%252e%252fsecret.key",
        "..%c0%afsecret.key",
        "%2fetc%2fpasswd",
        "c:%5cwindows",
        ".frame_30.jpg.part",
        "output.mp4%2f",
        "./output.mp4",
        "",
    ],
)
async def test_what_is_no_result_is_a_404_however_it_is_spelt(site: Site, file: str) -> None:
    folder = await folder_of(site)
    (folder / ".frame_30.jpg.part").write_bytes(b"half")
    (folder / "process.log.1").write_bytes(b"old")
    request = f"GET /results/Gate%20people/{file} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    token = site.headers("ada")["Authorization"]
    answer = await site.raw(f"{request}Authorization: {token}\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), answer[:300]
    assert (await get(site, at("Gate people", "output.mp4")))[0] == 200


async def test_a_link_in_the_folder_leads_nowhere(site: Site) -> None:
    folder = await folder_of(site)
    (folder / "error.txt").symlink_to(site.station.storage.root / "secret.key")
    assert (await get(site, at("Gate people", "error.txt")))[0] == 404


async def test_results_of_a_deleted_task_are_gone(site: Site) -> None:
    folder = await folder_of(site)
    task_id = (await site.good("GET", "/tasks"))["items"][0]["id"]
    await site.good("DELETE", f"/tasks/{task_id}")
    assert (await get(site, at("Gate people", "output.mp4")))[0] == 404
    assert not folder.exists()
    assert [path.name for path in site.station.storage.results.iterdir()] == []


# ---- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "begin", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, len(VIDEO)),
        ("bytes=-50", len(VIDEO) - 50, len(VIDEO)),
        ("bytes=-999999", 0, len(VIDEO)),
        ("bytes=0-999999", 0, len(VIDEO)),
        (f"bytes={len(VIDEO) - 1}-", len(VIDEO) - 1, len(VIDEO)),
    ],
)
async def test_a_range_is_a_part_of_the_file(site: Site, wanted: str, begin: int, end: int) -> None:
    await folder_of(site)
    status, headers, content = await get(site, at("Gate people", "output.mp4"), Range=wanted)
    assert (status, content) == (206, VIDEO[begin:end])
    assert headers["Content-Range"] == f"bytes {begin}-{end - 1}/{len(VIDEO)}"
    assert headers["Content-Length"] == str(end - begin)


@pytest.mark.parametrize("wanted", [f"bytes={len(VIDEO)}-", "bytes=999999-1000000", "bytes=-0"])
async def test_a_range_beyond_the_end_is_a_416_that_says_how_long_the_file_is(site: Site, wanted: str) -> None:
    await folder_of(site)
    async with site.session.get(
        at("Gate people", "output.mp4"), headers={**site.headers("vera"), "Range": wanted}
    ) as response:
        assert response.headers["Content-Range"] == f"bytes */{len(VIDEO)}"
        assert problem_is_complete(await response.json(content_type=None), 416)


@pytest.mark.parametrize("wanted", ["bytes=5-2", "bytes=a-b", "lines=0-1", "bytes=0-1,5-6", "bytes=", "bytes=-"])
async def test_a_range_that_is_not_understood_gets_the_whole_file(site: Site, wanted: str) -> None:
    await folder_of(site)
    status, headers, content = await get(site, at("Gate people", "output.mp4"), Range=wanted)
    assert (status, content, headers["Accept-Ranges"]) == (200, VIDEO, "bytes")


async def test_head_says_what_get_would_and_sends_nothing(site: Site) -> None:
    await folder_of(site)
    status, headers, content = await get(site, at("Gate people", "output.mp4"), method="HEAD")
    assert (status, headers["Content-Length"], content) == (200, str(len(VIDEO)), b"")
    status, headers, content = await get(site, at("Gate people", "output.mp4"), method="HEAD", Range="bytes=0-9")
    assert (status, headers["Content-Length"], content) == (206, "10", b"")


async def test_a_part_is_sent_only_of_the_version_that_the_client_has(site: Site) -> None:
    folder = await folder_of(site)
    url = at("Gate people", "output.mp4")
    first = (await get(site, url))[1]
    for condition in (first["ETag"], first["Last-Modified"]):
        assert (await get(site, url, Range="bytes=0-9", If_Range=condition))[0] == 206
    (folder / "output.mp4").write_bytes(VIDEO + b"more")
    os.utime(folder / "output.mp4", (time.time() + 10, time.time() + 10))
    for condition in (first["ETag"], first["Last-Modified"], f"W/{first['ETag']}", '"other"', "nonsense"):
        status, _headers, content = await get(site, url, Range="bytes=0-9", If_Range=condition)
        assert (status, content) == (200, VIDEO + b"more")


async def test_what_a_browser_has_already_is_not_sent_again(site: Site) -> None:
    await folder_of(site)
    url = at("Gate people", "output.mp4")
    headers = (await get(site, url))[1]
    assert (await get(site, url, If_None_Match=headers["ETag"]))[::2] == (304, b"")
    assert (await get(site, url, If_None_Match='"other"'))[0] == 200
    assert (await get(site, url, If_Modified_Since=headers["Last-Modified"]))[::2] == (304, b"")


async def test_an_empty_file_is_sent_as_one(site: Site) -> None:
    (await folder_of(site) / "error.txt").write_bytes(b"")
    assert (await get(site, at("Gate people", "error.txt")))[::2] == (200, b"")
    assert (await get(site, at("Gate people", "error.txt"), Range="bytes=0-"))[0] == 416


async def test_the_loop_never_reads_the_disk(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def sendfile(*_values: Any, **_options: Any) -> None:
        raise AssertionError("reads on the loop's thread")

    monkeypatch.setattr(asyncio.get_running_loop(), "sendfile", sendfile)
    monkeypatch.setattr(files, "PIECE_BYTES", 1000)
    await folder_of(site)
    assert (await get(site, at("Gate people", "output.mp4"), Range="bytes=10-"))[2] == VIDEO[10:]


async def test_a_file_that_becomes_shorter_meanwhile_ends_the_connection(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = await folder_of(site)
    monkeypatch.setattr(files, "_opened", lambda path: _shrinking(path))
    (folder / "output.mp4").write_bytes(bytes(5_000_000))
    with pytest.raises(Exception, match=r"payload|Connection|reset|closed"):
        await get(site, at("Gate people", "output.mp4"))


def _shrinking(path: Path) -> Any:
    file = path.open("rb")
    read = file.read

    class Shrinks:
        seek, close, fileno = file.seek, file.close, file.fileno

        @staticmethod
        def read(count: int) -> bytes:
            path.write_bytes(b"")
            return read(count)

    return Shrinks


async def test_a_reader_who_stops_reading_is_let_go(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = await folder_of(site)
    (folder / "output.mp4").write_bytes(bytes(30_000_000))
    monkeypatch.setattr(files, "SLOWEST_PIECE_S", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port, limit=1000)
    try:
        token = site.headers("vera")["Authorization"]
        writer.write(
            b"GET /results/Gate%20people/output.mp4 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + f"Authorization: {token}\r\n\r\n".encode()
        )
        await reader.readline()
        await asyncio.sleep(1.0)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(29_000_000)
    finally:
        writer.close()


# ---- access keys ---------------------------------------------------------------------------------------------


async def test_a_key_opens_the_files_of_its_task_and_nothing_else(site: Site) -> None:
    await folder_of(site)
    key = await key_for(site)
    assert (await get(site, at("Gate people", f"output.mp4?access={key}"), None))[2] == VIDEO
    assert (await get(site, at("Gate people", f"frame_0.jpg?access={key}"), None, Range="bytes=0-1"))[0] == 206
    assert (await get(site, at("Gate people", f"output.mp4?access={key}"), None, "HEAD"))[0] == 200
    for path in ("/results/Gate people/frames", "/results/Gate people/check-video", "/tasks", "/users/me"):
        assert (await site.ask("GET", f"{path}?access={key}", None))[0] == 401
    assert (await site.ask("POST", f"/results/Gate people/access?access={key}", None))[0] == 401
    assert (await site.ask("GET", "/verify", None, headers={"Authorization": f"Bearer {key}"}))[0] == 401


async def test_a_key_opens_no_other_tasks_files(site: Site) -> None:
    await folder_of(site)
    key = await key_for(site)
    camera = await site.good("POST", "/devices", json={"name": "Yard", "rtsp_url": "rtsp://192.168.1.21/live"})
    body = {"name": "Yard people", "device_id": camera["id"], "algorithm_id": 1}
    other = await site.good("POST", "/tasks", json=body)
    (site.station.storage.task_results(other["id"]) / "output.mp4").write_bytes(VIDEO)
    for name in ("Yard people", "nothing"):
        status, answer = await site.ask("GET", f"/results/{name}/output.mp4?access={key}", None)
        assert (status, answer["code"]) == (401, "access_ended")


async def test_a_key_of_a_deleted_task_does_not_open_its_successor(site: Site) -> None:
    await folder_of(site)
    key = await key_for(site)
    task = (await site.good("GET", "/tasks"))["items"][0]
    await site.good("DELETE", f"/tasks/{task['id']}")
    body = {"name": task["name"], "device_id": task["device"]["id"], "algorithm_id": task["algorithm"]["id"]}
    again = await site.good("POST", "/tasks", json=body)
    (site.station.storage.task_results(again["id"]) / "output.mp4").write_bytes(VIDEO)
    assert (await get(site, at("Gate people", f"output.mp4?access={key}"), None))[0] == 401


async def test_a_key_that_was_changed_opens_nothing(site: Site) -> None:
    await folder_of(site)
    key = await key_for(site)
    head, claims, mark = key.split(".")
    token = site.tokens["vera"]
    for bad in ("", "x", f"{head}.{claims}.", f"{head}.{claims}.{mark[:-4]}AAAA", f"{head}.{claims[:-4]}AAAA.{mark}",
                "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + claims + ".", token, "x" * 5000):  # fmt: skip
        assert (await get(site, at("Gate people", f"output.mp4?access={bad}"), None))[0] == 401, bad


async def test_a_key_does_not_say_which_session_it_came_from(site: Site) -> None:
    await folder_of(site)
    key = await key_for(site)
    session_id = jwt.decode(site.tokens["vera"], options={"verify_signature": False})["sid"]
    claims = jwt.decode(key, options={"verify_signature": False})
    assert session_id not in str(claims)


async def test_a_key_is_good_for_minutes_only(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await folder_of(site)
    monkeypatch.setattr(service, "now", lambda: now() - service.ACCESS_LIFETIME)
    key = await key_for(site)
    assert (await get(site, at("Gate people", f"output.mp4?access={key}"), None))[0] == 401


async def test_a_key_dies_with_the_session_it_came_from(site: Site) -> None:
    await folder_of(site)
    key = await key_for(site)
    await site.ask("POST", "/logout", "vera")
    assert (await get(site, at("Gate people", f"output.mp4?access={key}"), None))[0] == 401


async def test_a_key_dies_with_the_account_that_asked_for_it(site: Site) -> None:
    await folder_of(site)
    user_id = await site.add("paul", Role.VIEWER)
    key = await key_for(site, who="paul")
    assert (await get(site, at("Gate people", f"output.mp4?access={key}"), None))[0] == 200
    await site.station.services.accounts.set_status(ROOT, user_id, AccountStatus.DISABLED)
    assert (await get(site, at("Gate people", f"output.mp4?access={key}"), None))[0] == 401


async def test_a_token_goes_before_a_key(site: Site) -> None:
    await folder_of(site)
    key = await key_for(site)
    url = at("Gate people", f"output.mp4?access={key}")
    async with site.session.get(url, headers={"Authorization": "Bearer nonsense"}) as response:
        assert response.status == 401
    assert (await get(site, at("Gate people", "output.mp4?access=nonsense"), "vera"))[0] == 200


async def test_a_key_is_in_no_log_and_no_answer(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    await folder_of(site)
    key = await key_for(site)
    caplog.clear()
    _status, _headers, missing = await get(site, at("Gate people", f"error.txt?access={key}"), None)
    await get(site, at("Gate people", f"output.mp4?access={key}x"), None)
    said = " ".join([*(record.getMessage() for record in caplog.records), missing.decode()])
    assert "/results/Gate%20people/output.mp4" in said
    assert key[-20:] not in said


def test_keys_stand_for_tokens_only_where_files_are_read() -> None:
    rows = [row for row in POLICY if row.by_key]
    assert [(row.method, row.path) for row in rows] == [("GET", "/results/{task_name}/{file_name}")]
    assert all(row.who is Who.SIGNED_IN and not row.socket for row in rows)


# ---- check-video ---------------------------------------------------------------------------------------------


async def check(site: Site) -> Any:
    return await site.good("GET", "/results/Gate people/check-video", "vera")


async def test_a_video_is_really_read_before_it_is_called_playable(site: Site) -> None:
    folder = await folder_of(site)
    info = {"codec": "h264", "width": 640, "height": 360, "fps": 25.0, "duration_s": 15.08, "frames": 377}
    site.engine.read_through = {"info": info, "good": True}
    assert await check(site) == {
        "exists": True,
        "playable": True,
        "size": len(VIDEO),
        "size_mb": 0.01,
        "duration_s": 15.08,
        "frames": 377,
        "width": 640,
        "height": 360,
        "codec": "h264",
        "error": None,
    }
    _job, kind, params = site.engine.calls[-1]
    assert (kind, params["source"]["url"], params["whole"]) == ("probe", str(folder / "output.mp4"), True)


async def test_a_damaged_video_is_not_playable(site: Site) -> None:
    await folder_of(site)
    info = {"codec": "h264", "width": 640, "height": 360, "fps": 25.0, "duration_s": 1.0, "frames": 25}
    site.engine.read_through = {"info": info, "good": False}
    answer = await check(site)
    assert (answer["exists"], answer["playable"], answer["error"]["code"]) == (True, False, "damaged")


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(JobFailed(Problem("not_a_video", "No video.")), "not_a_video"), (JobDied("killed"), "timeout")],
)
async def test_a_file_that_can_not_be_read_says_why(site: Site, outcome: Exception, code: str) -> None:
    await folder_of(site)
    site.engine.read_through = outcome
    answer = await check(site)
    assert (answer["exists"], answer["playable"], answer["error"]["code"]) == (True, False, code)
    assert (answer["size"], answer["frames"]) == (len(VIDEO), None)


async def test_a_video_that_is_not_there_is_no_error_of_the_request(site: Site) -> None:
    (await folder_of(site) / "output.mp4").unlink()
    answer = await check(site)
    assert (answer["exists"], answer["playable"], answer["size"]) == (False, False, 0)
    assert answer["error"]["code"] == "file_not_found"


async def test_a_video_that_goes_while_it_is_looked_at_is_no_error_of_the_request(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    video, lstat = await folder_of(site) / "output.mp4", Path.lstat

    def gone_now(path: Path) -> os.stat_result:
        if path == video:
            path.unlink(missing_ok=True)
        return lstat(path)

    monkeypatch.setattr(Path, "lstat", gone_now)
    answer = await check(site)
    assert (answer["exists"], answer["playable"], answer["error"]["code"]) == (False, False, "file_not_found")


async def test_only_a_few_videos_are_read_at_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await folder_of(site)
    monkeypatch.setattr(service, "MOST_CHECKS", 0)
    status, body = await site.ask("GET", "/results/Gate people/check-video", "vera")
    assert (status, body["code"]) == (429, "too_many_checks")
