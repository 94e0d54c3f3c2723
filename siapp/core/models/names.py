"""Class names from untrusted metadata: a dict or list of anything becomes a tuple of short printable words."""

import ast
import unicodedata
from collections.abc import Mapping, Sequence

import yaml

from siapp.core.errors import WeightsRejected
from siapp.core.i18n import _
from siapp.core.models.limits import MAX_CLASS_NAME, MAX_CLASSES, MAX_METADATA_BYTES


def class_names(raw: object) -> tuple[str, ...] | None:
    """The names in `raw`, {0: "person", ...} or ["person", ...], cleaned; None where nothing is given.

    WeightsRejected (`class_names`) where it is something else, leaves gaps, or is too long.
    """
    match raw:
        case None:
            return None
        case Mapping():
            return _cleaned(_in_order(raw))
        case list() | tuple():
            return _cleaned(raw)
    raise _unusable()


def numbered(count: int) -> tuple[str, ...]:
    """Names for a network that brings none."""
    return tuple(f"class{number}" for number in range(count))


def from_literal(text: str) -> object:
    """The Python literal that ultralytics writes into ONNX metadata ("{0: 'person'}"); only literals are read."""
    if len(text) > MAX_METADATA_BYTES:
        raise _unusable()
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise _unusable() from error


def from_yaml(data: bytes) -> Mapping[str, object]:
    """The top level of a metadata.yaml; only plain data is read (safe_load)."""
    if len(data) > MAX_METADATA_BYTES:
        raise _unusable()
    try:
        loaded: object = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise _unusable() from error
    if not isinstance(loaded, dict):
        raise _unusable()
    return {key: value for key, value in loaded.items() if isinstance(key, str)}


def clean(text: str) -> str:
    """`text` without control, format and surrogate characters, on one line, at most MAX_CLASS_NAME long."""
    kept = (" " if character.isspace() else character for character in text[: 4 * MAX_CLASS_NAME])
    visible = "".join(character for character in kept if not unicodedata.category(character).startswith("C"))
    return " ".join(visible.split())[:MAX_CLASS_NAME]


def _in_order(names: Mapping[object, object]) -> list[object]:
    if len(names) > MAX_CLASSES:
        raise _unusable()
    by_number = {_number(key): name for key, name in names.items()}
    if sorted(by_number) != list(range(len(names))):
        raise _unusable()
    return [by_number[number] for number in range(len(names))]


def _number(key: object) -> int:
    """JSON and YAML may have turned the numbers into text."""
    if isinstance(key, int):
        return int(key)
    if isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 6:
        return int(key)
    raise _unusable()


def _cleaned(names: Sequence[object]) -> tuple[str, ...]:
    if not 0 < len(names) <= MAX_CLASSES or not all(isinstance(name, str | int) for name in names):
        raise _unusable()
    return tuple(
        clean(name if isinstance(name, str) else f"class{number}") or f"class{number}"
        for number, name in enumerate(names)
    )


def _unusable() -> WeightsRejected:
    return WeightsRejected(
        "class_names",
        _("The list of class names in this file can't be used. Export the network again with current ultralytics."),
    )
