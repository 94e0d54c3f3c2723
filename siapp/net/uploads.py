"""Multipart uploads: fields in any order, the file streamed to the sandbox, never held in memory."""

import asyncio
import re
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import unquote

from aiohttp import BodyPartReader, ClientPayloadError, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from siapp.core.bus import Bus
from siapp.core.domain import Actor
from siapp.core.errors import InvalidInput
from siapp.core.events import UploadProgress
from siapp.core.i18n import _
from siapp.core.services.uploads import CHUNK_BYTES, Place, Upload, Uploads
from siapp.net.bodies import LONGEST_TEXT, quotable, repeated_field, welcome_body
from siapp.net.problem import too_slow, wrong_content_type

T = TypeVar("T")

Check = Callable[[Mapping[str, str]], Awaitable[None]]
"""Judges the text fields that came before the file. Raises SiappError: then nobody need send the file."""

MULTIPART_TYPE = "multipart/form-data"
FIRST_BYTES_S = 30.0
SLOWEST_BYTES_A_SECOND = 4096
NEWS_S = 0.25
_UPLOAD_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PARAMETER = re.compile(r""";\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))\s*""")
LARGEST_FRAME = 1 << 20
"""What boundaries, part headers and text fields may take beside the file."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a multipart body held: text fields by name, and the one file."""

    texts: Mapping[str, str]
    upload: Upload

    def text(self, name: str) -> str:
        return self.texts[name]


@dataclass(slots=True)
class _Pace:
    """Refuses a body that trickles in: it must keep up an average of `SLOWEST_BYTES_A_SECOND`."""

    started: float = field(default_factory=time.monotonic)
    received: int = 0

    async def wait(self, reading: Awaitable[T]) -> T:
        deadline = self.started + FIRST_BYTES_S + self.received / SLOWEST_BYTES_A_SECOND
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                return await reading
        except TimeoutError:
            raise too_slow() from None


class News:
    """Tells the sender of an upload how much of it is here: several times a second at most, and once it is whole."""

    def __init__(self, bus: Bus, user_id: int, request: web.Request) -> None:
        given = request.headers.get("X-Upload-ID", "")
        self._bus = bus
        self._user_id = user_id
        self._id = given if _UPLOAD_ID.fullmatch(given) else secrets.token_hex(8)
        self._total = request.content_length
        self._told_at = 0.0

    def arrived(self, size: int) -> None:
        if time.monotonic() - self._told_at >= NEWS_S:
            self.tell(size)

    def tell(self, size: int) -> None:
        self._told_at = time.monotonic()
        self._bus.publish(UploadProgress(self._user_id, self._id, size, self._total))


