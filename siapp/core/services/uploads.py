"""Bytes on their way in: streamed to the sandbox with a size limit and a digest, off the loop."""

import asyncio
import errno
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from siapp.core.db import results
from siapp.core.db.engine import Database
from siapp.core.domain import Actor
from siapp.core.errors import InvalidInput, OutOfSpace, TooLarge
from siapp.core.i18n import _
from siapp.core.space import Space
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


@dataclass(eq=False, slots=True)
class _Share:
    """What one person takes: `stored` by the database, `arriving` in open places, `landed` in places that were
    closed with their file while others were open: the database may not have counted those yet."""

    stored: int = 0
    arriving: int = 0
    landed: int = 0
    places: int = 0

    @property
    def taken(self) -> int:
        return self.stored + self.arriving + self.landed


@dataclass(eq=False, slots=True)
class Place:
    """Room for one file of one person, counted from its first byte until its row is stored. See Uploads.place."""

    share: _Share
    quota: int
    largest: int
    size: int = 0

    def take(self, size: int) -> None:
        """`size` more bytes have come. Raises TooLarge or OutOfSpace."""
        self.size += size
        self.share.arriving += size
        self.refuse(0)

    def refuse(self, more: int) -> None:
        """Raises TooLarge or OutOfSpace where `more` bytes would be too many."""
        if self.largest and self.size + more > self.largest:
            raise TooLarge(
                "file_too_large", _("The file is too large; {megabytes} MB are allowed."), megabytes=self.largest >> 20
            )
        taken = self.share.taken
        if self.quota and taken + more > self.quota:
            raise OutOfSpace(
                "quota_exceeded",
                _(
                    "Your weight files and test videos may take {allowed} MB together, and {free} MB of them are free. "
                    "Delete what you do not need any more, or ask an administrator for more."
                ),
                allowed=self.quota >> 20,
                free=max(0, self.quota - taken + self.size) >> 20,
            )


class Room:
    """What there is room for: `quota` bytes for one person's weight files and test videos together, 0 for no limit,
    and what `space` has above its floor. One for all ways in."""

    def __init__(self, space: Space, db: Database | None = None, quota: int = 0) -> None:
        self.space = space
        self.quota = quota
        self._db = db
        self._shares: dict[str, _Share] = {}

    @asynccontextmanager
    async def place(self, owner: Actor, largest: int, expected: int) -> AsyncIterator[Place]:
        """See Uploads.place. `largest`: bytes that the file may have."""
        share = self._shares.setdefault(owner.username, _Share())
        share.places += 1
        place = Place(share, self.quota, largest)
        try:
            await self._count(share, owner.username)
            place.refuse(expected)
            await asyncio.to_thread(self.space.refuse, expected)
            yield place
            share.landed += place.size
        finally:
            share.arriving -= place.size
            share.places -= 1
            if not share.places:
                self._shares.pop(owner.username, None)

    async def taken(self, owner: Actor) -> int:
        """Bytes of what a person has stored, and of what is coming in."""
        share = self._shares.get(owner.username)
        stored = await self._db.read(lambda s: results.stored_bytes(s, owner.username)) if self._db else 0
        return stored + (share.arriving if share else 0)

    async def _count(self, share: _Share, username: str) -> None:
        """By the database. What lands during the look may be counted twice, never not at all."""
        before = share.landed
        if self._db is not None:
            share.stored = await self._db.read(lambda s: results.stored_bytes(s, username))
        share.landed -= before


class Uploads:
    """The way in for files. `largest`: bytes that one may have, 0 for what the quota allows. `room`: what people and
    the disk have left."""

    def __init__(self, storage: Storage, largest: int, room: Room | None = None) -> None:
        self._storage = storage
        self.largest = largest
        self.room = room or Room(Space(storage.root, 0))
        self.under_way = 0

    def place(self, owner: Actor, expected: int = 0) -> AbstractAsyncContextManager[Place]:
        """Room for a file of `owner`, to be held until its row is stored. `expected`: its bytes, 0 where unknown.

        Raises TooLarge, or OutOfSpace where it would exceed the owner's quota or reach below the disk's floor.
        """
        return self.room.place(owner, self.largest, expected)

    async def receive(
        self,
        filename: str,
        chunks: AsyncGenerator[bytes, None],
        on_bytes: Callable[[int], None] = unheard,
        place: Place | None = None,
    ) -> Upload:
        """Store `chunks` under a generated name. Whatever breaks it off leaves nothing.

        `on_bytes` hears the number of bytes so far. `place`: whose file it is; nobody's is held to `largest` only.
        Raises TooLarge or OutOfSpace before the byte that is too many is written.
        """
        place = place or Place(_Share(), 0, self.largest)
        path = self._storage.new_upload()
        digest, size = hashlib.sha256(), 0
        file = await _opened(path)
        self.under_way += 1
        try:
            # Not every loop ends generators that are left in the middle: do it here.
            async with aclosing(chunks):
                async for chunk in chunks:
                    size += len(chunk)
                    place.take(len(chunk))
                    await asyncio.to_thread(self._append, file, digest.update, chunk)
                    on_bytes(size)
            await asyncio.to_thread(file.close)
        except BaseException as error:
            await asyncio.to_thread(_give_up, file, path)
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # somebody else was faster
                raise OutOfSpace(
                    "disk_full", _("The disk of the station is full. Free some space and try again.")
                ) from error
            raise
        finally:
            self.under_way -= 1
        return Upload(path, label(filename), size, digest.hexdigest())

    async def receive_file(
        self, path: Path, on_bytes: Callable[[int], None] = unheard, place: Place | None = None
    ) -> Upload:
        """A file of this machine, copied."""
        return await self.receive(path.name, chunks_of(path), on_bytes, place)

    async def discard(self, upload: Upload) -> None:
        """Take away what nobody wants any more."""
        await asyncio.to_thread(self._storage.remove, upload.path)

    def _append(self, file: BinaryIO, update: Callable[[bytes], None], chunk: bytes) -> None:
        self.room.space.refuse(len(chunk))
        update(chunk)
        file.write(chunk)


async def size_of(path: Path) -> int:
    """Bytes of a local file, 0 where it can't be looked at: reading it will say why."""
    try:
        return (await asyncio.to_thread(path.stat)).st_size
    except OSError:
        return 0


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


def _give_up(file: BinaryIO, path: Path) -> None:
    with suppress(OSError):  # a full disk also refuses what is still in the buffer
        file.close()
    path.unlink(missing_ok=True)
