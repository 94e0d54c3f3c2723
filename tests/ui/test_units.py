"""Sizes and durations in words."""

import pytest

from siapp.ui.units import duration_text, size_text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 kB"),
        (150_000, "146 kB"),
        (20 << 30, "20.0 GB"),
        (3 << 40, "3.0 TB"),
        (5 << 50, "5120 TB"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert size_text(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0:00:00"), (59.9, "0:00:59"), (3661, "1:01:01"), (90_061, "1 d 1:01:01")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
