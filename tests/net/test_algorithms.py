"""Algorithms over HTTP: uploads that arrive, uploads that do not, versions."""

import asyncio
import hashlib
import json
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import psutil
import pytest
from aiohttp import ClientConnectionError, FormData

from siapp.core.domain import Problem
from siapp.core.workers.engine import JobFailed
from siapp.net import uploads
from tests.net.conftest import IMPORTED, Site, until, weights_form

BOUNDARY = "XXX"
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def part(name: str, content: bytes, more: str = "") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + content + b"\r\n"


NAME = part("name", b"People")
FILE = part("weight_file", b"weights", '; filename="a.pt"')
END = f"--{BOUNDARY}--\r\n".encode()


async def imported(site: Site) -> None:
    await until(lambda: not site.station.services.algorithms._imports._tasks)


async def test_weights_become_an_algorithm(site: Site) -> None:
    content = os.urandom(3_000_000)
    status, answer = await site.ask("POST", "/algorithms", data=weights_form(content=content))
    assert status == 202
    version = answer["versions"][0]
    assert (version["version"], version["state"], version["size"]) == (1, "importing", len(content))
    assert (version["filename"], version["uploaded_by"], len(version["sha256"])) == ("yolo.pt", "olga", 64)
    await imported(site)
    ready = await site.good("GET", f"/algorithms/{answer['id']}", "vera")
    assert ready["active_version"] == 1 and ready["versions"][0]["state"] == "ready"
    assert ready["versions"][0]["classes"] == IMPORTED["classes"]
    assert ready["versions"][0]["input_size"] == [320, 320]
    assert site.incoming() == []
    assert await site.good("GET", "/algorithms") == {"items": [ready], "total": 1}


@pytest.mark.parametrize("parts", [NAME + FILE, FILE + NAME])
async def test_fields_come_in_any_order(site: Site, parts: bytes) -> None:
    status, answer = await site.ask("POST", "/algorithms", data=parts + END, headers=MULTIPART)
    assert (status, answer["name"]) == (202, "People")
    await imported(site)


async def test_a_file_that_is_no_model_says_so_and_is_not_kept(site: Site) -> None:
    site.engine.result = JobFailed(Problem("not_a_model", "This is no model."))
    answer = await site.good("POST", "/algorithms", data=weights_form())
    await imported(site)
    version = (await site.good("GET", f"/algorithms/{answer['id']}"))["versions"][0]
    assert (version["state"], version["error"]["code"]) == ("rejected", "not_a_model")
    assert site.incoming() == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_form"),
        (b"nonsense", "invalid_form"),
        (END, "missing_field"),
        (NAME + END, "missing_field"),
        (FILE + END, "missing_field"),
        (NAME + NAME + FILE + END, "repeated_field"),
        (NAME + FILE + FILE + END, "repeated_field"),
        (FILE + NAME + part("colour", b"red") + END, "unknown_field"),
        (FILE + part("name", b"a/b") + END, "bad_name"),
        (FILE + part("name", b"\xff\xfe") + END, "invalid_form"),
        (FILE + part("name", b"a\0b") + END, "invalid_form"),
        (FILE + part("name", b"x" * 20_000) + END, "invalid_field"),
        (NAME + FILE, "invalid_form"),
        (NAME + FILE[:-4], "invalid_form"),
        (NAME + part("weight_file", b"x", '; filename="a"\r\nContent-Type: multipart/mixed; boundary=Y') + END, None),
    ],
)
async def test_a_form_that_does_not_fit_leaves_nothing(site: Site, body: bytes, code: str | None) -> None:
    status, answer = await site.ask("POST", "/algorithms", data=body, headers=MULTIPART)
    assert status == 422 and code in (None, answer["code"])
    assert site.incoming() == [] and list(site.station.storage.weights.iterdir()) == []
    assert (await site.good("GET", "/algorithms"))["total"] == 0


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ('filename="录像 一.pt"', "录像 一.pt"),
        ('filename="50%20off.pt"', "50%20off.pt"),
        ("filename*=UTF-8''%E5%BD%95%20a.pt", "录 a.pt"),
        ("filename=\"x.pt\"; filename*=utf-8'zh'%E5%BD%95.pt", "录.pt"),
        ("filename*=UTF-8''..%2F..%2Fdemo.pt", "demo.pt"),
        ('filename="..%2F..%2Fdemo.pt"', "..%2F..%2Fdemo.pt"),
        ('filename="a;b; c;d.pt"', "a;b; c;d.pt"),
        ('filename="the \\"best\\".pt"', 'the "best".pt'),
        ('filename="C:\\weights\\new.pt"', "new.pt"),
        ("filename=plain.pt", "plain.pt"),
        ('filename=""', "file"),
        ("filename*=UTF-8", "file"),
    ],
)
async def test_a_files_name_is_shown_as_its_sender_sees_it(site: Site, said: str, shown: str) -> None:
    body = NAME + part("weight_file", b"weights", f"; {said}") + END
    answer = await site.good("POST", "/algorithms", data=body, headers=MULTIPART)
    assert answer["versions"][0]["filename"] == shown
    await imported(site)


