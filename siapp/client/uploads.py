"""Files on their way to a station: streamed from the disk, and how much of it is sent."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from aiohttp import MultipartWriter
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

PIECE_BYTES = 1 << 18

OnProgress = Callable[[int, int], None]
"""Hears how many bytes are sent, and of how many."""


def unheard(_sent: int, _total: int) -> None:
    """For those who need not hear how much is sent."""


class FilePayload(Payload):
    """A file of this machine, read off the loop piece by piece."""

    def __init__(self, path: Path, size: int, on_progress: OnProgress) -> None:
        super().__init__(path, content_type="application/octet-stream")
        self._path = path
        self._on_progress = on_progress
        self._size = size  # is promised in a header: what somebody appends meanwhile is left out

    @property
    def name(self) -> str:
        return self._path.name

    async def write(self, writer: AbstractStreamWriter) -> None:
        total, sent = self._size or 0, 0
        file = await asyncio.to_thread(self._path.open, "rb")
        try:
            while sent < total:
                piece = await asyncio.to_thread(file.read, min(PIECE_BYTES, total - sent))
                if not piece:
                    raise OSError(f"{self._path.name} became shorter while it was sent")
                await writer.write(piece)
                sent += len(piece)
                self._on_progress(sent, total)
        finally:
            await asyncio.to_thread(file.close)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        raise TypeError("a file that is uploaded is not text")


async def form(
    texts: Mapping[str, object], file_field: str, path: Path, on_progress: OnProgress
) -> Callable[[], MultipartWriter]:
    """Makes the form, anew for each try. Raises OSError where there is no such file."""
    size = (await asyncio.to_thread(path.stat)).st_size
    return lambda: _form(texts, file_field, FilePayload(path, size, on_progress))


def _form(texts: Mapping[str, object], file_field: str, payload: FilePayload) -> MultipartWriter:
    """Text fields first, so that a station can refuse them before the file is sent."""
    writer = MultipartWriter("form-data")
    for name, value in texts.items():
        writer.append(str(value)).set_content_disposition("form-data", name=name)
    # As a browser does it: in UTF-8 as it is. aiohttp's own way is a percent-encoding that stations don't undo.
    payload.headers["Content-Disposition"] = f'form-data; name="{file_field}"; filename="{_escaped(payload.name)}"'
    writer.append_payload(payload)
    return writer


def _escaped(filename: str) -> str:
    """What the HTML standard has encoded in a file's name of a form, and nothing else."""
    return filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
