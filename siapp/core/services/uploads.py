"""Bytes on their way in: streamed to the sandbox with a size limit and a digest, off the loop."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from siapp.core.errors import InvalidInput, TooLarge
from siapp.core.i18n import _
from siapp.core.storage import Storage

CHUNK_BYTES = 1 << 20
LONGEST_FILENAME = 255


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has arrived whole. `filename` is the client's own name for it: a label, never a path."""

    path: Path
    filename: str
    size: int
    sha256: str


def unheard(_size: int) -> None:
    """For those who need not hear how much has come."""


class Uploads:
    """The way in for files. `largest`: bytes that one may have."""

    def __init__(self, storage: Storage, largest: int) -> None:
        self._storage = storage
        self.largest = largest
        self.under_way = 0

    async def receive(
        self, filename: str, chunks: AsyncGenerator[bytes, None], on_bytes: Callable[[int], None] = unheard
    ) -> Upload:
        """Store `chunks` under a generated name. Whatever breaks it off leaves nothing.

        `on_bytes` hears the number of bytes so far. Raises TooLarge beyond `largest` bytes.
        """
        path = self._storage.new_upload()
        digest, size = hashlib.sha256(), 0
        file = await _opened(path)
        self.under_way += 1
        try:
            # Not every loop ends generators that are left in the middle: do it here.
            async with aclosing(chunks):
                async for chunk in chunks:
                    size += len(chunk)
                    self.refuse_too_large(size)
                    await asyncio.to_thread(_append, file, digest.update, chunk)
                    on_bytes(size)
            await asyncio.to_thread(file.close)
        except BaseException:
            await asyncio.to_thread(_give_up, file, path)
            raise
        finally:
            self.under_way -= 1
        return Upload(path, label(filename), size, digest.hexdigest())

    async def receive_file(self, path: Path, on_bytes: Callable[[int], None] = unheard) -> Upload:
        """A file of this machine, copied."""
        return await self.receive(path.name, chunks_of(path), on_bytes)

    async def discard(self, upload: Upload) -> None:
        """Take away what nobody wants any more."""
        await asyncio.to_thread(self._storage.remove, upload.path)

    def refuse_too_large(self, size: int) -> None:
        """Raises TooLarge for a file of `size` bytes beyond the limit."""
        if size > self.largest:
            raise TooLarge(
                "file_too_large", _("The file is too large; {megabytes} MB are allowed."), megabytes=self.largest >> 20
            )


async def chunks_of(path: Path) -> AsyncGenerator[bytes, None]:
    """A local file in pieces, read off the loop."""
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except OSError:
        raise InvalidInput("file_unreadable", _("The file can't be opened. Is it still there?")) from None
    try:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk
    finally:
        await asyncio.to_thread(file.close)


async def _opened(path: Path) -> BinaryIO:
    """A new file. Being cancelled does not stop the thread that makes it, so wait for it and take it away."""
    opening = asyncio.ensure_future(asyncio.to_thread(path.open, "xb"))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        file = await opening
        await asyncio.to_thread(_give_up, file, path)
        raise


def label(filename: str) -> str:
    """A client's file name as something to show: without folders and control characters, at most 255 characters."""
    name = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable())[:LONGEST_FILENAME] or "file"


def _append(file: BinaryIO, update: Callable[[bytes], None], chunk: bytes) -> None:
    update(chunk)
    file.write(chunk)


def _give_up(file: BinaryIO, path: Path) -> None:
    file.close()
    path.unlink(missing_ok=True)
