"""Settings that were changed in the window: one JSON object by name, in the data folder. Every function blocks."""

import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE_NAME = "settings.json"
LARGEST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file has. `damaged`: there is one that is no such object."""

    values: Mapping[str, Any] = field(default_factory=dict)
    damaged: bool = False


def read_kept(folder: Path) -> Kept:
    """Changes nothing: whoever looks may be another program than the one that the folder belongs to."""
    try:
        with (folder / FILE_NAME).open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        return Kept()
    except OSError:
        return Kept(damaged=True)
    try:
        values = json.loads(content) if len(content) <= LARGEST_BYTES else None
    except (ValueError, RecursionError):
        return Kept(damaged=True)
    return Kept(values) if isinstance(values, dict) else Kept(damaged=True)


def write_kept(folder: Path, values: Mapping[str, Any]) -> None:
    """Whole or not at all, readable by its owner alone. OSError where it can't be."""
    path = folder / FILE_NAME
    draft = path.with_name(f"{FILE_NAME}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(dict(sorted(values.items())), file, ensure_ascii=False, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def put_aside(folder: Path) -> str:
    """Give a damaged file another name, which is the answer, so that nothing of it is lost."""
    path = folder / FILE_NAME
    aside = path.with_name(f"{FILE_NAME}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    path.replace(aside)
    return aside.name
