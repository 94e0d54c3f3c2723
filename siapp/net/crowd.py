"""How many connections there may be, in all and from one address: a thousand idle ones must not shut the others out."""

import logging
import time
from collections import Counter
from collections.abc import Callable

logger = logging.getLogger(__name__)

MOST_CONNECTIONS = 2000
MOST_FROM_ONE_ADDRESS = 1200
OTHER_DESCRIPTORS = 512  # workers' pipes, the database, files
LEAST_CONNECTIONS = 64
WARN_EVERY_S = 60.0


class Crowd:
    """Counts connections. `without_own_limit`: addresses that many people come from, trusted proxies."""

    def __init__(self, most: int, most_from_one: int, without_own_limit: Callable[[str], bool]) -> None:
        self._most = most
        self._most_from_one = most_from_one
        self._without_own_limit = without_own_limit
        self._from: Counter[str] = Counter()
        self._warned = -WARN_EVERY_S
        self.size = 0

    def enter(self, address: str) -> bool:
        """Whether there is room for one more; if so, it is counted, and `leave` gives the place back."""
        of_one = self._from[address] >= self._most_from_one and not self._without_own_limit(address)
        if self.size >= self._most or of_one:
            self._warn(address)
            return False
        self.size += 1
        self._from[address] += 1
        return True

    def leave(self, address: str) -> None:
        self.size -= 1
        self._from[address] -= 1
        if not self._from[address]:
            del self._from[address]

    def _warn(self, address: str) -> None:
        if time.monotonic() - self._warned >= WARN_EVERY_S:
            self._warned = time.monotonic()
            logger.warning("too many connections (%d; the last from %s): new ones are closed", self.size, address)


def room() -> int:
    """How many connections this process has descriptors for, after asking for more of them. Never above the limit."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OTHER_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(LEAST_CONNECTIONS, min(MOST_CONNECTIONS, soft - OTHER_DESCRIPTORS))
