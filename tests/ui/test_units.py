"""Sizes and durations in words."""

from siapp.ui.units import duration_text, size_text


def test_figures_are_written_in_the_unit_that_people_read() -> None:
    sizes = {
        0: "0 B",
        1023: "1023 B",
        1024: "1.0 kB",
        150_000: "146 kB",
        20 << 30: "20.0 GB",
        3 << 40: "3.0 TB",
        5 << 50: "5120 TB",
    }
    assert {count: size_text(count) for count in sizes} == sizes
    durations = {-1.0: "0:00:00", 59.9: "0:00:59", 3661.0: "1:01:01", 90_061.0: "1 d 1:01:01"}
    assert {seconds: duration_text(seconds) for seconds in durations} == durations
