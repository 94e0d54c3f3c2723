"""What siapp is made of: every package that it needs, with its licence. Functions block."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

OURS = "siapp"
UNKNOWN = "?"
LONGEST_NAME = 60
OUR_EXTRAS = frozenset({"ultralytics", "optimize", "cuda"})
_NAME = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*(\[(?P<extras>[^\]]*)\])?")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)")
_FILE = re.compile(r"(^|/)(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)
_LICENCE_CLASSIFIER = "License :: "


@dataclass(frozen=True, slots=True)
class Package:
    """`licence`: its short name, as the package itself says it."""

    name: str
    version: str
    licence: str
    summary: str


@dataclass(frozen=True, slots=True)
class _Need:
    """A package, and which of its extras."""

    name: str
    extras: frozenset[str]


def packages() -> tuple[Package, ...]:
    """Those that siapp needs directly or by another one, as far as they are installed, by name."""
    found: dict[str, Package] = {}
    waiting = [_Need(OURS, OUR_EXTRAS)]
    while waiting:
        need = waiting.pop()
        key = _key(need.name)
        if key in found:
            continue
        try:
            installed = metadata.distribution(need.name)
        except metadata.PackageNotFoundError:
            continue
        found[key] = _package(installed)
        waiting += _needs(installed, need.extras)
    return tuple(sorted(found.values(), key=lambda package: package.name.casefold()))


def licence_text(name: str) -> str:
    """All licence files of an installed package; what its metadata says where it has none."""
    installed = metadata.distribution(name)
    texts = list(_texts(installed))
    if not texts and (own := installed.metadata["License"]):
        texts.append(own)
    return "\n\n\n".join(texts)


def version_of(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return UNKNOWN


def _package(installed: metadata.Distribution) -> Package:
    facts = installed.metadata
    return Package(facts["Name"], installed.version, _licence(facts), facts["Summary"] or "")


def _licence(facts: metadata.PackageMetadata) -> str:
    """The expression, else the classifiers, else the first line of what somebody wrote."""
    if expression := facts["License-Expression"]:
        return str(expression)
    classifiers = facts.get_all("Classifier") or []
    kinds = [one.rpartition(" :: ")[2] for one in classifiers if one.startswith(_LICENCE_CLASSIFIER)]
    if kinds:
        return ", ".join(kinds)
    first = (facts["License"] or UNKNOWN).strip().splitlines()[0]
    return first if len(first) <= LONGEST_NAME else f"{first[:LONGEST_NAME]}…"


def _needs(installed: metadata.Distribution, extras: frozenset[str]) -> Iterator[_Need]:
    for requirement in installed.requires or []:
        known, marker = _NAME.match(requirement.strip()), _EXTRA.search(requirement)
        if known and (marker is None or marker[1] in extras):
            yield _Need(known["name"], frozenset((known["extras"] or "").replace(" ", "").split(",")))


def _texts(installed: metadata.Distribution) -> Iterator[str]:
    for file in installed.files or []:
        path = file.as_posix()
        if ".dist-info/" in path and (_FILE.search(path) or "/licenses/" in path):
            try:
                yield file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
