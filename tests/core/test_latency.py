"""How late the last pictures were."""

from siapp.core.latency import MOST_SAMPLES, Latencies


def test_percentiles_of_the_last_ten_seconds() -> None:
    latencies = Latencies()
    assert latencies.percentile(0.95, 0.0) is None
    for number in range(1, 101):
        latencies.add(number, number / 10)
    assert latencies.percentile(0.5, 10.0) == 51
    assert latencies.percentile(0.95, 10.0) == 95
    assert latencies.percentile(0.0, 15.0) == 50, "those of the first five seconds are over"
    assert latencies.percentile(0.5, 100.0) is None


def test_the_newest_are_kept_of_too_many() -> None:
    latencies = Latencies()
    for number in range(3 * MOST_SAMPLES):
        latencies.add(number, 0.0)
    assert latencies.percentile(0.0, 0.0) == 2 * MOST_SAMPLES
