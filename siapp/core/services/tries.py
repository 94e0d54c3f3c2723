"""How many tries are too many: of one address, and of one account's name. Counts live in memory and are bounded."""

import ipaddress
import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

from siapp.core.errors import TooMany
from siapp.core.i18n import _
from siapp.core.naming import LONGEST_KEY, name_key

Clock = Callable[[], float]

MOST_KEYS = 10_000
WITHIN_S = 300.0
OWN_TRIES = 10  # wrong ones for one name from one address
TRIES_UNDER_ATTACK = 2  # the same, while many others try that name
NAME_TRIES = 50  # wrong ones for one name from anywhere: so many are an attack
ADDRESS_TRIES = 100  # wrong ones from one address, whatever the name: many people may share it
REGISTRATIONS = 60  # from one address
REGISTRATIONS_WITHIN_S = 600.0


class Tries:
    """When something was last tried, by key: at most `most` times a key, the newest MOST_KEYS keys."""

    def __init__(self, most: int, within_s: float, clock: Clock) -> None:
        self._most = most
        self._within_s = within_s
        self._clock = clock
        self._times: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def add(self, key: Hashable) -> None:
        times = self._times.setdefault(key, deque(maxlen=self._most))
        times.append(self._clock())
        self._times.move_to_end(key)
        if len(self._times) > MOST_KEYS:
            self._times.popitem(last=False)

    def forget(self, key: Hashable) -> None:
        self._times.pop(key, None)

    def wait_s(self, key: Hashable, most: int) -> float:
        """Seconds until there are fewer than `most` within the time; 0 where there are already."""
        times = self._times.get(key, ())
        oldest_that_counts = times[-most] if len(times) >= most else -math.inf
        return max(0.0, oldest_that_counts + self._within_s - self._clock())


class SignInLimits:
    """Wrong tries to sign in. Names count whether or not there is such an account.

    Nobody at another address can lock somebody out: an address has tries of its own for each name, a few of them also
    while that name is tried from everywhere. Who shares an address (or an IPv6 /64) shares its tries, too, and behind
    a proxy that the settings do not name everybody does.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._pairs = Tries(OWN_TRIES, WITHIN_S, clock)
        self._names = Tries(NAME_TRIES, WITHIN_S, clock)
        self._addresses = Tries(ADDRESS_TRIES, WITHIN_S, clock)

    def check(self, username: str, address: str) -> None:
        """Raises TooMany where this address has to wait before it may try this name again."""
        name, network = _key(username), network_of(address)
        attacked = self._names.wait_s(name, NAME_TRIES) > 0
        wait_s = max(
            self._pairs.wait_s((name, network), TRIES_UNDER_ATTACK if attacked else OWN_TRIES),
            self._addresses.wait_s(network, ADDRESS_TRIES),
        )
        if wait_s > 0:
            raise too_many_tries(wait_s)

    def wrong(self, username: str, address: str) -> None:
        name, network = _key(username), network_of(address)
        self._pairs.add((name, network))
        self._names.add(name)
        self._addresses.add(network)

    def right(self, username: str, address: str) -> None:
        """Whoever knows the password has not guessed it: the address begins anew with this name."""
        self._pairs.forget((_key(username), network_of(address)))


class RegistrationLimits:
    """Requests for an account."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._addresses = Tries(REGISTRATIONS, REGISTRATIONS_WITHIN_S, clock)

    def take(self, address: str) -> None:
        """Count one. Raises TooMany where this address has made too many lately."""
        network = network_of(address)
        if (wait_s := self._addresses.wait_s(network, REGISTRATIONS)) > 0:
            raise too_many_tries(wait_s)
        self._addresses.add(network)


def too_many_tries(wait_s: float) -> TooMany:
    seconds = math.ceil(wait_s)
    return TooMany(
        "too_many_tries",
        _("Too many tries. Please wait {seconds} seconds, then try again."),
        retry_after_s=seconds,
        seconds=seconds,
    )


def network_of(address: str) -> str:
    """The address; of an IPv6 one its /64, which one customer has all of."""
    try:
        number = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(number, ipaddress.IPv4Address):
        return str(number)
    if number.ipv4_mapped is not None:
        return str(number.ipv4_mapped)
    return str(ipaddress.IPv6Network((number, 64), strict=False))


def _key(username: str) -> str:
    """As accounts are found by it: other spellings of a name are no other name."""
    return name_key(username[:LONGEST_KEY].strip())