async def refused_at_once(site: Site, path: str, parts: bytes) -> tuple[int, str]:
    """Status and code of the answer to a form of a gigabyte of which only the beginning comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {site.tokens['olga']}\r\n"
    head += f"Content-Type: {MULTIPART['Content-Type']}\r\nContent-Length: {1_000_000_000}\r\n\r\n"
    try:
        writer.write(head.encode() + parts.removesuffix(b"\r\n") + bytes(1 << 20))
        async with asyncio.timeout(5):
            answer = await reader.readuntil(b"}")
    finally:
        writer.transport.abort()
    assert site.incoming() == []
    return int(answer.split()[1]), str(json.loads(answer.partition(b"\r\n\r\n")[2])["code"])


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [("bad/name", 422, "bad_name"), ("", 422, "bad_name"), ("ＰＥＯＰＬＥ", 409, "name_taken")],
)
async def test_a_name_that_can_not_be_is_said_before_the_file_is_sent(
    site: Site, name: str, status: int, code: str
) -> None:
    await site.add_algorithm()
    assert await refused_at_once(site, "/algorithms", part("name", name.encode()) + FILE) == (status, code)
    assert (await site.good("GET", "/algorithms"))["total"] == 1


async def test_a_version_of_what_is_not_there_is_refused_before_the_file_is_sent(site: Site) -> None:
    assert await refused_at_once(site, "/algorithms/999/versions", FILE) == (404, "algorithm_not_found")


async def test_a_name_refused_before_the_file_is_in_the_audit_once(site: Site) -> None:
    await site.add_algorithm()
    await refused_at_once(site, "/algorithms", NAME + FILE)
    found = (await site.good("GET", "/audit?action=algorithm.add", "ada"))["items"]
    assert [entry["outcome"] for entry in found] == ["refused", "done"]


async def test_a_multipart_type_without_a_boundary_is_refused(site: Site) -> None:
    headers = {"Content-Type": "multipart/form-data"}
    assert (await site.ask("POST", "/algorithms", data=NAME + FILE + END, headers=headers))[0] == 422


async def test_a_name_twice_leaves_no_second_file(site: Site) -> None:
    await site.add_algorithm()
    status, answer = await site.ask("POST", "/algorithms", data=weights_form("PEOPLE"))
    assert (status, answer["code"]) == (409, "name_taken")
    assert site.incoming() == [] and len(list(site.station.storage.weights.iterdir())) == 1


async def test_a_file_over_the_limit_is_refused_while_it_comes(site: Site) -> None:
    site.station.services.uploads.largest = 100_000
    status, answer = await site.ask("POST", "/algorithms", data=weights_form(content=b"x" * 200_000))
    assert (status, answer["code"]) == (413, "file_too_large")
    assert site.incoming() == []


async def endless(begun: Callable[[], None]) -> AsyncIterator[bytes]:
    yield NAME + FILE[:-4] + b"x" * 2_000_000
    begun()
    await asyncio.sleep(60)


async def test_an_upload_that_is_broken_off_leaves_nothing(site: Site) -> None:
    begun = asyncio.Event()
    request = asyncio.create_task(
        site.ask("POST", "/algorithms", data=endless(begun.set), headers=MULTIPART), name="upload"
    )
    await begun.wait()
    await until(site.incoming)
    request.cancel()
    with pytest.raises((asyncio.CancelledError, ClientConnectionError)):
        await request
    await until(lambda: not site.incoming())
    assert (await site.good("GET", "/algorithms"))["total"] == 0


async def test_an_upload_that_trickles_in_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "FIRST_BYTES_S", 0.5)
    head = f"POST /algorithms HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {site.tokens['olga']}\r\n"
    head += f"Content-Type: {MULTIPART['Content-Type']}\r\nContent-Length: 9999\r\n\r\n"
    assert b"body_too_slow" in await site.raw(head.encode() + NAME + FILE, limit_s=8)
    assert site.incoming() == []


async def test_versions_are_added_activated_and_deleted(site: Site) -> None:
    number = await site.add_algorithm()
    path = f"/algorithms/{number}"
    status, answer = await site.ask("POST", f"{path}/versions", data=weights_form(None, b"better"))
    assert status == 202 and [version["version"] for version in answer["versions"]] == [1, 2]
    await imported(site)
    active = await site.good("PUT", f"{path}/active-version", json={"version": 2})
    assert active["active_version"] == 2
    assert (await site.ask("DELETE", f"{path}/versions/1"))[0] == 204
    assert [v["version"] for v in (await site.good("GET", path))["versions"]] == [2]
    assert (await site.ask("DELETE", path))[0] == 204
    assert list(site.station.storage.weights.iterdir()) == []


async def test_a_version_that_is_not_there_is_not_found(site: Site) -> None:
    path = f"/algorithms/{await site.add_algorithm()}"
    assert (await site.ask("DELETE", f"{path}/versions/7"))[0] == 404
    assert (await site.ask("PUT", f"{path}/active-version", json={"version": 7}))[0] == 404
    assert (await site.ask("POST", "/algorithms/999/versions", data=weights_form(None)))[0] == 404
    assert (await site.ask("PUT", f"{path}/active-version", json={"version": "1"}))[0] == 422


@pytest.mark.parametrize("number", ["0", "4711", "99999999999999", "-1", "x"])
async def test_whatever_number_is_nobodys_it_is_the_same_that_is_missing(site: Site, number: str) -> None:
    algorithm_id = await site.add_algorithm()
    for path, code in (
        (f"/algorithms/{number}", "algorithm_not_found"),
        (f"/algorithms/{algorithm_id}/versions/{number}", "version_not_found"),
    ):
        status, body = await site.ask("DELETE", path)
        assert (status, body["code"]) == (404, code)


async def test_an_algorithm_in_use_is_kept_and_says_by_whom(site: Site) -> None:
    task = await site.good("GET", f"/tasks/{await site.add_task()}")
    status, body = await site.ask("DELETE", f"/algorithms/{task['algorithm']['id']}")
    assert (status, body["code"]) == (409, "algorithm_in_use") and "Gate people" in body["detail"]


async def test_a_form_with_a_name_is_refused_for_a_version(site: Site) -> None:
    path = f"/algorithms/{await site.add_algorithm()}/versions"
    form = FormData({"name": "x"})
    assert (await site.ask("POST", path, data=form))[0] in (415, 422)
    assert (await site.ask("POST", path, data=weights_form("x")))[1]["code"] == "unknown_field"


# ---- while it comes ------------------------------------------------------------------------------------------


async def news_of(site: Site, name: str, upload: Callable[[], Awaitable[object]]) -> list[dict[str, Any]]:
    """What `name` hears of uploads on /ws/events while `upload` goes on, up to the algorithm that comes of it."""
    heard: list[dict[str, Any]] = []
    async with site.open("/ws/events", headers=site.headers(name)) as socket:
        assert (await socket.receive_json())["type"] == "snapshot"
        sending = asyncio.create_task(upload(), name="upload")
        while (message := await socket.receive_json())["type"] != "algorithm":
            heard.append(message)
        await sending
    await imported(site)
    return [message for message in heard if message["type"] == "upload_progress"]


def slowly(content: bytes, pauses_s: float = 0.3) -> AsyncIterator[bytes]:
    async def pieces() -> AsyncIterator[bytes]:
        yield NAME + FILE[: FILE.index(b"weights")]
        for begin in range(0, len(content), 1 << 21):
            yield content[begin : begin + (1 << 21)]
            await asyncio.sleep(pauses_s)
        yield b"\r\n" + END

    return pieces()


async def test_who_uploads_hears_how_much_has_arrived(site: Site) -> None:
    content = os.urandom(5 << 20)
    headers = {**MULTIPART, "X-Upload-ID": "mine-1"}
    news = await news_of(site, "olga", lambda: site.good("POST", "/algorithms", data=slowly(content), headers=headers))
    assert {message["upload_id"] for message in news} == {"mine-1"}
    received = [message["received"] for message in news]
    assert received == sorted(received) and received[-1] == len(content)
    assert 3 <= len(received) <= 6, "as it comes, and not for each piece"


async def test_others_hear_nothing_of_it(site: Site) -> None:
    assert await news_of(site, "vera", lambda: site.good("POST", "/algorithms", data=weights_form())) == []


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "../1", "ünicode"])
async def test_an_upload_without_a_usable_id_gets_one(site: Site, given: str) -> None:
    headers = {"X-Upload-ID": given}
    form = weights_form()
    *_earlier, message = await news_of(
        site, "olga", lambda: site.good("POST", "/algorithms", data=form, headers=headers)
    )
    assert re.fullmatch("[0-9a-f]{16}", message["upload_id"]) and message["total"] > message["received"]


async def test_a_line_that_dies_in_the_middle_of_20_megabytes_leaves_nothing(site: Site) -> None:
    before = psutil.Process().memory_info().rss
    for _upload in range(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
        head = f"POST /algorithms HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {site.tokens['olga']}\r\n"
        head += f"Content-Type: {MULTIPART['Content-Type']}\r\nContent-Length: {20 << 20}\r\n\r\n"
        writer.write(head.encode() + NAME + FILE[:-4])
        for _piece in range(10):
            writer.write(bytes(1 << 20))
            await writer.drain()
        await until(site.incoming)
        writer.transport.abort()  # RST, as when a laptop's lid is closed
        assert await reader.read() == b""
        await until(lambda: not site.incoming())
    assert list(site.station.storage.weights.iterdir()) == []
    assert (await site.good("GET", "/algorithms"))["total"] == 0
    assert psutil.Process().memory_info().rss - before < 40 << 20, "50 MB have come in"


async def test_two_uploads_at_once_are_kept_apart(site: Site) -> None:
    contents = [os.urandom(4 << 20) for _upload in range(2)]
    answers = await asyncio.gather(
        *(
            site.good("POST", "/algorithms", data=weights_form(f"People {number}", content))
            for number, content in enumerate(contents)
        )
    )
    await imported(site)
    for answer, content in zip(answers, contents, strict=True):
        assert answer["versions"][0]["sha256"] == hashlib.sha256(content).hexdigest()
    assert site.incoming() == [] and len(list(site.station.storage.weights.iterdir())) == 2


async def test_the_same_file_twice_is_two_versions_with_files_of_their_own(site: Site) -> None:
    number = await site.add_algorithm()
    answer = await site.good("POST", f"/algorithms/{number}/versions", data=weights_form(None))
    await imported(site)
    first, second = answer["versions"]
    assert first["sha256"] == second["sha256"] and (first["version"], second["version"]) == (1, 2)
    assert (await site.ask("DELETE", f"/algorithms/{number}/versions/2"))[0] == 204
    assert len(list(site.station.storage.weights.iterdir())) == 1


async def test_another_version_may_take_over_and_the_first_come_back(site: Site) -> None:
    task = await site.add_task()
    number = (await site.good("GET", f"/tasks/{task}"))["algorithm"]["id"]
    await site.good("POST", f"/algorithms/{number}/versions", data=weights_form(None))
    await imported(site)
    for version in (2, 1):
        await site.good("PUT", f"/algorithms/{number}/active-version", json={"version": version})
        assert (await site.good("GET", f"/tasks/{task}"))["algorithm"]["version"] == version
