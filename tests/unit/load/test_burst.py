import json
from typing import Any

import pytest

from lab.errors import LabError
from lab.load import burst, histogram
from lab.model import Burst, ErrorCounts, LoadResult, Span
from tests.unit.unit_factories import make_workload

LOAD = Burst(connections=3)


def request(start_s: float, end_s: float, **changes: Any) -> dict[str, Any]:
    answered = {"status": 200, "worker": "7", "bytes": 4, "error": None}
    return {**answered, "start_s": start_s, "end_s": end_s, **changes}


def parse(*requests: dict[str, Any]) -> LoadResult:
    report = json.dumps({"requests": requests})
    return burst.parse(f"cpu  0 0 0 0 0 0 0 0\nramp\nover\n{report}\ncpu  50 0 50 100 0 0 0 0\n", LOAD)[0]


def test_the_script_is_told_how_many_how_long_and_where() -> None:
    command = burst.command(LOAD, make_workload(), url="http://proxy:8080", answers=["ok"])
    assert command.argv == ("burst", "3", "180", "http://proxy:8080")
    assert command.environment["LAB_RIGHT"] == "200\x1f=ok"


def test_a_burst_lasts_until_the_last_answer_and_every_request_is_kept_by_its_start() -> None:
    result = parse(request(0.001, 2.05, worker="8"), request(0.0, 1.0), request(0.002, 1.04))
    assert (result.requests, result.elapsed_s, result.steady_s, result.ramp_s) == (3, 2.05, 2.05, 0)
    assert result.spans == (
        Span(start_s=0.0, end_s=1.0, worker="7"),
        Span(start_s=0.001, end_s=2.05, worker="8"),
        Span(start_s=0.002, end_s=1.04, worker="7"),
    )
    assert result.requests_per_second == pytest.approx(3 / 2.05)
    assert result.per_100ms == (*(0,) * 10, 2, *(0,) * 9, 1)
    assert result.histogram == histogram.encode([(1_000_000, 1), (2_049_000, 1), (1_038_000, 1)])
    assert result.bytes_read == 12


def test_what_went_wrong_is_counted_by_kind_and_only_answers_are_requests_that_were_answered() -> None:
    lost = {"status": None, "bytes": 0, "worker": ""}
    result = parse(
        request(0, 1),
        request(0, 1, status=500, error="status"),
        request(0, 1, error="body"),
        *(request(0, 2, error=kind, **lost) for kind in ("connect", "read", "write", "timeout", "timeout")),
    )
    assert result.errors == ErrorCounts(connect=1, read=1, write=1, timeout=2, status=1, body=1)
    assert (result.requests, len(result.spans), histogram.count(result.histogram)) == (3, 8, 3)
    assert result.elapsed_s == 2


def test_a_burst_without_any_answer_has_no_timeline() -> None:
    result = parse(request(0, 0.5, status=None, error="connect"))
    assert (result.requests, result.per_100ms, result.errors.connect) == (0, (), 1)


def test_a_burst_that_printed_nothing_is_an_error_in_words() -> None:
    with pytest.raises(LabError, match="burst printed no complete result"):
        burst.parse("Traceback", LOAD)


def test_a_burst_is_warmed_by_one_request() -> None:
    assert burst.warming(LOAD, seconds=1, delay_s=0) == burst.ONE_REQUEST
