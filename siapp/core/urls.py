"""Camera addresses: which are taken, and how their credentials are hidden. Pure text, nothing is opened.

Checked again where a source is opened, after the host name was resolved.
"""

import ipaddress
import re
import socket
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from siapp.core.errors import InvalidInput, OutOfBounds
from siapp.core.i18n import _

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

SCHEMES = frozenset({"rtsp", "rtsps", "http", "https", "file"})
HIDDEN = "***"
LONGEST_URL = 2048
_USUAL_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
_METADATA_HOSTS = frozenset({"metadata.google.internal", "metadata"})
# Cloud metadata services outside the link-local ranges: Alibaba, Oracle, Azure, AWS and Google by IPv6.
_METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(text)
    for text in ("100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_HOST_NAME = re.compile(r"[A-Za-z0-9._-]{1,253}")

SECRET_WORDS = "pass|pwd|psw|pw|user|usr|account|acct|login|token|auth|key|secret"
"""In the name of a parameter, as alternatives of a regular expression: what it has is hidden."""
# In the path too: many recorders take rtsp://host/user=admin&password=...&channel=1 or ..._password=..._channel=1.
_SECRET = re.compile(
    rf"(?P<name>(?:^|[/?&;,_])[^/?&;,_=]*(?:{SECRET_WORDS})[^/?&;,_=]*=)"
    r"(?P<value>[^/?&;,]+?)(?=[/?&;,]|_[A-Za-z]+=|$)",
    re.IGNORECASE,
)

_NOT_AN_ADDRESS = _("This is not a camera address. An example: rtsp://user:password@192.168.1.20:554/stream")


def _invalid(message: str, **values: object) -> InvalidInput:
    return InvalidInput("bad_camera_url", message, field="rtsp_url", **values)


def _out_of_bounds(message: str) -> OutOfBounds:
    return OutOfBounds("bad_camera_url", message, field="rtsp_url")


def split_camera_url(url: str) -> SplitResult:
    """The parts of a camera address, or InvalidInput with a sentence that says what is wrong with it."""
    text = url.strip()
    if len(text) > LONGEST_URL or any(c.isspace() or not c.isprintable() for c in text):
        raise _invalid(_("The address is too long or has spaces or control characters in it."))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _invalid(_NOT_AN_ADDRESS) from None
    if parts.scheme not in SCHEMES:
        raise _invalid(
            _("Cameras are reached by rtsp, rtsps, http or https, not by “{scheme}”."), scheme=parts.scheme or "?"
        )
    if parts.scheme != "file":
        _check_authority(parts)
    if port == 0:
        raise _invalid(_("Port 0 can't be reached."))
    return parts


def _check_authority(parts: SplitResult) -> None:
    # A password with / ? or # in it ends the authority early: its rest would be shown as part of the path. With an @
    # before that, a part of it is taken for the host.
    if parts.fragment or "@" in parts.path + parts.query:
        raise _invalid(_("If a password has one of / ? # @ in it, write that as %2F %3F %23 %40."))
    host = parts.hostname
    if not host:
        raise _invalid(_("The address names no host. An example: rtsp://user:password@192.168.1.20:554/stream"))
    if ":" not in host and not _HOST_NAME.fullmatch(host):
        raise _invalid(
            _("The host has a character that is not allowed. Write a name or a number such as 192.168.1.20.")
        )


def normal_url(url: str) -> str:
    """The address as it is stored: without outer space, its scheme in small letters, as FFmpeg wants it."""
    scheme, colon, rest = url.strip().partition(":")
    return f"{scheme.lower()}{colon}{rest}"


def check_camera_url(url: str, *, own_ports: frozenset[int] = frozenset()) -> None:
    """Refuse what is no camera: link-local and metadata addresses, and siapp's own port on this machine."""
    parts = split_camera_url(url)
    if parts.scheme == "file":
        _check_file(parts)
        return
    host = (parts.hostname or "").rstrip(".").lower()
    address = numeric_address(host)
    if host in _METADATA_HOSTS or (address is not None and forbidden_address(address)):
        raise _out_of_bounds(_("This address is reserved and can't be a camera."))
    if port_of(parts) in own_ports and _is_this_machine(host, address):
        raise _out_of_bounds(_("This is siapp's own address, not a camera."))
    if has_hidden(url):
        raise _invalid(_("*** stands for a password that is not known here. Please type the user name and password."))


def has_hidden(url: str) -> bool:
    """Whether *** stands where a user name or a password belongs."""
    parts = split_camera_url(url)
    userinfo = parts.netloc.rpartition("@")[0].split(":")
    return HIDDEN in userinfo or any(found["value"] == HIDDEN for found in _SECRET.finditer(_after_host(parts)))


def _check_file(parts: SplitResult) -> None:
    name = unquote(parts.path).lstrip("/")
    extra = parts.netloc or parts.query or parts.fragment
    if extra or not name or name in (".", "..") or "/" in name or "\\" in name or not name.isprintable():
        raise _invalid(_("A file camera is file:/// and the plain name of a video in the videos folder."))


def port_of(parts: SplitResult) -> int | None:
    """The port that an address names or its scheme implies."""
    return parts.port or _USUAL_PORTS.get(parts.scheme)


def _is_this_machine(host: str, address: IPAddress | None) -> bool:
    if address is not None:
        return address.is_loopback or address.is_unspecified
    return host in ("localhost", "localhost.localdomain", socket.gethostname().lower()) or host.endswith(".localhost")


def numeric_address(host: str) -> IPAddress | None:
    """The address a host text stands for without asking DNS, in every spelling that the system takes (0x7f.1)."""
    try:
        return _inner(ipaddress.ip_address(host.split("%")[0]))
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _inner(address: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 address carries (mapped, 6to4, NAT64), or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def forbidden_address(address: IPAddress) -> bool:
    """Addresses where no camera lives: link-local (cloud metadata is there), multicast, reserved.

    Loopback and private addresses are fine: cameras live there.
    """
    plain = _inner(address)
    reserved = plain.is_reserved and not plain.is_loopback
    return plain.is_link_local or plain.is_multicast or reserved or plain in _METADATA_ADDRESSES


def public_url(url: str) -> str:
    """The address with user name and password shown as ***, wherever they stand: authority, path or query."""
    parts = urlsplit(url)
    netloc = parts.netloc
    if "@" in netloc:
        netloc = f"{HIDDEN}:{HIDDEN}@{netloc.rpartition('@')[2]}"
    hidden = _SECRET.sub(lambda found: found["name"] + HIDDEN, _after_host(parts))
    return urlunsplit((parts.scheme, netloc, "", "", "")) + hidden


def _after_host(parts: SplitResult) -> str:
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def merge_hidden(new: str, stored: str) -> str:
    """`new` as a person edited the public form, with each *** replaced by what `stored` has in its place.

    Credentials go along only to the host they were given for: InvalidInput where *** stands beside another host.
    """
    if not has_hidden(new):
        return new
    parts, old = split_camera_url(new), split_camera_url(stored)
    if (parts.scheme, parts.hostname, port_of(parts)) != (old.scheme, old.hostname, port_of(old)):
        raise _invalid(_("The host changed: please type the camera's user name and password again."))
    userinfo, at, host = parts.netloc.rpartition("@")
    if at:
        userinfo = _merge_userinfo(userinfo, old.netloc.rpartition("@")[0])
    values = {found["name"][1:]: found["value"] for found in _SECRET.finditer(_after_host(old))}

    def shown(found: re.Match[str]) -> str:
        return found[0] if found["value"] != HIDDEN else found["name"] + values.get(found["name"][1:], "")

    netloc = f"{userinfo}@{host}" if userinfo else host
    return urlunsplit((parts.scheme, netloc, "", "", "")) + _SECRET.sub(shown, _after_host(parts))


def _merge_userinfo(new: str, old: str) -> str:
    user, colon, password = new.partition(":")
    old_user, old_colon, old_password = old.partition(":")
    if password == HIDDEN:
        colon, password = old_colon, old_password
    return f"{old_user if user == HIDDEN else user}{colon}{password}"
