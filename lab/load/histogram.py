"""Latency histograms that are kept whole and merged: HdrHistogram, 1 µs to 1 h, three significant digits."""

from collections.abc import Iterable

from hdrh.histogram import HdrHistogram

from lab.model import Latency

LOWEST_US = 1
HIGHEST_US = 3_600_000_000
SIGNIFICANT_DIGITS = 3


def encode(counts: Iterable[tuple[int, int]]) -> str:
    """Pairs of (latency in µs, number of answers) → V2 compressed HdrHistogram, base64."""
    histogram = HdrHistogram(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS)
    for value_us, count in counts:
        histogram.record_value(max(value_us, LOWEST_US), count)
    encoded: bytes = histogram.encode()
    return encoded.decode("ascii")


def latency(encoded: Iterable[str]) -> Latency | None:
    """Mean and percentiles in ms over all given histograms together; None if they hold no answer at all."""
    merged = HdrHistogram(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS)
    for one in encoded:
        merged.decode_and_add(one.encode("ascii"))
    if merged.get_total_count() == 0:
        return None
    return Latency(
        mean=_mean_us(merged) / 1000,
        p50=_percentile_ms(merged, 50),
        p90=_percentile_ms(merged, 90),
        p99=_percentile_ms(merged, 99),
        p999=_percentile_ms(merged, 99.9),
        max=merged.get_max_value() / 1000,
    )


def _mean_us(histogram: HdrHistogram) -> float:
    """What `get_mean_value` gives, without its calls for each of the 23,000 places in which nothing is counted."""
    counted = ((at, int(number)) for at, number in enumerate(histogram.counts) if number)
    total = sum(number * _middle_us(histogram, at) for at, number in counted)
    return total / int(histogram.get_total_count())


def _middle_us(histogram: HdrHistogram, at: int) -> int:
    """Of the values that are counted in one place."""
    lowest = int(histogram.get_value_from_index(at))
    return (lowest + int(histogram.get_highest_equivalent_value(lowest)) + 1) // 2


def _percentile_ms(histogram: HdrHistogram, percentile: float) -> float:
    return float(histogram.get_value_at_percentile(percentile)) / 1000


def count(encoded: str) -> int:
    """How many answers a histogram holds."""
    return int(HdrHistogram.decode(encoded.encode("ascii")).get_total_count())
