"""The server's start and stop. It runs on whatever loop calls it: plain asyncio, or the window's."""

import asyncio
import errno
import logging
import socket
import ssl
from functools import partial

import psutil
from aiohttp import web
from yarl import URL

from siapp.core.errors import SiappError
from siapp.core.i18n import _
from siapp.core.reach import Certificate, ServerFacts, SocketInfo
from siapp.core.services import Services
from siapp.core.settings import Settings
from siapp.net.bodies import LARGEST_BODY
from siapp.net.connection import AccessLog, Connection
from siapp.net.crowd import MOST_FROM_ONE_ADDRESS, Crowd, room
from siapp.net.gate import Gate
from siapp.net.handlers import all_handlers
from siapp.net.tls import certificate, server_context

logger = logging.getLogger(__name__)

IDLE_LIMIT_S = 30.0  # without a request, or with one that does not get beyond its headers
HANDSHAKE_LIMIT_S = 10.0
UNREAD_BODY_S = 5.0  # how long a refused body is read on, so that its sender can hear the answer
SHUTDOWN_LIMIT_S = 2.0
BACKLOG = 256
_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})


class Server:
    """`await start()`, then `await stop()`. `port` is the one that is listened on, 0 while none is."""

    def __init__(self, services: Services, settings: Settings) -> None:
        self._services = services
        self._settings = settings
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None
        self._certificate: Certificate | None = None
        self.port = 0
        self._gate = Gate(services, settings)

    @property
    def sockets(self) -> int:
        """How many WebSockets are open."""
        return len(self._gate.seats)

    def connections(self) -> tuple[SocketInfo, ...]:
        """Every open WebSocket, the oldest first."""
        return tuple(channel.info for channel in self._gate.seats)

    def facts(self) -> ServerFacts:
        """Where it listens, and what protects that."""
        settings = self._settings
        scheme = "https" if settings.tls_cert else "http"
        addresses = tuple(_address(scheme, host, self.port) for host in _hosts(settings.host))
        return ServerFacts(settings.host, self.port, addresses, settings.allowed_hosts, self._certificate)

    async def start(self) -> str:
        """Listen at the host and port of the settings; the answer is the address for people.

        Raises SiappError `port_taken`, `address_unavailable` or `tls_unusable`, in words that say what to do.
        """
        tls = await asyncio.to_thread(server_context, self._settings)
        self._certificate = await asyncio.to_thread(certificate, self._settings)
        app = self._gate.application(all_handlers(), LARGEST_BODY)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_LIMIT_S)
        await runner.setup()
        try:
            self._listening = await self._listen(runner.server, tls)
        except OSError as error:
            await runner.cleanup()
            raise self._no_address(error) from error
        self._runner = runner
        self.port = int(self._listening.sockets[0].getsockname()[1])
        self._services.devices.own_ports = frozenset({self.port})
        address = _address("https" if tls else "http", self._settings.host, self.port)
        logger.info("the server listens at %s", address)
        return address

    async def stop(self) -> None:
        """Close what is open, WebSockets with their code, within a few seconds. Twice does no harm."""
        listening, runner = self._listening, self._runner
        self._listening = self._runner = None
        self.port = 0
        self._services.devices.own_ports = frozenset()
        if listening is not None:
            listening.close()
        if runner is not None:
            await runner.cleanup()

    async def _listen(self, manager: web.Server | None, tls: ssl.SSLContext | None) -> asyncio.Server:
        """As aiohttp's own site does it, but with our kind of connection, for errors in our words."""
        if manager is None:
            raise RuntimeError("the runner is not set up")
        loop = asyncio.get_running_loop()
        self._crowd = Crowd(room(), MOST_FROM_ONE_ADDRESS, self._gate.edge.proxies.trusts)
        connection = partial(
            Connection,
            manager,
            self._crowd,
            loop=loop,
            keepalive_timeout=IDLE_LIMIT_S,
            lingering_time=UNREAD_BODY_S,
            access_log_class=AccessLog,
            access_log=logging.getLogger("siapp.net.access"),
        )
        return await loop.create_server(
            connection,
            self._settings.host,
            self._settings.port,
            backlog=BACKLOG,
            ssl=tls,
            ssl_handshake_timeout=HANDSHAKE_LIMIT_S if tls else None,
        )

    def _no_address(self, error: OSError) -> SiappError:
        if error.errno == errno.EADDRINUSE:
            return SiappError(
                "port_taken",
                _(
                    "Port {port} is in use by another program, or by another siapp. Choose another one: "
                    "siapp serve --port NUMBER, or SIAPP_PORT in the settings (0 takes any free one)."
                ),
                port=self._settings.port,
            )
        return SiappError(
            "address_unavailable",
            _("siapp can't listen at {host}, port {port}: {reason}. Choose others with --host and --port."),
            host=self._settings.host,
            port=self._settings.port,
            reason=error.strerror or "?",
        )


def _address(scheme: str, host: str, port: int) -> str:
    return str(URL.build(scheme=scheme, host=host, port=port)).rstrip("/")


def _hosts(bound: str) -> tuple[str, ...]:
    """Numeric addresses by which a server that is bound so is reached: one, or all that this machine has."""
    if bound not in _EVERYWHERE:
        return (bound,)
    found = [one.address for of_one in psutil.net_if_addrs().values() for one in of_one if one.family == socket.AF_INET]
    return tuple(sorted(set(found), key=lambda host: (host.startswith("127."), host)))
