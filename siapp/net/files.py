"""A file as an answer: whole or the part that is asked for, read off the loop.

aiohttp's own FileResponse lets the loop's thread read the disk (sendfile), and takes a range for valid although
If-Range names another version of the file by its ETag.
"""

import asyncio
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aiohttp import ETag, web
from aiohttp.abc import AbstractStreamWriter

from siapp.core.errors import NotFound
from siapp.core.i18n import _
from siapp.net.problem import range_not_satisfiable

PIECE_BYTES = 256 << 10
SLOWEST_PIECE_S = 60.0  # a player that pauses longer comes back with a range
_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")


@dataclass(frozen=True, slots=True)
class Part:
    """`count` bytes from `offset` on, of a file of `size` bytes."""

    offset: int
    count: int
    size: int


class FilePart(web.StreamResponse):
    """Sends a part of an open file, and closes it."""

    def __init__(self, file: BinaryIO, part: Part, status: int) -> None:
        super().__init__(status=status)
        self._file = file
        self._part = part
        self.content_length = part.count

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        try:
            writer = await super().prepare(request)
            if request.method != "HEAD" and self.status in (200, 206):
                await self._send(request)
            return writer
        finally:
            await asyncio.to_thread(self._file.close)

    async def _send(self, request: web.BaseRequest) -> None:
        left = self._part.count
        await asyncio.to_thread(self._file.seek, self._part.offset)
        while left:
            piece = await asyncio.to_thread(self._file.read, min(PIECE_BYTES, left))
            left -= len(piece)
            with suppress(TimeoutError):
                async with asyncio.timeout(SLOWEST_PIECE_S):
                    await self.write(piece)
                    if piece:
                        continue
            # Nobody reads, or the file has become shorter: what was promised can't be sent.
            if request.transport is not None:
                request.transport.abort()
            return


async def send_file(request: web.Request, path: Path, content_type: str) -> web.StreamResponse:
    """The answer to a GET or HEAD of a file, with Range, If-Range and the conditions of caches. NotFound where it has
    gone, HttpError 416 for a range beyond its end."""
    file = await asyncio.to_thread(_opened, path)
    try:
        status = await asyncio.to_thread(os.fstat, file.fileno())
        etag = f"{status.st_mtime_ns:x}-{status.st_size:x}"
        known = _is_known(request, etag, status.st_mtime)
        part = None if known else _part(request, status.st_size, etag, status.st_mtime)
    except BaseException:
        await asyncio.to_thread(file.close)
        raise
    code = 304 if known else 200 if part is None else 206
    part = part or Part(0, status.st_size, status.st_size)
    answer = FilePart(file, part, code)
    answer.headers["Content-Type"] = content_type
    answer.headers["Accept-Ranges"] = "bytes"
    answer.etag = etag
    answer.last_modified = status.st_mtime
    if code == 206:
        answer.headers["Content-Range"] = f"bytes {part.offset}-{part.offset + part.count - 1}/{part.size}"
    return answer


def _part(request: web.Request, size: int, etag: str, modified: float) -> Part | None:
    """What a Range header asks for; None for all of it, also where the header is not to be heeded (RFC 9110, 14.2)."""
    match = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if match is None or not _same_version(request, etag, modified):
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        begin, end = max(0, size - int(suffix)), size
    else:
        begin, end = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < int(first):
            return None
    if begin >= end:
        raise range_not_satisfiable(size)
    return Part(begin, end - begin, size)


def _same_version(request: web.Request, etag: str, modified: float) -> bool:
    """Whether a range of what the client has goes with what is here now."""
    given = request.headers.get("If-Range", "").strip()
    if not given:
        return True
    if given.startswith(('"', "W/")):
        return given == f'"{etag}"'
    return request.if_range is not None and int(modified) <= request.if_range.timestamp()


def _is_known(request: web.Request, etag: str, modified: float) -> bool:
    """Whether the client has this version already."""
    if (tags := request.if_none_match) is not None:
        return any(tag in (ETag("*"), ETag(etag), ETag(etag, is_weak=True)) for tag in tags)
    since = request.if_modified_since
    return since is not None and int(modified) <= since.timestamp()


def _opened(path: Path) -> BinaryIO:
    try:
        # Never through a link, wherever one should come from (Windows has no such flag).
        return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)), "rb")
    except OSError:
        raise NotFound("file_not_found", _("There is no such file.")) from None
