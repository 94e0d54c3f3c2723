"""Zip archives from strangers, read in memory and never unpacked to disk.

What a harmless writer never does is refused before any member is opened: names twice, names that leave the
archive, links, encryption, members that lie over one another, and sizes out of proportion (zip bombs).
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from siapp.core.errors import WeightsRejected
from siapp.core.i18n import _
from siapp.core.models.limits import MAX_ARCHIVE_ENTRIES, MAX_RATIO, MAX_UNPACKED_BYTES
from siapp.core.models.refusals import damaged

_LOCAL_HEADER_BYTES = 30
_SMALL = 1 << 16
_ENCRYPTED = 0x1
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OSError,
)


class Archive:
    """A checked zip file, open for reading. A context manager.

    Opening raises WeightsRejected: `damaged`, `archive_unsafe` or `archive_too_large`.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as error:
            raise damaged() from error
        self._members = {entry.filename: entry for entry in self._zip.infolist()}
        try:
            _check(self._zip.infolist(), self._zip.start_dir)
        except WeightsRejected:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The files in it, without folders."""
        return tuple(name for name in self._members if not name.endswith("/"))

    @property
    def all_stored(self) -> bool:
        """Whether nothing is compressed, as torch.save writes it."""
        return all(entry.compress_type == zipfile.ZIP_STORED for entry in self._members.values())

    def size(self, name: str) -> int:
        """Unpacked bytes of a member. WeightsRejected `damaged` where there is none of this name."""
        entry = self._members.get(name)
        if entry is None:
            raise damaged()
        return entry.file_size

    def read(self, name: str, limit: int) -> bytes:
        """A member's bytes, checksum verified. WeightsRejected where it is missing, broken or above `limit`."""
        if self.size(name) > limit:
            raise _too_large()
        try:
            data = self._zip.read(self._members[name])
        except _BROKEN as error:
            raise damaged() from error
        if len(data) != self.size(name):
            raise damaged()
        return data


def _check(entries: Sequence[zipfile.ZipInfo], end: int) -> None:
    if len(entries) > MAX_ARCHIVE_ENTRIES:
        raise _too_large()
    if len({entry.filename for entry in entries}) != len(entries):
        raise _unsafe()
    for entry in entries:
        _check_entry(entry)
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise _too_large()
    _check_overlap(entries, end)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    # orig_filename: the name before zipfile cut it at a NUL or turned the separators round.
    parts = PurePosixPath(entry.filename).parts
    leaves = entry.filename.startswith("/") or ".." in parts or any(c in entry.orig_filename for c in "\\:\0")
    if leaves or stat.S_ISLNK(entry.external_attr >> 16) or entry.flag_bits & _ENCRYPTED:
        raise _unsafe()
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _unsafe()
    if entry.compress_type == zipfile.ZIP_STORED and entry.file_size != entry.compress_size:
        raise damaged()
    if entry.file_size > _SMALL and entry.file_size > MAX_RATIO * entry.compress_size:
        raise _too_large()


def _check_overlap(entries: Sequence[zipfile.ZipInfo], end: int) -> None:
    """Each member must end before the next begins: overlapping ones are how a small file unpacks to petabytes."""
    places = sorted((entry.header_offset, _LOCAL_HEADER_BYTES + entry.compress_size) for entry in entries)
    starts = [*(start for start, _length in places[1:]), end]
    for (start, length), following in zip(places, starts, strict=False):
        if start < 0 or start + length > following:
            raise _unsafe()


def _unsafe() -> WeightsRejected:
    return WeightsRejected(
        "archive_unsafe",
        _(
            "The archive is built in a way that no export is: links, names twice or outside it, or encrypted. "
            "It was not unpacked."
        ),
    )


def _too_large() -> WeightsRejected:
    return WeightsRejected(
        "archive_too_large",
        _("The archive would unpack to far more than a network needs. It was not unpacked."),
    )
