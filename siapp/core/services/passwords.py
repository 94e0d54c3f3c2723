"""Passwords as people meet them: how strong one is, and good ones to hand over."""

import math
import secrets
from enum import IntEnum
from itertools import pairwise

from siapp.core.errors import InvalidInput
from siapp.core.services.accounts import check_password

# Nothing that is taken for something else when it is read out or copied from paper.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP = 4, 4
# Bits by which a password is called so. What people choose holds less than its letters promise.
GOOD_BITS, STRONG_BITS = 50.0, 75.0
_BEYOND_ASCII = 2000  # characters of a script like Chinese that people really use


class Strength(IntEnum):
    REFUSED = 0
    FAIR = 1
    GOOD = 2
    STRONG = 3


def strength(password: str, username: str) -> Strength:
    """How well it holds against guessing, estimated from its length, its kinds of characters and its steps."""
    try:
        check_password(password, username)
    except InvalidInput:
        return Strength.REFUSED
    bits = _bits(password, username)
    if bits < GOOD_BITS:
        return Strength.FAIR
    return Strength.GOOD if bits < STRONG_BITS else Strength.STRONG


def generate_password() -> str:
    """Four groups of four, about 79 bits, easy to read out: `k7fm-2xqd-9wtp-hs4e`."""
    return "-".join("".join(secrets.choice(READABLE) for _place in range(GROUP)) for _group in range(GROUPS))


def _bits(password: str, username: str) -> float:
    """A repeated or counted-on character (aaa, 123) adds nothing, nor does the user name."""
    steps = 1 + sum(abs(ord(after) - ord(before)) > 1 for before, after in pairwise(password))
    if username and username.casefold() in password.casefold():
        steps -= len(username)
    return max(0, steps) * math.log2(_alphabet(password))


def _alphabet(password: str) -> int:
    kinds = (
        (26, str.islower),
        (26, str.isupper),
        (10, str.isdigit),
        (33, lambda c: c.isascii() and not c.isalnum()),
        (_BEYOND_ASCII, lambda c: not c.isascii()),
    )
    return max(2, sum(size for size, has in kinds if any(map(has, password))))
