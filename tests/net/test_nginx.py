"""siapp behind a real nginx, configured as docs/deployment.md says."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, FormData, TCPConnector, WSServerHandshakeError, abc

from siapp.core.domain import Role
from siapp.net.server import Server
from tests.net.conftest import JPEG, PATIENCE_S, Site, until
from tests.net.nginx import HOST, Nginx, running_nginx
from tests.net.test_tls import make_pair

CLIENT = "127.0.0.2"  # not the proxy's own address, which is trusted


class _Resolver(abc.AbstractResolver):
    """Everything is at this machine."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[Any]:
        found = {"hostname": host, "host": "127.0.0.1", "port": port, "family": family, "proto": 0, "flags": 0}
        return [found]

    async def close(self) -> None: ...


@dataclass
class Proxied:
    """What a person outside sees: nginx, and a session that trusts its certificate."""

    site: Site
    nginx: Nginx
    session: ClientSession
    trusting: ssl.SSLContext

    @property
    def headers(self) -> dict[str, str]:
        return self.site.headers("olga")


@pytest_asyncio.fixture
async def proxied(site: Site, tmp_path: Path) -> AsyncIterator[Proxied]:
    settings = site.station.settings.model_copy(
        update={"trusted_proxies": (ip_network("127.0.0.1"),), "allowed_hosts": (HOST,)}
    )
    server = Server(site.station.services, settings)
    await server.start()
    folder = tmp_path / "nginx"
    folder.mkdir()
    pair = make_pair(folder, "station")
    trusting = ssl.create_default_context(cafile=pair.cert)
    trusting.check_hostname = False
    connector = TCPConnector(ssl=trusting, resolver=_Resolver(), local_addr=(CLIENT, 0))
    try:
        async with (
            running_nginx(folder, server.port, pair) as nginx,
            ClientSession(nginx.address, connector=connector) as session,
        ):
            yield Proxied(site, nginx, session, trusting)
    finally:
        await server.stop()


async def test_page_and_api_come_through_it_and_browsers_keep_to_https(proxied: Proxied) -> None:
    async with proxied.session.get("/") as response:
        assert response.status == 200 and "siapp" in await response.text()
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    async with proxied.session.get("/users/me", headers=proxied.headers) as response:
        assert (await response.json())["username"] == "olga"
    origin = {"Origin": proxied.nginx.address, **proxied.headers}
    async with proxied.session.post("/devices", json={}, headers=origin) as response:
        assert response.status == 422
    async with proxied.session.post(
        "/devices", json={}, headers={**origin, "Origin": "https://evil.example"}
    ) as response:
        assert response.status == 403
    assert "emerg" not in (proxied.nginx.folder / "error.log").read_text()


async def test_plain_http_is_sent_on_to_https(proxied: Proxied) -> None:
    plain = f"http://{HOST}:{proxied.nginx.http_port}/tasks?limit=1"
    async with proxied.session.get(plain, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (301, f"https://{HOST}/tasks?limit=1")


async def test_http_2_is_offered(proxied: Proxied) -> None:
    proxied.trusting.set_alpn_protocols(["h2", "http/1.1"])
    _reader, writer = await asyncio.open_connection("127.0.0.1", proxied.nginx.https_port, ssl=proxied.trusting)
    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
    writer.transport.abort()


async def test_the_log_has_the_clients_address_and_not_the_one_it_claims(
    proxied: Proxied, caplog: pytest.LogCaptureFixture
) -> None:
    spoofed = {"X-Forwarded-For": "198.51.100.1", "X-Forwarded-Host": "evil.example", "X-Request-ID": "mine"}
    with caplog.at_level(logging.INFO, "siapp.net.access"):
        async with proxied.session.get("/health", headers=spoofed) as response:
            assert response.status == 200
            assert response.headers["X-Request-ID"] != "mine"
        await until(lambda: "GET /health" in caplog.text)
    (line,) = [record.getMessage() for record in caplog.records if "GET /health" in record.getMessage()]
    assert line.startswith(f"{CLIENT} ")


async def test_pictures_come_over_a_websocket_and_other_sites_get_none(proxied: Proxied) -> None:
    number = await proxied.site.add_task()
    await proxied.site.add("walter", Role.VIEWER)
    headers = {"Origin": proxied.nginx.address}
    async with proxied.session.ws_connect(f"/ws/tasks/{number}", headers=headers) as socket:
        await socket.send_json({"token": proxied.site.tokens["walter"]})
        assert (await socket.receive_json(timeout=PATIENCE_S))["type"] == "state"
        proxied.site.deliver(number, 1)
        assert (await socket.receive_json(timeout=PATIENCE_S))["seq"] == 1
        assert await socket.receive_bytes(timeout=PATIENCE_S) == JPEG
    with pytest.raises(WSServerHandshakeError) as refused:
        await proxied.session.ws_connect(f"/ws/tasks/{number}", headers={"Origin": "https://evil.example"})
    assert refused.value.status == 403


async def test_an_upload_reaches_siapp_while_it_is_sent_and_lies_on_no_other_disk(proxied: Proxied) -> None:
    arrived, incoming = asyncio.Event(), proxied.site.station.storage.root / "incoming"

    async def weights() -> AsyncIterator[bytes]:
        for _piece in range(48):
            yield bytes(1 << 16)
        await arrived.wait()
        yield b"the end"

    form = FormData()
    form.add_field("name", "People")
    form.add_field("weight_file", weights(), filename="yolo.pt")
    upload = asyncio.create_task(proxied.session.post("/algorithms", data=form, headers=proxied.headers))
    await until(lambda: any(path.stat().st_size >= 1 << 20 for path in incoming.iterdir()))
    assert proxied.nginx.stored == []
    arrived.set()
    async with await upload as response:
        assert response.status == 202
    await until(lambda: not proxied.site.station.services.algorithms._imports._tasks)


async def test_a_video_of_more_than_any_limit_of_a_proxy_gets_siapps_own_answer(proxied: Proxied) -> None:
    """20 GiB are announced, none of them is sent: the quota refuses it, and not nginx with a page of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxied.nginx.https_port, ssl=proxied.trusting)
    head = f"POST /test-tasks HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {proxied.headers['Authorization']}\r\n"
    head += f"Content-Type: multipart/form-data; boundary=X\r\nContent-Length: {21 << 30}\r\n\r\n--X\r\n"
    writer.write(head.encode())
    async with asyncio.timeout(10):
        answer = await reader.readuntil(b"}")
    writer.transport.abort()
    assert answer.startswith(b"HTTP/1.1 507 ") and b'"quota_exceeded"' in answer


async def test_siapps_own_words_on_what_is_too_large_come_through(proxied: Proxied) -> None:
    async with proxied.session.post("/devices", data=b"x" * (2 << 20), headers=proxied.headers) as response:
        assert response.status in (413, 415)
        assert response.content_type == "application/problem+json"
