"""What a name of a camera, an algorithm or a task may be, and when two names are the same."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import count

from siapp.core.errors import InvalidInput
from siapp.core.i18n import _

LONGEST_NAME = 100
# A key can be longer than its name (one sign may stand for 18 letters); PostgreSQL indexes 2,700 bytes at most.
LONGEST_KEY = 400
# Invisible marks turn the reading direction or join letters: two names could look the same and differ.
_INVISIBLE = frozenset(["Cf", "Zl", "Zp", "Cc", "Cs", "Co", "Cn"])
_COUNTED = re.compile(r" \(\d{1,6}\)$")
# Default_Ignorable_Code_Point of Unicode 15 outside those categories, and the empty Braille pattern:
# letters and marks that show nothing. Emoji need some of them, so they are taken and left out of keys.
_SHOWS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def clean_name(name: str, *, field: str = "name") -> str:
    """`name` in normal form C without outer space. Raises InvalidInput where it may not be used.

    1 to 100 characters of any script; no slash, backslash or control character; not '.' or '..'.
    """
    # Measured first: normalising a megabyte of marks takes its time.
    if len(name) > 4 * LONGEST_NAME:
        raise _too_long(field)
    cleaned = unicodedata.normalize("NFC", name).strip()
    if any(_forbidden(character) for character in cleaned) or cleaned in (".", ".."):
        raise InvalidInput(
            "bad_name",
            _("The name has a character that is not allowed: slash, backslash, control or invisible characters."),
            field=field,
        )
    key = name_key(cleaned)
    if not key.strip():
        raise InvalidInput("bad_name", _("Please give a name."), field=field)
    if len(cleaned) > LONGEST_NAME or len(key) > LONGEST_KEY:
        raise _too_long(field)
    return cleaned


def name_key(name: str) -> str:
    """What must be unique: compatibility form, case folded, so that twins in other spellings collide."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return _SHOWS_NOTHING.sub("", folded)


def next_name(name: str, taken: Iterable[str]) -> str:
    """A free name for a copy of `name`: “Gate 3 (2)”, then “Gate 3 (3)”."""
    keys = {name_key(each) for each in taken}
    stem = _COUNTED.sub("", name)
    for number in count(2):
        ending = f" ({number})"
        found = stem[: LONGEST_NAME - len(ending)].rstrip() + ending
        if name_key(found) not in keys:
            return found
    raise AssertionError("there is always a next number")


def _forbidden(character: str) -> bool:
    return character in "/\\" or unicodedata.category(character) in _INVISIBLE


def _too_long(field: str) -> InvalidInput:
    return InvalidInput(
        "bad_name", _("The name is too long; {limit} characters are allowed."), field=field, limit=LONGEST_NAME
    )
