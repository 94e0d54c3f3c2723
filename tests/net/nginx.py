"""A real nginx with the configuration of docs/deployment.md, on free ports and with a certificate of its own."""

import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.net.test_tls import Pair

HOST = "station.example.com"
DOCUMENT = Path(__file__).parents[2] / "docs" / "deployment.md"
PATIENCE_S = 10.0
FRAME = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/unused1;
    uwsgi_temp_path {folder}/unused2;
    scgi_temp_path {folder}/unused3;
    {site}
}}
"""


@dataclass(frozen=True)
class Nginx:
    https_port: int
    http_port: int
    folder: Path

    @property
    def address(self) -> str:
        return f"https://{HOST}:{self.https_port}"

    @property
    def stored(self) -> list[Path]:
        """What nginx has put on the disk of bodies and answers."""
        return [path for name in ("bodies", "answers") for path in (self.folder / name).rglob("*") if path.is_file()]


def documented() -> str:
    """The configuration as the document gives it."""
    found = re.search(r"```nginx\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found, "no configuration in the document"
    return found[1]


def nginx_program() -> str:
    """In CI a missing nginx is a failure."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None and not os.environ.get("CI"):
        pytest.skip("nginx is not installed")
    assert program, "nginx is not installed"
    return program


@asynccontextmanager
async def running_nginx(folder: Path, siapp_port: int, pair: Pair) -> AsyncIterator[Nginx]:
    nginx = Nginx(free_port(), free_port(), folder)
    changes = {
        "listen 443 ssl http2": f"listen 127.0.0.1:{nginx.https_port} ssl http2",
        "listen 80;": f"listen 127.0.0.1:{nginx.http_port};",
        "127.0.0.1:8000": f"127.0.0.1:{siapp_port}",
        "/etc/ssl/siapp/fullchain.pem": str(pair.cert),
        "/etc/ssl/siapp/privkey.pem": str(pair.key),
    }
    site = documented()
    for written, here in changes.items():
        assert site.count(written) == 1, written
        site = site.replace(written, here)
    configuration = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    configuration.write_text(FRAME.format(user=user, folder=folder, site=site))
    process = await asyncio.create_subprocess_exec(nginx_program(), "-e", f"{folder}/error.log", "-c", configuration)
    try:
        await _listens(process, nginx.https_port, folder / "error.log")
        yield nginx
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE_S)


async def _listens(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            assert process.returncode is None, log.read_text()
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
