"""Proxies that are believed and others that are not, names that are ours, pages of other sites."""

import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from siapp.app import Station
from siapp.core.settings import Settings
from siapp.net import edge
from siapp.net.edge import Edge, Proxies, Whence
from siapp.net.server import Server
from tests.net.conftest import Site, problem_is_complete, until

NGINX = "10.0.0.2"
PROXIES = Proxies([ip_network("10.0.0.0/24"), ip_network("fd00::/8")])


def seen(peer: str, headers: list[tuple[str, str]]) -> Whence:
    """What is believed of a request that comes from `peer`."""
    request = make_mocked_request("GET", "/", headers=CIMultiDict([("Host", "station:8000"), *headers]))
    return PROXIES.whence(request.clone(remote=peer))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # nobody that we trust
        (NGINX, [], NGINX),
        (NGINX, ["198.51.100.1"], "198.51.100.1"),
        (NGINX, ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),  # the client wrote the first one itself
        (NGINX, ["6.6.6.6, 198.51.100.1, 10.0.0.9"], "198.51.100.1"),  # through two of ours
        (NGINX, ["6.6.6.6", "198.51.100.1", "10.0.0.9"], "198.51.100.1"),
        (NGINX, ["10.0.0.8, 10.0.0.9"], "10.0.0.8"),
        (NGINX, ["198.51.100.1:4711"], "198.51.100.1"),
        (NGINX, ["[2001:db8::1]:4711"], "2001:db8::1"),
        (NGINX, ["2001:db8::1"], "2001:db8::1"),
        ("::ffff:10.0.0.2", ["198.51.100.1"], "198.51.100.1"),
        ("fd00::2", ["::ffff:198.51.100.1"], "198.51.100.1"),
        (NGINX, ["198.51.100.1, nonsense"], NGINX),  # what is no address says nothing, nor does what it stands behind
        (NGINX, ["<script>, 10.0.0.9"], "10.0.0.9"),
        (NGINX, [",, ,"], NGINX),
        (NGINX, ["unknown"], NGINX),
        (NGINX, ["9" * 5000], NGINX),
    ],
)
def test_the_clients_address_is_walked_to_from_the_right(peer: str, forwarded: list[str], client: str) -> None:
    assert seen(peer, [("X-Forwarded-For", value) for value in forwarded]).address == client


@pytest.mark.parametrize(
    ("peer", "proto", "host", "expected"),
    [
        (NGINX, "https", "watch.example.com", ("https", "watch.example.com")),
        (NGINX, "HTTPS", "watch.example.com:8443", ("https", "watch.example.com:8443")),
        (NGINX, "http, https", "evil.example, watch.example.com", ("https", "watch.example.com")),
        (NGINX, "gopher", "a b", ("http", "station:8000")),
        (NGINX, "", "", ("http", "station:8000")),
        ("203.0.113.9", "https", "watch.example.com", ("http", "station:8000")),
    ],
)
def test_scheme_and_host_are_those_that_a_trusted_proxy_says(
    peer: str, proto: str, host: str, expected: tuple[str, str]
) -> None:
    whence = seen(peer, [("X-Forwarded-Proto", proto), ("X-Forwarded-Host", host)])
    assert (whence.scheme, whence.host) == expected


# ---- over a real line ----------------------------------------------------------------------------------------


@asynccontextmanager
async def serving(station: Station, **changes: Any) -> AsyncIterator[ClientSession]:
    server = Server(station.services, station.settings.model_copy(update=changes))
    try:
        async with ClientSession(await server.start()) as session:
            yield session
    finally:
        await server.stop()


async def logged_address(session: ClientSession, log: pytest.LogCaptureFixture) -> str:
    with log.at_level(logging.INFO, "siapp.net.access"):
        log.clear()
        await session.get("/health", headers={"X-Forwarded-For": "198.51.100.1"})
        await until(lambda: "GET /health" in log.text)
    return next(record.getMessage() for record in log.records if "GET /health" in record.getMessage()).split()[0]


