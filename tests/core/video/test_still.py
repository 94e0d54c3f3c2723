"""Picture files that nobody vouches for, and all thresholds out of one run."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from siapp.core.errors import InvalidInput
from siapp.core.trials import MOST_SHOWN
from siapp.core.video.still import for_display, read_picture

RED = np.full((6, 8, 3), (20, 30, 220), np.uint8)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
PLAYLIST = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
SCRIPT = b"ffconcat version 1.0\nfile /etc/passwd\n"


def encoded(suffix: str, picture: np.ndarray = RED) -> bytes:
    good, data = cv2.imencode(suffix, picture)
    assert good
    return data.tobytes()


def png_header(width: int, height: int) -> bytes:
    """A small file that promises a large picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp"])
def test_four_formats_are_read_whatever_the_file_is_called(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.txt"
    path.write_bytes(encoded(suffix))
    read = read_picture(path)
    assert read.shape == (6, 8, 3) and np.abs(read.astype(int) - RED).max() < 12


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"BM",
        b"Anna's notes",
        SVG,
        PLAYLIST,
        SCRIPT,
        encoded(".tiff"),
        encoded(".gif"),
        encoded(".jpg")[:200],
        encoded(".png")[:-40],
        encoded(".webp")[:20],
        encoded(".bmp")[:80],
        b"\xff\xd8\xff" + SVG,
    ],
)
def test_anything_else_is_no_picture(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as refused:
        read_picture(path)
    assert refused.value.code == "not_a_picture"


def test_what_is_shown_is_bounded_and_in_the_order_of_the_windows_pixels() -> None:
    small = for_display(RED)
    assert small.shape == (6, 8, 4) and small[0, 0].tolist() == [20, 30, 220, 255]
    assert for_display(np.zeros((40, 4 * MOST_SHOWN, 3), np.uint8)).shape == (10, MOST_SHOWN, 4)
    assert for_display(np.zeros((3 * MOST_SHOWN, 1, 3), np.uint8)).shape == (MOST_SHOWN, 1, 4)
