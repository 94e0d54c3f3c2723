"""Lists of cameras as files: what spreadsheet programs make of them, and what people give to be read."""

import codecs
from datetime import UTC, datetime

import pytest

from siapp.core.camera_list import MOST_BYTES, MOST_CAMERAS, read, written
from siapp.core.domain import Device, DeviceState
from siapp.core.errors import SiappError

GATE = Device(1, "东门", "rtsp://***:***@192.168.1.20/1", datetime.now(UTC), DeviceState.ONLINE)


def _read(text: str, encoding: str = "utf-8") -> list[tuple[int, str, str]]:
    return [(camera.line, camera.name, camera.address) for camera in read(text.encode(encoding))]


def test_a_list_says_name_address_and_state_and_what_it_is_written_in() -> None:
    data = written([GATE])
    assert data.startswith(codecs.BOM_UTF8), "Excel would take it for the system's old encoding"
    assert data.decode("utf-8-sig") == "name,address,state\r\n东门,rtsp://***:***@192.168.1.20/1,online\r\n"


@pytest.mark.parametrize("name", ["=1+1", "+49", "-Gate", "@home", "＝HYPERLINK", "Gate, 3", 'the "big" gate', "东门"])
def test_a_name_is_no_formula_and_comes_back_as_it_was(name: str) -> None:
    device = Device(1, name, "http://192.168.1.20/", datetime.now(UTC))
    cell = written([device]).decode("utf-8-sig").splitlines()[1]
    assert not cell.lstrip('"').startswith(tuple("=+-@＝"))
    assert [camera.name for camera in read(written([device]))] == [name]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_spreadsheet_program_is_understood(encoding: str, delimiter: str) -> None:
    text = (
        f"Name{delimiter} Address \r\n东门{delimiter} rtsp://a:b@192.168.1.20/1 \r\n\r\n{delimiter}\r\nYard{delimiter}x"
    )
    assert _read(text, encoding) == [(2, "东门", "rtsp://a:b@192.168.1.20/1"), (5, "Yard", "x")]


def test_columns_come_in_any_order_under_their_chinese_names_too_and_more_are_passed_over() -> None:
    assert _read("地点,地址,名称\n北,http://192.168.1.20/,东门\n") == [(2, "东门", "http://192.168.1.20/")]


def test_a_line_that_is_too_short_has_no_address() -> None:
    assert _read("name,address\nGate") == [(2, "Gate", "")]


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not_a_list", "This file is no text. Save the list as CSV"),
        (b"name,address\nGate\0,x", "not_a_list", "This file is no text"),
        (b"\xff\xff\xff", "not_a_list", "This file is no text"),
        (b"x" * (MOST_BYTES + 1), "file_too_large", "larger than 1024 kB"),
        (b"", "no_columns", "The first line must name the columns"),
        (b"Gate,rtsp://192.168.1.20/1\n", "no_columns", "The first line must name the columns"),
        (b"name,address\r\n\r\n", "empty_list", "There are no cameras in this file"),
        (b'name,address\nGate,"rtsp://192.168.1.20/1\n', "not_a_list", "Line 2 can't be read. Is a quotation mark"),
        (b"name,address\n" + b"Gate,x\n" * (MOST_CAMERAS + 1), "list_too_long", "more than 1000 cameras"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_file_that_is_no_list_is_refused_in_words(data: bytes, code: str, said: str) -> None:
    with pytest.raises(SiappError) as refused:
        read(data)
    assert refused.value.code == code and said in refused.value.text()


def test_a_list_as_long_as_allowed_is_read() -> None:
    assert len(read(b"name,address\n" + b"Gate,x\n" * MOST_CAMERAS)) == MOST_CAMERAS


def test_a_password_does_not_get_into_a_log_with_its_line() -> None:
    assert "hunter2" not in repr(read(b"name,address\nGate,rtsp://root:hunter2@192.168.1.20/1"))
