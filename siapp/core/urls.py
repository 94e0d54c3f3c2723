"""Camera addresses: which are taken, and how their credentials are hidden. Pure text, nothing is opened.

Checked again where a source is opened, after the host name was resolved.
"""

import ipaddress
import socket
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from siapp.core.errors import InvalidInput
from siapp.core.i18n import _

SCHEMES = frozenset({"rtsp", "rtsps", "http", "https", "file"})
HIDDEN = "***"
LONGEST_URL = 2048
_METADATA_HOSTS = frozenset({"metadata.google.internal", "metadata"})


_NOT_AN_ADDRESS = _("This is not a camera address. An example: rtsp://user:password@192.168.1.20:554/stream")


def _invalid(message: str, **values: object) -> InvalidInput:
    return InvalidInput("bad_camera_url", message, field="rtsp_url", **values)


def split_camera_url(url: str) -> SplitResult:
    """The parts of a camera address, or InvalidInput with a sentence that says what is wrong with it."""
    text = url.strip()
    if len(text) > LONGEST_URL or any(ord(c) < 0x21 or ord(c) == 0x7F for c in text):
        raise _invalid(_("The address is too long or has spaces or control characters in it."))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _invalid(
            _("This is not a camera address. An example: rtsp://user:password@192.168.1.20:554/stream")
        ) from None
    if parts.scheme not in SCHEMES:
        raise _invalid(
            _("Cameras are reached by rtsp, rtsps, http or https, not by “{scheme}”."), scheme=parts.scheme or "?"
        )
    if parts.scheme != "file" and not parts.hostname:
        raise _invalid(_("The address names no host. An example: rtsp://user:password@192.168.1.20:554/stream"))
    if port == 0:
        raise _invalid(_("Port 0 can't be reached."))
    return parts


def check_camera_url(url: str, *, own_ports: frozenset[int] = frozenset()) -> None:
    """Refuse what is no camera: link-local and metadata addresses, and siapp's own port on this machine."""
    parts = split_camera_url(url)
    if parts.scheme == "file":
        _check_file(parts)
        return
    host = (parts.hostname or "").rstrip(".").lower()
    address = numeric_address(host)
    if host in _METADATA_HOSTS or (address is not None and forbidden_address(address)):
        raise _invalid(_("This address is reserved and can't be a camera."))
    loopback = host == "localhost" or (address is not None and (address.is_loopback or address.is_unspecified))
    if loopback and parts.port in own_ports:
        raise _invalid(_("This is siapp's own address, not a camera."))


def _check_file(parts: SplitResult) -> None:
    name = unquote(parts.path).lstrip("/")
    if parts.netloc or parts.query or not name or "/" in name or "\\" in name or name in (".", ".."):
        raise _invalid(_("A file camera is file:/// and the plain name of a video in the videos folder."))


def numeric_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address a host text stands for without asking DNS, in every spelling that the system takes (0x7f.1)."""
    try:
        return _unmapped(ipaddress.ip_address(host.split("%")[0]))
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _unmapped(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def forbidden_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Addresses where no camera lives: link-local (cloud metadata is there), multicast, reserved.

    Loopback and private addresses are fine: cameras live there.
    """
    plain = _unmapped(address)
    return plain.is_link_local or plain.is_multicast or (plain.is_reserved and not plain.is_loopback)


def public_url(url: str) -> str:
    """The address with user name and password shown as ***, in the authority and in the query."""
    parts = urlsplit(url)
    netloc = parts.netloc
    if "@" in netloc:
        netloc = f"{HIDDEN}:{HIDDEN}@{netloc.rpartition('@')[2]}"
    query = "&".join(_hidden_pair(pair) for pair in parts.query.split("&")) if parts.query else ""
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))


_SECRET_WORDS = ("pass", "pwd", "psw", "user", "usr", "login", "token", "auth", "key", "secret")


def _hidden_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    secret = value and any(word in name.lower() for word in _SECRET_WORDS)
    return f"{name}{equals}{HIDDEN if secret else value}"


def merge_hidden(new: str, stored: str) -> str:
    """`new` as a person edited the public form, with each *** replaced by what `stored` has in its place.

    Credentials go along only to the host they were given for: InvalidInput where *** stands beside another host.
    """
    if HIDDEN not in new:
        return new
    parts, old = split_camera_url(new), split_camera_url(stored)
    if (parts.scheme, parts.hostname, parts.port) != (old.scheme, old.hostname, old.port):
        raise _invalid(_("The host changed: please type the camera's user name and password again."))
    netloc = parts.netloc
    if "@" in netloc:
        userinfo, _at, host = netloc.rpartition("@")
        netloc = f"{_merge_userinfo(userinfo, old.netloc.rpartition('@')[0])}@{host}"
    old_pairs = dict(pair.partition("=")[::2] for pair in old.query.split("&"))
    pairs = [pair.partition("=") for pair in parts.query.split("&")] if parts.query else []
    query = "&".join(f"{n}{e}{old_pairs.get(n, '') if v == HIDDEN else v}" for n, e, v in pairs)
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))


def _merge_userinfo(new: str, old: str) -> str:
    user, colon, password = new.partition(":")
    old_user, old_colon, old_password = old.partition(":")
    if password == HIDDEN:
        colon, password = old_colon, old_password
    return f"{old_user if user == HIDDEN else user}{colon}{password}"


def quoted_userinfo(user: str, password: str) -> str:
    """`user:password` escaped for the authority of an address."""
    return f"{quote(user, safe='')}:{quote(password, safe='')}"
