"""One catalogue for window, page, API and core, keyed by the English sentence.

Sentences are marked where they are written with `_` (which only marks) and translated where they are shown
with `translate`, because one process speaks to several people in several languages at once.
Catalogues are read as .po files when first needed; there is no build step.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from babel.messages.pofile import read_po

from siapp.core.resources import resources


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


def translate(message: str, language: Language, **values: object) -> str:
    """`message` in `language` with its `{named}` values filled in; the English text where none is known."""
    text = _catalogue(language).get(message, message)
    return text.format(**values) if values else text


def catalogue(language: Language) -> Mapping[str, str]:
    """All sentences of `language` by their English text, for the web page."""
    return dict(_catalogue(language))


def preferred_language(accept_language: str) -> Language:
    """The language that an Accept-Language header asks for first among ours; English if it names none.

    Quality values follow RFC 9110, section 12.5.4.
    """
    wishes: list[tuple[float, int, Language]] = []
    for place, part in enumerate(accept_language.split(",")[:20]):
        tag, _semicolon, parameter = part.strip().partition(";")
        for language in Language:
            if tag.lower().split("-")[0] == language.value:
                wishes.append((-_quality(parameter), place, language))
    return min(wishes)[2] if wishes else Language.ENGLISH


def _quality(parameter: str) -> float:
    name, _equals, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
