"""What a name of a camera, an algorithm or a task may be, and when two names are the same."""

import unicodedata

from siapp.core.errors import InvalidInput
from siapp.core.i18n import _

LONGEST_NAME = 100
# Invisible marks turn the reading direction or join letters: two names could look the same and differ.
_INVISIBLE = frozenset(["Cf", "Zl", "Zp", "Cc", "Cs", "Co", "Cn"])


def clean_name(name: str, *, field: str = "name") -> str:
    """`name` in normal form C without outer space. Raises InvalidInput where it may not be used.

    1 to 100 characters of any script; no slash, backslash or control character; not '.' or '..'.
    """
    cleaned = unicodedata.normalize("NFC", name).strip()
    if not cleaned:
        raise InvalidInput("bad_name", _("Please give a name."), field=field)
    if len(cleaned) > LONGEST_NAME:
        raise InvalidInput(
            "bad_name", _("The name is too long; {limit} characters are allowed."), field=field, limit=LONGEST_NAME
        )
    if cleaned in (".", "..") or any(_forbidden(character) for character in cleaned):
        raise InvalidInput(
            "bad_name",
            _("The name has a character that is not allowed: slash, backslash, control or invisible characters."),
            field=field,
        )
    return cleaned


def _forbidden(character: str) -> bool:
    return character in "/\\" or unicodedata.category(character) in _INVISIBLE


def name_key(name: str) -> str:
    """What must be unique: compatibility form, case folded, so that twins in other spellings collide."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
