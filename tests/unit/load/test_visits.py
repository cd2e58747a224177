import json
from typing import Any

import pytest

from lab.errors import LabError
from lab.load import histogram, visits
from lab.model import Closed, ErrorCounts, LoadResult
from tests.unit.unit_factories import make_workload

LOAD = visits.load(users=20, users_per_s=10, counted_s=3, processes=2)
START_S = 5000.0
"""On the clock of the machine, which began whenever."""
MARKS = {"start": START_S, "ramp": START_S + 2.04, "over": START_S + 5.04}


def request(end_s: float, latency_us: int = 10_000, wrong: str | None = None) -> list[Any]:
    """A request that was answered so many seconds after the start."""
    return [START_S + end_s, latency_us, wrong, 100]


def parse(*processes: list[list[Any]], marks: dict[str, float] = MARKS) -> LoadResult:
    reports = [{"requests": [], "marks": marks}, *({"requests": requests, "marks": {}} for requests in processes)]
    lines = [json.dumps(report) for report in reports]
    output = "\n".join(["cpu  0 0 0 0 0 0 0 0", "ramp", "over", "cpu  50 0 50 100 0 0 0 0", *lines])
    return visits.parse(output, LOAD)[0]


def test_a_load_lasts_as_long_as_its_users_need_to_come_and_then_what_counts() -> None:
    assert (LOAD.connections, LOAD.ramp_s, LOAD.duration_s, LOAD.think_s) == (20, 2, 3, 2)
    command = visits.command(LOAD, make_workload(), url="http://proxy:8080", answers=())
    assert command.argv == ("visit", "2", "20", "10", "3", "http://proxy:8080")


def test_several_processes_are_only_asked_for_where_there_are_several_cores() -> None:
    alone = visits.load(users=20, users_per_s=10, counted_s=3, processes=1)
    assert "--processes" in visits.page(LOAD, url="http://proxy:8080").argv
    assert "--processes" not in visits.page(alone, url="http://proxy:8080").argv


def test_a_stack_is_warmed_without_pauses() -> None:
    warm = visits.warming(LOAD, seconds=1, delay_s=0)
    assert warm == Closed(connections=20, threads=1, duration_s=1)


def test_what_counts_comes_after_the_last_user_and_the_processes_add_up() -> None:
    result = parse([request(0.5), request(2.5, 20_000)], [request(4.9, 30_000), request(5.3)])
    assert (result.requests, result.elapsed_s, result.ramp_s, result.steady_s) == (2, 5.0, 2.0, 3.0)
    assert result.requests_per_second == pytest.approx(2 / 3)
    assert histogram.count(result.histogram) == 2
    latency = histogram.latency([result.histogram])
    assert latency is not None
    assert latency.mean == pytest.approx(25, rel=0.01)
    assert result.bytes_read == 200


def test_tenths_of_seconds_cover_the_ramp_too() -> None:
    result = parse([request(0.05), request(2.55), request(2.56)])
    assert len(result.per_100ms) == 50
    assert (result.per_100ms[0], result.per_100ms[25], sum(result.per_100ms)) == (1, 2, 3)


def test_errors_are_told_by_kind_and_only_answers_have_a_latency() -> None:
    kinds = ["connect", "read", "timeout", "status", "body"]
    result = parse([request(0.1, wrong="status"), *(request(3, wrong=kind) for kind in kinds), request(3)])
    assert result.errors == ErrorCounts(connect=1, read=1, timeout=1, status=2, body=1)
    assert histogram.count(result.histogram) + result.errors.timeout == result.requests == 4


def test_a_run_whose_users_never_all_came_is_an_error() -> None:
    with pytest.raises(LabError, match="before all its users had come"):
        parse([request(0.1)], marks={"start": START_S})
