"""What a load script printed is understood whole or refused in words, wherever it was cut off."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.errors import LabError
from lab.load import histogram, kind, protocol
from lab.model import Burst, Closed, Load, LoadResult

ERRORS = dict.fromkeys(("connect", "read", "write", "timeout", "status", "body"), 0)
WRK = {
    "requests": 3,
    "duration_us": 2_000_000,
    "bytes": 30,
    "errors": ERRORS,
    "per_100ms": [1, 2],
    "latency_us": [[100, 1], [900, 2]],
}
ONE = {"start_s": 0, "end_s": 0.5, "status": 200, "worker": "7", "bytes": 4, "error": None}
PRINTED: list[tuple[Load, dict[str, Any]]] = [
    (Closed(connections=4, threads=1, duration_s=2), WRK),
    (Burst(connections=2), {"requests": [ONE, ONE]}),
]
whole = pytest.mark.parametrize(("load", "report"), PRINTED, ids=["closed", "burst"])
few = settings(max_examples=15)
"""Each histogram takes tens of milliseconds to encode."""
latencies = st.lists(st.tuples(st.integers(0, histogram.HIGHEST_US), st.integers(1, 5)), min_size=1, max_size=20)


def printed(report: object) -> str:
    return f"cpu  0 0 0 0 0 0 0 0\nramp\nover\n{json.dumps(report)}\ncpu  50 0 50 100 0 0 0 0\n"


def parse(load: Load, output: str) -> LoadResult:
    return kind(load).parse(output, load)[0]


@whole
@given(data=st.data())
def test_output_that_was_cut_off_is_refused_in_words(load: Load, report: dict[str, Any], data: st.DataObject) -> None:
    output = printed(report)
    cut = output[: data.draw(st.integers(0, len(output) - len(" 100 0 0 0 0\n")))]
    with pytest.raises(LabError, match="printed no complete result"):
        parse(load, cut)


@whole
@given(data=st.data())
def test_a_report_that_lacks_a_part_is_refused_in_words(
    load: Load, report: dict[str, Any], data: st.DataObject
) -> None:
    lacking = {**report}
    del lacking[data.draw(st.sampled_from(sorted(report)))]
    with pytest.raises(LabError, match="printed no complete result"):
        parse(load, printed(lacking))


@given(st.text(max_size=80))
def test_any_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(LabError):
        protocol.read(text, tool="any")


@few
@given(latencies, st.integers(1, 4))
def test_histograms_that_are_merged_hold_what_all_of_them_held(pairs: list[tuple[int, int]], parts: int) -> None:
    pieces = [histogram.encode(pairs[part::parts]) for part in range(parts)]
    assert sum(map(histogram.count, pieces)) == sum(count for _, count in pairs)
    assert histogram.latency(pieces) == histogram.latency([histogram.encode(pairs)])


@few
@given(latencies)
def test_percentiles_rise_and_lie_within_a_thousandth_of_what_was_recorded(pairs: list[tuple[int, int]]) -> None:
    found = histogram.latency([histogram.encode(pairs)])
    assert found is not None
    rising = [found.p50, found.p90, found.p99, found.p999, found.max]
    assert rising == sorted(rising)
    slowest_ms = max(max(us, histogram.LOWEST_US) for us, _ in pairs) / 1000
    assert found.max == pytest.approx(slowest_ms, rel=0.001)
    assert found.mean <= found.max
