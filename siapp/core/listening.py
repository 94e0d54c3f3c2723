"""Whether a server could listen somewhere."""

import socket


def can_listen(host: str, port: int) -> bool:
    """Tries it. Blocks for as long as the name takes to be looked up."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            candidate.bind(address)
            return True
    except OSError:
        return False
