"""Start and stop, what goes out with every answer, and clients that do not behave."""

import asyncio
import json
import logging
import socket
import time
from contextlib import suppress

import pytest
from aiohttp import ClientSession, WSMsgType

from siapp.app import Station
from siapp.core import lognote
from siapp.core.domain import AccountStatus
from siapp.core.errors import SiappError
from siapp.core.i18n import Language
from siapp.core.settings import Settings
from siapp.net import bodies, uploads
from siapp.net.server import Server
from tests.net.conftest import PATIENCE_S, Site, problem_is_complete, until


async def test_start_gives_the_address_and_tells_cameras_to_keep_off_it(station: Station) -> None:
    server = Server(station.services, station.settings)
    address = await server.start()
    assert address == f"http://127.0.0.1:{server.port}"
    assert station.services.devices.own_ports == {server.port}
    await server.stop()
    await server.stop()
    assert await server.start()
    await server.stop()
    assert (server.port, station.services.devices.own_ports) == (0, frozenset())


async def test_a_port_that_is_taken_is_said_with_what_to_do(station: Station) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = Server(station.services, station.settings.model_copy(update={"port": port}))
        with pytest.raises(SiappError) as error:
            await server.start()
    assert error.value.code == "port_taken"
    assert str(port) in error.value.text() and "--port" in error.value.text()


async def test_a_host_that_is_not_ours_is_said_too(station: Station) -> None:
    server = Server(station.services, station.settings.model_copy(update={"host": "192.0.2.1"}))
    with pytest.raises(SiappError) as error:
        await server.start()
    assert error.value.code == "address_unavailable"


async def test_stop_closes_sockets_and_comes_back_soon(site: Site) -> None:
    async with site.open("/ws/events", headers=site.headers("vera")) as events, site.open("/ws/events") as waiting:
        assert (await events.receive_json())["type"] == "snapshot"
        began = time.monotonic()
        stopping = asyncio.create_task(site.server.stop())
        for open_socket in (events, waiting):
            message = await open_socket.receive()
            assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)
        await stopping
        assert time.monotonic() - began < 10


async def test_health_is_open(site: Site) -> None:
    status, body = await site.ask("GET", "/health", None)
    assert (status, body["status"]) == (200, "ok") and body["version"]


async def test_every_answer_carries_an_id_and_headers_that_protect(site: Site) -> None:
    for path in ("/health", "/devices", "/nothing", "/"):
        async with site.session.get(path) as response:
            assert len(response.headers["X-Request-ID"]) == 16
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
            assert response.headers["Server"] == "siapp"
            assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "camera=()" in response.headers["Permissions-Policy"]


async def test_a_request_id_is_kept_where_it_is_harmless(site: Site) -> None:
    for given, kept in (("abc-1", True), ("a b", False), ("x" * 65, False)):
        async with site.session.get("/nothing", headers={"X-Request-ID": given}) as response:
            assert (response.headers["X-Request-ID"] == given) is kept
            assert (await response.json(content_type=None))["request_id"] == response.headers["X-Request-ID"]


