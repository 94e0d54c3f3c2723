"""The server's own TLS, with certificates made here."""

import asyncio
import datetime
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from siapp.app import Station
from siapp.core.domain import Role
from siapp.core.errors import SiappError
from siapp.net import server as server_module
from siapp.net.server import Server
from tests.net.conftest import PASSWORD


@dataclass(frozen=True)
class Pair:
    cert: Path
    key: Path


def make_pair(folder: Path, name: str, days: int = 1, password: bytes | None = None) -> Pair:
    """A certificate for 127.0.0.1 that signs itself, and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "siapp test")])
    now = datetime.datetime.now(datetime.UTC)
    cert = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=3))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pair = Pair(folder / f"{name}.crt", folder / f"{name}.key")
    pair.cert.write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    pair.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock))
    return pair


def server_with(station: Station, cert: Path | None, key: Path | None) -> Server:
    return Server(station.services, station.settings.model_copy(update={"tls_cert": cert, "tls_key": key}))


async def test_https_and_wss_work_with_a_certificate_of_ones_own(station: Station, tmp_path: Path) -> None:
    pair = make_pair(tmp_path, "own")
    server = server_with(station, pair.cert, pair.key)
    address = await server.start()
    try:
        assert address == f"https://127.0.0.1:{server.port}"
        await station.services.accounts.add_user("vera", PASSWORD, Role.VIEWER)
        trusting = ssl.create_default_context(cafile=pair.cert)
        async with ClientSession(address, connector=TCPConnector(ssl=trusting)) as session:
            async with session.post("/token", data={"username": "vera", "password": PASSWORD}) as response:
                assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
                token = (await response.json())["access_token"]
            headers = {"Authorization": f"Bearer {token}", "Origin": address}
            async with session.ws_connect("/ws/events", headers=headers) as events:
                assert (await events.receive_json())["type"] == "snapshot"
    finally:
        await server.stop()


async def test_without_tls_nobody_is_told_to_use_it_always(station: Station) -> None:
    server = server_with(station, None, None)
    try:
        async with ClientSession(await server.start()) as session, session.get("/health") as response:
            assert "Strict-Transport-Security" not in response.headers
    finally:
        await server.stop()


async def test_a_certificate_and_its_key_may_be_one_file(station: Station, tmp_path: Path) -> None:
    pair = make_pair(tmp_path, "own")
    both = tmp_path / "both.pem"
    both.write_bytes(pair.cert.read_bytes() + pair.key.read_bytes())
    server = server_with(station, both, None)
    assert (await server.start()).startswith("https://")
    await server.stop()


@pytest.mark.parametrize(
    ("version", "welcome"),
    [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_tls_begins_at_1_2(station: Station, tmp_path: Path, version: ssl.TLSVersion, welcome: bool) -> None:
    pair = make_pair(tmp_path, "own")
    server = server_with(station, pair.cert, pair.key)
    await server.start()
    client = ssl.create_default_context(cafile=pair.cert)
    client.minimum_version, client.maximum_version = ssl.TLSVersion.TLSv1, version
    client.set_ciphers("DEFAULT:@SECLEVEL=0")  # so that it is the server that refuses
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=client)
    except (ssl.SSLError, ConnectionError):
        assert not welcome
    else:
        assert welcome
        writer.close()
    finally:
        await server.stop()


async def test_a_handshake_that_does_not_come_is_not_waited_for(
    station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "HANDSHAKE_LIMIT_S", 0.3)
    pair = make_pair(tmp_path, "own")
    server = server_with(station, pair.cert, pair.key)
    await server.start()
    try:
        for first in (b"", b"\x16\x03\x01", b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(first)
            async with asyncio.timeout(5):
                assert b"200" not in await reader.read()
            writer.close()
    finally:
        await server.stop()


def other_key(folder: Path) -> Pair:
    return Pair(make_pair(folder, "one").cert, make_pair(folder, "two").key)


def missing(folder: Path) -> Pair:
    return Pair(folder / "nowhere.crt", make_pair(folder, "one").key)


def missing_key(folder: Path) -> Pair:
    return Pair(make_pair(folder, "one").cert, folder / "nowhere.key")


def swapped(folder: Path) -> Pair:
    pair = make_pair(folder, "one")
    return Pair(pair.key, pair.cert)


def rubbish(folder: Path) -> Pair:
    pair = make_pair(folder, "one")
    pair.key.write_bytes(b"\x00rubbish")
    return pair


def folder_for_a_file(folder: Path) -> Pair:
    return Pair(folder, make_pair(folder, "one").key)


def locked(folder: Path) -> Pair:
    return make_pair(folder, "one", password=b"hunter2")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (other_key, "do not belong together"),
        (missing, "SIAPP_TLS_CERT can't be read"),
        (missing_key, "SIAPP_TLS_KEY can't be read"),
        (swapped, "no certificate"),
        (rubbish, "no private key"),
        (folder_for_a_file, "SIAPP_TLS_CERT can't be read"),
        (locked, "password"),
    ],
)
async def test_a_pair_that_is_no_pair_is_a_sentence_at_the_start(
    station: Station, tmp_path: Path, make: Callable[[Path], Pair], said: str
) -> None:
    pair = make(tmp_path)
    server = server_with(station, pair.cert, pair.key)
    with pytest.raises(SiappError) as error:
        await server.start()
    assert error.value.code == "tls_unusable" and said in error.value.text()
    assert str(tmp_path) not in error.value.text()
    assert server.port == 0


async def test_a_key_alone_is_a_sentence_too(station: Station, tmp_path: Path) -> None:
    with pytest.raises(SiappError) as error:
        await server_with(station, None, make_pair(tmp_path, "one").key).start()
    assert "SIAPP_TLS_CERT" in error.value.text()


async def test_a_certificate_that_has_expired_is_warned_of(
    station: Station, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pair = make_pair(tmp_path, "old", days=-1)
    server = server_with(station, pair.cert, pair.key)
    await server.start()
    await server.stop()
    assert "not valid today" in caplog.text


async def test_the_window_is_told_of_the_certificate_and_where_the_server_is(station: Station, tmp_path: Path) -> None:
    pair = make_pair(tmp_path, "own", days=9)
    server = server_with(station, pair.cert, pair.key)
    address = await server.start()
    try:
        facts = server.facts()
        assert (facts.addresses, facts.port) == ((address,), server.port)
        assert facts.certificate is not None
        assert (facts.certificate.subject, facts.certificate.names) == ("CN=siapp test", ("127.0.0.1",))
        left = facts.certificate.valid_until - datetime.datetime.now(datetime.UTC)
        assert datetime.timedelta(days=8) < left <= datetime.timedelta(days=9)
    finally:
        await server.stop()


async def test_a_server_for_the_whole_network_names_this_machines_addresses(station: Station) -> None:
    server = Server(station.services, station.settings.model_copy(update={"host": "0.0.0.0"}))
    await server.start()
    try:
        facts = server.facts()
        assert f"http://127.0.0.1:{server.port}" in facts.addresses and facts.certificate is None
        assert not any("0.0.0.0" in address for address in facts.addresses)
    finally:
        await server.stop()
