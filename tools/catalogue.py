"""Bring the Chinese catalogue up to date with the sentences marked in the code: `python -m tools.catalogue`.

New sentences are added without a translation and listed; those no longer in the code are dropped.
Exit code 1 while a sentence has no translation, or one whose {values} differ.
"""

import string
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "resources" / "locale" / "zh_CN" / "LC_MESSAGES" / "siapp.po"
# How sentences are marked: Python's with `_(...)`, those of the page's scripts with `mark(...)`.
MARKS = (("**.py", "python", "_"), ("**.js", "javascript", "mark"))
_PASSING = tuple(
    f'"{name}:'
    for name in (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Report-Msgid-Bugs-To",
        "Generated-By",
    )
)
FOLDERS = (ROOT / "siapp", ROOT / "resources")


def marked() -> Catalog:
    """Every sentence that the code marks."""
    found = Catalog()
    for folder in filter(Path.is_dir, FOLDERS):
        for pattern, language, keyword in MARKS:
            for _name, _line, message, comments, _context in extract_from_dir(
                folder, method_map=[(pattern, language)], keywords={keyword: None}, strip_comment_tags=True
            ):
                found.add(message, auto_comments=comments)
    return found


def stored() -> Catalog:
    """The catalogue as it lies in the repository."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_CN")


def faults(sentences: Catalog, translations: Catalog) -> Iterator[str]:
    """What is wrong with `translations`, a line for each fault."""
    for message in sentences:
        if not message.id:
            continue
        entry = translations.get(message.id)
        if entry is None or not entry.string or entry.fuzzy:
            yield f"no translation: {message.id}"
        elif placeholders(str(message.id)) != placeholders(str(entry.string)):
            yield f"other values: {message.id} -> {entry.string}"
    for message in translations:
        if message.id and message.id not in sentences:
            yield f"no longer in the code: {message.id}"


def placeholders(sentence: str) -> frozenset[str]:
    """The names in braces, each with its format."""
    return frozenset(f"{name}:{form}" for _text, name, form, _how in string.Formatter().parse(sentence) if name)


def updated() -> Catalog:
    """The catalogue with the code's sentences and the translations there are."""
    known = stored() if CATALOGUE.exists() else Catalog(locale="zh_CN")
    result = Catalog(locale="zh_CN", project="siapp", charset="utf-8", fuzzy=False, header_comment="# siapp in Chinese")
    for message in sorted((message for message in marked() if message.id), key=lambda message: str(message.id)):
        entry = known.get(message.id)
        result.add(message.id, entry.string if entry else "", auto_comments=message.auto_comments)
    return result


def written(catalogue: Catalog) -> str:
    """The catalogue as a file, without dates, versions and places: it changes when its sentences do."""
    buffer = BytesIO()
    write_po(buffer, catalogue, width=110, include_lineno=False)
    lines = buffer.getvalue().decode("utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_PASSING))


def main() -> int:
    catalogue = updated()
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(written(catalogue), encoding="utf-8")
    found = list(faults(catalogue, stored()))
    print(*found, f"{len(catalogue)} sentences, {len(found)} faults", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