async def test_problems_come_in_the_readers_language(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async with site.session.get("/nothing", headers={"Accept-Language": "zh-CN,zh;q=0.9"}) as response:
        assert response.headers["Content-Language"] == Language.CHINESE
        assert response.content_type == "application/problem+json"


@pytest.mark.expects_errors
async def test_a_failure_inside_says_nothing_of_itself_outside(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_values: object) -> None:
        raise KeyError("/home/somebody/secret")

    monkeypatch.setattr(site.station.services.devices, "page", fail)
    status, body = await site.ask("GET", "/devices")
    assert status == 500 and problem_is_complete(body, 500)
    assert body["code"] == "internal_error" and body["request_id"] in body["detail"] and "secret" not in str(body)


async def test_what_is_no_http_gets_a_problem_and_no_error_line(site: Site) -> None:
    for request in (b"\x16\x03\x01\x02\x00\x01", b"GET /health HTTP/9.9\r\n\r\n", b"G\0T / HTTP/1.1\r\n\r\n"):
        answer = await site.raw(request + b"\r\n\r\n")
        assert b"400" in answer.split(b"\r\n")[0] and b"bad_request" in answer and b"aiohttp" not in answer


async def test_idle_connections_and_trickled_headers_are_closed_while_others_are_served(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siapp.net.server.IDLE_LIMIT_S", 1.0)
    server = Server(station.services, station.settings)
    address = await server.start()
    try:
        lines = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(300)]
        for _reader, writer in lines[::2]:
            writer.write(b"GET /health HTTP/1.1\r\nHost:")
        async with ClientSession(address) as session:
            for _number in range(20):
                async with asyncio.timeout(5), session.get("/health") as response:
                    assert response.status == 200
        async with asyncio.timeout(20):
            assert {await reader.read() for reader, _writer in lines} == {b""}
        for _reader, writer in lines:
            writer.close()
    finally:
        await server.stop()


async def trickle(port: int, begin: bytes, again: bytes) -> float:
    """Send a little again and again until the server closes; the seconds that took."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began, ended = time.monotonic(), asyncio.create_task(reader.read())
    writer.write(begin)
    while not ended.done():
        assert time.monotonic() - began < PATIENCE_S
        with suppress(ConnectionError):
            writer.write(again)
            await writer.drain()
        await asyncio.sleep(0.05)
    with suppress(ConnectionError):
        await ended
    writer.close()
    return time.monotonic() - began


async def test_headers_that_never_end_are_not_waited_for_however_steadily_they_come(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siapp.net.server.IDLE_LIMIT_S", 0.5)
    server = Server(station.services, station.settings)
    await server.start()
    try:
        for begin in (b"GET /hea", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: "):
            assert await trickle(server.port, begin, b"a") >= 0.4
    finally:
        await server.stop()


@pytest.fixture
def rest_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """To be asked for before `site`, whose server takes it over."""
    monkeypatch.setattr("siapp.net.server.UNREAD_BODY_S", 0.1)


async def test_an_upload_that_trickles_in_is_given_up_and_leaves_nothing(
    rest_is_not_read: None, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "FIRST_BYTES_S", 0.4)
    token = f"Authorization: Bearer {site.tokens['olga']}\r\n"
    head = f"POST /algorithms HTTP/1.1\r\nHost: localhost\r\n{token}{FORM}X\r\nContent-Length: 99999\r\n\r\n"
    part = '--X\r\nContent-Disposition: form-data; name="weight_file"; filename="a.pt"\r\n\r\n'
    assert await trickle(site.server.port, (head + part).encode(), b"a") >= 0.4
    await until(lambda: site.incoming() == [])


@pytest.mark.parametrize("of_one", [False, True])
async def test_too_many_connections_are_closed_at_once_and_the_others_are_served(
    station: Station, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, of_one: bool
) -> None:
    if of_one:
        monkeypatch.setattr("siapp.net.server.MOST_FROM_ONE_ADDRESS", 20)
    else:
        monkeypatch.setattr("siapp.net.crowd.MOST_CONNECTIONS", 20)
        monkeypatch.setattr("siapp.net.crowd.LEAST_CONNECTIONS", 20)
    server = Server(station.services, station.settings)
    address = await server.start()
    try:
        async with ClientSession(address) as session:
            assert (await session.get("/health")).status == 200
            idle = [await asyncio.open_connection("127.0.0.1", server.port) for _number in range(30)]
            async with asyncio.timeout(2):
                for reader, _writer in idle[19:]:
                    with suppress(ConnectionError):
                        assert await reader.read() == b""
            assert (await session.get("/health")).status == 200
            assert await answers_from("127.0.0.2", server.port) is of_one
            for _reader, writer in idle:
                writer.close()
        assert caplog.text.count("too many connections") == 1
        await until(lambda: not server._crowd.size)
    finally:
        await server.stop()


async def answers_from(address: str, port: int) -> bool:
    """Whether somebody at another address is served."""
    request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
        writer.write(request)
        answer = await reader.read()
        writer.close()
    except ConnectionError:
        return False
    return answer.startswith(b"HTTP/1.1 200")


async def test_endless_headers_are_refused(site: Site) -> None:
    answer = await site.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20_000 + b"\r\n\r\n")
    assert b"bad_request" in answer


async def test_a_body_that_trickles_in_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_LIMIT_S", 0.3)
    head = f"POST /register HTTP/1.1\r\nHost: localhost\r\n{JSON}Content-Length: 99\r\n\r\n{{".encode()
    assert b"body_too_slow" in await site.raw(head, limit_s=8)


async def test_a_body_over_a_megabyte_is_refused(site: Site) -> None:
    status, body = await site.ask("POST", "/devices", json={"name": "x" * (1 << 20), "rtsp_url": ""})
    assert (status, body["code"]) == (413, "body_too_large")


async def chunked_megabytes() -> object:
    for _number in range(40):
        yield b" " * 65_536


async def test_a_body_without_a_length_is_counted_as_it_comes(site: Site) -> None:
    status, body = await site.ask(
        "POST", "/devices", data=chunked_megabytes(), headers={"Content-Type": "application/json"}
    )
    assert (status, body["code"]) == (413, "body_too_large")


async def test_a_body_is_asked_for_only_after_the_sign_in(site: Site) -> None:
    head = f"POST /devices HTTP/1.1\r\nHost: localhost\r\n{JSON}{{}}Content-Length: 2\r\n{{}}\r\n"
    expect, close = "Expect: 100-continue\r\n", "Connection: close\r\n"
    assert (await site.raw(head.format(expect, close).encode(), 8)).startswith(b"HTTP/1.1 401")
    token = f"{expect}Authorization: Bearer {site.tokens['olga']}\r\n"
    answer = await site.raw(head.format(token, close).encode() + b"{}")
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 422")


async def test_the_access_log_has_no_query(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "siapp.net.access"):
        await site.ask("GET", "/health?access=topsecret", None)
        await until(lambda: "GET /health 200" in caplog.text)
    assert "topsecret" not in caplog.text


async def test_what_is_logged_for_a_request_has_its_id_its_route_and_its_user(site: Site) -> None:
    headers = {"X-Request-ID": "seen-again", **site.headers("vera")}
    async with site.session.get("/tasks/4711/log", headers=headers) as response:
        assert response.status == 404
    lines = (site.station.storage.logs / "siapp.log").read_text
    await until(lambda: "[seen-again]" in lines())
    (line,) = [line for line in lines().splitlines() if "seen-again" in line]
    assert "siapp.net.access [seen-again]: 127.0.0.1 GET /tasks/4711/log 404" in line


async def test_the_setting_makes_the_log_one_of_json_lines(settings: Settings) -> None:
    chosen = settings.model_copy(update={"log_format": "json"})
    async with Station(chosen) as station:
        server = Server(station.services, chosen)
        async with ClientSession(await server.start()) as session:
            await session.get("/health", headers={"X-Request-ID": "here-1"})
        await server.stop()
    lines = [json.loads(line) for line in (station.storage.logs / "siapp.log").read_text().splitlines()]
    (line,) = [line for line in lines if line.get("request_id") == "here-1"]
    assert (line["level"], line["logger"], line["route"]) == ("INFO", "siapp.net.access", "/health")
    assert line["message"].startswith("127.0.0.1 GET /health 200")


@pytest.mark.expects_errors
async def test_a_line_logged_on_a_database_thread_has_the_id_of_its_request(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[lognote.Note | None] = []

    def fail(_session: object, *_values: object) -> None:
        noted.append(lognote.current.get())
        raise RuntimeError("broken")

    monkeypatch.setattr("siapp.core.db.tasks.get", fail)
    headers = {"X-Request-ID": "deep-1", **site.headers("vera")}
    async with site.session.get("/tasks/12", headers=headers) as response:
        assert response.status == 500
    assert noted == [lognote.Note("deep-1", "/tasks/{task_id}", "vera", 12)]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("limit=1&offset=0", 200),
        ("limit=0", 422),
        ("limit=501", 422),
        ("limit=x", 422),
        ("limit=-1", 422),
        ("limit=1.5", 422),
        ("offset=-1", 422),
        ("offset=99999999999", 422),
        ("limit=1&offset=2147483647", 200),
    ],
)
async def test_limit_and_offset_are_whole_numbers_in_their_range(site: Site, query: str, status: int) -> None:
    found, body = await site.ask("GET", f"/devices?{query}")
    assert found == status
    assert body.keys() == {"items", "total"} if status == 200 else body["code"] == "bad_parameter"


@pytest.mark.parametrize(
    "number", ["0", "01", "-1", "1.0", "abc", "2147483648", "99999999999999999999", "١", "%00", "1%0a"]
)
async def test_what_can_be_no_number_of_an_object_is_not_found(site: Site, number: str) -> None:
    status, body = await site.ask("GET", f"/devices/{number}")
    assert status == 404 and problem_is_complete(body, 404)


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        (b"{", "invalid_json", "JSON"),
        (b"", "invalid_json", "JSON"),
        (b"[]", "invalid_json", "object"),
        (b'"x"', "invalid_json", "object"),
        (b"\xff\xfe", "invalid_json", "JSON"),
        (b'{"name": "x"}', "missing_field", "rtsp_url"),
        (b'{"name": "x", "rtsp_url": "rtsp://h/1", "colour": 1}', "unknown_field", "colour"),
        (b'{"name": "q", "name": "r", "rtsp_url": "rtsp://h/1"}', "repeated_field", "name"),
        (b'{"name": "q", "n\\u0061me": "q", "rtsp_url": "rtsp://h/1"}', "repeated_field", "name"),
        (b'{"name": {"a": 1, "a": 2}, "name": "r", "rtsp_url": "rtsp://h/1"}', "repeated_field", "a"),
        (b'{"name": 1, "rtsp_url": "rtsp://h/1"}', "invalid_field", "name"),
        (b'{"name": null, "rtsp_url": "rtsp://h/1"}', "invalid_field", "name"),
        (b'{"name": "a\\u0000b", "rtsp_url": "rtsp://h/1"}', "invalid_field", "name"),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_with_the_field_named(
    site: Site, body: bytes, code: str, named: str
) -> None:
    status, answer = await site.ask("POST", "/devices", data=body, headers={"Content-Type": "application/json"})
    assert (status, answer["code"]) == (422, code)
    assert named in answer["detail"]


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/users/2/status", {"status": "gone"}, "pending, approved, rejected, disabled"),
        ("/users/2/role", {"role": "king"}, "viewer, operator, admin"),
    ],
)
async def test_words_to_choose_from_are_listed_in_no_language(
    site: Site, path: str, body: dict[str, str], words: str
) -> None:
    status, answer = await site.ask("PUT", path, "ada", json=body, headers={"Accept-Language": "zh"})
    assert (status, answer["code"]) == (422, "invalid_field")
    assert words in answer["detail"] and " or " not in answer["detail"]


async def test_another_content_type_is_refused(site: Site) -> None:
    for path, data in (("/devices", b"{}"), ("/algorithms", b"{}")):
        status, body = await site.ask("POST", path, data=data, headers={"Content-Type": "text/plain"})
        assert (status, body["code"]) == (415, "wrong_content_type")


async def test_statuses_filter_the_list_of_users(site: Site) -> None:
    assert (await site.good("GET", "/users?status=approved", "ada"))["total"] == 3
    assert (await site.good("GET", "/users?status=pending", "ada"))["total"] == 0
    status, body = await site.ask("GET", "/users?status=odd", "ada")
    assert status == 422 and AccountStatus.PENDING in body["detail"]


JSON = "Content-Type: application/json\r\n"
FORM = "Content-Type: multipart/form-data; boundary="
ODD_REQUESTS = (
    (400, f"{JSON}Content-Encoding: gzip\r\nContent-Length: 2\r\n", b"{}"),
    (400, f"{JSON}Content-Encoding: deflate\r\nContent-Length: 5\r\n", b"\xff" * 5),
    (400, f"{JSON}Transfer-Encoding: chunked\r\n", b"zz\r\n{}\r\n0\r\n\r\n"),
    (400, f"{JSON}Content-Length: -1\r\n", b"{}"),
    (415, "Content-Type: ;;;=\r\nContent-Length: 2\r\n", b"{}"),
    (422, f"{JSON}Expect: magic\r\nContent-Length: 2\r\n", b"{}"),
    (422, f"{JSON}Content-Length: 200000\r\n", b"[" * 200_000),
    (415, f"{FORM}X\r\nContent-Length: 2\r\n", b"--"),
)
ODD_FORMS = (
    (f"{FORM}{'x' * 90}\r\nContent-Length: 2\r\n", b"--"),
    (f"{FORM}é\r\nContent-Length: 2\r\n", b"--"),
    (f'{FORM}""\r\nContent-Length: 2\r\n', b"--"),
    (f"{FORM}X\r\nContent-Length: 20005\r\n", b"--X\r\n" + b"A" * 20_000),
    (f"{FORM}X\r\nContent-Length: 52\r\n", b"--X\r\nContent-Disposition: nonsense\r\n\r\nabcde\r\n--X--\r\n"),
)


def a_request(site: Site, path: str, head: str, body: bytes) -> bytes:
    sign_in = f"Authorization: Bearer {site.tokens['olga']}\r\nConnection: close\r\n"
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{sign_in}{head}\r\n".encode() + body


async def test_odd_requests_are_refused_without_an_error_line(site: Site) -> None:
    cases = [(status, a_request(site, "/devices", head, body)) for status, head, body in ODD_REQUESTS]
    cases += [(422, a_request(site, "/algorithms", head, body)) for head, body in ODD_FORMS]
    odd_token = b"Connection: close\r\nAuthorization: Bearer \xff\r\n\r\n"
    cases += [(401, b"GET /verify HTTP/1.1\r\nHost: localhost\r\n" + odd_token)]
    for status, request in cases:
        answer = await site.raw(request, limit_s=8)
        assert answer.split(b" ")[1] == str(status).encode(), request[:300]
        assert b"application/problem+json" in answer
    assert site.incoming() == []
