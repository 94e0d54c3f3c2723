"""Pixel formats: colours survive every way, and sizes fit."""

from multiprocessing.shared_memory import SharedMemory

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import Colorspace

from siapp.core.video.pictures import (
    Pixels,
    fitted_size,
    i420_to_bgr,
    own_yuv,
    plane,
    resized,
    small_jpeg,
    to_bgr,
    to_bgra,
    to_i420,
    to_jpeg,
)

COLOURS = [(0, 0, 200), (0, 200, 0), (200, 0, 0), (30, 30, 30), (220, 220, 220), (0, 180, 240)]


def flat(colour: tuple[int, int, int], width: int = 64, height: int = 48) -> Pixels:
    return np.full((height, width, 3), colour, np.uint8)


def apart(picture: Pixels, colour: tuple[int, int, int]) -> float:
    return float(np.abs(picture.reshape(-1, 3).mean(axis=0) - colour).max())


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "nv12", "bgr24", "rgb24"])
def test_colours_survive_every_format(pixel_format: str, colour: tuple[int, int, int]) -> None:
    frame = av.VideoFrame.from_ndarray(flat(colour), format="bgr24").reformat(format=pixel_format)
    assert apart(to_bgr(frame), colour) < 6
    assert apart(i420_to_bgr(to_i420(frame)), colour) < 6


def test_full_range_pictures_are_not_washed_out() -> None:
    """MJPEG cameras send black as 0 and white as 255, not as 16 and 235."""
    for level in (0, 255):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), level, np.uint8), format="bgr24")
        frame = frame.reformat(format="yuvj420p")
        assert apart(i420_to_bgr(to_i420(frame)), (level,) * 3) < 3
        assert apart(to_bgr(frame), (level,) * 3) < 3


@pytest.mark.parametrize("size", [(64, 48), (63, 48), (64, 47), (63, 47), (2, 2), (480, 270)])
def test_i420_has_even_sizes(size: tuple[int, int]) -> None:
    frame = av.VideoFrame.from_ndarray(flat((0, 180, 240), *size), format="bgr24").reformat(format="yuv420p")
    i420 = to_i420(frame)
    assert i420.shape == ((size[1] & ~1) * 3 // 2, size[0] & ~1)
    assert apart(i420_to_bgr(i420), (0, 180, 240)) < 6


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuvj420p", "yuv422p10le", "nv12", "rgb24"])
@pytest.mark.parametrize("colorspace", [Colorspace.ITU709, Colorspace.ITU601, Colorspace.BT2020])
def test_a_frame_of_our_own_shows_what_its_source_shows(
    pixel_format: str, colorspace: Colorspace, colour: tuple[int, int, int]
) -> None:
    source = av.VideoFrame.from_ndarray(flat(colour), format="bgr24")
    if pixel_format != "rgb24":
        source = source.reformat(format=pixel_format, dst_colorspace=colorspace)
        source.colorspace = colorspace
    assert apart(to_bgr(source), colour) < 6, "the source itself"
    assert apart(to_bgr(own_yuv(source)), colour) < 9


def test_a_frame_of_our_own_can_be_drawn_into_without_touching_its_source() -> None:
    source = av.VideoFrame.from_ndarray(flat((30, 30, 30)), format="bgr24").reformat(format="yuv420p")
    before = to_bgr(source)
    plane(own_yuv(source), 0)[:] = 200
    assert (to_bgr(source) == before).all()


@pytest.mark.parametrize("size", [(64, 48), (63, 47), (641, 359)])
def test_planes_are_views_without_the_padding(size: tuple[int, int]) -> None:
    own = own_yuv(av.VideoFrame.from_ndarray(flat((9, 9, 9), *size), format="bgr24"))
    width, height = size[0] & ~1, size[1] & ~1
    assert [plane(own, number).shape for number in range(3)] == [
        (height, width), (height // 2, width // 2), (height // 2, width // 2)
    ]  # fmt: skip


def test_shared_memory_can_be_closed_after_its_pixels_were_converted() -> None:
    memory = SharedMemory(create=True, size=64 * 72)
    try:
        assert memory.buf is not None
        view = memory.buf[: 64 * 72]
        bgr = i420_to_bgr(np.frombuffer(view, np.uint8).reshape(72, 64))
        view.release()  # BufferError if something still looked at it
        assert bgr.shape == (48, 64, 3)
    finally:
        memory.close()
        memory.unlink()


@pytest.mark.parametrize(
    ("size", "largest", "fitted"),
    [
        ((1920, 1080), (960, 960), (960, 540)),
        ((1080, 1920), (960, 960), (540, 960)),
        ((320, 240), (960, 960), (320, 240)),
        ((4000, 2), (100, 100), (100, 1)),
    ],
)
def test_pictures_are_shrunk_to_fit_and_never_enlarged(
    size: tuple[int, int], largest: tuple[int, int], fitted: tuple[int, int]
) -> None:
    assert fitted_size(*size, *largest) == fitted


def test_a_picture_that_has_the_size_already_is_not_copied() -> None:
    picture = flat((1, 2, 3))
    assert resized(picture, 64, 48) is picture
    assert resized(picture, 32, 24).shape == (24, 32, 3)


def test_bgra_is_what_qt_paints() -> None:
    assert to_bgra(flat((1, 2, 3), 2, 2)).tobytes() == bytes((1, 2, 3, 255)) * 4


def test_a_jpeg_can_be_read_by_others() -> None:
    jpeg = to_jpeg(flat((0, 180, 240)))
    decoder = av.CodecContext.create("mjpeg", "r")
    (frame,) = decoder.decode(av.Packet(jpeg))  # type: ignore[attr-defined]
    assert apart(to_bgr(frame), (0, 180, 240)) < 4


def decoded(jpeg: bytes) -> Pixels:
    found = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return np.asarray(found, dtype=np.uint8)


@pytest.mark.parametrize(
    ("size", "shown"), [((1920, 1080), (160, 90)), ((360, 640), (51, 90)), ((64, 48), (64, 48)), ((640, 2), (160, 1))]
)
def test_a_small_picture_fits_and_has_the_colours(size: tuple[int, int], shown: tuple[int, int]) -> None:
    frame = av.VideoFrame.from_ndarray(flat(COLOURS[1], *size), format="bgr24")
    small = decoded(small_jpeg(frame, 160, 90, 12 << 10))
    assert (small.shape[1], small.shape[0]) == shown and apart(small, COLOURS[1]) < 6


def test_a_small_picture_of_noise_is_poorer_and_not_larger() -> None:
    noise = np.random.default_rng(7).integers(0, 255, (480, 480, 3), np.uint8)
    frame = av.VideoFrame.from_ndarray(noise, format="bgr24")
    assert 20 << 10 < len(small_jpeg(frame, 480, 480, 64 << 10)) <= 64 << 10
    with pytest.raises(ValueError, match="small enough"):
        small_jpeg(frame, 480, 480, 1000)
