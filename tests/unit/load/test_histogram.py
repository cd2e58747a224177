import numpy as np
import pytest
from hdrh.histogram import HdrHistogram

from lab.load import histogram

RNG = np.random.default_rng(3)


def encoded(values_us: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> str:
    values, counts = np.unique(values_us, return_counts=True)
    return histogram.encode(zip(values.tolist(), counts.tolist(), strict=True))


def lognormal(size: int, *, median_us: float) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.rint(RNG.lognormal(np.log(median_us), 0.5, size)).astype(np.int64)


def test_merged_percentiles_are_those_of_all_the_data_together() -> None:
    parts = [lognormal(60_000, median_us=900), lognormal(30_000, median_us=40_000), lognormal(10_000, median_us=2e6)]
    every = np.concatenate(parts)
    found = histogram.latency([encoded(part) for part in parts])
    assert found is not None
    wanted = np.percentile(every, [50, 90, 99, 99.9, 100], method="inverted_cdf") / 1000
    measured = [found.p50, found.p90, found.p99, found.p999, found.max]
    assert measured == pytest.approx(wanted.tolist(), rel=1e-3)
    assert found.mean == pytest.approx(float(every.mean()) / 1000, rel=1e-3)


def test_the_mean_is_that_of_the_library_to_the_last_digit() -> None:
    parts = [encoded(lognormal(1000, median_us=median)) for median in (3, 900, 40_000, 2e6)]
    merged = HdrHistogram(histogram.LOWEST_US, histogram.HIGHEST_US, histogram.SIGNIFICANT_DIGITS)
    for part in parts:
        merged.decode_and_add(part.encode())
    found = histogram.latency(parts)
    assert found is not None
    assert found.mean == merged.get_mean_value() / 1000


def test_every_answer_is_kept() -> None:
    data = lognormal(12_345, median_us=1000)
    assert histogram.count(encoded(data)) == 12_345


def test_an_average_of_percentiles_would_have_been_wrong() -> None:
    fast, slow = histogram.encode([(1000, 99)]), histogram.encode([(1_000_000, 1)])
    found = histogram.latency([fast, slow])
    assert found is not None
    assert found.p50 == pytest.approx(1.0, rel=1e-3)
    assert found.max == pytest.approx(1000, rel=1e-3)


def test_no_answer_has_no_latency() -> None:
    assert histogram.latency([]) is None
    assert histogram.latency([histogram.encode([])]) is None


@pytest.mark.parametrize("value_us", [0, 1, 3_600_000_000])
def test_the_ends_of_the_range_are_counted(value_us: int) -> None:
    assert histogram.count(histogram.encode([(value_us, 2)])) == 2
