"""One catalogue for window, page, API and core, keyed by the English sentence.

Sentences are marked where they are written with `_` (which only marks) and translated where they are shown
with `translate`, because one process speaks to several people in several languages at once.
Catalogues are read as .po files when first needed; there is no build step.
"""

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from babel.messages.pofile import read_po

from siapp.core.resources import resources

_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


class Language(StrEnum):
    ENGLISH = "en"
    CHINESE = "zh"

    @property
    def native_name(self) -> str:
        return {Language.ENGLISH: "English", Language.CHINESE: "中文"}[self]


def _(message: str) -> str:
    """Mark `message` for the catalogue and give it back untouched."""
    return message


@cache
def _catalogue(language: Language) -> Mapping[str, str]:
    if language is Language.ENGLISH:
        return {}
    path = resources() / "locale" / "zh_CN" / "LC_MESSAGES" / "siapp.po"
    with path.open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id and entry.string}


def translate(message: str, language: Language, /, **values: object) -> str:
    """`message` in `language` with its `{named}` values filled in; the English text where none is known."""
    text = _catalogue(language).get(message, message)
    return text.format(**values) if values else text


def load_catalogues() -> None:
    """Read them all: it takes a while, and the first sentence of a language must not hold up the loop."""
    for language in Language:
        _catalogue(language)


def terminal_language() -> Language:
    """The language that this machine's user has set for programs."""
    name = next((os.environ[v] for v in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(v)), "")
    return Language.CHINESE if name.lower().startswith("zh") else Language.ENGLISH


def preferred_language(accept_language: str) -> Language:
    """The language that an Accept-Language header asks for first among ours; English if it names none.

    Quality values follow RFC 9110, section 12.4.2: from 0 to 1, where 0 means "not this one".
    """
    wishes: list[tuple[float, int, Language]] = []
    for place, part in enumerate(accept_language.split(",")[:20]):
        tag, _semicolon, parameter = part.strip().partition(";")
        quality = _quality(parameter)
        for language in Language:
            if tag.strip().lower().split("-")[0] == language.value and quality > 0:
                wishes.append((-quality, place, language))
    return min(wishes)[2] if wishes else Language.ENGLISH


def _quality(parameter: str) -> float:
    name, _equals, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    return float(value) if _QUALITY.fullmatch(value.strip()) else 0.0