@dataclass(slots=True)
class _Reading:
    """A multipart body while it comes in."""

    uploads: Uploads
    place: Place
    news: News
    file_field: str
    text_fields: Collection[str]
    optional: Collection[str]
    check: Check
    pace: _Pace = field(default_factory=_Pace)
    texts: dict[str, str] = field(default_factory=dict)
    upload: Upload | None = None

    async def all_of(self, reader: MultipartReader) -> Form:
        while (part := await self.pace.wait(reader.next())) is not None:
            named = parameters(part.headers.get("Content-Disposition", ""))
            if not isinstance(part, BodyPartReader) or "name" not in named:
                raise _unreadable()
            await self._take(part, named["name"], named.get("filename", ""))
        missing = [name for name in (*self.text_fields, self.file_field) if not self._has(name)]
        if missing or self.upload is None:
            raise InvalidInput("missing_field", _("The field “{name}” is missing."), field=missing[0], name=missing[0])
        return Form(self.texts, self.upload)

    async def discard(self) -> None:
        if self.upload is not None:
            await self.uploads.discard(self.upload)

    def _has(self, name: str) -> bool:
        return name in self.texts or (name == self.file_field and self.upload is not None)

    async def _take(self, part: BodyPartReader, name: str, filename: str) -> None:
        if self._has(name):
            raise repeated_field(name)
        if name == self.file_field:
            await self.check(self.texts)
            self.upload = await self.uploads.receive(filename, self._chunks(part), self.news.arrived, self.place)
            self.news.tell(self.upload.size)
        elif name in self.text_fields or name in self.optional:
            self.texts[name] = await self._text(part, name)
        else:
            raise InvalidInput(
                "unknown_field",
                _("The field “{name}” is not known here. Please leave it out."),
                field=quotable(name),
                name=quotable(name),
            )

    async def _chunks(self, part: BodyPartReader) -> AsyncGenerator[bytes, None]:
        """The file in pieces of about a megabyte, so that few trips to the disk's thread are made."""
        gathered = bytearray()
        while not part.at_eof():
            gathered += await self._piece(part)
            if len(gathered) >= CHUNK_BYTES:
                yield bytes(gathered)
                gathered.clear()
        if gathered:
            yield bytes(gathered)

    async def _text(self, part: BodyPartReader, name: str) -> str:
        raw = bytearray()
        while not part.at_eof():
            raw += await self._piece(part)
            if len(raw) > 4 * LONGEST_TEXT:
                raise InvalidInput("invalid_field", _("The field “{name}” is too long."), field=name, name=name)
        text = raw.decode()
        if "\0" in text:
            raise _unreadable()
        return text

    async def _piece(self, part: BodyPartReader) -> bytes:
        piece = await self.pace.wait(part.read_chunk(1 << 16))
        self.pace.received += len(piece)
        return bytes(piece)


def parameters(disposition: str) -> dict[str, str]:
    """What a part's Content-Disposition says, by name. A file's name stays as it is: browsers encode nothing in it but
    quotes and line breaks, and "%20" may be a part of it. Only the form `filename*=UTF-8''…` is decoded, and preferred.

    Not aiohttp's reading, which gives up where a name has semicolons.
    """
    found: dict[str, str] = {}
    position = disposition.find(";")
    while position >= 0 and (match := _PARAMETER.match(disposition, position)):
        name, quoted, plain = match.groups()
        value = re.sub(r'\\(["\\])', r"\1", quoted) if quoted is not None else plain.strip()
        found.setdefault(name.lower(), value)
        position = match.end()
    encoded = found.pop("filename*", "").split("'", 2)
    if len(encoded) == 3:
        found["filename"] = unquote(encoded[2], encoded[0] or "utf-8")
    return found


async def unchecked(_texts: Mapping[str, str]) -> None:
    """For forms whose texts are judged when all has come."""


@asynccontextmanager
async def read_upload(
    request: web.Request,
    uploads: Uploads,
    owner: Actor,
    news: News,
    *,
    file_field: str,
    text_fields: Collection[str],
    optional: Collection[str] = (),
    check: Check = unchecked,
) -> AsyncIterator[Form]:
    """The form of a multipart request with exactly these fields, of which those that are `optional` may be missing.
    Whatever fails, inside too, leaves no file. `check` hears what came before the file: fields may come in any order.

    The file counts as `owner`'s from its first byte on; to be left once its row is stored.
    """
    if request.content_type != MULTIPART_TYPE:
        raise wrong_content_type(MULTIPART_TYPE)
    async with uploads.place(owner, max(0, (request.content_length or 0) - LARGEST_FRAME)) as place:
        reading = _Reading(uploads, place, news, file_field, text_fields, optional, check)
        await welcome_body(request)
        try:
            yield await _read_all(reading, request)
        except BaseException:
            await reading.discard()
            raise


async def _read_all(reading: _Reading, request: web.Request) -> Form:
    try:
        return await reading.all_of(await request.multipart())
    except (
        ClientPayloadError,
        HttpProcessingError,
        web.RequestPayloadError,
        LookupError,
        ValueError,
        AssertionError,
        RuntimeError,
    ):
        # What aiohttp's reader raises for bodies that are not what they say: each of these.
        raise _unreadable() from None


def _unreadable() -> InvalidInput:
    return InvalidInput("invalid_form", _("The form can't be read. Please send it again."))
