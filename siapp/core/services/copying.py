"""Copies for people, at a place of their choice: whole or not at all, off the loop, and given up at once."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from siapp.core.errors import InvalidInput
from siapp.core.i18n import _
from siapp.core.services.uploads import chunks_of, size_of

_PART = ".part"


async def copied(source: Path, target: Path, on_share: Callable[[float], None]) -> None:
    """Raises InvalidInput `not_saved` where `target` can't be written."""
    draft = target.with_name(target.name + _PART)
    total = max(1, await size_of(source))
    try:
        file = await asyncio.to_thread(draft.open, "wb")
    except OSError as error:
        raise _not_saved(error) from None
    try:
        await _fill(file, source, total, on_share)
        await asyncio.to_thread(draft.replace, target)
    except OSError as error:
        raise _not_saved(error) from None
    finally:
        await asyncio.to_thread(_tidy, file, draft)


async def _fill(file: BinaryIO, source: Path, total: int, on_share: Callable[[float], None]) -> None:
    done = 0
    async for chunk in chunks_of(source):
        await asyncio.to_thread(file.write, chunk)
        done += len(chunk)
        on_share(min(1.0, done / total))
    await asyncio.to_thread(file.close)


def _tidy(file: BinaryIO, draft: Path) -> None:
    try:
        file.close()
    except OSError:  # a full disk also refuses what is still in the buffer, and that was said already
        pass
    finally:
        draft.unlink(missing_ok=True)


def _not_saved(error: OSError) -> InvalidInput:
    return InvalidInput(
        "not_saved",
        _("The file could not be written: {reason}. Choose another folder."),
        reason=error.strerror or "?",
    )