async def test_the_log_names_the_client_behind_a_proxy_and_nobodys_invention(
    station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(station) as session:
        assert await logged_address(session, caplog) == "127.0.0.1"
    async with serving(station, trusted_proxies=(ip_network("127.0.0.0/8"),)) as session:
        assert await logged_address(session, caplog) == "198.51.100.1"


def test_a_proxy_that_is_not_trusted_is_told_of_once_an_hour(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxies = Proxies([ip_network("10.0.0.0/24")])

    def come_from(peer: str, **headers: str) -> int:
        caplog.clear()
        sent = CIMultiDict({"Host": "station", **{name.replace("_", "-"): value for name, value in headers.items()}})
        for _time in range(3):
            proxies.whence(make_mocked_request("GET", "/", headers=sent).clone(remote=peer))
        return caplog.text.count("is not in SIAPP_TRUSTED_PROXIES")

    assert come_from("203.0.113.9") == 0
    assert come_from(NGINX, X_Forwarded_For="198.51.100.1") == 0
    assert come_from("203.0.113.9", X_Forwarded_For="198.51.100.1") == 1
    assert "203.0.113.9" in caplog.text and "198.51" not in caplog.text
    assert come_from("203.0.113.10", X_Forwarded_For="198.51.100.1") == 0
    monkeypatch.setattr(edge, "WARN_EVERY_S", 0.0)
    assert come_from("203.0.113.9", X_Forwarded_For="198.51.100.1") == 3


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8000",
        "localhost.:8000",
        "app.localhost",
        "127.0.0.1:8000",
        "192.168.1.20",
        "[::1]:8000",
        "[fe80::1]",
        socket.gethostname(),
        "watch.example.com",
        "one.example.org",
        "one.two.example.org:443",
    ],
)
def test_the_station_goes_by_its_own_names_and_numbers(settings: Settings, host: str) -> None:
    ours = settings.model_copy(update={"allowed_hosts": ("watch.example.com", ".example.org")})
    Edge(ours)._check_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "example.com",
        "xwatch.example.com",
        "watch.example.com.evil.example",
        "example.org",
        "badexample.org",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "127.0.0.1@evil.example",
        "evil.example#127.0.0.1",
        "[evil]",
        "localhost:port",
        "localhost:8000:1",
        "",
        "ｌocalhost",
    ],
)
async def test_another_name_is_421_and_says_which_setting_helps(station: Station, host: str) -> None:
    async with (
        serving(station, allowed_hosts=("watch.example.com", ".example.org")) as session,
        session.get("/health", headers={"Host": host}) as response,
    ):
        body = await response.json(content_type=None)
        assert (response.status, body["code"]) == (421, "host_not_allowed")
        assert "SIAPP_ALLOWED_HOSTS" in body["detail"] and problem_is_complete(body, 421)


async def test_a_request_without_a_host_is_refused(site: Site) -> None:
    for version, code in ((b"1.1", b"bad_request"), (b"1.0", b"host_not_allowed")):
        answer = await site.raw(b"GET /health HTTP/" + version + b"\r\nConnection: close\r\n\r\n")
        assert code in answer


def others(own: str) -> list[str]:
    """Origins that are not `own`, a http://127.0.0.1:port."""
    port = own.rpartition(":")[2]
    return [
        "http://evil.example",
        f"http://evil.example:{port}",
        "http://127.0.0.1:1",
        "http://127.0.0.1",
        f"https://127.0.0.1:{port}",
        f"http://localhost:{port}",
        "null",
        "",
        f"{own}/",
        f"{own}@evil.example",
        "http://[",
        f"http://127.0.0.1:{port}9999",
    ]


async def test_a_page_of_another_site_changes_nothing(site: Site) -> None:
    for origin in others(site.address):
        status, body = await site.ask("POST", "/devices", headers={"Origin": origin}, json={})
        assert (status, body["code"]) == (403, "cross_site"), origin
        assert problem_is_complete(body, 403)


async def test_a_page_of_another_site_opens_no_socket(site: Site) -> None:
    for origin in others(site.address):
        with pytest.raises(WSServerHandshakeError) as refused:
            await site.session.ws_connect("/ws/events", headers={**site.headers("vera"), "Origin": origin})
        assert refused.value.status == 403, origin


async def test_the_own_page_and_programs_come_in(site: Site) -> None:
    own = {"Origin": site.address}
    assert (await site.ask("POST", "/devices", headers=own, json={}))[0] == 422
    assert (await site.ask("POST", "/devices", json={}))[0] == 422
    async with site.open("/ws/events", headers={**site.headers("vera"), **own}) as socket:
        assert (await socket.receive_json())["type"] == "snapshot"


async def test_reading_across_sites_is_left_to_the_browser_which_gets_no_leave(site: Site) -> None:
    foreign = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    for method in ("GET", "OPTIONS"):
        async with site.session.request(method, "/devices", headers=foreign) as response:
            assert not [name for name in response.headers if name.startswith("Access-Control-")]
            assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_behind_a_proxy_the_origin_is_that_of_the_proxys_address(station: Station) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "watch.example.com"}
    headers = {"Origin": "https://watch.example.com", **forwarded}
    names = ("watch.example.com",)
    async with serving(station, allowed_hosts=names, trusted_proxies=(ip_network("127.0.0.1"),)) as session:
        async with session.post("/register", json={}, headers=headers) as response:
            assert response.status == 422
            assert response.headers["Strict-Transport-Security"].startswith("max-age=")
        async with session.post(
            "/register", json={}, headers={**headers, "Origin": "https://evil.example"}
        ) as response:
            assert response.status == 403
    async with (
        serving(station, allowed_hosts=names) as session,
        session.post("/register", json={}, headers=headers) as response,
    ):
        assert (response.status, (await response.json(content_type=None))["code"]) == (403, "cross_site")
        assert "Strict-Transport-Security" not in response.headers
