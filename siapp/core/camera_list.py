"""Lists of cameras as CSV, as spreadsheet programs write and read it. Bytes in and out; nothing is stored here."""

import codecs
import csv
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO

from siapp.core.domain import Device
from siapp.core.errors import InvalidInput, TooLarge
from siapp.core.i18n import _
from siapp.core.spreadsheet import harmless, restored

MOST_BYTES = 1 << 20
MOST_CAMERAS = 1000
COLUMNS = ("name", "address", "state")
_NAME_HEADS = frozenset({"name", "名称", "摄像机"})
_ADDRESS_HEADS = frozenset({"address", "rtsp_url", "url", "地址"})
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class ListedCamera:
    """One line of a list. `address` may have a password in it."""

    line: int
    name: str
    address: str = field(repr=False)


def written(devices: Iterable[Device]) -> bytes:
    """The list of cameras in UTF-8; credentials in addresses read ***, as everywhere."""
    text = StringIO()
    rows = ((device.name, device.rtsp_url, device.state.value) for device in devices)
    csv.writer(text).writerows([COLUMNS, *([harmless(cell) for cell in row] for row in rows)])
    # Excel takes a file without the mark for one in the system's old encoding.
    return codecs.BOM_UTF8 + text.getvalue().encode()


def read(data: bytes) -> tuple[ListedCamera, ...]:
    """What a list names, as it stands there. Raises TooLarge or InvalidInput where it is no such list.

    UTF-8, or what a Chinese Windows writes; comma, semicolon or tab; the first line names the columns.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge(
            "file_too_large",
            _("The file is larger than {limit} kB. Is it a list of cameras? Split it where it is."),
            limit=MOST_BYTES >> 10,
        )
    lines = _rows(_text(data))
    head = next(lines, (0, []))[1]
    name, address = _column(head, _NAME_HEADS), _column(head, _ADDRESS_HEADS)
    cameras = [ListedCamera(line, _cell(row, name), _cell(row, address)) for line, row in lines]
    if not cameras:
        raise InvalidInput("empty_list", _("There are no cameras in this file, only the names of the columns."))
    return tuple(cameras)


def _text(data: bytes) -> str:
    text = _decoded(data)
    if any(unicodedata.category(character) == "Cc" and character not in "\t\r\n" for character in text):
        raise _no_text()
    return text


def _decoded(data: bytes) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _no_text()


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines that have something in them, with their numbers."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found = 0
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                found += 1
                if found > MOST_CAMERAS + 1:
                    raise InvalidInput(
                        "list_too_long",
                        _("There are more than {limit} cameras in this file. Split it."),
                        limit=MOST_CAMERAS,
                    )
                yield reader.line_num, row
    except csv.Error:
        raise InvalidInput(
            "not_a_list", _("Line {line} can't be read. Is a quotation mark missing?"), line=reader.line_num
        ) from None


def _column(head: list[str], names: frozenset[str]) -> int:
    for place, cell in enumerate(head):
        if cell.strip().casefold() in names:
            return place
    raise InvalidInput(
        "no_columns", _("The first line must name the columns “name” and “address”. Export a list to see how.")
    )


def _cell(row: list[str], place: int) -> str:
    return restored(row[place].strip()) if place < len(row) else ""


def _no_text() -> InvalidInput:
    return InvalidInput("not_a_list", _("This file is no text. Save the list as CSV, and choose that file."))
