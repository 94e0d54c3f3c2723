"""Counting what a test has found: its detections.jsonl, line by line, a bounded part at a time off the loop."""

import asyncio
import json
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TextIO

from siapp.core.domain import FoundObjects
from siapp.core.errors import NotFound
from siapp.core.i18n import _

LINES_AT_ONCE = 500
MOST_FRAMES = 200_000  # over two hours of 25 frames a second
LONGEST_LINE = 1 << 20


async def counted(path: Path) -> FoundObjects:
    """Objects by class and by frame. Raises NotFound where the file is gone."""
    try:
        file = await asyncio.to_thread(path.open, encoding="utf-8", errors="replace")
    except OSError:
        raise NotFound("file_not_found", _("There is no such file.")) from None
    by_class: Counter[str] = Counter()
    per_frame: list[int] = []
    try:
        while len(per_frame) < MOST_FRAMES and await asyncio.to_thread(_count_some, file, by_class, per_frame):
            pass  # each turn lets the loop breathe, and can be cancelled
        complete = not await asyncio.to_thread(file.readline, 1)
    finally:
        await asyncio.to_thread(file.close)
    return FoundObjects(len(per_frame), dict(by_class.most_common()), tuple(per_frame), complete)


def _count_some(file: TextIO, by_class: Counter[str], per_frame: list[int]) -> bool:
    """Whether there may be more."""
    lines = list(islice(iter(lambda: file.readline(LONGEST_LINE), ""), LINES_AT_ONCE))
    for line in lines:
        labels = _labels(line)
        if labels is None:  # being written just now, or cut off by a kill
            return False
        by_class.update(labels)
        per_frame.append(len(labels))
    return len(lines) == LINES_AT_ONCE


def _labels(line: str) -> list[str] | None:
    try:
        return [str(found["label"]) for found in json.loads(line)["objects"]]
    except (ValueError, KeyError, TypeError):
        return None
