"""Limits on tries: what is too many, when it is over, who is not hit by it, and how much memory it takes."""

import pytest

from siapp.core.errors import TooMany
from siapp.core.services import tries
from siapp.core.services.tries import NAME_TRIES, OWN_TRIES, WITHIN_S, RegistrationLimits, SignInLimits, network_of

HOME, AWAY = "192.0.2.7", "198.51.100.66"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> SignInLimits:
    return SignInLimits(clock)


def wrong(limits: SignInLimits, name: str, address: str, times: int = 1) -> None:
    for _time in range(times):
        limits.check(name, address)
        limits.wrong(name, address)


def wait_s(limits: SignInLimits, name: str, address: str) -> int:
    with pytest.raises(TooMany) as caught:
        limits.check(name, address)
    return caught.value.retry_after_s


def attack(limits: SignInLimits, name: str) -> None:
    """More wrong tries than a name may have, each from elsewhere."""
    for number in range(NAME_TRIES):
        wrong(limits, name, f"203.0.113.{number}")


def test_after_too_many_wrong_tries_an_address_waits_until_the_first_is_long_ago(
    limits: SignInLimits, clock: Clock
) -> None:
    wrong(limits, "mia", HOME)
    clock.now += 60
    wrong(limits, "mia", HOME, OWN_TRIES - 1)
    assert wait_s(limits, "mia", HOME) == WITHIN_S - 60
    clock.now += WITHIN_S - 60
    limits.check("mia", HOME)


def test_a_try_that_is_refused_does_not_prolong_the_wait(limits: SignInLimits, clock: Clock) -> None:
    wrong(limits, "mia", HOME, OWN_TRIES)
    for _time in range(50):
        clock.now += 1
        wait_s(limits, "mia", HOME)
    assert wait_s(limits, "mia", HOME) == WITHIN_S - 50


@pytest.mark.parametrize("spelling", ["MIA", " mia ", "ｍｉａ"])
def test_another_spelling_of_a_name_is_no_other_name(limits: SignInLimits, spelling: str) -> None:
    wrong(limits, "mia", HOME, OWN_TRIES)
    wait_s(limits, spelling, HOME)


def test_who_knows_the_password_begins_anew(limits: SignInLimits) -> None:
    wrong(limits, "mia", HOME, OWN_TRIES - 1)
    limits.right("mia", HOME)
    wrong(limits, "mia", HOME, OWN_TRIES - 1)
    limits.check("mia", HOME)


def test_somebody_elses_wrong_tries_lock_nobody_out(limits: SignInLimits, clock: Clock) -> None:
    wrong(limits, "mia", AWAY, OWN_TRIES)
    limits.check("mia", HOME)
    for _hour in range(12):
        attack(limits, "mia")
        limits.check("mia", HOME)
        clock.now += WITHIN_S


def test_a_name_that_is_tried_from_everywhere_leaves_each_address_few_tries(limits: SignInLimits, clock: Clock) -> None:
    attack(limits, "mia")
    wrong(limits, "mia", HOME, tries.TRIES_UNDER_ATTACK)
    wait_s(limits, "mia", HOME)
    limits.check("max", HOME)
    clock.now += WITHIN_S
    wrong(limits, "mia", HOME, OWN_TRIES)


def test_one_address_can_not_try_one_name_after_the_other(limits: SignInLimits) -> None:
    for number in range(tries.ADDRESS_TRIES):
        wrong(limits, f"user{number}", HOME)
    wait_s(limits, "mia", HOME)
    limits.check("mia", AWAY)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("window", "window"),
        ("?", "?"),
    ],
)
def test_the_addresses_that_one_customer_has_count_as_one(address: str, network: str) -> None:
    assert network_of(address) == network


def test_counts_take_bounded_memory(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(tries, "MOST_KEYS", 100)
    limits = SignInLimits(clock)
    for number in range(1000):
        limits.wrong(f"user{number}", f"2001:db8:{number:x}::1")
    assert {len(counts._times) for counts in (limits._pairs, limits._names, limits._addresses)} == {100}
    for _time in range(1000):
        limits.wrong("mia", HOME)
    assert max(len(times) for times in limits._addresses._times.values()) == tries.ADDRESS_TRIES


def test_an_address_may_ask_for_so_many_accounts_and_others_for_theirs(clock: Clock) -> None:
    limits = RegistrationLimits(clock)
    for _time in range(tries.REGISTRATIONS):
        limits.take(HOME)
    with pytest.raises(TooMany) as caught:
        limits.take(HOME)
    assert caught.value.retry_after_s == tries.REGISTRATIONS_WITHIN_S
    limits.take(AWAY)
    clock.now += tries.REGISTRATIONS_WITHIN_S
    limits.take(HOME)
