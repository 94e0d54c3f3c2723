"""What a request says of its way here, and which of that is believed: the client's address, scheme and host behind
proxies, the name by which the station is reached, and the site of the page that asks."""

import logging
import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from aiohttp import web

from siapp.core.errors import Forbidden
from siapp.core.i18n import _
from siapp.core.settings import Network, Settings
from siapp.net.problem import HttpError

logger = logging.getLogger(__name__)

Address = IPv4Address | IPv6Address

LONGEST_SHOWN = 100
WARN_EVERY_S = 3600.0
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(:(?P<port>[0-9]{1,5}))?", re.IGNORECASE)
# "10.0.0.7:4711" and "[::1]:4711": some proxies write the port too.
_WITH_PORT = re.compile(r"(?P<v4>[0-9.]+):[0-9]{1,5}|\[(?P<v6>[0-9a-fA-F:.]+)\](:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Whence:
    """Where a request comes from: the client's address, and scheme and host (with its port) as the client sees them."""

    address: str
    scheme: str
    host: str

    @property
    def secure(self) -> bool:
        return self.scheme == "https"


WHENCE = web.RequestKey("whence", Whence)


class Proxies:
    """The proxies whose X-Forwarded-* headers are believed; anybody else's are not even read.

    That somebody else sends them is told once an hour: mostly it is a proxy that nobody has named in the settings."""

    def __init__(self, trusted: Iterable[Network]) -> None:
        self._trusted = tuple(trusted)
        self._warned_at: float | None = None

    def trusts(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._trusted)

    def whence(self, request: web.BaseRequest) -> Whence:
        peer, scheme, host = request.remote or "?", request.scheme, request.headers.get("Host", "")
        if not self.trusts(peer):
            if "X-Forwarded-For" in request.headers:
                self._warn(_shown(peer))
            return Whence(_shown(peer), scheme, host)
        said_scheme, said_host = _last(request, "X-Forwarded-Proto").lower(), _last(request, "X-Forwarded-Host")
        return Whence(
            self._client(peer, _list_in(request, "X-Forwarded-For")),
            said_scheme if said_scheme in _DEFAULT_PORTS else scheme,
            said_host if _HOST.fullmatch(said_host) else host,
        )

    def _warn(self, peer: str) -> None:
        moment = time.monotonic()
        if self._warned_at is None or moment - self._warned_at >= WARN_EVERY_S:
            self._warned_at = moment
            logger.warning(
                "%s sends X-Forwarded-For and is not in SIAPP_TRUSTED_PROXIES: if it is your proxy, name it there; all "
                "who come through it count as one address until then, also where too many wrong passwords lock it out",
                peer,
            )

    def _client(self, address: str, hops: list[str]) -> str:
        """From the right, each written by the hop after it, as far as those are trusted. What is no address ends it."""
        while hops and self.trusts(address):
            hop = _parsed(hops.pop())
            if hop is None:
                break
            address = str(hop)
        return _shown(address)


class Edge:
    """Refuses what browsers can be made to send here by other people's pages."""

    def __init__(self, settings: Settings) -> None:
        self.proxies = Proxies(settings.trusted_proxies)
        self._names = _own_names(settings.host) | set(settings.allowed_hosts)

    def check(self, request: web.BaseRequest, whence: Whence) -> None:
        """Raises HttpError 421 for a host that is not ours, Forbidden for a page of another site."""
        self._check_host(whence.host)
        origin = request.headers.get("Origin")
        changes = request.method not in _SAFE_METHODS or "Upgrade" in request.headers
        if origin is not None and changes and _site(origin) != _site(f"{whence.scheme}://{whence.host}"):
            raise _cross_site(origin)

    def _check_host(self, host: str) -> None:
        """A page whose name was made to point here (DNS rebinding) asks by that name. Numeric addresses can't be
        rebound, and every station may be reached by one of its own."""
        found = _HOST.fullmatch(host)
        name = found["name"].lower().removesuffix(".") if found else ""
        if not (name and (_parsed(name.strip("[]")) or self._is_ours(name))):
            raise _host_not_allowed(host)

    def _is_ours(self, name: str) -> bool:
        parents = ("." + name.split(".", count)[count] for count in range(1, name.count(".") + 1))
        return name in self._names or name.endswith(".localhost") or any(parent in self._names for parent in parents)


def _own_names(bound: str) -> set[str]:
    """localhost, the name that is listened at, and this machine's own, also as its network announces it."""
    machine = socket.gethostname().lower()
    label = machine.partition(".")[0]
    return {"localhost", bound.lower(), machine, label, f"{label}.local"} - {""}


def _parsed(text: str) -> Address | None:
    written = _WITH_PORT.fullmatch(text)
    if written:
        text = written["v4"] or written["v6"]
    try:
        address = ip_address(text.partition("%")[0])  # without the interface of a link-local one
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _shown(address: str) -> str:
    parsed = _parsed(address)
    return str(parsed) if parsed else "?"


def _list_in(request: web.BaseRequest, header: str) -> list[str]:
    """The values of a list in one or more headers, in their order."""
    return [part.strip() for part in ",".join(request.headers.getall(header, ())).split(",") if part.strip()]


def _last(request: web.BaseRequest, header: str) -> str:
    """What the nearest proxy wrote."""
    return (_list_in(request, header) or [""])[-1]


def _site(origin: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for `null` and for what is no origin, which is no site of ours."""
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or port is None or parts.path or parts.query:
        return None
    return parts.scheme, parts.hostname, port


def _host_not_allowed(host: str) -> HttpError:
    return HttpError(
        421,
        "host_not_allowed",
        _(
            "This station does not go by the name “{host}”. Use its numeric address, or have its administrator add "
            "the name to SIAPP_ALLOWED_HOSTS."
        ),
        host=host[:LONGEST_SHOWN],
    )


def _cross_site(origin: str) -> Forbidden:
    return Forbidden(
        "cross_site",
        _(
            "This comes from a page of another site, “{origin}”, and is refused. If that is the station's own address "
            "at a proxy, its administrator has to name the proxy in SIAPP_TRUSTED_PROXIES."
        ),
        origin=origin[:LONGEST_SHOWN],
    )
